/* Small named f64 tensors in a safetensors file: what a saved model is made of. */
#ifndef MODEL_TENSORS_H
#define MODEL_TENSORS_H

#include "base/os/os.h"

typedef struct tensor_f64 {
    const char *name;
    int64_t shape[2];
    int axes;
    double *at;
} tensor_f64;

/* Written whole and atomically; names in the order given. */
stint_status tensors_write(ctx *c, const char *path, const tensor_f64 *tensors, int n);

/* Find each named tensor: shape, axes and data, which lie in one block that the caller frees
 * (mem_free(*block)).  A missing or damaged one is STINT_EDATA. */
stint_status tensors_read(ctx *c, const char *path, tensor_f64 *wanted, int n, double **block);

#endif
