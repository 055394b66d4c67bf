#include "unit/graph/mlp.h"

#include "base/rng.h"

static const int64_t shapes[MLP_WEIGHTS][2] = {
    {MLP_IN, MLP_HIDDEN}, {MLP_HIDDEN}, {MLP_HIDDEN, MLP_OUT}, {MLP_OUT}};
static const int axes[MLP_WEIGHTS] = {2, 1, 2, 1};

bool mlp_init(mlp *m, stint_context *ctx)
{
    bool ok = true;
    stint_scope *s = stint_scope_open(ctx);
    *m = (mlp){.generator = stint_keep(stint_generator(ctx, 11))};
    stint_tensor *drawn = stint_generator(ctx, 5);
    for (int i = 0; i < MLP_WEIGHTS; i++) {
        stint_tensor *zeros = stint_zeros(ctx, STINT_F32, axes[i], shapes[i]);
        m->velocity[i] = stint_keep(zeros);
        m->w[i] = stint_keep(stint_normal(drawn, STINT_F32, axes[i], shapes[i], 0, 0.5));
        ok &= m->w[i] && zeros;
    }
    ok = ok && m->generator && stint_realise(MLP_WEIGHTS, m->w) == STINT_OK;
    ok &= stint_scope_close(s) == STINT_OK;
    if (!ok)
        mlp_deinit(m);
    return ok;
}

void mlp_deinit(mlp *m)
{
    for (int i = 0; i < MLP_WEIGHTS; i++) {
        stint_drop(m->w[i]);
        stint_drop(m->velocity[i]);
    }
    stint_drop(m->generator);
    *m = (mlp){0};
}

stint_status mlp_step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    mlp *m = self;
    stint_tensor *gradient[MLP_WEIGHTS];
    stint_tensor *hidden = stint_relu(stint_linear(in[0], m->w[0], m->w[1]));
    hidden = stint_dropout(hidden, 0.25, m->generator);
    stint_tensor *logits = stint_linear(stint_tanh(hidden), m->w[2], m->w[3]);
    out[0] = stint_cross_entropy(logits, in[1], STINT_REDUCE_MEAN);
    stint_status s = stint_gradients(1, out, NULL, MLP_WEIGHTS, m->w, gradient);
    for (int i = 0; !s && i < MLP_WEIGHTS; i++) { /* v = 0.9 v + g; w -= 0.1 v */
        stint_tensor *v = stint_mul_number(m->velocity[i], 0.9);
        if (!stint_assign(m->velocity[i], stint_add(v, gradient[i])) ||
            !stint_sub_(m->w[i], stint_mul_number(m->velocity[i], 0.1)))
            s = STINT_EFAIL;
    }
    return s;
}

void mlp_batch(stint_context *ctx, int k, stint_tensor *in[2])
{
    float x[MLP_ROWS * MLP_IN];
    int64_t label[MLP_ROWS];
    rng r = {77, (uint64_t)k};
    for (int i = 0; i < MLP_ROWS * MLP_IN; i++)
        x[i] = (float)rng_normal(r, (uint64_t)i);
    for (int i = 0; i < MLP_ROWS; i++)
        label[i] = x[i * MLP_IN] > 0.5f ? 2 : x[i * MLP_IN + 1] > 0;
    in[0] = stint_tensor_new(ctx, STINT_F32, STINT_SHAPE(MLP_ROWS, MLP_IN), x);
    in[1] = stint_tensor_new(ctx, STINT_I64, STINT_SHAPE(MLP_ROWS), label);
}
