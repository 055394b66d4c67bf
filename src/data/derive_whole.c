#include "data/derive.h"

#include "data/derive_write.h"

#include <string.h>

/* Rows that are whole, of tables of new data: counted, listed, then each column gathered. */

typedef struct gathering {
    ctx *ctx;
    const colfile *in;
    const int *needed;
    int n_needed;
    double *cells;  /* [COLFILE_CHUNK_ROWS] */
    uint8_t *whole; /* [COLFILE_CHUNK_ROWS] of the chunk at hand */
    int64_t kept;
    const int64_t *rows;     /* [kept] */
    spill *values;           /* [columns] */
    derived_column *columns; /* [columns] */
} gathering;

static void chunk_whole(const gathering *g, int64_t chunk)
{
    int64_t n = colfile_chunk_rows(g->in, chunk);
    memset(g->whole, 1, (size_t)n);
    for (int k = 0; k < g->n_needed; k++) {
        colfile_read(g->in, g->needed[k], chunk, 0, n, g->cells, 1);
        for (int64_t i = 0; i < n; i++)
            g->whole[i] &= g->cells[i] == g->cells[i];
    }
}

/* How many, and with `rows` which. */
static int64_t rows_whole(const gathering *g, int64_t *rows)
{
    int64_t kept = 0;
    for (int64_t chunk = 0; chunk < g->in->chunks; chunk++) {
        chunk_whole(g, chunk);
        for (int64_t i = 0; i < colfile_chunk_rows(g->in, chunk); i++) {
            if (rows && g->whole[i])
                rows[kept] = chunk * COLFILE_CHUNK_ROWS + i;
            kept += g->whole[i];
        }
    }
    return kept;
}

/* Rows of `bytes` as they lie in the file: hashes, bits. */
static void gather_bytes(const gathering *g, int j, int64_t bytes, char *out)
{
    for (int64_t i = 0; i < g->kept; i++) {
        int64_t chunk = g->rows[i] / COLFILE_CHUNK_ROWS, at = g->rows[i] % COLFILE_CHUNK_ROWS;
        const char *rows = g->in->blocks[chunk * g->in->n_columns + j].at;
        memcpy(out + i * bytes, rows + at * bytes, (size_t)bytes);
    }
}

static void gather_doubles(const gathering *g, int j, double *out)
{
    int64_t chunk = -1;
    for (int64_t i = 0; i < g->kept; i++) {
        int64_t now = g->rows[i] / COLFILE_CHUNK_ROWS;
        if (now != chunk)
            colfile_read(g->in, j, now, 0, colfile_chunk_rows(g->in, now), g->cells, 1);
        chunk = now;
        out[i] = g->cells[g->rows[i] % COLFILE_CHUNK_ROWS];
    }
}

static stint_status gather(gathering *g, int j)
{
    const colfile_column *info = &g->in->columns[j];
    int64_t bytes = info->kind == COLUMN_BITS ? (info->width + 7) / 8 : 8;
    TRY(spill_open(g->ctx, g->kept * bytes, &g->values[j]));
    if (info->kind == COLUMN_BITS || info->kind == COLUMN_HASH)
        gather_bytes(g, j, bytes, g->values[j].at);
    else
        gather_doubles(g, j, g->values[j].at);
    g->columns[j] =
        (derived_column){.spec = derived_spec(info), .source = -1, .values = g->values[j].at};
    return STINT_OK;
}

static stint_status gather_all(gathering *g, const char *path)
{
    int n = g->in->n_columns;
    str extra;
    g->values = mem_new(g->ctx, TAG_TABLE, spill, n);
    g->columns = mem_new(g->ctx, TAG_TABLE, derived_column, n);
    if (!g->values || !g->columns)
        return STINT_ENOMEM;
    for (int j = 0; j < n; j++)
        TRY(gather(g, j));
    str_init(&extra, g->ctx, TAG_TABLE);
    stint_status s = derived_extra(g->in, "whole rows", &extra);
    if (s == STINT_OK)
        s = derived_write(g->ctx, g->in, g->columns, n, g->kept, path, extra.at, NULL);
    str_deinit(&extra);
    return s;
}

static stint_status whole_rows(gathering *g, const char *path, spill *rows)
{
    g->kept = rows_whole(g, NULL);
    if (g->kept == g->in->rows)
        return STINT_OK;
    if (g->kept == 0)
        return fail(g->ctx, STINT_EDATA,
                    "every row lacks one of the derived columns that the model looks at; the data "
                    "have to begin earlier");
    TRY(spill_open(g->ctx, g->kept * 8, rows));
    (void)rows_whole(g, rows->at);
    g->rows = rows->at;
    stint_status s = gather_all(g, path);
    for (int j = 0; g->values && j < g->in->n_columns; j++)
        spill_close(&g->values[j]);
    mem_free(g->values);
    mem_free(g->columns);
    if (s != STINT_OK)
        spill_close(rows);
    return s;
}

stint_status derive_whole(ctx *c, const colfile *in, const int *columns, int n, const char *path,
                          spill *rows, int64_t *kept)
{
    gathering g = {.ctx = c, .in = in, .needed = columns, .n_needed = n};
    *rows = (spill){0};
    g.cells = mem_new(c, TAG_TABLE, double, COLFILE_CHUNK_ROWS);
    g.whole = mem_new(c, TAG_TABLE, uint8_t, COLFILE_CHUNK_ROWS);
    stint_status s = g.cells && g.whole ? whole_rows(&g, path, rows) : STINT_ENOMEM;
    mem_free(g.whole);
    mem_free(g.cells);
    *kept = g.kept;
    return s;
}
