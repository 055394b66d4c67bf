/* Compositions that several families of public operations use, and the axes that callers name. */
#ifndef GRAPH_COMPOSE_H
#define GRAPH_COMPOSE_H

#include "graph/graph.h"
#include "graph/rules.h"

/* f16 and bf16 as f32; others themselves. */
node *build_wide(node *x);

/* 0, 1, … n-1 */
node *build_arange(graph *g, stint_dtype d, int64_t n);
/* [..] → [.., classes] */
node *build_one_hot(node *index, int64_t classes, stint_dtype d);

/* Over a set of axes, of floats; variance is Σ (x - mean)² / max(n - correction, 0). */
node *build_mean(node *x, uint32_t axes, bool keep);
node *build_variance(node *x, uint32_t axes, int correction, bool keep);

node *build_softplus(node *x);
node *build_cross_entropy(node *logits, node *labels); /* a value a row */

/* An axis as the caller counts it, as one from 0 on of `axes` there are; false after
 * graph_fail: "sum: axis 3 of a tensor of 2 axes: [32,10]", and, silently, for x NULL. */
bool axis_of(const node *x, const char *what, int axis, int *out);
/* A new axis: before axis 0 to after the last, counted from the end of the result. */
bool axis_between(const node *x, const char *what, int axis, int *out);
/* axis_of as a set, all of them for STINT_ALL_AXES. */
bool axes_of(const node *x, const char *what, int axis, uint32_t *out);

/* All axes but one, as a set. */
static inline uint32_t axes_but(const node *x, int axis)
{
    return ((1u << x->axes) - 1) & ~(1u << axis);
}

#endif
