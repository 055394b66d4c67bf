#include "nn/layers.h"

/* Recurrent layers over [time, in], to [time, hidden] or the last step's [hidden].
 *
 * Input weights are Xavier's, recurrent ones orthogonal gate by gate, biases zeros but for the
 * LSTM's forget gate.  `layer_norm` normalises the outputs; the state that goes from step to step
 * stays as it is, so that the fused recurrence does the work.  Carried: h, and the LSTM's c. */

typedef struct recurrent {
    double hidden, returns, layer_norm, forget_bias; /* the last of an LSTM */
} recurrent;

enum { RETURNS_SEQUENCE, RETURNS_LAST };
static const char *const returns[] = {"sequence", "last", NULL};

/* clang-format off */
#define RECURRENT_PARAMS                                                                           \
    PARAM_INT(recurrent, hidden, 64, 1, 1e6, "size of the state"),                                 \
    PARAM_CHOICE(recurrent, returns, RETURNS_SEQUENCE, returns, "every step's output, or the last"),\
    PARAM_BOOL(recurrent, layer_norm, false, "normalise the outputs")
/* clang-format on */

static const param lstm_params[] = {
    RECURRENT_PARAMS,
    PARAM_F64(recurrent, forget_bias, 1, -1e3, 1e3, "how the forget gate's bias begins"),
    PARAM_END,
};
static const param gru_params[] = {RECURRENT_PARAMS, PARAM_END};

enum { W_INPUT, W_RECURRENT, BIAS };

static stint_status gates_build(layer *l, const sample_shape *in, int gates, const char *blocks,
                                sample_shape *out)
{
    const recurrent *s = l->self;
    TRY(layer_takes(l, in, 2, "[time,in]"));
    int64_t h = (int64_t)s->hidden, input[2] = {in->size[1], gates * h};
    int64_t square[2] = {h, gates * h};
    *out = *in;
    out->axes = s->returns == RETURNS_LAST ? 1 : 2;
    out->size[out->axes - 1] = h;
    out->size[1] = out->axes == 1 ? 0 : h;
    TRY(layer_weight(l, "weight_input", "xavier_uniform", NULL, 2, input));
    TRY(layer_weight(l, "weight_recurrent", "orthogonal", &(stint_setting){"blocks", blocks}, 2,
                     square));
    return layer_remember(l, "h", 1, &h);
}

static stint_status norm_build(layer *l)
{
    const recurrent *s = l->self;
    return s->layer_norm != 0 ? layer_gain_and_bias(l, "norm_gain", "norm_bias", (int64_t)s->hidden)
                              : STINT_OK;
}

/* What both give: y, or its last step, normalised by the two weights from `norm` on. */
static stint_tensor *given(layer *l, stint_tensor *y, stint_tensor *last_h, int norm)
{
    const recurrent *s = l->self;
    y = s->returns == RETURNS_LAST ? last_h : y;
    return s->layer_norm != 0 ? stint_layer_norm(y, layer_w(l, norm), layer_w(l, norm + 1), 1e-5)
                              : y;
}

static stint_status lstm_build(layer *l, const sample_shape *in, sample_shape *out)
{
    const recurrent *s = l->self;
    char value[PARAM_TEXT_SIZE];
    TRY(gates_build(l, in, 4, "4", out));
    int64_t h = (int64_t)s->hidden, columns = 4 * h;
    param_text(param_find(lstm_params, "forget_bias"), s->forget_bias, value);
    TRY(layer_weight(l, "bias", "forget_bias", &(stint_setting){"value", value}, 1, &columns));
    TRY(layer_remember(l, "c", 1, &h));
    return norm_build(l);
}

static stint_tensor *lstm_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    stint_tensor *h = NULL, *c = NULL;
    (void)pass;
    stint_sequence q = {
        .h0 = layer_carried(l, 0), .c0 = layer_carried(l, 1), .last_h = &h, .last_c = &c};
    stint_tensor *y =
        stint_lstm(x, layer_w(l, W_INPUT), layer_w(l, W_RECURRENT), layer_w(l, BIAS), &q);
    layer_carry(l, 0, h);
    layer_carry(l, 1, c);
    return given(l, y, h, BIAS + 1);
}

const layer_class layer_lstm = {
    .name = "lstm",
    .size = sizeof(recurrent),
    .params = lstm_params,
    .build = lstm_build,
    .apply = lstm_apply,
    .help = "long short-term memory (Hochreiter, Schmidhuber 1997)",
};

static stint_status gru_build(layer *l, const sample_shape *in, sample_shape *out)
{
    const recurrent *s = l->self;
    TRY(gates_build(l, in, 3, "3", out));
    int64_t columns = 3 * (int64_t)s->hidden;
    TRY(layer_weight(l, "bias", "zeros", NULL, 1, &columns));
    TRY(layer_weight(l, "bias_recurrent", "zeros", NULL, 1, &columns));
    return norm_build(l);
}

static stint_tensor *gru_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    stint_tensor *h = NULL;
    (void)pass;
    stint_sequence q = {.h0 = layer_carried(l, 0), .last_h = &h};
    stint_tensor *y = stint_gru(x, layer_w(l, W_INPUT), layer_w(l, W_RECURRENT), layer_w(l, BIAS),
                                layer_w(l, BIAS + 1), &q);
    layer_carry(l, 0, h);
    return given(l, y, h, BIAS + 2);
}

const layer_class layer_gru = {
    .name = "gru",
    .size = sizeof(recurrent),
    .params = gru_params,
    .build = gru_build,
    .apply = gru_apply,
    .help = "gated recurrent units (Cho et al. 2014)",
};
