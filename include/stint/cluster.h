/* Clustering: k-means, agglomerative and spectral, exact, within a memory budget.
 *
 *     stint_cluster_request r = {.method = "kmeans", .points = {.f64 = x, .n = 1000, .d = 16}};
 *     stint_clustering *found = NULL;
 *     if (stint_cluster_fit(ctx, &r, &found) == STINT_OK)
 *         use(stint_cluster_labels(found));
 *     stint_clustering_free(found);
 *
 * Results are the same bits for any number of threads, any budget and any device of one
 * instruction set.  Parameters of a method are settings by name: those of `stint cluster --help`.
 * Points that are not finite are STINT_EDATA with row and column. */
#ifndef STINT_CLUSTER_H
#define STINT_CLUSTER_H

#include "stint/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows of numbers where the caller has them: f64 or f32, row i at i * row_stride elements (0 = d).
 * They must outlive the call, or the job. */
typedef struct stint_points {
    const double *f64;
    const float *f32; /* one of the two */
    int64_t n, d, row_stride;
} stint_points;

/* A symmetric matrix given instead of points: affinities for spectral (not negative), distances
 * for agglomerative.  Dense [n][n], or rows of a sparse one: entries row[i] … row[i+1]-1, columns
 * ascending. */
typedef struct stint_pairs {
    int64_t n;
    const double *dense;
    const int64_t *row;    /* [n+1]; NULL = dense */
    const int32_t *column; /* [row[n]] */
    const double *value;   /* [row[n]] */
} stint_pairs;

typedef struct stint_cluster_request {
    const char *method; /* "kmeans", "agglomerative" or "spectral" */
    const stint_setting *settings;
    int n_settings;
    stint_points points;
    stint_pairs pairs;     /* .n > 0: affinity or metric is "precomputed" */
    const double *weights; /* [n] of kmeans, not negative; NULL = all 1 */
    const double *centers; /* [n_clusters][d] that kmeans begins from; NULL = as `init` says */
    const char *device;    /* "auto", "scalar", "simd", "threads", "blas"; NULL = auto */
    int64_t memory_bytes;  /* the fit may hold; 0 = what the context has left */
} stint_cluster_request;

typedef struct stint_clustering stint_clustering;

/* Fit on the caller's thread.  STINT_EPLAN when it cannot fit the budget: the message has the
 * smallest that would do. */
STINT_API STINT_MUST_CHECK stint_status stint_cluster_fit(stint_context *ctx,
                                                          const stint_cluster_request *r,
                                                          stint_clustering **out);
/* Its own memory goes back; takes NULL.  After its context is closed it must not be used. */
STINT_API void stint_clustering_free(stint_clustering *m);

/* What the fit would hold and how long it may take: an upper bound of bytes, an estimate of
 * seconds, the variant that would run and why, as text or JSON. */
STINT_API STINT_MUST_CHECK stint_status stint_cluster_plan(stint_context *ctx,
                                                           const stint_cluster_request *r,
                                                           bool json, stint_text *out);

/* ---- off the caller's thread */

typedef struct stint_cluster_job stint_cluster_job;

/* Begin a fit on a thread of its own.  The context stays the caller's: the job has one of its
 * own with the same options, within what the context has left.  The request's strings and settings
 * are copied, its arrays are not. */
STINT_API STINT_MUST_CHECK stint_status stint_cluster_start(stint_context *ctx,
                                                            const stint_cluster_request *r,
                                                            stint_cluster_job **out);
/* The share done, 0 … 1, never falling, and what it does now ("iterations", "merges" …); safe
 * from any thread.  1 when it has ended. */
STINT_API double stint_cluster_progress(const stint_cluster_job *job, const char **what);
STINT_API bool stint_cluster_ended(const stint_cluster_job *job);
/* Ask it to stop, soon: it ends with STINT_EINTERRUPT.  Safe from any thread. */
STINT_API void stint_cluster_cancel(stint_cluster_job *job);
/* Wait, take the result, and free the job.  The status is the fit's, its message the context's. */
STINT_API STINT_MUST_CHECK stint_status stint_cluster_wait(stint_context *ctx,
                                                           stint_cluster_job *job,
                                                           stint_clustering **out);

/* ---- what was found; arrays live as long as the clustering */

typedef struct stint_cluster_facts {
    const char *method, *variant, *device; /* "kmeans", "yinyang", "threads" */
    const char *why;                       /* variant and device were chosen */
    int64_t n, d, n_clusters;
    double inertia; /* of kmeans, weighted; NaN of the others */
    int64_t iterations;
    bool converged;
    bool ambiguous;     /* spectral: the eigengap after n_clusters is below the tolerance */
    double residual;    /* spectral: the largest of ‖Lv - λv‖ */
    int64_t components; /* spectral, agglomerative: connected components; 0 = not looked for */
    int64_t peak_bytes; /* that the fit held */
    const char *notes;  /* lines that a user should read; "" = none */
} stint_cluster_facts;
STINT_API stint_cluster_facts stint_cluster_about(const stint_clustering *m);
STINT_API const int32_t *stint_cluster_labels(const stint_clustering *m);  /* [n] */
STINT_API const int64_t *stint_cluster_sizes(const stint_clustering *m);   /* [n_clusters] */
STINT_API const double *stint_cluster_centers(const stint_clustering *m);  /* [n_clusters][d] */
STINT_API const double *stint_cluster_embedding(const stint_clustering *m, /* [n][*wide] */
                                                int64_t *wide);
