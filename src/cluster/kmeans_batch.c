#include "cluster/kmeans_plan.h"

#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Mini-batch k-means (Sculley 2010) as scikit-learn does it: each round draws some rows, and each
 * centre moves towards those nearest to it by their share of all that it ever had.  Starts are
 * tried on a few rows, the best goes on.  Rounds end when the batches' inertia, averaged with
 * weights that fall off, has not been lower for MAX_NO_IMPROVEMENT of them, or centres hardly move.
 *
 * Rows are drawn by their numbers alone and read in ascending order, as mapped files like it. */

enum { MAX_NO_IMPROVEMENT = 10, REASSIGN_EVERY = 10 };

static const double STARVED = 0.01; /* of the largest cluster's weight: begins again elsewhere */

/* Some rows of the task, in memory, as data of their own. */
typedef struct few {
    int64_t n, *which;
    double *x, *weights;
    cluster_task task;
    kmeans_data data;
} few;

typedef struct batching {
    kmeans_run *run;
    ctx *ctx;
    few batch;
    kmeans_search search;
    int32_t *labels; /* of the batch */
    double *mass;    /* [k] weight that each centre ever had */
    double inertia, shift;
    double average, least; /* of the inertia; -1 = none yet */
    int64_t without, since, draws;
} batching;

static uint64_t draw(batching *b, uint64_t below)
{
    rng g = {(uint64_t)b->run->params->seed, RNG_KMEANS_BATCH};
    return rng_below(g, (uint64_t)b->draws++, below);
}

/* --- few rows ---------------------------------------------------------------------------- */

static int64_t first_rows(int64_t n, const kmeans *p)
{
    double rows = 3 * fmax(p->batch_size, p->n_clusters);
    return rows < (double)n ? (int64_t)rows : n;
}

static int64_t batch_rows(int64_t n, const kmeans *p)
{
    return p->batch_size < (double)n ? (int64_t)p->batch_size : n;
}

static stint_status few_init(ctx *c, const kmeans_data *m, int64_t n, few *f)
{
    *f = (few){.n = n};
    f->which = mem_new(c, TAG_MODEL, int64_t, n);
    f->x = mem_new(c, TAG_MODEL, double, n * m->d);
    f->weights = mem_new(c, TAG_MODEL, double, n);
    f->task = (cluster_task){.points = {.n = n, .d = m->d, .stride = m->d, .f64 = f->x},
                             .weights = f->weights,
                             .backend = m->backend};
    return f->which && f->x && f->weights ? STINT_OK : STINT_ENOMEM;
}

static void few_deinit(few *f)
{
    if (f->data.n)
        kmeans_data_close(&f->data);
    mem_free(f->which);
    mem_free(f->x);
    mem_free(f->weights);
    *f = (few){0};
}

