#include "model/neighbours.h"

#include <string.h>

/* k nearest neighbours (Cover and Hart 1967): what the k training rows nearest to a row have, on
 * average: of numbers their mean, of classes and labels their shares, of angles the mean of sine
 * and cosine.
 *
 * The training rows are the model.  Fits of one batch share one search for each metric, since the
 * k nearest are the first of the K nearest: held-out rows are asked about as many at once as
 * memory allows, training rows stream by. */

static const param knn_params[] = {
    PARAM_INT(knn, n_neighbors, 5, 1, NEIGHBOURS_MOST,
              "neighbours that a prediction is made of; at most the training rows"),
    PARAM_CHOICE(knn, weights, WEIGHTS_UNIFORM, weighting_names,
                 "what each neighbour counts: the same, or the inverse of its distance (where some "
                 "are at distance 0, these alone)"),
    PARAM_CHOICE(knn, metric, NEIGHBOUR_EUCLIDEAN, neighbour_metric_names,
                 "how far two rows are apart: the root of the summed squared differences, their "
                 "summed sizes, or 1 - the cosine of their angle"),
    PARAM_END,
};

/* --- scoring ----------------------------------------------------------------------------- */

stint_status knn_check(ctx *c, int64_t k, int64_t rows, int features)
{
    if (features < 1)
        return fail(c, STINT_EUSAGE, "knn: there are no features, so no row is near another");
    if (k > rows)
        return fail(c, STINT_EUSAGE,
                    "knn: n_neighbors is %lld, but there are only %lld training rows: ask for "
                    "fewer",
                    (long long)k, (long long)rows);
    return STINT_OK;
}

