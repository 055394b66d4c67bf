/* Named f64 tensors of one or two axes in a safetensors file (base/safetensors.h): what a saved
 * model is made of. */
#ifndef MODEL_TENSORS_H
#define MODEL_TENSORS_H

#include "base/safetensors.h"

enum { TENSORS_MOST = 8 }; /* of one call */

typedef struct tensor_f64 {
    const char *name;
    int64_t shape[2];
    int axes;
    double *at;
} tensor_f64;

/* Written whole and atomically; names in the order given. */
stint_status tensors_write(ctx *c, const char *path, const tensor_f64 *tensors, int n);

/* The same piece by piece, in memory that does not grow with them (`at` is not looked at):
 * begin, put every value of every tensor, end, which gives the file its name.  The writer is
 * gone after end, whatever comes out, and after abandon, which leaves no file. */
typedef safetensors_writer tensors_writer;
stint_status tensors_begin(ctx *c, const char *path, const tensor_f64 *tensors, int n,
                           tensors_writer **out);
/* The next `count` values of one tensor; different tensors may take turns. */
stint_status tensors_put(tensors_writer *w, int tensor, const double *values, int64_t count);
stint_status tensors_end(tensors_writer *w);
void tensors_abandon(tensors_writer *w); /* takes NULL */

/* Find each named tensor: shape, axes and data, which lie in one block that the caller frees
 * (mem_free(*block)).  A missing or damaged one is STINT_EDATA. */
stint_status tensors_read(ctx *c, const char *path, tensor_f64 *wanted, int n, double **block);

/* The same in a map of the file, which the caller closes: read only. */
stint_status tensors_map(ctx *c, const char *path, tensor_f64 *wanted, int n, file_map *map);

#endif
