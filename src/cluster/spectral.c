#include "cluster/spectral.h"

#include "base/mem.h"
#include "linalg/symmetric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Spectral clustering (Shi and Malik, 2000; von Luxburg, 2007): clusters of the rows of
 *
 *     embedding = D^-½ [v₁ … v_k],   L v = λ v,   L = I - D^-½ W D^-½
 *
 * with the least λ.  Landmarks stand in for all rows only where they are asked for, or where the
 * eigenvectors did not converge, and then the notes say so. */

enum { ASSIGN_KMEANS, ASSIGN_QR, LANDMARKS_INSTEAD = 500 };

static const double USELESS = 1e-2; /* residual above which vectors tell nothing */

static const char *const assign_names[] = {"kmeans", "cluster_qr", NULL};

static const param spectral_params[] = {
    PARAM_INT(spectral, n_clusters, 8, 1, 1e6, "clusters"),
    PARAM_CHOICE(spectral, affinity, AFFINITY_RBF, affinity_names,
                 "how alike two rows are; precomputed: a matrix is given"),
    PARAM_F64(spectral, gamma, 1.0, 0, 1e300, "of rbf: exp(-gamma |a - b|^2)"),
    PARAM_INT(spectral, n_neighbors, 10, 1, 1e6, "of nearest_neighbors, a row itself among them"),
    PARAM_CHOICE(spectral, assign, ASSIGN_KMEANS, assign_names, "clusters from the embedding"),
    PARAM_INT(spectral, n_init, 10, 1, 10000, "of kmeans on the embedding"),
    PARAM_F64(spectral, tolerance, 1e-6, 1e-12, 0.1, "residual of an eigenvector"),
    PARAM_INT(spectral, landmarks, 0, 0, 20000, "approximate by so many rows (Nystrom); 0 = exact"),
    PARAM_INT(spectral, seed, 0, 0, 9007199254740991.0, "of starts and landmarks"),
    PARAM_END,
};

static affinity_settings settings_of(const cluster_task *t, const spectral *p)
{
    return (affinity_settings){.kind = (affinity_kind)p->affinity,
                               .gamma = p->gamma,
                               .neighbors = (int64_t)p->n_neighbors,
                               .memory = t->memory};
}

static bool by_landmarks(const spectral *p)
{
    return p->landmarks > 0;
}

static stint_status check(ctx *c, const cluster_task *t, const void *params)
{
    const spectral *p = params;
    int64_t n = cluster_rows(t);
    bool given = (affinity_kind)p->affinity == AFFINITY_PRECOMPUTED;
    bool dense = p->affinity == AFFINITY_RBF || p->affinity == AFFINITY_COSINE;
    if (given != (t->pairs.n > 0))
        return fail(c, STINT_EUSAGE,
                    given ? "spectral: affinity \"precomputed\" needs a matrix of pairs"
                          : "spectral: a matrix of pairs needs affinity \"precomputed\"");
    if (p->n_clusters > (double)n)
        return fail(c, STINT_EDATA, "spectral: %lld rows cannot make %lld clusters", (long long)n,
                    (long long)p->n_clusters);
    if (by_landmarks(p) && !dense)
        return fail(c, STINT_EUSAGE,
                    "spectral: landmarks approximate affinity \"rbf\" or \"cosine\", not \"%s\"",
                    affinity_names[(int)p->affinity]);
    if (by_landmarks(p) && p->landmarks < p->n_clusters)
        return fail(c, STINT_EUSAGE, "spectral: %lld landmarks are fewer than %lld clusters",
                    (long long)p->landmarks, (long long)p->n_clusters);
    return STINT_OK;
}

/* --- the plan ------------------------------------------------------------------------------ */

static cluster_task embedding_task(const cluster_task *t, const double *embedding, int64_t k)
{
    cluster_task of = *t;
    of.points = (points){.n = cluster_rows(t), .d = k, .f64 = embedding, .stride = k};
    of.pairs = (stint_pairs){0};
    of.weights = of.centers = NULL;
    return of;
}

static int64_t assign_bytes(const cluster_task *t, const spectral *p)
{
    int64_t n = cluster_rows(t), k = (int64_t)p->n_clusters;
    if (p->assign == ASSIGN_QR)
        return 8 * (n * k + 4 * k * k + 4 * k) + 512;
    cluster_task of = embedding_task(t, NULL, k);
    cluster_cost cost = {0};
    struct {
        double values[PARAM_MOST];
    } params;
    params_default(cluster_kmeans.params, &params);
    *(double *)((char *)&params + param_find(cluster_kmeans.params, "n_clusters")->offset) =
        (double)k;
    cluster_kmeans.estimate(&of, &params, &cost);
    return cost.bytes;
}

