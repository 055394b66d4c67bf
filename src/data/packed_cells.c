#include "data/packed_cells.h"

#include <string.h>

/* Text in, bits out: nothing of a cell's text is kept. */

enum { ROOM_FIRST = 64 };

void packed_cells_free(packed_cells *p)
{
    bits_close(p->work);
    mem_free(p->at);
}

static int64_t row_bytes(const packed_cells *p)
{
    return (p->encoder.width + 7) / 8;
}

static stint_status make_room(packed_cells *p, ctx *c, int64_t rows)
{
    int64_t room = p->room ? p->room : ROOM_FIRST;
    while (room < rows)
        room *= 2;
    if (room == p->room)
        return STINT_OK;
    void *at = mem_resize(c, TAG_TABLE, p->at, (size_t)(room * row_bytes(p)));
    if (!at)
        return STINT_ENOMEM;
    p->at = at;
    p->room = room;
    return STINT_OK;
}

static ingest_outcome begin(packed_cells *p, ingest *in, int column)
{
    const ingest_column *info = &in->columns[column];
    p->encoder = *info->encoder;
    p->encoder.column = NULL;
    if (p->encoder.width == 0)
        p->encoder.width = info->packed_width;
    if (info->packed)
        return INGEST_DONE;
    return bits_open(in->ctx, &p->encoder, &p->work) == STINT_OK ? INGEST_DONE : INGEST_FAILED;
}

ingest_outcome packed_cells_add(packed_cells *p, ingest *in, int column, const ingest_cells *from,
                                int64_t n, int64_t at, int64_t row)
{
    const cell_text *x = from->values;
    bool packed = in->columns[column].packed, strings = in->columns[column].encoder->kind == 0;
    if (!p->begun && begin(p, in, column) != INGEST_DONE)
        return INGEST_FAILED;
    p->begun = true;
    if (make_room(p, in->ctx, at + n) != STINT_OK)
        return INGEST_FAILED;
    uint8_t *out = p->at + at * row_bytes(p);
    if (packed) {
        memcpy(out, from->values, (size_t)(n * row_bytes(p)));
        return INGEST_DONE;
    }
    for (int64_t i = 0; i < n; i++, out += row_bytes(p)) {
        char why[160];
        bool valid = cell_is_valid(from, i);
        if (bits_encode(p->work, valid ? x[i].at : "", valid ? x[i].len : 0, p->encoder.width, out,
                        why, sizeof why))
            continue;
        if (strings && !valid)
            ingest_fail_cell(in, row + i, column, "the cell is empty, where bits are needed");
        else
            ingest_fail_cell(in, row + i, column, "%s", why);
        return INGEST_FAILED;
    }
    return INGEST_DONE;
}
