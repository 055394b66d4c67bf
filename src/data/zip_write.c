#include "data/zip_write.h"
#include "base/os/os.h"
#include "base/vec.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* APPNOTE 6.3.3.
 *
 *     [ local header | name | extra 20 ][ deflated … ]   an entry, its header written last
 *     …
 *     [ central header | name | (ZIP64 extra) ]          one an entry
 *     [ ZIP64 end, its locator ]                         where a field needs it
 *     [ end ]
 *
 * The local extra holds the sizes of ZIP64, and otherwise the padding that OPC packages may
 * have ("growth hint"), so that a header's length is known before its entry's sizes are. */

enum {
    LOCAL_BYTES = 30,
    EXTRA_BYTES = 20,
    CENTRAL_BYTES = 46,
    END_BYTES = 22,
    END64_BYTES = 56,
    LOCATOR_BYTES = 20,
    METHOD_DEFLATE = 8,
    DATE_1980_01_01 = 1 << 5 | 1,
    VERSION_CLASSIC = 20,
    VERSION_ZIP64 = 45,
    ZIP64_ID = 1,
    GROWTH_ID = 0xa220,
    GROWTH_SIGNATURE = 0xa028,
    NAME_MOST = 100,
};

#define FIELD_FULL UINT32_MAX /* a 32-bit field that points to the ZIP64 extra */

typedef struct zip_entry {
    char name[NAME_MOST];
    uint64_t at, raw_bytes, bytes; /* its local header; uncompressed and compressed size */
    uint32_t crc;
} zip_entry;

struct zip_writer {
    ctx *ctx;
    char *path;
    int fd;
    uint64_t classic_most, end; /* behind the last byte */
    VEC(zip_entry) entries;
    bool open; /* is the last entry */
};

/* --- little-endian fields --------------------------------------------------------------------- */

typedef struct fields {
    uint8_t at[CENTRAL_BYTES + NAME_MOST + 4 + 24];
    size_t n;
} fields;

static void put(fields *f, uint64_t value, int bytes)
{
    assert(f->n + (size_t)bytes <= sizeof f->at);
    for (int i = 0; i < bytes; i++)
        f->at[f->n++] = (uint8_t)(value >> 8 * i);
}

static void put_name(fields *f, const char *name)
{
    memcpy(f->at + f->n, name, strlen(name));
    f->n += strlen(name);
}

/* --- the file --------------------------------------------------------------------------------- */

static void writer_free(zip_writer *z)
{
    if (z->fd >= 0)
        close(z->fd);
    vec_free(&z->entries);
    mem_free(z->path);
    mem_free(z);
}

zip_writer *zip_create(ctx *c, const char *path, uint64_t classic_most)
{
    zip_writer *z = mem_new(c, TAG_TABLE, zip_writer, 1);
    if (!z)
        return NULL;
    z->ctx = c;
    z->classic_most = classic_most ? classic_most : FIELD_FULL - 1;
    z->fd = -1;
    z->path = mem_strdup(c, path);
    if (z->path) {
        z->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (z->fd < 0)
            fail_errno(c, "create", path);
    }
    if (z->fd >= 0)
        return z;
    writer_free(z);
    return NULL;
}

static stint_status append(zip_writer *z, const void *bytes, size_t n)
{
    TRY(file_pwrite(z->ctx, z->fd, z->path, bytes, n, (int64_t)z->end));
    z->end += n;
    return STINT_OK;
}

void zip_abandon(zip_writer *z)
{
    if (!z)
        return;
    unlink(z->path);
    writer_free(z);
}

/* --- entries ---------------------------------------------------------------------------------- */

static bool needs_zip64(const zip_writer *z, const zip_entry *e)
{
    uint64_t sizes = e->raw_bytes > e->bytes ? e->raw_bytes : e->bytes;
    return sizes > z->classic_most || e->at > z->classic_most;
}

stint_status zip_begin(zip_writer *z, const char *name)
{
    assert(!z->open && strlen(name) < NAME_MOST);
    zip_entry e = {.at = z->end};
    strcpy(e.name, name);
    TRY(vec_push(z->ctx, TAG_TABLE, &z->entries, e));
    z->end += LOCAL_BYTES + strlen(name) + EXTRA_BYTES;
    z->open = true;
    return STINT_OK;
}

stint_status zip_put(zip_writer *z, const deflate_piece *piece)
{
    zip_entry *e = &z->entries.at[z->entries.n - 1];
    assert(z->open);
    TRY(append(z, piece->at, (size_t)piece->n));
    e->crc = deflate_crc_join(e->crc, piece->crc, piece->raw_bytes);
    e->raw_bytes += (uint64_t)piece->raw_bytes;
    e->bytes += (uint64_t)piece->n;
    return STINT_OK;
}

