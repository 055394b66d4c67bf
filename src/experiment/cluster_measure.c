#include "experiment/cluster_work.h"

#include "base/rng.h"
#include "linalg/lanczos.h"
#include "metrics/clustering.h"

#include <math.h>
#include <string.h>

/* The silhouette of a labelling, and the plane of the first two principal components: both of one
 * sample of the rows, whose size follows from the table's alone, so that neither threads nor
 * budget change what is reported. */

enum { SAMPLE_ROWS = 20000, SAMPLE_ROWS_LEAST = 500, SAMPLE_DOUBLES = 1 << 22 };

/* Apart from the streams of base/rng.h, which are small numbers. */
static const uint64_t SAMPLE_STREAM = 0x636c757374657200;

int64_t cluster_measure_rows(int64_t n, int64_t d)
{
    int64_t rows = SAMPLE_DOUBLES / (d > 0 ? d : 1);
    rows = rows < SAMPLE_ROWS_LEAST ? SAMPLE_ROWS_LEAST : rows < SAMPLE_ROWS ? rows : SAMPLE_ROWS;
    return rows < n ? rows : n;
}

static lanczos_settings plane_settings(int64_t d)
{
    return (lanczos_settings){.n = d, .wanted = d < 2 ? 1 : 2, .seed = 1};
}

int64_t cluster_measure_bytes(int64_t n, int64_t d, int64_t k)
{
    int64_t rows = cluster_measure_rows(n, d);
    lanczos_settings s = plane_settings(d);
    int64_t silhouette = rows * 96 + cpu_count() * (((int64_t)1 << 20) + d * 1024) + d * 512;
    int64_t plane = lanczos_bytes(&s, cpu_count()) + mem_cost((size_t)rows * 16) +
                    mem_cost((size_t)rows * 8) + 3 * mem_cost((size_t)d * 8);
    return mem_cost((size_t)(rows * d) * 8) + mem_cost((size_t)rows * 8) +
           2 * mem_cost((size_t)rows * 4) + 2 * mem_cost((size_t)k * 8) +
           (silhouette > plane ? silhouette : plane);
}

void cluster_measures_free(cluster_measures *k)
{
    mem_free(k->each);
    mem_free(k->labels);
    mem_free(k->plane);
    *k = (cluster_measures){0};
}

/* --- the sample ------------------------------------------------------------------------------- */

typedef struct sample {
    ctx *ctx;
    pool *pool;
    int64_t n, d;
    int64_t *which; /* [n] rows of the table, ascending */
    double *x;      /* [n][d] */
} sample;

/* Each row in turn is drawn with the share of those still wanted (Knuth, algorithm S). */
static void draw(sample *s, int64_t all)
{
    rng r = {0, SAMPLE_STREAM};
    int64_t taken = 0;
    for (int64_t i = 0; taken < s->n; i++)
        if (s->n == all || rng_uniform(r, (uint64_t)i) * (double)(all - i) < (double)(s->n - taken))
            s->which[taken++] = i;
}

static stint_status take_sample(cluster_work *w, sample *s)
{
    const points *p = &w->points;
    *s = (sample){.ctx = w->ctx, .pool = w->pool, .n = cluster_measure_rows(p->n, p->d), .d = p->d};
    s->which = mem_new(w->ctx, TAG_MODEL, int64_t, s->n);
    s->x = mem_new(w->ctx, TAG_MODEL, double, s->n * s->d);
    if (!s->which || !s->x)
        return STINT_ENOMEM;
    draw(s, p->n);
    return points_pick(p, s->which, s->n, s->x);
}

/* --- silhouette ------------------------------------------------------------------------------- */

static stint_status sample_rows(void *self, const int64_t *which, int64_t count, double *out)
{
    const sample *s = self;
    for (int64_t i = 0; i < count; i++)
        memcpy(out + i * s->d, s->x + which[i] * s->d, (size_t)s->d * sizeof *out);
    return STINT_OK;
}

/* Different labels of the sample. */
static stint_status count_labels(ctx *c, const int32_t *labels, int64_t n, int64_t k, int64_t *out)
{
    bool *seen = mem_new(c, TAG_MODEL, bool, k);
    if (!seen)
        return STINT_ENOMEM;
    *out = 0;
    for (int64_t i = 0; i < n; i++) {
        *out += !seen[labels[i]];
        seen[labels[i]] = true;
    }
    mem_free(seen);
    return STINT_OK;
}

/* Means over the rows of each cluster, in their order. */
static stint_status by_cluster(const sample *s, const int32_t *labels, const double *rows,
                               int64_t k, double *out)
{
    int64_t *count = mem_new(s->ctx, TAG_MODEL, int64_t, k);
    if (!count)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < s->n; i++) {
        count[labels[i]]++;
        out[labels[i]] += rows[i];
    }
    for (int64_t j = 0; j < k; j++)
        out[j] = count[j] > 0 ? out[j] / (double)count[j] : NAN;
    mem_free(count);
    return STINT_OK;
}