STINT_API const double *stint_cluster_eigenvalues(const stint_clustering *m, int64_t *n);

/* The dendrogram of agglomerative, in SciPy's order: merge i joins nodes children[i][0] <
 * children[i][1] (rows 0 … n-1, then n + an earlier merge) at distances[i], ascending, into
 * sizes[i] rows.  n - 1 merges; NULL for the other methods. */
typedef struct stint_dendrogram {
    int64_t merges;
    const int64_t (*children)[2];
    const double *distances;
    const int64_t *sizes;
    int64_t leaves; /* n */
} stint_dendrogram;
STINT_API const stint_dendrogram *stint_cluster_dendrogram(const stint_clustering *m);

/* The nearest centre of each point, and its distances to all: of kmeans.  labels [n], out
 * [n][n_clusters]. */
STINT_API STINT_MUST_CHECK stint_status stint_cluster_predict(stint_context *ctx,
                                                              const stint_clustering *m,
                                                              const stint_points *p,
                                                              int32_t *labels);
STINT_API STINT_MUST_CHECK stint_status stint_cluster_transform(stint_context *ctx,
                                                                const stint_clustering *m,
                                                                const stint_points *p, double *out);

/* One safetensors file, written whole or not at all; what was saved can predict and transform. */
STINT_API STINT_MUST_CHECK stint_status stint_cluster_save(stint_context *ctx,
                                                           const stint_clustering *m,
                                                           const char *path);
STINT_API STINT_MUST_CHECK stint_status stint_cluster_load(stint_context *ctx, const char *path,
                                                           stint_clustering **out);

/* ---- how good it is */

/* The mean silhouette (Rousseeuw 1987) of labelled points, euclidean; `each` [n] gets that of
 * every point unless NULL.  `sample` > 0: of so many rows, drawn by `seed`.  2 … n-1 labels.
 * O(n² d) time, O(n + k) memory. */
STINT_API STINT_MUST_CHECK stint_status stint_silhouette(stint_context *ctx, const stint_points *p,
                                                         const int32_t *labels, int64_t sample,
                                                         uint64_t seed, double *each, double *out);
STINT_API STINT_MUST_CHECK stint_status stint_davies_bouldin(stint_context *ctx,
                                                             const stint_points *p,
                                                             const int32_t *labels, double *out);
STINT_API STINT_MUST_CHECK stint_status stint_calinski_harabasz(stint_context *ctx,
                                                                const stint_points *p,
                                                                const int32_t *labels, double *out);
/* Of two labellings of the same n rows: the adjusted Rand index (Hubert and Arabie 1985), the
 * normalised mutual information (arithmetic mean of the entropies). */
STINT_API STINT_MUST_CHECK stint_status stint_adjusted_rand(stint_context *ctx, const int32_t *a,
                                                            const int32_t *b, int64_t n,
                                                            double *out);
STINT_API STINT_MUST_CHECK stint_status stint_normalised_mutual_information(stint_context *ctx,
                                                                            const int32_t *a,
                                                                            const int32_t *b,
                                                                            int64_t n, double *out);

/* ---- tables */

/* `stint cluster`: a table's rows, clustered; labels written, a report made. */
typedef struct stint_cluster_table_request {
    const char *data; /* a file or a pattern, of any format that a run reads */
    const char *sheet, *dataset;
    const char *const *drop;       /* columns that are no features, patterns; NULL-terminated */
    const char *method;            /* "kmeans", "agglomerative" or "spectral" */
    const stint_setting *settings; /* parameters of the method; later ones win */
    int n_settings;
    const char *init;   /* kmeans: a table with the centres to begin from; NULL = none */
    const char *sweep;  /* "2-12": each number of clusters in turn, compared; NULL = none */
    const char *to;     /* .csv, .tsv, .xlsx, .parquet, .json or .safetensors with row and label, */
    const char *report; /* a directory; both whole or not at all; NULL = none */
    const char *device;
    const char *memory; /* "512MiB": of all that the command holds; NULL = what the machine has */
    bool plan;          /* only say what it would cost */
    bool json;
    const char *command_line; /* as typed, for the report; NULL = none */
} stint_cluster_table_request;
STINT_API STINT_MUST_CHECK stint_status stint_cluster_table(stint_context *ctx,
                                                            const stint_cluster_table_request *r,
                                                            stint_text *out);

/* The parameters of a method, as flags of the command; NULL = of all. */
STINT_API STINT_MUST_CHECK stint_status stint_cluster_reference(stint_context *ctx,
                                                                const char *method,
                                                                stint_text *out);

#ifdef __cplusplus
}
#endif
#endif
