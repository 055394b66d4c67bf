#include "model/net_class.h"

#include "model/net_kind.h"
#include "model/rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The classes' work: packs prepared for each training set, trials over them, the model that is
 * kept.  What one trial traced serves the next of equal shapes: the trainer is made new in place,
 * to the same bits as a fresh one. */

/* --- packs --------------------------------------------------------------------------------- */

/* What rows and parts are, by content: the columns that are read, and the split's one. */
static stint_status rows_key(ctx *c, const table *t, hash128 *out)
{
    int n, series = t->series && *t->series ? colfile_find(t->file, t->series) : -1;
    const int *used = features_columns(t->features, &n);
    char text[HASH_TEXT_SIZE];
    int *columns = mem_new(c, TAG_MODEL, int, n + t->n_targets + 1);
    if (!columns)
        return STINT_ENOMEM;
    memcpy(columns, used, sizeof *columns * (size_t)n);
    for (int i = 0; i < t->n_targets; i++)
        columns[n++] = t->targets[i];
    if (series >= 0)
        columns[n++] = series;
    stint_status s = colfile_fingerprint(c, t->file, columns, n, text);
    mem_free(columns);
    TRY(s);
    hasher *h = hash_begin(c);
    if (!h)
        return STINT_ENOMEM;
    hash_add_text(h, text);
    hash_add_text(h, t->split->file.columns[0].hash);
    hash_add(h, &(int[]){t->split->kind, t->split->folds, t->split->parts}, 3 * sizeof(int));
    *out = hash_end(h);
    return STINT_OK;
}

static stint_status open_pack(ctx *c, const model_task *t, int set, bool standardise, pool *p,
                              pack *out)
{
    hash128 key;
    pack_settings s = {.set = set, .standardise = standardise, .group = t->table->series};
    TRY(rows_key(c, t->table, &key));
    return pack_open(c, t->table, t->states, key, &s, p, out);
}

static int64_t packs_parts(const model_task *t)
{
    return t->table->split->folds + 1;
}

/* Trials find it in the cache. */
static stint_status packs_part(ctx *c, const model_task *t, int64_t set, pool *p)
{
    pack made;
    TRY(open_pack(c, t, (int)set, true, p, &made));
    pack_close(&made);
    return STINT_OK;
}

static stint_status packs_end(ctx *c, const model_task *t, int set)
{
    (void)c;
    (void)t;
    (void)set;
    return STINT_OK;
}

const model_statistics net_statistics = {"packs", packs_parts, packs_part, packs_end};

/* --- what trials of one process share --------------------------------------------------------- */

stint_status net_open(ctx *c, const model_class *class, void **shared)
{
    net_shared *s = mem_new(c, TAG_MODEL, net_shared, 1);
    if (!s)
        return STINT_ENOMEM;
    s->ctx = c;
    s->class = class;
    s->pack.lock = -1;
    *shared = s;
    return STINT_OK;
}

static void forget_fit(net_shared *s)
{
    net_fit_close(s->fit);
    ctx_free_child(s->own);
    mem_free(s->key);
    s->fit = NULL;
    s->own = NULL;
    s->key = NULL;
}

void net_close(void *shared)
{
    net_shared *s = shared;
    if (!s)
        return;
    forget_fit(s);
    pack_close(&s->pack);
    mem_free(s);
}

/* Prepared already, but for features as they are. */
static stint_status take_pack(ctx *c, net_shared *s, const model_task *t, int set, bool standardise)
{
    pool *p = pool_new(c, 1);
    if (!p)
        return STINT_ENOMEM;
    pack_close(&s->pack);
    stint_status status = open_pack(c, t, set, standardise, p, &s->pack);
    pool_free(p);
    return status;
}

static stint_status new_fit(net_shared *s, const net_spec *spec, const table *t, const str *key)
{
    forget_fit(s);
    s->own = ctx_child(s->ctx, "net", 0);
    s->key = s->own ? mem_strdup(s->ctx, key->at) : NULL;
    if (!s->key)
        return STINT_ENOMEM;
    s->opened++;
    return net_fit_open(s->own, spec, t, &s->pack, &s->fit);
}

