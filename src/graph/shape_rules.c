/* Shape rules of leaves, element-wise operations, reductions and rows. */
#include "graph/rules.h"

#include <assert.h>
#include <string.h>

bool shape_refuse(const node *n, const char *why, const node *x)
{
    char shape[NODE_SHAPE_SIZE];
    return graph_fail(n->graph, "%s: %s: %s %s", op_table[n->op].text, why,
                      stint_dtype_text(x->dtype), node_shape_text(x, shape));
}

bool shape_refuse_pair(const node *n, const char *why, const node *a, const node *b)
{
    char x[NODE_SHAPE_SIZE], y[NODE_SHAPE_SIZE];
    return graph_fail(n->graph, "%s: %s: %s %s and %s %s", op_table[n->op].text, why,
                      stint_dtype_text(a->dtype), node_shape_text(a, x), stint_dtype_text(b->dtype),
                      node_shape_text(b, y));
}

static bool one_shape(const node *n)
{
    const node *x = n->in[0];
    for (int i = 1; i < n->inputs; i++)
        if (!node_has_shape(n->in[i], x->axes, x->shape))
            return shape_refuse_pair(n, "shapes differ", x, n->in[i]);
    return true;
}

static bool one_dtype(const node *n, int from)
{
    for (int i = from + 1; i < n->inputs; i++)
        if (n->in[i]->dtype != n->in[from]->dtype)
            return shape_refuse_pair(n, "dtypes differ", n->in[from], n->in[i]);
    return true;
}

bool shape_check(graph *g, const char *what, stint_dtype d, int axes, const int64_t *shape)
{
    int64_t bytes = (int64_t)stint_dtype_bytes(d);
    if (!bytes)
        return graph_fail(g, "%s: no dtype has the number %d", what, (int)d);
    if (axes < 0 || axes > STINT_AXES)
        return graph_fail(g, "%s: %d axes; a tensor has at most %d", what, axes, STINT_AXES);
    char text[NODE_SHAPE_SIZE];
    for (int i = 0; i < axes; i++) {
        if (shape[i] < 0)
            return graph_fail(g, "%s: a size below 0: %s", what, shape_text(axes, shape, text));
        /* of empty ones too: their strides are counted */
        if (shape[i] && __builtin_mul_overflow(bytes, shape[i], &bytes))
            return graph_fail(g, "%s: more bytes than can be counted: %s", what,
                              shape_text(axes, shape, text));
    }
    return true;
}

bool shape_meet(int a_axes, const int64_t *a, int b_axes, const int64_t *b, int *axes,
                int64_t *shape)
{
    *axes = a_axes > b_axes ? a_axes : b_axes;
    for (int i = 1; i <= *axes; i++) {
        int64_t p = i <= a_axes ? a[a_axes - i] : 1, q = i <= b_axes ? b[b_axes - i] : 1;
        if (p != q && p != 1 && q != 1)
            return false;
        shape[*axes - i] = p == 1 ? q : p;
    }
    return true;
}

bool shape_given(node *n)
{
    n->dtype = (uint8_t)n->attr.dtype;
    n->axes = (uint8_t)n->attr.rank;
    memcpy(n->shape, n->attr.shape, sizeof n->shape);
    if (n->op == OP_RANDOM) {
        const node *generator = n->in[0];
        if (generator->dtype != STINT_I64 || !node_has_shape(generator, 1, (int64_t[]){2}))
            return shape_refuse(n, "a generator is i64 [2]", generator);
        assert(n->dtype == STINT_F32 || n->dtype == STINT_F64);
    }
    return true;
}

/* Of its first input, for copies, views of all of it, and assignment. */
bool shape_same(node *n)
{
    const node *x = n->in[0];
    node_take_shape(n, x);
    if (op_table[n->op].kind == OP_KIND_VIEW) {
        n->root = x->root;
        n->offset = x->offset;
        memcpy(n->stride, x->stride, sizeof n->stride);
    }
    return one_dtype(n, 0) && one_shape(n);
}

bool shape_cast(node *n)
{
    node_take_shape(n, n->in[0]);
    n->dtype = (uint8_t)n->attr.dtype;
    return true;
}

/* bool has MAXIMUM and MINIMUM, which are or and and, alone. */
bool shape_numbers(node *n)
{
    node_take_shape(n, n->in[0]);
    if (n->dtype == STINT_BOOL && n->op != OP_MAXIMUM && n->op != OP_MINIMUM)
        return shape_refuse(n, "of numbers, not of bool; cast first", n->in[0]);
    return one_dtype(n, 0) && one_shape(n);
}

bool shape_floats(node *n)
{
    node_take_shape(n, n->in[0]);
    if (!node_is_float(n->in[0]))
        return shape_refuse(n, "of floats only; cast first", n->in[0]);
    return one_dtype(n, 0) && one_shape(n);
}

bool shape_compare(node *n)
{
    node_take_shape(n, n->in[0]);
    n->dtype = STINT_BOOL;
    return one_dtype(n, 0) && one_shape(n);
}

bool shape_not(node *n)
{
    node_take_shape(n, n->in[0]);
    return n->dtype == STINT_BOOL || shape_refuse(n, "of bool only", n->in[0]);
}

bool shape_where(node *n)
{
    node_take_shape(n, n->in[1]);
    if (n->in[0]->dtype != STINT_BOOL)
        return shape_refuse(n, "the condition must be bool", n->in[0]);
    return one_dtype(n, 1) && one_shape(n);
}

bool shape_reduce(node *n)
{
    const node *x = n->in[0];
    const op_attributes *a = &n->attr;
    assert(a->axes && a->axes >> x->axes == 0);
    n->dtype = x->dtype;
    n->axes = 0;
    int64_t reduced = 1;
    for (int i = 0; i < x->axes; i++) {
        bool goes = a->axes >> i & 1;
        if (goes)
            reduced = x->shape[i] ? reduced : 0;
        if (!goes || a->keep)
            n->shape[n->axes++] = goes ? 1 : x->shape[i];
    }
    if (!reduced && n->op != OP_SUM)
        return shape_refuse(n, "of no elements", x);
    return true;
}

static bool drop_last(node *n)
{
    const node *x = n->in[0];
    if (!x->axes)
        return shape_refuse(n, "a scalar has no rows", x);
    node_take_shape(n, x);
    n->axes--;
    n->shape[n->axes] = 0;
    return true;
}

bool shape_row_value(node *n)
{
    return drop_last(n) &&
           (node_is_float(n) || shape_refuse(n, "of floats only; cast first", n->in[0]));
}

bool shape_cross_entropy(node *n)
{
    if (!shape_row_value(n))
        return false;
    const node *label = n->in[1];
    if (label->dtype != STINT_I32 && label->dtype != STINT_I64)
        return shape_refuse(n, "labels are i32 or i64", label);
    if (!node_has_shape(label, n->axes, n->shape))
        return shape_refuse_pair(n, "labels have the shape of the logits less its last axis",
                                 n->in[0], label);
    return true;
}

bool shape_arg(node *n)
{
    if (!drop_last(n))
        return false;
    const node *x = n->in[0];
    if (!x->shape[x->axes - 1])
        return shape_refuse(n, "of no elements", x);
    n->dtype = STINT_I64;
    return true;
}
