#include "data/formula_functions.h"

#include <math.h>

/* Sums, extremes and deviations of the last n cells, in constant time a row and without ever
 * taking anything away, after van Herk 1992 and Gil and Werman 1993.  Rows are cut into pieces of
 * n; a window is the end of one piece and the beginning of the next:
 *
 *     │ · · · · │x x x x│x x · · │         suffix[2] of the piece before, then
 *             └ window ┘                   the prefix of this one
 *
 * so nothing drifts over a long series, and a missing cell makes n windows missing, no more.  A
 * window that the series does not fill yet is missing. */

typedef struct part {
    double value, squares; /* deviation: mean, squared distances from it; else squares is 0 */
} part;

typedef struct window_kind {
    part (*merge)(part a, double n_a, part b, double n_b);
    double (*result)(part p, double n);
} window_kind;

typedef struct window {
    const window_kind *kind;
    int64_t n, at; /* cells of this piece so far */
    bool before;   /* there is a piece before this one */
    part prefix;
    part cells[]; /* [n] of this piece up to `at`; behind it the suffixes of the piece before */
} window;

static size_t window_bytes(const double *constants)
{
    return sizeof(window) + (size_t)constants[0] * sizeof(part);
}

static void window_init(void *state, const window_kind *kind, const double *constants)
{
    window *w = state;
    w->kind = kind;
    w->n = (int64_t)constants[0];
}

static void window_begin(void *state)
{
    window *w = state;
    w->at = 0;
    w->before = false;
}

static double window_next(window *w, double x)
{
    part cell = {x, 0};
    double n = (double)w->n, have = (double)w->at;
    w->prefix = w->at == 0 ? cell : w->kind->merge(w->prefix, have, cell, 1);
    w->cells[w->at++] = cell;
    if (w->at < w->n)
        return !w->before
                   ? NAN
                   : w->kind->result(
                         w->kind->merge(w->cells[w->at], n - have - 1, w->prefix, have + 1), n);
    part whole = w->prefix;
    for (int64_t i = w->n - 2; i >= 0; i--)
        w->cells[i] = w->kind->merge(w->cells[i], 1, w->cells[i + 1], (double)(w->n - 1 - i));
    w->at = 0;
    w->before = true;
    return w->kind->result(whole, n);
}

static void window_step(void *state, double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = window_next(state, x[i]);
}

/* --- the kinds ------------------------------------------------------------------------------------- */

static part merge_sum(part a, double n_a, part b, double n_b)
{
    (void)n_a;
    (void)n_b;
    return (part){a.value + b.value, 0};
}

static part merge_least(part a, double n_a, part b, double n_b)
{
    (void)n_a;
    (void)n_b;
    return a.value != a.value || a.value < b.value ? a : b;
}

static part merge_most(part a, double n_a, part b, double n_b)
{
    (void)n_a;
    (void)n_b;
    return a.value != a.value || a.value > b.value ? a : b;
}

/* Chan, Golub and LeVeque 1979. */
static part merge_moments(part a, double n_a, part b, double n_b)
{
    double away = b.value - a.value, n = n_a + n_b;
    return (part){a.value + away * (n_b / n),
                  a.squares + b.squares + away * away * (n_a * n_b / n)};
}

static double result_value(part p, double n)
{
    (void)n;
    return p.value;
}

static double result_mean(part p, double n)
{
    return p.value / n;
}

/* Of the sample: divided by n - 1. */
static double result_deviation(part p, double n)
{
    return sqrt(p.squares / (n - 1));
}

static const window_kind kind_sum = {merge_sum, result_value};
static const window_kind kind_mean = {merge_sum, result_mean};
static const window_kind kind_least = {merge_least, result_value};
static const window_kind kind_most = {merge_most, result_value};
static const window_kind kind_deviation = {merge_moments, result_deviation};

static void init_sum(void *state, const double *constants)
{
    window_init(state, &kind_sum, constants);
}

static void init_mean(void *state, const double *constants)
{
    window_init(state, &kind_mean, constants);
}

static void init_least(void *state, const double *constants)
{
    window_init(state, &kind_least, constants);
}

static void init_most(void *state, const double *constants)
{
    window_init(state, &kind_most, constants);
}

static void init_deviation(void *state, const double *constants)
{
    window_init(state, &kind_deviation, constants);
}

const causal_class causal_sum = {window_bytes, init_sum, window_begin, window_step};
const causal_class causal_mean = {window_bytes, init_mean, window_begin, window_step};
const causal_class causal_least = {window_bytes, init_least, window_begin, window_step};
const causal_class causal_most = {window_bytes, init_most, window_begin, window_step};
const causal_class causal_deviation = {window_bytes, init_deviation, window_begin, window_step};
