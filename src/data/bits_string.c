#include "data/bits_impl.h"

#include <stdio.h>
#include <string.h>

/* Bit strings.  Eight characters are one word: '0' and '1' differ in its lowest bits alone, so
 * that what else differs is an error, and one multiplication gathers those bits, the first
 * character's highest.  The products' bits never meet, since 8 i = 9 j has no solution here. */

#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))
#define GATHER      UINT64_C(0x8040201008040201)

static uint64_t load_eight(const char *at)
{
    uint64_t x;
    memcpy(&x, at, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x ^ EIGHT('0');
}

static bool fail_character(const char *text, int64_t len, char *why, size_t size)
{
    int64_t i = 0, number = 1;
    for (; i < len && (text[i] == '0' || text[i] == '1'); i++)
        number++;
    const uint8_t *p = (const uint8_t *)text + i, *from = p;
    uint32_t code = bits_code(&p, (const uint8_t *)text + len);
    if (code < 0x20)
        snprintf(why, size, "character %lld is the control character %u, not 0 or 1",
                 (long long)number, (unsigned)code);
    else
        snprintf(why, size, "character %lld is '%.*s', not 0 or 1", (long long)number,
                 (int)(p - from), (const char *)from);
    return false;
}

static bool string_encode(bits_work *w, const char *text, int64_t len, int64_t width, uint8_t *out,
                          char *why, size_t size)
{
    uint64_t strange = 0, x;
    int64_t i = 0;
    (void)w;
    if (len == 0) {
        snprintf(why, size, "the cell is empty, where %lld bits are needed", (long long)width);
        return false;
    }
    for (; i + 8 <= len && i + 8 <= width; i += 8) {
        x = load_eight(text + i);
        strange |= x & ~EIGHT(1);
        out[i / 8] = (uint8_t)(x * GATHER >> 56);
    }
    if (i < len && len - i < 8 && i < width) {
        char last[8] = "00000000";
        memcpy(last, text + i, (size_t)(len - i));
        x = load_eight(last);
        strange |= x & ~EIGHT(1);
        out[i / 8] = (uint8_t)(x * GATHER >> 56);
    }
    if (strange)
        return fail_character(text, len, why, size);
    if (len == width)
        return true;
    for (i = 0; i < len; i++)
        if (text[i] != '0' && text[i] != '1')
            return fail_character(text, len, why, size);
    snprintf(why, size, "%lld bits, where %lld are needed: all cells need one length",
             (long long)len, (long long)width);
    return false;
}

static void string_name(const bits_encoder *e, int64_t i, char *out, size_t size)
{
    (void)e;
    snprintf(out, size, "%lld", (long long)i);
}

static const char *string_check(const bits_encoder *e)
{
    (void)e;
    return NULL;
}

const bits_class bits_of_strings = {
    .name = "bits",
    .check = string_check,
    .encode = string_encode,
    .name_bit = string_name,
};
