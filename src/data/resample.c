#include "data/resample.h"

#include "data/derive_write.h"
#include "data/series_rows.h"
#include "data/table.h"

#include <math.h>

/* First each row's step is found, then column by column the steps' values: all on disk (spill.h).
 * A series' steps are rows of the result, one series behind the other. */

typedef struct resampling {
    ctx *ctx;
    const colfile *in;
    const derive_settings *settings;
    series_rows series;
    spill steps;             /* [rows of in] row of the result */
    spill first;             /* [series + 1] each series' first row of the result */
    spill *values;           /* [columns] of the result */
    derived_column *columns; /* [columns] */
    double *cells;           /* [COLFILE_CHUNK_ROWS] */
    int64_t rows;            /* of the result */
} resampling;

/* --- steps -------------------------------------------------------------------------------------- */

/* A time that rounding has put just before a step's beginning is in that step. */
static double step_of(double since, double every)
{
    double q = since / every, k = floor(q);
    return q - k > 1 - 1e-9 ? k + 1 : k;
}

static stint_status fail_steps(const resampling *r)
{
    return fail(r->ctx, STINT_EDATA,
                "series.every: steps of %g make more than %d times as many rows as the %lld there "
                "are; write a longer one, or look for a time that is far from the others",
                r->settings->every, RESAMPLE_STEPS_MOST, (long long)r->in->rows);
}

static stint_status steps_find(resampling *r)
{
    int64_t *steps = r->steps.at, *first = r->first.at, series = 0;
    double begin = 0, most = (double)r->in->rows * RESAMPLE_STEPS_MOST + 1e6;
    for (int64_t chunk = 0; chunk < r->in->chunks; chunk++) {
        int64_t n = colfile_chunk_rows(r->in, chunk);
        TRY(times_read(r->ctx, &r->series.times, chunk, 0, n, r->cells));
        for (int64_t i = 0; i < n; i++) {
            int64_t row = chunk * COLFILE_CHUNK_ROWS + i;
            if (row == r->series.start[series]) {
                begin = r->cells[i];
                first[series] = r->rows;
            }
            double step = step_of(r->cells[i] - begin, r->settings->every);
            if (!(step + (double)first[series] < most))
                return fail_steps(r);
            steps[row] = first[series] + (int64_t)step;
            r->rows = steps[row] + 1;
            series += row + 1 == r->series.start[series + 1];
        }
    }
    first[series] = r->rows;
    return STINT_OK;
}

/* --- values ---------------------------------------------------------------------------------------- */

/* One step's cells so far. */
typedef struct bin {
    double value, n;
} bin;

static void bin_add(bin *b, resample_by by, double x)
{
    bool first = b->n++ == 0;
    switch (by) {
    case RESAMPLE_MEAN:
    case RESAMPLE_SUM: b->value = first ? x : b->value + x; return;
    case RESAMPLE_LAST: b->value = x; return;
    case RESAMPLE_MIN: b->value = first || x < b->value ? x : b->value; return;
    case RESAMPLE_MAX: b->value = first || x > b->value ? x : b->value; return;
    }
}

static double bin_value(const bin *b, resample_by by)
{
    return b->n == 0 ? NAN : by == RESAMPLE_MEAN ? b->value / b->n : b->value;
}

/* Steps without rows are missing. */
static void bins_take(resampling *r, int column, resample_by by, double *out)
{
    const int64_t *steps = r->steps.at;
    bin now = {0};
    int64_t at = 0;
    for (int64_t i = 0; i < r->rows; i++)
        out[i] = NAN;
    for (int64_t chunk = 0; chunk < r->in->chunks; chunk++) {
        int64_t n = colfile_chunk_rows(r->in, chunk);
        colfile_read(r->in, column, chunk, 0, n, r->cells, 1);
        for (int64_t i = 0; i < n; i++) {
            int64_t step = steps[chunk * COLFILE_CHUNK_ROWS + i];
            if (step != at) {
                out[at] = bin_value(&now, by);
                now = (bin){0};
                at = step;
            }
            if (r->cells[i] == r->cells[i])
                bin_add(&now, by, r->cells[i]);
        }
    }
    if (r->rows > 0)
        out[at] = bin_value(&now, by);
}

/* No double holds a hash: the last of each step as it is; 0 is missing. */
static void hashes_take(resampling *r, int column, int64_t *out)
{
    const int64_t *steps = r->steps.at;
    for (int64_t chunk = 0; chunk < r->in->chunks; chunk++) {
        const int64_t *x = r->in->blocks[chunk * r->in->n_columns + column].at;
        for (int64_t i = 0; i < colfile_chunk_rows(r->in, chunk); i++)
            if (x[i] != 0)
                out[steps[chunk * COLFILE_CHUNK_ROWS + i]] = x[i];
    }
}

/* --- filling ------------------------------------------------------------------------------------------ */

static void fill_previous(double *x, int64_t n)
{
    for (int64_t i = 1; i < n; i++)
        x[i] = x[i] != x[i] ? x[i - 1] : x[i];
}

