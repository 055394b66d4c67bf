/* Single linkage by a minimum spanning tree in O(n) memory beside the rows (Prim 1957): rows join
 * the tree one by one, the nearest to it next, of equally near ones the lowest.  The merges are
 * between each row and the one that joined before it, at the new row's distance to the tree:
 * clusters at any height are runs of that order, so they need not name the tree's edges. */
#ifndef CLUSTER_MST_PRIM_H
#define CLUSTER_MST_PRIM_H

#include "cluster/linkage.h"

stint_status mst_prim(linkage_run *r);        /* of points */
stint_status mst_prim_given(linkage_run *r);  /* of a dense matrix */
int64_t mst_prim_bytes(int64_t n, int64_t d); /* d = 0: of a matrix */

#endif
