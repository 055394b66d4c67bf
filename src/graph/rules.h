/* What ops.def names: the rules of the operations, and what several of them go by.
 *
 *     shape_*      shape_rules.c, shape_views.c, shape_joins.c, shape_sequences.c, shape_windows.c
 *     flops_*      flops.c
 *     gradient_*   gradient_element.c, gradient_binary.c, gradient_views.c, gradient_rows.c,
 *                  gradient_joins.c, gradient_sequences.c, gradient_windows.c */
#ifndef GRAPH_RULES_H
#define GRAPH_RULES_H

#include "graph/build.h"
#include "graph/graph_impl.h"

#include <string.h>

typedef bool shape_rule(node *n);
shape_rule shape_given, shape_same, shape_cast, shape_numbers, shape_floats, shape_compare,
    shape_not, shape_where, shape_reshape, shape_permute, shape_broadcast, shape_slice,
    shape_reduce, shape_row_value, shape_cross_entropy, shape_arg, shape_matmul, shape_pad,
    shape_concat, shape_gather, shape_scatter, shape_sequence, shape_sequence_back, shape_window,
    shape_fold, shape_convolve, shape_convolve_input, shape_convolve_weight, shape_pool, shape_pick,
    shape_put;

typedef double flops_rule(const node *n);
flops_rule flops_none, flops_element, flops_input, flops_row, flops_matmul, flops_random,
    flops_sequence, flops_convolve, flops_pool;

typedef void gradient_rule(node *n, node *g, node **out);
gradient_rule gradient_copy, gradient_cast, gradient_assign, gradient_add, gradient_sub,
    gradient_mul, gradient_div, gradient_pow, gradient_maximum, gradient_minimum, gradient_where,
    gradient_neg, gradient_abs, gradient_zero, gradient_square, gradient_relu, gradient_sqrt,
    gradient_rsqrt, gradient_reciprocal, gradient_exp, gradient_expm1, gradient_log, gradient_log1p,
    gradient_sin, gradient_cos, gradient_tanh, gradient_erf, gradient_sigmoid, gradient_reshape,
    gradient_permute, gradient_broadcast, gradient_slice, gradient_sum, gradient_extreme,
    gradient_softmax, gradient_log_softmax, gradient_log_sum_exp, gradient_normalise,
    gradient_cross_entropy, gradient_matmul, gradient_pad, gradient_concat, gradient_gather,
    gradient_scatter, gradient_sequence, gradient_sequence_back, gradient_window, gradient_fold,
    gradient_convolve, gradient_convolve_input, gradient_convolve_weight, gradient_pick,
    gradient_put;

/* A number that a builder put there.  FULL nodes of callers have attr.at[0] = 1: their gradient
 * may be asked for, so they are neither folded nor left out. */
static inline bool node_is_constant(const node *n)
{
    return n->root->op == OP_FULL && !n->root->attr.at[0];
}

/* Whether this input's gradient is asked for, within graph_gradients, which leaves marked what
 * is on a path to a source; rules need not build it otherwise, and must not, where it reads a
 * value that has been overwritten since. */
static inline bool node_wants_gradient(const node *n)
{
    return n->mark == n->graph->mark && node_is_float(n) && !node_is_constant(n);
}

static inline bool node_has_shape(const node *n, int axes, const int64_t *shape)
{
    bool same = n->axes == axes;
    for (int i = 0; same && i < axes; i++)
        same = n->shape[i] == shape[i];
    return same;
}

static inline void node_take_shape(node *n, const node *x)
{
    n->dtype = x->dtype;
    n->axes = x->axes;
    memcpy(n->shape, x->shape, sizeof n->shape);
}

/* Failures in the name of n's operation: "div: of floats only: i64 [3]", "add: dtypes differ:
 * f32 [3] and f64 [3]". */
bool shape_refuse(const node *n, const char *why, const node *x);
bool shape_refuse_pair(const node *n, const char *why, const node *a, const node *b);

/* A known dtype, at most STINT_AXES axes, no size below 0, bytes below 2^63; false after
 * graph_fail in the name of `what`. */
bool shape_check(graph *g, const char *what, stint_dtype d, int axes, const int64_t *shape);

/* The shape that both broadcast to, from the right; false where there is none. */
bool shape_meet(int a_axes, const int64_t *a, int b_axes, const int64_t *b, int *axes,
                int64_t *shape);

/* Strides by which x's memory is a tensor of this shape (of as many elements), in x's order of
 * elements; false where there are none. */
bool view_reshape(const node *x, int axes, const int64_t *shape, int64_t *stride);

/* A double as the nearest value of the dtype: to even; towards zero and saturated for integers,
 * NaN 0; bool is value != 0. */
double dtype_round(stint_dtype d, double value);

#endif
