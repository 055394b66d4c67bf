/* Activations that are compositions.  Pieces are joined by a choice, not by masks that multiply:
 * what is not chosen may be infinite. */
#include "graph/compose.h"

static node *positive(node *x)
{
    return build_binary(OP_LESS, build_number(x, 0), x);
}

/* 0 < x: x, else slope x */
stint_tensor *stint_leaky_relu(stint_tensor *t, double slope)
{
    node *x = graph_node(t);
    return graph_tensor(t, build_where(positive(x), x, build_mul_number(x, slope)));
}

/* 0 < x: scale x, else scale alpha (eˣ - 1); e^x is taken where x ≤ 0 alone */
static node *elu(node *x, double alpha, double scale)
{
    node *above = positive(x), *below = build_where(above, build_number(x, 0), x);
    return build_where(above, build_mul_number(x, scale),
                       build_mul_number(build_unary(OP_EXPM1, below), scale * alpha));
}

stint_tensor *stint_elu(stint_tensor *x, double alpha)
{
    return graph_tensor(x, elu(graph_node(x), alpha, 1));
}

stint_tensor *stint_selu(stint_tensor *x)
{
    static const double alpha = 1.6732632423543772, scale = 1.0507009873554805;
    return graph_tensor(x, elu(graph_node(x), alpha, scale));
}

/* x/2 (1 + erf(x/√2)) */
stint_tensor *stint_gelu(stint_tensor *t)
{
    static const double root_half = 0.70710678118654752440;
    node *x = graph_node(t);
    node *part = build_add_number(build_unary(OP_ERF, build_mul_number(x, root_half)), 1);
    return graph_tensor(t, build_mul(build_mul_number(x, 0.5), part));
}

stint_tensor *stint_silu(stint_tensor *t)
{
    node *x = graph_node(t);
    return graph_tensor(t, build_mul(x, build_unary(OP_SIGMOID, x)));
}

stint_tensor *stint_softplus(stint_tensor *x)
{
    return graph_tensor(x, build_softplus(graph_node(x)));
}

static bool ordered(const node *x, const char *what, double low, double high)
{
    return !x || low <= high ||
           graph_fail(x->graph, "%s: low %g is not at most high %g", what, low, high);
}

/* Where `beyond` holds of a bound and x, the bound stands, whose gradient is not x's. */
static stint_tensor *bounded(stint_tensor *t, const char *what, op_code beyond, double low,
                             double high)
{
    node *x = graph_node(t);
    if (!ordered(x, what, low, high))
        return NULL;
    node *least = build_number(x, low), *most = build_number(x, high);
    node *below = build_where(build_binary(beyond, most, x), most, x);
    return graph_tensor(t, build_where(build_binary(beyond, x, least), least, below));
}

/* The gradient at the bounds themselves is 0 … */
stint_tensor *stint_hardtanh(stint_tensor *t, double low, double high)
{
    return bounded(t, "hardtanh", OP_LESS_EQUAL, low, high);
}

/* … and here 1. */
stint_tensor *stint_clamp(stint_tensor *t, double low, double high)
{
    return bounded(t, "clamp", OP_LESS, low, high);
}
