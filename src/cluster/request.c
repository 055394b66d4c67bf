#include "cluster/request.h"

#include "base/os/os.h"

#include <string.h>

/* --- points and pairs -------------------------------------------------------------------- */

static stint_status check_sizes(ctx *c, const char *who, const stint_points *p)
{
    int64_t stride = p->row_stride ? p->row_stride : p->d, bytes;
    if (p->n < 0 || p->d < 1)
        return fail(c, STINT_EUSAGE, "%s: points of %lld rows and %lld columns cannot be", who,
                    (long long)p->n, (long long)p->d);
    if (stride < p->d)
        return fail(c, STINT_EUSAGE, "%s: a row_stride of %lld is less than a row's %lld columns",
                    who, (long long)stride, (long long)p->d);
    if (__builtin_mul_overflow(p->n > 0 ? p->n : 1, stride, &bytes) ||
        __builtin_mul_overflow(bytes, 64, &bytes))
        return fail(c, STINT_EUSAGE, "%s: points of %lld rows and %lld columns are too many", who,
                    (long long)p->n, (long long)p->d);
    return STINT_OK;
}

stint_status points_given(ctx *c, const char *who, const stint_points *given, points *out)
{
    if (!given || (!given->f64 && !given->f32))
        return fail(c, STINT_EUSAGE, "%s: there are no points: set points.f64 or points.f32", who);
    if (given->f64 && given->f32)
        return fail(c, STINT_EUSAGE, "%s: both points.f64 and points.f32 are set", who);
    TRY(check_sizes(c, who, given));
    *out = (points){.n = given->n,
                    .d = given->d,
                    .f64 = given->f64,
                    .f32 = given->f32,
                    .stride = given->row_stride ? given->row_stride : given->d};
    return STINT_OK;
}

static stint_status check_sparse(ctx *c, const char *who, const stint_pairs *p)
{
    if (!p->column || !p->value)
        return fail(c, STINT_EUSAGE, "%s: pairs.row needs pairs.column and pairs.value", who);
    if (p->row[0] != 0)
        return fail(c, STINT_EDATA, "%s: pairs.row begins with %lld, not 0", who,
                    (long long)p->row[0]);
    for (int64_t i = 0; i < p->n; i++)
        if (p->row[i + 1] < p->row[i] || p->row[i + 1] - p->row[i] > p->n)
            return fail(c, STINT_EDATA, "%s: row %lld of the pairs has %lld entries", who,
                        (long long)i, (long long)(p->row[i + 1] - p->row[i]));
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t e = p->row[i]; e < p->row[i + 1]; e++) {
            int64_t j = p->column[e];
            if (j < 0 || j >= p->n || (e > p->row[i] && j <= p->column[e - 1]))
                return fail(c, STINT_EDATA,
                            "%s: row %lld of the pairs: column %lld is out of range or order", who,
                            (long long)i, (long long)j);
        }
    return STINT_OK;
}

static stint_status check_pairs(ctx *c, const char *who, const stint_pairs *p)
{
    if (!p->dense == !p->row)
        return fail(c, STINT_EUSAGE, "%s: pairs are either dense or rows of a sparse matrix", who);
    if (p->n > INT32_MAX)
        return fail(c, STINT_EUSAGE, "%s: pairs of %lld rows are too many", who, (long long)p->n);
    return p->dense ? STINT_OK : check_sparse(c, who, p);
}

/* --- method and settings ----------------------------------------------------------------- */

static stint_status unknown_method(ctx *c, const char *name)
{
    char known[256] = "";
    size_t n = 0;
    nearest_name near = nearest_begin(name);
    for (const cluster_class *const *k = cluster_table; *k; k++) {
        nearest_try(&near, (*k)->name);
        n += (size_t)str_print(known + n, sizeof known - n, "%s%s", n ? ", " : "", (*k)->name);
    }
    if (near.name)
        return fail(c, STINT_EUSAGE, "there is no method \"%s\"; did you mean \"%s\"?", name,
                    near.name);
    return fail(c, STINT_EUSAGE, "there is no method \"%s\"; known are %s", name, known);
}

static stint_status check_settings(ctx *c, const stint_cluster_request *r)
{
    if (r->n_settings < 0 || (r->n_settings > 0 && !r->settings))
        return fail(c, STINT_EUSAGE, "cluster: n_settings is %d, but there are no settings",
                    r->n_settings);
    for (int i = 0; i < r->n_settings; i++)
        if (!r->settings[i].key)
            return fail(c, STINT_EUSAGE, "cluster: setting %d has no key", i);
    if (r->memory_bytes < 0)
        return fail(c, STINT_EUSAGE, "cluster: memory_bytes is %lld", (long long)r->memory_bytes);
    return STINT_OK;
}

static stint_status check_given(ctx *c, const stint_cluster_request *r, cluster_request *out)
{
    if (!r->method)
        return fail(c, STINT_EUSAGE, "cluster: the request names no method");
    if (!(out->run.class = cluster_find(r->method)))
        return unknown_method(c, r->method);
    TRY(check_settings(c, r));
    if (r->pairs.n < 0)
        return fail(c, STINT_EUSAGE, "%s: pairs of %lld rows cannot be", r->method,
                    (long long)r->pairs.n);
    if (r->pairs.n == 0)
        return points_given(c, r->method, &r->points, &out->task.points);
    if (r->points.f64 || r->points.f32)
        return fail(c, STINT_EUSAGE, "%s: both points and pairs are given", r->method);
    return check_pairs(c, r->method, &r->pairs);
}

/* --- the whole --------------------------------------------------------------------------- */

pool *cluster_threads(ctx *c)
{
    int threads = ctx_options(c)->threads;
    return pool_new(c, threads > 0 ? threads : cpu_count());
}

/* Of a device that is known to have one thread no pool is made. */
static bool shares_work(const char *device)
{
    for (const backend *const *b = backend_table; device && *b; b++)
        if (strcmp((*b)->name, device) == 0)
            return (*b)->threads;
    return true;
}

stint_status cluster_request_open(ctx *c, const stint_cluster_request *given, cluster_request *out)
{
    *out = (cluster_request){0};
    if (!given)
        return fail(c, STINT_EUSAGE, "cluster: there is no request");
    TRY(check_given(c, given, out));
    if (shares_work(given->device) && !(out->pool = cluster_threads(c)))
        return STINT_ENOMEM;
    out->run.settings = given->settings;
    out->run.n_settings = given->n_settings;
    out->run.device = given->device;
    out->task.pairs = given->pairs;
    out->task.weights = given->weights;
    out->task.centers = given->centers;
    out->task.pool = out->pool;
    int64_t left = budget_left(ctx_budget(c));
    bool within = given->memory_bytes > 0 && given->memory_bytes < left;
    out->task.memory = within ? given->memory_bytes : left;
    return STINT_OK;
}

void cluster_request_close(cluster_request *r)
{
    pool_free(r->pool);
}

stint_status cluster_request_fit(ctx *c, const stint_cluster_request *given, cluster_watch *watch,
                                 void *watch_self, stint_clustering **out)
{
    cluster_request r;
    stint_status s = cluster_request_open(c, given, &r);
    r.task.watch = watch;
    r.task.watch_self = watch_self;
    if (s == STINT_OK)
        s = cluster_fit(c, &r.run, &r.task, out);
    cluster_request_close(&r);
    return s;
}
