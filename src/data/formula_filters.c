#include "data/formula_functions.h"

#include "data/filter.h"

#include <math.h>

/* ema, butter, butter_zero and savgol in formulas: what the filters do not know of is missing
 * cells.  An exponential mean is kept over them; a Butterworth filter begins anew behind them, and
 * the filters that need whole series take each run of cells between them by itself. */

/* --- exponential mean ------------------------------------------------------------------------- */

typedef struct exponential {
    double alpha, mean; /* mean NaN = no cell came yet */
} exponential;

static size_t ema_bytes(const double *constants)
{
    (void)constants;
    return sizeof(exponential);
}

static void ema_init(void *state, const double *constants)
{
    ((exponential *)state)->alpha = constants[0];
}

static void ema_begin(void *state)
{
    ((exponential *)state)->mean = NAN;
}

static void ema_step(void *state, double *x, int64_t n)
{
    exponential *e = state;
    for (int64_t i = 0; i < n; i++) {
        if (x[i] != x[i])
            continue;
        if (e->mean != e->mean)
            e->mean = x[i];
        ema_run(e->alpha, &e->mean, x + i, 1);
    }
}

const causal_class causal_ema = {ema_bytes, ema_init, ema_begin, ema_step};

/* --- Butterworth ------------------------------------------------------------------------------- */

typedef struct butter {
    butterworth filter;
    butterworth_state state;
    bool level; /* begin as if the first value had been there for ever */
    bool begun;
} butter;

static size_t butter_bytes(const double *constants)
{
    (void)constants;
    return sizeof(butter);
}

static void butter_init(void *state, const double *constants)
{
    butter *b = state;
    butterworth_design((int)constants[0], constants[1], &b->filter);
    b->level = constants[2] != 0;
}

static void butter_begin(void *state)
{
    ((butter *)state)->begun = false;
}

static void butter_step(void *state, double *x, int64_t n)
{
    butter *b = state;
    for (int64_t i = 0; i < n; i++) {
        if (!b->begun)
            b->state = butterworth_begin(&b->filter, b->level ? x[i] : 0);
        b->begun = x[i] == x[i];
        if (b->begun)
            butterworth_run(&b->filter, &b->state, x + i, 1);
    }
}

const causal_class causal_butter = {butter_bytes, butter_init, butter_begin, butter_step};

static int64_t butter_least(const double *constants)
{
    return butterworth_pad((int)constants[0]) + 1;
}

static void butter_series(const double *constants, double *work, double *x, int64_t n)
{
    butterworth b;
    (void)work;
    butterworth_design((int)constants[0], constants[1], &b);
    butterworth_zero_phase(&b, x, n);
}

const series_class series_butter = {.cut = true, .least = butter_least, .run = butter_series};

/* --- Savitzky-Golay ----------------------------------------------------------------------------- */

int64_t savgol_steps(const double *constants)
{
    return (int64_t)constants[0];
}

const char *savgol_check(const double *constants)
{
    if ((int64_t)constants[0] % 2 == 0)
        return "the window has to be odd";
    return constants[1] < constants[0] ? NULL : "the order has to be below the window";
}

static int64_t savgol_room(const double *constants)
{
    return savgol_work((int)constants[0]);
}

static int64_t savgol_least(const double *constants)
{
    return (int64_t)constants[0];
}

static void savgol_series(const double *constants, double *work, double *x, int64_t n)
{
    savgol_run((int)constants[0], (int)constants[1], work, x, n);
}

const series_class series_savgol = {
    .cut = true, .work = savgol_room, .least = savgol_least, .run = savgol_series};
