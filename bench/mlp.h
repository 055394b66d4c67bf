/* A multi-layer perceptron made with the public interface alone, as a user would: linear layers
 * with bias, ReLU between them, a loss; its gradients, its training step.  The same network as
 * bench/peers/train_mlp.py's.
 *
 *     mlp net;
 *     TRY(mlp_open(engine, &shape, MLP_TRAIN, &net));
 *     TRY(mlp_run(&net, 100));     // replayed steps; the first call traces and plans
 *     mlp_close(&net);
 *
 * Also after a failed open, mlp_close frees what there is. */
#ifndef BENCH_MLP_H
#define BENCH_MLP_H

#include "base/mem.h"
#include "base/rng.h"
#include "stint/stint.h"

#include <math.h>
#include <string.h>

typedef enum mlp_what { MLP_FORWARD, MLP_GRADIENTS, MLP_TRAIN } mlp_what;

typedef struct mlp_shape {
    const int64_t *sizes; /* [layers + 1] */
    int layers;
    int64_t rows;
    bool classes; /* cross-entropy with random labels; else mean squared error */
} mlp_shape;

typedef struct mlp {
    stint_context *engine;
    const mlp_shape *shape;
    mlp_what what;
    int weights;                          /* 2 a layer: w [in,out], b [out] */
    stint_tensor **weight, **out, *in[2]; /* out: the loss and gradients, or the logits */
    stint_optimiser *adam;                /* of MLP_TRAIN */
    stint_fn *step;
    float *room; /* of the largest tensor */
    int64_t age; /* steps since the weights were new */
} mlp;

/* A run of steps is kept below this many: where units of a ReLU die, Adam's means of their
 * gradients shrink by a tenth a step, and after 830 steps would be denormal. */
enum { MLP_OLDEST = 600 };

/* Of forward and backward: three products a layer, but no gradient of the first one's input. */
static inline double mlp_flops(const mlp_shape *s)
{
    double sum = 0;
    for (int i = 0; i < s->layers; i++)
        sum += (i > 0 ? 6.0 : 4.0) * (double)(s->rows * s->sizes[i] * s->sizes[i + 1]);
    return sum;
}

/* --- the network --------------------------------------------------------------------------- */

static inline stint_tensor *mlp_logits(const mlp *m, stint_tensor *x)
{
    for (int i = 0; i < m->shape->layers; i++)
        x = stint_linear(i > 0 ? stint_relu(x) : x, m->weight[2 * i], m->weight[2 * i + 1]);
    return x;
}

static inline stint_tensor *mlp_loss(const mlp *m, stint_tensor *const *in)
{
    stint_tensor *logits = mlp_logits(m, in[0]);
    return m->shape->classes ? stint_cross_entropy(logits, in[1], STINT_REDUCE_MEAN)
                             : stint_mse(logits, in[1], STINT_REDUCE_MEAN);
}

/* A null handle has its reason in the context. */
static inline stint_status mlp_made(const mlp *m, const stint_tensor *t)
{
    return t ? STINT_OK : ctx_status(m->engine);
}

static inline stint_status mlp_forward(void *self, stint_tensor *const *in, stint_tensor **out)
{
    out[0] = mlp_logits(self, in[0]);
    return mlp_made(self, out[0]);
}

static inline stint_status mlp_gradients(void *self, stint_tensor *const *in, stint_tensor **out)
{
    const mlp *m = self;
    out[0] = mlp_loss(m, in);
    TRY(mlp_made(m, out[0]));
    return stint_gradients(1, out, NULL, m->weights, m->weight, out + 1);
}

static inline stint_status mlp_train(void *self, stint_tensor *const *in, stint_tensor **out)
{
    const mlp *m = self;
    TRY(mlp_gradients(self, in, m->out));
    out[0] = m->out[0];
    return stint_optimiser_update(m->adam, m->weights, m->weight, m->out + 1);
}

static const struct {
    stint_fn_body *body;
    int inputs;
    bool with_gradients; /* in the outputs */
} mlp_bodies[] = {
    [MLP_FORWARD] = {mlp_forward, 1, false},
    [MLP_GRADIENTS] = {mlp_gradients, 2, true},
    [MLP_TRAIN] = {mlp_train, 2, false},
};

static inline stint_fn *mlp_fn(mlp *m)
{
    int outputs = 1 + (mlp_bodies[m->what].with_gradients ? m->weights : 0);
    return stint_fn_new(m->engine, mlp_bodies[m->what].body, m, mlp_bodies[m->what].inputs,
                        outputs);
}

/* --- its values ---------------------------------------------------------------------------- */

static inline const float *mlp_normal(mlp *m, int64_t n, double deviation, uint64_t stream)
{
    for (int64_t i = 0; i < n; i++)
        m->room[i] = (float)(deviation * rng_normal((rng){stream, RNG_GENERATE}, (uint64_t)i));
    return m->room;
}

