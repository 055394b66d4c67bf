#include "nn/initialise.h"

/* The bias of an LSTM's gates i, f, g, o, [4h]: zeros, but `value` for the forget gate, so that a
 * new net remembers (Gers, Schmidhuber, Cummins 2000; Jozefowicz, Zaremba, Sutskever 2015). */

typedef struct forget_bias {
    double value;
} forget_bias;

static const param forget_bias_params[] = {
    PARAM_F64(forget_bias, value, 1, -1e300, 1e300, "of the forget gate"),
    PARAM_END,
};

static stint_tensor *forget_bias_draw(const void *self, const init_weight *w)
{
    const forget_bias *s = self;
    int64_t h = w->shape[0] / 4;
    if (w->axes != 1 || 4 * h != w->shape[0]) {
        fail(w->ctx, STINT_EUSAGE, "forget_bias: a weight of four gates side by side");
        return NULL;
    }
    stint_tensor *f = stint_full(w->ctx, w->dtype, 1, &h, s->value);
    return stint_pad(f, 0, h, 2 * h, 0);
}

const init_class init_forget_bias = {
    .name = "forget_bias",
    .size = sizeof(forget_bias),
    .params = forget_bias_params,
    .axes = 1,
    .draw = forget_bias_draw,
};
