#include "base/hash.h"
#include "base/os/os.h"

#include <openssl/evp.h>
#include <stdio.h>

/* SHA-256 of files, by libcrypto: for manifests, which others verify. */

typedef struct sha256 {
    EVP_MD_CTX *md;
    int64_t bytes;
} sha256;

static stint_status add_to_sha256(void *self, const void *bytes, size_t n)
{
    sha256 *h = self;
    h->bytes += (int64_t)n;
    return EVP_DigestUpdate(h->md, bytes, n) ? STINT_OK : STINT_EFAIL;
}

static stint_status sha256_run(ctx *c, const char *path, sha256 *h, char out[SHA256_TEXT_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!h->md || !EVP_DigestInit_ex(h->md, EVP_sha256(), NULL))
        return fail(c, STINT_EFAIL, "cannot hash %s: libcrypto has no SHA-256", path);
    TRY(file_each_piece(c, path, add_to_sha256, h));
    if (!EVP_DigestFinal_ex(h->md, digest, &n))
        return fail(c, STINT_EFAIL, "cannot hash %s: libcrypto failed", path);
    for (unsigned i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return STINT_OK;
}

stint_status sha256_file(ctx *c, const char *path, char out[SHA256_TEXT_SIZE], int64_t *bytes)
{
    sha256 h = {EVP_MD_CTX_new(), 0};
    out[0] = '\0';
    stint_status s = sha256_run(c, path, &h, out);
    EVP_MD_CTX_free(h.md);
    if (bytes)
        *bytes = h.bytes;
    return s;
}
