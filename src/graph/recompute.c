#include "graph/recompute.h"

#include "graph/graph_impl.h"
#include "graph/rewrite.h"

/* Computing again instead of keeping.
 *
 * The list is cut in two where the first node of a gradient was made: early nodes, late ones.  A
 * policy says which early values are kept.  The list is then written anew: where a late node reads
 * an early value that is not kept, a copy of the node that made it is put before, and copies of
 * what that one reads and is not kept either, down to kept values and leaves.  A copy serves all
 * later readers, so a run of layers that is not kept is computed again as a whole when the first
 * gradient within it needs a value; or, where a plan says so, those near it: what is read again
 * later is copied anew, and lives twice for a moment instead of once for long.  Copies are never
 * merged into the forward steps whose values they read: they would be kept after all.
 *
 * Always kept: what is wanted outside, random numbers, and what in-place work makes, takes part in
 * or overwrites, since its inputs are gone by then. */

/* A copy is made anew for a reader after so many heavy ones without a use. */
enum { AGAIN_AFTER = 2 };

typedef struct copying {
    choice choice;
    ir *r;
    recompute *how;
    int32_t *copy; /* [nodes] where late nodes read it in the new list, -1 = where it is */
    int32_t *used; /* [nodes] copies: the time of their latest use */
    bool *light;   /* [nodes] element-wise work over kept values */
    int32_t time;  /* odd for heavy late nodes, even for all between two of them */
    rewrite list;
    VEC(int32_t) open; /* copies under way */
} copying;

