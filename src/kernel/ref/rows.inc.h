/* The passes over a row in plain loops, included once per type with
 *   REAL   the type of the values,
 *   ROWS_NAME, ROWS_TEXT   the row of the table and its name,
 *   REAL_EXP               its exponential. */

#include "kernel/rows_impl.h"

#include <math.h>

/* Lanes are halved in place; rubbish is left in them. */
static double lanes_sum(REAL *s)
{
    for (int half = ROW_LANES / 2; half >= 4; half /= 2)
        for (int i = 0; i < half; i++)
            s[i] += s[i + half];
    return ((double)s[0] + (double)s[1]) + ((double)s[2] + (double)s[3]);
}

static int64_t block_length(int64_t n, int64_t from)
{
    return n - from < ELEMENT_BLOCK ? n - from : ELEMENT_BLOCK;
}

static double ref_sum(int64_t n, const void *x)
{
    const REAL *v = x;
    double total = 0;
    for (int64_t b = 0; b < n; b += ELEMENT_BLOCK) {
        REAL s[ROW_LANES] = {0};
        for (int64_t i = 0; i < block_length(n, b); i++)
            s[i % ROW_LANES] += v[b + i];
        total += lanes_sum(s);
    }
    return total;
}

static double ref_most(int64_t n, const void *x)
{
    const REAL *v = x;
    REAL most = v[0];
    for (int64_t i = 1; i < n; i++)
        most = v[i] > most || v[i] != v[i] ? v[i] : most;
    return (double)most;
}

static double ref_least(int64_t n, const void *x)
{
    const REAL *v = x;
    REAL least = v[0];
    for (int64_t i = 1; i < n; i++)
        least = v[i] < least || v[i] != v[i] ? v[i] : least;
    return (double)least;
}

static int64_t ref_find(int64_t n, const void *x, double value)
{
    const REAL *v = x, wanted = (REAL)value;
    for (int64_t i = 0; i < n; i++)
        if (v[i] == wanted || (v[i] != v[i] && wanted != wanted))
            return i;
    return n;
}

static void ref_moments(int64_t n, const void *x, double centre, double sums[2])
{
    const REAL *v = x, c = (REAL)centre;
    sums[0] = sums[1] = 0;
    for (int64_t b = 0; b < n; b += ELEMENT_BLOCK) {
        REAL s[ROW_LANES] = {0}, squares[ROW_LANES] = {0};
        for (int64_t i = 0; i < block_length(n, b); i++) {
            REAL d = v[b + i] - c;
            s[i % ROW_LANES] += d;
            squares[i % ROW_LANES] += d * d;
        }
        sums[0] += lanes_sum(s);
        sums[1] += lanes_sum(squares);
    }
}

static double ref_exp_sum(int64_t n, const void *x, double top, void *out)
{
    const REAL *v = x, t = (REAL)top;
    REAL *o = out;
    double total = 0;
    for (int64_t b = 0; b < n; b += ELEMENT_BLOCK) {
        REAL s[ROW_LANES] = {0};
        for (int64_t i = 0; i < block_length(n, b); i++) {
            REAL e = REAL_EXP(v[b + i] - t);
            s[i % ROW_LANES] += e;
            if (o)
                o[b + i] = e;
        }
        total += lanes_sum(s);
    }
    return total;
}

static void ref_exp(int64_t n, const void *x, double top, double scale, void *out)
{
    const REAL *v = x, t = (REAL)top, a = (REAL)scale;
    REAL *o = out;
    for (int64_t i = 0; i < n; i++)
        o[i] = REAL_EXP(v[i] - t) * a;
}

static void ref_affine(int64_t n, const void *x, const row_facts *f, void *out)
{
    const REAL *v = x, c = (REAL)f->centre, s = (REAL)f->shift, a = (REAL)f->scale;
    REAL *o = out;
    for (int64_t i = 0; i < n; i++)
        o[i] = ((v[i] - c) - s) * a;
}

static void ref_add(int64_t n, int rows, const void *const *x, double *acc)
{
    const REAL *const *v = (const REAL *const *)x;
    for (int64_t i = 0; i < n; i++) {
        REAL s = v[0][i];
        if (rows == ROW_FOLD)
            s = ((s + v[1][i]) + (v[2][i] + v[3][i])) + ((v[4][i] + v[5][i]) + (v[6][i] + v[7][i]));
        else
            for (int r = 1; r < rows; r++)
                s += v[r][i];
        acc[i] += (double)s;
    }
}

static void ref_fold_most(int64_t n, int rows, const void *const *x, double *acc)
{
    const REAL *const *v = (const REAL *const *)x;
    for (int64_t i = 0; i < n; i++)
        for (int r = 0; r < rows; r++)
            acc[i] = v[r][i] > acc[i] || v[r][i] != v[r][i] ? (double)v[r][i] : acc[i];
}

static void ref_fold_least(int64_t n, int rows, const void *const *x, double *acc)
{
    const REAL *const *v = (const REAL *const *)x;
    for (int64_t i = 0; i < n; i++)
        for (int r = 0; r < rows; r++)
            acc[i] = v[r][i] < acc[i] || v[r][i] != v[r][i] ? (double)v[r][i] : acc[i];
}

const rows_class ROWS_NAME = {
    .name = ROWS_TEXT,
    .sum = ref_sum,
    .most = ref_most,
    .least = ref_least,
    .find = ref_find,
    .moments = ref_moments,
    .exp_sum = ref_exp_sum,
    .exp = ref_exp,
    .affine = ref_affine,
    .fold = {ref_add, ref_fold_most, ref_fold_least},
};
