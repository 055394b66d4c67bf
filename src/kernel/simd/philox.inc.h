/* Philox with a counter a lane of 64 bits, included once per instruction set with
 *   PHILOX_NAME    the function,
 *   WIDE_LANES     lanes of 64 bits in a register.
 *
 * A word of 32 bits lies in the lower half of its lane over rubbish in the upper half: products
 * of lower halves are one instruction, whose result is both words that a round needs of it. */

#include "kernel/philox.h"

#include <string.h>
#if STINT_SIMD_X86
#include <immintrin.h>
#endif

typedef uint64_t words __attribute__((vector_size(8 * WIDE_LANES)));
typedef int64_t words_i __attribute__((vector_size(8 * WIDE_LANES)));
typedef int32_t halves __attribute__((vector_size(8 * WIDE_LANES)));

#if !STINT_SIMD_X86
#define LOWER_PRODUCT(a, b) (((a)&UINT32_MAX) * (b))
#elif WIDE_LANES == 8
#define LOWER_PRODUCT(a, b) ((words)_mm512_mul_epu32((__m512i)(a), (__m512i)(b)))
#elif WIDE_LANES == 4
#define LOWER_PRODUCT(a, b) ((words)_mm256_mul_epu32((__m256i)(a), (__m256i)(b)))
#else
#define LOWER_PRODUCT(a, b) ((words)_mm_mul_epu32((__m128i)(a), (__m128i)(b)))
#endif

typedef struct group {
    words x[4];
} group;

static inline __attribute__((always_inline)) group rounds(group g, uint32_t k0, uint32_t k1)
{
    const words a = (words){0} + 0xD2511F53u, b = (words){0} + 0xCD9E8D57u;
    for (int round = 0; round < 10; round++) {
        words p0 = LOWER_PRODUCT(g.x[0], a), p1 = LOWER_PRODUCT(g.x[2], b);
        g.x[0] = (p1 >> 32) ^ g.x[1] ^ (uint64_t)k0;
        g.x[1] = p1;
        g.x[2] = (p0 >> 32) ^ g.x[3] ^ (uint64_t)k1;
        g.x[3] = p0;
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    return g;
}

/* Words 0, 1 and words 2, 3 of each counter as pairs of 64 bits, put side by side. */
static inline __attribute__((always_inline)) void put(group g, uint32_t *out)
{
    words low = (g.x[0] & UINT32_MAX) | g.x[1] << 32, high = (g.x[2] & UINT32_MAX) | g.x[3] << 32;
#if WIDE_LANES == 8
    words first = __builtin_shufflevector(low, high, 0, 8, 1, 9, 2, 10, 3, 11);
    words second = __builtin_shufflevector(low, high, 4, 12, 5, 13, 6, 14, 7, 15);
#elif WIDE_LANES == 4
    words first = __builtin_shufflevector(low, high, 0, 4, 1, 5);
    words second = __builtin_shufflevector(low, high, 2, 6, 3, 7);
#else
    words first = __builtin_shufflevector(low, high, 0, 2);
    words second = __builtin_shufflevector(low, high, 1, 3);
#endif
    memcpy(out, &first, sizeof first);
    memcpy(out + 2 * WIDE_LANES, &second, sizeof second);
}

static inline group counters(uint64_t first, uint64_t stream)
{
    words at;
    for (int i = 0; i < WIDE_LANES; i++)
        at[i] = first + (uint64_t)i;
    return (group){{at, at >> 32, (words){0} + (stream & UINT32_MAX), (words){0} + (stream >> 32)}};
}

/* Two registers of counters at a time, so that one's products are the other's wait. */
void PHILOX_NAME(uint64_t seed, uint64_t stream, uint64_t first, int64_t blocks, uint32_t *out)
{
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    int64_t i = 0;
    for (; i + 2 * WIDE_LANES <= blocks; i += 2 * WIDE_LANES) {
        group a = rounds(counters(first + (uint64_t)i, stream), k0, k1);
        group b = rounds(counters(first + (uint64_t)i + WIDE_LANES, stream), k0, k1);
        put(a, out + 4 * i);
        put(b, out + 4 * (i + WIDE_LANES));
    }
    for (; i < blocks; i += WIDE_LANES) {
        uint32_t part[4 * WIDE_LANES];
        int64_t n = blocks - i < WIDE_LANES ? blocks - i : WIDE_LANES;
        put(rounds(counters(first + (uint64_t)i, stream), k0, k1), part);
        memcpy(out + 4 * i, part, (size_t)n * 16);
    }
}
