/* Gradient rules of element-wise operations of one operand, y = f(x): g f'(x), by y itself where
 * that is cheaper. */
#include "graph/rules.h"
#include "graph/windows.h"

void gradient_copy(node *n, node *g, node **out)
{
    (void)n;
    out[0] = g;
}

/* From a float to a float, back. */
void gradient_cast(node *n, node *g, node **out)
{
    if (node_wants_gradient(n->in[0]) && node_is_float(n))
        out[0] = build_cast(g, (stint_dtype)n->in[0]->dtype);
}

/* The value is the second operand's; nothing of the first is left. */
void gradient_assign(node *n, node *g, node **out)
{
    (void)n;
    out[1] = g;
}

void gradient_neg(node *n, node *g, node **out)
{
    (void)n;
    out[0] = build_unary(OP_NEG, g);
}

/* Piecewise constant: zero, and no less connected. */
void gradient_zero(node *n, node *g, node **out)
{
    (void)g;
    out[0] = build_full(n->graph, (stint_dtype)n->dtype, n->axes, n->shape, 0);
}

/* g sign(x) */
void gradient_abs(node *n, node *g, node **out)
{
    out[0] = build_mul(g, build_unary(OP_SIGN, n->in[0]));
}

/* 2 g x */
void gradient_square(node *n, node *g, node **out)
{
    out[0] = build_mul(g, build_mul_number(n->in[0], 2));
}

/* g where y > 0.  Of a g that was put where maxima were found, before it is put: there is less of
 * it, and where nothing was put it is 0 already. */
void gradient_relu(node *n, node *g, node **out)
{
    const node *put = node_put_whole(g);
    if (!put) {
        out[0] = build_mul(g, build_unary(OP_STEP, n));
        return;
    }
    node *picked = build_pick(build_reshape(n, 2, put->shape), put->in[1]);
    node *few = build_mul(put->in[0], build_unary(OP_STEP, picked));
    out[0] = build_reshape(build_put(few, put->in[1], put->shape[1]), g->axes, g->shape);
}

/* g / 2y */
void gradient_sqrt(node *n, node *g, node **out)
{
    out[0] = build_div(build_mul_number(g, 0.5), n);
}

/* -g y³ / 2 */
void gradient_rsqrt(node *n, node *g, node **out)
{
    out[0] = build_mul(build_mul_number(g, -0.5), build_mul(n, build_unary(OP_SQUARE, n)));
}

/* -g y² */
void gradient_reciprocal(node *n, node *g, node **out)
{
    out[0] = build_unary(OP_NEG, build_mul(g, build_unary(OP_SQUARE, n)));
}

void gradient_exp(node *n, node *g, node **out)
{
    out[0] = build_mul(g, n);
}

void gradient_expm1(node *n, node *g, node **out)
{
    out[0] = build_mul(g, build_add_number(n, 1));
}

void gradient_log(node *n, node *g, node **out)
{
    out[0] = build_div(g, n->in[0]);
}

void gradient_log1p(node *n, node *g, node **out)
{
    out[0] = build_div(g, build_add_number(n->in[0], 1));
}

void gradient_sin(node *n, node *g, node **out)
{
    out[0] = build_mul(g, build_unary(OP_COS, n->in[0]));
}

void gradient_cos(node *n, node *g, node **out)
{
    out[0] = build_unary(OP_NEG, build_mul(g, build_unary(OP_SIN, n->in[0])));
}

/* g (1 - y²) */
void gradient_tanh(node *n, node *g, node **out)
{
    out[0] = build_mul(g, build_sub(build_number(n, 1), build_unary(OP_SQUARE, n)));
}

/* g 2/√π e^(-x²) */
void gradient_erf(node *n, node *g, node **out)
{
    static const double two_by_root_pi = 1.12837916709551257390;
    node *bell = build_unary(OP_EXP, build_unary(OP_NEG, build_unary(OP_SQUARE, n->in[0])));
    out[0] = build_mul(g, build_mul_number(bell, two_by_root_pi));
}

/* g y (1 - y) */
void gradient_sigmoid(node *n, node *g, node **out)
{
    out[0] = build_mul(g, build_mul(n, build_sub(build_number(n, 1), n)));
}