static int32_t find_boundary(const ir *r)
{
    for (int32_t i = 0; i < r->nodes.n; i++)
        if (ir_computed(&r->nodes.at[i]) && r->nodes.at[i].of->of_gradient)
            return i;
    return (int32_t)r->nodes.n;
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

static bool overwrites_early(const choice *w, int32_t i)
{
    int32_t old = choice_at(w, i)->overwrites;
    return old >= 0 && (i < w->boundary || !choice_at(w, old)->leaf);
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
        if (overwrites_early(w, i))
            early_overwritten[ir_find(r, choice_at(w, i)->overwrites)] = true;
    for (int32_t i = 0; i < w->boundary; i++) {
        const ir_node *n = choice_at(w, i);
        bool gone = early_overwritten[i] || n->overwrites >= 0 ||
                    reads_overwritten(r, n, early_overwritten);
        for (int k = 0; k < n->operands && !gone; k++) /* leaves overwritten by early nodes */
            gone = early_overwritten[ir_operand_of(r, n, k).root];
        w->kept[i] = !ir_computed(n) || n->output || n->of->op == OP_RANDOM || gone;
    }
    mem_free(early_overwritten);
    return STINT_OK;
}

/* ---- the new list */

/* Light copies serve one heavy node, or what stands between two: so they become part of the step
 * that reads them, and have no memory at all. */
static bool is_stale(const copying *w, int32_t i)
{
    int32_t idle = w->time - w->used[i];
    return w->how->again && idle > (w->light[i] ? 0 : 2 * AGAIN_AFTER);
}

static bool is_missing(const copying *w, int32_t i)
{
    return i < w->choice.boundary && !w->choice.kept[i] && (w->copy[i] < 0 || is_stale(w, i));
}

static void look_at_kept(copying *w)
{
    for (int32_t i = 0; i < w->choice.boundary; i++) {
        const ir_node *n = choice_at(&w->choice, i);
        w->how->kept_bytes += w->choice.kept[i] && ir_computed(n) ? node_bytes(n->of) : 0;
        w->light[i] = !choice_is_heavy(n);
        for (int k = 0; k < n->operands; k++) {
            int32_t from = ir_operand_of(w->r, n, k).root;
            w->light[i] &= w->choice.kept[from] || w->light[from];
        }
    }
}

static stint_status copy_root(void *self, int32_t node, ir_operand o, int32_t *root)
{
    copying *w = self;
    (void)node;
    *root = w->copy[o.root] >= 0 ? w->copy[o.root] : w->list.place[o.root];
    w->used[o.root] = w->time;
    return STINT_OK;
}

/* What a copy of `top` still waits for is opened; true = nothing. */
static stint_status open_missing(copying *w, int32_t top, bool *ready)
{
    const ir_node *n = choice_at(&w->choice, top);
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

static stint_status add_copy(copying *w, int32_t i)
{
    int32_t placed;
    TRY(rewrite_add(&w->list, i, copy_root, w, &placed));
    w->list.nodes.at[placed].copy = true;
    w->copy[i] = placed;
    w->used[i] = w->time;
    w->how->nodes++;
    w->how->flops += choice_flops(&w->choice, i);
    return STINT_OK;
}

/* Copies of i and of what it needs, what it needs first.  A stack instead of recursion: runs of
 * layers may be long. */
static stint_status add_copies(copying *w, int32_t i)
{
    TRY(vec_push(w->r->c, TAG_GRAPH, &w->open, i));
    while (w->open.n > 0) {
        int32_t top = w->open.at[w->open.n - 1];
        bool ready = true;
        if (is_missing(w, top))
            TRY(open_missing(w, top, &ready));
        if (!ready)
            continue;
        w->open.n--;
        if (is_missing(w, top))
            TRY(add_copy(w, top));
    }
    return STINT_OK;
}

/* Early nodes read each other; late ones read copies of what was not kept. */
static stint_status root_of(void *self, int32_t node, ir_operand o, int32_t *root)
{
    copying *w = self;
    if (node < w->choice.boundary) {
        *root = w->list.place[o.root];
        return STINT_OK;
    }
    if (is_missing(w, o.root))
        TRY(add_copies(w, o.root));
    return copy_root(w, node, o, root);
}

/* Of a product's two gradients the second reads a forward value: where that is made of much else,
 * there is more room for it before the first gradient than beside it. */
static stint_status copy_ahead(copying *w, int32_t i)
{
    const ir *r = w->r;
    do
        i++;
    while (i < r->nodes.n && !choice_is_heavy(&r->nodes.at[i]));
    for (int k = 0; i < r->nodes.n && k < r->nodes.at[i].operands; k++) {
        int32_t from = ir_operand_of(r, &r->nodes.at[i], k).root;
        if (is_missing(w, from) && !w->light[from])
            TRY(add_copies(w, from));
    }
    return STINT_OK;
}

static stint_status add_node(copying *w, int32_t i)
{
    bool heavy = i >= w->choice.boundary && choice_is_heavy(&w->r->nodes.at[i]);
    w->time += heavy;
    if (heavy && w->how->ahead)
        TRY(copy_ahead(w, i));
    TRY(rewrite_add(&w->list, i, root_of, w, &w->list.place[i]));
    w->time += heavy;
    return STINT_OK;
}

static stint_status write_list(copying *w)
{
    ir *r = w->r;
    int64_t n = r->nodes.n;
    for (int64_t i = 0; i < n; i++)
        w->copy[i] = -1;
    TRY(keep_what_must_be(&w->choice));
    TRY(recompute_choose(&w->choice));
    look_at_kept(w);
    for (int32_t i = 0; i < n; i++) {
        if (r->nodes.at[i].same < 0 && r->nodes.at[i].live)
            TRY(add_node(w, i));
    }
    return STINT_OK;
}

static stint_status run(ir *r, recompute *how, bool keep_list)
{
    copying w = {.choice = {.r = r, .how = how, .boundary = find_boundary(r)}, .r = r, .how = how};
    stint_status s = rewrite_init(&w.list, r);
    w.choice.kept = mem_new(r->c, TAG_GRAPH, bool, 2 * r->nodes.n + 1);
    w.light = w.choice.kept ? w.choice.kept + r->nodes.n : NULL;
    w.copy = mem_new(r->c, TAG_GRAPH, int32_t, 2 * r->nodes.n + 1);
    w.used = w.copy ? w.copy + r->nodes.n : NULL;
    how->kept_bytes = how->nodes = 0;
    how->flops = 0;
    if (!w.choice.kept || !w.copy)
        s = STINT_ENOMEM;
    if (!s)
        s = write_list(&w);
    if (!s && keep_list)
        s = rewrite_finish(&w.list);
    rewrite_deinit(&w.list);
    vec_free(&w.open);
    mem_free(w.choice.kept);
    mem_free(w.copy);
    return s;
}

stint_status ir_recompute(ir *r, recompute *how)
{
    return how->how == STINT_KEEP_ALL ? STINT_OK : run(r, how, true);
}

stint_status recompute_count(ir *r, recompute *how)
{
    return run(r, how, false);
}

double recompute_forward_flops(const ir *r)
{
    choice w = {.r = r, .boundary = find_boundary(r)};
    double flops = 0;
    for (int32_t i = 0; i < w.boundary; i++)
        flops += ir_computed(choice_at(&w, i)) ? choice_flops(&w, i) : 0;
    return flops;
}
