#include "data/series_rows.h"

#include "data/source.h"
#include "data/split_impl.h"
#include "data/table.h"

#include <stdio.h>
#include <string.h>

/* Two passes over the group: the changes are counted, then kept, on disk, with the group that each
 * begins.  Those groups are sorted, so that one that stands twice is found in no private memory. */

int64_t series_rows_bytes(void)
{
    return 4 * mem_cost(COLFILE_CHUNK_ROWS * sizeof(double));
}

stint_status series_column(ctx *c, const colfile *f, const char *key, const char *name, int *out)
{
    nearest_name near = nearest_begin(name);
    *out = colfile_find(f, name);
    if (*out >= 0)
        return STINT_OK;
    for (int i = 0; i < f->n_columns; i++)
        nearest_try(&near, f->columns[i].name);
    return near.name
               ? fail(c, STINT_EUSAGE, "%s: the table has no column \"%s\"; did you mean \"%s\"?",
                      key, name, near.name)
               : fail(c, STINT_EUSAGE, "%s: the table has no column \"%s\"", key, name);
}

/* What a cell says, for messages. */
static const char *cell_text(const colfile *f, int column, int64_t row, char out[64])
{
    double x;
    const colfile_column *info = &f->columns[column];
    colfile_read(f, column, row / COLFILE_CHUNK_ROWS, row % COLFILE_CHUNK_ROWS, 1, &x, 1);
    if (info->kind == COLUMN_TEXT && x == x)
        snprintf(out, 64, "\"%.50s\"", info->dictionary[(int64_t)x]);
    else
        str_format_double(out, x);
    return info->kind == COLUMN_HASH ? "a text" : out;
}

/* "co2.csv:17" */
static stint_status place_of(ctx *c, const colfile *f, int64_t row, char *out, size_t size)
{
    char file[1024];
    int64_t line;
    bool is_line;
    TRY(source_line(c, f, row, file, sizeof file, &line, &is_line));
    snprintf(out, size, "%s:%s%lld", file, is_line ? "" : "row ", (long long)line);
    return STINT_OK;
}

/* --- groups ---------------------------------------------------------------------------------------- */

typedef struct groups {
    ctx *ctx;
    const colfile *file;
    int column;
    double *cells; /* [COLFILE_CHUNK_ROWS] */
    uint64_t last; /* of the row before */
    int64_t n;
} groups;

/* Equal exactly when the cells are. */
static uint64_t key_of(const groups *g, int64_t chunk, int64_t i)
{
    const colfile_block *b = &g->file->blocks[chunk * g->file->n_columns + g->column];
    double x = g->cells[i] + 0.0; /* -0 is 0 */
    uint64_t key;
    if (g->file->columns[g->column].kind == COLUMN_HASH)
        return (uint64_t)((const int64_t *)b->at)[i];
    memcpy(&key, &x, sizeof key);
    return key;
}

/* Runs of equal cells; with `start`, where each begins, and its key. */
static stint_status groups_pass(groups *g, int64_t *start, uint64_t *keys)
{
    const colfile *f = g->file;
    g->n = 0;
    for (int64_t chunk = 0; chunk < f->chunks; chunk++) {
        int64_t rows = colfile_chunk_rows(f, chunk), base = chunk * COLFILE_CHUNK_ROWS;
        colfile_read(f, g->column, chunk, 0, rows, g->cells, 1);
        for (int64_t i = 0; i < rows; i++) {
            if (g->cells[i] != g->cells[i])
                return table_fail(g->ctx, f, g->column, base + i,
                                  "the cell is missing, so the row belongs to no series");
            uint64_t key = key_of(g, chunk, i);
            if (base + i > 0 && key == g->last)
                continue;
            if (start) {
                start[g->n] = base + i;
                keys[g->n] = key;
            }
            g->n++;
            g->last = key;
        }
    }
    return STINT_OK;
}

/* The first start whose group an earlier one has too. */
static stint_status fail_twice(groups *g, const int64_t *start, uint64_t key)
{
    int64_t row[2] = {0};
    char place[1100], cell[64];
    int seen = 0;
    for (int64_t i = 0; seen < 2 && i < g->n; i++) {
        int64_t chunk = start[i] / COLFILE_CHUNK_ROWS, in_chunk = start[i] % COLFILE_CHUNK_ROWS;
        colfile_read(g->file, g->column, chunk, in_chunk, 1, g->cells + in_chunk, 1);
        if (key_of(g, chunk, in_chunk) == key)
            row[seen++] = start[i];
    }
    TRY(place_of(g->ctx, g->file, row[0], place, sizeof place));
    return table_fail(g->ctx, g->file, g->column, row[1],
                      "the series %s began at %s and goes on here, behind another one; put the "
                      "rows of a series together",
                      cell_text(g->file, g->column, row[1], cell), place);
}