static void estimate(const cluster_task *t, const void *params, cluster_cost *out)
{
    const spectral *p = params;
    affinity_settings s = settings_of(t, p);
    int64_t n = cluster_rows(t), k = (int64_t)p->n_clusters, least = 0;
    int threads = t->pool ? pool_threads(t->pool) : 1;
    int64_t own = n * (k + 1) * 8 + n * k * 8 + n * 12 + k * 24 + 4096;
    int64_t finding = spectral_find_bytes(n, k, threads), assigning = assign_bytes(t, p);
    s.memory -= own + finding;
    int64_t graph = by_landmarks(p) ? spectral_nystrom_bytes(t, (int64_t)p->landmarks, k)
                                    : affinity_bytes(t, &s, &least);
    double d = (double)t->points.d, pairs = (double)n * (double)n, products = 300;
    if (by_landmarks(p)) {
        finding = 0;
        least = graph;
        pairs = 4 * (double)n * p->landmarks;
        out->variant = "landmarks";
        snprintf(out->why, sizeof out->why, "%lld landmarks were asked for",
                 (long long)p->landmarks);
    } else if (s.kind == AFFINITY_NEIGHBORS || t->pairs.row) {
        out->variant = "sparse";
        snprintf(out->why, sizeof out->why, "the graph is sparse");
    } else if (graph > least) {
        out->variant = "dense";
        snprintf(out->why, sizeof out->why, "the affinities fit the memory");
    } else {
        out->variant = "dense, again";
        snprintf(out->why, sizeof out->why,
                 "the affinities do not fit the memory: every product computes them anew");
        snprintf(out->knob, sizeof out->knob,
                 "affinity nearest_neighbors needs memory for %lld neighbours a row only",
                 (long long)p->n_neighbors);
    }
    bool again = strcmp(out->variant, "dense, again") == 0;
    double making = pairs * (3 * d + 20), product = t->pairs.row || s.kind == AFFINITY_NEIGHBORS
                                                        ? (double)n * p->n_neighbors * 4
                                                        : 2 * pairs;
    out->seconds = (making * (again ? products : 1) +
                    products * (product + (double)n * (2.0 * (double)k + 30) * 8)) /
                   4e9 / threads;
    out->bytes = own + (graph + finding > assigning ? graph + finding : assigning);
    out->least_bytes = own + (least + finding > assigning ? least + finding : assigning);
}

/* --- the work ------------------------------------------------------------------------------ */

typedef struct work {
    ctx *ctx;
    const cluster_task *task;
    const spectral *p;
    stint_clustering *out;
    spectral_vectors found;
    double *root; /* [n] */
} work;

static void tell_of_graph(const work *w, const affinity *a)
{
    stint_clustering *m = w->out;
    long long k = (long long)w->p->n_clusters, parts = (long long)a->components;
    m->facts.components = a->components;
    if (parts > k)
        cluster_note(m,
                     "the graph falls into %lld components, more than the %lld clusters: the %lld "
                     "largest are told apart, the others share a cluster",
                     parts, k, k);
    else if (parts > 1)
        cluster_note(m, "the graph falls into %lld components", parts);
}

static void tell_of_vectors(const work *w)
{
    const spectral_vectors *f = &w->found;
    stint_clustering *m = w->out;
    double tolerance = w->p->tolerance, gap = f->values[f->k] - f->values[f->k - 1];
    m->facts.iterations = f->products;
    m->facts.residual = f->residual;
    m->facts.converged = f->converged == f->k;
    if (!m->facts.converged)
        cluster_note(m, "%d of %d eigenvectors did not come within %g: the largest residual is %g",
                     (int)f->k - f->converged, (int)f->k, tolerance, f->residual);
    m->facts.ambiguous = gap < tolerance;
    if (m->facts.ambiguous)
        cluster_note(m,
                     "ambiguous: the eigenvalues after cluster %d differ by %.3g only; another "
                     "number of clusters, or another affinity, may fit",
                     (int)f->k, gap);
}

static stint_status landmarks(work *w, int64_t how_many)
{
    affinity_settings s = settings_of(w->task, w->p);
    return spectral_nystrom(w->ctx, w->task, &s, how_many, (uint64_t)w->p->seed, &w->found,
                            w->root);
}

static stint_status exact(work *w)
{
    affinity a;
    affinity_settings s = settings_of(w->task, w->p);
    int64_t n = w->found.n;
    s.memory -=
        spectral_find_bytes(n, w->found.k, w->task->pool ? pool_threads(w->task->pool) : 1) +
        n * (2 * w->found.k + 1) * 8 + n * 12 + w->found.k * 24 + 4096;
    TRY(affinity_open(w->ctx, w->task, &s, &a));
    tell_of_graph(w, &a);
    memcpy(w->root, a.root, (size_t)n * sizeof *w->root);
    stint_status status =
        spectral_find(w->ctx, w->task, &a, w->p->tolerance, (uint64_t)w->p->seed, &w->found);
    affinity_close(&a);
    return status;
}

