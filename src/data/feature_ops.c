#include "data/features_impl.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* What a column can be turned into.  An operation sees a block of a column's numbers (text is its
 * codes) and writes its features; what it needs to know of the training rows comes with it. */

#define EACH_ROW(value)                                                                            \
    for (int64_t i = 0; i < n; i++)                                                                \
    out->at[i * out->row_stride] = (value)

/* --- numbers ------------------------------------------------------------------------------ */

/* Whole turns go first, exactly, so that sine and cosine repeat to the last bit. */
static double turns(double x, double period)
{
    return fmod(x, period) / period * 6.283185307179586476925;
}

static void evaluate_sin(const feature_term *t, const double *edges, const double *x, int64_t n,
                         const feature_out *out)
{
    (void)edges;
    EACH_ROW(sin(turns(x[i], t->parameter)));
}

static void evaluate_cos(const feature_term *t, const double *edges, const double *x, int64_t n,
                         const feature_out *out)
{
    (void)edges;
    EACH_ROW(cos(turns(x[i], t->parameter)));
}

static double wrapped(double x, double period)
{
    double r = fmod(x, period);
    r = r < 0 ? r + period : r;
    return r < period ? r : r - period; /* a tiny negative number rounds up to the period */
}

static void evaluate_wrap(const feature_term *t, const double *edges, const double *x, int64_t n,
                          const feature_out *out)
{
    (void)edges;
    EACH_ROW(wrapped(x[i], t->parameter));
}

static void evaluate_log(const feature_term *t, const double *edges, const double *x, int64_t n,
                         const feature_out *out)
{
    (void)t, (void)edges;
    EACH_ROW(log(x[i]));
}

static void evaluate_log1p(const feature_term *t, const double *edges, const double *x, int64_t n,
                           const feature_out *out)
{
    (void)t, (void)edges;
    EACH_ROW(log1p(x[i]));
}

static void evaluate_power(const feature_term *t, const double *edges, const double *x, int64_t n,
                           const feature_out *out)
{
    (void)edges;
    EACH_ROW(pow(x[i], t->parameter));
}

static char *name_power(arena *a, const feature_term *t, const char *column, int i)
{
    char exponent[STR_DOUBLE_SIZE];
    (void)i;
    str_format_double(exponent, t->parameter);
    return arena_printf(a, "%s^%s", column, exponent);
}

/* --- one feature in many is 1 --------------------------------------------------------------- */

static void out_clear(const feature_out *out, int64_t n)
{
    for (int k = 0; k < out->to - out->from; k++)
        for (int64_t i = 0; i < n; i++)
            out->at[k * out->column_stride + i * out->row_stride] = 0;
}

static void out_mark(const feature_out *out, int64_t i, int which)
{
    if (which >= out->from && which < out->to)
        out->at[(which - out->from) * out->column_stride + i * out->row_stride] = 1;
}

int feature_category(const feature_term *t, double x)
{
    if (x != x)
        return -1;
    if (t->texts)
        return t->category_of[(int64_t)x];
    int low = 0, high = t->n;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (t->numbers[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    return t->n > 0 && t->numbers[low] == x ? low : -1;
}

static void evaluate_onehot(const feature_term *t, const double *edges, const double *x, int64_t n,
                            const feature_out *out)
{
    (void)edges;
    out_clear(out, n);
    for (int64_t i = 0; i < n; i++)
        out_mark(out, i, feature_category(t, x[i]));
}

static char *name_onehot(arena *a, const feature_term *t, const char *column, int i)
{
    char number[STR_DOUBLE_SIZE];
    if (t->texts)
        return arena_printf(a, "%s=%s", column, t->texts[i]);
    if (t->truth)
        return arena_printf(a, "%s=%s", column, i ? "true" : "false");
    str_format_double(number, t->numbers[i]);
    return arena_printf(a, "%s=%s", column, number);
}

/* How many edges are at or below x. */
static int bin_of(const double *edges, int n, double x)
{
    int low = 0, high = n;
    while (low < high) {
        int middle = (low + high) / 2;
        if (edges[middle] <= x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void evaluate_bins(const feature_term *t, const double *edges, const double *x, int64_t n,
                          const feature_out *out)
{
    out_clear(out, n);
    for (int64_t i = 0; i < n; i++)
        out_mark(out, i, bin_of(edges, t->bins - 1, x[i]));
}

static char *name_bin(arena *a, const feature_term *t, const char *column, int i)
{
    (void)t;
    return arena_printf(a, "%s bin %d", column, i);
}

static void evaluate_bins_ordinal(const feature_term *t, const double *edges, const double *x,
                                  int64_t n, const feature_out *out)
{
    EACH_ROW(bin_of(edges, t->bins - 1, x[i]));
}

static char *name_bins(arena *a, const feature_term *t, const char *column, int i)
{
    (void)t, (void)i;
    return arena_printf(a, "%s bin", column);
}

static char *name_packed(arena *a, const feature_term *t, const char *column, int i)
{
    return arena_printf(a, "%s %s", column, t->bits[i]);
}

/* --- the table ------------------------------------------------------------------------------- */

/* clang-format off */
const feature_op feature_ops[FEATURE_OPS] = {
    [OP_IDENTITY] = {.name = "identity", .prefix = ""},
    [OP_SIN] = {.name = "sin", .prefix = "sin ", .evaluate = evaluate_sin,
               .parameter = true, .period = true},
    [OP_COS] = {.name = "cos", .prefix = "cos ", .evaluate = evaluate_cos,
               .parameter = true, .period = true},
    [OP_WRAP] = {.name = "wrap", .prefix = "wrap ", .evaluate = evaluate_wrap,
               .parameter = true, .period = true},
    [OP_LOG] = {.name = "log", .prefix = "log ", .evaluate = evaluate_log,
                .takes = "a logarithm takes numbers above 0"},
    [OP_LOG1P] = {.name = "log1p", .prefix = "log1p ", .evaluate = evaluate_log1p,
                  .takes = "log1p takes numbers above -1"},
    [OP_POWER] = {.name = "power", .feature = name_power, .evaluate = evaluate_power,
                  .parameter = true,
                  .takes = "its power is not a finite number"},
    [OP_ONEHOT] = {.name = "onehot", .feature = name_onehot, .evaluate = evaluate_onehot,
                   .one_hot = true, .zero_one = true},
    [OP_BINS] = {.name = "bins", .feature = name_bin, .evaluate = evaluate_bins,
                 .zero_one = true, .edges = true},
    [OP_BINS_ORDINAL] = {.name = "bins_ordinal", .feature = name_bins,
                         .evaluate = evaluate_bins_ordinal, .edges = true},
    [OP_PACKED] = {.name = "packed", .feature = name_packed, .packed = true},
};
/* clang-format on */

const feature_op *feature_op_find(const char *name)
{
    for (int i = 0; name && i < FEATURE_OPS; i++)
        if (strcmp(feature_ops[i].name, name) == 0)
            return &feature_ops[i];
    return NULL;
}