static stint_status measure_silhouette(sample *s, int64_t k, cluster_measures *out)
{
    int64_t labels = 0;
    const labelled rows = {.n = s->n,
                           .d = s->d,
                           .rows = sample_rows,
                           .self = s,
                           .labels = out->labels,
                           .pool = s->pool};
    TRY(count_labels(s->ctx, out->labels, s->n, k, &labels));
    out->silhouette = NAN;
    for (int64_t j = 0; j < k; j++)
        out->each[j] = labels < 2 || labels >= s->n ? NAN : 0;
    if (labels < 2 || labels >= s->n)
        return STINT_OK;
    double *each = mem_new(s->ctx, TAG_MODEL, double, s->n);
    if (!each)
        return STINT_ENOMEM;
    stint_status status =
        clustering_silhouette(s->ctx, &rows, &(silhouette_settings){0}, each, &out->silhouette);
    if (status == STINT_OK)
        status = by_cluster(s, out->labels, each, k, out->each);
    mem_free(each);
    return status;
}

/* --- principal components ---------------------------------------------------------------------- */

/* y = Xᵀ (X v) / n of the centred sample: the covariance is never built. */
static stint_status apply_covariance(void *self, const double *v, double *y)
{
    const sample *s = self;
    memset(y, 0, (size_t)s->d * sizeof *y);
    for (int64_t i = 0; i < s->n; i++) {
        const double *x = s->x + i * s->d;
        double sum = 0;
        for (int64_t j = 0; j < s->d; j++)
            sum += x[j] * v[j];
        for (int64_t j = 0; j < s->d; j++)
            y[j] += x[j] * sum / (double)s->n;
    }
    return STINT_OK;
}

/* Subtract the columns' means; the sum of the columns' variances. */
static stint_status centre(sample *s, double *variance)
{
    double *mean = mem_new(s->ctx, TAG_MODEL, double, s->d);
    if (!mean)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < s->n * s->d; i++)
        mean[i % s->d] += s->x[i] / (double)s->n;
    *variance = 0;
    for (int64_t i = 0; i < s->n * s->d; i++) {
        s->x[i] -= mean[i % s->d];
        *variance += s->x[i] * s->x[i] / (double)s->n;
    }
    mem_free(mean);
    return STINT_OK;
}

static void project(const sample *s, int components, const double *vectors, double *plane)
{
    for (int c = 0; c < components; c++)
        for (int64_t i = 0; i < s->n; i++) {
            double sum = 0;
            for (int64_t j = 0; j < s->d; j++)
                sum += s->x[i * s->d + j] * vectors[c * s->d + j];
            plane[c * s->n + i] = sum;
        }
}

static stint_status find_plane(sample *s, cluster_measures *out)
{
    double variance = 0, values[2] = {0};
    lanczos_found found;
    lanczos_settings l = plane_settings(s->d);
    TRY(centre(s, &variance));
    l.apply = apply_covariance;
    l.self = s;
    l.tolerance = 1e-8 * variance;
    double *vectors = mem_new(s->ctx, TAG_MODEL, double, 2 * s->d);
    stint_status status = vectors ? STINT_OK : STINT_ENOMEM;
    if (status == STINT_OK && variance > 0 && isfinite(variance))
        status = lanczos_largest(s->ctx, &l, NULL, values, vectors, &found);
    if (status == STINT_OK && variance > 0 && isfinite(variance)) {
        project(s, l.wanted, vectors, out->plane);
        for (int c = 0; c < l.wanted; c++)
            out->shares[c] = values[c] / variance;
    }
    mem_free(vectors);
    return status;
}

/* --- both ----------------------------------------------------------------------------------------- */

static stint_status measure(cluster_work *w, const stint_clustering *m, bool plane, sample *s,
                            cluster_measures *out)
{
    int64_t k = m->facts.n_clusters;
    TRY(take_sample(w, s));
    out->rows = s->n;
    out->each = mem_new(w->ctx, TAG_MODEL, double, k);
    out->labels = mem_new(w->ctx, TAG_MODEL, int32_t, s->n);
    out->plane = plane ? mem_new(w->ctx, TAG_MODEL, double, 2 * s->n) : NULL;
    if (!out->each || !out->labels || (plane && !out->plane))
        return STINT_ENOMEM;
    for (int64_t i = 0; i < s->n; i++)
        out->labels[i] = m->labels[s->which[i]];
    TRY(measure_silhouette(s, k, out));
    return plane ? find_plane(s, out) : STINT_OK;
}

stint_status cluster_measure(cluster_work *w, const stint_clustering *m, bool plane,
                             cluster_measures *out)
{
    sample s = {0};
    *out = (cluster_measures){0};
    stint_status status = measure(w, m, plane, &s, out);
    mem_free(s.which);
    mem_free(s.x);
    if (status != STINT_OK)
        cluster_measures_free(out);
    return status;
}
