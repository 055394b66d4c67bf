#include "nn/layers.h"
#include "nn/time_filter.h"

#include <math.h>
#include <stdio.h>

/* The exponential moving average over time of [time, in],
 *
 *     y_t = a x_t + (1 - a) y_t-1,   y_-1 = x_0
 *
 * as a product with the matrix of a (1 - a)^lag.  `learned`: a is a sigmoid of a weight, one for
 * all columns.  Carried: the last y, and whether there is one. */

typedef struct ema {
    double alpha, learned;
} ema;

static const param ema_params[] = {
    PARAM_F64(ema, alpha, 0.3, 1e-6, 1, "the share of the newest value"),
    PARAM_BOOL(ema, learned, false, "learn it, from there on; below 1 then"),
    PARAM_END,
};

static stint_status ema_build(layer *l, const sample_shape *in, sample_shape *out)
{
    const ema *s = l->self;
    char value[STR_DOUBLE_SIZE];
    TRY(layer_takes(l, in, 2, "[time,in]"));
    if (s->learned != 0 && s->alpha > 0.999999)
        return layer_fail(l, "alpha is %g; what is learned begins below 0.999999", s->alpha);
    *out = *in;
    TRY(layer_remember(l, "last", 2, (const int64_t[]){1, in->size[1]}));
    TRY(layer_remember(l, "begun", 1, (const int64_t[]){1}));
    if (s->learned == 0)
        return STINT_OK;
    str_format_double(value, log(s->alpha / (1 - s->alpha)));
    return layer_weight(l, "logit", "constant", &(stint_setting){"value", value}, STINT_SHAPE(1));
}

/* 1 - a, [1] */
static stint_tensor *decay_of(layer *l)
{
    const ema *s = l->self;
    if (s->learned != 0)
        return stint_sigmoid(stint_neg(layer_w(l, 0)));
    return stint_full(l->net->ctx, STINT_F32, STINT_SHAPE(1), 1 - s->alpha);
}

static stint_tensor *ema_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    ctx *c = l->net->ctx;
    int64_t time = stint_tensor_size(x, 1);
    stint_tensor *decay = decay_of(l);
    stint_tensor *lags = stint_cast(stint_arange(c, STINT_I64, time), STINT_F32);
    stint_tensor *powers = stint_pow(decay, lags);
    stint_tensor *share = stint_add_number(stint_neg(decay), 1);
    stint_tensor *before =
        filter_start(layer_carried(l, 0), layer_carried(l, 1), stint_slice(x, 1, 0, 1, 1));
    stint_tensor *left = stint_expand_axis(stint_mul(powers, decay), 1); /* [time, 1] */
    stint_tensor *y = stint_add(stint_matmul(filter_matrix(stint_mul(powers, share)), x),
                                stint_mul(left, before));
    layer_carry(l, 0, stint_slice(y, 1, time - 1, time, 1));
    layer_carry(l, 1, stint_full(c, STINT_F32, STINT_SHAPE(pass->batch, 1), 1));
    return y;
}

const layer_class layer_ema = {
    .name = "ema",
    .size = sizeof(ema),
    .params = ema_params,
    .build = ema_build,
    .apply = ema_apply,
    .help = "the exponential moving average over time",
};
