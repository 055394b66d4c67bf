/* out[o.., index[i..], r..] += x[o.., i.., r..], in the row-major order of x.
 *
 * Elements of out that differ in an axis which is not the index's are apart, so the longest such
 * axis is cut into items: each adds its own elements, in order, whatever the others do.  Without
 * such an axis there is one item.  Before that, out is cleared. */
#include "device/indexed.h"

#include "kernel/half.h"

#include <assert.h>

enum {
    LINE = 16,
    CLEAR = 1 << 18, /* bytes of an item that clears */
    LEAST = 1 << 14, /* elements of x that an item adds */
    PIECE = 64,      /* a cut axis is cut at multiples of this */
    MOST_ITEMS = 64,
};

static uint16_t add_f16(uint16_t a, uint16_t b)
{
    return f16_from_f32(f32_from_f16(a) + f32_from_f16(b));
}

static uint16_t add_bf16(uint16_t a, uint16_t b)
{
    return bf16_from_f32(f32_from_bf16(a) + f32_from_bf16(b));
}

#define PLUS(a, b)   ((a) + (b))
#define WRAP32(a, b) ((int32_t)((uint32_t)(a) + (uint32_t)(b)))
#define WRAP64(a, b) ((int64_t)((uint64_t)(a) + (uint64_t)(b)))
#define WRAP8(a, b)  ((uint8_t)((a) + (b)))
#define EITHER(a, b) ((uint8_t)((a) || (b)))

#define ADD_LINES(name, type, sum)                                                                 \
    /* by lines of fixed length, so that they become vectors */                                    \
    static void add_lines_##name(int64_t n, const type *restrict x, type *restrict o)              \
    {                                                                                              \
        int64_t i = 0;                                                                             \
        for (; i + LINE <= n; i += LINE)                                                           \
            for (int k = 0; k < LINE; k++)                                                         \
                o[i + k] = sum(o[i + k], x[i + k]);                                                \
        for (; i < n; i++)                                                                         \
            o[i] = sum(o[i], x[i]);                                                                \
    }

#define ADD_RUN(name, type, sum)                                                                   \
    static void add_run_##name(const indexed_run *r, const scatter_args *a)                        \
    {                                                                                              \
        const type *x = (const type *)r->x;                                                        \
        type *o = (type *)r->out;                                                                  \
        int64_t k = 0;                                                                             \
        if (r->index_stride == 0) {                                                                \
            k = index_at(a->index.dtype, r->index, 0);                                             \
            if (k < 0 || k >= a->axis_size)                                                        \
                return;                                                                            \
            o += k * a->axis_stride;                                                               \
        }                                                                                          \
        if (r->index_stride == 0 && r->out_stride == 1 && r->x_stride == 1)                        \
            add_lines_##name(r->n, x, o);                                                          \
        else if (r->index_stride == 0)                                                             \
            for (int64_t i = 0; i < r->n; i++)                                                     \
                o[i * r->out_stride] = sum(o[i * r->out_stride], x[i * r->x_stride]);              \
        else                                                                                       \
            for (int64_t i = 0; i < r->n; i++) {                                                   \
                k = index_at(a->index.dtype, r->index, i * r->index_stride);                       \
                if (k < 0 || k >= a->axis_size)                                                    \
                    continue;                                                                      \
                type *to = o + i * r->out_stride + k * a->axis_stride;                             \
                *to = sum(*to, x[i * r->x_stride]);                                                \
            }                                                                                      \
    }
#define ADDER(name, type, sum)                                                                     \
    ADD_LINES(name, type, sum)                                                                     \
    ADD_RUN(name, type, sum)
ADDER(F32, float, PLUS)
ADDER(F64, double, PLUS)
ADDER(F16, uint16_t, add_f16)
ADDER(BF16, uint16_t, add_bf16)
ADDER(I32, int32_t, WRAP32)
ADDER(I64, int64_t, WRAP64)
ADDER(U8, uint8_t, WRAP8)
ADDER(BOOL, uint8_t, EITHER)
#undef ADDER

static void (*const adders[])(const indexed_run *r, const scatter_args *a) = {
#define X(name, type, bytes, text) [STINT_##name] = add_run_##name,
    STINT_DTYPE_LIST(X)
#undef X
};

/* The axis that is cut, -1 = none; pieces of it, and how long they are. */
typedef struct cut {
    int axis;
    int64_t pieces, length;
} cut;

static cut cut_of(const scatter_args *a)
{
    int64_t count = space_count(&a->space), work = count / LEAST;
    cut c = {.axis = -1, .pieces = count > 0, .length = 0};
    for (int k = 0; k < a->space.axes; k++)
        if (a->out.stride[k] != 0 && (c.axis < 0 || a->space.size[k] > a->space.size[c.axis]))
            c.axis = k;
    if (count == 0 || c.axis < 0)
        return c;
    int64_t size = a->space.size[c.axis], pieces = work < MOST_ITEMS ? work : MOST_ITEMS;
    c.length = pieces > 1 ? (size + pieces - 1) / pieces : size;
    /* neighbours in memory do not share a cache line */
    if (a->out.stride[c.axis] == 1)
        c.length = (c.length + PIECE - 1) / PIECE * PIECE;
    c.pieces = (size + c.length - 1) / c.length;
    return c;
}

static int64_t clear_bytes(const scatter_args *a)
{
    return a->out_count * dtype_size(a->out.dtype);
}

static int scatter_phases(const void *args)
{
    (void)args;
    return 2;
}

static int64_t scatter_items(const void *args, int phase)
{
    const scatter_args *a = args;
    return phase == 0 ? (clear_bytes(a) + CLEAR - 1) / CLEAR : cut_of(a).pieces;
}

static void add_piece(const scatter_args *a, int64_t item, char *const *memory)
{
    cut c = cut_of(a);
    element_space space = a->space;
    step_view out = a->out, x = a->x, index = a->index;
    indexed t = {0};
    if (c.axis >= 0) {
        int64_t from = item * c.length, left = space.size[c.axis] - from;
        space.size[c.axis] = left < c.length ? left : c.length;
        out.offset += from * out.stride[c.axis];
        x.offset += from * x.stride[c.axis];
        index.offset += from * index.stride[c.axis];
    }
    indexed_start(&t, &space, &out, &x, &index, memory);
    for (int64_t left = space_count(&space); left > 0;) {
        indexed_run r = indexed_next(&t, left);
        adders[a->out.dtype](&r, a);
        left -= r.n;
    }
}

static void scatter_run(const void *args, int phase, int64_t item, char *const *memory,
                        void *scratch)
{
    const scatter_args *a = args;
    (void)scratch;
    if (phase == 1) {
        add_piece(a, item, memory);
        return;
    }
    int64_t from = item * CLEAR, left = clear_bytes(a) - from;
    char *to = view_at(&a->out, memory).at;
    assert(to);
    memset(to + from, 0, (size_t)(left < CLEAR ? left : CLEAR));
}

static void scatter_describe(const void *args, str *out)
{
    const scatter_args *a = args;
    str_addf(out, "%lld into an axis of %lld", (long long)space_count(&a->space),
             (long long)a->axis_size);
}

const step_class step_scatter_add = {
    .name = "scatter_add",
    .phases = scatter_phases,
    .items = scatter_items,
    .run = scatter_run,
    .describe = scatter_describe,
};
