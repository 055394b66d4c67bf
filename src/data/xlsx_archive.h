/* The zip archive that a workbook is: parts by name, inflated in pieces.
 *
 * Nothing the archive states about sizes is believed: bytes are counted as they come.  A part
 * that grows beyond the limit, or a thousandfold beyond its 64th MiB, is refused, as are
 * encryption, methods of compression other than deflate, and two parts of one name.  Names are
 * compared without case and leading slash, as the packages' standard (ECMA-376 part 2) does. */
#ifndef DATA_XLSX_ARCHIVE_H
#define DATA_XLSX_ARCHIVE_H

#include "base/map.h"
#include "data/xlsx_library.h"

typedef struct archive {
    ctx *ctx;
    const char *path; /* the caller's */
    const zip_api *api;
    zip_t *zip;
    map parts; /* name in lower case → entry */
    int64_t part_bytes;
} archive;

stint_status archive_open(ctx *c, const char *path, int64_t part_bytes, archive *out);
void archive_close(archive *a);
bool archive_has(archive *a, const char *part);

typedef struct archive_part {
    archive *of;
    const char *name; /* the caller's */
    zip_file_t *file;
    int64_t packed_bytes, bytes; /* as stated; inflated so far */
} archive_part;

stint_status part_open(archive *a, const char *name, archive_part *out);
/* The next bytes, at most `room`; *n 0 at the end, where the checksum has been compared. */
stint_status part_read(archive_part *p, void *to, int room, int *n);
void part_close(archive_part *p);

#endif
