#include "data/bits_impl.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* Two-grams of a text as a multi-hot row: bit (a n + b) where characters a and b of the alphabet,
 * which has n, follow each other.  Text is case-folded unless that would leave the alphabet, that
 * is, when some character of it is not its own fold.  A character outside the alphabet stands
 * between its neighbours: they are no pair. */

enum { NARROW = 128 };

typedef struct grams {
    int64_t n;
    bool folds;
    int16_t narrow[NARROW];             /* place of an ASCII character, -1 = none */
    uint32_t codes[BITS_ALPHABET_MOST]; /* [n] */
} grams;

static int64_t alphabet_place(const grams *g, uint32_t code)
{
    if (code < NARROW)
        return g->narrow[code];
    for (int64_t i = 0; i < g->n; i++)
        if (g->codes[i] == code)
            return i;
    return -1;
}

static stint_status grams_open(bits_work *w)
{
    grams *g = arena_new(&w->arena, grams, 1);
    if (!g)
        return STINT_ENOMEM;
    g->n = bits_codes(w->encoder.alphabet, g->codes, BITS_ALPHABET_MOST);
    g->folds = true;
    memset(g->narrow, -1, sizeof g->narrow);
    for (int64_t i = 0; i < g->n; i++) {
        g->folds &= bits_fold(g->codes[i]) == g->codes[i];
        if (g->codes[i] < NARROW)
            g->narrow[g->codes[i]] = (int16_t)i;
    }
    w->tables = g;
    return STINT_OK;
}

static bool fail_outside(const char *text, const uint8_t *at, const uint8_t *end, char *why,
                         size_t size)
{
    const uint8_t *p = (const uint8_t *)text;
    int64_t number = 1;
    for (; p < at; number++)
        (void)bits_code(&p, end);
    uint32_t code = bits_code(&p, end);
    snprintf(why, size, "character %lld is '%.*s', which is not in data.grams.alphabet",
             (long long)number, code < 0x20 ? 0 : (int)(p - at), (const char *)at);
    return false;
}

static bool grams_encode(bits_work *w, const char *text, int64_t len, int64_t width, uint8_t *out,
                         char *why, size_t size)
{
    const grams *g = w->tables;
    const uint8_t *p = (const uint8_t *)text, *end = p + len;
    int64_t before = -1;
    memset(out, 0, (size_t)(width + 7) / 8);
    while (p < end) {
        const uint8_t *at = p;
        uint32_t code = bits_code(&p, end);
        int64_t place = alphabet_place(g, g->folds ? bits_fold(code) : code);
        if (place < 0 && w->encoder.strict)
            return fail_outside(text, at, end, why, size);
        if (before >= 0 && place >= 0)
            bits_set(out, before * g->n + place);
        before = place;
    }
    return true;
}

static void grams_name(const bits_encoder *e, int64_t i, char *out, size_t size)
{
    uint32_t codes[BITS_ALPHABET_MOST];
    char gram[9];
    int64_t n = bits_codes(e->alphabet, codes, BITS_ALPHABET_MOST);
    int len = utf8_put(gram, codes[i / n]);
    len += utf8_put(gram + len, codes[i % n]);
    snprintf(out, size, "%.*s", len, gram);
}

static const char *grams_check(const bits_encoder *e)
{
    uint32_t codes[BITS_ALPHABET_MOST];
    if (!e->alphabet || !utf8_valid(e->alphabet, (int64_t)strlen(e->alphabet)))
        return "the alphabet is not UTF-8 text";
    int64_t n = bits_codes(e->alphabet, codes, BITS_ALPHABET_MOST);
    if (n < 1 || n > BITS_ALPHABET_MOST)
        return "an alphabet has 1 to 256 characters";
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < i; k++)
            if (codes[i] == codes[k])
                return "a character stands twice in the alphabet";
    return e->width == n * n ? NULL : "the width is not the alphabet's length squared";
}

const bits_class bits_of_grams = {
    .name = "grams",
    .check = grams_check,
    .open = grams_open,
    .encode = grams_encode,
    .name_bit = grams_name,
};
