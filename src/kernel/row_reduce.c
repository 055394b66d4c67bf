/* Reductions of a row to one value, and of many rows to one row. */
#include "kernel/rows_impl.h"

#include <assert.h>

static void put(element_domain d, double value, void *out)
{
    if (d == ELEMENT_F32)
        *(float *)out = (float)value;
    else
        *(double *)out = value;
}

double row_sum(element_domain d, int64_t n, const void *x)
{
    assert(d != ELEMENT_I64);
    return rows_of(d)->sum(n, x);
}

double row_sum_squares(element_domain d, int64_t n, const void *x)
{
    double sums[2];
    assert(d != ELEMENT_I64);
    rows_of(d)->moments(n, x, 0, sums);
    return sums[1];
}

int64_t row_sum_i64(int64_t n, const int64_t *x)
{
    uint64_t total = 0;
    for (int64_t i = 0; i < n; i++)
        total += (uint64_t)x[i];
    return (int64_t)total;
}

static int64_t most_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t least_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t fold_i64(int64_t n, const int64_t *x, int64_t (*pick)(int64_t, int64_t))
{
    int64_t best = x[0];
    for (int64_t i = 1; i < n; i++)
        best = pick(best, x[i]);
    return best;
}

void row_max(element_domain d, int64_t n, const void *x, void *out)
{
    if (d == ELEMENT_I64)
        *(int64_t *)out = fold_i64(n, x, most_i64);
    else
        put(d, rows_of(d)->most(n, x), out);
}

void row_min(element_domain d, int64_t n, const void *x, void *out)
{
    if (d == ELEMENT_I64)
        *(int64_t *)out = fold_i64(n, x, least_i64);
    else
        put(d, rows_of(d)->least(n, x), out);
}

static void row_fold_i64(element_op combine, int64_t n, int rows, const void *const *x,
                         int64_t *acc)
{
    for (int r = 0; r < rows; r++) {
        const int64_t *v = x[r];
        if (combine == ELEMENT_ADD)
            for (int64_t i = 0; i < n; i++)
                acc[i] = (int64_t)((uint64_t)acc[i] + (uint64_t)v[i]);
        else if (combine == ELEMENT_MAX)
            for (int64_t i = 0; i < n; i++)
                acc[i] = most_i64(acc[i], v[i]);
        else
            for (int64_t i = 0; i < n; i++)
                acc[i] = least_i64(acc[i], v[i]);
    }
}

static int place_of(element_op combine)
{
    assert(combine == ELEMENT_ADD || combine == ELEMENT_MAX || combine == ELEMENT_MIN);
    return combine == ELEMENT_ADD ? 0 : combine == ELEMENT_MAX ? 1 : 2;
}

void row_fold(element_op combine, element_domain d, int64_t n, int rows, const void *const *x,
              void *acc)
{
    assert(rows <= ROW_FOLD);
    int which = place_of(combine);
    if (d == ELEMENT_I64)
        row_fold_i64(combine, n, rows, x, acc);
    else if (rows > 0)
        rows_of(d)->fold[which](n, rows, x, acc);
}

void row_fold_even(element_op combine, element_domain d, int64_t n, int64_t rows, const void *x,
                   int64_t step, void *acc)
{
    const void *row[ROW_FOLD];
    int64_t bytes = d == ELEMENT_F32 ? 4 : 8;
    rows_fold_even *even = d == ELEMENT_I64 ? NULL : rows_of(d)->fold_even[place_of(combine)];
    if (even) {
        even(n, rows, x, step, acc);
        return;
    }
    for (int64_t r = 0; r < rows; r += ROW_FOLD) {
        int some = rows - r < ROW_FOLD ? (int)(rows - r) : ROW_FOLD;
        for (int k = 0; k < some; k++)
            row[k] = (const char *)x + (r + k) * step * bytes;
        row_fold(combine, d, n, some, row, acc);
    }
}
