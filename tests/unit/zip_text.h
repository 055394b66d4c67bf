/* Entries of a ZIP file, found by its directory, for tests of what writes one. */
#ifndef UNIT_ZIP_TEXT_H
#define UNIT_ZIP_TEXT_H

#include "base/os/os.h"

#include <string.h>
#include <zlib.h>

static inline uint64_t zip_field(const str *file, size_t at, int bytes)
{
    uint64_t x = 0;
    for (int i = 0; i < bytes; i++)
        x |= (uint64_t)(uint8_t)file->at[at + (size_t)i] << 8 * i;
    return x;
}

/* Where the directory begins and how many entries it has; false = there is none. */
static inline bool zip_directory(const str *file, size_t *at, uint64_t *n)
{
    size_t end = file->len - 22;
    if (file->len < 22 || zip_field(file, end, 4) != 0x06054b50)
        return false;
    *n = zip_field(file, end + 10, 2);
    *at = zip_field(file, end + 16, 4);
    if (*at != UINT32_MAX)
        return true;
    size_t end64 = zip_field(file, end - 20 + 8, 8);
    *n = zip_field(file, end64 + 32, 8);
    *at = zip_field(file, end64 + 48, 8);
    return zip_field(file, end - 20, 4) == 0x07064b50 && zip_field(file, end64, 4) == 0x06064b50;
}

/* The deflated bytes at `from` to `out`; false = they are damaged. */
static inline bool zip_inflate(const str *file, size_t from, uint64_t bytes, uint32_t crc, str *out)
{
    char room[1 << 16];
    z_stream z = {.next_in = (Bytef *)file->at + from, .avail_in = (uInt)bytes};
    int s = inflateInit2(&z, -15);
    while (s == Z_OK) {
        z.next_out = (Bytef *)room;
        z.avail_out = sizeof room;
        s = inflate(&z, Z_NO_FLUSH);
        str_add_bytes(out, room, sizeof room - z.avail_out);
    }
    bool whole = s == Z_STREAM_END && z.avail_in == 0;
    inflateEnd(&z);
    return whole && crc32(0, (const Bytef *)out->at, (uInt)out->len) == crc;
}

/* Appends the text of an entry; false = there is none, or it is damaged.  *zip64 tells whether
 * its sizes stand in the extra. */
static inline bool zip_text(const str *file, const char *name, str *out, bool *zip64)
{
    size_t at;
    uint64_t n;
    if (!zip_directory(file, &at, &n))
        return false;
    for (uint64_t i = 0; i < n; i++) {
        size_t name_n = zip_field(file, at + 28, 2), extra_n = zip_field(file, at + 30, 2);
        if (name_n == strlen(name) && memcmp(file->at + at + 46, name, name_n) == 0) {
            uint64_t bytes = zip_field(file, at + 20, 4), raw = zip_field(file, at + 24, 4),
                     local = zip_field(file, at + 42, 4);
            *zip64 = bytes == UINT32_MAX;
            if (*zip64) {
                raw = zip_field(file, at + 46 + name_n + 4, 8);
                bytes = zip_field(file, at + 46 + name_n + 12, 8);
                local = zip_field(file, at + 46 + name_n + 20, 8);
            }
            size_t from =
                local + 30 + zip_field(file, local + 26, 2) + zip_field(file, local + 28, 2);
            return zip_field(file, local, 4) == 0x04034b50 &&
                   zip_inflate(file, from, bytes, (uint32_t)zip_field(file, at + 16, 4), out) &&
                   out->len == raw;
        }
        at += 46 + name_n + extra_n;
    }
    return false;
}

#endif
