#include "data/order.h"

#include "base/rng.h"

#include <assert.h>
#include <math.h>

/* Rounds of several positions are done side by side: each waits for its multiplications. */

enum { LANES = 16 };

typedef struct lanes {
    uint64_t left[LANES], right[LANES];
} lanes;

/* --- making ---------------------------------------------------------------------------------- */

static uint64_t root_up(uint64_t n)
{
    uint64_t r = (uint64_t)sqrt((double)n);
    while (r * r < n)
        r++;
    while (r > 1 && (r - 1) * (r - 1) >= n)
        r--;
    return r;
}

static void shuffle(order *o, rng r)
{
    for (int64_t i = 0; i < o->n; i++) {
        int64_t j = (int64_t)rng_below(r, (uint64_t)i, (uint64_t)i + 1);
        o->small[i] = o->small[j];
        o->small[j] = (uint8_t)i;
    }
}

void order_init(order *o, int64_t n, uint64_t seed, uint64_t epoch)
{
    assert(n >= 1);
    rng r = {rng_u64((rng){seed, RNG_LOADER}, epoch), RNG_LOADER};
    o->n = n;
    o->left = root_up((uint64_t)n);
    assert(o->left >= 1);
    o->right = ((uint64_t)n + o->left - 1) / o->left;
    if (n <= ORDER_SMALL)
        shuffle(o, r);
    else
        for (int i = 0; i < ORDER_ROUNDS; i++)
            o->key[i] = rng_u64(r, (uint64_t)i);
}

/* --- taking ---------------------------------------------------------------------------------- */

/* A hash of x below `size`, which is below 2^32: the upper half of a product's bits, scaled. */
static inline uint64_t hash_below(uint64_t x, uint64_t key, uint64_t size)
{
    x = (x + key) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 32) * UINT64_C(0x94d049bb133111eb);
    return (x >> 32) * size >> 32;
}

static inline uint64_t add_below(uint64_t a, uint64_t b, uint64_t size)
{
    uint64_t sum = a + b;
    return sum >= size ? sum - size : sum;
}

static inline void mix(const order *o, lanes *at)
{
    for (int i = 0; i < ORDER_ROUNDS; i += 2) {
        for (int k = 0; k < LANES; k++)
            at->left[k] =
                add_below(at->left[k], hash_below(at->right[k], o->key[i], o->left), o->left);
        for (int k = 0; k < LANES; k++)
            at->right[k] =
                add_below(at->right[k], hash_below(at->left[k], o->key[i + 1], o->right), o->right);
    }
}

static uint64_t mix_one(const order *o, uint64_t x)
{
    uint64_t l = x / o->right, r = x % o->right;
    for (int i = 0; i < ORDER_ROUNDS; i += 2) {
        l = add_below(l, hash_below(r, o->key[i], o->left), o->left);
        r = add_below(r, hash_below(l, o->key[i + 1], o->right), o->right);
    }
    return l * o->right + r;
}

static int64_t joined(const order *o, uint64_t l, uint64_t r)
{
    uint64_t x = l * o->right + r;
    while (x >= (uint64_t)o->n)
        x = mix_one(o, x);
    return (int64_t)x;
}

static void take_small(const order *o, int64_t first, int64_t count, int64_t *out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = o->small[first + i];
}

void order_take(const order *o, int64_t first, int64_t count, int64_t *out)
{
    assert(first >= 0 && first + count <= o->n);
    if (o->n <= ORDER_SMALL) {
        take_small(o, first, count, out);
        return;
    }
    uint64_t l = (uint64_t)first / o->right, r = (uint64_t)first % o->right;
    for (int64_t i = 0; i < count; i += LANES) {
        lanes at;
        for (int k = 0; k < LANES; k++) {
            at.left[k] = l;
            at.right[k] = r++;
            if (r == o->right)
                r = 0, l = l + 1 < o->left ? l + 1 : 0;
        }
        mix(o, &at);
        int64_t lanes_used = count - i < LANES ? count - i : LANES;
        for (int64_t k = 0; k < lanes_used; k++)
            out[i + k] = joined(o, at.left[k], at.right[k]);
    }
}
