#include "data/filter.h"

#include <math.h>
#include <string.h>

/* Savitzky and Golay 1964, "Smoothing and Differentiation of Data by Simplified Least Squares
 * Procedures".  The polynomial fitted to a window, at its place t, is a weighted sum of the
 * window's values.  With polynomials q0 … q_order that are orthonormal over the window's places
 * the weights are (Gorry 1990, equation 10)
 *
 *     h_t[i] = sum over k of q_k(t) q_k(i)
 *
 * which needs no inverse of a matrix whose columns are powers. */

/*  [ q: (order + 1) x window ][ weights ][ the window ][ the first ][ the last ] */
int64_t savgol_work(int window)
{
    return (SAVGOL_ORDER_MOST + 5) * (int64_t)window;
}

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* q_k from t q_(k-1), made orthogonal to all before it, twice: once leaves what rounding did. */
static void basis(int window, int order, double *q)
{
    int middle = window / 2;
    double half = middle;
    for (int k = 0; k <= order; k++) {
        double *now = q + k * window;
        for (int i = 0; i < window; i++)
            now[i] = k == 0 ? 1 : now[i - window] * ((i - half) / (half > 0 ? half : 1));
        for (int pass = 0; pass < 2; pass++)
            for (int j = 0; j < k; j++) {
                double share = dot(now, q + j * window, window);
                for (int i = 0; i < window; i++)
                    now[i] -= share * q[j * window + i];
            }
        double length = sqrt(dot(now, now, window));
        for (int i = 0; i < window; i++)
            now[i] /= length;
    }
}

static void weights_at(int window, int order, const double *q, int t, double *h)
{
    memset(h, 0, (size_t)window * sizeof *h);
    for (int k = 0; k <= order; k++)
        for (int i = 0; i < window; i++)
            h[i] += q[k * window + t] * q[k * window + i];
}

void savgol_run(int window, int order, double *work, double *x, int64_t n)
{
    size_t bytes = (size_t)window * sizeof *x;
    int half = window / 2;
    double *q = work, *h = q + (order + 1) * window, *seen = h + window, *first = seen + window,
           *last = first + window;
    basis(window, order, q);
    memcpy(first, x, bytes);
    memcpy(seen, x, bytes);
    memcpy(last, x + n - window, bytes);
    weights_at(window, order, q, half, h);
    for (int64_t i = half; i + half < n; i++) {
        double next = i + half + 1 < n ? x[i + half + 1] : 0;
        x[i] = dot(h, seen, window);
        memmove(seen, seen + 1, bytes - sizeof *seen);
        seen[window - 1] = next;
    }
    for (int t = 0; t < half; t++) {
        weights_at(window, order, q, t, h);
        x[t] = dot(h, first, window);
        weights_at(window, order, q, window - 1 - t, h);
        x[n - 1 - t] = dot(h, last, window);
    }
}
