#include "cluster/cluster.h"

#include <stdarg.h>
#include <math.h>

/* The whole of a fit, whatever the method: settings, checks, the device, the plan, the work. */

/* Operations a second that estimates of seconds count on: one slow core. */
static const double SLOW_CORE = 4e9;

stint_status cluster_at(const cluster_task *t, const char *what, double share)
{
    return t->watch ? t->watch(t->watch_self, what, share) : STINT_OK;
}

int64_t cluster_rows(const cluster_task *t)
{
    return t->pairs.n > 0 ? t->pairs.n : t->points.n;
}

stint_status cluster_count(stint_clustering *m)
{
    int64_t k = m->facts.n_clusters;
    if (!(m->sizes = mem_new(m->ctx, TAG_MODEL, int64_t, k > 0 ? k : 1)))
        return STINT_ENOMEM;
    for (int64_t i = 0; i < m->facts.n; i++)
        m->sizes[m->labels[i]]++;
    return STINT_OK;
}

void cluster_note(stint_clustering *m, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    str_vaddf(&m->notes, fmt, args);
    va_end(args);
    str_add(&m->notes, "\n");
    m->facts.notes = m->notes.at;
}

void stint_clustering_free(stint_clustering *m)
{
    if (!m)
        return;
    mem_free(m->labels);
    mem_free(m->sizes);
    mem_free(m->centers);
    mem_free(m->embedding);
    mem_free(m->eigenvalues);
    mem_free(m->children);
    mem_free(m->distances);
    mem_free(m->merged);
    str_deinit(&m->notes);
    arena_deinit(&m->text);
    mem_free(m);
}

/* --- before the work --------------------------------------------------------------------- */

typedef struct plan {
    void *params; /* of the class */
    cluster_cost cost;
    char device_why[256];
    bool poor;
} plan;

static stint_status check_points(ctx *c, const cluster_run *r, const cluster_task *t)
{
    const char *name = r->class->name;
    if (t->pairs.n > 0 && !r->class->takes_pairs)
        return fail(c, STINT_EUSAGE, "%s takes points, not a matrix of pairs", name);
    if (cluster_rows(t) < 1)
        return fail(c, STINT_EDATA, "%s: there are no rows", name);
    if (cluster_rows(t) > INT32_MAX)
        return fail(c, STINT_EDATA, "%s: %lld rows are more than labels have room for", name,
                    (long long)cluster_rows(t));
    if (t->pairs.n == 0 && t->points.d < 1)
        return fail(c, STINT_EDATA, "%s: the rows have no columns", name);
    if (t->weights && !r->class->takes_weights)
        return fail(c, STINT_EUSAGE, "%s takes no weights", name);
    if (t->centers && !r->class->takes_centers)
        return fail(c, STINT_EUSAGE, "%s takes no centres to begin from", name);
    return STINT_OK;
}

static stint_status choose_backend(ctx *c, const cluster_run *r, cluster_task *t, plan *p)
{
    t->backend = &backend_simd;
    r->class->estimate(t, p->params, &p->cost);
    backend_work work = {.flops = p->cost.seconds * SLOW_CORE,
                         .threads = t->pool ? pool_threads(t->pool) : 1};
    return backend_choose(c, r->device, &work, &t->backend, p->device_why, sizeof p->device_why,
                          &p->poor);
}

/* p->params is the caller's to free, whatever comes of it. */
static stint_status prepare(ctx *c, const cluster_run *r, cluster_task *t, plan *p)
{
    *p = (plan){.params = mem_alloc(c, TAG_MODEL, r->class->size)};
    if (!p->params)
        return STINT_ENOMEM;
    TRY(params_read(c, r->class->name, r->class->params, r->settings, r->n_settings, p->params));
    TRY(check_points(c, r, t));
    if (t->memory <= 0)
        t->memory = budget_left(ctx_budget(c));
    if (r->class->check)
        TRY(r->class->check(c, t, p->params));
    TRY(choose_backend(c, r, t, p));
    p->cost = (cluster_cost){0};
    r->class->estimate(t, p->params, &p->cost);
    return STINT_OK;
}

