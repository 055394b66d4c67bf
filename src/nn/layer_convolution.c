#include "nn/layers.h"

/* Convolutions.  conv2d is over [channels, h, w]; conv1d over [time, in], turned to channels first
 * for the operation and back: samples of series have time first everywhere. */

typedef struct convolution {
    double channels, kernel, kernel_width, stride, padding, dilation, groups, bias, init;
} convolution;

/* clang-format off */
#define SIZES                                                                                      \
    PARAM_INT(convolution, channels, 16, 1, 1e6, "outputs"),                                       \
    PARAM_INT(convolution, kernel, 3, 1, 1e6, "size of the window")
#define THE_REST                                                                                   \
    PARAM_INT(convolution, stride, 1, 1, 1e6, "from window to window"),                            \
    PARAM_INT(convolution, padding, 0, 0, 1e6, "zeros before and after"),                          \
    PARAM_INT(convolution, dilation, 1, 1, 1e6, "from element to element of a window"),            \
    PARAM_INT(convolution, groups, 1, 1, 1e6, "of channels that see nothing of each other"),       \
    PARAM_BOOL(convolution, bias, true, "add a bias"),                                             \
    PARAM_CHOICE(convolution, init, 0, layer_inits, "how weights begin"),                          \
    PARAM_END
/* clang-format on */

static const param conv1d_params[] = {SIZES, THE_REST};
static const param conv2d_params[] = {
    SIZES,
    PARAM_INT(convolution, kernel_width, 0, 0, 1e6, "the window's width; 0 = as high"),
    THE_REST,
};

/* Windows in n elements; less than 1 where there is none. */
static int64_t windows(const convolution *s, int64_t n, int64_t kernel)
{
    int64_t reach = (int64_t)s->dilation * (kernel - 1) + 1;
    n += 2 * (int64_t)s->padding - reach;
    return n < 0 ? 0 : n / (int64_t)s->stride + 1;
}

static stint_status weights_build(layer *l, int64_t channels, int axes, const int64_t *kernel)
{
    const convolution *s = l->self;
    int64_t groups = (int64_t)s->groups, out = (int64_t)s->channels;
    if (channels % groups != 0 || out % groups != 0)
        return layer_fail(l, "%lld groups do not divide %lld channels into %lld", (long long)groups,
                          (long long)channels, (long long)out);
    int64_t shape[4] = {out, channels / groups, kernel[0], axes > 1 ? kernel[1] : 1};
    TRY(layer_weight_by(l, "weight", s->init, 2 + axes, shape));
    return s->bias != 0 ? layer_weight(l, "bias", "zeros", NULL, 1, &out) : STINT_OK;
}

static stint_status no_window(layer *l, const sample_shape *in, const int64_t *kernel, int axes)
{
    char have[SAMPLE_SHAPE_SIZE], want[SAMPLE_SHAPE_SIZE];
    sample_shape window = {.axes = axes};
    for (int a = 0; a < axes; a++)
        window.size[a] = kernel[a];
    return layer_fail(l, "a window of %s does not fit into %s", sample_text(&window, want),
                      sample_text(in, have));
}

static stint_convolution how(const convolution *s)
{
    return (stint_convolution){
        .stride = {(int64_t)s->stride, (int64_t)s->stride},
        .padding = {(int64_t)s->padding, (int64_t)s->padding},
        .dilation = {(int64_t)s->dilation, (int64_t)s->dilation},
        .groups = (int64_t)s->groups,
    };
}

static stint_tensor *bias_of(layer *l)
{
    const convolution *s = l->self;
    return s->bias != 0 ? layer_w(l, 1) : NULL;
}

static stint_status conv1d_build(layer *l, const sample_shape *in, sample_shape *out)
{
    const convolution *s = l->self;
    int64_t kernel = (int64_t)s->kernel;
    TRY(layer_takes(l, in, 2, "[time,in]"));
    *out = *in;
    out->size[0] = windows(s, in->size[0], kernel);
    out->size[1] = (int64_t)s->channels;
    if (out->size[0] < 1)
        return no_window(l, in, &kernel, 1);
    return weights_build(l, in->size[1], 1, &kernel);
}

static stint_tensor *conv1d_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    stint_convolution c = how(l->self);
    (void)pass;
    x = stint_conv1d(stint_transpose(x, 1, 2), layer_w(l, 0), bias_of(l), &c);
    return stint_transpose(x, 1, 2);
}

const layer_class layer_conv1d = {
    .name = "conv1d",
    .whole = true,
    .size = sizeof(convolution),
    .params = conv1d_params,
    .build = conv1d_build,
    .apply = conv1d_apply,
    .help = "windows of [time, in] to [time, channels]",
};

static stint_status conv2d_build(layer *l, const sample_shape *in, sample_shape *out)
{
    const convolution *s = l->self;
    int64_t kernel[2] = {(int64_t)s->kernel,
                         (int64_t)(s->kernel_width != 0 ? s->kernel_width : s->kernel)};
    TRY(layer_takes(l, in, 3, "[channels,h,w]"));
    *out = *in;
    out->size[0] = (int64_t)s->channels;
    out->size[1] = windows(s, in->size[1], kernel[0]);
    out->size[2] = windows(s, in->size[2], kernel[1]);
    if (out->size[1] < 1 || out->size[2] < 1)
        return no_window(l, in, kernel, 2);
    return weights_build(l, in->size[0], 2, kernel);
}

static stint_tensor *conv2d_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    stint_convolution c = how(l->self);
    (void)pass;
    return stint_conv2d(x, layer_w(l, 0), bias_of(l), &c);
}

const layer_class layer_conv2d = {
    .name = "conv2d",
    .size = sizeof(convolution),
    .params = conv2d_params,
    .build = conv2d_build,
    .apply = conv2d_apply,
    .help = "windows of [channels, h, w]",
};
