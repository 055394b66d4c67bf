#include "report/workbook_impl.h"

#include <math.h>
#include <string.h>

/* Top trials: what was searched in columns of its own where the search's table is given (columns
 * that vary over its rows, then the folds' scores), else as the trial's label. */

enum { READ_ROWS = 1024, FIXED_BEFORE = 3, FIXED_BEHIND = 3 };

typedef struct trials_sheet {
    book *book;
    const colfile *search; /* NULL = there is none of use */
    arena arena;
    int *columns; /* [n] of the search's table */
    int n;
} trials_sheet;

static bool is_fold(const char *name)
{
    return strncmp(name, "fold_", 5) == 0 && name[5] &&
           strspn(name + 5, "0123456789") == strlen(name + 5);
}

static bool is_known(const char *name)
{
    static const char *const known[] = {"configuration", "model", "status", "mean", "deviation"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i]) == 0)
            return true;
    return is_fold(name);
}

/* Some value is unlike the first; a missing one differs from all others. */
static bool varies(const colfile *f, int column)
{
    double x[READ_ROWS], first = NAN;
    for (int64_t chunk = 0; chunk < f->chunks; chunk++) {
        int64_t rows = colfile_chunk_rows(f, chunk);
        for (int64_t from = 0, n; from < rows; from += n) {
            n = rows - from < READ_ROWS ? rows - from : READ_ROWS;
            colfile_read(f, column, chunk, from, n, x, 1);
            if (chunk == 0 && from == 0)
                first = x[0];
            for (int64_t i = 0; i < n; i++)
                if (x[i] != first && !(isnan(x[i]) && isnan(first)))
                    return true;
        }
    }
    return false;
}

static void choose_columns(trials_sheet *t)
{
    const colfile *f = t->search;
    for (int j = 0; j < f->n_columns; j++)
        if (!is_known(f->columns[j].name) && varies(f, j))
            t->columns[t->n++] = j;
    if (t->n == 0) /* nothing was searched: the label says what was fitted */
        return;
    for (int j = 0; j < f->n_columns; j++)
        if (is_fold(f->columns[j].name))
            t->columns[t->n++] = j;
}

/* --- cells -------------------------------------------------------------------------------- */

static xlsx_cell search_cell(const trials_sheet *t, int column, int64_t row)
{
    double x;
    const colfile_column *k = &t->search->columns[column];
    colfile_read(t->search, column, row / COLFILE_CHUNK_ROWS, row % COLFILE_CHUNK_ROWS, 1, &x, 1);
    if (x != x)
        return (xlsx_cell){0};
    if (k->kind == COLUMN_TEXT)
        return book_text(k->dictionary[(int64_t)x]);
    if (k->kind == COLUMN_BOOL)
        return book_bool(x != 0);
    return book_number(x, is_fold(k->name) ? XLSX_NUMBER : XLSX_GENERAL);
}

/* The trial's row of the search's table: its number counts from 1; -1 = it is not there. */
static int64_t search_row(const trials_sheet *t, const report_trial *trial)
{
    int64_t row = trial->config - 1;
    int column = colfile_find(t->search, "configuration");
    double number = NAN;
    if (column < 0 || row < 0 || row >= t->search->rows)
        return -1;
    colfile_read(t->search, column, row / COLFILE_CHUNK_ROWS, row % COLFILE_CHUNK_ROWS, 1, &number,
                 1);
    return number == (double)row ? row : -1;
}

static void fill_row(const trials_sheet *t, const report_trial *trial, xlsx_cell *row)
{
    int at = 0;
    row[at++] = book_count(trial->rank);
    row[at++] = book_count(trial->config);
    row[at++] = book_text(trial->model);
    if (t->n == 0)
        row[at++] = book_text(trial->params);
    int64_t from = t->n ? search_row(t, trial) : -1;
    for (int i = 0; i < t->n; i++)
        row[at++] = from < 0 ? (xlsx_cell){0} : search_cell(t, t->columns[i], from);
    row[at++] = book_number(trial->mean, XLSX_NUMBER);
    row[at++] = book_number(trial->deviation, XLSX_NUMBER);
    row[at++] = book_count(trial->folds);
}

/* --- the sheet ---------------------------------------------------------------------------- */

static void fill_titles(const trials_sheet *t, xlsx_column *to)
{
    int at = 0;
    to[at++] = (xlsx_column){"rank", XLSX_INTEGER, 8};
    to[at++] = (xlsx_column){"configuration", XLSX_INTEGER, 16};
    to[at++] = (xlsx_column){"model", XLSX_GENERAL, 18};
    if (t->n == 0)
        to[at++] = (xlsx_column){"parameters", XLSX_GENERAL, 40};
    for (int i = 0; i < t->n; i++)
        to[at++] = (xlsx_column){t->search->columns[t->columns[i]].name, XLSX_GENERAL, 16};
    to[at++] = (xlsx_column){"mean", XLSX_NUMBER, 14};
    to[at++] = (xlsx_column){"deviation", XLSX_NUMBER, 14};
    to[at++] = (xlsx_column){"folds", XLSX_INTEGER, 10};
}

static stint_status put_row(trials_sheet *t, xlsx_cell *row, int n)
{
    arena cut;
    stint_status s = STINT_OK;
    arena_init(&cut, t->book->ctx, TAG_REPORT);
    for (int j = 0; j < n && s == STINT_OK; j++)
        if (row[j].text && !(row[j].text = table_sheet_cut(&cut, row[j].text)))
            s = STINT_ENOMEM;
    if (s == STINT_OK)
        s = xlsx_cells(t->book->writer, row, 1);
    arena_deinit(&cut);
    return s;
}

static stint_status put_trials(trials_sheet *t)
{
    const report_search *s = &t->book->report->search;
    int room = FIXED_BEFORE + FIXED_BEHIND + (t->n ? t->n : 1);
    xlsx_column *columns = arena_new(&t->arena, xlsx_column, room);
    xlsx_cell *row = arena_new(&t->arena, xlsx_cell, room);
    if (!columns || !row)
        return STINT_ENOMEM;
    fill_titles(t, columns);
    TRY(xlsx_sheet(t->book->writer, &(xlsx_sheet_info){"Top trials", columns, room, true}));
    for (int i = 0; i < s->n_trials; i++) {
        fill_row(t, &s->trials[i], row);
        TRY(put_row(t, row, room));
    }
    return STINT_OK;
}

void book_trials(book *b)
{
    trials_sheet t = {.book = b, .search = b->tables->search};
    if (b->status != STINT_OK || !b->report->search.n_trials)
        return;
    arena_init(&t.arena, b->ctx, TAG_REPORT);
    if (t.search) {
        t.columns = arena_new(&t.arena, int, t.search->n_columns);
        if (t.columns)
            choose_columns(&t);
        else
            b->status = STINT_ENOMEM;
    }
    if (b->status == STINT_OK)
        b->status = put_trials(&t);
    arena_deinit(&t.arena);
}
