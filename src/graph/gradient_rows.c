/* Gradient rules of reductions and of operations on rows. */
#include "graph/compose.h"

/* A reduced value, or gradient of it, again of the shape of what was reduced, but of size 1
 * along `axes`. */
static node *kept(node *g, const node *x, uint32_t axes)
{
    int64_t shape[STINT_AXES];
    for (int i = 0; i < x->axes; i++)
        shape[i] = axes >> i & 1 ? 1 : x->shape[i];
    return build_reshape(g, x->axes, shape);
}

static uint32_t last_axis(const node *x)
{
    return 1u << (x->axes - 1);
}

static node *sum_rows(node *x)
{
    return x ? build_reduce(OP_SUM, x, last_axis(x), true) : NULL;
}

void gradient_sum(node *n, node *g, node **out)
{
    const node *x = n->in[0];
    out[0] = build_broadcast(kept(g, x, n->attr.axes), x->axes, x->shape);
}

/* Max and min: equal shares to those that equal the result */
void gradient_extreme(node *n, node *g, node **out)
{
    node *x = n->in[0];
    uint32_t axes = n->attr.axes;
    node *equal = build_binary(OP_EQUAL, x, kept(n, x, axes));
    node *ones = build_cast(equal, (stint_dtype)x->dtype);
    node *share = build_div(kept(g, x, axes), build_reduce(OP_SUM, ones, axes, true));
    out[0] = build_mul(ones, share);
}

/* y (g - Σ g y) */
void gradient_softmax(node *n, node *g, node **out)
{
    out[0] = build_mul(n, build_sub(g, sum_rows(build_mul(g, n))));
}

/* g - e^y Σ g */
void gradient_log_softmax(node *n, node *g, node **out)
{
    out[0] = build_sub(g, build_mul(build_unary(OP_EXP, n), sum_rows(g)));
}

/* g softmax(x) = g e^(x - y) */
void gradient_log_sum_exp(node *n, node *g, node **out)
{
    node *x = n->in[0];
    node *part = build_unary(OP_EXP, build_sub(x, kept(n, x, last_axis(x))));
    out[0] = build_mul(part, kept(g, x, last_axis(x)));
}

/* y = (x - mean) r, r = 1 / √(variance + eps):  r (g - mean g - y mean(g y)) */
void gradient_normalise(node *n, node *g, node **out)
{
    node *x = n->in[0];
    uint32_t last = last_axis(x);
    node *variance = build_variance(x, last, 0, true);
    node *r = build_unary(OP_RSQRT, build_add_number(variance, n->attr.value));
    node *along = build_mul(n, build_mean(build_mul(g, n), last, true));
    out[0] = build_mul(r, build_sub(build_sub(g, build_mean(g, last, true)), along));
}

/* g (softmax(x) - one_hot(label)) */
void gradient_cross_entropy(node *n, node *g, node **out)
{
    node *x = n->in[0];
    node *label = build_one_hot(n->in[1], x->shape[x->axes - 1], (stint_dtype)x->dtype);
    node *miss = build_sub(build_row(OP_SOFTMAX, x, 0), label);
    out[0] = build_mul(miss, kept(g, x, last_axis(x)));
}