/* The net of these parameters over the pack, as new. */
static stint_status take_fit(ctx *c, net_shared *s, arena *a, const void *params, const table *t)
{
    net_data d = net_data_of(t);
    net_spec spec;
    str key;
    TRY(net_spec_of(c, a, s->class, params, &d, &spec));
    str_init(&key, c, TAG_MODEL);
    stint_status status = net_fit_key(&spec, &d, &s->pack, &key);
    if (status == STINT_OK && s->fit && strcmp(s->key, key.at) == 0) {
        s->renewed++;
        status = net_fit_renew(s->fit, &spec, &s->pack);
    } else if (status == STINT_OK) {
        status = new_fit(s, &spec, t, &key);
    }
    str_deinit(&key);
    return status;
}

/* Trained on set `set`; what fails leaves no half-trained net to others. */
static stint_status fit_on(ctx *c, net_shared *s, const model_task *t, const void *params, int set)
{
    arena a;
    bool standardise = ((const net_training *)params)->standardise != 0;
    TRY(take_pack(c, s, t, set, standardise));
    arena_init(&a, c, TAG_MODEL);
    stint_status status = take_fit(c, s, &a, params, t->table);
    if (status == STINT_OK)
        status = net_fit_run(s->fit);
    if (status != STINT_OK)
        forget_fit(s);
    arena_deinit(&a);
    return status;
}

/* --- scoring ------------------------------------------------------------------------------------ */

typedef struct scorer {
    net_fit *fit;
    const int64_t *rows; /* of the pack, held out, ascending as the pass gives them */
    int64_t at;
    double *prediction; /* [predictions][ROWS_BLOCK] */
    outcomes *out;
} scorer;

static stint_status score_block(void *self, const rows_block *b)
{
    scorer *s = self;
    TRY(net_fit_predict(s->fit, s->rows + s->at, b->n, s->prediction, ROWS_BLOCK));
    s->at += b->n;
    outcomes_add(s->out, b->y, s->prediction, b->n, ROWS_BLOCK);
    return STINT_OK;
}

/* Only y is read from the table: the pack has the rest. */
static stint_status score_rows(ctx *c, net_shared *s, const model_task *t, int fold,
                               const metric_class *metric, double *score)
{
    scorer w = {.fit = s->fit, .rows = s->pack.held_out};
    rows_pass pass = rows_held_out(t, s->class, fold);
    outcome_shape shape = rows_outcomes(t->table, rows_count(t, &pass), metric->keeps);
    pass.blind = true;
    w.prediction = mem_new(c, TAG_MODEL, double, (int64_t)table_predictions(t->table) * ROWS_BLOCK);
    stint_status status = w.prediction ? outcomes_new(c, &shape, &w.out) : STINT_ENOMEM;
    if (status == STINT_OK)
        status = rows_each(c, t, &pass, score_block, &w);
    if (status == STINT_OK)
        *score = metric->value(w.out);
    outcomes_free(w.out);
    mem_free(w.prediction);
    return status;
}

stint_status net_score(ctx *c, void *shared, const model_task *t, const void *params, int64_t n,
                       int fold, const metric_class *metric, double *scores)
{
    net_shared *s = shared;
    for (int64_t i = 0; i < n; i++) {
        TRY(fit_on(c, s, t, (const char *)params + i * (int64_t)s->class->size, fold));
        TRY(score_rows(c, s, t, fold, metric, &scores[i]));
    }
    return STINT_OK;
}

/* --- keeping ------------------------------------------------------------------------------------- */

stint_status net_save(ctx *c, void *shared, const model_task *t, const void *params,
                      const char *dir, json_out *json)
{
    net_shared *s = shared;
    TRY(fit_on(c, s, t, params, t->table->split->folds));
    return net_fit_save(s->fit, t->table, dir, json);
}
