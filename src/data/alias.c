#include "data/alias.h"

#include "base/mem.h"
#include "base/rng.h"

#include <math.h>

__extension__ typedef unsigned __int128 u128;

/* Weights scaled to a mean of 1 are dealt into columns of 1: one that has less than 1 is filled up
 * by one that has more, which is its alias and keeps the rest.  `waiting` holds the columns that
 * have too little from its front and those that have too much from its back. */

static stint_status sum_of(ctx *c, const double *weight, int64_t n, double *out)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!(weight[i] >= 0) || isinf(weight[i]))
            return fail(c, STINT_EUSAGE, "loader: weight %lld is %g; weights are finite and >= 0",
                        (long long)i, weight[i]);
        sum += weight[i];
    }
    if (!(sum > 0) || isinf(sum))
        return fail(c, STINT_EUSAGE, "loader: the weights' sum is %g", sum);
    *out = sum;
    return STINT_OK;
}

/* A column that is its own alias is right whatever its `below`. */
static void settle(alias_column *column, int64_t i, double share, int64_t other)
{
    column[i].below = share >= 1 ? UINT64_MAX : (uint64_t)(share * 0x1p64);
    column[i].other = share >= 1 ? i : other;
}

static void deal(alias *a, double *share, int64_t *waiting)
{
    int64_t little = 0, much = a->n;
    for (int64_t i = 0; i < a->n; i++)
        waiting[share[i] < 1 ? little++ : --much] = i;
    while (little > 0 && much < a->n) {
        int64_t poor = waiting[--little], rich = waiting[much];
        settle(a->column, poor, share[poor], rich);
        share[rich] -= 1 - share[poor];
        if (share[rich] < 1) {
            much++;
            waiting[little++] = rich;
        }
    }
    while (little > 0) /* less than 1 by rounding alone */
        settle(a->column, waiting[--little], 1, 0);
    for (; much < a->n; much++)
        settle(a->column, waiting[much], 1, 0);
}

stint_status alias_open(ctx *c, const double *weight, int64_t n, alias *out)
{
    double sum = 0;
    *out = (alias){.n = n};
    TRY(sum_of(c, weight, n, &sum));
    alias_column *column = mem_new(c, TAG_TABLE, alias_column, n);
    double *share = mem_new(c, TAG_TABLE, double, n);
    int64_t *waiting = mem_new(c, TAG_TABLE, int64_t, n);
    if (column && share && waiting) {
        for (int64_t i = 0; i < n; i++)
            share[i] = weight[i] / sum * (double)n;
        out->column = column;
        deal(out, share, waiting);
    } else {
        mem_free(column);
    }
    mem_free(waiting);
    mem_free(share);
    return out->column ? STINT_OK : ctx_status(c);
}

void alias_close(alias *a)
{
    mem_free(a->column);
    *a = (alias){0};
}

/* --- drawing --------------------------------------------------------------------------------- */

enum { DRAWS = 32 }; /* made together, so that columns are on their way from memory together */

/* 64 random bits a position: of Philox's block i those of positions 2i and 2i+1. */
static void draw_bits(rng r, uint64_t first, int64_t count, uint64_t *out)
{
    uint32_t key[2] = {(uint32_t)r.seed, (uint32_t)(r.seed >> 32)}, x[4] = {0};
    for (int64_t i = 0; i < count; i++) {
        uint64_t position = first + (uint64_t)i, block = position / 2;
        uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)r.stream,
                               (uint32_t)(r.stream >> 32)};
        int at = (int)(position % 2) * 2;
        if (at == 0 || i == 0)
            philox4x32_10(counter, key, x);
        out[i] = (uint64_t)x[at + 1] << 32 | x[at];
    }
}

/* One number serves both draws: its product with n is the column, and what is behind the point of
 * it the second number. */
static void draw(const alias *a, const uint64_t *bits, int64_t count, int64_t *out)
{
    uint64_t second[DRAWS];
    for (int64_t i = 0; i < count; i++) {
        u128 product = (u128)bits[i] * (uint64_t)a->n;
        out[i] = (int64_t)(product >> 64);
        second[i] = (uint64_t)product;
        __builtin_prefetch(&a->column[out[i]], 0, 0);
    }
    for (int64_t i = 0; i < count; i++) {
        const alias_column *at = &a->column[out[i]];
        int64_t kept = -(int64_t)(second[i] < at->below); /* a branch would be foreseen by chance */
        out[i] = (out[i] & kept) | (at->other & ~kept);
    }
}

void alias_take(const alias *a, uint64_t seed, uint64_t epoch, int64_t first, int64_t count,
                int64_t *out)
{
    rng r = {rng_u64((rng){seed, RNG_DRAW}, epoch), RNG_DRAW};
    uint64_t bits[DRAWS];
    for (int64_t i = 0; i < count; i += DRAWS) {
        int64_t n = count - i < DRAWS ? count - i : DRAWS;
        draw_bits(r, (uint64_t)(first + i), n, bits);
        draw(a, bits, n, out + i);
    }
}
