/* A zip archive in memory, whole or wrong in a chosen way. */
#ifndef UNIT_DATA_ZIP_MAKE_H
#define UNIT_DATA_ZIP_MAKE_H

#include "base/str.h"

#include <string.h>
#include <zlib.h>

typedef struct zip_wrong {
    bool stored, encrypted;
    int method;   /* stated instead of the true one; 0 = the true one */
    uint32_t crc; /* added to the true checksum */
    int32_t size; /* added to the true size */
} zip_wrong;

typedef struct zip_making {
    str out, directory;
    int n;
} zip_making;

static inline void zip_begin(zip_making *z, ctx *c)
{
    z->n = 0;
    str_init(&z->out, c, TAG_BASE);
    str_init(&z->directory, c, TAG_BASE);
}

static inline void zip_put(str *to, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++, value >>= 8)
        str_add_bytes(to, (char[]){(char)value}, 1);
}

static inline void zip_deflate(str *to, const void *bytes, size_t n)
{
    char room[1 << 14];
    z_stream s = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)n};
    int more = Z_OK;
    deflateInit2(&s, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    while (more == Z_OK) {
        s.next_out = (Bytef *)room;
        s.avail_out = sizeof room;
        more = deflate(&s, Z_FINISH);
        str_add_bytes(to, room, sizeof room - s.avail_out);
    }
    deflateEnd(&s);
}

/* What local header and directory have in common. */
static inline void zip_facts(str *to, const zip_wrong *w, const uint32_t facts[3], size_t name_len)
{
    zip_put(to, 20, 2);
    zip_put(to, w->encrypted ? 1 : 0, 2);
    zip_put(to, (uint64_t)(w->method ? w->method : w->stored ? 0 : 8), 2);
    zip_put(to, 0x21 << 16, 4); /* 1980-01-01 */
    for (int i = 0; i < 3; i++)
        zip_put(to, facts[i], 4);
    zip_put(to, name_len, 2);
    zip_put(to, 0, 2);
}

static inline void zip_add(zip_making *z, const char *name, const void *bytes, size_t n,
                           const zip_wrong *wrong)
{
    static const zip_wrong right;
    const zip_wrong *w = wrong ? wrong : &right;
    size_t at = z->out.len;
    str packed;
    str_init(&packed, z->out.ctx, TAG_BASE);
    if (w->stored)
        str_add_bytes(&packed, bytes, n);
    else
        zip_deflate(&packed, bytes, n);
    uint32_t facts[3] = {(uint32_t)crc32(0, bytes, (uInt)n) + w->crc, (uint32_t)packed.len,
                         (uint32_t)n + (uint32_t)w->size};
    str_add_bytes(&z->out, "PK\3\4", 4);
    zip_facts(&z->out, w, facts, strlen(name));
    str_add(&z->out, name);
    str_add_bytes(&z->out, packed.at, packed.len);
    str_deinit(&packed);
    str_add_bytes(&z->directory, "PK\1\2\24\0", 6);
    zip_facts(&z->directory, w, facts, strlen(name));
    zip_put(&z->directory, 0, 10); /* no comment, one disk, no attributes */
    zip_put(&z->directory, at, 4);
    str_add(&z->directory, name);
    z->n++;
}

static inline void zip_add_text(zip_making *z, const char *name, const char *text)
{
    zip_add(z, name, text, strlen(text), NULL);
}

/* The archive stands in z->out; zip_free it. */
static inline void zip_end(zip_making *z)
{
    size_t at = z->out.len;
    str_add_bytes(&z->out, z->directory.at, z->directory.len);
    str_add_bytes(&z->out, "PK\5\6\0\0\0\0", 8);
    zip_put(&z->out, (uint64_t)z->n, 2);
    zip_put(&z->out, (uint64_t)z->n, 2);
    zip_put(&z->out, z->directory.len, 4);
    zip_put(&z->out, at, 4);
    zip_put(&z->out, 0, 2);
}

static inline void zip_free(zip_making *z)
{
    str_deinit(&z->out);
    str_deinit(&z->directory);
}

#endif
