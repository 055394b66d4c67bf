#include "base/rng.h"

#include <math.h>
#include <string.h>

/* Ten rounds over a 128-bit counter, here (index, stream), keyed by the seed.  One block
 * of four words per index, of which u64 uses two and normal all. */

__extension__ typedef unsigned __int128 u128;

static uint32_t high32(uint64_t x)
{
    return (uint32_t)(x >> 32);
}

void philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t x[4], k0 = key[0], k1 = key[1];
    memcpy(x, counter, sizeof x);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = UINT64_C(0xD2511F53) * x[0], p1 = UINT64_C(0xCD9E8D57) * x[2];
        uint32_t next[4] = {high32(p1) ^ x[1] ^ k0, (uint32_t)p1, high32(p0) ^ x[3] ^ k1,
                            (uint32_t)p0};
        memcpy(x, next, sizeof x);
        k0 += 0x9E3779B9; /* golden ratio */
        k1 += 0xBB67AE85; /* sqrt(3) - 1 */
    }
    memcpy(out, x, sizeof x);
}

static void words(rng r, uint64_t index, uint64_t out[2])
{
    uint32_t counter[4] = {(uint32_t)index, high32(index), (uint32_t)r.stream, high32(r.stream)};
    uint32_t key[2] = {(uint32_t)r.seed, high32(r.seed)}, x[4];
    philox4x32_10(counter, key, x);
    out[0] = (uint64_t)x[1] << 32 | x[0];
    out[1] = (uint64_t)x[3] << 32 | x[2];
}

static double unit_interval(uint64_t x)
{
    return (double)(x >> 11) * 0x1p-53;
}

uint64_t rng_u64(rng r, uint64_t index)
{
    uint64_t x[2];
    words(r, index, x);
    return x[0];
}

double rng_uniform(rng r, uint64_t index)
{
    return unit_interval(rng_u64(r, index));
}

/* sqrt(-2 ln u) cos(2 pi v), u in (0, 1] so that the logarithm is finite */
double rng_normal(rng r, uint64_t index)
{
    const double two_pi = 6.283185307179586;
    uint64_t x[2];
    words(r, index, x);
    double u = 1 - unit_interval(x[0]), v = unit_interval(x[1]);
    return sqrt(-2 * log(u)) * cos(two_pi * v);
}

uint64_t rng_below(rng r, uint64_t index, uint64_t n)
{
    return (uint64_t)((u128)rng_u64(r, index) * n >> 64);
}
