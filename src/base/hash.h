/* Content hashes: XXH3-128 for our own caches and journals (fast, not adversarial),
 * SHA-256 for manifests, which others check with standard tools. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/ctx.h"

typedef struct hash128 {
    uint64_t low, high;
} hash128;

#define HASH_TEXT_SIZE   33
#define SHA256_TEXT_SIZE 65

typedef struct hasher hasher;

hash128 hash_bytes(const void *bytes, size_t n);
uint64_t hash64(const void *bytes, size_t n);
bool hash_equal(hash128 a, hash128 b);
void hash_text(char out[HASH_TEXT_SIZE], hash128 h); /* 32 hex digits */

/* Incremental: begin, add…, end (which frees). NULL when memory is short. */
hasher *hash_begin(ctx *c);
void hash_add(hasher *h, const void *bytes, size_t n);
void hash_add_text(hasher *h,
                   const char *text); /* with its length: "ab","c" differs from "a","bc" */
hash128 hash_end(hasher *h);

/* Whole files, read in 1 MiB pieces. */
stint_status hash_file(ctx *c, const char *path, hash128 *out);
stint_status sha256_file(ctx *c, const char *path, char out[SHA256_TEXT_SIZE], int64_t *bytes);

#endif