enum {
    QUERIES_MOST = 4096,
    QUERY_DOUBLES = 1 << 22,   /* features of all queries, beyond one block */
    LIST_NEIGHBOURS = 1 << 20, /* neighbours of all queries, beyond one block */
    NEIGHBOURS_USUAL = 50,     /* that the time of a plan is for */
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Queries of one search over so many rows: whole blocks, by size alone. */
static int64_t queries_at_once(int64_t features, int64_t k, int64_t rows)
{
    int64_t whole = (rows + ROWS_BLOCK - 1) / ROWS_BLOCK * ROWS_BLOCK;
    int64_t n = smaller(QUERIES_MOST, smaller(QUERY_DOUBLES / (features + 1), LIST_NEIGHBOURS / k));
    n = smaller(n, whole);
    return n < ROWS_BLOCK ? ROWS_BLOCK : n / ROWS_BLOCK * ROWS_BLOCK;
}

typedef struct knn_search {
    ctx *ctx;
    const model_task *task;
    rows_pass training, held_out;
    int64_t n_train;
    knn_targets targets;
    double *y;         /* [n_train][outputs] */
    neighbours *found; /* the k nearest */
    int64_t k, most;   /* queries at once */
    int64_t known;     /* training rows whose y is in */
    int64_t n, blocks; /* queries gathered, in blocks */
    int64_t *block_n;  /* [most] rows of each block */
    double *held_y;    /* [outputs][most] of the queries */
    double *block_y;   /* [outputs][ROWS_BLOCK] */
    double *predicted; /* [predictions][ROWS_BLOCK] */
    const knn *params; /* [fits]; those of another metric are none of this search */
    int64_t fits;
    neighbour_metric metric;
    outcomes **out; /* [fits] */
} knn_search;

static stint_status add_training(void *self, const rows_block *b)
{
    knn_search *s = self;
    neighbours_add(s->found, &(neighbour_rows){b->x, b->n, ROWS_BLOCK, 1});
    for (int64_t i = 0; s->known < s->n_train && i < b->n; i++, s->known++)
        for (int j = 0; j < s->targets.outputs; j++)
            s->y[s->known * s->targets.outputs + j] = b->y[(int64_t)j * ROWS_BLOCK + i];
    return STINT_OK;
}

/* The outcomes of one block of queries, from … from+n-1. */
static void count_block(knn_search *s, const neighbour *lists, int64_t from, int64_t n)
{
    for (int j = 0; j < s->targets.outputs; j++)
        memcpy(s->block_y + (int64_t)j * ROWS_BLOCK, s->held_y + j * s->most + from,
               (size_t)n * sizeof(double));
    for (int64_t i = 0; i < s->fits; i++) {
        if ((neighbour_metric)s->params[i].metric != s->metric)
            continue;
        knn_predict_lists(&s->targets, &s->params[i], lists + from * s->k, s->k, n, s->predicted);
        outcomes_add(s->out[i], s->block_y, s->predicted, n, ROWS_BLOCK);
    }
}

/* Answer for the queries gathered, block by block as they came. */
static stint_status answer(knn_search *s)
{
    if (s->n == 0)
        return STINT_OK;
    TRY(rows_each(s->ctx, s->task, &s->training, add_training, s));
    const neighbour *lists = neighbours_take(s->found);
    for (int64_t b = 0, from = 0; b < s->blocks; from += s->block_n[b++])
        count_block(s, lists, from, s->block_n[b]);
    neighbours_begin(s->found);
    s->n = s->blocks = 0;
    return STINT_OK;
}

static stint_status ask_held_out(void *self, const rows_block *b)
{
    knn_search *s = self;
    neighbours_ask(s->found, &(neighbour_rows){b->x, b->n, ROWS_BLOCK, 1});
    for (int j = 0; j < s->targets.outputs; j++)
        memcpy(s->held_y + j * s->most + s->n, b->y + (int64_t)j * ROWS_BLOCK,
               (size_t)b->n * sizeof(double));
    s->block_n[s->blocks++] = b->n;
    s->n += b->n;
    return s->n + ROWS_BLOCK > s->most ? answer(s) : STINT_OK;
}

static void search_close(knn_search *s)
{
    mem_free(s->block_n);
    mem_free(s->held_y);
    mem_free(s->block_y);
    mem_free(s->predicted);
    neighbours_close(s->found);
    s->block_n = NULL;
    s->held_y = s->block_y = s->predicted = NULL;
    s->found = NULL;
}

static stint_status search_open(knn_search *s)
{
    ctx *c = s->ctx;
    int64_t features = s->task->table->n_features, outputs = s->targets.outputs;
    s->most = queries_at_once(features, s->k, rows_count(s->task, &s->held_out));
    s->block_n = mem_new(c, TAG_MODEL, int64_t, s->most);
    s->held_y = mem_new(c, TAG_MODEL, double, outputs * s->most);
    s->block_y = mem_new(c, TAG_MODEL, double, outputs *ROWS_BLOCK);
    s->predicted =
        mem_new(c, TAG_MODEL, double, (int64_t)knn_predictions(&s->targets) * ROWS_BLOCK);
    if (!s->block_n || !s->held_y || !s->block_y || !s->predicted)
        return STINT_ENOMEM;
    TRY(neighbours_open(c, &(neighbours_settings){s->metric, features, s->k, s->most}, NULL,
                        &s->found));
    neighbours_begin(s->found);
    return STINT_OK;
}

/* Every fit of one metric. */
static stint_status search_metric(knn_search *s)
{
    s->k = 0;
    for (int64_t i = 0; i < s->fits; i++)
        if ((neighbour_metric)s->params[i].metric == s->metric && s->params[i].n_neighbors > s->k)
            s->k = (int64_t)s->params[i].n_neighbors;
    if (s->k == 0)
        return STINT_OK;
    TRY(knn_check(s->ctx, s->k, s->n_train, s->task->table->n_features));
    stint_status status = search_open(s);
    if (status == STINT_OK)
        status = rows_each(s->ctx, s->task, &s->held_out, ask_held_out, s);
    if (status == STINT_OK)
        status = answer(s);
    search_close(s);
    return status;
}

static stint_status score_all(knn_search *s, const metric_class *metric, double *scores)
{
    outcome_shape shape =
        rows_outcomes(s->task->table, rows_count(s->task, &s->held_out), metric->keeps);
    for (int64_t i = 0; i < s->fits; i++)
        TRY(outcomes_new(s->ctx, &shape, &s->out[i]));
    for (s->metric = 0; s->metric < NEIGHBOUR_METRICS; s->metric++)
        TRY(search_metric(s));
    for (int64_t i = 0; i < s->fits; i++)
        scores[i] = metric->value(s->out[i]);
    return STINT_OK;
}

static stint_status knn_score(ctx *c, void *shared, const model_task *t, const void *params,
                              int64_t n, int fold, const metric_class *metric, double *scores)
{
    knn_search s = {
        .ctx = c,
        .task = t,
        .training = rows_training(&model_neighbours, fold),
        .held_out = rows_held_out(t, &model_neighbours, fold),
        .targets = {.outputs = table_outputs(t->table), .classes = t->table->n_classes},
        .params = params,
        .fits = n,
        .out = mem_new(c, TAG_MODEL, outcomes *, n),
    };
    (void)shared;
    s.n_train = rows_count(t, &s.training);
    s.targets.y = s.y = mem_new(c, TAG_MODEL, double, s.n_train *s.targets.outputs);
    stint_status status = s.out && s.y ? score_all(&s, metric, scores) : STINT_ENOMEM;
    for (int64_t i = 0; s.out && i < n; i++)
        outcomes_free(s.out[i]);
    mem_free(s.out);
    mem_free(s.y);
    return status;
}

/* --- what it takes ----------------------------------------------------------------------- */

/* Of a search among so many rows for as many neighbours as there may be. */
static int64_t search_bytes(int64_t features, int64_t queries, int64_t rows)
{
    neighbours_settings one = {NEIGHBOUR_COSINE, features, 1, queries};
    int64_t lists = smaller(queries * smaller(rows, NEIGHBOURS_MOST), LIST_NEIGHBOURS);
    return neighbours_bytes(&one) + lists * (int64_t)sizeof(neighbour);
}

static void knn_estimate(const model_shape *s, model_cost *out)
{
    int64_t queries = queries_at_once(s->features, 1, s->rows), wide = s->features + s->outputs;
    outcome_shape shape = rows_outcomes_planned(s);
    double rows = (double)s->rows, held_out = rows / s->folds, d = s->features;
    double listed = (double)smaller(s->rows, NEIGHBOURS_USUAL) * (200e-9 + s->outputs * 2e-9);
    double each = rows * (d * 0.4e-9 + 1e-9) + listed;
    *out = (model_cost){
        .task_bytes = 2 * rows_bytes(s->features, s->outputs) + s->rows * s->outputs * 8 +
                      search_bytes(s->features, queries, s->rows) + queries * 8 * (1 + s->outputs) +
                      (int64_t)(s->outputs + s->predictions) * ROWS_BLOCK * 8 + 4096,
        .fit_bytes = outcomes_bytes(&shape) + 64,
        .save_bytes = rows_bytes(s->features, s->outputs) + wide * ROWS_BLOCK * 8 + 16384,
        .model_bytes = s->rows * wide * 8 + 4096,
        .predict_bytes = search_bytes(s->features, ROWS_BLOCK, s->rows) + 16384,
        .fit_seconds = 50e-6 + held_out * each,
    };
}

const model_class model_neighbours = {
    .name = "knn",
    .title = "k-nearest neighbours",
    .size = sizeof(knn),
    .params = knn_params,
    .kinds = TARGET_BIT(TARGET_NUMBER) | TARGET_BIT(TARGET_CLASS) | TARGET_BIT(TARGET_ANGLE) |
             TARGET_BIT(TARGET_LABELS),
    .help = "what the nearest training rows have, on average; one search serves every "
            "n_neighbors and weights of a batch",
    .estimate = knn_estimate,
    .score = knn_score,
    .save = knn_save,
    .load = knn_load,
    .predict = knn_predict,
    .unload = knn_unload,
};
