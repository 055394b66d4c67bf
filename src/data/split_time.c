#include "data/moment.h"
#include "data/split_impl.h"
#include "data/table.h"

#include <string.h>

/* Parts that follow each other in time.  The rows' times are sorted; part k ends where the
 * (k + 1)-th share of the training rows does, or at the nearest change of the time, so that equal
 * times are always in one part; what is behind the last training part is the test part.
 *
 *     t t t t │ t t t t │ t t t t │ T T T      2 folds: 3 training parts, then the test
 *
 * Times are numbers, or texts in ISO 8601 (data/moment.h), all with a zone or, in the whole
 * column, without (then all are of one zone).  They are compared in steps of 100 ns. */

typedef struct times {
    split_job *job;
    int column;      /* -1 = the rows' own order */
    uint64_t *texts; /* [dictionary_n] time of each text, CELL_MISSING = none */
    bool zoned;      /* those with a zone count, else those without */
    uint64_t edges[SPLIT_FOLDS_MOST + 1]; /* [parts] time at which the next part begins */
} times;

/* --- texts ---------------------------------------------------------------------------------- */

/* The first text that is a time says whether all are to have a zone. */
static stint_status texts_open(times *t)
{
    const colfile_column *info = &t->job->in->file->columns[t->column];
    bool known = false;
    t->texts = mem_new(t->job->ctx, TAG_SPLIT, uint64_t, info->dictionary_n + 1);
    for (int64_t i = 0; t->texts && i < info->dictionary_n; i++) {
        moment m;
        bool is_time = moment_of(info->dictionary[i], &m);
        if (is_time && !known)
            t->zoned = m.zoned;
        known = known || is_time;
        /* turned so that times before year 0, by their zone, stay below the others */
        t->texts[i] =
            is_time && m.zoned == t->zoned ? (uint64_t)m.steps ^ (uint64_t)1 << 63 : CELL_MISSING;
    }
    return t->texts ? STINT_OK : STINT_ENOMEM;
}

/* --- the rows' times -------------------------------------------------------------------------- */

static void time_cells(const times *t, int64_t chunk)
{
    split_job *j = t->job;
    int64_t n = colfile_chunk_rows(j->in->file, chunk);
    if (t->column >= 0)
        split_cells_ordered(j, t->column, chunk);
    for (int64_t i = 0; i < n; i++) {
        if (t->column < 0)
            j->cells[i] = (uint64_t)(chunk * COLFILE_CHUNK_ROWS + i);
        else if (t->texts && j->cells[i] != CELL_MISSING)
            j->cells[i] = t->texts[(int64_t)j->values[i]];
    }
}

static stint_status fail_time(times *t, int64_t row)
{
    split_job *j = t->job;
    char text[SPLIT_TEXT_SIZE];
    moment m;
    double code;
    colfile_read(j->in->file, t->column, row / COLFILE_CHUNK_ROWS, row % COLFILE_CHUNK_ROWS, 1,
                 &code, 1);
    const char *cell = split_cell_text(j, t->column, row, text);
    if (code != code)
        return table_fail(j->ctx, j->in->file, t->column, row,
                          "the cell is missing, so the row has no place in time; fill it in, or "
                          "leave the row out");
    if (moment_of(j->in->file->columns[t->column].dictionary[(int64_t)code], &m))
        return table_fail(j->ctx, j->in->file, t->column, row,
                          "%s has %s time zone and times before it have %s; write all in one way",
                          cell, m.zoned ? "a" : "no", m.zoned ? "none" : "one");
    return table_fail(j->ctx, j->in->file, t->column, row,
                      "%s is no time; write dates like 2024-12-31 and times like "
                      "2024-12-31T23:59:59",
                      cell);
}

