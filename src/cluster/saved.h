/* A clustering as a safetensors file, between save.c and load.c. */
#ifndef CLUSTER_SAVED_H
#define CLUSTER_SAVED_H

#include "base/safetensors.h"
#include "cluster/cluster.h"

#include <stddef.h>

enum { SAVED_VERSION = 1, SAVED_ARRAYS = 8 };
#define SAVED_FACTS "stint_clustering" /* the tensor with what is known, JSON */

typedef struct saved_array {
    const char *tensor;
    stint_dtype dtype;
    size_t offset; /* of the pointer in stint_clustering */
} saved_array;
extern const saved_array saved_arrays[SAVED_ARRAYS];

const void *saved_at(const stint_clustering *m, int array);

/* Names, dtypes and shapes by the facts, in the order of the table. */
void saved_shapes(const stint_clustering *m, int64_t merges, safetensor *out);

#endif