static int64_t few_bytes(int64_t n, int64_t d, int64_t k)
{
    kmeans_data_plan data = {
        .n = n, .d = d, .centers = k > 32 ? k : 32, .keep = true, .threads = 1, .direct = true};
    return 2 * mem_cost((size_t)n * 8) + mem_cost((size_t)(n * d) * 8) + kmeans_data_bytes(&data);
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static stint_status few_draw(batching *b, few *f)
{
    const kmeans_data *m = b->run->data;
    for (int64_t i = 0; i < f->n; i++)
        f->which[i] = (int64_t)draw(b, (uint64_t)m->n);
    qsort(f->which, (size_t)f->n, sizeof *f->which, by_number);
    for (int64_t i = 0; i < f->n; i++)
        f->weights[i] = kmeans_weight(m, f->which[i]);
    return points_pick(m->points, f->which, f->n, f->x);
}

/* Moved and scaled as all rows are, so that their bounds hold. */
static void few_align(const kmeans_data *all, kmeans_data *m)
{
    memcpy(m->mean, all->mean, (size_t)m->d * sizeof *m->mean);
    m->scale = all->scale;
    m->variance = all->variance;
    m->longest = all->longest;
    m->out_of_range = all->out_of_range;
}

/* --- the start --------------------------------------------------------------------------- */

static stint_status try_start(batching *b, few *first, few *valid, kmeans_run *try, double *best)
{
    kmeans_run *r = b->run;
    kmeans_model model = {try->centers, r->k, false};
    double inertia;
    TRY(few_draw(b, first));
    TRY(kmeans_data_open(b->ctx, &first->task, false, true, r->k > 32 ? r->k : 32, NULL,
                         &first->data));
    stint_status s = (int)r->params->init == KMEANS_RANDOM ? kmeans_begin_random(try)
                                                           : kmeans_begin_plus_plus(try);
    kmeans_data_close(&first->data);
    TRY(s);
    TRY(kmeans_predict(b->ctx, &valid->task, &model, b->labels, &inertia));
    if (try->number == 0 || inertia < *best) {
        *best = inertia;
        memcpy(r->centers, try->centers, (size_t)(r->k * r->data->d) * sizeof *r->centers);
    }
    return STINT_OK;
}

static stint_status try_starts(batching *b, few *first, few *valid)
{
    kmeans_run *r = b->run, try;
    kmeans_data shape = {.ctx = b->ctx, .n = first->n, .d = r->data->d};
    double best = 0;
    shape.item = kmeans_item_rows(shape.d);
    shape.items = (shape.n + shape.item - 1) / shape.item;
    TRY(few_draw(b, valid));
    stint_status s = kmeans_run_init(b->ctx, &shape, r->params, KMEANS_LLOYD, true, &try);
    try.data = &first->data;
    for (int64_t i = 0; s == STINT_OK && i < (int64_t)r->params->n_init; i++) {
        try.number = i;
        s = try_start(b, first, valid, &try, &best);
    }
    kmeans_run_deinit(&try);
    return s;
}

static stint_status start(batching *b, const double *given)
{
    kmeans_run *r = b->run;
    few first = {0}, valid = {0};
    int64_t n = first_rows(r->data->n, r->params);
    if (given)
        return STINT_OK;
    stint_status s = few_init(b->ctx, r->data, n, &first);
    if (s == STINT_OK)
        s = few_init(b->ctx, r->data, n, &valid);
    if (s == STINT_OK)
        s = try_starts(b, &first, &valid);
    few_deinit(&first);
    few_deinit(&valid);
    return s;
}

/* --- rounds ------------------------------------------------------------------------------ */

/* Towards the batch's rows by their share of all the weight so far. */
static void move_center(batching *b, int64_t k)
{
    kmeans_run *r = b->run;
    const kmeans_data *m = r->data;
    const double *sum = r->sums + k * (m->d + 2);
    double *c = r->centers + k * m->d, square = 0;
    if (!(sum[m->d] > 0))
        return;
    b->mass[k] += sum[m->d];
    double share = sum[m->d] / b->mass[k];
    for (int64_t j = 0; j < m->d; j++) {
        c[j] += share * (m->mean[j] + sum[j] / sum[m->d] - c[j]);
        square += c[j] * c[j];
    }
    for (int64_t j = 0; (int)r->params->metric == KMEANS_COSINE && square > 0 && j < m->d; j++)
        c[j] /= sqrt(square);
}

static void move_centers(batching *b)
{
    kmeans_run *r = b->run;
    const few *f = &b->batch;
    int64_t d = r->data->d;
    double weight = 0;
    memset(r->sums, 0, (size_t)(r->k * (d + 2)) * sizeof *r->sums);
    memcpy(r->former, r->centers, (size_t)(r->k * d) * sizeof *r->former);
    b->inertia = b->shift = 0;
    for (int64_t i = 0; i < f->n; i++) {
        double *sum = r->sums + b->labels[i] * (d + 2);
        const double *x = f->x + i * d;
        for (int64_t j = 0; j < d; j++)
            sum[j] += f->weights[i] * (x[j] - r->data->mean[j]);
        sum[d] += f->weights[i];
        weight += f->weights[i];
        b->inertia += f->weights[i] * kmeans_square(x, r->former + b->labels[i] * d, d);
    }
    b->inertia /= weight > 0 ? weight : 1;
    for (int64_t k = 0; k < r->k; k++) {
        move_center(b, k);
        b->shift += kmeans_square(r->centers + k * d, r->former + k * d, d);
    }
}

/* Centres that hardly a row came to begin again at rows of the batch, lowest mass first, for half
 * as many as it has rows at most. */
static void reassign(batching *b)
{
    kmeans_run *r = b->run;
    int64_t d = r->data->d, left = b->batch.n / 2;
    double most = 0, least = INFINITY;
    for (int64_t k = 0; k < r->k; k++)
        most = fmax(most, b->mass[k]);
    for (int64_t k = 0; k < r->k; k++)
        if (b->mass[k] >= STARVED * most)
            least = fmin(least, b->mass[k]);
    for (int64_t k = 0; k < r->k && left > 0; k++) {
        if (b->mass[k] >= STARVED * most)
            continue;
        int64_t row = (int64_t)draw(b, (uint64_t)b->batch.n);
        memcpy(r->centers + k * d, b->batch.x + row * d, (size_t)d * sizeof *r->centers);
        b->mass[k] = least;
        left--;
    }
}

static bool is_reassigning(batching *b)
{
    bool due = false;
    b->since += b->batch.n;
    for (int64_t k = 0; k < b->run->k; k++)
        due |= b->mass[k] == 0;
    if (!due && b->since < REASSIGN_EVERY * b->run->k)
        return false;
    b->since = 0;
    return true;
}

static bool has_come_to_rest(batching *b, int64_t step)
{
    const kmeans_run *r = b->run;
    double share = fmin(1, 2 * (double)b->batch.n / ((double)r->data->n + 1));
    if (step == 0) /* its inertia is the start's */
        return false;
    b->average = b->average < 0 ? b->inertia : b->average + share * (b->inertia - b->average);
    if (r->params->tol > 0 && b->shift <= r->params->tol * r->data->variance)
        return true;
    if (b->least < 0 || b->average < b->least) {
        b->least = b->average;
        b->without = 0;
        return false;
    }
    return ++b->without >= MAX_NO_IMPROVEMENT;
}

static stint_status label_batch(batching *b)
{
    kmeans_run *r = b->run;
    kmeans_pack(&b->batch.data, r->centers, r->k, &r->packed);
    kmeans_search_begin(&b->search, &b->batch.data, &r->packed, b->labels, NULL);
    for (int64_t item = 0; item < b->batch.data.items; item++)
        TRY(kmeans_label_item(&b->search, item, 0));
    return STINT_OK;
}

static stint_status step_all(batching *b, kmeans_watch *watch, void *self)
{
    kmeans_run *r = b->run;
    double steps = floor(r->params->max_iter * (double)r->data->n / (double)b->batch.n);
    for (int64_t step = 0; !r->converged && (double)step < steps; step++) {
        r->iterations = (int64_t)(r->params->max_iter * (double)step / steps);
        TRY(watch(self, r));
        TRY(few_draw(b, &b->batch));
        TRY(label_batch(b));
        move_centers(b);
        if (is_reassigning(b))
            reassign(b);
        r->converged = has_come_to_rest(b, step);
        r->round = step + 1;
    }
    r->iterations = r->round;
    return STINT_OK;
}

/* --- the whole --------------------------------------------------------------------------- */

int64_t kmeans_batches_bytes(int64_t n, int64_t d, const kmeans *p)
{
    int64_t k = (int64_t)p->n_clusters, first = first_rows(n, p), batch = batch_rows(n, p);
    return 2 * few_bytes(first, d, k) + few_bytes(batch, d, k) + mem_cost((size_t)first * 4) +
           mem_cost((size_t)k * 8) + kmeans_run_bytes(first, d, k, KMEANS_LLOYD, true, 1) +
           kmeans_packed_bytes(k, d) + mem_cost((size_t)first * 8);
}

static stint_status run_batches(batching *b, const double *given, kmeans_watch *watch, void *self)
{
    kmeans_run *r = b->run;
    const kmeans_data *m = r->data;
    b->labels = mem_new(b->ctx, TAG_MODEL, int32_t, first_rows(m->n, r->params));
    b->mass = mem_new(b->ctx, TAG_MODEL, double, r->k);
    if (!b->labels || !b->mass)
        return STINT_ENOMEM;
    TRY(start(b, given));
    TRY(few_init(b->ctx, m, batch_rows(m->n, r->params), &b->batch));
    TRY(kmeans_data_open(b->ctx, &b->batch.task, false, false, r->k > 32 ? r->k : 32, NULL,
                         &b->batch.data));
    few_align(m, &b->batch.data);
    return step_all(b, watch, self);
}

stint_status kmeans_batches(kmeans_run *r, const double *given, kmeans_watch *watch, void *self)
{
    batching b = {.run = r, .ctx = r->data->ctx, .average = -1, .least = -1};
    r->round = r->iterations = 0;
    r->converged = false;
    stint_status s = run_batches(&b, given, watch, self);
    few_deinit(&b.batch);
    mem_free(b.labels);
    mem_free(b.mass);
    TRY(s);
    TRY(kmeans_assign(r));
    return kmeans_inertia(r, &r->inertia);
}
