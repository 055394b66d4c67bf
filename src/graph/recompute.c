#include "graph/rewrite.h"

#include "graph/graph_impl.h"

#include <stdlib.h>
#include <string.h>

/* Computing again instead of keeping.
 *
 * The list is cut in two where the first node of a gradient was made: early nodes, late ones.  A
 * policy says which early values are kept.  The list is then written anew: where a late node reads
 * an early value that is not kept, a copy of the node that made it is put before, and copies of
 * what that one reads and is not kept either, down to kept values and leaves.  A copy serves all
 * later readers.  So a run of layers that is not kept is computed again as a whole when the first
 * gradient within it needs a value.
 *
 * Always kept: what is wanted outside, random numbers, and what in-place work makes, takes part in
 * or overwrites, since its inputs are gone by then. */

typedef struct choice {
    ir *r;
    recompute *how;
    int32_t boundary; /* the first late node */
    bool *kept;       /* [nodes] early values */
    int32_t *copy;    /* [nodes] where late nodes read it in the new list, -1 = where it is */
    rewrite list;
    VEC(int32_t) open; /* copies under way */
} choice;

static ir_node *at(const choice *w, int32_t i)
{
    return &w->r->nodes.at[i];
}

static int32_t find_boundary(const ir *r)
{
    for (int32_t i = 0; i < r->nodes.n; i++)
        if (ir_computed(&r->nodes.at[i]) && r->nodes.at[i].of->of_gradient)
            return i;
    return (int32_t)r->nodes.n;
}

static bool is_heavy(const ir_node *n)
{
    return ir_op(n)->kind != OP_KIND_ELEMENT;
}

/* ---- what must be kept, whatever the policy */

static bool reads_overwritten(const ir *r, const ir_node *n, const bool *overwritten)
{
    for (int k = 0; k < n->operands; k++) {
        int32_t root = ir_operand_of(r, n, k).root;
        if (overwritten[root] && !r->nodes.at[root].leaf)
            return true;
    }
    return false;
}

/* Leaves that a late node overwrites can be read until then: the schedule keeps their readers
 * first. */
static stint_status keep_what_must_be(choice *w)
{
    const ir *r = w->r;
    bool *early_overwritten = mem_new(r->c, TAG_GRAPH, bool, r->nodes.n + 1);
    if (!early_overwritten)
        return STINT_ENOMEM;
    for (int32_t i = 0; i < r->nodes.n; i++)
        if (at(w, i)->overwrites >= 0 && (i < w->boundary || !at(w, at(w, i)->overwrites)->leaf))
            early_overwritten[ir_find(r, at(w, i)->overwrites)] = true;
    for (int32_t i = 0; i < w->boundary; i++) {
        const ir_node *n = at(w, i);
        bool gone = early_overwritten[i] || n->overwrites >= 0 ||
                    reads_overwritten(r, n, early_overwritten);
        for (int k = 0; k < n->operands && !gone; k++) /* leaves overwritten by early nodes */
            gone = early_overwritten[ir_operand_of(r, n, k).root];
        w->kept[i] = !ir_computed(n) || n->output || n->of->op == OP_RANDOM || gone;
    }
    mem_free(early_overwritten);
    return STINT_OK;
}

/* ---- policies */

static bool read_late(const choice *w, int32_t i)
{
    const ir_node *n = at(w, i);
    for (int32_t k = 0; k < n->readers; k++)
        if (w->r->readers.at[n->reader + k] >= w->boundary)
            return true;
    return false;
}

static stint_status keep_between_blocks(choice *w)
{
    int32_t *block = mem_new(w->r->c, TAG_GRAPH, int32_t, w->boundary + 1);
    int64_t heavy = 0, each = w->how->value > 0 ? w->how->value : 1;
    if (!block)
        return STINT_ENOMEM;
    for (int32_t i = 0; i < w->boundary; i++) {
        block[i] = (int32_t)(heavy / each);
        heavy += ir_computed(at(w, i)) && is_heavy(at(w, i));
    }
    /* a heavy node opens the block that its number is in; what follows it is of that block */
    for (int32_t i = 0; i < w->boundary; i++) {
        const ir_node *n = at(w, i);
        for (int32_t k = 0; k < n->readers; k++) {
            int32_t reader = w->r->readers.at[n->reader + k];
            w->kept[i] |= reader < w->boundary && block[reader] != block[i];
        }
    }
    mem_free(block);
    return STINT_OK;
}

static void keep_costly(choice *w)
{
    for (int32_t i = 0; i < w->boundary; i++)
        w->kept[i] |= ir_op(at(w, i))->flops(at(w, i)->of) >= (double)w->how->value;
}

typedef struct candidate {
    double cost; /* flops a byte */
    uint32_t turn;
    int32_t node;
} candidate;

static int cheaper_first(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return (x->turn > y->turn) - (x->turn < y->turn);
}

/* Equal candidates take turns by their number's bits read backwards: any prefix leaves those that
 * are kept evenly spread, and the runs between them short. */
