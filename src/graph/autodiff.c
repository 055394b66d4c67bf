#include "graph/graph_impl.h"

#include "base/mem.h"
#include "graph/mutate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reverse accumulation (Griewank & Walther 2008, chapter 3), graph to graph.
 *
 * The part of the graph between targets and sources is found from the targets down, as a list in
 * the order of making; a node is on a path when one of its inputs is a source or on a path.  Then
 * from the last to the first, each node's gradient, summed over its readers, passes through its
 * rule to its inputs. */

typedef struct reverse {
    graph *g;
    VEC(node *) list; /* reached from the targets; node.index is the place, node.mark the walk */
    node **gradient;  /* [list.n] so far */
    bool *on_path;    /* [list.n] */
    bool partial;     /* sources are independent of one another */
    bool *is_source;  /* [list.n], where partial */
} reverse;

static bool reach(reverse *r, node *n)
{
    if (n->mark == r->g->mark)
        return true;
    n->mark = r->g->mark;
    return vec_push(r->g->ctx, TAG_GRAPH, &r->list, n) == STINT_OK;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = (*(node *const *)a)->id, y = (*(node *const *)b)->id;
    return (x > y) - (x < y);
}

static bool is_among(const node *n, int sources, node *const *source)
{
    for (int i = 0; i < sources; i++)
        if (source[i] == n)
            return true;
    return false;
}

/* Whether the gradient of the list's node i goes on to its inputs. */
static bool passes(const reverse *r, int64_t i)
{
    const node *n = r->list.at[i];
    return op_table[n->op].gradient && !n->no_grad && n->inputs > 0 &&
           !(r->partial && r->is_source[i]);
}

static bool reach_all(reverse *r, int targets, node *const *target, int sources,
                      node *const *source)
{
    r->g->mark++;
    for (int i = 0; i < targets; i++)
        if (!reach(r, target[i]))
            return false;
    for (int64_t i = 0; i < r->list.n; i++) {
        node *n = r->list.at[i];
        bool goes_on = op_table[n->op].gradient && !n->no_grad &&
                       !(r->partial && is_among(n, sources, source));
        for (int k = 0; goes_on && k < n->inputs; k++)
            if (!reach(r, n->in[k]))
                return false;
    }
    assert(r->list.n > 0);
    qsort(r->list.at, (size_t)r->list.n, sizeof *r->list.at, by_id);
    for (int64_t i = 0; i < r->list.n; i++)
        r->list.at[i]->index = (int32_t)i;
    r->gradient = mem_new(r->g->ctx, TAG_GRAPH, node *, r->list.n);
    r->on_path = mem_new(r->g->ctx, TAG_GRAPH, bool, r->list.n);
    r->is_source = mem_new(r->g->ctx, TAG_GRAPH, bool, r->list.n);
    return r->gradient && r->on_path && r->is_source;
}

static void find_paths(reverse *r, int sources, node *const *source)
{
    for (int i = 0; i < sources; i++)
        if (source[i]->mark == r->g->mark)
            r->on_path[source[i]->index] = r->is_source[source[i]->index] = true;
    for (int64_t i = 0; i < r->list.n; i++) {
        const node *n = r->list.at[i];
        for (int k = 0; passes(r, i) && k < n->inputs; k++)
            r->on_path[i] |= r->on_path[n->in[k]->index];
    }
}

/* For the rules: node_wants_gradient. */
static void mark_paths(reverse *r)
{
    r->g->mark++;
    for (int64_t i = 0; i < r->list.n; i++) {
        r->list.at[i]->index = (int32_t)i;
        r->list.at[i]->mark = r->on_path[i] ? r->g->mark : 0;
    }
}

static void accumulate(reverse *r, const node *n, node *gradient)
{
    node **sum = &r->gradient[n->index];
    *sum = *sum ? build_add(*sum, gradient) : gradient;
}

/* Negate what the rule gave, when a test spoils this operation's. */
static node *mutated(const node *n, node *gradient)
{
#ifdef STINT_FAULTS
    if (gradient && graph_mutate_gradient == n->op)
        return build_unary(OP_NEG, gradient);
#endif
    (void)n;
    return gradient;
}

static bool pass_through(reverse *r, node *n)
{
    node *few[NODE_INLINE_INPUTS] = {0};
    node **out = few;
    char doing[64];
    int64_t failures = r->g->failures;
    int32_t mark = r->g->mark;
    if (n->inputs > NODE_INLINE_INPUTS)
        out = mem_new(r->g->ctx, TAG_GRAPH, node *, n->inputs);
    if (!out)
        return false;
    snprintf(doing, sizeof doing, "gradient of %s%s", op_table[n->op].text,
             n->in_place && n->op != OP_ASSIGN ? "_" : "");
    r->g->doing = doing;
    op_table[n->op].gradient(n, r->gradient[n->index], out);
    if (r->g->mark != mark)
        mark_paths(r); /* the rule differentiated, too */
    for (int k = 0; k < n->inputs; k++)
        if (out[k] && r->on_path[n->in[k]->index])
            accumulate(r, n->in[k], mutated(n, out[k]));
    r->g->doing = NULL;
    if (out != few)
        mem_free(out);
    return r->g->failures == failures;
}

