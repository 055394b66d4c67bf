/* Element-wise operations that are one node each, and those with a number. */
#include "graph/graph.h"

#define UNARY_LIST(X)                                                                              \
    X(logical_not, LOGICAL_NOT)                                                                    \
    X(neg, NEG)                                                                                    \
    X(abs, ABS)                                                                                    \
    X(sign, SIGN)                                                                                  \
    X(square, SQUARE)                                                                              \
    X(exp, EXP)                                                                                    \
    X(expm1, EXPM1)                                                                                \
    X(log, LOG)                                                                                    \
    X(log1p, LOG1P)                                                                                \
    X(sqrt, SQRT)                                                                                  \
    X(rsqrt, RSQRT)                                                                                \
    X(reciprocal, RECIPROCAL)                                                                      \
    X(sin, SIN)                                                                                    \
    X(cos, COS)                                                                                    \
    X(tanh, TANH)                                                                                  \
    X(erf, ERF)                                                                                    \
    X(sigmoid, SIGMOID)                                                                            \
    X(relu, RELU)                                                                                  \
    X(detach, DETACH)

#define X(name, op)                                                                                \
    stint_tensor *stint_##name(stint_tensor *x)                                                    \
    {                                                                                              \
        return graph_tensor(x, build_unary(OP_##op, graph_node(x)));                               \
    }
UNARY_LIST(X)
#undef X

#define BINARY_LIST(X)                                                                             \
    X(add, ADD)                                                                                    \
    X(sub, SUB)                                                                                    \
    X(mul, MUL)                                                                                    \
    X(div, DIV)                                                                                    \
    X(pow, POW)                                                                                    \
    X(maximum, MAXIMUM)                                                                            \
    X(minimum, MINIMUM)                                                                            \
    X(equal, EQUAL)                                                                                \
    X(not_equal, NOT_EQUAL)                                                                        \
    X(less, LESS)                                                                                  \
    X(less_equal, LESS_EQUAL)

#define X(name, op)                                                                                \
    stint_tensor *stint_##name(stint_tensor *a, stint_tensor *b)                                   \
    {                                                                                              \
        return graph_tensor(a, build_binary(OP_##op, graph_node(a), graph_node(b)));               \
    }
BINARY_LIST(X)
#undef X

stint_tensor *stint_greater(stint_tensor *a, stint_tensor *b)
{
    return stint_less(b, a);
}

stint_tensor *stint_greater_equal(stint_tensor *a, stint_tensor *b)
{
    return stint_less_equal(b, a);
}

stint_tensor *stint_where(stint_tensor *condition, stint_tensor *a, stint_tensor *b)
{
    return graph_tensor(a, build_where(graph_node(condition), graph_node(a), graph_node(b)));
}

stint_tensor *stint_add_number(stint_tensor *a, double b)
{
    return graph_tensor(a, build_add_number(graph_node(a), b));
}

stint_tensor *stint_mul_number(stint_tensor *a, double b)
{
    return graph_tensor(a, build_mul_number(graph_node(a), b));
}

stint_tensor *stint_pow_number(stint_tensor *a, double b)
{
    return graph_tensor(a, build_binary(OP_POW, graph_node(a), build_number(graph_node(a), b)));
}

stint_tensor *stint_cast(stint_tensor *x, stint_dtype d)
{
    node *n = graph_node(x);
    if (n && !stint_dtype_bytes(d)) {
        graph_fail(n->graph, "cast: no dtype has the number %d", (int)d);
        n = NULL;
    }
    return graph_tensor(x, build_cast(n, d));
}
