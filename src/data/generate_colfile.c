#include "data/generate.h"

/* Made-up rows as a column file, a chunk at a time. */

typedef struct chunk_writer {
    colfile_writer *file;
    column_chunk *chunks; /* [n_columns] */
    int32_t **codes;      /* [n_columns] [room] of a text column */
    int8_t **bools;       /* [n_columns] [room] of a bool column */
    uint8_t **bits;       /* [n_columns] [room][(width+7)/8] of a column of bits */
    const generator_class *class;
} chunk_writer;

static stint_status chunk_writer_init(chunk_writer *w, generated *g, int64_t room)
{
    w->chunks = arena_new(&g->arena, column_chunk, g->n_columns);
    w->codes = arena_new(&g->arena, int32_t *, g->n_columns);
    w->bools = arena_new(&g->arena, int8_t *, g->n_columns);
    w->bits = arena_new(&g->arena, uint8_t *, g->n_columns);
    if (!w->chunks || !w->codes || !w->bools || !w->bits)
        return STINT_ENOMEM;
    for (int j = 0; j < g->n_columns; j++) {
        if (g->columns[j].kind == COLUMN_TEXT)
            w->chunks[j].codes = w->codes[j] = arena_new(&g->arena, int32_t, room);
        else if (g->columns[j].kind == COLUMN_BOOL)
            w->chunks[j].bools = w->bools[j] = arena_new(&g->arena, int8_t, room);
        else if (g->columns[j].kind == COLUMN_BITS)
            w->chunks[j].bits = w->bits[j] =
                arena_new(&g->arena, uint8_t, room * ((g->columns[j].encoder->width + 7) / 8));
    }
    return ctx_status(g->ctx);
}

static stint_status put_chunk(void *self, const generated *g, const double *x, int64_t n,
                              int64_t stride)
{
    chunk_writer *w = self;
    for (int j = 0; j < g->n_columns; j++, x += stride) {
        if (w->codes[j])
            for (int64_t i = 0; i < n; i++)
                w->codes[j][i] = x[i] == x[i] ? (int32_t)x[i] : -1;
        else if (w->bools[j])
            for (int64_t i = 0; i < n; i++)
                w->bools[j][i] = x[i] == x[i] ? x[i] != 0 : -1;
        else if (w->bits[j])
            for (int64_t i = 0, bytes = (g->columns[j].encoder->width + 7) / 8; i < n; i++)
                w->class->bits(g, j, (int64_t)x[i], w->bits[j] + i * bytes);
        else
            w->chunks[j].numbers = x;
    }
    return colfile_put(w->file, w->chunks, n);
}

stint_status generate_colfile(generated *g, const generator_class *class, const char *path,
                              const char *extra)
{
    chunk_writer w = {.class = class};
    int64_t room = g->rows < COLFILE_CHUNK_ROWS ? g->rows : COLFILE_CHUNK_ROWS;
    TRY(chunk_writer_init(&w, g, room));
    w.file = colfile_create(g->ctx, path, g->columns, g->n_columns, g->rows);
    if (!w.file)
        return ctx_status(g->ctx);
    stint_status s = generate_batches(g, class, room, put_chunk, &w);
    if (s == STINT_OK)
        return colfile_finish(w.file, extra);
    colfile_abandon(w.file);
    return s;
}
