#include "linalg/symmetric.h"

#include <float.h>
#include <math.h>

/* A = Q T Qᵀ with T tridiagonal, Q = H₀ H₁ …, H = I - β v vᵀ; then T = Z Λ Zᵀ.  Each v lies in the
 * row that it cleared, right of the diagonal.  What is kept of Q and Z is transposed, so that
 * rotations of two columns run along two rows. */

enum { TURNS_MOST = 60 };

static double dot(int64_t n, const double *x, const double *y)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

static void add(int64_t n, double w, const double *x, double *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] += w * x[i];
}

/* --- to tridiagonal ------------------------------------------------------------------------ */

/* v in the place of x, so that H x = (*off, 0, 0 …); returns β, 0 where x is so already. */
static double reflector(int64_t n, double *x, double *off)
{
    double most = 0;
    for (int64_t i = 1; i < n; i++)
        most = fmax(most, fabs(x[i]));
    *off = x[0];
    if (most == 0)
        return 0;
    most = fmax(most, fabs(x[0])); /* no square overflows */
    for (int64_t i = 0; i < n; i++)
        x[i] /= most;
    double length = sqrt(dot(n, x, x)), to = x[0] > 0 ? -length : length;
    x[0] -= to;
    *off = to * most;
    return 2 / dot(n, x, x);
}

/* B = H B H for the symmetric trailing block B [m][m], rows `n` apart. */
static void reflect_block(int64_t n, int64_t m, double beta, const double *v, double *b, double *p)
{
    for (int64_t i = 0; i < m; i++)
        p[i] = beta * dot(m, b + i * n, v);
    add(m, -beta / 2 * dot(m, p, v), v, p);
    for (int64_t i = 0; i < m; i++) {
        add(m, -v[i], p, b + i * n);
        add(m, -p[i], v, b + i * n);
    }
}

static void to_tridiagonal(int64_t n, double *a, double *diagonal, double *off, double *beta,
                           double *p)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++)
            a[i * n + j] = a[j * n + i];
    for (int64_t k = 0; k < n; k++) {
        double *v = a + k * n + k + 1, *b = v + n;
        int64_t m = n - k - 1;
        diagonal[k] = a[k * n + k];
        off[k] = m > 0 ? v[0] : 0;
        beta[k] = m > 1 ? reflector(m, v, &off[k]) : 0;
        if (beta[k] != 0)
            reflect_block(n, m, beta[k], v, b, p);
    }
}

/* Qᵀ in the place of the reflectors, the last of them first. */
static void gather_reflectors(int64_t n, double *a, const double *beta)
{
    for (int64_t k = n - 1; k >= 0; k--) {
        const double *v = a + k * n + k + 1;
        for (int64_t i = k + 1; i < n && beta[k] != 0; i++) {
            double *row = a + i * n + k + 1;
            add(n - k - 1, -beta[k] * dot(n - k - 1, row, v), v, row);
        }
        for (int64_t i = k + 1; i < n; i++)
            a[k * n + i] = a[i * n + k] = 0;
        a[k * n + k] = 1;
    }
}

/* --- to diagonal --------------------------------------------------------------------------- */

static void rotate(int64_t n, double c, double s, double *x, double *y)
{
    for (int64_t k = 0; k < n; k++) {
        double f = y[k];
        y[k] = s * x[k] + c * f;
        x[k] = c * x[k] - s * f;
    }
}

/* The end of the block that begins at `from`: the first off-diagonal that is nothing. */
static int64_t block_end(int64_t n, int64_t from, const double *d, const double *e)
{
    int64_t m = from;
    while (m < n - 1 && fabs(e[m]) > DBL_EPSILON * (fabs(d[m]) + fabs(d[m + 1])))
        m++;
    return m;
}

/* One QL step with Wilkinson's shift over rows l … m. */
static void turn(int64_t n, int64_t l, int64_t m, double *d, double *e, double *z)
{
    double g = (d[l + 1] - d[l]) / (2 * e[l]), r = hypot(g, 1), s = 1, c = 1, p = 0;
    g = d[m] - d[l] + e[l] / (g + copysign(r, g));
    for (int64_t i = m - 1; i >= l; i--) {
        double f = s * e[i], b = c * e[i];
        e[i + 1] = r = hypot(f, g);
        if (r == 0) { /* it splits */
            d[i + 1] -= p;
            e[m] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        rotate(n, c, s, z + i * n, z + (i + 1) * n);
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0;
}

static void sort(int64_t n, double *values, double *vectors)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t least = i;
        for (int64_t j = i + 1; j < n; j++)
            least = values[j] < values[least] ? j : least;
        double value = values[i];
        values[i] = values[least];
        values[least] = value;
        for (int64_t k = 0; least != i && k < n; k++) {
            double x = vectors[i * n + k];
            vectors[i * n + k] = vectors[least * n + k];
            vectors[least * n + k] = x;
        }
    }
}

void symmetric_fix_sign(int64_t n, double *vector)
{
    int64_t top = 0;
    for (int64_t i = 1; i < n; i++)
        top = fabs(vector[i]) > fabs(vector[top]) ? i : top;
    for (int64_t i = 0; vector[top] < 0 && i < n; i++)
        vector[i] = i == top ? vector[i] : -vector[i];
    vector[top] = fabs(vector[top]);
}

bool symmetric_eigen(int64_t n, double *a, double *values, double *work)
{
    double *off = work, *beta = work + n, *p = work + 2 * n;
    to_tridiagonal(n, a, values, off, beta, p);
    gather_reflectors(n, a, beta);
    for (int64_t l = 0; l < n; l++) {
        int64_t end;
        for (int turns = 0; (end = block_end(n, l, values, off)) != l; turns++) {
            if (turns == TURNS_MOST)
                return false;
            turn(n, l, end, values, off, a);
        }
    }
    sort(n, values, a);
    for (int64_t i = 0; i < n; i++)
        symmetric_fix_sign(n, a + i * n);
    return true;
}
