#include "nn/layers.h"

/* An encoder block (Vaswani et al. 2017) over x [time, width]:
 *
 *     norm = post    x = norm(x + heads(x)),  x = norm(x + feed(x))
 *     norm = pre     x = x + heads(norm(x)),  x = x + feed(norm(x))     (Xiong et al. 2020)
 *
 *     heads(x) = attention of each head's part of x w_qkv + b_qkv, side by side, w_out + b_out
 *     feed(x)  = activation(x w_up + b_up) w_down + b_down
 *
 * Matrices are Xavier's, biases zeros.  Dropout is on both branches and after the activation; the
 * weights of attention itself are not dropped. */

typedef struct attention {
    double heads, hidden, dropout, causal, norm, activation;
} attention;

enum { NORM_PRE, NORM_POST };
static const char *const norms[] = {"pre", "post", NULL};
static const char *const activations[] = {"gelu", "relu", "silu", "tanh", NULL};
static stint_tensor *(*const activation_of[])(stint_tensor *) = {stint_gelu, stint_relu, stint_silu,
                                                                 stint_tanh};

static const param attention_params[] = {
    PARAM_INT(attention, heads, 4, 1, 1e4, "that attend side by side; they divide the width"),
    PARAM_INT(attention, hidden, 0, 0, 1e6, "width inside the feed-forward part; 0 = four times"),
    PARAM_F64(attention, dropout, 0, 0, 1, "the probability of 0, in training"),
    PARAM_BOOL(attention, causal, false, "a step sees itself and those before it alone"),
    PARAM_CHOICE(attention, norm, NORM_PRE, norms, "where layer norm stands"),
    PARAM_CHOICE(attention, activation, 0, activations, "of the feed-forward part"),
    PARAM_END,
};

enum { QKV, QKV_BIAS, OUT, OUT_BIAS, UP, UP_BIAS, DOWN, DOWN_BIAS, GAIN, GAIN_BIAS };

static stint_status projection(layer *l, const char *weight, const char *bias, int64_t in,
                               int64_t out)
{
    TRY(layer_weight(l, weight, "xavier_uniform", NULL, STINT_SHAPE(in, out)));
    return layer_weight(l, bias, "zeros", NULL, 1, &out);
}

static stint_status attention_build(layer *l, const sample_shape *in, sample_shape *out)
{
    const attention *s = l->self;
    TRY(layer_takes(l, in, 2, "[time,in]"));
    int64_t width = in->size[1], hidden = s->hidden != 0 ? (int64_t)s->hidden : 4 * width;
    if (width % (int64_t)s->heads != 0)
        return layer_fail(l, "%g heads do not divide a width of %lld", s->heads, (long long)width);
    *out = *in;
    TRY(projection(l, "weight_qkv", "bias_qkv", width, 3 * width));
    TRY(projection(l, "weight_out", "bias_out", width, width));
    TRY(projection(l, "weight_up", "bias_up", width, hidden));
    TRY(projection(l, "weight_down", "bias_down", hidden, width));
    TRY(layer_gain_and_bias(l, "norm_gain", "norm_bias", width));
    TRY(layer_gain_and_bias(l, "feed_norm_gain", "feed_norm_bias", width));
    return layer_generator(l);
}

static stint_tensor *dropped(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const attention *s = l->self;
    return pass->training && s->dropout > 0 ? stint_dropout(x, s->dropout, layer_s(l, 0)) : x;
}

/* x [batch, time, width] */
static stint_tensor *heads(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const attention *s = l->self;
    int64_t time = stint_tensor_size(x, 1), width = stint_tensor_size(x, 2);
    int64_t heads = (int64_t)s->heads;
    stint_tensor *part[3];
    x = stint_linear(x, layer_w(l, QKV), layer_w(l, QKV_BIAS));
    x = stint_reshape(x, STINT_SHAPE(pass->batch, time, 3, heads, width / heads));
    x = stint_permute(x, (const int[]){2, 0, 3, 1, 4});
    for (int i = 0; i < 3; i++) /* [batch, heads, time, width / heads] */
        part[i] = stint_squeeze_axis(stint_slice(x, 0, i, i + 1, 1), 0);
    x = stint_attention(part[0], part[1], part[2], NULL,
                        &(stint_attention_how){.causal = s->causal != 0});
    x = stint_reshape(stint_transpose(x, 1, 2), STINT_SHAPE(pass->batch, time, width));
    return dropped(l, stint_linear(x, layer_w(l, OUT), layer_w(l, OUT_BIAS)), pass);
}

static stint_tensor *feed(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const attention *s = l->self;
    x = activation_of[(int)s->activation](stint_linear(x, layer_w(l, UP), layer_w(l, UP_BIAS)));
    x = dropped(l, x, pass);
    return dropped(l, stint_linear(x, layer_w(l, DOWN), layer_w(l, DOWN_BIAS)), pass);
}

/* The first norm, or the feed-forward part's. */
static stint_tensor *normal(layer *l, stint_tensor *x, int which)
{
    return stint_layer_norm(x, layer_w(l, GAIN + 2 * which), layer_w(l, GAIN_BIAS + 2 * which),
                            1e-5);
}

static stint_tensor *attention_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const attention *s = l->self;
    if (s->norm == NORM_PRE) {
        x = stint_add(x, heads(l, normal(l, x, 0), pass));
        return stint_add(x, feed(l, normal(l, x, 1), pass));
    }
    x = normal(l, stint_add(x, heads(l, x, pass)), 0);
    return normal(l, stint_add(x, feed(l, x, pass)), 1);
}

const layer_class layer_attention = {
    .name = "attention",
    .whole = true,
    .size = sizeof(attention),
    .params = attention_params,
    .build = attention_build,
    .apply = attention_apply,
    .help = "an encoder block: self-attention and a feed-forward part, with residuals and norms",
};