/* The eigenvectors; where they did not converge at all, those of landmarks. */
static stint_status embed(work *w)
{
    bool dense = w->p->affinity == AFFINITY_RBF || w->p->affinity == AFFINITY_COSINE;
    if (by_landmarks(w->p)) {
        cluster_note(w->out, "approximate: %lld landmarks stand for %lld rows",
                     (long long)w->p->landmarks, (long long)w->found.n);
        TRY(landmarks(w, (int64_t)w->p->landmarks));
    } else {
        TRY(exact(w));
        if (w->found.residual > USELESS && dense) {
            int64_t most = w->found.n < LANDMARKS_INSTEAD ? w->found.n : LANDMARKS_INSTEAD;
            cluster_note(w->out,
                         "the eigenvectors did not converge (residual %g); approximate instead: "
                         "%lld landmarks stand for %lld rows",
                         w->found.residual, (long long)most, (long long)w->found.n);
            TRY(landmarks(w, most));
        }
    }
    tell_of_vectors(w);
    return STINT_OK;
}

/* embedding [n][k] of the result */
static stint_status divide(work *w)
{
    int64_t n = w->found.n, k = w->found.k;
    stint_clustering *m = w->out;
    m->embedding = mem_new(m->ctx, TAG_MODEL, double, n *k);
    m->eigenvalues = mem_new(m->ctx, TAG_MODEL, double, k + 1);
    if (!m->embedding || !m->eigenvalues)
        return STINT_ENOMEM;
    m->wide = k;
    m->n_eigenvalues = isnan(w->found.values[k]) ? k : k + 1;
    memcpy(m->eigenvalues, w->found.values, (size_t)m->n_eigenvalues * sizeof(double));
    for (int64_t v = 0; v < k; v++) {
        double *x = w->found.v + v * n;
        for (int64_t i = 0; i < n; i++)
            x[i] /= w->root[i] > 0 ? w->root[i] : 1;
        symmetric_fix_sign(n, x);
        for (int64_t i = 0; i < n; i++)
            m->embedding[i * k + v] = x[i];
    }
    return STINT_OK;
}

/* --- clusters of the embedding ------------------------------------------------------------- */

static stint_status watch_assign(void *self, const char *what, double share)
{
    (void)what;
    return cluster_at(self, "clusters", 0.85 + 0.15 * share);
}

static stint_status assign_kmeans(work *w)
{
    char clusters[32], runs[32], seed[32];
    cluster_task t = embedding_task(w->task, w->out->embedding, w->found.k);
    stint_clustering *of = NULL;
    snprintf(clusters, sizeof clusters, "%.0f", w->p->n_clusters);
    snprintf(runs, sizeof runs, "%.0f", w->p->n_init);
    snprintf(seed, sizeof seed, "%.0f", w->p->seed);
    stint_setting settings[] = {{"n_clusters", clusters}, {"n_init", runs}, {"seed", seed}};
    cluster_run r = {&cluster_kmeans, settings, 3, w->task->backend->name};
    t.watch = watch_assign;
    t.watch_self = (void *)w->task;
    TRY(cluster_fit(w->ctx, &r, &t, &of));
    memcpy(w->out->labels, of->labels, (size_t)w->found.n * sizeof *of->labels);
    stint_clustering_free(of);
    return STINT_OK;
}

static stint_status assign(work *w)
{
    stint_clustering *m = w->out;
    m->labels = mem_new(m->ctx, TAG_MODEL, int32_t, w->found.n);
    if (!m->labels)
        return STINT_ENOMEM;
    m->facts.n_clusters = w->found.k;
    TRY(w->p->assign == ASSIGN_QR
            ? spectral_assign_qr(w->ctx, w->found.n, w->found.k, m->embedding, m->labels)
            : assign_kmeans(w));
    return cluster_count(m);
}

static stint_status run(work *w)
{
    spectral_vectors *f = &w->found;
    f->v = mem_new(w->ctx, TAG_MODEL, double, f->n *(f->k + 1));
    f->values = mem_new(w->ctx, TAG_MODEL, double, f->k + 1);
    w->root = mem_new(w->ctx, TAG_MODEL, double, f->n);
    if (!f->v || !f->values || !w->root)
        return STINT_ENOMEM;
    TRY(embed(w));
    TRY(divide(w));
    mem_free(f->v);
    f->v = NULL;
    return assign(w);
}

static stint_status fit(ctx *c, const cluster_task *t, const void *params, stint_clustering *out)
{
    const spectral *p = params;
    cluster_task own = *t;
    own.pool = t->backend->threads ? t->pool : NULL;
    work w = {.ctx = c,
              .task = &own,
              .p = p,
              .out = out,
              .found = {.n = cluster_rows(t), .k = (int64_t)p->n_clusters}};
    stint_status s = run(&w);
    mem_free(w.found.v);
    mem_free(w.found.values);
    mem_free(w.root);
    return s;
}

const cluster_class cluster_spectral = {
    .name = "spectral",
    .title = "spectral clustering",
    .help = "clusters of any shape, by the graph of which rows are alike",
    .size = sizeof(spectral),
    .params = spectral_params,
    .takes_pairs = true,
    .check = check,
    .estimate = estimate,
    .fit = fit,
};
