/* What a fit of k-means will hold and how it will go about it, decided before it begins. */
#ifndef CLUSTER_KMEANS_PLAN_H
#define CLUSTER_KMEANS_PLAN_H

#include "cluster/kmeans_run.h"

typedef struct kmeans_plan {
    kmeans_algorithm variant; /* not AUTO */
    bool keep;                /* panels of all rows stay in memory */
    bool seeds;               /* k-means++ begins the runs */
    bool small_batches;       /* mini-batch */
    int64_t runs;             /* starts */
    int at_once;              /* of them, on a thread each; 1 = the threads share one */
    int threads;
    int64_t bytes, least_bytes;
    char why[256];
} kmeans_plan;

/* The fastest that t->memory has room for; where nothing has, what needs least. */
void kmeans_plan_make(const cluster_task *t, const kmeans *p, kmeans_plan *out);

extern const char *const kmeans_algorithm_names[];

/* Mini-batch instead of a start and kmeans_rounds: `given`, in r->centers, or starts of its own. */
stint_status kmeans_batches(kmeans_run *r, const double *given, kmeans_watch *watch, void *self);
int64_t kmeans_batches_bytes(int64_t n, int64_t d, const kmeans *p);

#endif
