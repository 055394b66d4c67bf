/* Ward's linkage (1963) by chain on vectors: the distance of two clusters follows from their
 * centres and sizes,
 *
 *     height = √(2 |A| |B| / (|A| + |B|)) · ‖centre A - centre B‖
 *
 * so no pair is kept: O(n d) memory. */
#ifndef CLUSTER_CHAIN_WARD_H
#define CLUSTER_CHAIN_WARD_H

#include "cluster/linkage.h"

stint_status chain_ward(linkage_run *r);
int64_t chain_ward_bytes(int64_t n, int64_t d);

#endif