/* The times of all kept rows, ascending; *n of them. */
static stint_status sorted_times(times *t, uint64_t *all, int64_t *n)
{
    split_job *j = t->job;
    for (int64_t chunk = 0; chunk < j->in->file->chunks; chunk++) {
        int64_t base = chunk * COLFILE_CHUNK_ROWS;
        time_cells(t, chunk);
        for (int64_t i = 0; i < colfile_chunk_rows(j->in->file, chunk); i++) {
            if (j->part[base + i] == SPLIT_NONE)
                continue;
            if (j->cells[i] == CELL_MISSING)
                return fail_time(t, base + i);
            all[(*n)++] = j->cells[i];
        }
    }
    if (t->column >= 0)
        split_sort(all, *n);
    return STINT_OK;
}

/* --- where parts end --------------------------------------------------------------------------- */

/* The end of the run of equal times that `at` is in. */
static int64_t run_end(const uint64_t *all, int64_t n, int64_t at)
{
    return all[at] == UINT64_MAX ? n : split_rank(all, n, all[at] + 1);
}

/* The change of time nearest to `at`, the earlier of two, but behind `previous`; n = none. */
static int64_t boundary(const uint64_t *all, int64_t n, int64_t at, int64_t previous)
{
    if (previous >= n)
        return n;
    int64_t low = split_rank(all, n, all[at < n ? at : n - 1]), high = run_end(all, n, low);
    if (at < n && at - low <= high - at)
        high = low;
    return high > previous ? high : run_end(all, n, previous);
}

static void edges_find(times *t, const uint64_t *all, int64_t n)
{
    const split_job *j = t->job;
    int64_t training = n - split_test_of(j, n), at = 0;
    for (int k = 0; k < j->parts; k++) {
        at = boundary(all, n,
                      training / j->parts * (k + 1) + training % j->parts * (k + 1) / j->parts, at);
        t->edges[k] = at < n ? all[at] : UINT64_MAX;
    }
}

static void times_assign(const times *t)
{
    split_job *j = t->job;
    for (int64_t chunk = 0; chunk < j->in->file->chunks; chunk++) {
        uint8_t *part = j->part + chunk * COLFILE_CHUNK_ROWS;
        time_cells(t, chunk);
        for (int64_t i = 0; i < colfile_chunk_rows(j->in->file, chunk); i++) {
            int p = 0;
            while (p < j->parts && j->cells[i] >= t->edges[p])
                p++;
            part[i] = part[i] == SPLIT_NONE ? SPLIT_NONE : (uint8_t)p;
        }
    }
}

static stint_status times_open(times *t)
{
    split_job *j = t->job;
    const char *name = j->settings->column;
    t->column = -1;
    if (!name || !name[0])
        return STINT_OK;
    TRY(split_column_find(j, "split.column", name, &t->column));
    switch (j->in->file->columns[t->column].kind) {
    case COLUMN_NUMBER: return STINT_OK;
    case COLUMN_TEXT: return texts_open(t);
    case COLUMN_BOOL:
        return fail(j->ctx, STINT_EDATA,
                    "split.column: \"%s\" is true/false, and time is a number, a date or a date "
                    "and time; choose another column",
                    name);
    case COLUMN_BITS:
        return fail(j->ctx, STINT_EDATA,
                    "split.column: \"%s\" holds bits, which have no order; choose another column",
                    name);
    case COLUMN_HASH: break;
    }
    return fail(j->ctx, STINT_EDATA,
                "split.column: \"%s\" has more different texts than are kept (%d); give the time "
                "as a number, such as seconds",
                name, SPLIT_LEVELS);
}

stint_status split_by_time(split_job *j)
{
    times t = {.job = j};
    int64_t n = 0;
    TRY(times_open(&t));
    uint64_t *all = mem_new(j->ctx, TAG_SPLIT, uint64_t, j->n);
    stint_status s = all ? sorted_times(&t, all, &n) : STINT_ENOMEM;
    if (s == STINT_OK)
        edges_find(&t, all, n);
    mem_free(all);
    if (s == STINT_OK)
        times_assign(&t);
    mem_free(t.texts);
    return s;
}
