#include "data/bits_impl.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The key of a Bloom encoding: what is done with it, and what may be kept of it. */

/* Some ten milliseconds a guess, for us once a run. */
enum { ROUNDS = 20000, DIGEST_BYTES = (BITS_DIGEST_SIZE - 1) / 2 };

bool hmac_sha256(const void *key, size_t key_len, const void *text, size_t len,
                 uint8_t out[HMAC_BYTES])
{
    unsigned n = 0;
    return HMAC(EVP_sha256(), key, (int)key_len, text, len, out, &n) && n == HMAC_BYTES;
}

stint_status bits_digest(ctx *c, const char *key, char out[BITS_DIGEST_SIZE])
{
    static const char salt[] = "stint bloom key";
    uint8_t digest[DIGEST_BYTES];
    if (!PKCS5_PBKDF2_HMAC(key, (int)strlen(key), (const uint8_t *)salt, sizeof salt - 1, ROUNDS,
                           EVP_sha256(), DIGEST_BYTES, digest))
        return fail(c, STINT_EFAIL, "data.bloom.key: libcrypto has no PBKDF2");
    for (int i = 0; i < DIGEST_BYTES; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return STINT_OK;
}

stint_status bits_find_key(ctx *c, arena *a, const char *whose, bits_encoder *list, int n)
{
    char digest[BITS_DIGEST_SIZE] = "";
    const char *key = getenv(BITS_KEY_VARIABLE);
    key = key && *key ? arena_strdup(a, key) : NULL;
    for (int i = 0; key && i < n; i++) {
        if (list[i].kind != BITS_BLOOM || list[i].key)
            continue;
        if (!*digest)
            TRY(bits_digest(c, key, digest));
        if (list[i].digest && strcmp(list[i].digest, digest) != 0)
            return fail(c, STINT_EUSAGE,
                        BITS_KEY_VARIABLE ": column \"%s\" of %s was encoded with another key",
                        list[i].column, whose);
        list[i].key = key;
    }
    return ctx_status(c);
}
