#include "data/bits_impl.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* Keyed Bloom filters of names: Schnell, Bachteler, Reiher 2009, "Privacy-preserving record
 * linkage using Bloom filters", with the double hashing of Kirsch & Mitzenmacher 2006:
 *
 *     "Smith" -> _smith_ -> _s sm mi it th h_;  bit i of a gram = (h1 + i h2) mod width
 *
 * h1 and h2 are the first and second 8 bytes, the highest first, of HMAC-SHA-256(key, gram in
 * UTF-8).  Texts share their grams: the bits of each are kept, so that most cost no HMAC. */

enum { NARROW = 128, SLOTS = 1 << 15, KEPT_BYTES = 4 << 20, GRAM_BYTES = 8 };

#define PAD ((uint32_t)'_')

typedef struct bloom {
    int32_t kept, room;             /* grams */
    int32_t narrow[NARROW][NARROW]; /* gram + 1 by two ASCII characters, 0 = not met */
    uint64_t keys[SLOTS];           /* of the others: both code points, 0 = free */
    int32_t grams[SLOTS];           /* gram + 1 */
    uint16_t *bits;                 /* [room + 1][hashes]; the last is for those not kept */
} bloom;

static stint_status bloom_open(bits_work *w)
{
    const bits_encoder *e = &w->encoder;
    bloom *b = arena_new(&w->arena, bloom, 1);
    if (!b)
        return STINT_ENOMEM;
    if (!e->key)
        return fail(
            w->ctx, STINT_EUSAGE,
            "the names of a Bloom encoding take its key, and only the key's digest is known here: "
            "set " BITS_KEY_VARIABLE "=... in the environment");
    int64_t room = KEPT_BYTES / (2 * e->hashes);
    b->room = (int32_t)(room < SLOTS / 2 ? room : SLOTS / 2);
    b->bits = arena_new(&w->arena, uint16_t, (b->room + 1) * e->hashes);
    w->tables = b;
    return b->bits ? STINT_OK : STINT_ENOMEM;
}

static uint64_t big_endian(const uint8_t *at)
{
    uint64_t x = 0;
    for (int i = 0; i < 8; i++)
        x = x << 8 | at[i];
    return x;
}

static bool gram_bits(const bits_encoder *e, uint32_t first, uint32_t second, uint16_t *out)
{
    char gram[GRAM_BYTES];
    uint8_t mac[HMAC_BYTES];
    int n = utf8_put(gram, first);
    n += utf8_put(gram + n, second);
    if (!hmac_sha256(e->key, strlen(e->key), gram, (size_t)n, mac))
        return false;
    uint64_t width = (uint64_t)e->width, at = big_endian(mac) % width;
    uint64_t step = big_endian(mac + 8) % width;
    for (int64_t i = 0; i < e->hashes; i++, at = (at + step) % width)
        out[i] = (uint16_t)at;
    return true;
}

/* Where the gram's number is kept; NULL when it is not met and there is no room. */
static int32_t *gram_slot(bloom *b, uint32_t first, uint32_t second)
{
    if (first < NARROW && second < NARROW)
        return &b->narrow[first][second];
    uint64_t key = (uint64_t)first << 32 | second;
    uint64_t slot = (key * UINT64_C(0x9E3779B97F4A7C15)) >> 49;
    for (; b->keys[slot] && b->keys[slot] != key; slot = (slot + 1) % SLOTS)
        ;
    if (!b->keys[slot] && b->kept == b->room)
        return NULL;
    b->keys[slot] = key;
    return &b->grams[slot];
}

/* The bits [hashes] of a gram; NULL when libcrypto fails. */
static const uint16_t *gram_of(bits_work *w, uint32_t first, uint32_t second)
{
    bloom *b = w->tables;
    int32_t *slot = gram_slot(b, first, second);
    if (slot && *slot)
        return b->bits + (int64_t)(*slot - 1) * w->encoder.hashes;
    uint16_t *bits = b->bits + (int64_t)b->kept * w->encoder.hashes;
    if (!gram_bits(&w->encoder, first, second, bits))
        return NULL;
    if (slot && b->kept < b->room)
        *slot = ++b->kept;
    return bits;
}

static bool bloom_encode(bits_work *w, const char *text, int64_t len, int64_t width, uint8_t *out,
                         char *why, size_t size)
{
    const uint8_t *p = (const uint8_t *)text, *end = p + len;
    uint32_t before = PAD;
    bool last = len == 0;
    memset(out, 0, (size_t)(width + 7) / 8);
    while (!last) {
        last = p == end;
        uint32_t code = last ? PAD : bits_fold(bits_code(&p, end));
        const uint16_t *bits = gram_of(w, before, code);
        if (!bits) {
            snprintf(why, size, "libcrypto has no HMAC-SHA-256");
            return false;
        }
        for (int64_t i = 0; i < w->encoder.hashes; i++)
            bits_set(out, bits[i]);
        before = code;
    }
    return true;
}

static void bloom_name(const bits_encoder *e, int64_t i, char *out, size_t size)
{
    (void)e;
    snprintf(out, size, "bloom %lld", (long long)i);
}

static const char *bloom_check(const bits_encoder *e)
{
    if (e->width < 8)
        return "the width of a Bloom filter is at least 8 bits";
    if (e->hashes < 1 || e->hashes > BITS_HASHES_MOST)
        return "a two-gram sets 1 to 1024 bits";
    return e->key && !*e->key ? "the key is empty" : NULL;
}

const bits_class bits_of_blooms = {
    .name = "bloom",
    .check = bloom_check,
    .open = bloom_open,
    .encode = bloom_encode,
    .name_bit = bloom_name,
};
