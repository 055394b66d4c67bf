/* Complete and average linkage by chain, on the distances of all pairs of clusters: kept as a
 * triangle of doubles where that fits, else had again from the rows whenever they are needed,
 * until so many clusters are merged that the triangle fits.  Both do the same arithmetic. */
#ifndef CLUSTER_CHAIN_PAIRS_H
#define CLUSTER_CHAIN_PAIRS_H

#include "cluster/linkage.h"

/* Whether and from how many clusters on the triangle is kept. */
typedef struct chain_pairs_plan {
    int64_t kept; /* clusters whose pairs fit; n = from the start */
    int64_t bytes, least_bytes;
    double operations;
} chain_pairs_plan;

chain_pairs_plan chain_pairs_planned(const linkage_run *r, int64_t memory);
stint_status chain_pairs(linkage_run *r, int64_t kept);

#endif
