#include "unit/graph/layouts.h"

#include "unit/graph/elements.h"

#include <string.h>

const char *const layout_names[LAYOUTS] = {"row-major", "sliced",   "permuted", "offset",
                                           "wrapped",   "repeated", "copied"};

bool layout_fits(layout how, int axes)
{
    return axes >= (how == LAYOUT_ROWS ? 0 : how == LAYOUT_PERMUTED ? 2 : 1);
}

/* Where element i, counted row-major in `shape`, lies by these strides. */
static int64_t place(int axes, const int64_t *shape, const int64_t *stride, int64_t i)
{
    int64_t at = 0;
    for (int k = axes - 1; k >= 0; k--) {
        at += i % shape[k] * stride[k];
        i /= shape[k];
    }
    return at;
}

static void row_major(int axes, const int64_t *shape, int64_t *stride)
{
    int64_t step = 1;
    for (int k = axes - 1; k >= 0; k--) {
        stride[k] = step;
        step *= shape[k];
    }
}

static stint_tensor *sliced(stint_context *ctx, stint_dtype d, const op_input *in, const double *x,
                            int axis, int64_t step)
{
    double wide[4 * OP_MOST_ELEMENTS];
    int64_t shape[STINT_AXES], stride[STINT_AXES], n = op_input_count(in);
    memcpy(shape, in->shape, sizeof shape);
    shape[axis] = shape[axis] * step + 1;
    row_major(in->axes, shape, stride);
    int64_t first = stride[axis];
    stride[axis] *= step;
    for (int64_t i = 0; i < 4 * OP_MOST_ELEMENTS; i++)
        wide[i] = 1;
    for (int64_t i = 0; i < n; i++)
        wide[first + place(in->axes, in->shape, stride, i)] = x[i];
    return stint_slice(elements_tensor(ctx, d, in->axes, shape, wide), axis, 1, INT64_MAX, step);
}

static stint_tensor *permuted(stint_context *ctx, stint_dtype d, const op_input *in,
                              const double *x)
{
    double turned[OP_MOST_ELEMENTS];
    int64_t shape[STINT_AXES], forth[STINT_AXES], stride[STINT_AXES];
    int order[STINT_AXES];
    for (int k = 0; k < in->axes; k++) {
        shape[k] = in->shape[in->axes - 1 - k];
        order[k] = in->axes - 1 - k;
    }
    row_major(in->axes, shape, forth);
    for (int k = 0; k < in->axes; k++)
        stride[k] = forth[in->axes - 1 - k];
    for (int64_t i = 0; i < op_input_count(in); i++)
        turned[place(in->axes, in->shape, stride, i)] = x[i];
    return stint_permute(elements_tensor(ctx, d, in->axes, shape, turned), order);
}

static stint_tensor *wrapped(stint_context *ctx, stint_dtype d, const op_input *in, const double *x,
                             void *room)
{
    int64_t stride[STINT_AXES], step = 2;
    for (int k = in->axes - 1; k >= 0; k--) {
        stride[k] = step;
        step = step * in->shape[k] + 1;
    }
    memset(room, 1, LAYOUT_ROOM);
    for (int64_t i = 0; i < op_input_count(in); i++)
        element_put(d, room, place(in->axes, in->shape, stride, i), x[i]);
    return stint_wrap(ctx, d, in->axes, in->shape, stride, room);
}

static stint_tensor *repeated(stint_context *ctx, layout how, stint_dtype d, const op_input *in,
                              const double *x)
{
    double all[OP_MOST_ELEMENTS];
    int64_t n = op_input_count(in), row = n / in->shape[0], shape[STINT_AXES];
    for (int64_t i = 0; i < n; i++)
        all[i] = x[i % row];
    if (how == LAYOUT_COPIED)
        return elements_tensor(ctx, d, in->axes, in->shape, all);
    memcpy(shape, in->shape, sizeof shape);
    shape[0] = 1;
    return stint_broadcast(elements_tensor(ctx, d, in->axes, shape, all), in->axes, in->shape);
}

stint_tensor *layout_tensor(stint_context *ctx, layout how, stint_dtype d, const op_input *in,
                            const double *x, void *room)
{
    if (!layout_fits(how, in->axes))
        how = LAYOUT_ROWS;
    switch (how) {
    case LAYOUT_SLICED: return sliced(ctx, d, in, x, in->axes - 1, 2);
    case LAYOUT_PERMUTED: return permuted(ctx, d, in, x);
    case LAYOUT_OFFSET: return sliced(ctx, d, in, x, 0, 1);
    case LAYOUT_WRAPPED: return wrapped(ctx, d, in, x, room);
    case LAYOUT_REPEATED:
    case LAYOUT_COPIED: return repeated(ctx, how, d, in, x);
    default: return elements_tensor(ctx, d, in->axes, in->shape, x);
    }
}
