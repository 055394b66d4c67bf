/* Windows over the last two axes of [batch, channels, height, width]: what convolutions and pools
 * share, and their builders.  Windows of one axis are convolutions and pools of height 1. */
#ifndef GRAPH_WINDOWS_H
#define GRAPH_WINDOWS_H

#include "graph/node.h"

/* The attributes `at` of such operations, by name; [0] is of the height.  kernel of pools alone,
 * 0 where windows are spread evenly over the axis (adaptive); groups of convolutions alone. */
typedef union window_plan {
    int64_t at[8];
    struct {
        int64_t stride[2], padding[2], dilation[2];
        union {
            int64_t kernel[2];
            int64_t groups;
        };
    };
} window_plan;

/* How many windows of `kernel` there are along an axis of n elements; -1 = not one. */
int64_t window_count(int64_t n, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation);

/* Whether a caller's number is at least that, and not so large that sums overflow; else false,
 * after graph_fail. */
bool window_number(const node *x, const char *what, const char *name, int64_t value, int64_t least);

/* Where window i of `out` begins and ends, spread evenly over n elements, some in two of them. */
static inline int64_t window_even_begin(int64_t i, int64_t out, int64_t n)
{
    return i * n / out;
}
static inline int64_t window_even_end(int64_t i, int64_t out, int64_t n)
{
    return ((i + 1) * n + out - 1) / out;
}

/* [.., n, ..] → [.., windows, .., size], a view; and back, adding up where windows share. */
node *build_window(node *x, int axis, int64_t size, int64_t step, int64_t dilation);
node *build_fold(node *x, int axis, int64_t n, int64_t step, int64_t dilation);

/* x [batch, channels, h, w], w [out, channels / groups, kh, kw] → [batch, out, ..].  Linear in
 * both, so that gradients of any order are made of it and of its two gradients, which are linear
 * in both as well: those by x, of `like`'s shape, and by w.  The operands fit each other. */
node *build_convolve(node *x, node *w, const window_plan *p);
node *build_convolve_input(node *g, node *w, const node *like, const window_plan *p);
node *build_convolve_weight(node *x, node *g, const node *like, const window_plan *p);

/* The same as products of matrices: every window written out as a column. */
node *build_convolve_expanded(node *x, node *w, const window_plan *p);

/* The first greatest element of each window, as its number in the plane: i32; of `out` windows
 * where the plan's are spread evenly. */
node *build_pool_index(node *x, const window_plan *p, const int64_t out[2]);

/* x [rows, n], index [rows, m] → [rows, m]; and back to [rows, n], adding up. */
node *build_pick(node *x, node *index);
node *build_put(node *x, node *index, int64_t n);

/* The put of more places than values that x is, of whatever shape, as long as what it put can be
 * read: what follows may then be said of the values instead.  Else NULL. */
const node *node_put_whole(const node *x);

#endif
