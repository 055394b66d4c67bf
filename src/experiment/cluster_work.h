/* `stint cluster`, from a request to what is written: the parts and what they share.
 *
 *     ask ──> read ──> plan ──> fit (or sweep) ──> measure ──> labels, report ──> say
 */
#ifndef EXPERIMENT_CLUSTER_WORK_H
#define EXPERIMENT_CLUSTER_WORK_H

#include "base/json.h"
#include "cluster/cluster.h"
#include "data/source.h"
#include "experiment/cluster_columns.h"
#include "experiment/watch.h"

#define CLUSTER_SWEEP_MOST 200 /* numbers of clusters of one sweep */

/* How good a labelling is, and where its rows lie: of a sample, which the report shows. */
typedef struct cluster_measures {
    int64_t rows;      /* of the sample; 0 = nothing was measured */
    double silhouette; /* NaN = not defined: one cluster, or each row its own */
    double *each;      /* [n_clusters] mean silhouette of a cluster's rows; NaN = none */
    int32_t *labels;   /* [rows] */
    double *plane;     /* [2][rows] along the first two principal components; NULL = not asked */
    double shares[2];  /* of the variance */
} cluster_measures;

typedef struct cluster_tried {
    int64_t k;
    double inertia, silhouette;
} cluster_tried;

/* A step of the command and the private memory that it takes, over all processes, at most. */
typedef enum cluster_step {
    STEP_READ,
    STEP_FIT,
    STEP_MEASURE,
    STEP_WRITE,
    CLUSTER_STEPS
} cluster_step;
const char *cluster_step_name(cluster_step s);

typedef struct cluster_work {
    ctx *ctx;
    const stint_cluster_table_request *request;
    arena arena;
    double began;
    watch *watch;

    const cluster_class *class;
    cluster_run run;      /* its settings have room for one more */
    const char *init;     /* a table with centres; NULL = none */
    int64_t n_clusters;   /* as asked; 0 = the method decides */
    int64_t from, to;     /* of a sweep; 0 = none */
    int64_t memory, base; /* of the whole command; what the process holds of itself */

    source_facts facts;
    ingest_result ingested;
    colfile file;
    bool opened;
    cluster_columns columns;
    points points;
    double *centers; /* [n_clusters][d] to begin from, or NULL */
    bool pairs;      /* the table is a matrix of pairs: metric or affinity precomputed */
    double *matrix;  /* [n][n] of those */

    pool *pool;
    cluster_cost cost;
    int64_t steps[CLUSTER_STEPS];

    stint_clustering *found;
    cluster_measures measures;
    cluster_tried *tried;     /* [n_tried] of a sweep */
    int n_tried, elbow, best; /* into `tried`; -1 = none */
} cluster_work;

/* cluster_ask.c: hold the request to what can be asked. */
stint_status cluster_ask(cluster_work *w);

/* cluster_plan.c: what the steps take, and the pool for the fit; `n` and `d` may be upper bounds.
 * STINT_EPLAN with the smallest memory that would do. */
stint_status cluster_plan_table(cluster_work *w, int64_t n, int64_t d);
stint_status cluster_plan_check(cluster_work *w);
/* What a clustering of k clusters keeps. */
int64_t cluster_found_bytes(const cluster_class *class, int64_t n, int64_t d, int64_t k);
/* What the fit may hold. */
int64_t cluster_fit_memory(const cluster_work *w);

/* cluster_init.c: centres from a table. */
stint_status cluster_read_centers(cluster_work *w);

/* cluster_fit_table.c: what is fitted, as it stands; one fit with so many clusters (0 = as the settings say). */
cluster_task cluster_task_of(const cluster_work *w);
stint_status cluster_fit_table(cluster_work *w, int64_t k, stint_clustering **out);

/* cluster_sweep.c: one fit for each number of clusters; the best silhouette's is kept. */
stint_status cluster_sweep(cluster_work *w);

/* cluster_measure.c */
stint_status cluster_measure(cluster_work *w, const stint_clustering *m, bool plane,
                             cluster_measures *out);
void cluster_measures_free(cluster_measures *k);
int64_t cluster_measure_rows(int64_t n, int64_t d);
int64_t cluster_measure_bytes(int64_t n, int64_t d, int64_t k);

/* cluster_labels.c: row and label, in the format that a name ends in. */
stint_status cluster_labels_check(ctx *c, const char *to);
stint_status cluster_labels_write(cluster_work *w, const char *to);
int64_t cluster_labels_bytes(const char *to, int threads);
/* Row and label as a column file; rows NULL = 0, 1, … */
stint_status cluster_columns_write(ctx *c, const char *path, const int64_t *rows,
                                   const int32_t *labels, int64_t n);

/* cluster_report.c: a directory, whole or not at all. */
stint_status cluster_report_check(ctx *c, const char *dir);
stint_status cluster_report_write(cluster_work *w, const char *dir);
#define CLUSTER_REPORT_BYTES ((int64_t)16 << 20) /* one picture, the page with all of them */

/* cluster_say.c: the results; `measured`: seconds, memory, device too. */
void cluster_say_json(const cluster_work *w, bool measured, str *out);
void cluster_say_text(const cluster_work *w, str *out);
void cluster_say_plan(const cluster_work *w, str *out);

#endif
