/* Where the lines of a dendrogram go, for a picture: leaves stand side by side, every merge is a bar
 * over its two children at its height.
 *
 * Of a large tree the last merges are shown; a cluster below them is one leaf.  Bars come in the
 * order of their merges, so a bar's children come before it; the child with fewer rows is at the
 * left, as far as rows are equal the lower node. */
#ifndef CLUSTER_DENDROGRAM_H
#define CLUSTER_DENDROGRAM_H

#include "base/arena.h"
#include "stint/cluster.h"

typedef struct dendrogram_leaf {
    int64_t node; /* a row, or n + the merge that is not shown */
    int64_t rows;
    double height; /* of that merge; 0 of a row */
    int32_t label; /* of its rows; -1 = they have several */
} dendrogram_leaf;

typedef struct dendrogram_bar {
    double left, right; /* x of its children: 0 is the first leaf, 1 the next */
    double left_height, right_height, height;
    int32_t label; /* of all rows below; -1 = they have several */
} dendrogram_bar;

typedef struct dendrogram {
    dendrogram_leaf *leaves; /* [n_leaves] from the left */
    int64_t n_leaves;
    dendrogram_bar *bars; /* [n_bars] */
    int64_t n_bars;
    double height; /* the largest */
} dendrogram;

/* The last `most` merges of a tree (0 = all); `labels` [leaves of the tree] or NULL.  Arrays are
 * the arena's.  Cost: O(n). */
stint_status dendrogram_lay_out(arena *a, const stint_dendrogram *tree, const int32_t *labels,
                                int64_t most, dendrogram *out);

#endif
