/* Which way leads to the merges of a fit: the variant that the linkage, a graph and the memory
 * decide on, and what it takes. */
#ifndef CLUSTER_AGGLOMERATIVE_WAY_H
#define CLUSTER_AGGLOMERATIVE_WAY_H

#include "cluster/linkage.h"

typedef struct agglomerative_way {
    const char *variant, *why;
    int64_t bytes, least; /* the whole fit, result and all; with which one is possible */
    int64_t kept;         /* of pairs: from how many clusters on their distances are kept */
    double operations;
    int64_t whole; /* bytes with which fewer operations would do; 0 = none */
    double whole_operations;
} agglomerative_way;

/* The pairs of the task are a matrix of distances; there is a graph, given or of neighbours. */
bool agglomerative_is_given(const cluster_task *t);
bool agglomerative_has_graph(const cluster_task *t, const agglomerative *p);

agglomerative_way agglomerative_way_of(const linkage_run *r, const agglomerative *p);

#endif
