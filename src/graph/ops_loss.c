/* Losses: compositions, and their reduction.  Half precisions are computed in f32 and the result
 * is rounded once. */
#include "graph/compose.h"

#include <math.h>

/* The loss of each element or row, of the dtype computed in, as it is asked for. */
static stint_tensor *reduced(stint_tensor *like, node *loss, stint_reduce how)
{
    node *x = graph_node(like);
    if (!loss || !x)
        return NULL;
    uint32_t all = (1u << loss->axes) - 1;
    node *n = how == STINT_REDUCE_MEAN  ? build_mean(loss, all, false)
              : how == STINT_REDUCE_SUM ? build_reduce(OP_SUM, loss, all, false)
                                        : loss;
    return graph_tensor(like, build_cast(n, (stint_dtype)x->dtype));
}

static bool same_shape(const char *what, const node *x, const node *target)
{
    char a[NODE_SHAPE_SIZE], b[NODE_SHAPE_SIZE];
    return node_has_shape(target, x->axes, x->shape) ||
           graph_fail(x->graph, "%s: targets have the shape of x: %s and %s", what,
                      node_shape_text(x, a), node_shape_text(target, b));
}

static bool floats(const char *what, const node *x, const node *target)
{
    return (node_is_float(x) && x->dtype == target->dtype) ||
           graph_fail(x->graph, "%s: of one float dtype, not %s and %s", what,
                      stint_dtype_text(x->dtype), stint_dtype_text(target->dtype));
}

node *build_cross_entropy(node *logits, node *labels)
{
    if (!logits || !labels)
        return NULL;
    int last = logits->axes - 1;
    node *x = build_wide(logits);
    bool scattered = last >= 0 && x && x->shape[last] > 1 && x->stride[last] != 1;
    node *in[2] = {scattered ? build_unary(OP_COPY, x) : x, labels};
    node *n = node_make(logits->graph, OP_CROSS_ENTROPY, 2, in, NULL);
    if (!n || logits->shape[last])
        return n;
    /* with no class, any label is outside */
    return build_add_number(build_reduce(OP_SUM, x, 1u << last, false), (double)NAN);
}

stint_tensor *stint_cross_entropy(stint_tensor *logits, stint_tensor *labels, stint_reduce how)
{
    return reduced(logits, build_cross_entropy(graph_node(logits), graph_node(labels)), how);
}

/* max(x, 0) - x t + log(1 + e^-|x|) = softplus(x) - x t */
static node *bce(const char *what, stint_tensor *logits, stint_tensor *targets)
{
    node *x = graph_node(logits), *t = graph_node(targets);
    if (!x || !t || !floats(what, x, t) || !same_shape(what, x, t))
        return NULL;
    x = build_wide(x);
    return build_sub(build_softplus(x), build_mul(x, build_wide(t)));
}

stint_tensor *stint_bce_with_logits(stint_tensor *logits, stint_tensor *targets, stint_reduce how)
{
    return reduced(logits, bce("bce_with_logits", logits, targets), how);
}

stint_tensor *stint_multi_label_soft_margin(stint_tensor *x, stint_tensor *targets,
                                            stint_reduce how)
{
    node *loss = bce("multi_label_soft_margin", x, targets);
    int last;
    if (!axis_of(loss, "multi_label_soft_margin", -1, &last))
        return NULL;
    return reduced(x, build_mean(loss, 1u << last, false), how);
}

/* x - target */
static node *error_of(const char *what, stint_tensor *t, stint_tensor *targets)
{
    node *x = graph_node(t), *target = graph_node(targets);
    if (!x || !target || !floats(what, x, target))
        return NULL;
    graph *g = x->graph;
    g->doing = what; /* shapes that do not broadcast are this loss's */
    node *e = build_sub(build_wide(x), build_wide(target));
    g->doing = NULL;
    return e;
}

stint_tensor *stint_mse(stint_tensor *x, stint_tensor *target, stint_reduce how)
{
    return reduced(x, build_unary(OP_SQUARE, error_of("mse", x, target)), how);
}

stint_tensor *stint_mae(stint_tensor *x, stint_tensor *target, stint_reduce how)
{
    return reduced(x, build_unary(OP_ABS, error_of("mae", x, target)), how);
}

/* e²/2 up to |e| = delta, then delta (|e| - delta/2) */
stint_tensor *stint_huber(stint_tensor *x, stint_tensor *target, double delta, stint_reduce how)
{
    node *e = error_of("huber", x, target), *size = build_unary(OP_ABS, e);
    node *near = build_mul_number(build_unary(OP_SQUARE, e), 0.5);
    node *far = build_mul_number(build_add_number(size, -delta / 2), delta);
    node *is_near = build_binary(OP_LESS_EQUAL, size, build_number(size, delta));
    return reduced(x, build_where(is_near, near, far), how);
}

/* log(1 + e^(-y x)) */
stint_tensor *stint_soft_margin(stint_tensor *t, stint_tensor *signs, stint_reduce how)
{
    node *x = graph_node(t), *y = graph_node(signs);
    if (!x || !y || !floats("soft_margin", x, y))
        return NULL;
    node *margin = build_mul(build_wide(x), build_wide(y));
    return reduced(t, build_softplus(build_unary(OP_NEG, margin)), how);
}