static uint32_t backwards(uint32_t x)
{
    uint32_t y = 0;
    for (int i = 0; i < 32; i++, x >>= 1)
        y = y << 1 | (x & 1);
    return y;
}

static stint_status keep_but_prefix(choice *w)
{
    recompute *how = w->how;
    candidate *c = mem_new(w->r->c, TAG_GRAPH, candidate, w->boundary + 1);
    uint32_t n = 0;
    if (!c)
        return STINT_ENOMEM;
    for (int32_t i = 0; i < w->boundary; i++) {
        if (w->kept[i] || !read_late(w, i)) /* what only early nodes read is not kept anyway */
            continue;
        double bytes = (double)node_bytes(at(w, i)->of) + 1;
        c[n] = (candidate){ir_op(at(w, i))->flops(at(w, i)->of) / bytes, backwards(n), i};
        w->kept[i] = true;
        n++;
    }
    qsort(c, n, sizeof *c, cheaper_first);
    how->candidates = n;
    for (int64_t i = 0; i < how->prefix && i < (int64_t)n; i++)
        w->kept[c[i].node] = false;
    mem_free(c);
    return STINT_OK;
}

static stint_status choose(choice *w)
{
    recompute *how = w->how;
    TRY(keep_what_must_be(w));
    if (how->how == STINT_RECOMPUTE_BLOCKS)
        TRY(keep_between_blocks(w));
    if (how->how == STINT_RECOMPUTE_SELECTIVE)
        keep_costly(w);
    if (how->how == STINT_RECOMPUTE_BUDGET)
        TRY(keep_but_prefix(w));
    return STINT_OK;
}

/* ---- the new list */

static bool is_missing(const choice *w, int32_t i)
{
    return i < w->boundary && !w->kept[i] && w->copy[i] < 0;
}

static stint_status copy_root(void *self, int32_t node, ir_operand o, int32_t *root)
{
    const choice *w = self;
    (void)node;
    *root = w->copy[o.root] >= 0 ? w->copy[o.root] : w->list.place[o.root];
    return STINT_OK;
}

/* What a copy of `top` still waits for is opened; true = nothing. */
static stint_status open_missing(choice *w, int32_t top, bool *ready)
{
    const ir_node *n = at(w, top);
    *ready = true;
    for (int k = 0; k < n->operands; k++) {
        int32_t from = ir_operand_of(w->r, n, k).root;
        if (!is_missing(w, from))
            continue;
        *ready = false;
        TRY(vec_push(w->r->c, TAG_GRAPH, &w->open, from));
    }
    return STINT_OK;
}

/* Copies of i and of what it needs, what it needs first.  A stack instead of recursion: runs of
 * layers may be long. */
static stint_status add_copies(choice *w, int32_t i)
{
    TRY(vec_push(w->r->c, TAG_GRAPH, &w->open, i));
    while (w->open.n > 0) {
        int32_t top = w->open.at[w->open.n - 1];
        bool ready = true;
        if (w->copy[top] < 0)
            TRY(open_missing(w, top, &ready));
        if (!ready)
            continue;
        w->open.n--;
        if (w->copy[top] >= 0)
            continue;
        TRY(rewrite_add(&w->list, top, copy_root, w, &w->copy[top]));
        w->how->nodes++;
        w->how->flops += ir_op(at(w, top))->flops(at(w, top)->of);
    }
    return STINT_OK;
}

/* Early nodes read each other; late ones read copies of what was not kept. */
static stint_status root_of(void *self, int32_t node, ir_operand o, int32_t *root)
{
    choice *w = self;
    if (node < w->boundary) {
        *root = w->list.place[o.root];
        return STINT_OK;
    }
    if (is_missing(w, o.root))
        TRY(add_copies(w, o.root));
    return copy_root(w, node, o, root);
}

stint_status ir_recompute(ir *r, recompute *how)
{
    if (how->how == STINT_KEEP_ALL)
        return STINT_OK;
    int64_t n = r->nodes.n;
    choice w = {.r = r, .how = how, .boundary = find_boundary(r)};
    stint_status s = rewrite_init(&w.list, r);
    w.kept = mem_new(r->c, TAG_GRAPH, bool, n + 1);
    w.copy = mem_new(r->c, TAG_GRAPH, int32_t, n + 1);
    if (!w.kept || !w.copy)
        s = STINT_ENOMEM;
    for (int64_t i = 0; i < n && !s; i++)
        w.copy[i] = -1;
    if (!s)
        s = choose(&w);
    for (int32_t i = 0; i < n && !s; i++)
        if (at(&w, i)->same < 0 && at(&w, i)->live)
            s = rewrite_add(&w.list, i, root_of, &w, &w.list.place[i]);
    if (!s)
        s = rewrite_finish(&w.list);
    rewrite_deinit(&w.list);
    vec_free(&w.open);
    mem_free(w.kept);
    mem_free(w.copy);
    return s;
}
