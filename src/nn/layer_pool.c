#include "nn/layers.h"

/* Pooling: the greatest or the mean of each window, channel by channel.  pool1d is over [time, in],
 * turned to channels first and back.  Means count the zeros of the padding, as PyTorch's do. */

typedef struct pool {
    double kind, kernel, stride, padding;
} pool;

enum { POOL_MAX, POOL_AVG };
static const char *const kinds[] = {"max", "avg", NULL};

static const param pool_params[] = {
    PARAM_CHOICE(pool, kind, POOL_MAX, kinds, "the greatest, or the mean"),
    PARAM_INT(pool, kernel, 2, 1, 1e6, "size of the window"),
    PARAM_INT(pool, stride, 0, 0, 1e6, "from window to window; 0 = the window's size"),
    PARAM_INT(pool, padding, 0, 0, 1e6, "before and after; at most half of the window"),
    PARAM_END,
};

static int64_t stride_of(const pool *s)
{
    return (int64_t)(s->stride != 0 ? s->stride : s->kernel);
}

/* The sizes from axis `first` on, pooled. */
static stint_status sizes_build(layer *l, const sample_shape *in, int first, int n,
                                sample_shape *out)
{
    const pool *s = l->self;
    char have[SAMPLE_SHAPE_SIZE];
    int64_t kernel = (int64_t)s->kernel, padding = (int64_t)s->padding;
    if (2 * padding > kernel)
        return layer_fail(l, "padding %lld is more than half of the window, %lld",
                          (long long)padding, (long long)kernel);
    *out = *in;
    for (int a = first; a < first + n; a++) {
        int64_t left = in->size[a] + 2 * padding - kernel;
        if (left < 0)
            return layer_fail(l, "a window of %lld does not fit into %s", (long long)kernel,
                              sample_text(in, have));
        out->size[a] = left / stride_of(s) + 1;
    }
    return STINT_OK;
}

static stint_pooling how(const pool *s)
{
    int64_t kernel = (int64_t)s->kernel, padding = (int64_t)s->padding, stride = stride_of(s);
    return (stint_pooling){
        .kernel = {kernel, kernel}, .stride = {stride, stride}, .padding = {padding, padding}};
}

static stint_status pool1d_build(layer *l, const sample_shape *in, sample_shape *out)
{
    TRY(layer_takes(l, in, 2, "[time,in]"));
    return sizes_build(l, in, 0, 1, out);
}

static stint_tensor *pool1d_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const pool *s = l->self;
    stint_pooling p = how(s);
    (void)pass;
    x = stint_transpose(x, 1, 2);
    x = s->kind == POOL_MAX ? stint_max_pool1d(x, &p) : stint_avg_pool1d(x, &p);
    return stint_transpose(x, 1, 2);
}

const layer_class layer_pool1d = {
    .name = "pool1d",
    .whole = true,
    .size = sizeof(pool),
    .params = pool_params,
    .build = pool1d_build,
    .apply = pool1d_apply,
    .help = "one of each window of [time, in]",
};

static stint_status pool2d_build(layer *l, const sample_shape *in, sample_shape *out)
{
    TRY(layer_takes(l, in, 3, "[channels,h,w]"));
    return sizes_build(l, in, 1, 2, out);
}

static stint_tensor *pool2d_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const pool *s = l->self;
    stint_pooling p = how(s);
    (void)pass;
    return s->kind == POOL_MAX ? stint_max_pool2d(x, &p) : stint_avg_pool2d(x, &p);
}

const layer_class layer_pool2d = {
    .name = "pool2d",
    .size = sizeof(pool),
    .params = pool_params,
    .build = pool2d_build,
    .apply = pool2d_apply,
    .help = "one of each window of [channels, h, w]",
};

typedef struct global_pool {
    double kind;
} global_pool;

static const param global_pool_params[] = {
    PARAM_CHOICE(global_pool, kind, POOL_AVG, kinds, "the greatest, or the mean"),
    PARAM_END,
};

static stint_status global_pool_build(layer *l, const sample_shape *in, sample_shape *out)
{
    TRY(layer_takes(l, in, 3, "[channels,h,w]"));
    *out = (sample_shape){.dtype = in->dtype, .axes = 1, .size = {in->size[0]}};
    return STINT_OK;
}

static stint_tensor *global_pool_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const global_pool *s = l->self;
    x = stint_reshape(x, STINT_SHAPE(pass->batch, l->in.size[0], l->in.size[1] * l->in.size[2]));
    return s->kind == POOL_MAX ? stint_max(x, -1, false) : stint_mean(x, -1, false);
}

const layer_class layer_global_pool = {
    .name = "global_pool",
    .whole = true,
    .size = sizeof(global_pool),
    .params = global_pool_params,
    .build = global_pool_build,
    .apply = global_pool_apply,
    .help = "one of each channel: [channels, h, w] to [channels]",
};
