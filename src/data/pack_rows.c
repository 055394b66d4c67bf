#include "data/pack_impl.h"

/* A chunk's rows in blocks: features and targets, read where a pack takes them from. */

enum { ROOM_BYTES = 4 << 20 };

/* 8 bytes as doubles, 4 as floats */
int64_t pack_room_rows(int64_t columns)
{
    int64_t n = ROOM_BYTES / (12 * (columns + 1));
    return n < 64 ? 64 : n < FEATURES_BLOCK ? n : FEATURES_BLOCK;
}

int64_t pack_room_bytes(int64_t features, int64_t outputs)
{
    return COLFILE_CHUNK_ROWS * 4 + pack_room_rows(features + outputs) * 8 * (features + outputs) +
           1024;
}

bool pack_room_init(ctx *c, int64_t features, int64_t outputs, pack_room *r)
{
    r->room = pack_room_rows(features + outputs);
    r->rows = mem_new(c, TAG_TABLE, int32_t, COLFILE_CHUNK_ROWS);
    r->x = mem_new(c, TAG_TABLE, double, features * r->room);
    r->y = mem_new(c, TAG_TABLE, double, outputs * r->room);
    return r->rows && r->x && r->y;
}

void pack_room_deinit(pack_room *r)
{
    mem_free(r->rows);
    mem_free(r->x);
    mem_free(r->y);
}

stint_status pack_each(const table *t, const double *state, const bool wanted[256], int64_t chunk,
                       pack_room *r, pack_visit *visit, void *self)
{
    const uint8_t *parts = split_chunk(t->split, chunk);
    int64_t in_chunk = colfile_chunk_rows(t->file, chunk), n = 0;
    for (int32_t i = 0; i < in_chunk; i++) {
        r->rows[n] = i;
        n += wanted[parts[i]];
    }
    for (int64_t from = 0; from < n; from += r->room) {
        int64_t some = n - from < r->room ? n - from : r->room;
        const int32_t *rows = r->rows + from;
        features_read(t->features, state, false, t->file, chunk, rows, some, r->x, r->room, 1);
        table_targets(t, chunk, rows, some, r->y, r->room, 1);
        TRY(visit(self, &(pack_block){chunk, some, rows, r->x, r->y, r->room}));
    }
    return STINT_OK;
}
