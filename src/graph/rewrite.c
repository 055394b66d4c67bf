#include "graph/rewrite.h"

#include "graph/graph_impl.h"

#include <string.h>

stint_status rewrite_init(rewrite *w, ir *r)
{
    *w = (rewrite){.r = r};
    w->place = mem_new(r->c, TAG_GRAPH, int32_t, r->nodes.n + 1);
    if (!w->place)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < r->nodes.n; i++)
        w->place[i] = -1;
    return STINT_OK;
}

void rewrite_deinit(rewrite *w)
{
    vec_free(&w->nodes);
    vec_free(&w->operands);
    vec_free(&w->roots);
    mem_free(w->place);
}

stint_status rewrite_add(rewrite *w, int32_t i, rewrite_root *root, void *self, int32_t *placed)
{
    ir *r = w->r;
    const ir_node *old = &r->nodes.at[i];
    int64_t first = w->roots.n;
    for (int k = 0; k < old->operands; k++) { /* which may add nodes of their own */
        int32_t at;
        TRY(root(self, i, ir_operand_of(r, old, k), &at));
        TRY(vec_push(r->c, TAG_GRAPH, &w->roots, at));
    }
    ir_node n = *old;
    n.operand = (int32_t)w->operands.n;
    n.same = -1;
    n.overwrites = old->overwrites < 0 ? -1 : w->place[ir_find(r, old->overwrites)];
    for (int k = 0; k < old->operands; k++) {
        ir_operand o = {w->roots.at[first + k], ir_operand_of(r, old, k).view};
        TRY(vec_push(r->c, TAG_GRAPH, &w->operands, o));
    }
    w->roots.n = first;
    *placed = (int32_t)w->nodes.n;
    return vec_push(r->c, TAG_GRAPH, &w->nodes, n);
}

stint_status rewrite_insert(rewrite *w, node *of, const node *view, int32_t root, int32_t *placed)
{
    ir_node n = {.of = of,
                 .operand = (int32_t)w->operands.n,
                 .operands = 1,
                 .overwrites = -1,
                 .same = -1,
                 .group = -1,
                 .next = -1,
                 .live = true};
    TRY(vec_push(w->r->c, TAG_GRAPH, &w->operands, (ir_operand){root, view}));
    *placed = (int32_t)w->nodes.n;
    return vec_push(w->r->c, TAG_GRAPH, &w->nodes, n);
}

static void find_overwritten(ir *r)
{
    for (int64_t i = 0; i < r->nodes.n; i++)
        r->nodes.at[i].overwritten = -1;
    for (int32_t i = 0; i < r->nodes.n; i++)
        if (r->nodes.at[i].overwrites >= 0)
            r->nodes.at[r->nodes.at[i].overwrites].overwritten = i;
}

stint_status rewrite_finish(rewrite *w)
{
    ir *r = w->r;
    for (int64_t i = 0; i < r->nodes.n; i++)
        if (w->place[i] >= 0)
            r->nodes.at[i].of->index = w->place[i]; /* outputs are found by it */
    vec_free(&r->nodes);
    vec_free(&r->operands);
    memcpy(&r->nodes, &w->nodes, sizeof r->nodes);
    memcpy(&r->operands, &w->operands, sizeof r->operands);
    memset(&w->nodes, 0, sizeof w->nodes);
    memset(&w->operands, 0, sizeof w->operands);
    find_overwritten(r);
    return ir_find_readers(r);
}
