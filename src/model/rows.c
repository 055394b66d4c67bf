#include "model/rows.h"

typedef struct block_memory {
    int32_t *rows; /* [COLFILE_CHUNK_ROWS] */
    int64_t *row;  /* [ROWS_BLOCK] */
    double *x, *y;
} block_memory;

int64_t rows_bytes(int features, int targets)
{
    int64_t columns = (int64_t)features + 2 * (int64_t)targets;
    return COLFILE_CHUNK_ROWS * 4 + ROWS_BLOCK * 8 * (1 + columns) + 4 * 128;
}

int64_t rows_of_chunk(const table *t, int64_t chunk, int part, int32_t *rows)
{
    const uint8_t *parts = split_chunk(t->split, chunk);
    int64_t in_chunk = colfile_chunk_rows(t->file, chunk), n = 0;
    for (int32_t i = 0; i < in_chunk; i++) {
        rows[n] = i;
        n += parts[i] == part;
    }
    return n;
}

static void block_read(const table *t, int64_t chunk, const int32_t *rows, int64_t n,
                       const block_memory *m)
{
    for (int64_t i = 0; i < n; i++)
        m->row[i] = chunk * COLFILE_CHUNK_ROWS + rows[i];
    for (int j = 0; j < t->n_features; j++)
        colfile_gather(t->file, t->features[j], chunk, rows, n, m->x + (int64_t)j * ROWS_BLOCK, 1);
    for (int j = 0; j < t->n_targets; j++)
        colfile_gather(t->file, t->targets[j], chunk, rows, n, m->y + (int64_t)j * ROWS_BLOCK, 1);
}

static stint_status chunk_visit(const table *t, int64_t chunk, int part, const block_memory *m,
                                rows_visit *visit, void *self)
{
    int64_t n = rows_of_chunk(t, chunk, part, m->rows);
    for (int64_t from = 0; from < n; from += ROWS_BLOCK) {
        int64_t some = n - from < ROWS_BLOCK ? n - from : ROWS_BLOCK;
        block_read(t, chunk, m->rows + from, some, m);
        TRY(visit(self, &(rows_block){m->row, some, m->x, m->y}));
    }
    return STINT_OK;
}

stint_status rows_each(ctx *c, const table *t, int part, rows_visit *visit, void *self)
{
    block_memory m = {
        .rows = mem_new(c, TAG_TABLE, int32_t, COLFILE_CHUNK_ROWS),
        .row = mem_new(c, TAG_TABLE, int64_t, ROWS_BLOCK),
        .x = mem_new(c, TAG_TABLE, double, (int64_t)t->n_features *ROWS_BLOCK),
        .y = mem_new(c, TAG_TABLE, double, (int64_t)t->n_targets *ROWS_BLOCK),
    };
    stint_status s = m.rows && m.row && m.x && m.y ? STINT_OK : STINT_ENOMEM;
    for (int64_t chunk = 0; s == STINT_OK && chunk < t->file->chunks; chunk++)
        s = chunk_visit(t, chunk, part, &m, visit, self);
    mem_free(m.rows);
    mem_free(m.row);
    mem_free(m.x);
    mem_free(m.y);
    return s;
}

typedef struct evaluation {
    const model_class *class;
    void *const *models;
    int64_t n;
    int targets;
    double *prediction; /* [targets][ROWS_BLOCK] */
    residuals *out;     /* [n][targets] */
    rows_predicted *seen;
    void *self;
} evaluation;

static stint_status evaluate_block(void *self, const rows_block *b)
{
    evaluation *e = self;
    for (int64_t i = 0; i < e->n; i++) {
        e->class->predict(e->models[i], b->x, b->n, ROWS_BLOCK, e->prediction);
        for (int k = 0; k < e->targets; k++) {
            residuals *r = &e->out[i * e->targets + k];
            int64_t at = (int64_t)k * ROWS_BLOCK;
            *r = residuals_merge(*r, residuals_of(b->y + at, e->prediction + at, b->n));
        }
        if (e->seen)
            TRY(e->seen(e->self, b, e->prediction));
    }
    return STINT_OK;
}

stint_status rows_evaluate(ctx *c, const model_task *t, const model_class *class,
                           void *const *models, int64_t n, int part, residuals *out,
                           rows_predicted *seen, void *self)
{
    evaluation e = {class, models, n, t->table->n_targets, NULL, out, seen, self};
    e.prediction = mem_new(c, TAG_TABLE, double, (int64_t)e.targets *ROWS_BLOCK);
    if (!e.prediction)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < n * e.targets; i++)
        out[i] = (residuals){0};
    stint_status s = rows_each(c, t->table, part, evaluate_block, &e);
    mem_free(e.prediction);
    return s;
}
