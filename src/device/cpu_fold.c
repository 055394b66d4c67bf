/* Windows added up where they share an element, every element by itself, in the order of its
 * windows. */
#include "device/windows.h"

#include <string.h>

enum { ITEM = 16384 }; /* elements */

/* Rows of out, each of `inner` elements, that an item makes. */
static int64_t together(const fold_args *a)
{
    int64_t n = ITEM / (a->inner + 1);
    return n > 0 ? n : 1;
}

static int64_t fold_items(const void *args, int phase)
{
    const fold_args *a = args;
    (void)phase;
    return (a->outer * a->n + together(a) - 1) / together(a);
}

#define FOLD(name, type)                                                                           \
    static void row_##name(const fold_args *a, const type *x, int64_t i, type *out)                \
    {                                                                                              \
        int64_t span = a->dilation * (a->size - 1);                                                \
        int64_t first = i > span ? (i - span + a->step - 1) / a->step : 0;                         \
        memset(out, 0, (size_t)a->inner * sizeof *out);                                            \
        for (int64_t w = first; w < a->windows && w * a->step <= i; w++) {                         \
            int64_t place = i - w * a->step;                                                       \
            if (place % a->dilation != 0)                                                          \
                continue;                                                                          \
            const type *from = x + w * a->inner * a->size + place / a->dilation;                   \
            for (int64_t r = 0; r < a->inner; r++)                                                 \
                out[r] += from[r * a->size];                                                       \
        }                                                                                          \
    }                                                                                              \
    static void rows_##name(const fold_args *a, int64_t begin, int64_t end, const void *in,        \
                            void *to)                                                              \
    {                                                                                              \
        const type *x = in;                                                                        \
        type *out = to;                                                                            \
        for (int64_t k = begin; k < end; k++)                                                      \
            row_##name(a, x + k / a->n * a->windows * a->inner * a->size, k % a->n,                \
                       out + k * a->inner);                                                        \
    }
FOLD(f32, float)
FOLD(f64, double)
#undef FOLD

static void fold_run(const void *args, int phase, int64_t item, char *const *memory, void *scratch)
{
    const fold_args *a = args;
    int64_t begin = item * together(a), end = begin + together(a), all = a->outer * a->n;
    (void)phase, (void)scratch;
    (a->dtype == STINT_F64 ? rows_f64 : rows_f32)(a, begin, end < all ? end : all, memory[a->x],
                                                  memory[a->out]);
}

static void fold_describe(const void *args, str *out)
{
    const fold_args *a = args;
    str_addf(out, "%lld windows of %lld into an axis of %lld", (long long)a->windows,
             (long long)a->size, (long long)a->n);
}

const step_class step_fold = {
    .name = "fold", .items = fold_items, .run = fold_run, .describe = fold_describe};
