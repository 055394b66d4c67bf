/* Building nodes by name, for gradient rules, compositions and optimisers: NULL inputs give
 * NULL, new nodes are fresh (node.h).  Binary ones broadcast. */
#ifndef GRAPH_BUILD_H
#define GRAPH_BUILD_H

#include "graph/node.h"

node *build_unary(op_code op, node *x);
node *build_binary(op_code op, node *a, node *b); /* broadcasts; dtypes must be equal */
node *build_where(node *condition, node *a, node *b);
node *build_full(graph *g, stint_dtype d, int axes, const int64_t *shape, double value);
node *build_number(node *like, double value); /* a scalar of the dtype */
node *build_cast(node *x, stint_dtype d);     /* x itself when it has that dtype */
node *build_add(node *a, node *b);
node *build_sub(node *a, node *b);
node *build_mul(node *a, node *b);
node *build_div(node *a, node *b);
node *build_mul_number(node *a, double b); /* a itself for 1 */
node *build_add_number(node *a, double b);

/* Views and shapes; axes are not negative here. */
node *build_reshape(node *x, int axes, const int64_t *shape); /* a copy where strides cannot */
node *build_permute(node *x, const uint8_t *order);
node *build_swap(node *x, int axis, int other);
node *build_broadcast(node *x, int axes, const int64_t *shape); /* x itself when it has it */
node *build_expand(node *x, int axis);
node *build_squeeze(node *x, int axis);
node *build_slice(node *x, int axis, int64_t begin, int64_t end, int64_t step);
node *build_pad(node *x, int axis, int64_t before, int64_t after, double value);
node *build_concat(graph *g, int n, node *const *x, int axis);

/* Reductions over a set of axes (bit i = axis i); f16 and bf16 are summed as f32. */
node *build_reduce(op_code op, node *x, uint32_t axes, bool keep);
node *build_sum_to(node *x, const node *like); /* sum over what broadcasting `like` to x repeated */
node *build_row(op_code op, node *x, double eps);
node *build_matmul(node *a, node *b); /* f16 and bf16 multiplied as f32, rounded once */
node *build_gather(node *x, node *index, int axis);
node *build_scatter_add(node *x, node *index, int axis, int64_t size);

#endif
