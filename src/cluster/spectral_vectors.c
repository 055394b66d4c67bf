#include "cluster/spectral.h"

#include "base/mem.h"
#include "linalg/lanczos.h"
#include "linalg/symmetric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The largest eigenvalues ν of N are the least, 1 - ν, of the Laplacian.  Each connected component
 * has the value 1 with a vector that is known, √degree; the others are looked for beside these.
 *
 * A Chebyshev polynomial of N that is small on [-1, b] and grows beyond draws the wanted values
 * apart: many cheap products for each vector of the basis.  b comes from a first look, whose Ritz
 * values lie below the true ones, so that every wanted value lies beyond b.  A dense N, whose
 * products are the cost, goes without. */

enum { DEGREE_MOST = 40, TRIES = 3, PRODUCTS_MOST = 20000, DENSE_MOST = 2000 };

/* Where every vector is known, for the value after them: a Ritz value is within its residual, and a
 * value that would make the clusters ambiguous, far from all others, is found in few. */
enum { VALUE_MOST = 600 };

static const double REACH = 100; /* the polynomial's value at 1 */

typedef struct filter {
    const affinity *a;
    const cluster_task *task;
    int degree;
    double b;
    double *before, *now; /* [n] */
    int64_t products, expected;
} filter;

static stint_status product(filter *f, const double *x, double *y)
{
    f->products++;
    if (f->products % 16 == 0) {
        double share = (double)f->products / (double)(f->products + f->expected);
        TRY(cluster_at(f->task, "eigenvectors", 0.1 + 0.7 * share));
    }
    return affinity_apply(f->a, x, y);
}

/* y = T_degree(N') x, N' = (2 N + 1 - b) / (1 + b): [-1, b] goes to [-1, 1].  T_j+1 = 2 N' T_j -
 * T_j-1. */
static stint_status apply(void *self, const double *x, double *y)
{
    filter *f = self;
    int64_t n = f->a->n;
    if (f->degree == 1)
        return product(f, x, y);
    double by = 2 / (1 + f->b), shift = (1 - f->b) / (1 + f->b), *before = f->before, *now = f->now;
    memcpy(before, x, (size_t)n * sizeof *x);
    TRY(product(f, x, now));
    for (int64_t i = 0; i < n; i++)
        now[i] = by * now[i] + shift * x[i];
    for (int j = 2; j <= f->degree; j++) {
        TRY(product(f, now, y));
        for (int64_t i = 0; i < n; i++)
            before[i] = 2 * (by * y[i] + shift * now[i]) - before[i];
        double *last = before;
        before = now;
        now = last;
    }
    memcpy(y, now, (size_t)n * sizeof *y);
    return STINT_OK;
}

/* --- null vectors -------------------------------------------------------------------------- */

typedef struct component {
    int64_t rows, number;
} component;