static node *seed_of(node *target, node *seed)
{
    return seed ? seed
                : build_full(target->graph, (stint_dtype)target->dtype, target->axes, target->shape,
                             1);
}

static bool run_back(reverse *r, int targets, node *const *target, node *const *seed)
{
    for (int i = 0; i < targets; i++) {
        node *s = seed_of(target[i], seed ? seed[i] : NULL);
        if (!s)
            return false;
        if (r->on_path[target[i]->index])
            accumulate(r, target[i], s);
    }
    for (int64_t i = r->list.n - 1; i >= 0; i--)
        if (r->gradient[i] && r->on_path[i] && passes(r, i) && !pass_through(r, r->list.at[i]))
            return false;
    return true;
}

static bool targets_are_right(graph *g, int targets, node *const *target, node *const *seed)
{
    char a[NODE_SHAPE_SIZE], b[NODE_SHAPE_SIZE];
    for (int i = 0; i < targets; i++) {
        if (!target[i])
            return false;
        if (target[i]->graph != g || (seed && seed[i] && seed[i]->graph != g))
            return graph_fail(g, "gradients: target %d belongs to another context", i);
        if (!node_is_float(target[i]))
            return graph_fail(g, "gradients: target %d is %s; only floats have gradients", i,
                              stint_dtype_text((stint_dtype)target[i]->dtype));
        const node *s = seed ? seed[i] : NULL;
        if (s && (s->dtype != target[i]->dtype || s->axes != target[i]->axes ||
                  memcmp(s->shape, target[i]->shape, sizeof s->shape[0] * s->axes) != 0))
            return graph_fail(g, "gradients: seed %d is %s %s, its target %s %s", i,
                              stint_dtype_text((stint_dtype)s->dtype), node_shape_text(s, a),
                              stint_dtype_text((stint_dtype)target[i]->dtype),
                              node_shape_text(target[i], b));
    }
    return true;
}

static bool differentiate(reverse *r, int targets, node *const *target, node *const *seed,
                          int sources, node *const *source, node **out)
{
    graph *g = r->g;
    bool ok = targets_are_right(g, targets, target, seed);
    for (int i = 0; i < sources; i++) {
        out[i] = NULL;
        ok = ok && source[i] &&
             (source[i]->graph == g ||
              graph_fail(g, "gradients: source %d belongs to another context", i));
    }
    ok = ok && reach_all(r, targets, target, sources, source);
    if (ok) {
        find_paths(r, sources, source);
        mark_paths(r);
        g->differentiating++;
        ok = run_back(r, targets, target, seed);
        g->differentiating--;
    }
    for (int i = 0; ok && i < sources; i++)
        if (source[i]->mark == g->mark && r->list.at[source[i]->index] == source[i])
            out[i] = r->gradient[source[i]->index];
    vec_free(&r->list);
    mem_free(r->gradient);
    mem_free(r->on_path);
    mem_free(r->is_source);
    return ok;
}

bool graph_gradients(graph *g, int targets, node *const *target, node *const *seed, int sources,
                     node *const *source, node **out)
{
    reverse r = {.g = g};
    return differentiate(&r, targets, target, seed, sources, source, out);
}

bool graph_partial_gradients(node *target, node *seed, int sources, node *const *source, node **out)
{
    reverse r = {.g = target->graph, .partial = true};
    return differentiate(&r, 1, &target, &seed, sources, source, out);
}

stint_status graph_tensors_of(graph *g, int n, node *const *gradient, stint_tensor **out)
{
    for (int i = 0; i < n; i++)
        if (gradient[i])
            node_hold(gradient[i]); /* the first handle's settling must leave the others */
    for (int i = 0; i < n; i++)
        out[i] = gradient[i] ? graph_tensor_of(g, gradient[i]) : NULL;
    bool ok = true;
    for (int i = 0; i < n; i++) {
        ok &= !gradient[i] || out[i];
        node_release(gradient[i]);
    }
    return ok ? STINT_OK : ctx_status(g->ctx);
}

static void nodes_of(int n, stint_tensor *const *t, node **out)
{
    for (int i = 0; i < n; i++)
        out[i] = t ? graph_node(t[i]) : NULL;
}

stint_status stint_gradients(int targets, stint_tensor *const *target, stint_tensor *const *seed,
                             int sources, stint_tensor *const *source, stint_tensor **out)
{
    for (int i = 0; i < sources; i++)
        out[i] = NULL;
    graph *g = targets > 0 ? graph_of_tensor(target[0]) : NULL;
    if (!g || g->closed)
        return STINT_EUSAGE;
    node **nodes = mem_new(g->ctx, TAG_GRAPH, node *, 2 * ((int64_t)targets + sources) + 1);
    if (!nodes)
        return STINT_ENOMEM;
    node **seeds = nodes + targets, **from = seeds + targets, **gradient = from + sources;
    nodes_of(targets, target, nodes);
    nodes_of(targets, seed, seeds);
    nodes_of(sources, source, from);
    stint_status s = STINT_EUSAGE;
    if (graph_gradients(g, targets, nodes, seeds, sources, from, gradient))
        s = graph_tensors_of(g, sources, gradient, out);
    else if (ctx_status(g->ctx) != STINT_OK)
        s = ctx_status(g->ctx);
    mem_free(nodes);
    graph_settle(g);
    return s;
}
