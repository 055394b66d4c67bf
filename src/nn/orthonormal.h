/* Vectors made orthogonal to each other and of length 1. */
#ifndef NN_ORTHONORMAL_H
#define NN_ORTHONORMAL_H

#include <stdint.h>

/* In place, `count` ≤ n vectors of n numbers, v [count][n], by modified Gram-Schmidt, each twice
 * (Giraud, Langou, Rozložník, van den Eshof 2005: then orthogonal to rounding, unless they depend
 * on each other to rounding).  The Q of a QR decomposition whose R has a positive diagonal. */
void orthonormal(int64_t count, int64_t n, double *v);

#endif
