/* Small nets, made with the public interface alone, whose losses have second derivatives: a
 * perceptron, an LSTM written out step by step or as one operation, a convolutional net.  Weights
 * and inputs are tables of shapes; a loss is a function of them.
 *
 *     curved net;
 *     TRY(curved_open(engine, &curved_nets[0], &net));
 *     stint_tensor *loss = net.of->loss(net.weight, net.in);
 *     curved_close(&net); */
#ifndef BENCH_CURVED_H
#define BENCH_CURVED_H

#include "base/ctx.h"
#include "stint/stint.h"

enum { CURVED_WEIGHTS_MOST = 6, CURVED_NETS = 4 };
enum { PERCEPTRON_ROWS = 64, LSTM_ROWS = 32, LSTM_TIME = 50, LSTM_IN = 8, LSTM_HIDDEN = 64 };
enum { CONV_ROWS = 16, CONV_SIDE = 28, CONV_FIRST = 16, CONV_SECOND = 32, CLASSES = 10 };
enum { CONV_FLAT = CONV_SECOND * (CONV_SIDE / 4) * (CONV_SIDE / 4) };

typedef struct curved_net {
    const char *name;
    int64_t in[4], weight[CURVED_WEIGHTS_MOST][4]; /* shapes end at the first 0 */
    bool values;                                   /* the target is [rows,1], else labels [rows] */
    stint_tensor *(*loss)(stint_tensor *const *w, stint_tensor *const *in);
} curved_net;

/* --- losses -------------------------------------------------------------------------------- */

static inline stint_tensor *perceptron_loss(stint_tensor *const *w, stint_tensor *const *in)
{
    stint_tensor *x = stint_relu(stint_linear(in[0], w[0], w[1]));
    x = stint_relu(stint_linear(x, w[2], w[3]));
    return stint_cross_entropy(stint_linear(x, w[4], w[5]), in[1], STINT_REDUCE_MEAN);
}

static inline stint_tensor *conv_loss(stint_tensor *const *w, stint_tensor *const *in)
{
    const stint_convolution same = {.padding = {1, 1}};
    const stint_pooling by_two = {.kernel = {2, 2}};
    stint_tensor *x = in[0];
    for (int i = 0; i < 2; i++)
        x = stint_max_pool2d(stint_relu(stint_conv2d(x, w[2 * i], w[2 * i + 1], &same)), &by_two);
    x = stint_reshape(x, STINT_SHAPE(CONV_ROWS, CONV_FLAT));
    return stint_cross_entropy(stint_linear(x, w[4], w[5]), in[1], STINT_REDUCE_MEAN);
}

static inline stint_tensor *lstm_gate(stint_tensor *a, int i)
{
    return stint_slice(a, -1, i * LSTM_HIDDEN, (i + 1) * LSTM_HIDDEN, 1);
}

/* The equations of stint_lstm. */
static inline stint_tensor *lstm_written_out(stint_tensor *x, stint_tensor *const *w)
{
    stint_tensor *all = stint_linear(x, w[0], w[2]), *h = NULL, *c = NULL;
    for (int64_t t = 0; t < LSTM_TIME; t++) {
        stint_tensor *a = stint_squeeze_axis(stint_slice(all, 1, t, t + 1, 1), 1);
        if (h)
            a = stint_add(a, stint_matmul(h, w[1]));
        stint_tensor *in = stint_mul(stint_sigmoid(lstm_gate(a, 0)), stint_tanh(lstm_gate(a, 2)));
        c = c ? stint_add(stint_mul(stint_sigmoid(lstm_gate(a, 1)), c), in) : in;
        h = stint_mul(stint_sigmoid(lstm_gate(a, 3)), stint_tanh(c));
    }
    return h;
}

static inline stint_tensor *lstm_loss(stint_tensor *const *w, stint_tensor *const *in)
{
    return stint_mse(stint_linear(lstm_written_out(in[0], w), w[3], w[4]), in[1],
                     STINT_REDUCE_MEAN);
}

