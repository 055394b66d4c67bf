/* Entries of a matrix that is given by rows. */
#ifndef CLUSTER_PAIRS_H
#define CLUSTER_PAIRS_H

#include "stint/cluster.h"

/* The place of entry (i, j) in p->column and p->value, -1 where there is none.  Columns ascend. */
static inline int64_t pairs_entry(const stint_pairs *p, int64_t i, int64_t j)
{
    int64_t from = p->row[i], to = p->row[i + 1];
    while (from < to) {
        int64_t half = from + (to - from) / 2;
        if (p->column[half] < j)
            from = half + 1;
        else
            to = half;
    }
    return from < p->row[i + 1] && p->column[from] == j ? from : -1;
}

#endif
