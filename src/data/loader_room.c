#include "base/mem.h"
#include "data/loader_impl.h"

/* The memory of slots: one block, in it each slot's indices and arrays, on lines of their own.
 *
 *     [ index … | array 0 … | array 1 … ][ index … | array 0 … ] … */

enum { LINE = 64 };

static size_t whole_lines(size_t bytes)
{
    return (bytes + LINE - 1) / LINE * LINE;
}

/* 0 = more than can be */
static size_t slot_bytes(const stint_loader *l, int64_t rows)
{
    size_t sum = 0, bytes;
    for (int a = -1; a < l->samples.arrays; a++)
        if (__builtin_mul_overflow((size_t)rows, a < 0 ? sizeof(int64_t) : l->row_bytes[a],
                                   &bytes) ||
            bytes > (size_t)INT64_MAX - LINE ||
            __builtin_add_overflow(sum, whole_lines(bytes), &sum))
            return 0;
    return sum <= (size_t)INT64_MAX / (size_t)l->wanted_slots ? sum : 0;
}

static int slots_in_budget(const stint_loader *l, size_t bytes)
{
    int64_t left = budget_left(ctx_budget(l->ctx)), fit = left / mem_cost(bytes);
    return fit >= l->wanted_slots ? l->wanted_slots : fit > 1 ? (int)fit : 1;
}

static void lay_out(stint_loader *l, size_t bytes, int64_t rows)
{
    for (int i = 0; i < l->slots; i++) {
        loader_slot *s = &l->slot[i];
        char *at = l->room + (size_t)i * bytes;
        *s = (loader_slot){.index = (int64_t *)(void *)at};
        s->batch.slot = i;
        s->batch.index = s->index;
        at += whole_lines((size_t)rows * sizeof(int64_t));
        for (int a = 0; a < l->samples.arrays; a++) {
            s->batch.data[a] = at;
            at += whole_lines((size_t)rows * l->row_bytes[a]);
        }
    }
}

stint_status loader_make_room(stint_loader *l, int64_t rows)
{
    size_t bytes = slot_bytes(l, rows);
    if (bytes == 0)
        return fail(l->ctx, STINT_ENOMEM, "loader: a batch of %lld samples has no room",
                    (long long)rows);
    mem_free(l->room);
    l->slots = slots_in_budget(l, bytes);
    l->room = mem_alloc(l->ctx, TAG_TABLE, (size_t)l->slots * bytes);
    if (!l->room) {
        l->most_rows = l->room_bytes = 0;
        return ctx_status(l->ctx);
    }
    l->most_rows = rows;
    l->room_bytes = (int64_t)((size_t)l->slots * bytes);
    lay_out(l, bytes, rows);
    return STINT_OK;
}
