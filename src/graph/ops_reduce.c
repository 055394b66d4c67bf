/* Reductions, and softmax and its kin.  Rows lie along the last axis: another one is brought
 * there and back by views. */
#include "graph/compose.h"

static bool floats(const node *x, const char *what)
{
    return node_is_float(x) || graph_fail(x->graph, "%s: of floats only, not %s; cast first", what,
                                          stint_dtype_text((stint_dtype)x->dtype));
}

static stint_tensor *reduce(op_code op, stint_tensor *t, int axis, bool keep)
{
    node *x = graph_node(t);
    uint32_t axes;
    if (!axes_of(x, op_table[op].text, axis, &axes))
        return NULL;
    return graph_tensor(t, build_reduce(op, x, axes, keep));
}

stint_tensor *stint_sum(stint_tensor *x, int axis, bool keep_axis)
{
    return reduce(OP_SUM, x, axis, keep_axis);
}

stint_tensor *stint_max(stint_tensor *x, int axis, bool keep_axis)
{
    return reduce(OP_MAX, x, axis, keep_axis);
}

stint_tensor *stint_min(stint_tensor *x, int axis, bool keep_axis)
{
    return reduce(OP_MIN, x, axis, keep_axis);
}

stint_tensor *stint_mean(stint_tensor *t, int axis, bool keep_axis)
{
    node *x = graph_node(t);
    uint32_t axes;
    if (!axes_of(x, "mean", axis, &axes) || !floats(x, "mean"))
        return NULL;
    return graph_tensor(t, build_mean(x, axes, keep_axis));
}

stint_tensor *stint_variance(stint_tensor *t, int axis, int correction, bool keep_axis)
{
    node *x = graph_node(t);
    uint32_t axes;
    if (!axes_of(x, "variance", axis, &axes) || !floats(x, "variance"))
        return NULL;
    return graph_tensor(t, build_variance(x, axes, correction, keep_axis));
}

static node *flat(node *x)
{
    return x ? build_reshape(x, 1, (int64_t[]){node_count(x)}) : NULL;
}

/* One value for each row along `axis` */
static stint_tensor *row_value(op_code op, stint_tensor *t, int axis, bool keep)
{
    node *x = graph_node(t);
    int along;
    if (!axis_of(x, op_table[op].text, axis, &along))
        return NULL;
    if (op != OP_LOG_SUM_EXP && !x->shape[along]) {
        char shape[NODE_SHAPE_SIZE];
        graph_fail(x->graph, "%s: of no elements: %s %s", op_table[op].text,
                   stint_dtype_text(x->dtype), node_shape_text(x, shape));
        return NULL;
    }
    /* the other axes keep their order */
    uint8_t order[STINT_AXES];
    for (int i = 0; i < x->axes; i++)
        order[i] = (uint8_t)(i < along ? i : i + 1 < x->axes ? i + 1 : along);
    node *value = build_row(op, build_permute(x, order), 0);
    return graph_tensor(t, keep ? build_expand(value, along) : value);
}

stint_tensor *stint_argmax(stint_tensor *x, int axis, bool keep_axis)
{
    return row_value(OP_ARGMAX, x, axis, keep_axis);
}

stint_tensor *stint_argmin(stint_tensor *x, int axis, bool keep_axis)
{
    return row_value(OP_ARGMIN, x, axis, keep_axis);
}

stint_tensor *stint_log_sum_exp(stint_tensor *t, int axis, bool keep_axis)
{
    node *x = graph_node(t);
    if (!x || axis != STINT_ALL_AXES)
        return row_value(OP_LOG_SUM_EXP, t, axis, keep_axis);
    int64_t ones[STINT_AXES];
    for (int i = 0; i < x->axes; i++)
        ones[i] = 1;
    node *value = build_row(OP_LOG_SUM_EXP, flat(x), 0);
    return graph_tensor(t, build_reshape(value, keep_axis ? x->axes : 0, ones));
}

static stint_tensor *rows(op_code op, stint_tensor *t, int axis)
{
    node *x = graph_node(t);
    int along;
    if (!axis_of(x, op_table[op].text, axis, &along))
        return NULL;
    int last = x->axes - 1;
    return graph_tensor(t, build_swap(build_row(op, build_swap(x, along, last), 0), along, last));
}

stint_tensor *stint_softmax(stint_tensor *x, int axis)
{
    return rows(OP_SOFTMAX, x, axis);
}

stint_tensor *stint_log_softmax(stint_tensor *x, int axis)
{
    return rows(OP_LOG_SOFTMAX, x, axis);
}
