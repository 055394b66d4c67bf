/* Elements picked row by row, and put back: where they come from windows of 2 by 2 that do not
 * overlap, every place of a window is written at once, without looking for one. */
#include "device/windows.h"

#include <string.h>

enum { ITEM = 16384 };

static int64_t rows_together(const pick_args *a)
{
    int64_t n = ITEM / (a->of + a->indices + 1);
    return n > 0 ? n : 1;
}

static int64_t pick_items(const void *args, int phase)
{
    const pick_args *a = args;
    (void)phase;
    return (a->rows + rows_together(a) - 1) / rows_together(a);
}

#define PICK(name, type)                                                                           \
    static void pick_row_##name(const pick_args *a, int64_t row, const void *in,                   \
                                const int32_t *index, void *to)                                    \
    {                                                                                              \
        const type *x = (const type *)in + row * a->of;                                            \
        type *out = (type *)to + row * a->indices;                                                 \
        for (int64_t i = 0; i < a->indices; i++)                                                   \
            out[i] = x[index[i]];                                                                  \
    }                                                                                              \
    static void put_row_##name(const pick_args *a, int64_t row, const void *in,                    \
                               const int32_t *index, void *to)                                     \
    {                                                                                              \
        const type *x = (const type *)in + row * a->indices;                                       \
        type *out = (type *)to + row * a->of;                                                      \
        memset(out, 0, (size_t)a->of * sizeof *out);                                               \
        for (int64_t i = 0; i < a->indices; i++)                                                   \
            out[index[i]] += x[i];                                                                 \
    }
PICK(f32, float)
PICK(f64, double)
#undef PICK

/* Values of windows by two, to their plane. */
static void put_by_two(const pick_args *a, int64_t row, const void *in, const int32_t *index,
                       void *to)
{
    const float *x = (const float *)in + row * a->indices;
    float *out = (float *)to + row * a->of;
    int64_t n = a->two_cols, width = a->width, rows = a->indices / n, done = 2 * rows * width;
    a->by_two->put(x, index, 0, rows, n, width, out);
    for (int64_t i = 0; width > 2 * n && i < 2 * rows; i++)
        out[i * width + 2 * n] = 0;
    memset(out + done, 0, (size_t)(a->of - done) * sizeof *out);
}

static void pick_run(const void *args, int phase, int64_t item, char *const *memory, void *scratch)
{
    static void (*const run[3][2])(const pick_args *, int64_t, const void *, const int32_t *,
                                   void *) = {
        {pick_row_f32, pick_row_f64}, {put_row_f32, put_row_f64}, {put_by_two, put_row_f64}};
    const pick_args *a = args;
    int how = a->put ? 1 + (a->by_two != NULL) : 0;
    const int32_t *index = (const int32_t *)(const void *)memory[a->index];
    int64_t begin = item * rows_together(a), end = begin + rows_together(a);
    (void)phase, (void)scratch;
    for (int64_t i = begin; i < end && i < a->rows; i++)
        run[how][a->dtype == STINT_F64](a, i, memory[a->x], index + i * a->indices, memory[a->out]);
}

static void pick_describe(const void *args, str *out)
{
    const pick_args *a = args;
    str_addf(out, "%lld rows, %lld %s %lld", (long long)a->rows, (long long)a->indices,
             a->put ? "into" : "of", (long long)a->of);
}

const step_class step_pick = {
    .name = "pick", .items = pick_items, .run = pick_run, .describe = pick_describe};
