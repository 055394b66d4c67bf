#include "graph/rewrite.h"

#include "graph/graph_impl.h"

#include <string.h>

/* Narrow storage: activations, and the gradients that pass between them, are rounded to bf16 or
 * f16 where they are made, so that what is kept of them takes half the memory.  Everything is
 * computed in f32 from the rounded values (Micikevicius et al. 2018).
 *
 * A value is rounded when an operation that is not element-wise reads it, or a gradient does: a
 * rule of the graph's structure alone, so that results do not depend on what is fused.  Rounding
 * is a pair of casts,
 *
 *     value ──▶ narrow ──▶ f32 again ──▶ readers of the same part
 *                 └──────▶ f32 again ──▶ a gradient that reads a forward value, beside it
 *
 * of which the second pair stands before the gradient, so that between the two only the narrow
 * value lives.
 *
 * Products widen narrow operands themselves, so the casts before them go again.
 *
 * In f32 stay: weights and whatever works in place (the f32 master copies), gradients that anything
 * but gradients reads (an optimiser, clipping) and what that makes of them, what is wanted outside,
 * and the results of operations that lose too much: sums, norms, softmax and losses, exponentials,
 * logarithms and powers. */

typedef struct narrowing {
    ir *r;
    stint_dtype to;
    bool *rounded;   /* [nodes] */
    bool *derived;   /* [nodes] made of gradients, and no gradient: an optimiser's */
    int32_t *narrow; /* [nodes] in the new list: the narrow value, */
    int32_t *wide;   /* and the f32 that the same part reads */
    rewrite list;
} narrowing;

static const uint8_t stays_f32[OPS] = {
    [OP_EXP] = 1,   [OP_EXPM1] = 1,       [OP_LOG] = 1,        [OP_LOG1P] = 1,
    [OP_POW] = 1,   [OP_SUM] = 1,         [OP_SOFTMAX] = 1,    [OP_LOG_SOFTMAX] = 1,
    [OP_DIV] = 1,   [OP_LOG_SUM_EXP] = 1, [OP_RECIPROCAL] = 1, [OP_CROSS_ENTROPY] = 1,
    [OP_RSQRT] = 1, [OP_SQRT] = 1,        [OP_RANDOM] = 1,
};

/* Normalised rows are of size one, so they may be kept narrow; what is made of them beside the norm,
 * a scale and a shift, is made before they are rounded. */
static const uint8_t rounded_behind[OPS] = {[OP_NORMALISE] = 1};

static const ir_node *reader_at(const ir *r, const ir_node *n, int32_t k)
{
    return &r->nodes.at[r->readers.at[n->reader + k]];
}

/* A forward value that a gradient reads, or one that is no element-wise operation's alone. */
static bool crosses(const ir *r, const ir_node *n)
{
    for (int32_t k = 0; k < n->readers; k++) {
        const ir_node *reader = reader_at(r, n, k);
        if (ir_op(reader)->kind != OP_KIND_ELEMENT || reader->of->of_gradient != n->of->of_gradient)
            return true;
    }
    return false;
}

static bool read_by_gradients_alone(const ir *r, const ir_node *n)
{
    for (int32_t k = 0; k < n->readers; k++)
        if (!reader_at(r, n, k)->of->of_gradient)
            return false;
    return true;
}

/* What works in place is a weight or a state: the next use of it is as before. */
static bool is_derived(const narrowing *w, const ir_node *n)
{
    if (n->overwrites >= 0)
        return false;
    for (int k = 0; k < n->operands && !n->of->of_gradient; k++) {
        int32_t root = ir_operand_of(w->r, n, k).root;
        if (w->derived[root] || w->r->nodes.at[root].of->of_gradient)
            return true;
    }
    return false;
}

static bool is_rounded(const ir *r, const ir_node *n, bool overwritten)
{
    if (!ir_computed(n) || n->of->dtype != STINT_F32 || n->of->axes == 0 || n->output ||
        n->overwrites >= 0 || overwritten || stays_f32[n->of->op])
        return false;
    if (n->of->of_gradient && !read_by_gradients_alone(r, n))
        return false;
    return crosses(r, n);
}

static stint_status choose(narrowing *w)
{
    const ir *r = w->r;
    bool *overwritten = mem_new(r->c, TAG_GRAPH, bool, r->nodes.n + 1);
    if (!overwritten)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < r->nodes.n; i++)
        if (r->nodes.at[i].overwrites >= 0)
            overwritten[ir_find(r, r->nodes.at[i].overwrites)] = true;
    for (int64_t i = 0; i < r->nodes.n; i++) {
        w->derived[i] = is_derived(w, &r->nodes.at[i]);
        w->rounded[i] = !w->derived[i] && is_rounded(r, &r->nodes.at[i], overwritten[i]);
    }
    mem_free(overwritten);
    return STINT_OK;
}

