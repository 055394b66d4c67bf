#include "model/rows.h"

#include <math.h>

typedef struct block_memory {
    int32_t *rows;   /* [COLFILE_CHUNK_ROWS] of the chunk, in the pass */
    int64_t *row;    /* [ROWS_BLOCK] */
    int32_t *before; /* [ROWS_BLOCK] rows - 1 */
    double *x, *y, *previous;
} block_memory;

int64_t rows_bytes(int features, int outputs)
{
    int64_t columns = (int64_t)features + 3 * (int64_t)outputs;
    return COLFILE_CHUNK_ROWS * 4 + ROWS_BLOCK * 4 + ROWS_BLOCK * 8 * (1 + columns) + 6 * 128;
}

static rows_pass pass_of(const model_class *class, int set, int part)
{
    return (rows_pass){set, part, !class->standardises, class->previous, class->blind, 0};
}

rows_pass rows_held_out(const model_task *t, const model_class *class, int set)
{
    return pass_of(class, set, split_held_out(t->table->split, set));
}

rows_pass rows_training(const model_class *class, int set)
{
    return pass_of(class, set, ROWS_TRAINING);
}

rows_pass rows_test(const model_task *t, const model_class *class)
{
    return pass_of(class, t->table->split->folds, t->table->split->parts);
}

int64_t rows_count(const model_task *t, const rows_pass *pass)
{
    const split *s = t->table->split;
    if (pass->part == ROWS_ALL)
        return t->table->file->rows;
    return pass->part == ROWS_TRAINING ? split_train_rows(s, pass->set) : s->part_rows[pass->part];
}

/* --- which rows -------------------------------------------------------------------------- */

static int64_t rows_where(const table *t, int64_t chunk, const bool wanted[256], int32_t *rows)
{
    const uint8_t *parts = split_chunk(t->split, chunk);
    int64_t in_chunk = colfile_chunk_rows(t->file, chunk), n = 0;
    for (int32_t i = 0; i < in_chunk; i++) {
        rows[n] = i;
        n += wanted[parts[i]];
    }
    return n;
}

int64_t rows_of_chunk(const table *t, int64_t chunk, int part, int32_t *rows)
{
    bool wanted[256] = {false};
    wanted[part] = true;
    return rows_where(t, chunk, wanted, rows);
}

static int64_t rows_all(const table *t, int64_t chunk, int32_t *rows)
{
    int64_t n = colfile_chunk_rows(t->file, chunk);
    for (int32_t i = 0; i < n; i++)
        rows[i] = i;
    return n;
}

static void wanted_parts(const split *s, const rows_pass *pass, bool wanted[256])
{
    for (int part = 0; part <= s->parts; part++)
        wanted[part] =
            pass->part == ROWS_TRAINING ? split_trains(s, pass->set, part) : part == pass->part;
}

/* --- blocks ------------------------------------------------------------------------------ */

typedef struct pass_run {
    const model_task *t;
    const rows_pass *pass;
    const double *state;
    block_memory *m;
} pass_run;

/* y of the row before each; that of a chunk's first row is the last of the chunk before. */
static void read_previous(const pass_run *p, int64_t chunk, const int32_t *rows, int64_t n)
{
    const table *t = p->t->table;
    block_memory *m = p->m;
    int64_t first = n > 0 && rows[0] == 0;
    for (int64_t i = first; i < n; i++)
        m->before[i] = rows[i] - 1;
    table_targets(t, chunk, m->before + first, n - first, m->previous + first, ROWS_BLOCK, 1);
    if (first && chunk > 0)
        table_targets(t, chunk - 1, &(int32_t){COLFILE_CHUNK_ROWS - 1}, 1, m->previous, ROWS_BLOCK,
                      1);
    for (int k = 0; first && chunk == 0 && k < table_outputs(t); k++)
        m->previous[(int64_t)k * ROWS_BLOCK] = NAN;
}

