/* What a checkpoint holds: named tensors, and memory of the host as tensors. */
#ifndef TRAIN_SAVED_H
#define TRAIN_SAVED_H

#include "base/safetensors.h"
#include "train/trainer.h"

typedef struct item {
    char name[80];
    stint_tensor *tensor; /* or memory of the host, or both: the tensor's shape, these values */
    void *at;             /* neither: a sum of the items since the last one, hexadecimal digits */
    stint_dtype dtype;
    int64_t count;
} item;

typedef VEC(item) items;

/* The net's weights and states, by their names. */
stint_status saved_add_net(stint_trainer *t, items *all);
/* What else is of one size in every checkpoint of a training: optimiser, scaler, sums … */
stint_status saved_add_steps(stint_trainer *t, items *all);
stint_status saved_add_host(stint_trainer *t, items *all, const char *name, stint_dtype d, void *at,
                            int64_t count);

/* By which damage to the items before it is seen. */
stint_status saved_add_sum(stint_trainer *t, items *all, const char *name);
#define SAVED_SUM       "train.sum"       /* of the net and the steps */
#define SAVED_FACTS_SUM "train.facts_sum" /* of where the training stands, and whose it is */

safetensor saved_header(const item *i);
void saved_path(const stint_trainer *t, const char *name, char out[512]);

#endif
