#include "data/split_impl.h"

#include <stdlib.h>
#include <string.h>

/* Parts as a column gives them.  Rows with "test" (in a column of numbers: -1) are the test
 * part; the other values, ascending, are the folds; rows without a value are in no part.  Texts
 * that are all numbers ascend as numbers, else by their bytes. */

typedef struct fold_value {
    const char *text; /* NULL in a column of numbers */
    double number;
    int level;
} fold_value;

typedef struct given {
    split_job *job;
    split_levels levels;
    fold_value *values; /* [levels] those of folds */
    int64_t n;
    uint8_t *part; /* [levels] */
    bool numbers;  /* all are */
    int64_t tests; /* levels of the test part */
} given;

static int by_text(const void *a, const void *b)
{
    return strcmp(((const fold_value *)a)->text, ((const fold_value *)b)->text);
}

static int by_number(const void *a, const void *b)
{
    const fold_value *p = a, *q = b;
    return p->number != q->number ? (p->number > q->number) - (p->number < q->number)
                                  : p->level - q->level;
}

static void level_take(given *g, int level)
{
    const split_job *j = g->job;
    const colfile_column *info = &j->in->file->columns[g->levels.column];
    int64_t row = g->levels.first.at[level];
    fold_value v = {.level = level};
    colfile_read(j->in->file, g->levels.column, row / COLFILE_CHUNK_ROWS, row % COLFILE_CHUNK_ROWS,
                 1, &v.number, 1);
    if (v.number != v.number) {
        g->part[level] = SPLIT_NONE;
        return;
    }
    if (info->kind == COLUMN_TEXT)
        v.text = info->dictionary[(int64_t)v.number];
    if (v.text ? strcmp(v.text, "test") == 0 : v.number == -1) {
        g->tests++;
        return;
    }
    if (v.text)
        g->numbers = str_parse_double(v.text, &v.number) && g->numbers;
    g->values[g->n++] = v;
}

static stint_status given_check(const given *g)
{
    const split_job *j = g->job;
    const char *name = j->settings->column;
    bool text = j->in->file->columns[g->levels.column].kind == COLUMN_TEXT;
    if (g->tests == 0)
        return fail(j->ctx, STINT_EDATA,
                    "split.column: no row of \"%s\" is %s, which is what the rows of the test part "
                    "say",
                    name, text ? "\"test\"" : "-1");
    if (g->n < 2 || g->n > SPLIT_FOLDS_MOST)
        return fail(j->ctx, STINT_EDATA,
                    "split.column: \"%s\" has %lld different value%s beside %s; each is a fold, "
                    "and there have to be 2 to %d",
                    name, (long long)g->n, g->n == 1 ? "" : "s", text ? "\"test\"" : "-1",
                    SPLIT_FOLDS_MOST);
    return STINT_OK;
}

static void given_assign(given *g)
{
    split_job *j = g->job;
    for (int64_t chunk = 0; chunk < j->in->file->chunks; chunk++) {
        uint8_t *part = j->part + chunk * COLFILE_CHUNK_ROWS;
        split_cells(j, g->levels.column, chunk);
        for (int64_t i = 0; i < colfile_chunk_rows(j->in->file, chunk); i++)
            if (part[i] != SPLIT_NONE)
                part[i] = g->part[split_level(&g->levels, j->cells[i])];
    }
}

static stint_status given_read(given *g)
{
    split_job *j = g->job;
    int64_t levels = g->levels.ids.n;
    bool text = j->in->file->columns[g->levels.column].kind == COLUMN_TEXT;
    g->values = mem_new(j->ctx, TAG_SPLIT, fold_value, levels + 1);
    g->part = mem_new(j->ctx, TAG_SPLIT, uint8_t, levels + 1);
    if (!g->values || !g->part)
        return STINT_ENOMEM;
    memset(g->part, SPLIT_FOLDS_MOST + 1, (size_t)levels); /* until folds are counted: the test */
    g->numbers = true;
    for (int level = 0; level < levels; level++)
        level_take(g, level);
    TRY(given_check(g));
    qsort(g->values, (size_t)g->n, sizeof *g->values, text && !g->numbers ? by_text : by_number);
    j->folds = j->parts = (int)g->n;
    for (int64_t i = 0; i < levels; i++)
        g->part[i] = g->part[i] == SPLIT_NONE ? SPLIT_NONE : (uint8_t)j->parts;
    for (int64_t i = 0; i < g->n; i++)
        g->part[g->values[i].level] = (uint8_t)i;
    given_assign(g);
    return STINT_OK;
}

stint_status split_by_column(split_job *j)
{
    given g = {.job = j};
    const char *name = j->settings->column ? j->settings->column : "";
    int column;
    TRY(split_column_find(j, "split.column", name, &column));
    column_kind kind = j->in->file->columns[column].kind;
    if (kind == COLUMN_BOOL || kind == COLUMN_HASH || kind == COLUMN_BITS)
        return fail(j->ctx, STINT_EDATA,
                    "split.column: \"%s\" %s; rows of the test part say \"test\", or -1 in a "
                    "column of numbers, and the other values, 2 to %d, are the folds",
                    name,
                    kind == COLUMN_BOOL   ? "is true/false"
                    : kind == COLUMN_BITS ? "holds bits"
                                          : "has too many different texts",
                    SPLIT_FOLDS_MOST);
    stint_status s = split_levels_open(j, column, &g.levels);
    if (s == STINT_OK)
        s = given_read(&g);
    split_levels_close(&g.levels);
    mem_free(g.values);
    mem_free(g.part);
    return s;
}
