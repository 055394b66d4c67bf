#include "base/hash.h"

#include "base/mem.h"
#include "base/os/os.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

struct hasher {
    XXH3_state_t *state;
};

static hash128 from_xxh(XXH128_hash_t h)
{
    return (hash128){.low = h.low64, .high = h.high64};
}

hash128 hash_bytes(const void *bytes, size_t n)
{
    return from_xxh(XXH3_128bits(bytes, n));
}

uint64_t hash64(const void *bytes, size_t n)
{
    return XXH3_64bits(bytes, n);
}

bool hash_equal(hash128 a, hash128 b)
{
    return a.low == b.low && a.high == b.high;
}

void hash_text(char out[HASH_TEXT_SIZE], hash128 h)
{
    snprintf(out, HASH_TEXT_SIZE, "%016llx%016llx", (unsigned long long)h.high,
             (unsigned long long)h.low);
}

hasher *hash_begin(ctx *c)
{
    hasher *h = mem_new(c, TAG_BASE, hasher, 1);
    if (!h)
        return NULL;
    h->state = XXH3_createState();
    if (h->state) {
        XXH3_128bits_reset(h->state);
        return h;
    }
    fail(c, STINT_ENOMEM, "out of memory: no room for a hash");
    mem_free(h);
    return NULL;
}

void hash_add(hasher *h, const void *bytes, size_t n)
{
    if (h && n)
        XXH3_128bits_update(h->state, bytes, n);
}

void hash_add_text(hasher *h, const char *text)
{
    uint64_t n = strlen(text);
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(n >> 8 * i);
    hash_add(h, length, sizeof length);
    hash_add(h, text, n);
}

hash128 hash_end(hasher *h)
{
    if (!h)
        return (hash128){0};
    hash128 result = from_xxh(XXH3_128bits_digest(h->state));
    XXH3_freeState(h->state);
    mem_free(h);
    return result;
}

/* ---- files ---- */

static stint_status add_to_hasher(void *self, const void *bytes, size_t n)
{
    hash_add(self, bytes, n);
    return STINT_OK;
}

stint_status hash_file(ctx *c, const char *path, hash128 *out)
{
    hasher *h = hash_begin(c);
    if (!h)
        return STINT_ENOMEM;
    stint_status s = file_each_piece(c, path, add_to_hasher, h);
    *out = hash_end(h);
    return s;
}