static int larger_first(const void *a, const void *b)
{
    const component *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* √degree of the `most` largest components into v [most][n]. */
static stint_status null_vectors(ctx *c, const affinity *a, int64_t most, double *v)
{
    component *of = mem_new(c, TAG_MODEL, component, a->components);
    int64_t *place = mem_new(c, TAG_MODEL, int64_t, a->components);
    if (!of || !place) {
        mem_free(of);
        mem_free(place);
        return STINT_ENOMEM;
    }
    for (int64_t i = 0; i < a->components; i++)
        of[i].number = i;
    for (int64_t i = 0; i < a->n; i++)
        of[a->component[i]].rows++;
    qsort(of, (size_t)a->components, sizeof *of, larger_first);
    for (int64_t i = 0; i < a->components; i++)
        place[of[i].number] = i;
    for (int64_t i = 0; i < a->n; i++) {
        int64_t at = place[a->component[i]];
        if (at < most)
            v[at * a->n + i] = a->root[i] > 0 ? a->root[i] : 1;
    }
    for (int64_t k = 0; k < most; k++) {
        double sum = 0;
        for (int64_t i = 0; i < a->n; i++)
            sum += v[k * a->n + i] * v[k * a->n + i];
        for (int64_t i = 0; i < a->n; i++)
            v[k * a->n + i] /= sqrt(sum);
    }
    mem_free(of);
    mem_free(place);
    return STINT_OK;
}

/* --- the others ---------------------------------------------------------------------------- */

static void choose_filter(filter *f, double least)
{
    f->b = fmin(fmax(least, -0.5), 1 - 1e-9);
    double beyond = (3 - f->b) / (1 + f->b); /* where 1 goes */
    double degree = acosh(REACH) / acosh(beyond);
    f->degree = degree > DEGREE_MOST ? DEGREE_MOST : degree < 2 ? 1 : (int)degree;
}

/* Values by Rayleigh's quotient, and residuals, of `m` vectors. */
static stint_status measure(filter *f, int m, const double *v, double *values, double *residual,
                            double *image)
{
    int64_t n = f->a->n;
    for (int k = 0; k < m; k++) {
        const double *x = v + k * n;
        double quotient = 0, rest = 0;
        TRY(product(f, x, image));
        for (int64_t i = 0; i < n; i++)
            quotient += x[i] * image[i];
        for (int64_t i = 0; i < n; i++)
            rest += (image[i] - quotient * x[i]) * (image[i] - quotient * x[i]);
        values[k] = 1 - quotient;
        residual[k] = sqrt(rest);
    }
    return STINT_OK;
}

static stint_status look(ctx *c, const affinity *a, lanczos_settings s, pool *p, filter *f,
                         double *values, double *vectors)
{
    lanczos_found found;
    int64_t left = a->n - s.known;
    s.most = 2 * s.wanted + 30;
    s.basis = (int)(s.most < left ? s.most : left);
    TRY(lanczos_largest(c, &s, p, values, vectors, &found));
    if (found.converged < s.wanted)
        choose_filter(f, values[s.wanted - 1]);
    return STINT_OK;
}

/* `m` pairs beside the `known` first of v; the one after the k is there for its value. */
static stint_status search(ctx *c, filter *f, pool *p, int known, int m, double tolerance,
                           uint64_t seed, spectral_vectors *out, double *residual)
{
    int firm = known + m > (int)out->k ? m - 1 : m;
    const affinity *a = f->a;
    double *vectors = out->v + known * a->n;
    lanczos_settings s = {.n = a->n,
                          .wanted = m,
                          .firm = a->tiles ? firm : 0, /* a filter bends the scale of values */
                          .basis = 2 * (int)out->k + 32,
                          .unmeasured = true,
                          .tolerance = tolerance,
                          .seed = seed,
                          .known = known,
                          .locked = out->v,
                          .apply = apply,
                          .self = f};
    f->expected = 200;
    if (firm > 0 && !a->tiles)
        TRY(look(c, a, s, p, f, out->values + known, vectors));
    for (int try = 0; try < TRIES; try++) {
        lanczos_found found;
        s.most = firm == 0 ? VALUE_MOST : a->tiles ? DENSE_MOST : PRODUCTS_MOST / f->degree;
        s.tolerance = tolerance * (double)f->degree * f->degree * pow(0.1, try);
        TRY(lanczos_largest(c, &s, p, out->values + known, vectors, &found));
        TRY(measure(f, m, vectors, out->values + known, residual, f->now));
        double worst = 0;
        for (int k = 0; k < firm; k++)
            worst = fmax(worst, residual[k]);
        if (worst <= tolerance || found.converged < firm)
            break;
    }
    return STINT_OK;
}

static void order(spectral_vectors *out, int m, double *residual)
{
    for (int i = 1; i < m; i++)
        for (int j = i; j > 0 && out->values[j] < out->values[j - 1]; j--) {
            double value = out->values[j], rest = residual[j];
            out->values[j] = out->values[j - 1];
            out->values[j - 1] = value;
            residual[j] = residual[j - 1];
            residual[j - 1] = rest;
            for (int64_t x = 0; x < out->n; x++) {
                double *a = &out->v[j * out->n + x], *b = a - out->n, at = *a;
                *a = *b;
                *b = at;
            }
        }
}

static stint_status find(ctx *c, const cluster_task *t, filter *f, double tolerance, uint64_t seed,
                         spectral_vectors *out, double *residual)
{
    int64_t n = out->n, components = f->a->components;
    int k = (int)out->k, known = components < k ? (int)components : k;
    int m = k + 1 - known, left = n - known < m ? (int)(n - known) : m;
    TRY(null_vectors(c, f->a, known, out->v));
    out->values[k] = NAN;
    if (components > k)
        out->values[k] = 0;
    else if (left > 0)
        TRY(search(c, f, t->pool, known, left, tolerance, seed, out, residual + known));
    order(out, known + left < k + 1 || components > k ? k : k + 1, residual);
    for (int i = 0; i < k; i++) {
        out->residual = fmax(out->residual, residual[i]);
        out->converged += residual[i] <= tolerance;
    }
    out->products = f->products;
    return STINT_OK;
}

/* v has room for one vector more than k, which is not handed out. */
stint_status spectral_find(ctx *c, const cluster_task *t, const affinity *a, double tolerance,
                           uint64_t seed, spectral_vectors *out)
{
    filter f = {.a = a, .task = t, .degree = 1};
    f.before = mem_new(c, TAG_MODEL, double, a->n);
    f.now = mem_new(c, TAG_MODEL, double, a->n);
    double *residual = mem_new(c, TAG_MODEL, double, out->k + 1);
    stint_status s = f.before && f.now && residual ? STINT_OK : STINT_ENOMEM;
    if (!s)
        s = find(c, t, &f, tolerance, seed, out, residual);
    mem_free(f.before);
    mem_free(f.now);
    mem_free(residual);
    return s;
}

int64_t spectral_find_bytes(int64_t n, int64_t k, int threads)
{
    lanczos_settings s = {.n = n, .wanted = (int)k + 1, .basis = 2 * (int)k + 32};
    return lanczos_bytes(&s, threads) + (2 * n + k + 1) * 8 + 1024;
}
