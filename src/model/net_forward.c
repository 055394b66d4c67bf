#include "model/net_forward.h"

#include "graph/fn_impl.h"

#include <math.h>

static stint_status forward(void *self, stint_tensor *const *in, stint_tensor **out)
{
    const net_forward *f = self;
    out[0] = stint_net_apply(f->net, in[0], false);
    return out[0] ? STINT_OK : ctx_status(f->ctx);
}

stint_status net_forward_new(ctx *c, stint_net *net, int64_t batch, int axes, const int64_t *shape,
                             int64_t width, net_forward *out)
{
    int64_t sizes[STINT_AXES] = {batch}, floats = 1;
    for (int a = 0; a < axes; a++) {
        sizes[a + 1] = shape[a];
        floats *= shape[a];
    }
    *out = (net_forward){.ctx = c, .net = net, .batch = batch, .floats = floats, .width = width};
    out->x = mem_new(c, TAG_MODEL, float, batch *floats);
    out->y = mem_new(c, TAG_MODEL, float, batch *width);
    if (!out->x || !out->y)
        return STINT_ENOMEM;
    out->in = stint_keep(stint_wrap(c, STINT_F32, axes + 1, sizes, NULL, out->x));
    return out->in ? STINT_OK : ctx_status(c);
}

void net_forward_free(net_forward *f)
{
    stint_fn_free(f->fn);
    stint_drop(f->in);
    mem_free(f->x);
    mem_free(f->y);
    *f = (net_forward){0};
}

stint_status net_forward_warm_up(net_forward *f)
{
    if (!f->fn)
        f->fn = stint_fn_new(f->ctx, forward, f, 1, 1);
    return f->fn ? stint_fn_warm_up(f->fn, &f->in) : STINT_ENOMEM;
}

stint_status net_forward_plan(net_forward *f, int64_t *slab_bytes)
{
    if (!f->fn)
        f->fn = stint_fn_new(f->ctx, forward, f, 1, 1);
    return f->fn ? fn_plan(f->fn, &f->in, slab_bytes) : STINT_ENOMEM;
}

stint_status net_forward_run(net_forward *f)
{
    stint_tensor *out;
    if (!f->fn)
        TRY(net_forward_warm_up(f));
    TRY(stint_fn_call(f->fn, &f->in, &out));
    return stint_read(out, f->y, (size_t)(f->batch * f->width) * sizeof *f->y);
}

/* --- what outputs say ------------------------------------------------------------------------ */

static void decode_numbers(const net_data *d, const double *shift, const double *scale,
                           const float *y, int64_t n, double *out, int64_t stride)
{
    for (int64_t k = 0; k < d->outputs; k++)
        for (int64_t i = 0; i < n; i++)
            out[k * stride + i] = (double)y[i * d->outputs + k] * scale[k] + shift[k];
}

/* softmax, in doubles */
static void decode_classes(const net_data *d, const double *shift, const double *scale,
                           const float *y, int64_t n, double *out, int64_t stride)
{
    (void)shift;
    (void)scale;
    for (int64_t i = 0; i < n; i++, y += d->classes) {
        double top = y[0], sum = 0;
        for (int64_t k = 1; k < d->classes; k++)
            top = (double)y[k] > top ? (double)y[k] : top;
        for (int64_t k = 0; k < d->classes; k++)
            sum += out[k * stride + i] = exp((double)y[k] - top);
        for (int64_t k = 0; k < d->classes; k++)
            out[k * stride + i] /= sum;
    }
}

static void decode_labels(const net_data *d, const double *shift, const double *scale,
                          const float *y, int64_t n, double *out, int64_t stride)
{
    (void)shift;
    (void)scale;
    for (int64_t k = 0; k < d->outputs; k++)
        for (int64_t i = 0; i < n; i++)
            out[k * stride + i] = 1 / (1 + exp(-(double)y[i * d->outputs + k]));
}

void net_decode(const net_data *d, const double *y_shift, const double *y_scale, const float *y,
                int64_t n, double *out, int64_t column_stride)
{
    static void (*const decode[TARGET_KINDS])(const net_data *, const double *, const double *,
                                              const float *, int64_t, double *, int64_t) = {
        [TARGET_NUMBER] = decode_numbers,
        [TARGET_CLASS] = decode_classes,
        [TARGET_ANGLE] = decode_numbers, /* whose shift is 0 and scale 1 */
        [TARGET_LABELS] = decode_labels,
    };
    decode[d->kind](d, y_shift, y_scale, y, n, out, column_stride);
}
