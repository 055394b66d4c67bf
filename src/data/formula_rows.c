#include "data/formula_functions.h"

#include "data/rescale.h"

#include <math.h>
#include <string.h>

/* shift and diff, cumsum, minmax and zscore. */

/* --- looking back n rows -------------------------------------------------------------------------- */

/* The last n cells in a ring, of which `at` is the oldest; those not `seen` yet are missing, so that
 * to begin a series takes no longer where n is large. */
typedef struct ring {
    int64_t n, at, seen;
    double cells[];
} ring;

static size_t ring_bytes(const double *constants)
{
    return sizeof(ring) + (size_t)fmax(constants[0], 0) * sizeof(double);
}

static void ring_init(void *state, const double *constants)
{
    ((ring *)state)->n = (int64_t)constants[0];
}

static void ring_begin(void *state)
{
    ring *r = state;
    r->at = r->seen = 0;
}

/* The cell that came n cells before x. */
static double ring_swap(ring *r, double x)
{
    if (r->n == 0)
        return x;
    double before = r->seen < r->n ? NAN : r->cells[r->at];
    r->seen += r->seen < r->n;
    r->cells[r->at] = x;
    r->at = r->at + 1 < r->n ? r->at + 1 : 0;
    return before;
}

static void shift_step(void *state, double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = ring_swap(state, x[i]);
}

static void diff_step(void *state, double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] -= ring_swap(state, x[i]);
}

const causal_class causal_shift = {ring_bytes, ring_init, ring_begin, shift_step};
const causal_class causal_diff = {ring_bytes, ring_init, ring_begin, diff_step};

/* --- looking ahead -n rows ------------------------------------------------------------------------- */

static double ahead(const double *constants, const double *x, int64_t i, int64_t n)
{
    int64_t by = -(int64_t)constants[0];
    return i + by < n ? x[i + by] : NAN;
}

static void shift_series(const double *constants, double *work, double *x, int64_t n)
{
    (void)work;
    for (int64_t i = 0; i < n; i++)
        x[i] = ahead(constants, x, i, n);
}

static void diff_series(const double *constants, double *work, double *x, int64_t n)
{
    (void)work;
    for (int64_t i = 0; i < n; i++)
        x[i] -= ahead(constants, x, i, n);
}

const series_class series_shift = {.run = shift_series};
const series_class series_diff = {.run = diff_series};

/* --- sums -------------------------------------------------------------------------------------------- */

/* Neumaier 1974: what each addition rounds off is added up apart.  Missing cells add nothing. */
typedef struct running {
    double sum, rest;
} running;

static size_t running_bytes(const double *constants)
{
    (void)constants;
    return sizeof(running);
}

static void running_init(void *state, const double *constants)
{
    (void)state;
    (void)constants;
}

static void running_begin(void *state)
{
    *(running *)state = (running){0};
}

static void cumsum_step(void *state, double *x, int64_t n)
{
    running *r = state;
    for (int64_t i = 0; i < n; i++) {
        if (x[i] != x[i])
            continue;
        double sum = r->sum + x[i];
        r->rest += fabs(r->sum) >= fabs(x[i]) ? r->sum - sum + x[i] : x[i] - sum + r->sum;
        r->sum = sum;
        x[i] = isfinite(sum) ? sum + r->rest : sum;
    }
}

const causal_class causal_cumsum = {running_bytes, running_init, running_begin, cumsum_step};

/* --- onto a common scale ------------------------------------------------------------------------------ */

static void minmax_column(const double *constants, double *work, double *x, int64_t n)
{
    (void)constants;
    (void)work;
    rescale_apply(rescale_minmax(x, n), x, n);
}

static void zscore_column(const double *constants, double *work, double *x, int64_t n)
{
    (void)constants;
    (void)work;
    rescale_apply(rescale_zscore(x, n), x, n);
}

const series_class series_minmax = {.column = true, .run = minmax_column};
const series_class series_zscore = {.column = true, .run = zscore_column};
