/* A small perceptron that learns: 8 inputs, 16 hidden, 3 classes, dropout, momentum.  Its step is
 * the body of a stint_fn, and as well a function to be called. */
#ifndef UNIT_GRAPH_MLP_H
#define UNIT_GRAPH_MLP_H

#include "stint/fn.h"

enum { MLP_IN = 8, MLP_HIDDEN = 16, MLP_OUT = 3, MLP_ROWS = 12, MLP_WEIGHTS = 4 };

typedef struct mlp {
    stint_tensor *w[MLP_WEIGHTS], *velocity[MLP_WEIGHTS]; /* kept */
    stint_tensor *generator;
} mlp;

/* Weights of a fixed draw; false after a failure, with nothing kept. */
bool mlp_init(mlp *m, stint_context *ctx);
void mlp_deinit(mlp *m);

/* in: x [rows,8] f32, labels [rows] i64; out: the loss.  Changes weights and generator. */
stint_status mlp_step(void *self, stint_tensor *const *in, stint_tensor **out);

/* Batch k, in the innermost scope. */
void mlp_batch(stint_context *ctx, int k, stint_tensor *in[2]);

#endif
