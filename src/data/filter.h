/* Filters over evenly spaced values: low-pass Butterworth, Savitzky-Golay, exponential mean.  None
 * takes NaN: callers cut a series at its missing cells (formula_filters.c).  Each works in place.
 * Equal to SciPy's and pandas' to rounding (tests/oracle/filters.json). */
#ifndef DATA_FILTER_H
#define DATA_FILTER_H

#include <stdint.h>

/* --- Butterworth, low-pass --------------------------------------------------------------- */

#define BUTTERWORTH_ORDER_MOST 8
#define BUTTERWORTH_SECTIONS   ((BUTTERWORTH_ORDER_MOST + 1) / 2)

/* H(z) as a product of sections (b0 + b1/z + b2/z²) / (1 + a1/z + a2/z²), each 1 at rest. */
typedef struct butterworth_section {
    double b0, b1, b2, a1, a2;
} butterworth_section;

typedef struct butterworth {
    int order, n; /* sections */
    butterworth_section sections[BUTTERWORTH_SECTIONS];
} butterworth;

typedef struct butterworth_state {
    double z[BUTTERWORTH_SECTIONS][2];
} butterworth_state;

/* `cutoff` in (0, 1): the frequency where half the power passes, as a share of half the sampling
 * rate, as scipy.signal.butter(order, cutoff, output="sos") takes it. */
void butterworth_design(int order, double cutoff, butterworth *out);

/* The state after `level` for ever; 0 = at rest, where scipy.signal.sosfilt begins. */
butterworth_state butterworth_begin(const butterworth *b, double level);
void butterworth_run(const butterworth *b, butterworth_state *s, double *x, int64_t n);

/* Forward and then backward, so that nothing is delayed: scipy.signal.sosfiltfilt, its ends
 * mirrored oddly over butterworth_pad values.  n > butterworth_pad. */
int64_t butterworth_pad(int order);
void butterworth_zero_phase(const butterworth *b, double *x, int64_t n);

/* --- Savitzky-Golay ------------------------------------------------------------------------ */

#define SAVGOL_ORDER_MOST  12
#define SAVGOL_WINDOW_MOST 2001

/* Doubles of work for a window (odd, above the order). */
int64_t savgol_work(int window);

/* The value at the middle of the polynomial fitted to each window; the first and last window / 2
 * values are those of the first and last whole window's polynomial, as
 * scipy.signal.savgol_filter(x, window, order, mode="interp").  n ≥ window. */
void savgol_run(int window, int order, double *work, double *x, int64_t n);

/* --- exponential mean ------------------------------------------------------------------------ */

/* y = (1 - alpha) y + alpha x from `mean` on, which is carried: pandas' ewm(adjust=False). */
void ema_run(double alpha, double *mean, double *x, int64_t n);

#endif
