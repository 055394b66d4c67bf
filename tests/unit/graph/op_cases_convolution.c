#include "unit/graph/op_cases.h"

/* Windows, convolutions, pools.  A plan is at.shape: stride, padding, dilation, kernel (of pools)
 * of height and width, or groups in the kernel's place. */

static stint_convolution convolution_of(const op_case *c)
{
    const int64_t *s = c->at.shape;
    return (stint_convolution){{s[0], s[1]}, {s[2], s[3]}, {s[4], s[5]}, s[6]};
}

static stint_tensor *conv2d(const op_case *c, stint_tensor *const *in)
{
    stint_convolution how = convolution_of(c);
    return stint_conv2d(in[0], in[1], c->inputs > 2 ? in[2] : NULL, &how);
}

static stint_tensor *conv1d(const op_case *c, stint_tensor *const *in)
{
    const int64_t *s = c->at.shape;
    stint_convolution how = {{s[0]}, {s[2]}, {s[4]}, s[6]};
    return stint_conv1d(in[0], in[1], c->inputs > 2 ? in[2] : NULL, &how);
}

static stint_tensor *conv2d_plain(stint_tensor *x, stint_tensor *w)
{
    return stint_conv2d(x, w, NULL, NULL);
}

/* Of a source whose axes lie in another order */
static stint_tensor *conv2d_of_view(const op_case *c, stint_tensor *const *in)
{
    stint_convolution how = convolution_of(c);
    stint_tensor *x = stint_permute(in[0], (int[]){0, 3, 1, 2});
    return stint_conv2d(x, stint_transpose(in[1], 0, 1), NULL, &how);
}

static stint_tensor *window(const op_case *c, stint_tensor *const *in)
{
    return stint_window(in[0], c->at.axis, c->at.at[0], c->at.at[1], c->at.at[2]);
}

/* Second derivatives that are not 0 pass through the gradients' own rules. */
static stint_tensor *windows_squared(stint_tensor *x)
{
    return stint_square(stint_window(x, 1, 3, 2, 1));
}

static stint_tensor *max_pool_squared(stint_tensor *x)
{
    return stint_square(stint_max_pool2d(x, &(stint_pooling){.kernel = {2, 2}, .stride = {1, 1}}));
}

static stint_pooling pooling_of(const op_case *c)
{
    const int64_t *s = c->at.shape;
    return (stint_pooling){
        {s[6], s[7]}, {s[0], s[1]}, {s[2], s[3]}, {s[4], s[5]}, .ignore_padding = c->at.keep};
}

static stint_tensor *max_pool2d(const op_case *c, stint_tensor *const *in)
{
    stint_pooling how = pooling_of(c);
    return stint_max_pool2d(in[0], &how);
}

/* Gradients that go where maxima were are masked, and summed, before they are put there. */
static stint_tensor *max_pool_of_relu(const op_case *c, stint_tensor *const *in)
{
    stint_pooling how = pooling_of(c);
    return stint_max_pool2d(stint_relu(stint_add(in[0], in[1])), &how);
}

static stint_tensor *avg_pool2d(const op_case *c, stint_tensor *const *in)
{
    stint_pooling how = pooling_of(c);
    return stint_avg_pool2d(in[0], &how);
}

static stint_tensor *max_pool1d(stint_tensor *x)
{
    return stint_max_pool1d(x, &(stint_pooling){.kernel = {3}, .stride = {2}, .padding = {1}});
}

static stint_tensor *avg_pool1d(stint_tensor *x)
{
    return stint_avg_pool1d(x, &(stint_pooling){.kernel = {2}});
}

static stint_tensor *adaptive_max(const op_case *c, stint_tensor *const *in)
{
    return stint_adaptive_max_pool2d(in[0], c->at.shape);
}

static stint_tensor *adaptive_avg(const op_case *c, stint_tensor *const *in)
{
    return stint_adaptive_avg_pool2d(in[0], c->at.shape);
}

#define CONV(name_, build_, x_, w_, ...)                                                           \
    {                                                                                              \
        .name = name_, .inputs = 2, .in = {x_, w_}, .dtypes = OP_FLOATS,                           \
        .flags = OP_SMOOTH | OP_DELICATE, .at = {.shape = {__VA_ARGS__}}, .build = build_          \
    }