/* What local and central header have in common. */
static void put_common(fields *f, const zip_entry *e, bool zip64, int extra_bytes)
{
    put(f, zip64 ? VERSION_ZIP64 : VERSION_CLASSIC, 2);
    put(f, 0, 2); /* flags */
    put(f, METHOD_DEFLATE, 2);
    put(f, 0, 2); /* midnight */
    put(f, DATE_1980_01_01, 2);
    put(f, e->crc, 4);
    put(f, zip64 ? FIELD_FULL : e->bytes, 4);
    put(f, zip64 ? FIELD_FULL : e->raw_bytes, 4);
    put(f, strlen(e->name), 2);
    put(f, (uint64_t)extra_bytes, 2);
}

stint_status zip_end(zip_writer *z)
{
    zip_entry *e = &z->entries.at[z->entries.n - 1];
    assert(z->open);
    TRY(append(z, DEFLATE_END, DEFLATE_END_BYTES));
    e->bytes += DEFLATE_END_BYTES;
    bool zip64 = needs_zip64(z, e);
    fields f = {.n = 0};
    put(&f, 0x04034b50, 4);
    put_common(&f, e, zip64, EXTRA_BYTES);
    put_name(&f, e->name);
    put(&f, zip64 ? ZIP64_ID : GROWTH_ID, 2);
    put(&f, EXTRA_BYTES - 4, 2);
    put(&f, zip64 ? e->raw_bytes : GROWTH_SIGNATURE, 8);
    put(&f, zip64 ? e->bytes : 0, 8);
    z->open = false;
    return file_pwrite(z->ctx, z->fd, z->path, f.at, f.n, (int64_t)e->at);
}

/* --- the directory ---------------------------------------------------------------------------- */

static stint_status put_central(zip_writer *z, const zip_entry *e)
{
    bool zip64 = needs_zip64(z, e);
    fields f = {.n = 0};
    put(&f, 0x02014b50, 4);
    put(&f, zip64 ? VERSION_ZIP64 : VERSION_CLASSIC, 2); /* made by */
    put_common(&f, e, zip64, zip64 ? 4 + 24 : 0);
    put(&f, 0, 2); /* comment */
    put(&f, 0, 2); /* disk */
    put(&f, 0, 2 + 4);
    put(&f, zip64 ? FIELD_FULL : e->at, 4);
    put_name(&f, e->name);
    if (zip64) {
        put(&f, ZIP64_ID, 2);
        put(&f, 24, 2);
        put(&f, e->raw_bytes, 8);
        put(&f, e->bytes, 8);
        put(&f, e->at, 8);
    }
    return append(z, f.at, f.n);
}

static void put_end64(const zip_writer *z, fields *f, uint64_t n, uint64_t from)
{
    put(f, 0x06064b50, 4);
    put(f, END64_BYTES - 12, 8); /* what follows */
    put(f, VERSION_ZIP64, 2);
    put(f, VERSION_ZIP64, 2);
    put(f, 0, 4 + 4); /* disks */
    put(f, n, 8);
    put(f, n, 8);
    put(f, z->end - from, 8);
    put(f, from, 8);
    put(f, 0x07064b50, 4);
    put(f, 0, 4);
    put(f, z->end, 8);
    put(f, 1, 4);
}

static stint_status put_directory(zip_writer *z)
{
    uint64_t from = z->end, n = (uint64_t)z->entries.n;
    for (int64_t i = 0; i < z->entries.n; i++)
        TRY(put_central(z, &z->entries.at[i]));
    uint64_t bytes = z->end - from;
    bool zip64 = n >= UINT16_MAX || z->end > z->classic_most;
    fields f = {.n = 0};
    _Static_assert(sizeof f.at >= END64_BYTES + LOCATOR_BYTES + END_BYTES, "the ends fit");
    if (zip64)
        put_end64(z, &f, n, from);
    put(&f, 0x06054b50, 4);
    put(&f, 0, 2 + 2); /* disks */
    put(&f, zip64 ? UINT16_MAX : n, 2);
    put(&f, zip64 ? UINT16_MAX : n, 2);
    put(&f, zip64 ? FIELD_FULL : bytes, 4);
    put(&f, zip64 ? FIELD_FULL : from, 4);
    put(&f, 0, 2); /* comment */
    return append(z, f.at, f.n);
}

stint_status zip_finish(zip_writer *z)
{
    assert(!z->open);
    stint_status s = put_directory(z);
    if (s == STINT_OK)
        s = file_sync(z->ctx, z->fd, z->path);
    int fd = z->fd;
    z->fd = -1;
    if (close(fd) != 0 && s == STINT_OK)
        s = fail_errno(z->ctx, "close", z->path);
    if (s == STINT_OK)
        writer_free(z);
    else
        zip_abandon(z);
    return s;
}