static void fill_hashes(int64_t *x, int64_t n)
{
    for (int64_t i = 1; i < n; i++)
        x[i] = x[i] == 0 ? x[i - 1] : x[i];
}

/* Between two known values, evenly; nothing is known beyond the first and the last. */
static void fill_linear(double *x, int64_t n)
{
    int64_t known = -1;
    for (int64_t i = 0; i < n; i++) {
        if (x[i] != x[i])
            continue;
        for (int64_t k = known + 1; known >= 0 && k < i; k++)
            x[k] = x[known] + (x[i] - x[known]) * ((double)(k - known) / (double)(i - known));
        known = i;
    }
}

static void fill_column(const resampling *r, int column, void *values)
{
    const int64_t *first = r->first.at;
    column_kind kind = r->in->columns[column].kind;
    bool named = column == r->series.group;
    if (r->settings->fill == RESAMPLE_NONE && !named)
        return;
    for (int64_t s = 0; s < r->series.n; s++) {
        int64_t n = first[s + 1] - first[s];
        double *x = (double *)values + first[s];
        if (kind == COLUMN_HASH)
            fill_hashes((int64_t *)values + first[s], n);
        else if (kind == COLUMN_NUMBER && !named && r->settings->fill == RESAMPLE_LINEAR)
            fill_linear(x, n);
        else
            fill_previous(x, n);
    }
}

/* --- columns --------------------------------------------------------------------------------------------- */

/* Steps begin `every` apart from the series' first row on. */
static stint_status clock_take(resampling *r, double *out)
{
    const int64_t *first = r->first.at;
    for (int64_t s = 0; s < r->series.n; s++) {
        double begin;
        int64_t row = r->series.start[s];
        TRY(times_read(r->ctx, &r->series.times, row / COLFILE_CHUNK_ROWS, row % COLFILE_CHUNK_ROWS,
                       1, &begin));
        for (int64_t i = first[s]; i < first[s + 1]; i++)
            out[i] = begin + (double)(i - first[s]) * r->settings->every;
    }
    return STINT_OK;
}

static stint_status column_take(resampling *r, int j)
{
    const colfile_column *info = &r->in->columns[j];
    derived_column *d = &r->columns[j];
    *d = (derived_column){.spec = derived_spec(info), .source = -1};
    if (info->kind == COLUMN_BITS)
        return fail(r->ctx, STINT_EDATA,
                    "series.every: \"%s\" is a column of bits, which have no mean; leave "
                    "series.every out",
                    info->name);
    TRY(spill_open(r->ctx, r->rows * 8, &r->values[j]));
    d->values = r->values[j].at;
    if (j == r->series.time) {
        d->spec.kind = COLUMN_NUMBER;
        return clock_take(r, r->values[j].at);
    }
    bool number = info->kind == COLUMN_NUMBER && j != r->series.group;
    if (number)
        TRY(table_check_exact(r->ctx, r->in, j));
    if (info->kind == COLUMN_HASH)
        hashes_take(r, j, r->values[j].at);
    else
        bins_take(r, j, number ? r->settings->by : RESAMPLE_LAST, r->values[j].at);
    fill_column(r, j, r->values[j].at);
    return STINT_OK;
}

static stint_status resample_all(resampling *r, const char *path, const char *extra, pool *p)
{
    int n = r->in->n_columns;
    r->values = mem_new(r->ctx, TAG_TABLE, spill, n);
    r->columns = mem_new(r->ctx, TAG_TABLE, derived_column, n);
    r->cells = mem_new(r->ctx, TAG_TABLE, double, COLFILE_CHUNK_ROWS);
    if (!r->values || !r->columns || !r->cells)
        return STINT_ENOMEM;
    TRY(spill_open(r->ctx, r->in->rows * 8, &r->steps));
    TRY(spill_open(r->ctx, (r->series.n + 1) * 8, &r->first));
    TRY(steps_find(r));
    for (int j = 0; j < n; j++) {
        if (ctx_interrupted(r->ctx))
            return fail(r->ctx, STINT_EINTERRUPT, "stopped; run the same command to carry on");
        TRY(column_take(r, j));
    }
    return derived_write(r->ctx, r->in, r->columns, n, r->rows, path, extra, p);
}

stint_status resample_write(ctx *c, const colfile *in, const derive_settings *s, const char *path,
                            const char *extra, pool *p)
{
    resampling r = {.ctx = c, .in = in, .settings = s};
    TRY(series_rows_open(c, in, s->group, s->time, false, &r.series));
    stint_status status = resample_all(&r, path, extra, p);
    for (int j = 0; r.values && j < in->n_columns; j++)
        spill_close(&r.values[j]);
    mem_free(r.values);
    mem_free(r.columns);
    mem_free(r.cells);
    spill_close(&r.steps);
    spill_close(&r.first);
    series_rows_close(&r.series);
    return status;
}
