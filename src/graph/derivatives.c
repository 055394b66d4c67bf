#include "stint/derivatives.h"

#include "base/mem.h"
#include "graph/compose.h"
#include "graph/graph_impl.h"
#include "graph/rules.h"

#include <assert.h>

/* Products with Hessians and Jacobians, and the estimate of a diagonal, as graphs: gradients of
 * gradients.  Everything is fresh nodes until the handles are made, so a failure leaves nothing. */

/* The nodes of one call in one block. */
typedef struct call {
    graph *g;
    node **target, **source, **vector, **out; /* [targets], [sources], [sources], [results] */
    node **scratch;                           /* [2 (targets + sources)] */
} call;

/* A vector is like its source. */
static bool vector_fits(const call *k, const char *what, int i)
{
    const node *v = k->vector[i], *x = k->source[i];
    char a[NODE_SHAPE_SIZE], b[NODE_SHAPE_SIZE];
    if (!v || v->graph != k->g || (v->dtype == x->dtype && node_has_shape(v, x->axes, x->shape)))
        return true;
    return graph_fail(k->g, "%s: vector %d is %s %s, its source %s %s", what, i,
                      stint_dtype_text((stint_dtype)v->dtype), node_shape_text(v, a),
                      stint_dtype_text((stint_dtype)x->dtype), node_shape_text(x, b));
}

static stint_status call_begin(call *k, const char *what, int targets, stint_tensor *const *target,
                               int sources, stint_tensor *const *source,
                               stint_tensor *const *vector)
{
    k->g = targets > 0 ? graph_of_tensor(target[0]) : NULL;
    if (!k->g || k->g->closed)
        return STINT_EUSAGE;
    int64_t both = (int64_t)targets + sources;
    k->target = mem_new(k->g->ctx, TAG_GRAPH, node *, 5 * both);
    if (!k->target)
        return STINT_ENOMEM;
    k->source = k->target + targets;
    k->vector = k->source + sources;
    k->out = k->vector + sources;
    k->scratch = k->out + both;
    for (int i = 0; i < targets; i++)
        if (!(k->target[i] = graph_node(target[i])))
            return STINT_EUSAGE;
    for (int i = 0; i < sources; i++) {
        k->vector[i] = vector ? graph_node(vector[i]) : NULL;
        if (!(k->source[i] = graph_node(source[i])) || !vector_fits(k, what, i))
            return STINT_EUSAGE;
    }
    return STINT_OK;
}

/* Handles of the results; or whatever went wrong. */
static stint_status call_end(call *k, stint_status s, int results, stint_tensor **out)
{
    if (!k->g)
        return s;
    if (s == STINT_OK)
        s = graph_tensors_of(k->g, results, k->out, out);
    else if (!k->g->closed && ctx_status(k->g->ctx) != STINT_OK)
        s = ctx_status(k->g->ctx);
    mem_free(k->target);
    if (!k->g->closed)
        graph_settle(k->g);
    return s;
}

static void no_results(int n, stint_tensor **out)
{
    for (int i = 0; i < n; i++)
        out[i] = NULL;
}

/* out[j] = d Σ_i <of[i], with[i]> / d by[j], over the i where both are there, which move to the
 * front of `of` and `with`. */
static bool gradients_of_products(graph *g, int n, node **of, node **with, int sources,
                                  node *const *by, node **out)
{
    int both = 0;
    assert(of && with);
    for (int i = 0; i < n; i++) {
        if (!of[i] || !with[i])
            continue;
        of[both] = of[i];
        with[both++] = with[i];
    }
    for (int j = 0; j < sources; j++)
        out[j] = NULL;
    return both == 0 || graph_gradients(g, both, of, with, sources, by, out);
}

/* out = H vector; `gradient` [n] is that of the target. */
static bool product(const call *k, int n, node *const *gradient, node *const *vector, node **out)
{
    for (int i = 0; i < n; i++) {
        k->scratch[i] = gradient[i];
        k->scratch[n + i] = vector[i];
    }
    return gradients_of_products(k->g, n, k->scratch, k->scratch + n, n, k->source, out);
}

stint_status stint_hessian_vector(stint_tensor *target, int sources, stint_tensor *const *source,
                                  stint_tensor *const *vector, stint_tensor **out)
{
    call k = {0};
    no_results(sources, out);
    stint_status s = call_begin(&k, "hessian product", 1, &target, sources, source, vector);
    if (s == STINT_OK &&
        (!graph_gradients(k.g, 1, k.target, NULL, sources, k.source, k.out) ||
         !gradients_of_products(k.g, sources, k.out, k.vector, sources, k.source, k.scratch)))
        s = STINT_EUSAGE;
    for (int i = 0; s == STINT_OK && i < sources; i++)
        k.out[i] = k.scratch[i];
    return call_end(&k, s, sources, out);
}

