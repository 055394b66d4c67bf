/* The greatest element of each window, plane by plane, several windows of a row side by side, one
 * place of theirs after another.  Windows of 2 by 2 that do not overlap, which most are, have a
 * kernel of their own. */
#include "device/windows.h"

#include <string.h>

enum { ITEM = 16384 };

typedef struct range {
    int64_t begin, end;
} range;

/* Places of the plane that window i sees along an axis: begin + k apart. */
static range places(const pool_args *a, int axis, int64_t i)
{
    int64_t n = a->size[axis], out = a->windows[axis];
    if (a->kernel[axis] == 0)
        return (range){i * n / out, ((i + 1) * n + out - 1) / out};
    int64_t from = i * a->stride[axis] - a->padding[axis], apart = a->dilation[axis];
    int64_t to = from + apart * (a->kernel[axis] - 1) + 1;
    if (from < 0)
        from += (-from + apart - 1) / apart * apart;
    return (range){from, to < n ? to : n};
}

static int64_t apart(const pool_args *a, int axis)
{
    return a->kernel[axis] == 0 ? 1 : a->dilation[axis];
}

typedef float lanes_f32 __attribute__((vector_size(16)));
typedef double lanes_f64 __attribute__((vector_size(16)));
typedef int32_t counts_f32 __attribute__((vector_size(16)));
typedef int64_t counts_f64 __attribute__((vector_size(16)));

/* Every `stride`th; of every second, what lies between is read as well, none beyond. */
static inline lanes_f32 load_f32(const float *x, int64_t stride)
{
    lanes_f32 a, b;
    if (stride > 2)
        return (lanes_f32){x[0], x[stride], x[2 * stride], x[3 * stride]};
    memcpy(&a, x, sizeof a);
    if (stride == 1)
        return a;
    memcpy(&b, x + 3, sizeof b);
    return (lanes_f32){a[0], a[2], b[1], b[3]};
}

static inline lanes_f64 load_f64(const double *x, int64_t stride)
{
    return (lanes_f64){x[0], x[stride]};
}

