/* Gradient rules of element-wise operations of two operands, and of the choice between two. */
#include "graph/rules.h"

void gradient_add(node *n, node *g, node **out)
{
    (void)n;
    out[0] = out[1] = g;
}

void gradient_sub(node *n, node *g, node **out)
{
    out[0] = g;
    if (node_wants_gradient(n->in[1]))
        out[1] = build_unary(OP_NEG, g);
}

void gradient_mul(node *n, node *g, node **out)
{
    for (int i = 0; i < 2; i++)
        if (node_wants_gradient(n->in[i]))
            out[i] = build_mul(g, n->in[1 - i]);
}

/* y = a / b: g / b and -g y / b */
void gradient_div(node *n, node *g, node **out)
{
    node *share = build_div(g, n->in[1]);
    out[0] = share;
    if (node_wants_gradient(n->in[1]))
        out[1] = build_unary(OP_NEG, build_mul(share, n));
}

/* y = a^b: g b a^(b-1), 0 where b is 0 whatever a; g y log a, 0 where a is 0.  The operands of
 * powers and logarithms are chosen, not their results: those would be infinite, and 0 times
 * that no number, in second derivatives. */
void gradient_pow(node *n, node *g, node **out)
{
    node *a = n->in[0], *b = n->in[1];
    if (node_wants_gradient(a)) {
        node *less = build_add_number(b, -1);
        if (!node_is_constant(b)) {
            node *none = build_binary(OP_EQUAL, b, build_number(b, 0));
            less = build_where(none, build_number(b, 0), less);
        }
        out[0] = build_mul(g, build_mul(b, build_binary(OP_POW, a, less)));
    }
    if (node_wants_gradient(b)) {
        node *none = build_binary(OP_EQUAL, a, build_number(a, 0));
        node *log = build_unary(OP_LOG, build_where(none, build_number(a, 1), a));
        out[1] = build_mul(g, build_mul(build_where(none, build_number(a, 0), n), log));
    }
}

/* To the larger operand, or the smaller; half each where they are equal. */
static void to_chosen(node *n, node *g, node **out, bool larger)
{
    node *equal = build_binary(OP_EQUAL, n->in[0], n->in[1]);
    node *half = build_mul_number(g, 0.5), *zero = build_number(g, 0);
    for (int i = 0; i < 2; i++)
        if (node_wants_gradient(n->in[i])) {
            node *x = n->in[i], *other = n->in[1 - i];
            node *chosen =
                larger ? build_binary(OP_LESS, other, x) : build_binary(OP_LESS, x, other);
            out[i] = build_where(equal, half, build_where(chosen, g, zero));
        }
}

void gradient_maximum(node *n, node *g, node **out)
{
    to_chosen(n, g, out, true);
}

void gradient_minimum(node *n, node *g, node **out)
{
    to_chosen(n, g, out, false);
}

void gradient_where(node *n, node *g, node **out)
{
    node *zero = build_number(g, 0);
    if (node_wants_gradient(n->in[1]))
        out[1] = build_where(n->in[0], g, zero);
    if (node_wants_gradient(n->in[2]))
        out[2] = build_where(n->in[0], zero, g);
}
