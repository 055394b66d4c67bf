#include "experiment/cluster_columns.h"

#include "base/pattern.h"
#include "data/source.h"
#include "data/table.h"
#include "data/text_column.h"

#include <stdio.h>

/* A chunk's cells lie by columns, a point's by rows: rows are taken in blocks that stay in cache
 * while each column is laid into its place. */

enum { BLOCK_DOUBLES = 4096, BLOCK_ROWS_MOST = 1024 };

static int64_t block_rows(const cluster_columns *k)
{
    int64_t rows = BLOCK_DOUBLES / k->d;
    return rows < 8 ? 8 : rows < BLOCK_ROWS_MOST ? rows : BLOCK_ROWS_MOST;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* --- reading ------------------------------------------------------------------------------ */

static stint_status read_rows(void *self, int64_t from, int64_t count, double *out)
{
    const cluster_columns *k = self;
    while (count > 0) {
        int64_t chunk = from / COLFILE_CHUNK_ROWS, row = from % COLFILE_CHUNK_ROWS;
        int64_t n = smaller(smaller(count, block_rows(k)), COLFILE_CHUNK_ROWS - row);
        for (int j = 0; j < k->d; j++)
            colfile_read(k->file, k->columns[j], chunk, row, n, out + j, k->d);
        from += n;
        count -= n;
        out += n * k->d;
    }
    return STINT_OK;
}

/* As many of the next rows as lie in one chunk, at most a block; their places in it. */
static int64_t take_of_chunk(const cluster_columns *k, const int64_t *which, int64_t count,
                             int32_t *rows)
{
    int64_t n = 0, chunk = which[0] / COLFILE_CHUNK_ROWS, most = smaller(count, block_rows(k));
    for (; n < most && which[n] / COLFILE_CHUNK_ROWS == chunk; n++)
        rows[n] = (int32_t)(which[n] % COLFILE_CHUNK_ROWS);
    return n;
}

static stint_status gather_rows(void *self, const int64_t *which, int64_t count, double *out)
{
    const cluster_columns *k = self;
    int32_t rows[BLOCK_ROWS_MOST];
    while (count > 0) {
        int64_t n = take_of_chunk(k, which, count, rows);
        for (int j = 0; j < k->d; j++)
            colfile_gather(k->file, k->columns[j], which[0] / COLFILE_CHUNK_ROWS, rows, n, out + j,
                           k->d);
        which += n;
        count -= n;
        out += n * k->d;
    }
    return STINT_OK;
}

/* "data.csv:17", or "data.parquet: row 17" where a format has no lines. */
static void name_row(void *self, int64_t row, char *out, size_t size)
{
    const cluster_columns *k = self;
    char file[1024];
    int64_t line;
    bool is_line;
    if (source_line(k->ctx, k->file, row, file, sizeof file, &line, &is_line) == STINT_OK) {
        snprintf(out, size, is_line ? "%s:%lld" : "%s: row %lld", file, (long long)line);
        return;
    }
    stint_clear(k->ctx); /* the row is told all the same */
    snprintf(out, size, "row %lld", (long long)row + 1);
}

points cluster_columns_points(cluster_columns *k)
{
    return (points){.n = k->file->rows,
                    .d = k->d,
                    .rows = read_rows,
                    .gather = gather_rows,
                    .self = k,
                    .names = k->names,
                    .name_row = name_row};
}

/* --- which columns ------------------------------------------------------------------------ */

static stint_status refuse_pattern(ctx *c, const colfile *f, const char *pattern)
{
    nearest_name near = nearest_begin(pattern);
    for (int j = 0; j < f->n_columns; j++)
        nearest_try(&near, f->columns[j].name);
    return fail(c, STINT_EUSAGE, "--drop %s: the table has no such column%s%s%s", pattern,
                near.name ? "; did you mean \"" : "", near.name ? near.name : "",
                near.name ? "\"?" : "");
}

static bool is_dropped(const char *const *drop, const char *name)
{
    for (; drop && *drop; drop++)
        if (pattern_match(*drop, name))
            return true;
    return false;
}

static stint_status check_patterns(ctx *c, const colfile *f, const char *const *drop)
{
    for (; drop && *drop; drop++) {
        const char *one[] = {*drop, NULL};
        int j = 0;
        while (j < f->n_columns && !is_dropped(one, f->columns[j].name))
            j++;
        if (j == f->n_columns)
            return refuse_pattern(c, f, *drop);
    }
    return STINT_OK;
}

static stint_status check_numbers(ctx *c, const colfile *f, int column)
{
    char remedy[512];
    column_kind kind = f->columns[column].kind;
    snprintf(remedy, sizeof remedy, "leave the column out: --drop \"%s\"", f->columns[column].name);
    if (kind == COLUMN_TEXT || kind == COLUMN_HASH || kind == COLUMN_BITS)
        return fail_text_column(c, f, column, remedy);
    return table_check_exact(c, f, column);
}

stint_status cluster_columns_open(ctx *c, arena *a, const colfile *f, const char *const *drop,
                                  cluster_columns *out)
{
    int *columns = arena_new(a, int, f->n_columns);
    const char **names = arena_new(a, const char *, f->n_columns);
    if (!columns || !names)
        return STINT_ENOMEM;
    *out = (cluster_columns){.ctx = c, .file = f, .columns = columns, .names = names};
    TRY(check_patterns(c, f, drop));
    for (int j = 0; j < f->n_columns; j++) {
        if (is_dropped(drop, f->columns[j].name))
            continue;
        TRY(check_numbers(c, f, j));
        columns[out->d] = j;
        names[out->d++] = f->columns[j].name;
    }
    if (out->d == 0)
        return fail(c, STINT_EDATA, "no column is left to cluster by; --drop takes all %d of them",
                    f->n_columns);
    return STINT_OK;
}

stint_status cluster_columns_named(ctx *c, arena *a, const colfile *f, const char *const *names,
                                   int d, cluster_columns *out)
{
    int *columns = arena_new(a, int, d);
    if (!columns)
        return STINT_ENOMEM;
    *out = (cluster_columns){.ctx = c, .file = f, .d = d, .columns = columns, .names = names};
    for (int j = 0; j < d; j++) {
        columns[j] = colfile_find(f, names[j]);
        if (columns[j] < 0)
            return fail(c, STINT_EDATA,
                        "--init: its table has no column \"%s\", which the data have", names[j]);
        TRY(check_numbers(c, f, columns[j]));
    }
    return STINT_OK;
}
