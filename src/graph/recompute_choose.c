#include "graph/recompute.h"

#include "graph/graph_impl.h"

/* Policies: which early values are kept, of those that need not be.
 *
 * BLOCKS cuts the early list where its heavy nodes' count reaches a multiple of a number, and keeps
 * what passes between the parts (Chen, Xu, Zhang, Guestrin 2016; with √n parts of n nodes both the
 * kept and the copies of one part are √n).  Of a BUDGET's plans some do so for the first parts
 * alone, and keep all that late nodes read of the others: the last part's gradients come first,
 * when most is kept, so copies of it would save nothing. */

/* Block numbers of early nodes: a heavy node opens the block that its number is in; what follows
 * it is of that block. */
static int32_t *find_blocks(const choice *w, int64_t each, int64_t *heavy)
{
    int32_t *block = mem_new(w->r->c, TAG_GRAPH, int32_t, w->boundary + 1);
    each = each > 0 ? each : 1;
    *heavy = 0;
    for (int32_t i = 0; block && i < w->boundary; i++) {
        block[i] = (int32_t)(*heavy / each);
        *heavy += choice_is_heavy(choice_at(w, i));
    }
    return block;
}

static bool is_read_outside(const choice *w, int32_t i, const int32_t *block)
{
    const ir_node *n = choice_at(w, i);
    for (int32_t k = 0; k < n->readers; k++) {
        int32_t reader = w->r->readers.at[n->reader + k];
        if (reader < w->boundary && block[reader] != block[i])
            return true;
    }
    return false;
}

static stint_status keep_between_blocks(choice *w, int64_t each, double part)
{
    int64_t heavy;
    int32_t *block = find_blocks(w, each, &heavy);
    if (!block)
        return STINT_ENOMEM;
    for (int32_t i = 0; i < w->boundary; i++) {
        bool cut = (double)block[i] * (double)each < part * (double)heavy;
        w->kept[i] |= !cut || is_read_outside(w, i, block);
    }
    mem_free(block);
    return STINT_OK;
}

static void keep_costly(choice *w)
{
    for (int32_t i = 0; i < w->boundary; i++)
        w->kept[i] |= choice_flops(w, i) >= (double)w->how->value;
}

stint_status recompute_choose(choice *w)
{
    const recompute *how = w->how;
    if (how->how == STINT_RECOMPUTE_BLOCKS)
        return keep_between_blocks(w, how->value, 1);
    if (how->how == STINT_RECOMPUTE_SELECTIVE)
        keep_costly(w);
    if (how->how == STINT_RECOMPUTE_BUDGET && how->block > 0)
        return keep_between_blocks(w, how->block, how->part);
    if (how->how == STINT_RECOMPUTE_BUDGET)
        return recompute_evict(w, how->part, how->share);
    return STINT_OK;
}
