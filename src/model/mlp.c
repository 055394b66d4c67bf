#include "model/net_kind.h"

/* Multi-layer perceptron: linear layers with a normalisation, an activation and dropout between. */

typedef struct mlp {
    net_training training;
    double sizes[4], layers, activation, dropout, norm;
} mlp;

static const param mlp_params[] = {
    NET_SIZE(mlp, 0, "hidden", 64, 1, 65536, "units of the first hidden layer"),
    PARAM_INT(mlp, layers, 2, 1, NET_SIZES, "hidden layers"),
    NET_SIZE(mlp, 1, "hidden2", 0, 0, 65536, "units of the second; 0 = as the one before"),
    NET_SIZE(mlp, 2, "hidden3", 0, 0, 65536, "of the third"),
    NET_SIZE(mlp, 3, "hidden4", 0, 0, 65536, "of the fourth, and those behind"),
    PARAM_CHOICE(mlp, activation, 0, net_activations, "behind each hidden layer"),
    PARAM_F64(mlp, dropout, 0, 0, 0.95, "share of the hidden units that a step leaves out"),
    PARAM_CHOICE(mlp, norm, NET_NORM_NONE, net_norms, "before each activation"),
    NET_TRAINING_PARAMS,
    PARAM_END,
};

static stint_status mlp_describe(ctx *c, const void *params, const net_data *d, json_out *layers,
                                 net_spec *out)
{
    const mlp *p = params;
    int64_t sizes[NET_SIZES];
    (void)c;
    (void)d;
    (void)out;
    net_sizes(p->sizes, 4, (int)p->layers, sizes);
    for (int i = 0; i < (int)p->layers; i++) {
        net_add_number(layers, "linear", "units", (double)sizes[i]);
        net_add_norm(layers, p->norm);
        net_add(layers, net_activations[(int)p->activation]);
        net_add_dropout(layers, p->dropout);
    }
    return STINT_OK;
}

NET_CLASS(mlp, .title = "multi-layer perceptron",
          .help = "linear layers with activations between, trained by gradient descent")
