/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011): random numbers as a pure function of
 * (seed, stream, index), so that skipping, splitting and resuming need no state. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

typedef struct rng {
    uint64_t seed, stream;
} rng;

/* Streams in use, so that two purposes never share numbers. */
enum {
    RNG_SPLIT = 1,
    RNG_BOOTSTRAP = 2,
    RNG_GENERATE = 3,
    RNG_LANCZOS = 4,
    RNG_LANDMARKS = 5,
    RNG_KMEANS_SEED = 6,
    RNG_KMEANS_BATCH = 7,
    RNG_SILHOUETTE = 8,
    RNG_LOADER = 9,
    RNG_DRAW = 10
};

void philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

uint64_t rng_u64(rng r, uint64_t index);
double rng_uniform(rng r, uint64_t index);             /* [0, 1), 53 bits */
double rng_normal(rng r, uint64_t index);              /* Box–Muller */
uint64_t rng_below(rng r, uint64_t index, uint64_t n); /* 0 … n-1, by 128-bit multiply */

#endif
