/* Any bytes as a cell of each encoder: encoded or refused with a reason, the same way twice, and
 * never a bit behind the last. */
#include "data/bits.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { WIDTH_MOST = 1024 };

static void encode(stint_context *c, const bits_encoder *e, const char *text, int64_t len)
{
    uint8_t first[WIDTH_MOST / 8], second[WIDTH_MOST / 8];
    char why[160] = "", digits[WIDTH_MOST + 1];
    bits_work *w;
    int64_t width = e->width;
    if (bits_open(c, e, &w) != STINT_OK)
        __builtin_trap();
    memset(first, 0xFF, sizeof first);
    bool good = bits_encode(w, text, len, width, first, why, sizeof why);
    if (bits_encode(w, text, len, width, second, why, sizeof why) != good || good == (why[0] != 0))
        __builtin_trap();
    for (int64_t i = width; good && i < (width + 7) / 8 * 8; i++)
        if (first[i / 8] >> (7 - i % 8) & 1)
            __builtin_trap();
    if (good && memcmp(first, second, (size_t)(width + 7) / 8) != 0)
        __builtin_trap();
    if (good) {
        bits_text(first, width, digits);
        if (e->kind == BITS_STRING && memcmp(digits, text, (size_t)len) != 0)
            __builtin_trap();
    }
    bits_close(w);
}

/* The first byte is the width of a bit string; the rest is the cell. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const bits_encoder others[] = {
        {.kind = BITS_BLOOM, .width = 101, .hashes = 3, .key = "key"},
        {.kind = BITS_GRAMS, .width = 25, .alphabet = "ab\xC3\xA9 z"},
        {.kind = BITS_GRAMS, .width = 25, .alphabet = "ab\xC3\xA9 z", .strict = true},
    };
    stint_context *c = stint_open(NULL);
    if (n > 0) {
        const char *text = (const char *)bytes + 1;
        int64_t len = (int64_t)n - 1;
        bits_encoder string = {.kind = BITS_STRING, .width = bytes[0] + 1};
        encode(c, &string, text, len);
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            encode(c, &others[i], text, len);
    }
    stint_close(c);
    return 0;
}
