/* out[o.., i.., r..] = x[o.., index[i..], r..], run by run along the last axis: whole stretches
 * where one index serves a run, else element by element. */
#include "device/indexed.h"

enum { ITEM = 16384 }; /* elements */

/* What stands for an element that is not there. */
static uint64_t nothing(uint8_t dtype)
{
    static const uint64_t bits[] = {
        [STINT_F32] = 0x7fc00000, [STINT_F64] = 0x7ff8000000000000,
        [STINT_F16] = 0x7e00,     [STINT_BF16] = 0x7fc0,
        [STINT_BOOL] = 0,
    };
    return bits[dtype];
}

/* Out of the table when outside is not NULL. */
#define COPY(type)                                                                                 \
    static void copy_##type(const indexed_run *r, const uint64_t *outside)                         \
    {                                                                                              \
        type *o = (type *)r->out;                                                                  \
        const type *x = (const type *)r->x;                                                        \
        if (outside)                                                                               \
            for (int64_t i = 0; i < r->n; i++)                                                     \
                o[i * r->out_stride] = (type)*outside;                                             \
        else                                                                                       \
            for (int64_t i = 0; i < r->n; i++)                                                     \
                o[i * r->out_stride] = x[i * r->x_stride];                                         \
    }                                                                                              \
    static void pick_##type(const indexed_run *r, const gather_args *a, uint64_t outside)          \
    {                                                                                              \
        type *o = (type *)r->out;                                                                  \
        const type *x = (const type *)r->x;                                                        \
        for (int64_t i = 0; i < r->n; i++) {                                                       \
            int64_t k = index_at(a->index.dtype, r->index, i * r->index_stride);                   \
            o[i * r->out_stride] = k >= 0 && k < a->axis_size                                      \
                                       ? x[i * r->x_stride + k * a->axis_stride]                   \
                                       : (type)outside;                                            \
        }                                                                                          \
    }
COPY(uint8_t)
COPY(uint16_t)
COPY(uint32_t)
COPY(uint64_t)
#undef COPY

typedef struct mover {
    void (*copy)(const indexed_run *r, const uint64_t *outside);
    void (*pick)(const indexed_run *r, const gather_args *a, uint64_t outside);
} mover;

static const mover movers[] = {
    [1] = {copy_uint8_t, pick_uint8_t},
    [2] = {copy_uint16_t, pick_uint16_t},
    [4] = {copy_uint32_t, pick_uint32_t},
    [8] = {copy_uint64_t, pick_uint64_t},
};

static void gather_one(const gather_args *a, indexed_run *r, int64_t bytes)
{
    uint64_t outside = nothing(a->out.dtype);
    if (r->index_stride != 0) {
        movers[bytes].pick(r, a, outside);
        return;
    }
    int64_t k = index_at(a->index.dtype, r->index, 0);
    bool inside = k >= 0 && k < a->axis_size;
    r->x += inside ? k * a->axis_stride * bytes : 0;
    if (inside && r->out_stride == 1 && r->x_stride == 1)
        memcpy(r->out, r->x, (size_t)(r->n * bytes));
    else
        movers[bytes].copy(r, inside ? NULL : &outside);
}

static int64_t gather_items(const void *args, int phase)
{
    const gather_args *a = args;
    (void)phase;
    return (space_count(&a->space) + ITEM - 1) / ITEM;
}

static void gather_run(const void *args, int phase, int64_t item, char *const *memory,
                       void *scratch)
{
    const gather_args *a = args;
    int64_t left = space_count(&a->space) - item * ITEM;
    indexed t = {0};
    (void)phase, (void)scratch;
    indexed_start(&t, &a->space, &a->out, &a->x, &a->index, memory);
    walk_seek(&t.walk, item * ITEM);
    for (left = left < ITEM ? left : ITEM; left > 0;) {
        indexed_run r = indexed_next(&t, left);
        gather_one(a, &r, t.bytes);
        left -= r.n;
    }
}

static void gather_describe(const void *args, str *out)
{
    const gather_args *a = args;
    str_addf(out, "%lld of an axis of %lld", (long long)space_count(&a->space),
             (long long)a->axis_size);
}

const step_class step_gather = {
    .name = "gather",
    .items = gather_items,
    .run = gather_run,
    .describe = gather_describe,
};
