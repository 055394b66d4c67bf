/* The nearest-neighbour chain (Benzécri 1982, Juan 1982; Murtagh 1983): from any cluster to its
 * nearest, from there on to its nearest, until two are each other's nearest; these merge, and the
 * chain goes on from what is left of it.  For linkages that are reducible, as ward, complete and
 * average are, the merges are those of the greedy algorithm, in another order; each search costs
 * one scan, and there are at most 3n of them.
 *
 * Of clusters that are equally near, the one before in the chain is taken, then the lowest slot:
 * distances along the chain fall strictly, so it ends. */
#ifndef CLUSTER_CHAIN_H
#define CLUSTER_CHAIN_H

#include "cluster/linkage.h"

/* The clusters of a run, as every source of distances sees them. */
typedef struct chain {
    linkage_run *run;
    int64_t active;
    int32_t *size; /* [n] rows in each slot; 0 = merged away */
    int32_t *last; /* [n] number of the merge that made it; -1 = a row */
    int32_t *link; /* [n] the chain, */
    int64_t length;
    int32_t first; /* no cluster lives in a slot below */
} chain;

typedef struct chain_near {
    double apart;
    int32_t slot;
} chain_near;

/* The nearer of two, by (distance, slot). */
static inline bool chain_nearer(chain_near a, chain_near b)
{
    return a.apart < b.apart || (a.apart == b.apart && a.slot < b.slot);
}

/* Where distances come from. */
typedef struct chain_source {
    /* The cluster nearest to x; `before` ≥ 0 is the one before in the chain. */
    stint_status (*nearest)(void *self, int32_t x, int32_t before, chain_near *out);
    /* Slots a < b become b: called before their sizes change. */
    stint_status (*join)(void *self, int32_t a, int32_t b);
    double (*height)(const linkage_run *run, double apart);
    void *self;
} chain_source;

stint_status chain_open(chain *c, linkage_run *r);
void chain_close(chain *c);
int64_t chain_bytes(int64_t n);

/* Go on until `until` clusters are left; another source may take over then. */
stint_status chain_run(chain *c, const chain_source *s, int64_t until);

#endif
