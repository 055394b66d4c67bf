/* The distances of one cluster to all others from those of its rows, in the arithmetic and the
 * order in which a kept matrix has them.
 *
 * Beside any third cluster a merge is a function of its two parts (linkage_rows.h), and what was
 * merged last is split first.  So a vector over the slots is carried through time: a row's begins as
 * its distances to all rows; merges elsewhere that came before its own are done to the vector's
 * elements; then the vectors of both parts become one.  The part that needs more vectors goes
 * first, so log2(n) + 1 are enough (Ershov 1958).
 *
 * Cost of a cluster: its rows × all rows × features. */
#ifndef CLUSTER_CHAIN_AGAIN_H
#define CLUSTER_CHAIN_AGAIN_H

#include "cluster/chain.h"
#include "cluster/linkage_rows.h"

typedef struct chain_again {
    linkage_run *run;
    const chain *chain;
    const linkage_rows *rows;
    double *vectors;  /* [deepest][panels * 16] */
    double *q;        /* [d] */
    int32_t *part[2]; /* [n-1] of each merge: a merge, or -1 - row; of slots a and b */
    int32_t *size[2]; /* [n-1] their rows */
    uint8_t *need;    /* [n-1] vectors that a merge takes */
    int32_t *stack;   /* [n] merges under way */
    int32_t *list;    /* [n] slots that may be alive, ascending */
    int64_t listed;
    int64_t from; /* panel of the shared row */
    int32_t row;
    double *to;
} chain_again;

stint_status chain_again_open(chain_again *k, linkage_run *r, const chain *c,
                              const linkage_rows *rows);
void chain_again_close(chain_again *k);
int64_t chain_again_bytes(int64_t n, int64_t d);

/* The distances of slot x to all others that are alive, by slot; valid until the next call. */
stint_status chain_again_apart(chain_again *k, int32_t x, const double **out);

stint_status chain_again_nearest(void *self, int32_t x, int32_t before, chain_near *out);
stint_status chain_again_join(void *self, int32_t a, int32_t b);

#endif
