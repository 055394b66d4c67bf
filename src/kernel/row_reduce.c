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

void row_fold(element_op combine, element_domain d, int64_t n, int rows, const void *const *x,
              void *acc)
{
    assert(combine == ELEMENT_ADD || combine == ELEMENT_MAX || combine == ELEMENT_MIN);
    assert(rows <= ROW_FOLD);
    int which = combine == ELEMENT_ADD ? 0 : combine == ELEMENT_MAX ? 1 : 2;
    if (d == ELEMENT_I64)
        row_fold_i64(combine, n, rows, x, acc);
    else if (rows > 0)
        rows_of(d)->fold[which](n, rows, x, acc);
}
