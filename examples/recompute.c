/* Trains a deep perceptron twice: once its step keeps all activations, once it may take half of
 * those bytes and computes the others again.  The losses are the same, bit for bit:
 *     recompute */
#include "stint/stint.h"
#include <stdio.h>
#include <string.h>

enum { LAYERS = 24, ROWS = 128, WIDTH = 64, WEIGHTS = 2 * LAYERS, STEPS = 40 };
typedef struct model {
    stint_tensor *w[WEIGHTS]; /* a layer's weight [in,out], then its bias [out] */
    stint_optimiser *adam;
} model;

/* tanh(x w + b) in each layer, and the net learns tanh itself. */
static stint_status step(void *self, stint_tensor *const *in, stint_tensor **loss)
{
    model *m = self;
    stint_tensor *x = in[0], *gradient[WEIGHTS];
    for (int i = 0; i < WEIGHTS; i += 2)
        x = stint_tanh(stint_linear(x, m->w[i], m->w[i + 1]));
    *loss = stint_mse(x, in[1], STINT_REDUCE_MEAN);
    stint_status s = stint_gradients(1, loss, NULL, WEIGHTS, m->w, gradient);
    return s ? s : stint_optimiser_update(m->adam, WEIGHTS, m->w, gradient);
}

/* From the same start: losses of all steps, and what the plan was within `bytes`, 0 = no limit. */
static stint_status train(stint_context *c, int64_t bytes, float *losses, stint_plan_facts *facts)
{
    stint_scope *scope = stint_scope_open(c);
    stint_tensor *generator = stint_generator(c, 1);
    stint_tensor *x = stint_normal(generator, STINT_F32, STINT_SHAPE(ROWS, WIDTH), 0, 1), *loss;
    stint_tensor *in[] = {x, stint_tanh(x)};
    model m = {.adam = stint_optimiser_new(c, "adam", 0, NULL)};
    for (int i = 0; i < WEIGHTS; i++)
        m.w[i] = stint_initialise(generator, i % 2 ? "zeros" : "orthogonal", 0, NULL, STINT_F32,
                                  2 - i % 2, (int64_t[]){WIDTH, WIDTH});
    stint_fn *f = stint_fn_new(c, step, &m, 2, 1);
    stint_status s = stint_realise(2, in);
    if (!s && bytes)
        s = stint_fn_recompute(f, STINT_RECOMPUTE_BUDGET, bytes);
    for (int i = 0; !s && i < STEPS; i++) {
        s = stint_fn_call(f, in, &loss);
        losses[i] = s ? 0 : (float)stint_item(loss);
    }
    s = s ? s : stint_fn_facts(f, facts);
    stint_fn_free(f);
    stint_optimiser_free(m.adam);
    stint_status closed = stint_scope_close(scope);
    return s ? s : closed;
}

int main(void)
{
    static float kept[STEPS], again[STEPS];
    stint_plan_facts all = {0}, half = {0};
    stint_context *c = stint_open(NULL);
    stint_status s = train(c, 0, kept, &all);
    s = s ? s : train(c, all.planned_bytes / 2, again, &half);
    printf("all kept: %lld bytes, loss %.6f -> %.6f\n", (long long)all.planned_bytes, kept[0],
           kept[STEPS - 1]);
    printf("half the budget: %lld bytes, loss %.6f -> %.6f\n", (long long)half.planned_bytes,
           again[0], again[STEPS - 1]);
    printf("computed again: %lld nodes, %.0f%% of the flops; losses are %s\n%s",
           (long long)half.recomputed_nodes, 100 * half.recomputed_flops / (all.flops + 1e-9),
           memcmp(kept, again, sizeof kept) == 0 ? "the same bits" : "different", stint_message(c));
    stint_close(c);
    return s != STINT_OK;
}
