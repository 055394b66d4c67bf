#include "cluster/kmeans_plan.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const kmeans_algorithm_names[] = {
    [KMEANS_AUTO] = "auto",
    [KMEANS_LLOYD] = "lloyd",
    [KMEANS_HAMERLY] = "hamerly",
    [KMEANS_YINYANG] = "yinyang",
    NULL,
};

/* Starts side by side pay while one start's round is over before threads have shared it. */
static const double SHORT_ROUND = 1e8;

enum { TRIALS_MOST = 32 }; /* candidates of k-means++, or more */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Of one run beside the rows, with what it allocates on its way. */
static int64_t run_bytes(const cluster_task *t, const kmeans *p, const kmeans_plan *o)
{
    int64_t n = t->points.n, d = t->points.d, k = (int64_t)p->n_clusters;
    int64_t item = kmeans_item_rows(d), items = (n + item - 1) / item;
    int64_t bytes =
        kmeans_run_bytes(n, d, k, o->variant, o->seeds && !o->small_batches, o->threads);
    int64_t seeding = kmeans_packed_bytes(TRIALS_MOST, d) +
                      mem_cost((size_t)(TRIALS_MOST * d) * 8) +
                      mem_cost((size_t)(TRIALS_MOST * items) * 8);
    int64_t filling =
        mem_cost((size_t)(o->threads * least(2 * k, n)) * 16) + mem_cost((size_t)o->threads * 8);
    if (o->small_batches)
        bytes += kmeans_batches_bytes(n, d, p);
    return bytes + (seeding > filling ? seeding : filling);
}

static int64_t all_bytes(const cluster_task *t, const kmeans *p, const kmeans_plan *o)
{
    int64_t n = t->points.n, d = t->points.d, k = (int64_t)p->n_clusters;
    kmeans_data_plan data = {.n = n,
                             .d = d,
                             .centers = k > TRIALS_MOST ? k : TRIALS_MOST,
                             .keep = o->keep,
                             .threads = o->threads,
                             .direct = kmeans_is_direct(t, (int)p->metric == KMEANS_COSINE)};
    int64_t kept = mem_cost((size_t)n * 4) + mem_cost((size_t)(k * d) * 8);
    return kmeans_data_bytes(&data) + o->at_once * (run_bytes(t, p, o) + kept) +
           mem_cost((size_t)k * 8) + mem_cost((size_t)o->at_once * 1024) + (64 << 10);
}

static bool fits(const cluster_task *t, const kmeans *p, kmeans_plan *o)
{
    o->bytes = all_bytes(t, p, o);
    return o->bytes <= t->memory;
}

/* By measurement with bench_kmeans: groups pay from some hundred centres on, one bound for each row
 * while a search costs more than keeping it. */
enum { MANY_CENTERS = 512, LITTLE_WORK = 96 };

static kmeans_algorithm fastest(const cluster_task *t, const kmeans *p, char *why, size_t size)
{
    int64_t k = (int64_t)p->n_clusters;
    if (k < 2 || k * t->points.d < LITTLE_WORK) {
        snprintf(why, size, "with %lld centres of %lld columns bounds cost more than they save",
                 (long long)k, (long long)t->points.d);
        return KMEANS_LLOYD;
    }
    if (k >= MANY_CENTERS) {
        snprintf(why, size, "bounds for groups of centres rule out most of %lld", (long long)k);
        return KMEANS_YINYANG;
    }
    snprintf(why, size, "one bound for each row rules out most of %lld centres", (long long)k);
    return KMEANS_HAMERLY;
}

static void less_memory(const cluster_task *t, const kmeans *p, kmeans_plan *o)
{
    if (fits(t, p, o))
        return;
    o->at_once = 1;
    if (fits(t, p, o))
        return;
    if (o->variant == KMEANS_YINYANG && (kmeans_algorithm)p->algorithm == KMEANS_AUTO) {
        o->variant = KMEANS_HAMERLY;
        snprintf(o->why, sizeof o->why, "memory has room for one bound for each row");
        if (fits(t, p, o))
            return;
    }
    if (o->variant != KMEANS_LLOYD && (kmeans_algorithm)p->algorithm == KMEANS_AUTO) {
        o->variant = KMEANS_LLOYD;
        snprintf(o->why, sizeof o->why, "memory has no room for bounds");
        if (fits(t, p, o))
            return;
    }
    o->keep = false;
    snprintf(o->why, sizeof o->why,
             "memory has no room for the rows, which are read in each round");
    fits(t, p, o);
}

/* The least that any plan needs: nothing kept, no bounds unless they are asked for. */
static int64_t least_of(const cluster_task *t, const kmeans *p, const kmeans_plan *o)
{
    kmeans_plan lean = *o;
    lean.keep = false;
    lean.at_once = 1;
    if ((kmeans_algorithm)p->algorithm == KMEANS_AUTO)
        lean.variant = KMEANS_LLOYD;
    return all_bytes(t, p, &lean);
}

void kmeans_plan_make(const cluster_task *t, const kmeans *p, kmeans_plan *o)
{
    double round = (double)t->points.n * p->n_clusters * (double)t->points.d;
    *o = (kmeans_plan){.variant = (kmeans_algorithm)p->algorithm, .keep = true, .at_once = 1};
    o->runs = t->centers ? 1 : (int64_t)p->n_init;
    o->seeds = !t->centers && (int)p->init == KMEANS_PLUS_PLUS;
    o->threads = t->backend->threads && t->pool ? pool_threads(t->pool) : 1;
    o->small_batches = p->batch_size > 0;
    if (o->small_batches) {
        o->variant = KMEANS_LLOYD;
        o->keep = false;
        o->runs = 1; /* of several starts the best goes on */
        snprintf(o->why, sizeof o->why, "batches of %.0f rows, then one pass for the labels",
                 p->batch_size);
    } else if (o->variant == KMEANS_AUTO) {
        o->variant = fastest(t, p, o->why, sizeof o->why);
    } else {
        snprintf(o->why, sizeof o->why, "asked for");
    }
    if (o->runs > 1 && o->threads > 1 && round < SHORT_ROUND && !o->small_batches)
        o->at_once = (int)least(o->runs, o->threads);
    less_memory(t, p, o);
    o->least_bytes = least_of(t, p, o);
}
