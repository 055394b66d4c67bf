/* Inside the recompute pass: which early values are kept (recompute_choose.c, recompute_order.c),
 * the list written anew (recompute.c), and the search for a plan within a budget
 * (recompute_search.c). */
#ifndef GRAPH_RECOMPUTE_H
#define GRAPH_RECOMPUTE_H

#include "graph/ir.h"

typedef struct choice {
    const ir *r;
    const recompute *how;
    int32_t boundary; /* the first late node */
    bool *kept;       /* [nodes] early values; at first, those that must be */
} choice;

static inline const ir_node *choice_at(const choice *w, int32_t i)
{
    return &w->r->nodes.at[i];
}
static inline double choice_flops(const choice *w, int32_t i)
{
    return ir_op(choice_at(w, i))->flops(choice_at(w, i)->of);
}
static inline bool choice_is_heavy(const ir_node *n)
{
    return ir_computed(n) && ir_op(n)->kind != OP_KIND_ELEMENT;
}

/* By the policy. */
stint_status recompute_choose(choice *w);
/* Keep what late nodes read, but the first values in the order of eviction: so many that their
 * bytes are this share of those of all that may go.  In the first part of the heavy nodes all may,
 * after that what is cheap to compute again. */
stint_status recompute_evict(choice *w, double part, double share);

/* What ir_recompute would compute again, and the forward part's flops; the list stays. */
stint_status recompute_count(ir *r, recompute *how);
double recompute_forward_flops(const ir *r);

#endif
