#include "graph/recompute.h"

#include "graph/graph_impl.h"

#include <stdlib.h>

/* The plan for a budget.
 *
 * There is one family of plans for a graph, whatever the budget.  All is kept; or a share of the
 * bytes is given up in the order of recompute_order.c, with sources or without; or blocks of so
 * many heavy nodes are computed again: each in all of the forward part or in a first part of it,
 * with copies that serve all readers, with copies made anew for far ones, and with those made a
 * little ahead.  Plans are put in order, the fewest flops computed again first, and the first whose
 * slab fits is taken; where none fits, the one of the smallest slab.  So less budget never means a
 * larger slab nor fewer flops.
 *
 * Flops are counted by a walk over the list; a slab takes all passes, so none is found beyond the
 * first that fits.  Plans that take more than FORWARDS_MOST times the forward part's flops are
 * left out: they would copy runs of layers again and again. */

enum { PLANS_MOST = 1100, FEW_NODES = 2000, SOME_NODES = 20000, BLOCK_MOST = 64 };
#define FORWARDS_MOST 1.5

typedef struct family {
    recompute plan[PLANS_MOST];
    int n;
} family;

static stint_status add_plan(family *f, ir *r, recompute how, double most)
{
    TRY(recompute_count(r, &how));
    if (how.flops <= most && f->n < PLANS_MOST)
        f->plan[f->n++] = how;
    return STINT_OK;
}

/* Of one kind: shares of what may go in the first part, and blocks of it. */
static stint_status add_part(family *f, ir *r, recompute how, int shares, double most)
{
    for (int i = 0; i <= 2 * shares + 1; i++) {
        how.sources = i > shares;
        how.share = (double)(i % (shares + 1)) / shares;
        TRY(add_plan(f, r, how, most));
    }
    how.sources = false;
    how.share = 0;
    for (how.block = 1; how.block < BLOCK_MOST; how.block += how.block / 2 + 1)
        TRY(add_plan(f, r, how, most));
    return STINT_OK;
}

/* The larger the graph, the longer a try, the fewer of them. */
static stint_status make_family(family *f, ir *r, const recompute *asked)
{
    bool few = r->nodes.n <= FEW_NODES;
    int shares = r->nodes.n <= SOME_NODES ? 32 : 12, parts = few ? 4 : 1;
    double most = FORWARDS_MOST * recompute_forward_flops(r);
    for (int again = 0; again <= 2 * few; again++)
        for (int i = 1; i <= parts; i++) {
            recompute how = {.how = asked->how,
                             .value = asked->value,
                             .again = again > 0,
                             .ahead = again > 1,
                             .part = (double)i / parts};
            TRY(add_part(f, r, how, shares, most));
        }
    return STINT_OK;
}

static int fewer_flops_first(const void *a, const void *b)
{
    const recompute *x = a, *y = b;
    if (x->flops != y->flops)
        return x->flops < y->flops ? -1 : 1;
    if (x->nodes != y->nodes)
        return x->nodes < y->nodes ? -1 : 1;
    if (x->kept_bytes != y->kept_bytes)
        return x->kept_bytes < y->kept_bytes ? -1 : 1;
    if (x->ahead != y->ahead)
        return x->ahead ? 1 : -1;
    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    if (x->share != y->share)
        return x->share < y->share ? -1 : 1;
    if (x->part != y->part)
        return x->part < y->part ? -1 : 1;
    if (x->sources != y->sources)
        return x->sources ? 1 : -1;
    return x->again - y->again;
}

/* Plans that keep as many bytes and copy as many nodes of as many flops are taken for the same. */
static bool is_same(const recompute *a, const recompute *b)
{
    return a->flops == b->flops && a->nodes == b->nodes && a->kept_bytes == b->kept_bytes &&
           a->ahead == b->ahead;
}

stint_status recompute_search(ir *r, recompute *how, recompute_try *try_plan, void *self)
{
    family *f = mem_new(r->c, TAG_GRAPH, family, 1);
    if (!f)
        return STINT_ENOMEM;
    stint_status s = make_family(f, r, how);
    qsort(f->plan, (size_t)f->n, sizeof *f->plan, fewer_flops_first);
    int64_t least = INT64_MAX;
    int best = 0;
    for (int i = 0; i < f->n && !s && least > how->value; i++) {
        int64_t peak;
        if (i > 0 && is_same(&f->plan[i], &f->plan[i - 1]))
            continue;
        s = try_plan(self, &f->plan[i], &peak);
        if (!s && peak < least) {
            least = peak;
            best = i;
        }
    }
    if (!s)
        *how = f->plan[best];
    mem_free(f);
    return s;
}
