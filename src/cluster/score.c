#include "cluster/request.h"
#include "metrics/clustering.h"

#include "base/mem.h"

/* The measures of clusterings, of a caller's points and labels. */

typedef struct scored {
    points points;
    labelled labelled;
} scored;

static stint_status pick(void *self, const int64_t *which, int64_t count, double *out)
{
    return points_pick(self, which, count, out);
}

/* The pool is the caller's to free, whatever comes of it. */
static stint_status open_scored(ctx *c, const char *who, const stint_points *p,
                                const int32_t *labels, scored *s)
{
    *s = (scored){0};
    TRY(points_given(c, who, p, &s->points));
    if (!labels)
        return fail(c, STINT_EUSAGE, "%s: there are no labels", who);
    if (p->n < 3)
        return fail(c, STINT_EDATA, "%s: %lld rows are too few; it takes 3", who, (long long)p->n);
    if (p->n > INT32_MAX)
        return fail(c, STINT_EDATA, "%s: %lld rows are too many", who, (long long)p->n);
    s->labelled = (labelled){.n = p->n, .d = p->d, .rows = pick, .self = &s->points};
    s->labelled.labels = labels;
    if (!(s->labelled.pool = cluster_threads(c)))
        return STINT_ENOMEM;
    return points_check(c, &s->points, s->labelled.pool);
}

stint_status stint_silhouette(stint_context *ctx, const stint_points *p, const int32_t *labels,
                              int64_t sample, uint64_t seed, double *each, double *out)
{
    scored s;
    silhouette_settings settings = {sample, seed};
    if (sample < 0)
        return fail(ctx, STINT_EUSAGE, "silhouette: a sample of %lld rows cannot be",
                    (long long)sample);
    stint_status status = open_scored(ctx, "silhouette", p, labels, &s);
    if (status == STINT_OK)
        status = clustering_silhouette(ctx, &s.labelled, &settings, each, out);
    pool_free(s.labelled.pool);
    return status;
}

typedef stint_status measure(ctx *c, const labelled *l, double *out);

static stint_status by_centers(ctx *c, const char *who, measure *of, const stint_points *p,
                               const int32_t *labels, double *out)
{
    scored s;
    stint_status status = open_scored(c, who, p, labels, &s);
    if (status == STINT_OK)
        status = of(c, &s.labelled, out);
    pool_free(s.labelled.pool);
    return status;
}

stint_status stint_davies_bouldin(stint_context *ctx, const stint_points *p, const int32_t *labels,
                                  double *out)
{
    return by_centers(ctx, "davies_bouldin", clustering_davies_bouldin, p, labels, out);
}

stint_status stint_calinski_harabasz(stint_context *ctx, const stint_points *p,
                                     const int32_t *labels, double *out)
{
    return by_centers(ctx, "calinski_harabasz", clustering_calinski_harabasz, p, labels, out);
}

static stint_status check_labels(ctx *c, const char *who, const int32_t *a, const int32_t *b,
                                 int64_t n)
{
    if (n < 0 || n > INT32_MAX)
        return fail(c, STINT_EUSAGE, "%s: labels of %lld rows cannot be", who, (long long)n);
    if (n > 0 && (!a || !b))
        return fail(c, STINT_EUSAGE, "%s: two labellings are needed", who);
    return STINT_OK;
}

stint_status stint_adjusted_rand(stint_context *ctx, const int32_t *a, const int32_t *b, int64_t n,
                                 double *out)
{
    TRY(check_labels(ctx, "adjusted_rand", a, b, n));
    return clustering_adjusted_rand(ctx, a, b, n, out);
}

stint_status stint_normalised_mutual_information(stint_context *ctx, const int32_t *a,
                                                 const int32_t *b, int64_t n, double *out)
{
    TRY(check_labels(ctx, "normalised_mutual_information", a, b, n));
    return clustering_mutual_information(ctx, a, b, n, out);
}
