/* Training programs as functions of a step: those that leak, as leaks are reported of such
 * programs, and those that leak nothing. */
#ifndef UNIT_GRAPH_LEAK_CASES_H
#define UNIT_GRAPH_LEAK_CASES_H

#include "unit/fixture.h"
#include "unit/graph/mlp.h"

#include "stint/optim.h"

enum { BAG = 2048, EPOCH = 4, TABLE = 64 };

/* What a program has: a net, a batch, and places to keep things in. */
typedef struct world {
    ctx *ctx;
    mlp net;
    stint_tensor *in[2]; /* the step's batch */
    stint_tensor *bag[BAG], *running, *table;
    stint_fn *fns[BAG], *fn;
    stint_optimiser *optimisers[BAG], *optimiser;
    stint_accumulator *accumulators[BAG];
    stint_scaler *scalers[BAG];
    stint_tape *tape;
    int held, fns_held, optimisers_held, accumulators_held, scalers_held;
    float data[TABLE][MLP_IN];
} world;

typedef stint_status leak_step(world *w, int step);

typedef struct leak_case {
    const char *name; /* of the function, as a stack has it */
    leak_step *step;
    const char *holder; /* in the text of what holds it */
    bool opens_scope;   /* a step has no scope of its own */
} leak_case;

/* Each ended by a row without a name. */
extern const leak_case leaks_seeded[], leaks_none[];

void world_open(ctx *c, world *w);
void world_close(world *w, stint_scope *outer);
void world_put(world *w, stint_tensor *t); /* kept, in the bag */
void world_empty_bag(world *w);

/* Pieces of steps */
stint_tensor *world_logits(const world *w, stint_tensor *x);
stint_tensor *world_loss(const world *w);
stint_status world_gradients(world *w, stint_tensor **loss, stint_tensor **gradient);
stint_status world_train(world *w, stint_optimiser *o);

#endif