/* A value to differentiate by, which is never computed: the result is linear in it. */
static node *dummy_like(const node *x)
{
    op_attributes attr = {.at = {1}, .rank = x->axes, .dtype = (stint_dtype)x->dtype};
    for (int i = 0; i < x->axes; i++)
        attr.shape[i] = x->shape[i];
    return node_make(x->graph, OP_FULL, 0, NULL, &attr);
}

stint_status stint_jacobian_vector(int targets, stint_tensor *const *target, int sources,
                                   stint_tensor *const *source, stint_tensor *const *vector,
                                   stint_tensor **out)
{
    call k = {0};
    no_results(targets, out);
    stint_status s = call_begin(&k, "jacobian product", targets, target, sources, source, vector);
    node **u = k.scratch, **gradient = u ? u + targets : NULL;
    assert(s != STINT_OK || u);
    for (int i = 0; s == STINT_OK && i < targets; i++)
        if (!(u[i] = dummy_like(k.target[i])))
            s = STINT_ENOMEM;
    if (s == STINT_OK &&
        (!graph_gradients(k.g, targets, k.target, u, sources, k.source, gradient) ||
         !gradients_of_products(k.g, sources, gradient, k.vector, targets, u, k.out)))
        s = STINT_EUSAGE;
    return call_end(&k, s, targets, out);
}

/* ---- the diagonal, estimated */

/* -1 or 1, like x; held by the caller's scope */
static node *signs_like(stint_tensor *generator, const node *x)
{
    stint_tensor *drawn = stint_uniform(generator, (stint_dtype)x->dtype, x->axes, x->shape, 0, 1);
    node *u = graph_node(drawn);
    node *low = u ? build_binary(OP_LESS, u, build_number(u, 0.5)) : NULL;
    stint_tensor *z =
        graph_tensor(drawn, low ? build_where(low, build_number(u, -1), build_number(u, 1)) : NULL);
    return graph_node(z);
}

/* All draws first: making their handles frees nodes that are fresh. */
static bool draw_signs(const call *k, int n, int draws, stint_tensor *generator, node **z)
{
    for (int d = 0; d < draws; d++)
        for (int i = 0; i < n; i++)
            if (!(z[d * n + i] = signs_like(generator, k->source[i])))
                return false;
    return true;
}

/* gradient, hz: [n] to work in */
static bool estimate(const call *k, int n, int draws, node *const *z, node **gradient, node **hz)
{
    if (!graph_gradients(k->g, 1, k->target, NULL, n, k->source, gradient))
        return false;
    for (int d = 0; d < draws; d++, z += n) {
        if (!product(k, n, gradient, z, hz))
            return false;
        for (int i = 0; i < n; i++) {
            node *one = hz[i] ? build_mul(z[i], hz[i]) : NULL;
            if (one)
                k->out[i] = k->out[i] ? build_add(k->out[i], one) : one;
        }
    }
    for (int i = 0; i < n; i++)
        k->out[i] = k->out[i] ? build_mul_number(k->out[i], 1.0 / draws) : NULL;
    return true;
}

stint_status stint_hessian_diagonal_estimate(stint_tensor *target, int sources,
                                             stint_tensor *const *source, stint_tensor *generator,
                                             int draws, stint_tensor **out)
{
    call k = {0};
    no_results(sources, out);
    stint_context *ctx = stint_tensor_context(target);
    if (!ctx || !generator)
        return STINT_EUSAGE;
    if (draws < 1)
        return fail(ctx, STINT_EUSAGE, "hessian diagonal: %d draws; at least one", draws);
    int64_t drawn = (int64_t)sources * draws;
    stint_scope *scope = stint_scope_open(ctx); /* of the draws: handles, unlike what follows */
    node **z = mem_new(ctx, TAG_GRAPH, node *, drawn + 2 * (int64_t)sources + 1);
    stint_status s = scope && z
                         ? call_begin(&k, "hessian diagonal", 1, &target, sources, source, NULL)
                         : STINT_ENOMEM;
    if (s == STINT_OK && (!draw_signs(&k, sources, draws, generator, z) ||
                          !estimate(&k, sources, draws, z, z + drawn, z + drawn + sources)))
        s = STINT_EUSAGE;
    if (scope)
        (void)stint_scope_close(scope);
    s = call_end(&k, s, sources, out);
    mem_free(z);
    return s;
}
