/* A small convolutional network made with the public interface alone, as a user would: two
 * convolutions of 3x3 with bias, ReLU and pooling by 2x2 after each, a linear layer,
 * cross-entropy, Adam.  The same network as bench/peers/train_cnn.py's.
 *
 *     cnn net;
 *     TRY(cnn_open(engine, &net));
 *     TRY(cnn_run(&net, 100));     // replayed steps; the first call traces and plans
 *     cnn_close(&net);
 *
 * Also after a failed open, cnn_close frees what there is. */
#ifndef BENCH_CNN_H
#define BENCH_CNN_H

#include "base/mem.h"
#include "base/rng.h"
#include "stint/stint.h"

#include <math.h>
#include <string.h>

enum { CNN_BATCH = 64, CNN_SIDE = 28, CNN_FIRST = 32, CNN_SECOND = 64, CNN_CLASSES = 10 };
enum { CNN_WEIGHTS = 6, CNN_FLAT = CNN_SECOND * (CNN_SIDE / 4) * (CNN_SIDE / 4) };

/* [w, b] of each layer: shapes end at the first 0 */
static const int64_t cnn_shapes[CNN_WEIGHTS][4] = {{CNN_FIRST, 1, 3, 3},          {CNN_FIRST},
                                                   {CNN_SECOND, CNN_FIRST, 3, 3}, {CNN_SECOND},
                                                   {CNN_FLAT, CNN_CLASSES},       {CNN_CLASSES}};

typedef struct cnn {
    stint_context *engine;
    stint_tensor *weight[CNN_WEIGHTS], *in[2], *out[1 + CNN_WEIGHTS];
    stint_optimiser *adam;
    stint_fn *step;
} cnn;

/* Of forward and backward; no gradient of the first layer's input. */
static inline double cnn_flops(void)
{
    double first = 2.0 * CNN_BATCH * CNN_SIDE * CNN_SIDE * CNN_FIRST * 9;
    double second = 2.0 * CNN_BATCH * (CNN_SIDE / 2) * (CNN_SIDE / 2) * CNN_SECOND * CNN_FIRST * 9;
    return 2 * first + 3 * (second + 2.0 * CNN_BATCH * CNN_FLAT * CNN_CLASSES);
}

static inline stint_tensor *cnn_layer(const cnn *m, stint_tensor *x, int layer)
{
    const stint_convolution same = {.padding = {1, 1}};
    const stint_pooling by_two = {.kernel = {2, 2}};
    x = stint_conv2d(x, m->weight[2 * layer], m->weight[2 * layer + 1], &same);
    return stint_max_pool2d(stint_relu(x), &by_two);
}

static inline stint_status cnn_body(void *self, stint_tensor *const *in, stint_tensor **out)
{
    cnn *m = self;
    stint_tensor *x = cnn_layer(m, cnn_layer(m, in[0], 0), 1);
    x = stint_linear(stint_reshape(x, STINT_SHAPE(CNN_BATCH, CNN_FLAT)), m->weight[4],
                     m->weight[5]);
    out[0] = stint_cross_entropy(x, in[1], STINT_REDUCE_MEAN);
    if (!out[0])
        return ctx_status(m->engine);
    TRY(stint_gradients(1, out, NULL, CNN_WEIGHTS, m->weight, m->out + 1));
    return stint_optimiser_update(m->adam, CNN_WEIGHTS, m->weight, m->out + 1);
}

static inline stint_tensor *cnn_normal(cnn *m, int axes, const int64_t *shape, double deviation,
                                       uint64_t stream)
{
    int64_t n = 1;
    for (int i = 0; i < axes; i++)
        n *= shape[i];
    float *x = mem_new(m->engine, TAG_BASE, float, n);
    for (int64_t i = 0; x && i < n; i++)
        x[i] = (float)(deviation * rng_normal((rng){stream, RNG_GENERATE}, (uint64_t)i));
    stint_tensor *t = x ? stint_keep(stint_tensor_new(m->engine, STINT_F32, axes, shape, x)) : NULL;
    mem_free(x);
    return t;
}

static inline stint_status cnn_open(stint_context *engine, cnn *m)
{
    int64_t label[CNN_BATCH];
    *m = (cnn){.engine = engine};
    for (int i = 0; i < CNN_WEIGHTS; i++) {
        int axes = 0;
        while (axes < 4 && cnn_shapes[i][axes])
            axes++;
        double in = i == 4 ? CNN_FLAT : 9 * (i == 0 ? 1 : CNN_FIRST);
        m->weight[i] =
            cnn_normal(m, axes, cnn_shapes[i], i % 2 == 0 ? sqrt(2 / in) : 0, 3 + (uint64_t)i);
    }
    m->in[0] = cnn_normal(m, 4, (int64_t[]){CNN_BATCH, 1, CNN_SIDE, CNN_SIDE}, 1, 1);
    for (int i = 0; i < CNN_BATCH; i++)
        label[i] = (int64_t)rng_below((rng){2, RNG_GENERATE}, (uint64_t)i, CNN_CLASSES);
    m->in[1] = stint_keep(stint_tensor_new(engine, STINT_I64, STINT_SHAPE(CNN_BATCH), label));
    m->adam = stint_optimiser_new(engine, "adam", 0, NULL);
    m->step = stint_fn_new(engine, cnn_body, m, 2, 1);
    return ctx_status(engine);
}

static inline void cnn_close(cnn *m)
{
    stint_fn_free(m->step);
    stint_optimiser_free(m->adam);
    for (int i = 0; i < CNN_WEIGHTS; i++)
        stint_drop(m->weight[i]);
    stint_drop(m->in[0]);
    stint_drop(m->in[1]);
    *m = (cnn){0};
}

static inline stint_status cnn_run(cnn *m, int steps)
{
    stint_tensor *loss;
    for (int i = 0; i < steps; i++)
        TRY(stint_fn_call(m->step, m->in, &loss));
    return STINT_OK;
}

#endif
