/* A recurrent net made with the public interface alone: layers of LSTM or GRU over a sequence, a
 * linear layer on the last output, mean squared error; its gradients, its training step with Adam.
 * The same net as bench/peers/train_sequence.py's. */
#ifndef BENCH_RECURRENT_H
#define BENCH_RECURRENT_H

#include "base/ctx.h"
#include "base/mem.h"
#include "base/rng.h"
#include "stint/stint.h"

#include <math.h>

enum { RECURRENT_LAYERS_MOST = 2, RECURRENT_WEIGHTS_MOST = 4 * RECURRENT_LAYERS_MOST + 2 };

typedef struct recurrent_shape {
    bool gru;
    int64_t in, hidden, time, rows;
    int layers;
} recurrent_shape;

typedef struct recurrent {
    stint_context *engine;
    const recurrent_shape *shape;
    bool train; /* else the gradients are the result */
    int weights;
    stint_tensor *weight[RECURRENT_WEIGHTS_MOST]; /* a layer's, then the last one's */
    stint_tensor *out[RECURRENT_WEIGHTS_MOST + 1], *in[2];
    stint_optimiser *adam;
    stint_fn *step;
} recurrent;

static inline int recurrent_gates(const recurrent_shape *s)
{
    return s->gru ? 3 : 4;
}

static inline int recurrent_of_layer(const recurrent_shape *s) /* weights */
{
    return s->gru ? 4 : 3;
}

/* Of forward and backward: three products each with the recurrent and the input weights, but no
 * gradient of the first layer's input. */
static inline double recurrent_flops(const recurrent_shape *s)
{
    double sum = 0, steps = (double)(s->time * s->rows);
    for (int i = 0; i < s->layers; i++) {
        double in = i > 0 ? 3.0 * (double)s->hidden : 2.0 * (double)s->in;
        sum +=
            2 * steps * (double)(recurrent_gates(s) * s->hidden) * (in + 3.0 * (double)s->hidden);
    }
    return sum;
}

static inline stint_tensor *recurrent_loss(const recurrent *r, stint_tensor *const *in)
{
    const recurrent_shape *s = r->shape;
    stint_tensor *x = in[0], *const *w = r->weight;
    for (int i = 0; i < s->layers; i++, w += recurrent_of_layer(s))
        x = s->gru ? stint_gru(x, w[0], w[1], w[2], w[3], NULL)
                   : stint_lstm(x, w[0], w[1], w[2], NULL);
    x = stint_squeeze_axis(stint_slice(x, 1, -1, INT64_MAX, 1), 1);
    return stint_mse(stint_linear(x, w[0], w[1]), in[1], STINT_REDUCE_MEAN);
}

static inline stint_status recurrent_gradients(void *self, stint_tensor *const *in,
                                               stint_tensor **out)
{
    recurrent *r = self;
    out[0] = recurrent_loss(r, in);
    if (!out[0])
        return ctx_status(r->engine);
    return stint_gradients(1, out, NULL, r->weights, r->weight, out + 1);
}

static inline stint_status recurrent_train(void *self, stint_tensor *const *in, stint_tensor **out)
{
    recurrent *r = self;
    TRY(recurrent_gradients(self, in, r->out));
    out[0] = r->out[0];
    return stint_optimiser_update(r->adam, r->weights, r->weight, r->out + 1);
}

/* Normal with this deviation */
static inline stint_tensor *recurrent_tensor(recurrent *r, int axes, const int64_t *shape,
                                             double deviation, uint64_t stream)
{
    int64_t n = 1;
    for (int i = 0; i < axes; i++)
        n *= shape[i];
    float *x = mem_new(r->engine, TAG_BASE, float, n);
    for (int64_t i = 0; x && i < n; i++)
        x[i] = (float)(deviation * rng_normal((rng){stream, RNG_GENERATE}, (uint64_t)i));
    stint_tensor *t = x ? stint_keep(stint_tensor_new(r->engine, STINT_F32, axes, shape, x)) : NULL;
    mem_free(x);
    return t;
}

static inline void recurrent_weights(recurrent *r)
{
    const recurrent_shape *s = r->shape;
    int64_t columns = recurrent_gates(s) * s->hidden;
    double deviation = 1 / sqrt(3.0 * (double)s->hidden);
    for (int i = 0; i < s->layers; i++) {
        int64_t in = i > 0 ? s->hidden : s->in;
        uint64_t seed = 10 + (uint64_t)i * 4;
        r->weight[r->weights++] = recurrent_tensor(r, STINT_SHAPE(in, columns), deviation, seed);
        r->weight[r->weights++] =
            recurrent_tensor(r, STINT_SHAPE(s->hidden, columns), deviation, seed + 1);
        for (int k = 0; k < (s->gru ? 2 : 1); k++)
            r->weight[r->weights++] =
                recurrent_tensor(r, STINT_SHAPE(columns), deviation, seed + 2 + (uint64_t)k);
    }
    r->weight[r->weights++] = recurrent_tensor(r, STINT_SHAPE(s->hidden, 1), deviation, 3);
    r->weight[r->weights++] = recurrent_tensor(r, STINT_SHAPE(1), deviation, 4);
}

static inline stint_status recurrent_open(stint_context *engine, const recurrent_shape *s,
                                          bool train, recurrent *r)
{
    *r = (recurrent){.engine = engine, .shape = s, .train = train};
    recurrent_weights(r);
    r->in[0] = recurrent_tensor(r, STINT_SHAPE(s->rows, s->time, s->in), 1, 1);
    r->in[1] = recurrent_tensor(r, STINT_SHAPE(s->rows, 1), 1, 2);
    TRY(ctx_status(engine));
    if (train)
        r->adam = stint_optimiser_new(engine, "adam", 0, NULL);
    r->step = stint_fn_new(engine, train ? recurrent_train : recurrent_gradients, r, 2,
                           train ? 1 : 1 + r->weights);
    return ctx_status(engine);
}

/* Also after a failed open */
static inline void recurrent_close(recurrent *r)
{
    stint_fn_free(r->step);
    stint_optimiser_free(r->adam);
    for (int i = 0; i < r->weights; i++)
        stint_drop(r->weight[i]);
    stint_drop(r->in[0]);
    stint_drop(r->in[1]);
    *r = (recurrent){0};
}

static inline stint_status recurrent_run(recurrent *r, int steps)
{
    for (int i = 0; i < steps; i++)
        TRY(stint_fn_call(r->step, r->in, r->out));
    return STINT_OK;
}

#endif
