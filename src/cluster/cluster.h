/* Clusterers: what a method must say of itself, what it is given and what it finds.
 *
 * A method is a file that ends in its row of cluster_table.c.  It knows kernels, pools and
 * linear algebra, not files or platforms. */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include "base/arena.h"
#include "base/params.h"
#include "base/str.h"
#include "cluster/backend.h"
#include "cluster/points.h"
#include "stint/cluster.h"

/* How far a fit is: called between its steps, from the thread that runs it.  Not STINT_OK = stop,
 * with that status (cancelled, interrupted). */
typedef stint_status cluster_watch(void *self, const char *what, double share);

typedef struct cluster_task {
    points points;         /* n = 0: given as pairs */
    stint_pairs pairs;     /* n = 0: given as points */
    const double *weights; /* [n] or NULL */
    const double *centers; /* [n_clusters][d] or NULL */
    const backend *backend;
    pool *pool;     /* NULL = the caller's thread alone, as the backend wants it */
    int64_t memory; /* bytes that the fit may hold beside the points themselves */
    cluster_watch *watch;
    void *watch_self;
} cluster_task;

stint_status cluster_at(const cluster_task *t, const char *what, double share);
int64_t cluster_rows(const cluster_task *t); /* n, of points or pairs */

/* Upper bound of bytes beside the points, an estimate of seconds on a slow core, and the variant
 * that the task's memory decides on. */
typedef struct cluster_cost {
    int64_t bytes;
    int64_t least_bytes; /* the smallest `memory` with which a fit is possible */
    double seconds;
    const char *variant;
    char why[256];  /* it was chosen */
    char knob[256]; /* what would make it smaller or faster: "" = nothing */
} cluster_cost;

typedef struct cluster_class {
    const char *name, *title, *help;
    size_t size; /* of the parameter struct */
    const param *params;
    bool takes_pairs, takes_weights, takes_centers, predicts;
    /* Checks of parameters against each other and the task: STINT_EUSAGE, STINT_EDATA. */
    stint_status (*check)(ctx *c, const cluster_task *t, const void *params);
    void (*estimate)(const cluster_task *t, const void *params, cluster_cost *out);
    /* Fill in `out`, whose arrays come from its context. */
    stint_status (*fit)(ctx *c, const cluster_task *t, const void *params, stint_clustering *out);
} cluster_class;

/* What was found.  Arrays are mem_new(out->ctx, TAG_MODEL, …), freed by stint_clustering_free. */
struct stint_clustering {
    ctx *ctx;
    const cluster_class *class;
    const backend *backend;
    stint_cluster_facts facts; /* texts in it are static or in `text` */
    arena text;
    str notes;
    int32_t *labels;
    int64_t *sizes;
    double *centers;   /* [n_clusters][d] */
    bool directions;   /* of centres and points: cosine */
    double *embedding; /* [n][wide] */
    int64_t wide;
    double *eigenvalues;
    int64_t n_eigenvalues;
    stint_dendrogram tree;
    int64_t (*children)[2];
    double *distances;
    int64_t *merged;
};

extern const cluster_class cluster_kmeans, cluster_agglomerative, cluster_spectral;
extern const cluster_class *const cluster_table[]; /* NULL-terminated */
const cluster_class *cluster_find(const char *name);

/* Sizes from labels, both of `m`. */
stint_status cluster_count(stint_clustering *m);

/* A line of the notes, printf-like. */
void cluster_note(stint_clustering *m, const char *fmt, ...) STINT_PRINTF(2, 3);

/* The whole of a fit: read the settings, check, choose the backend, refuse what does not fit, fit.
 * `c` owns the result. */
typedef struct cluster_run {
    const cluster_class *class;
    const stint_setting *settings;
    int n_settings;
    const char *device;
} cluster_run;
stint_status cluster_fit(ctx *c, const cluster_run *r, cluster_task *t, stint_clustering **out);
stint_status cluster_estimate(ctx *c, const cluster_run *r, cluster_task *t, cluster_cost *out);

#endif
