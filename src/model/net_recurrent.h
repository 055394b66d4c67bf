/* What lstm and gru share: their parameters, and the layers these become. */
#ifndef MODEL_NET_RECURRENT_H
#define MODEL_NET_RECURRENT_H

#include "model/net_kind.h"

typedef struct recurrent {
    net_training training;
    double window, sizes[4], layers, dropout, layer_norm, head, head_alpha, head_cutoff;
} recurrent;
typedef recurrent lstm, gru;

enum { NET_HEAD_NONE, NET_HEAD_EMA, NET_HEAD_LOW_PASS };
extern const char *const net_heads[];

/* clang-format off */
#define NET_RECURRENT_PARAMS                                                                       \
    PARAM_INT(recurrent, window, 32, 1, 100000,                                                    \
              "rows of its series that a prediction looks back over, its own among them"),         \
    NET_SIZE(recurrent, 0, "hidden", 64, 1, 65536, "units of the first layer"),                    \
    PARAM_INT(recurrent, layers, 1, 1, NET_SIZES, "recurrent layers"),                             \
    NET_SIZE(recurrent, 1, "hidden2", 0, 0, 65536, "units of the second; 0 = as the one before"),  \
    NET_SIZE(recurrent, 2, "hidden3", 0, 0, 65536, "of the third"),                                \
    NET_SIZE(recurrent, 3, "hidden4", 0, 0, 65536, "of the fourth, and those behind"),             \
    PARAM_F64(recurrent, dropout, 0, 0, 0.95, "share of the units left out between layers"),       \
    PARAM_BOOL(recurrent, layer_norm, false, "normalise what each layer gives"),                   \
    PARAM_CHOICE(recurrent, head, NET_HEAD_NONE, net_heads,                                        \
                 "what smooths the outputs over the window"),                                      \
    PARAM_F64(recurrent, head_alpha, 0.3, 1e-6, 1, "of ema: the share of the newest value"),       \
    PARAM_F64(recurrent, head_cutoff, 0.1, 1e-4, 0.9999,                                           \
              "of low_pass: where 3 dB are lost, of half the sample rate"),                        \
    NET_TRAINING_PARAMS,                                                                           \
    PARAM_END
/* clang-format on */

stint_status net_recurrent_describe(const char *layer, const recurrent *p, json_out *layers,
                                    net_spec *out);

#endif