static stint_status groups_take(groups *g, series_rows *out)
{
    TRY(groups_pass(g, NULL, NULL));
    TRY(spill_open(g->ctx, (g->n + 1) * 16, &out->room));
    int64_t *start = out->room.at;
    uint64_t *keys = (uint64_t *)(start + g->n + 1);
    TRY(groups_pass(g, start, keys));
    start[g->n] = g->file->rows;
    out->start = start;
    out->n = g->n;
    split_sort(keys, g->n);
    for (int64_t i = 1; i < g->n; i++)
        if (keys[i] == keys[i - 1])
            return fail_twice(g, start, keys[i]);
    return STINT_OK;
}

static stint_status starts_open(ctx *c, const colfile *f, series_rows *out)
{
    groups g = {.ctx = c, .file = f, .column = out->group};
    if (out->group < 0) {
        TRY(spill_open(c, 16, &out->room));
        out->start = out->room.at;
        out->start[1] = f->rows;
        out->n = f->rows > 0;
        return STINT_OK;
    }
    if (f->columns[out->group].kind == COLUMN_BITS)
        return fail(c, STINT_EDATA, "series.group: \"%s\" is a column of bits; choose another",
                    f->columns[out->group].name);
    g.cells = mem_new(c, TAG_TABLE, double, COLFILE_CHUNK_ROWS);
    stint_status s = g.cells ? groups_take(&g, out) : STINT_ENOMEM;
    mem_free(g.cells);
    return s;
}

/* --- time -------------------------------------------------------------------------------------------- */

static stint_status fail_order(ctx *c, const series_rows *s, int64_t row)
{
    char place[1100], now[64], before[64];
    const colfile *f = s->times.file;
    TRY(place_of(c, f, row - 1, place, sizeof place));
    return table_fail(c, f, s->time, row,
                      "%s is before %s of the row before it (%s); sort the rows of a series by "
                      "time",
                      cell_text(f, s->time, row, now), cell_text(f, s->time, row - 1, before),
                      place);
}

static stint_status order_check(ctx *c, const series_rows *s, double *cells)
{
    const colfile *f = s->times.file;
    double before = 0;
    for (int64_t chunk = 0, series = 0; chunk < f->chunks; chunk++) {
        int64_t rows = colfile_chunk_rows(f, chunk);
        TRY(times_read(c, &s->times, chunk, 0, rows, cells));
        for (int64_t i = 0; i < rows; i++) {
            int64_t row = chunk * COLFILE_CHUNK_ROWS + i;
            bool first = row == s->start[series];
            if (cells[i] != cells[i])
                return table_fail(c, f, s->time, row,
                                  "the cell is missing, so the row has no place in time");
            if (!first && cells[i] < before)
                return fail_order(c, s, row);
            series += row + 1 == s->start[series + 1];
            before = cells[i];
        }
    }
    return STINT_OK;
}

static stint_status times_take(ctx *c, const colfile *f, bool plain, series_rows *out)
{
    if (out->time < 0)
        return STINT_OK;
    TRY(times_open(c, f, out->time, plain, "series.time", &out->times));
    double *cells = mem_new(c, TAG_TABLE, double, COLFILE_CHUNK_ROWS);
    stint_status s = cells ? order_check(c, out, cells) : STINT_ENOMEM;
    mem_free(cells);
    return s;
}

stint_status series_rows_open(ctx *c, const colfile *f, const char *group, const char *time,
                              bool plain, series_rows *out)
{
    *out = (series_rows){.group = -1, .time = -1};
    if (*group)
        TRY(series_column(c, f, "series.group", group, &out->group));
    if (*time)
        TRY(series_column(c, f, "series.time", time, &out->time));
    stint_status s = starts_open(c, f, out);
    if (s == STINT_OK)
        s = times_take(c, f, plain, out);
    if (s != STINT_OK)
        series_rows_close(out);
    return s;
}

void series_rows_close(series_rows *s)
{
    times_close(&s->times);
    spill_close(&s->room);
}
