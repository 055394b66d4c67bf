#include "experiment/cluster_work.h"

#include <string.h>

/* What the command will take, step by step.  Each step is a sum of upper bounds: what the process
 * holds of itself, what was found so far, and what the step adds. */

#define OWN_GROWTH_BYTES ((int64_t)4 << 20) /* threads, texts, the table's header, allocators */

const char *cluster_step_name(cluster_step s)
{
    static const char *const names[] = {[STEP_READ] = "read",
                                        [STEP_FIT] = "cluster",
                                        [STEP_MEASURE] = "measure",
                                        [STEP_WRITE] = "write"};
    return names[s];
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* In steps, so that the same plan comes out whatever this process happens to hold. */
static int64_t base_bytes(void)
{
    int64_t step = (int64_t)2 << 20;
    return (process_private_bytes(0) + OWN_GROWTH_BYTES + step - 1) / step * step;
}

/* Clusters at most, also where the method finds out how many. */
static int64_t most_clusters(const cluster_work *w, int64_t n)
{
    int64_t k = w->to > 0 ? w->to : w->n_clusters;
    return k > 0 && k < n ? k : n;
}

/* Labels, sizes, centres; the embedding; the tree. */
int64_t cluster_found_bytes(const cluster_class *class, int64_t n, int64_t d, int64_t k)
{
    int64_t bytes = mem_cost((size_t)n * 4) + mem_cost((size_t)k * 8);
    if (class->takes_centers)
        bytes += 2 * mem_cost((size_t)(k * d) * 8);
    if (class == &cluster_spectral)
        bytes += mem_cost((size_t)(n * k) * 8) + mem_cost((size_t)k * 8 + 8);
    if (class == &cluster_agglomerative)
        bytes += mem_cost((size_t)n * 16) + 2 * mem_cost((size_t)n * 8);
    return bytes;
}

static int64_t found_bytes(const cluster_work *w, int64_t n, int64_t d)
{
    return cluster_found_bytes(w->class, n, d, most_clusters(w, n));
}

/* Beside a fit: the best so far of a sweep, the centres to begin from, the matrix of pairs. */
static int64_t held_bytes(const cluster_work *w)
{
    int64_t held = w->to > 0 ? found_bytes(w, w->points.n, w->points.d) : 0;
    if (w->pairs)
        held += mem_cost((size_t)(w->points.n * w->points.n) * 8);
    return w->centers ? held + mem_cost((size_t)(w->n_clusters * w->points.d) * 8) : held;
}

int64_t cluster_fit_memory(const cluster_work *w)
{
    return larger(w->memory - w->base - held_bytes(w), 1);
}

/* --- the fit ------------------------------------------------------------------------------- */

/* The dearest of the fits of a sweep is its last. */
static stint_status estimate(cluster_work *w, cluster_task *t)
{
    stint_setting *settings = arena_new(&w->arena, stint_setting, w->run.n_settings + 1);
    cluster_run run = w->run;
    if (!settings)
        return STINT_ENOMEM;
    for (int i = 0; i < w->run.n_settings; i++)
        settings[i] = w->run.settings[i];
    char *k = arena_printf(&w->arena, "%lld", (long long)w->to);
    if (!k)
        return STINT_ENOMEM;
    settings[w->run.n_settings] = (stint_setting){"n_clusters", k};
    run.settings = settings;
    run.n_settings += w->to > 0;
    return cluster_estimate(w->ctx, &run, t, &w->cost);
}

/* Fewer threads where more would not fit. */
static stint_status plan_fit(cluster_work *w)
{
    int threads = cpu_count();
    for (;; threads = (threads + 1) / 2) {
        pool_free(w->pool);
        if (!(w->pool = pool_new(w->ctx, threads)))
            return STINT_ENOMEM;
        cluster_task t = cluster_task_of(w);
        TRY(estimate(w, &t));
        if (w->cost.bytes <= t.memory || threads == 1)
            return STINT_OK;
    }
}

/* --- the steps ------------------------------------------------------------------------------- */

static void plan_steps(cluster_work *w, int64_t n, int64_t d)
{
    const stint_cluster_table_request *r = w->request;
    int64_t found = found_bytes(w, n, d), both = w->to > 0 ? 2 * found : found;
    int64_t tree = w->class == &cluster_agglomerative ? 40 * n : 0; /* laid out */
    int64_t drawing = r->report ? CLUSTER_REPORT_BYTES + tree : 0;
    int64_t writing = r->to ? cluster_labels_bytes(r->to, cpu_count()) : 0;
    w->steps[STEP_READ] = w->base + w->facts.ingest_bytes;
    w->steps[STEP_FIT] = w->base + held_bytes(w) + w->cost.bytes;
    w->steps[STEP_MEASURE] = 0;
    if (r->report || r->sweep)
        w->steps[STEP_MEASURE] =
            w->base + both + drawing + cluster_measure_bytes(n, d, most_clusters(w, n));
    w->steps[STEP_WRITE] = 0;
    if (r->to || r->report)
        w->steps[STEP_WRITE] =
            w->base + found + larger(writing, r->report ? cluster_labels_bytes(".csv", 1) : 0);
}

stint_status cluster_plan_table(cluster_work *w, int64_t n, int64_t d)
{
    if (!w->base)
        w->base = base_bytes();
    if (!w->points.rows)
        w->points = (points){.n = n, .d = d, .stride = d};
    TRY(plan_fit(w));
    plan_steps(w, n, d);
    return STINT_OK;
}

/* The smallest memory with which every step would do. */
static int64_t least_memory(const cluster_work *w)
{
    int64_t least = w->steps[STEP_FIT] - w->cost.bytes + w->cost.least_bytes;
    for (int s = 0; s < CLUSTER_STEPS; s++)
        if (s != STEP_FIT)
            least = larger(least, w->steps[s]);
    return least;
}

static const char *remedy(const cluster_work *w, cluster_step worst)
{
    if (worst == STEP_WRITE)
        return "a .csv file takes less to write";
    if (worst == STEP_MEASURE)
        return "without --report it takes less";
    return worst == STEP_FIT ? w->cost.knob : "";
}

stint_status cluster_plan_check(cluster_work *w)
{
    char needs[STR_SIZE_SIZE], has[STR_SIZE_SIZE];
    int64_t least = least_memory(w);
    cluster_step worst = STEP_FIT;
    for (int s = 0; s < CLUSTER_STEPS; s++)
        if (w->steps[s] > w->memory && w->steps[s] >= w->steps[worst])
            worst = (cluster_step)s;
    if (w->steps[worst] <= w->memory)
        return STINT_OK;
    const char *help = remedy(w, worst);
    return fail(
        w->ctx, STINT_EPLAN,
        "%s of %s%lld rows and %lld columns needs at least %s (--memory %lld), most of it to "
        "%s, but may hold %s%s%s",
        w->class->name, w->facts.exact ? "" : "about ", (long long)w->points.n,
        (long long)w->points.d, str_format_bytes(needs, least), (long long)least,
        cluster_step_name(worst), str_format_bytes(has, w->memory), help[0] ? "; " : "", help);
}
