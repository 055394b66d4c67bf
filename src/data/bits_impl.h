/* Encoders of cells inside: one class a kind, and what they share. */
#ifndef DATA_BITS_IMPL_H
#define DATA_BITS_IMPL_H

#include "data/bits.h"

typedef struct bits_class {
    const char *name; /* in configs, column files and saved models */

    /* What is wrong with the settings that the kind has; a format for bits_check. */
    const char *(*check)(const bits_encoder *e);

    /* Tables of `w`, in its arena; NULL = none. */
    stint_status (*open)(bits_work *w);

    bool (*encode)(bits_work *w, const char *text, int64_t len, int64_t width, uint8_t *out,
                   char *why, size_t size);
    void (*name_bit)(const bits_encoder *e, int64_t i, char *out, size_t size);
} bits_class;

extern const bits_class bits_of_strings, bits_of_blooms, bits_of_grams;

struct bits_work {
    ctx *ctx;
    arena arena;
    bits_encoder encoder;
    const bits_class *class;
    void *tables; /* of the class */
};

/* The code point at *p, which moves behind it; UTF-8 that is none counts as U+FFFD a byte. */
uint32_t bits_code(const uint8_t **p, const uint8_t *end);

/* Simple case folding of one code point. */
uint32_t bits_fold(uint32_t code);

/* Code points of a text that ends in NUL, at most `most` into out; how many it has. */
int64_t bits_codes(const char *text, uint32_t *out, int64_t most);

static inline void bits_set(uint8_t *out, int64_t i)
{
    out[i / 8] |= (uint8_t)(0x80 >> (i % 8));
}

/* HMAC-SHA-256 (RFC 2104, FIPS 180-4), by libcrypto; false where it has none. */
#define HMAC_BYTES 32
bool hmac_sha256(const void *key, size_t key_len, const void *text, size_t len,
                 uint8_t out[HMAC_BYTES]);

#endif
