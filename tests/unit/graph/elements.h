/* Elements of any dtype as doubles, by code of the tests' own: the truth that the library's
 * conversions are held against. */
#ifndef UNIT_GRAPH_ELEMENTS_H
#define UNIT_GRAPH_ELEMENTS_H

#include "stint/tensor.h"

/* To and from memory.  Floats round to nearest even; integers are given whole and in range. */
void element_put(stint_dtype d, void *at, int64_t i, double x);
double element_get(stint_dtype d, const void *at, int64_t i);
/* The nearest value that a float dtype has; x itself of others. */
double element_round(stint_dtype d, double x);
/* Half a unit in the last place of 1, and the least normal number; 0 of integers. */
double element_precision(stint_dtype d);
double element_least(stint_dtype d);

/* A row-major tensor with these values, converted. */
stint_tensor *elements_tensor(stint_context *ctx, stint_dtype d, int axes, const int64_t *shape,
                              const double *x);
/* A tensor's values, as doubles to be freed; NULL after a failure. */
double *elements_read(stint_tensor *t);
/* Its bytes, to be freed; NULL after a failure. */
void *elements_bytes(stint_tensor *t);
int64_t elements_size(const stint_tensor *t); /* in bytes */

#endif