#define POOL(name, type, counter)                                                                  \
    enum { LANES_##name = 16 / sizeof(type) };                                                     \
    /* one window, wherever it lies */                                                             \
    static int32_t window_##name(const pool_args *a, const type *x, range y, int64_t q)            \
    {                                                                                              \
        range along = places(a, 1, q);                                                             \
        int64_t width = a->size[1], best = y.begin * width + along.begin;                          \
        for (int64_t i = y.begin; i < y.end; i += apart(a, 0))                                     \
            for (int64_t j = along.begin; j < along.end; j += apart(a, 1)) {                       \
                type now = x[i * width + j], was = x[best];                                        \
                if (was == was && !(now <= was))                                                   \
                    best = i * width + j;                                                          \
            }                                                                                      \
        return (int32_t)best;                                                                      \
    }                                                                                              \
    /* as many windows as lanes, from q on, all of whose columns are in the plane */               \
    static inline void windows_##name(const pool_args *a, const type *x, range y, int64_t q,       \
                                      int64_t stride, int64_t kernel, int32_t *out)                \
    {                                                                                              \
        lanes_##name best, now;                                                                    \
        counts_##name index, place = {0}, take;                                                    \
        int64_t width = a->size[1], first = q * stride - a->padding[1];                            \
        for (int l = 0; l < LANES_##name; l++)                                                     \
            place[l] = (counter)(l * stride);                                                      \
        best = load_##name(x + y.begin * width + first, stride);                                   \
        index = place + (counter)(y.begin * width + first);                                        \
        for (int64_t i = y.begin; i < y.end; i += a->dilation[0])                                  \
            for (int64_t j = i == y.begin; j < kernel; j++) { /* the first is the best so far */   \
                int64_t at = i * width + first + j * a->dilation[1];                               \
                now = load_##name(x + at, stride);                                                 \
                take = ~(now <= best) & (best == best);                                            \
                best =                                                                             \
                    (lanes_##name)((take & (counts_##name)now) | (~take & (counts_##name)best));   \
                index = (take & (place + (counter)at)) | (~take & index);                          \
            }                                                                                      \
        for (int l = 0; l < LANES_##name; l++)                                                     \
            out[l] = (int32_t)index[l];                                                            \
    }                                                                                              \
    static void row_##name(const pool_args *a, const type *x, range y, range inside, int32_t *out) \
    {                                                                                              \
        int64_t q = 0;                                                                             \
        for (; q < inside.begin; q++)                                                              \
            out[q] = window_##name(a, x, y, q);                                                    \
        while (q < inside.end && inside.end - inside.begin >= LANES_##name) {                      \
            if (q + LANES_##name > inside.end)                                                     \
                q = inside.end - LANES_##name; /* some of them again */                            \
            if (a->stride[1] == 2 && a->kernel[1] == 2)                                            \
                windows_##name(a, x, y, q, 2, 2, out + q);                                         \
            else if (a->stride[1] == 2)                                                            \
                windows_##name(a, x, y, q, 2, a->kernel[1], out + q);                              \
            else if (a->stride[1] == 1)                                                            \
                windows_##name(a, x, y, q, 1, a->kernel[1], out + q);                              \
            else                                                                                   \
                windows_##name(a, x, y, q, a->stride[1], a->kernel[1], out + q);                   \
            q += LANES_##name;                                                                     \
        }                                                                                          \
        for (; q < a->windows[1]; q++)                                                             \
            out[q] = window_##name(a, x, y, q);                                                    \
    }                                                                                              \
    /* row i of all planes' windows; values: unless NULL, where the elements go */                 \
    static void any_row_##name(const pool_args *a, int64_t i, range inside, const void *from,      \
                               int32_t *out, void *values)                                         \
    {                                                                                              \
        int64_t n = a->windows[1], plane = a->size[0] * a->size[1];                                \
        const type *x = (const type *)from + i / a->windows[0] * plane;                            \
        row_##name(a, x, places(a, 0, i % a->windows[0]), inside, out + i * n);                    \
        for (int64_t q = i * n; values && q < (i + 1) * n; q++)                                    \
            ((type *)values)[q] = x[out[q]];                                                       \
    }
POOL(f32, float, int32_t)
POOL(f64, double, int64_t)
#undef POOL

void pool_cut(pool_args *a)
{
    bool two = a->dtype == STINT_F32;
    for (int i = 0; i < 2; i++)
        two = two && a->kernel[i] == 2 && a->stride[i] == 2 && a->padding[i] == 0 &&
              a->dilation[i] == 1;
    a->by_two = two ? pairs() : NULL;
}

/* Rows `begin` to `end` of all planes' windows. */
static void rows_by_two(const pool_args *a, int64_t begin, int64_t end, const float *from,
                        int32_t *out, float *values)
{
    int64_t n = a->windows[1], width = a->size[1];
    while (begin < end) {
        int64_t plane = begin / a->windows[0], r = begin % a->windows[0];
        int64_t rest = a->windows[0] - r, rows = end - begin < rest ? end - begin : rest;
        const float *x = from + (plane * a->size[0] + 2 * r) * width;
        a->by_two->greatest(x, width, (int32_t)(2 * r * width), rows, n, out + begin * n,
                            values + begin * n);
        begin += rows;
    }
}

/* Windows of a row whose columns are all in the plane. */
static range inside(const pool_args *a)
{
    if (a->kernel[1] == 0)
        return (range){0, 0};
    int64_t span = a->dilation[1] * (a->kernel[1] - 1);
    int64_t begin = (a->padding[1] + a->stride[1] - 1) / a->stride[1];
    int64_t room = a->size[1] - 1 - span + a->padding[1];
    int64_t end = room < 0 ? 0 : room / a->stride[1] + 1;
    end = end < a->windows[1] ? end : a->windows[1];
    return begin < end ? (range){begin, end} : (range){0, 0};
}

/* Rows of windows that are one item. */
static int64_t together(const pool_args *a)
{
    int64_t elements = a->size[0] * a->size[1] / (a->windows[0] > 0 ? a->windows[0] : 1);
    int64_t n = ITEM / (elements + 1);
    return n > 0 ? n : 1;
}

static int64_t pool_items(const void *args, int phase)
{
    const pool_args *a = args;
    (void)phase;
    return a->windows[1] > 0 ? (a->planes * a->windows[0] + together(a) - 1) / together(a) : 0;
}

static void pool_run(const void *args, int phase, int64_t item, char *const *memory, void *scratch)
{
    const pool_args *a = args;
    int64_t all = a->planes * a->windows[0], begin = item * together(a), end = begin + together(a);
    const void *x = memory[a->x];
    int32_t *out = (int32_t *)(void *)memory[a->out];
    void *values = a->values < 0 ? NULL : memory[a->values];
    (void)phase, (void)scratch;
    end = end < all ? end : all;
    if (values && a->by_two) {
        rows_by_two(a, begin, end, x, out, values);
        return;
    }
    range along = inside(a);
    for (int64_t i = begin; i < end; i++)
        (a->dtype == STINT_F64 ? any_row_f64 : any_row_f32)(a, i, along, x, out, values);
}

static void pool_describe(const void *args, str *out)
{
    const pool_args *a = args;
    str_addf(out, "%lld planes of [%lld,%lld] to [%lld,%lld]", (long long)a->planes,
             (long long)a->size[0], (long long)a->size[1], (long long)a->windows[0],
             (long long)a->windows[1]);
}

const step_class step_pool = {
    .name = "pool", .items = pool_items, .run = pool_run, .describe = pool_describe};