static rows_block block_read(const pass_run *p, int64_t chunk, const int32_t *rows, int64_t n)
{
    const table *t = p->t->table;
    const block_memory *m = p->m;
    for (int64_t i = 0; i < n; i++)
        m->row[i] = chunk * COLFILE_CHUNK_ROWS + rows[i];
    if (!p->pass->blind)
        features_read(t->features, p->state, p->pass->standardise, t->file, chunk, rows, n, m->x,
                      ROWS_BLOCK, 1);
    table_targets(t, chunk, rows, n, m->y, ROWS_BLOCK, 1);
    if (p->pass->previous)
        read_previous(p, chunk, rows, n);
    return (rows_block){m->row, n, m->x, m->y, p->pass->previous ? m->previous : NULL};
}

static stint_status visit_all(const pass_run *p, rows_visit *visit, void *self)
{
    const table *t = p->t->table;
    bool wanted[256] = {false}, all = p->pass->part == ROWS_ALL;
    if (!all)
        wanted_parts(t->split, p->pass, wanted);
    for (int64_t chunk = 0; chunk < t->file->chunks; chunk++) {
        int64_t n = all ? rows_all(t, chunk, p->m->rows) : rows_where(t, chunk, wanted, p->m->rows);
        for (int64_t from = 0; from < n; from += ROWS_BLOCK) {
            int64_t some = n - from < ROWS_BLOCK ? n - from : ROWS_BLOCK;
            rows_block b = block_read(p, chunk, p->m->rows + from, some);
            TRY(visit(self, &b));
        }
    }
    return STINT_OK;
}

stint_status rows_each(ctx *c, const model_task *t, const rows_pass *pass, rows_visit *visit,
                       void *self)
{
    int outputs = table_outputs(t->table);
    block_memory m = {
        .rows = mem_new(c, TAG_TABLE, int32_t, COLFILE_CHUNK_ROWS),
        .row = mem_new(c, TAG_TABLE, int64_t, ROWS_BLOCK),
        .before = mem_new(c, TAG_TABLE, int32_t, ROWS_BLOCK),
        .x = mem_new(c, TAG_TABLE, double, (int64_t)t->table->n_features *ROWS_BLOCK),
        .y = mem_new(c, TAG_TABLE, double, (int64_t)outputs *ROWS_BLOCK),
        .previous = mem_new(c, TAG_TABLE, double, (int64_t)outputs *ROWS_BLOCK),
    };
    const features_states *states = t->states;
    pass_run p = {t, pass, states ? states->at + pass->set * states->stride : NULL, &m};
    bool whole = m.rows && m.row && m.before && m.x && m.y && m.previous;
    stint_status s = whole ? visit_all(&p, visit, self) : STINT_ENOMEM;
    mem_free(m.rows);
    mem_free(m.row);
    mem_free(m.before);
    mem_free(m.x);
    mem_free(m.y);
    mem_free(m.previous);
    return s;
}

/* --- predicting -------------------------------------------------------------------------- */

typedef struct evaluation {
    const model_class *class;
    void *const *models;
    int64_t n;
    double *prediction; /* [predictions][ROWS_BLOCK] */
    outcomes *const *out;
    rows_predicted *seen;
    void *self;
} evaluation;

static stint_status evaluate_block(void *self, const rows_block *b)
{
    evaluation *e = self;
    for (int64_t i = 0; i < e->n; i++) {
        e->class->predict(e->models[i], b, e->prediction);
        if (e->out)
            outcomes_add(e->out[i], b->y, e->prediction, b->n, ROWS_BLOCK);
        if (e->seen)
            TRY(e->seen(e->self, b, e->prediction));
    }
    return STINT_OK;
}

/* Rows that a model predicted by itself. */
static stint_status count_rows(void *self, const rows_block *b, const double *prediction)
{
    const evaluation *e = self;
    if (e->out)
        outcomes_add(e->out[0], b->y, prediction, b->n, ROWS_BLOCK);
    return e->seen ? e->seen(e->self, b, prediction) : STINT_OK;
}