stint_status cluster_estimate(ctx *c, const cluster_run *r, cluster_task *t, cluster_cost *out)
{
    plan p;
    stint_status s = prepare(c, r, t, &p);
    *out = p.cost;
    mem_free(p.params);
    return s;
}

static stint_status refuse_size(ctx *c, const cluster_run *r, const cluster_task *t, const plan *p)
{
    char needs[STR_SIZE_SIZE], has[STR_SIZE_SIZE];
    str_format_bytes(needs, p->cost.least_bytes);
    str_format_bytes(has, t->memory);
    return fail(c, STINT_EPLAN, "%s of %lld rows needs at least %s (%lld bytes), but may hold %s",
                r->class->name, (long long)cluster_rows(t), needs, (long long)p->cost.least_bytes,
                has);
}

/* --- the work ---------------------------------------------------------------------------- */

static int64_t result_bytes(const stint_clustering *m)
{
    const void *const parts[] = {m->labels,   m->sizes,     m->centers, m->embedding,
                                 m->children, m->distances, m->merged,  m->eigenvalues};
    int64_t bytes = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        bytes += parts[i] ? mem_cost((size_t)mem_bytes(parts[i])) : 0;
    return bytes;
}

/* Scratch goes into a budget of its own, so that the peak is the fit's alone. */
static stint_status work(ctx *c, const cluster_run *r, const cluster_task *t, const plan *p,
                         stint_clustering *m)
{
    ctx *scratch = ctx_child(c, r->class->name, 0);
    if (!scratch)
        return STINT_ENOMEM;
    stint_status s = t->pairs.n > 0
                         ? STINT_OK
                         : points_check(scratch, &t->points, t->backend->threads ? t->pool : NULL);
    if (s == STINT_OK)
        s = r->class->fit(scratch, t, p->params, m);
    m->facts.peak_bytes = budget_peak(ctx_budget(scratch)) + result_bytes(m);
    ctx_free_child(scratch);
    return s;
}

/* What is known before the work, and where it runs. */
static void describe(const cluster_run *r, const cluster_task *t, const plan *p,
                     stint_clustering *m)
{
    m->class = r->class;
    m->backend = t->backend;
    m->facts = (stint_cluster_facts){.method = r->class->name,
                                     .device = t->backend->name,
                                     .variant = p->cost.variant,
                                     .n = cluster_rows(t),
                                     .d = t->pairs.n > 0 ? 0 : t->points.d,
                                     .inertia = NAN,
                                     .notes = ""};
    m->facts.why = arena_printf(&m->text, "%s: %s; %s: %s", p->cost.variant, p->cost.why,
                                t->backend->name, p->device_why);
    if (p->poor)
        cluster_note(m, "device %s: %s", t->backend->name, p->device_why);
}

stint_status cluster_fit(ctx *c, const cluster_run *r, cluster_task *t, stint_clustering **out)
{
    plan p;
    *out = NULL;
    stint_status s = prepare(c, r, t, &p);
    if (s == STINT_OK && p.cost.bytes > t->memory)
        s = refuse_size(c, r, t, &p);
    stint_clustering *m = s == STINT_OK ? mem_new(c, TAG_MODEL, stint_clustering, 1) : NULL;
    if (m) {
        m->ctx = c;
        arena_init(&m->text, c, TAG_MODEL);
        str_init(&m->notes, c, TAG_MODEL);
        describe(r, t, &p, m);
        s = m->facts.why ? work(c, r, t, &p, m) : STINT_ENOMEM;
        if (s == STINT_OK)
            s = str_status(&m->notes);
    } else if (s == STINT_OK) {
        s = STINT_ENOMEM;
    }
    mem_free(p.params);
    if (s != STINT_OK) {
        stint_clustering_free(m);
        m = NULL;
    }
    *out = m;
    return s;
}
