#include "base/utf8.h"

int utf8_bytes(const uint8_t *p, const uint8_t *end)
{
    int n = *p < 0x80 ? 1 : *p < 0xC2 ? 0 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : *p < 0xF5 ? 4 : 0;
    if (n == 0 || end - p < n)
        return 0;
    for (int i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((*p == 0xE0 && p[1] < 0xA0) || (*p == 0xED && p[1] > 0x9F) || (*p == 0xF0 && p[1] < 0x90) ||
        (*p == 0xF4 && p[1] > 0x8F))
        return 0;
    return n;
}

/* The NUL at the end continues no sequence, so none is followed beyond it. */
size_t utf8_length(const char *text)
{
    const uint8_t *p = (const uint8_t *)text;
    return (size_t)utf8_bytes(p, p + 4);
}

bool utf8_valid(const char *text, int64_t len)
{
    const uint8_t *p = (const uint8_t *)text, *end = p + len;
    for (int n; p < end; p += n)
        if ((n = utf8_bytes(p, end)) == 0)
            return false;
    return true;
}

int utf8_put(char *out, uint32_t code)
{
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return 0;
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    static const uint8_t marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    int n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (int i = n - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(marks[n] | code);
    return n;
}
