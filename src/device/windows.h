/* Windows added up, their greatest elements, and elements picked row by row. */
#ifndef DEVICE_WINDOWS_H
#define DEVICE_WINDOWS_H

#include "device/steps.h"
#include "kernel/pairs.h"

/* out[o][i][r] = Σ x[o][w][r][k] over w step + k dilation = i, w rising; x and out are
 * contiguous */
typedef struct fold_args {
    uint8_t dtype; /* F32, F64 */
    int64_t outer, windows, inner, size, n, step, dilation;
    int32_t x, out;
} fold_args;
extern const step_class step_fold;

/* The first greatest element of each window, or its first NaN, as its number in the plane.
 * Windows lie `stride` apart, begin `padding` before the plane and see every `dilation`th of
 * `kernel` places; of a kernel of 0, they are spread evenly over the axis.  Every window sees an
 * element. */
typedef struct pool_args {
    uint8_t dtype;
    int64_t planes, size[2], windows[2], stride[2], padding[2], dilation[2], kernel[2];
    int32_t x, out;            /* [planes, size], i32 [planes, windows], contiguous */
    int32_t values;            /* the elements themselves, as `out`; buffer -1 = not wanted */
    const pairs_class *by_two; /* by pool_cut */
} pool_args;
/* by_two: of windows of 2 by 2 f32 side by side from the plane's beginning on, else NULL. */
void pool_cut(pool_args *a);
extern const step_class step_pool;

/* Of each row: out[i] = x[index[i]], n of m; or put: out = 0, then out[index[i]] += x[i], m of
 * n.  All contiguous; indices i32, within their row. */
typedef struct pick_args {
    bool put;
    uint8_t dtype;
    int64_t rows, of, indices; /* elements of a row of x, or of out; indices of a row */
    /* of a put alone: what puts values of windows by two, so many in a row of a plane of this
     * width; NULL = of indices anywhere */
    const pairs_class *by_two;
    int64_t two_cols, width;
    int32_t x, index, out;
} pick_args;
extern const step_class step_pick;

#endif