#define CONV_BIAS(name_, build_, x_, w_, b_, ...)                                                  \
    {                                                                                              \
        .name = name_, .inputs = 3, .in = {x_, w_, b_}, .dtypes = OP_FLOATS,                       \
        .flags = OP_SMOOTH | OP_DELICATE, .at = {.shape = {__VA_ARGS__}}, .build = build_          \
    }
#define POOL_RELU(name_, x_, b_, ...)                                                              \
    {                                                                                              \
        .name = name_, .inputs = 2, .in = {x_, b_}, .dtypes = OP_FLOATS, .flags = OP_SMOOTH,       \
        .at = {.shape = {__VA_ARGS__}}, .build = max_pool_of_relu                                  \
    }
#define WINDOW(name_, in_, axis_, ...)                                                             \
    {                                                                                              \
        .name = name_, .inputs = 1, .in = {in_}, .dtypes = OP_ALL, .flags = OP_SMOOTH,             \
        .at = {.axis = axis_, .at = {__VA_ARGS__}}, .build = window                                \
    }
#define POOL(name_, build_, keep_, in_, ...)                                                       \
    {                                                                                              \
        .name = name_, .inputs = 1, .in = {in_}, .dtypes = OP_FLOATS, .flags = OP_SMOOTH,          \
        .at = {.keep = keep_, .shape = {__VA_ARGS__}}, .build = build_                             \
    }

