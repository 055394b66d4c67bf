#include "data/deflate.h"

#include <assert.h>
#include <zlib.h>

/* Sheets are digits between ever the same tags: measured on random numbers, level 3 takes 1.8
 * times as long as level 1 and leaves a file 7 % smaller. */
enum { LEVEL = 1, RAW_WINDOW_BITS = -15, MEMORY_LEVEL = 8 };

struct deflater {
    ctx *ctx;
    z_stream stream;
};

static void *take_memory(void *self, unsigned items, unsigned size)
{
    return mem_alloc(self, TAG_TABLE, (size_t)items * size);
}

static void give_memory(void *self, void *block)
{
    (void)self;
    mem_free(block);
}

deflater *deflater_new(ctx *c)
{
    deflater *d = mem_new(c, TAG_TABLE, deflater, 1);
    if (!d)
        return NULL;
    d->ctx = c;
    d->stream = (z_stream){.zalloc = take_memory, .zfree = give_memory, .opaque = c};
    int s = deflateInit2(&d->stream, LEVEL, Z_DEFLATED, RAW_WINDOW_BITS, MEMORY_LEVEL,
                         Z_DEFAULT_STRATEGY);
    if (s == Z_OK)
        return d;
    fail(c, s == Z_MEM_ERROR ? STINT_ENOMEM : STINT_EFAIL, "zlib cannot begin a stream: %s",
         zError(s));
    mem_free(d);
    return NULL;
}

void deflater_free(deflater *d)
{
    if (!d)
        return;
    deflateEnd(&d->stream);
    mem_free(d);
}

/* What zlib promises at most for any of its settings, with the flush behind it. */
static int64_t most_deflated(int64_t n)
{
    return n + n / 8 + n / 64 + 64;
}

int64_t deflate_piece_bytes(int64_t raw_bytes)
{
    return mem_cost((size_t)most_deflated(raw_bytes));
}

static stint_status make_room(ctx *c, deflate_piece *p, int64_t room)
{
    if (p->room >= room)
        return STINT_OK;
    mem_free(p->at);
    p->at = mem_alloc(c, TAG_TABLE, (size_t)room);
    p->room = p->at ? room : 0;
    return p->at ? STINT_OK : STINT_ENOMEM;
}

stint_status deflater_run(deflater *d, const void *raw, int64_t n, deflate_piece *out)
{
    assert(n <= INT64_C(1) << 30);
    TRY(make_room(d->ctx, out, most_deflated(n)));
    z_stream *z = &d->stream;
    z->next_in = (Bytef *)raw;
    z->avail_in = (uInt)n;
    z->next_out = out->at;
    z->avail_out = (uInt)out->room;
    int s = deflateReset(z);
    if (s == Z_OK)
        s = deflate(z, Z_SYNC_FLUSH);
    if (s != Z_OK || z->avail_in > 0 || z->avail_out == 0)
        return fail(d->ctx, STINT_EFAIL, "zlib cannot compress %lld bytes: %s", (long long)n,
                    zError(s));
    out->n = z->next_out - out->at;
    out->raw_bytes = n;
    out->crc = (uint32_t)crc32(0, raw, (uInt)n);
    return STINT_OK;
}

uint32_t deflate_crc_join(uint32_t crc, uint32_t behind, int64_t raw_bytes)
{
    return (uint32_t)crc32_combine(crc, behind, raw_bytes);
}
