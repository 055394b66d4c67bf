#include "experiment/evaluate.h"

#include "base/arena.h"
#include "model/rows.h"

#include <stdio.h>

/* Predictions stream into a column file, one chunk's buffers at a time. */
typedef struct predictions {
    ctx *ctx;
    colfile_writer *writer;
    int targets;
    int64_t n;           /* rows in the buffers */
    int64_t *row;        /* [COLFILE_CHUNK_ROWS] */
    double *values;      /* [2 targets][COLFILE_CHUNK_ROWS]: actual, predicted, actual, … */
    column_chunk *chunk; /* [1 + 2 targets] */
} predictions;

static stint_status predictions_flush(predictions *p)
{
    if (p->n == 0)
        return STINT_OK;
    p->chunk[0] = (column_chunk){.integers = p->row};
    for (int i = 0; i < 2 * p->targets; i++)
        p->chunk[1 + i] = (column_chunk){.numbers = p->values + (int64_t)i * COLFILE_CHUNK_ROWS};
    int64_t n = p->n;
    p->n = 0;
    return colfile_put(p->writer, p->chunk, n);
}

static stint_status predictions_add(void *self, const rows_block *b, const double *prediction)
{
    predictions *p = self;
    for (int64_t i = 0; i < b->n; i++) {
        p->row[p->n] = b->row[i];
        for (int k = 0; k < p->targets; k++) {
            double *pair = p->values + 2 * (int64_t)k * COLFILE_CHUNK_ROWS + p->n;
            pair[0] = b->y[(int64_t)k * ROWS_BLOCK + i];
            pair[COLFILE_CHUNK_ROWS] = prediction[(int64_t)k * ROWS_BLOCK + i];
        }
        if (++p->n == COLFILE_CHUNK_ROWS)
            TRY(predictions_flush(p));
    }
    return STINT_OK;
}

static stint_status predictions_open(predictions *p, arena *a, const model_task *t)
{
    const table *seen = t->table;
    char path[4096];
    int columns = 1 + 2 * p->targets;
    column_spec *specs = arena_new(a, column_spec, columns);
    p->row = arena_new(a, int64_t, COLFILE_CHUNK_ROWS);
    p->values = arena_new(a, double, 2 * (int64_t)p->targets * COLFILE_CHUNK_ROWS);
    p->chunk = arena_new(a, column_chunk, columns);
    if (!specs || !p->row || !p->values || !p->chunk)
        return STINT_ENOMEM;
    specs[0] = (column_spec){.name = "row", .kind = COLUMN_NUMBER};
    for (int k = 0; k < p->targets; k++) {
        const char *name = seen->file->columns[seen->targets[k]].name;
        specs[1 + 2 * k] = (column_spec){.name = name, .kind = COLUMN_NUMBER};
        specs[2 + 2 * k] =
            (column_spec){.name = arena_printf(a, "predicted %s", name), .kind = COLUMN_NUMBER};
    }
    snprintf(path, sizeof path, "%s/" EVALUATE_FILE, t->dir);
    p->writer =
        colfile_create(p->ctx, path, specs, columns, seen->split->part_rows[seen->split->folds]);
    return p->writer ? STINT_OK : ctx_status(p->ctx);
}

/* --- baseline ---------------------------------------------------------------------------- */

/* Predicts one value per target: a model class of one row, never in the table of models. */
static void mean_predict(const void *model, const double *x, int64_t n, int64_t stride, double *out)
{
    const residuals *of = model; /* [targets], whose y_mean are the predictions */
    (void)x;
    for (int k = 0; of[k].n > 0; k++)
        for (int64_t i = 0; i < n; i++)
            out[k * stride + i] = of[k].y_mean;
}

static const model_class mean_class = {.name = "mean", .predict = mean_predict};

typedef struct means {
    residuals *of;
    int targets;
} means;

static stint_status means_add(void *self, const rows_block *b)
{
    means *m = self;
    for (int k = 0; k < m->targets; k++) {
        const double *y = b->y + (int64_t)k * ROWS_BLOCK;
        m->of[k] = residuals_merge(m->of[k], residuals_of(y, y, b->n));
    }
    return STINT_OK;
}

static stint_status baseline(ctx *c, arena *a, const model_task *t, target_scores *scores)
{
    int targets = t->table->n_targets, folds = t->table->split->folds;
    means m = {arena_new(a, residuals, targets + 1), targets};
    residuals *out = arena_new(a, residuals, targets);
    if (!m.of || !out)
        return STINT_ENOMEM;
    for (int fold = 0; fold < folds; fold++)
        TRY(rows_each(c, t->table, fold, means_add, &m));
    void *models[1] = {m.of};
    TRY(rows_evaluate(c, t, &mean_class, models, 1, folds, out, NULL, NULL));
    for (int k = 0; k < targets; k++)
        scores[k].baseline = out[k];
    return STINT_OK;
}

/* --- both -------------------------------------------------------------------------------- */

static stint_status predict_all(ctx *c, arena *a, const model_task *t, const model_class *class,
                                void *model, target_scores *scores)
{
    predictions p = {.ctx = c, .targets = t->table->n_targets};
    residuals *out = arena_new(a, residuals, p.targets);
    stint_status s = out ? predictions_open(&p, a, t) : STINT_ENOMEM;
    if (s == STINT_OK)
        s = rows_evaluate(c, t, class, &model, 1, t->table->split->folds, out, predictions_add, &p);
    if (s == STINT_OK)
        s = predictions_flush(&p);
    if (s != STINT_OK) {
        if (p.writer)
            colfile_abandon(p.writer);
        return s;
    }
    for (int k = 0; k < p.targets; k++)
        scores[k].model = out[k];
    return colfile_finish(p.writer, NULL);
}

stint_status evaluate_test(ctx *c, const model_task *t, const model_class *class,
                           const char *model_dir, target_scores *scores)
{
    void *model;
    arena a;
    TRY(class->load(c, model_dir, &model));
    arena_init(&a, c, TAG_MODEL);
    stint_status s = predict_all(c, &a, t, class, model, scores);
    if (s == STINT_OK)
        s = baseline(c, &a, t, scores);
    arena_deinit(&a);
    class->unload(model);
    return s;
}

int64_t evaluate_bytes(int features, int targets)
{
    int64_t columns = 1 + 2 * (int64_t)targets;
    return rows_bytes(features, targets) + columns * COLFILE_CHUNK_ROWS * 8 * 2 +
           targets * (ROWS_BLOCK * 8 + 1024) + ((int64_t)1 << 18);
}
