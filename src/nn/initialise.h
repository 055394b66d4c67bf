/* Initialiser classes: the values that a new weight begins with. */
#ifndef NN_INITIALISE_H
#define NN_INITIALISE_H

#include "base/params.h"
#include "stint/optim.h"

/* The weight to be drawn. */
typedef struct init_weight {
    ctx *ctx;
    stint_tensor *generator;
    stint_dtype dtype;
    int axes;
    const int64_t *shape;
    double fan_in, fan_out; /* 0 where it has fewer than 2 axes */
} init_weight;

typedef struct init_class {
    const char *name;
    size_t size; /* of the struct of its parameters */
    const param *params;
    int axes; /* the fewest a weight must have */
    /* Values of the weight's dtype and shape; NULL after a failure. */
    stint_tensor *(*draw)(const void *self, const init_weight *w);
} init_class;

extern const init_class init_zeros, init_ones, init_constant, init_uniform, init_normal,
    init_xavier_uniform, init_xavier_normal, init_kaiming_uniform, init_kaiming_normal,
    init_lecun_normal, init_orthogonal, init_forget_bias;
extern const init_class *const init_table[]; /* ends in NULL */

#endif