static inline stint_tensor *lstm_fused_loss(stint_tensor *const *w, stint_tensor *const *in)
{
    stint_tensor *y = stint_lstm(in[0], w[0], w[1], w[2], NULL);
    y = stint_squeeze_axis(stint_slice(y, 1, -1, INT64_MAX, 1), 1);
    return stint_mse(stint_linear(y, w[3], w[4]), in[1], STINT_REDUCE_MEAN);
}

#define LSTM_SHAPES                                                                                \
    .in = {LSTM_ROWS, LSTM_TIME, LSTM_IN},                                                         \
    .weight = {{LSTM_IN, 4 * LSTM_HIDDEN},                                                         \
               {LSTM_HIDDEN, 4 * LSTM_HIDDEN},                                                     \
               {4 * LSTM_HIDDEN},                                                                  \
               {LSTM_HIDDEN, 1},                                                                   \
               {1}},                                                                               \
    .values = true

static const curved_net curved_nets[CURVED_NETS] = {
    {.name = "mlp",
     .in = {PERCEPTRON_ROWS, 64},
     .weight = {{64, 128}, {128}, {128, 64}, {64}, {64, CLASSES}, {CLASSES}},
     .loss = perceptron_loss},
    {.name = "lstm", LSTM_SHAPES, .loss = lstm_loss},
    {.name = "fused-lstm", LSTM_SHAPES, .loss = lstm_fused_loss},
    {.name = "conv",
     .in = {CONV_ROWS, 1, CONV_SIDE, CONV_SIDE},
     .weight = {{CONV_FIRST, 1, 3, 3},
                {CONV_FIRST},
                {CONV_SECOND, CONV_FIRST, 3, 3},
                {CONV_SECOND},
                {CONV_FLAT, CLASSES},
                {CLASSES}},
     .loss = conv_loss},
};

/* --- tensors ------------------------------------------------------------------------------- */

typedef struct curved {
    stint_context *engine;
    const curved_net *of;
    int weights;
    stint_tensor *weight[CURVED_WEIGHTS_MOST], *in[2];
} curved;

static inline int curved_axes(const int64_t shape[4])
{
    int n = 0;
    while (n < 4 && shape[n] > 0)
        n++;
    return n;
}

static inline stint_status curved_open(stint_context *engine, const curved_net *of, curved *n)
{
    int64_t label[PERCEPTRON_ROWS];
    *n = (curved){.engine = engine, .of = of};
    stint_scope *s = stint_scope_open(engine);
    stint_tensor *g = stint_generator(engine, 1);
    for (; n->weights < CURVED_WEIGHTS_MOST && of->weight[n->weights][0] > 0; n->weights++) {
        int axes = curved_axes(of->weight[n->weights]);
        n->weight[n->weights] =
            stint_keep(stint_initialise(g, axes > 1 ? "kaiming_uniform" : "zeros", 0, NULL,
                                        STINT_F32, axes, of->weight[n->weights]));
    }
    n->in[0] = stint_keep(stint_normal(g, STINT_F32, curved_axes(of->in), of->in, 0, 1));
    for (int i = 0; i < PERCEPTRON_ROWS; i++)
        label[i] = i * 7 % CLASSES;
    n->in[1] =
        stint_keep(of->values ? stint_normal(g, STINT_F32, STINT_SHAPE(of->in[0], 1), 0, 1)
                              : stint_tensor_new(engine, STINT_I64, STINT_SHAPE(of->in[0]), label));
    stint_status made = stint_realise(2, n->in), closed = stint_scope_close(s);
    return made == STINT_OK ? closed : made;
}

static inline void curved_close(curved *n)
{
    for (int i = 0; i < n->weights; i++)
        stint_drop(n->weight[i]);
    stint_drop(n->in[0]);
    stint_drop(n->in[1]);
    *n = (curved){0};
}

#endif