/* ---- the new list */

static stint_status insert_cast(narrowing *w, node *from, stint_dtype to, int32_t root,
                                bool beside_reader, int32_t *placed)
{
    node *made = build_cast(from, to);
    if (!made)
        return STINT_ENOMEM;
    TRY(rewrite_insert(&w->list, made, from, root, placed));
    w->list.nodes.at[*placed].beside_reader = beside_reader;
    return STINT_OK;
}

static stint_status insert_rounding(narrowing *w, int32_t i)
{
    w->wide[i] = -1;
    return insert_cast(w, w->r->nodes.at[i].of, w->to, w->list.place[i], false, &w->narrow[i]);
}

static stint_status root_of(void *self, int32_t i, ir_operand o, int32_t *root)
{
    narrowing *w = self;
    *root = w->list.place[o.root];
    if (!w->rounded[o.root])
        return STINT_OK;
    const ir_node *value = &w->r->nodes.at[o.root], *reader = &w->r->nodes.at[i];
    bool beside = reader->of->of_gradient != value->of->of_gradient;
    if (!beside && rounded_behind[value->of->op] && ir_op(reader)->kind == OP_KIND_ELEMENT)
        return STINT_OK;
    node *narrow = w->list.nodes.at[w->narrow[o.root]].of;
    if (beside)
        return insert_cast(w, narrow, STINT_F32, w->narrow[o.root], true, root);
    if (w->wide[o.root] < 0)
        TRY(insert_cast(w, narrow, STINT_F32, w->narrow[o.root], false, &w->wide[o.root]));
    *root = w->wide[o.root];
    return STINT_OK;
}

/* ---- products of narrow values */

/* A narrow value as it lies, widened: what a product does itself. */
static bool only_widens(const ir *r, const ir_node *n)
{
    if (!ir_computed(n) || n->of->op != OP_CAST || n->of->dtype != STINT_F32)
        return false;
    ir_operand o = ir_operand_of(r, n, 0);
    const ir_node *from = &r->nodes.at[o.root];
    return (from->of->dtype == STINT_BF16 || from->of->dtype == STINT_F16) && !from->constant &&
           from->overwritten < 0 && ir_direct(r, o) && from->of->offset == n->of->offset &&
           node_is_contiguous(from->of) && node_is_contiguous(n->of);
}

static stint_status skip_casts(ir *r)
{
    bool skipped = false;
    for (int64_t i = 0; i < r->nodes.n; i++) {
        const ir_node *n = &r->nodes.at[i];
        for (int k = 0; k < n->operands && ir_op(n)->kind == OP_KIND_MATMUL; k++) {
            ir_operand o = ir_operand_of(r, n, k);
            ir_node *cast = &r->nodes.at[o.root];
            if (!n->live || !only_widens(r, cast))
                continue;
            r->operands.at[n->operand + k].root = ir_operand_of(r, cast, 0).root;
            cast->live = --cast->readers > 0 || cast->output;
            skipped = true;
        }
    }
    return skipped ? ir_find_readers(r) : STINT_OK;
}

stint_status ir_narrow(ir *r, stint_dtype to)
{
    if (to == STINT_F32)
        return skip_casts(r);
    int64_t n = r->nodes.n;
    narrowing w = {.r = r, .to = to};
    stint_status s = rewrite_init(&w.list, r);
    w.rounded = mem_new(r->c, TAG_GRAPH, bool, 2 * n + 1);
    w.narrow = mem_new(r->c, TAG_GRAPH, int32_t, 2 * n + 1);
    if (!w.rounded || !w.narrow)
        s = STINT_ENOMEM;
    w.derived = w.rounded ? w.rounded + n : NULL;
    w.wide = w.narrow ? w.narrow + n : NULL;
    if (!s)
        s = choose(&w);
    for (int32_t i = 0; i < n && !s; i++) {
        if (r->nodes.at[i].same >= 0 || !r->nodes.at[i].live)
            continue;
        s = rewrite_add(&w.list, i, root_of, &w, &w.list.place[i]);
        if (!s && w.rounded[i])
            s = insert_rounding(&w, i);
    }
    if (!s)
        s = rewrite_finish(&w.list);
    if (!s)
        s = skip_casts(r);
    rewrite_deinit(&w.list);
    mem_free(w.rounded);
    mem_free(w.narrow);
    return s;
}