const op_case op_cases_convolution[] = {
    WINDOW("window [7] of 3", IN(-2, 2, 7), 0, 3, 1, 1),
    WINDOW("window [2,7,2] of 2 by 3", IN(-2, 2, 2, 7, 2), 1, 2, 3, 1),
    WINDOW("window [2,9] of 3 by 2 apart 2", IN(-2, 2, 2, 9), -1, 3, 2, 2),
    WINDOW("window [3,2] of 1", IN(-2, 2, 3, 2), 0, 1, 2, 3),
    {.name = "windows squared",
     .inputs = 1,
     .in = {IN(-2, 2, 2, 7)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .unary = windows_squared},
    {.name = "max_pool2d squared",
     .inputs = 1,
     .in = {IN(-2, 2, 1, 2, 4, 5)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .unary = max_pool_squared},
    {.name = "conv2d plain",
     .inputs = 2,
     .in = {IN(-2, 2, 2, 2, 5, 4), IN(-1, 1, 3, 2, 3, 2)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH | OP_DELICATE,
     .binary = conv2d_plain},
    CONV_BIAS("conv2d same", conv2d, IN(-2, 2, 2, 2, 5, 5), IN(-1, 1, 3, 2, 3, 3), IN(-1, 1, 3), 1,
              1, 1, 1, 1, 1, 1),
    CONV("conv2d stride 2", conv2d, IN(-2, 2, 1, 2, 7, 6), IN(-1, 1, 2, 2, 3, 3), 2, 2, 1, 1, 1, 1,
         1),
    CONV("conv2d stride 3,2 padding 0,2", conv2d, IN(-2, 2, 1, 2, 8, 5), IN(-1, 1, 2, 2, 2, 3), 3,
         2, 0, 2, 1, 1, 1),
    CONV("conv2d dilation 2,3", conv2d, IN(-2, 2, 1, 2, 7, 8), IN(-1, 1, 2, 2, 3, 2), 1, 1, 2, 1, 2,
         3, 1),
    CONV("conv2d stride 2 dilation 2 padding 3", conv2d, IN(-2, 2, 1, 1, 6, 7),
         IN(-1, 1, 2, 1, 3, 3), 2, 2, 3, 3, 2, 2, 1),
    CONV_BIAS("conv2d groups 2", conv2d, IN(-2, 2, 2, 4, 4, 4), IN(-1, 1, 6, 2, 3, 2), IN(-1, 1, 6),
              1, 1, 1, 0, 1, 1, 2),
    CONV("conv2d depthwise", conv2d, IN(-2, 2, 2, 3, 5, 4), IN(-1, 1, 3, 1, 3, 3), 1, 2, 1, 1, 1, 1,
         3),
    CONV("conv2d 1x1", conv2d, IN(-2, 2, 2, 3, 3, 4), IN(-1, 1, 2, 3, 1, 1), 1, 1, 0, 0, 1, 1, 1),
    CONV("conv2d window of all", conv2d, IN(-2, 2, 2, 2, 3, 4), IN(-1, 1, 3, 2, 3, 4), 1, 1, 0, 0,
         1, 1, 1),
    CONV("conv2d padding beyond", conv2d, IN(-2, 2, 1, 1, 2, 2), IN(-1, 1, 1, 1, 3, 3), 1, 1, 4, 3,
         1, 1, 1),
    CONV("conv2d stride leaves", conv2d, IN(-2, 2, 1, 1, 8, 8), IN(-1, 1, 1, 1, 2, 2), 3, 4, 0, 0,
         1, 1, 1),
    CONV("conv2d of views", conv2d_of_view, IN(-2, 2, 2, 4, 4, 2), IN(-1, 1, 2, 3, 2, 2), 1, 1, 1,
         1, 1, 1, 1),
    CONV_BIAS("conv1d", conv1d, IN(-2, 2, 2, 3, 9), IN(-1, 1, 4, 3, 3), IN(-1, 1, 4), 1, 1, 0, 0, 1,
              1, 1),
    CONV("conv1d stride 2 padding 2 dilation 2 groups 2", conv1d, IN(-2, 2, 2, 4, 9),
         IN(-1, 1, 2, 2, 3), 2, 1, 2, 0, 2, 1, 2),
    POOL("max_pool2d 2x2", max_pool2d, false, IN(-2, 2, 2, 2, 4, 6), 0, 0, 0, 0, 0, 0, 2, 2),
    POOL("max_pool2d 3x2 stride 2 padding 1", max_pool2d, false, IN(-2, 2, 1, 2, 7, 6), 2, 2, 1, 1,
         1, 1, 3, 2),
    POOL("max_pool2d dilation 2", max_pool2d, false, IN(-2, 2, 1, 2, 7, 6), 1, 1, 1, 1, 2, 2, 2, 3),
    POOL("max_pool2d stride 3", max_pool2d, false, IN(-2, 2, 1, 1, 5, 11), 3, 3, 0, 1, 1, 1, 2, 3),
    POOL("max_pool2d 2x2 of odd sides", max_pool2d, false, IN(-2, 2, 1, 2, 7, 11), 0, 0, 0, 0, 0, 0,
         2, 2),
    POOL_RELU("max_pool2d of relu 2x2", IN(-2, 2, 2, 3, 5, 8), IN(-1, 1, 3, 1, 1), 0, 0, 0, 0, 0, 0,
              2, 2),
    POOL_RELU("max_pool2d of relu 3x2 stride 2", IN(-2, 2, 2, 2, 7, 6), IN(-1, 1, 2, 1, 1), 2, 2, 1,
              1, 1, 1, 3, 2),
    {.name = "max_pool2d of ties",
     .inputs = 1,
     .in = {{.axes = 4,
             .shape = {1, 2, 6, 6},
             .low = 0,
             .high = 2,
             .kind = OP_WHOLE,
             .differentiable = true}},
     .dtypes = OP_FLOATS,
     .flags = OP_NOT_NUMERIC,
     .at = {.shape = {1, 2, 1, 1, 1, 1, 3, 3}},
     .build = max_pool2d},
    {.name = "max_pool1d",
     .inputs = 1,
     .in = {IN(-2, 2, 2, 2, 9)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .unary = max_pool1d},
    POOL("avg_pool2d 2x3", avg_pool2d, false, IN(-2, 2, 2, 2, 4, 6), 0, 0, 0, 0, 0, 0, 2, 3),
    POOL("avg_pool2d 3x3 stride 2 padding 1", avg_pool2d, false, IN(-2, 2, 1, 2, 7, 6), 2, 2, 1, 1,
         0, 0, 3, 3),
    POOL("avg_pool2d without padding", avg_pool2d, true, IN(-2, 2, 1, 2, 5, 6), 1, 2, 1, 1, 0, 0, 3,
         2),
    {.name = "avg_pool1d",
     .inputs = 1,
     .in = {IN(-2, 2, 2, 2, 7)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .unary = avg_pool1d},
    POOL("adaptive_max_pool2d [7,6] to [3,4]", adaptive_max, false, IN(-2, 2, 1, 2, 7, 6), 3, 4),
    POOL("adaptive_avg_pool2d [6,4] to [3,2]", adaptive_avg, false, IN(-2, 2, 2, 2, 6, 4), 3, 2),
    POOL("adaptive_avg_pool2d [7,5] to [3,2]", adaptive_avg, false, IN(-2, 2, 1, 2, 7, 5), 3, 2),
    {.name = NULL},
};