stint_status rows_evaluate(ctx *c, const model_task *t, const rows_pass *pass,
                           const model_class *class, void *const *models, int64_t n,
                           outcomes *const *out, rows_predicted *seen, void *self)
{
    evaluation e = {class, models, n, NULL, out, seen, self};
    for (int64_t i = 0; class->predict_rows && i < n; i++) {
        evaluation one = {class, NULL, 1, NULL, out ? &out[i] : NULL, seen, self};
        TRY(class->predict_rows(c, models[i], t, pass, count_rows, &one));
    }
    if (class->predict_rows)
        return STINT_OK;
    int64_t columns = pass->predictions ? pass->predictions : table_predictions(t->table);
    e.prediction = mem_new(c, TAG_TABLE, double, columns *ROWS_BLOCK);
    if (!e.prediction)
        return STINT_ENOMEM;
    stint_status s = rows_each(c, t, pass, evaluate_block, &e);
    mem_free(e.prediction);
    return s;
}

outcome_shape rows_outcomes(const table *t, int64_t rows, bool keep)
{
    return (outcome_shape){
        .kind = t->kind,
        .targets = t->kind == TARGET_NUMBER ? t->n_targets : 1,
        .classes = t->kind == TARGET_LABELS ? t->n_labels : t->n_classes,
        .period = t->period,
        .decode = t->decode,
        .rows = rows,
        .keep = keep,
    };
}

/* Values are kept for one model at a time, so each then takes a pass of its own. */
static stint_status score_each(ctx *c, const model_task *t, const rows_pass *pass,
                               const model_class *class, void *const *models, int64_t n,
                               const metric_class *metric, outcomes *one, double *scores)
{
    for (int64_t i = 0; i < n; i++) {
        outcomes_clear(one);
        TRY(rows_evaluate(c, t, pass, class, &models[i], 1, &one, NULL, NULL));
        scores[i] = metric->value(one);
    }
    return STINT_OK;
}

stint_status rows_score(ctx *c, const model_task *t, const rows_pass *pass,
                        const model_class *class, void *const *models, int64_t n,
                        const metric_class *metric, double *scores)
{
    int64_t together = metric->keeps ? 1 : n;
    outcome_shape shape = rows_outcomes(t->table, rows_count(t, pass), metric->keeps);
    outcomes **all = mem_new(c, TAG_MODEL, outcomes *, together);
    stint_status s = all ? STINT_OK : STINT_ENOMEM;
    for (int64_t i = 0; s == STINT_OK && i < together; i++)
        s = outcomes_new(c, &shape, &all[i]);
    if (s == STINT_OK && metric->keeps)
        s = score_each(c, t, pass, class, models, n, metric, all[0], scores);
    else if (s == STINT_OK)
        s = rows_evaluate(c, t, pass, class, models, n, all, NULL, NULL);
    for (int64_t i = 0; s == STINT_OK && !metric->keeps && i < n; i++)
        scores[i] = metric->value(all[i]);
    for (int64_t i = 0; all && i < together; i++)
        outcomes_free(all[i]);
    mem_free(all);
    return s;
}

outcome_shape rows_outcomes_planned(const model_shape *s)
{
    bool classes = s->kind == TARGET_CLASS || s->kind == TARGET_LABELS;
    return (outcome_shape){
        .kind = s->kind,
        .targets = s->kind == TARGET_NUMBER ? s->outputs : 1,
        .classes = classes ? s->predictions : 0,
        .rows = s->rows,
        .keep = s->keeps,
    };
}

/* Of one model; each further one of a batch adds outcomes without kept values. */
int64_t rows_score_bytes(const model_shape *s)
{
    outcome_shape shape = rows_outcomes_planned(s);
    return rows_bytes(s->features, s->outputs) + (int64_t)s->predictions * ROWS_BLOCK * 8 +
           outcomes_bytes(&shape) + 256;
}