static inline stint_status mlp_overwrite(mlp *m, stint_tensor *t, double deviation, uint64_t stream)
{
    int64_t n = stint_tensor_count(t);
    return stint_write(t, mlp_normal(m, n, deviation, stream), (size_t)n * sizeof(float));
}

/* New weights (He et al. 2015), zeros for biases and for Adam's state. */
static inline stint_status mlp_renew(mlp *m)
{
    for (int i = 0; i < m->weights; i++) {
        double in = (double)m->shape->sizes[i / 2];
        TRY(mlp_overwrite(m, m->weight[i], i % 2 == 0 ? sqrt(2 / in) : 0, 3 + (uint64_t)i));
    }
    for (int i = 0; m->adam && i < stint_optimiser_states(m->adam); i++) {
        char name[64];
        stint_tensor *state = stint_optimiser_state(m->adam, i, name, sizeof name);
        TRY(mlp_made(m, state));
        size_t bytes =
            (size_t)stint_tensor_count(state) * stint_dtype_bytes(stint_tensor_dtype(state));
        memset(m->room, 0, bytes);
        TRY(stint_write(state, m->room, bytes));
    }
    m->age = 0;
    return STINT_OK;
}

static inline stint_tensor *mlp_labels(mlp *m, int64_t rows, int64_t classes)
{
    int64_t *label = (int64_t *)(void *)m->room;
    for (int64_t i = 0; i < rows; i++)
        label[i] = (int64_t)rng_below((rng){2, RNG_GENERATE}, (uint64_t)i, (uint64_t)classes);
    return stint_keep(stint_tensor_new(m->engine, STINT_I64, STINT_SHAPE(rows), label));
}

static inline stint_status mlp_make_tensors(mlp *m)
{
    const mlp_shape *s = m->shape;
    int64_t wide = s->sizes[0], narrow = s->sizes[s->layers];
    for (int i = 0; i < s->layers; i++) {
        m->weight[2 * i] = stint_keep(
            stint_zeros(m->engine, STINT_F32, STINT_SHAPE(s->sizes[i], s->sizes[i + 1])));
        m->weight[2 * i + 1] =
            stint_keep(stint_zeros(m->engine, STINT_F32, STINT_SHAPE(s->sizes[i + 1])));
    }
    m->in[0] = stint_keep(stint_tensor_new(m->engine, STINT_F32, STINT_SHAPE(s->rows, wide),
                                           mlp_normal(m, s->rows * wide, 1, 1)));
    m->in[1] = s->classes
                   ? mlp_labels(m, s->rows, narrow)
                   : stint_keep(stint_tensor_new(m->engine, STINT_F32, STINT_SHAPE(s->rows, narrow),
                                                 mlp_normal(m, s->rows * narrow, 1, 2)));
    return ctx_status(m->engine);
}

/* Floats of the largest tensor; a label, an i64, takes two. */
static inline int64_t mlp_room(const mlp_shape *s)
{
    int64_t most = 2 * s->rows;
    for (int i = 0; i <= s->layers; i++) {
        int64_t batch = s->rows * s->sizes[i], w = i > 0 ? s->sizes[i - 1] * s->sizes[i] : 0;
        most = batch > most ? batch : most;
        most = w > most ? w : most;
    }
    return most;
}

static inline stint_status mlp_open(stint_context *engine, const mlp_shape *s, mlp_what what,
                                    mlp *m)
{
    *m = (mlp){.engine = engine, .shape = s, .what = what, .weights = 2 * s->layers};
    m->weight = mem_new(engine, TAG_BASE, stint_tensor *, m->weights);
    m->out = mem_new(engine, TAG_BASE, stint_tensor *, m->weights + 1);
    m->room = mem_new(engine, TAG_BASE, float, mlp_room(s));
    if (!m->weight || !m->out || !m->room)
        return STINT_ENOMEM;
    TRY(mlp_make_tensors(m));
    if (what == MLP_TRAIN)
        m->adam = stint_optimiser_new(engine, "adam", 0, NULL);
    TRY(mlp_renew(m));
    m->step = mlp_fn(m);
    return ctx_status(engine);
}

static inline void mlp_close(mlp *m)
{
    stint_fn_free(m->step);
    stint_optimiser_free(m->adam);
    for (int i = 0; m->weight && i < m->weights; i++)
        stint_drop(m->weight[i]);
    stint_drop(m->in[0]);
    stint_drop(m->in[1]);
    mem_free(m->weight);
    mem_free(m->out);
    mem_free(m->room);
    *m = (mlp){0};
}

static inline stint_status mlp_run(mlp *m, int steps)
{
    for (int i = 0; i < steps; i++)
        TRY(stint_fn_call(m->step, m->in, m->out));
    m->age += steps;
    return STINT_OK;
}

#endif
