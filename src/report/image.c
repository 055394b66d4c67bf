#include "report/html.h"

#include <string.h>

/* PNG bytes as data URIs. */

static void base64(str *o, const uint8_t *p, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char piece[4096];
    size_t at = 0;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t left = (uint32_t)(n - i < 3 ? n - i : 3);
        uint32_t bits = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
                        (left > 2 ? p[i + 2] : 0);
        piece[at++] = digit[bits >> 18];
        piece[at++] = digit[bits >> 12 & 63];
        piece[at++] = left > 1 ? digit[bits >> 6 & 63] : '=';
        piece[at++] = left > 2 ? digit[bits & 63] : '=';
        if (at == sizeof piece) {
            str_add_bytes(o, piece, at);
            at = 0;
        }
    }
    str_add_bytes(o, piece, at);
}

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void html_png(str *o, const report_picture *p)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    const uint8_t *png = p->png;
    /* signature, length, "IHDR", width, height */
    if (!png || p->png_bytes < 24 || memcmp(png, signature, sizeof signature) != 0)
        return;
    str_addf(o, "<img width=\"%u\" height=\"%u\" alt=\"", big_endian(png + 16) / 2,
             big_endian(png + 20) / 2);
    html_text(o, p->alt ? p->alt : p->title);
    str_add(o, "\" src=\"data:image/png;base64,");
    base64(o, png, p->png_bytes);
    str_add(o, "\">");
}
