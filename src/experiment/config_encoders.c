/* data.bits, data.bloom and data.grams together: the encoders of the source. */
#include "experiment/config_impl.h"

#include <stdlib.h>
#include <string.h>

/* A key is written into an experiment as this and its digest.  Who has the key itself gives it
 * anew; workers have no use for it. */
#define KEPT "kept:"

static int count(const char *const *names)
{
    int n = 0;
    while (names[n])
        n++;
    return n;
}

static stint_status fail_at(config_loader *l, const char *path, const char *what)
{
    const config_key *k = config_key_find(path);
    return config_key_fail(l, k, l->nodes[k - config_keys], "%s", what);
}

static bool is_kept(const char *key)
{
    size_t n = strlen(KEPT);
    return strncmp(key, KEPT, n) == 0 && strlen(key + n) == BITS_DIGEST_SIZE - 1 &&
           strspn(key + n, "0123456789abcdef") == BITS_DIGEST_SIZE - 1;
}

/* The key as given, else from the environment; and its digest, as kept or made of it. */
static stint_status take_key(config_loader *l)
{
    config_bits *b = &l->config->bits;
    bool kept = is_kept(b->key);
    const char *outside = getenv(BITS_KEY_VARIABLE);
    const char *secret = *b->key && !kept ? b->key : outside && *outside ? outside : NULL;
    if (kept)
        memcpy(b->digest, b->key + strlen(KEPT), BITS_DIGEST_SIZE);
    b->secret = secret ? arena_strdup(&l->config->arena, secret) : NULL;
    if (!secret)
        return kept ? STINT_OK
                    : fail_at(l, "data.bloom.key",
                              "names are encoded with a key that only you know: give one here or "
                              "in the environment as " BITS_KEY_VARIABLE);
    char digest[BITS_DIGEST_SIZE];
    TRY(b->secret ? bits_digest(l->ctx, secret, digest) : STINT_ENOMEM);
    if (kept && strcmp(digest, b->digest) != 0)
        return fail_at(l, "data.bloom.key",
                       "the experiment was made with another key than the one in the "
                       "environment (" BITS_KEY_VARIABLE ")");
    memcpy(b->digest, digest, sizeof digest);
    return STINT_OK;
}

static stint_status add(config_loader *l, const char *path, const char *const *columns,
                        const bits_encoder *of)
{
    char why[128];
    source *s = &l->config->source;
    bits_encoder *list = (bits_encoder *)s->encoders;
    if (columns[0] && !bits_check(of, why, sizeof why))
        return fail_at(l, path, why);
    for (; *columns; columns++) {
        list[s->n_encoders] = *of;
        list[s->n_encoders++].column = *columns;
    }
    return STINT_OK;
}

static int64_t characters(const char *text)
{
    int64_t n = 0;
    for (; *text; text++)
        n += (*text & 0xC0) != 0x80;
    return n;
}

stint_status config_encoders_settle(config_loader *l)
{
    config *cfg = l->config;
    config_bits *b = &cfg->bits;
    int n = count(b->strings) + count(b->bloom) + count(b->grams);
    if (n == 0)
        return STINT_OK;
    cfg->source.encoders = arena_new(&cfg->arena, bits_encoder, n);
    if (!cfg->source.encoders)
        return STINT_ENOMEM;
    if (b->bloom[0])
        TRY(take_key(l));
    int64_t letters = characters(b->alphabet);
    TRY(add(l, "data.bits", b->strings, &(bits_encoder){.kind = BITS_STRING}));
    TRY(add(l, "data.bloom.width", b->bloom,
            &(bits_encoder){.kind = BITS_BLOOM,
                            .width = b->width,
                            .hashes = b->hashes,
                            .key = b->secret,
                            .digest = b->digest}));
    return add(l, "data.grams.alphabet", b->grams,
               &(bits_encoder){.kind = BITS_GRAMS,
                               .width = letters * letters,
                               .alphabet = b->alphabet,
                               .strict = b->strict != 0});
}

void config_key_kept(const config *cfg, str *out)
{
    str_addf(out, "\"" KEPT "%s\"", cfg->bits.digest);
}
