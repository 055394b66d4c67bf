#include "cluster/spectral.h"

#include "base/mem.h"
#include "base/rng.h"
#include "linalg/symmetric.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Affinities to a few landmarks stand for all: W ≈ C A⁺ Cᵀ with A between landmarks, C of all rows
 * to them.  With A = U Λ Uᵀ and d the row sums of that,
 *
 *     F = diag(d)^-½ C U Λ^-½,   N ≈ F Fᵀ,   Fᵀ F = V S Vᵀ,   vectors F V S^-½
 *
 * C is made block by block of rows, once for each pass, and never held. */

enum { BLOCK = 256 };

static const double NONE = 1e-10; /* of A's largest value: taken as 0 */

typedef struct nystrom {
    const cluster_task *task;
    const affinity_settings *settings;
    int64_t n, d, m, rank;
    double *landmark; /* [m][d] */
    double *u;        /* [m][m] eigenvectors of A as rows, each divided by √λ */
    double *values;   /* [m] */
    double *gram;     /* [m][m] */
    double *sums;     /* [m] */
    double *rows;     /* [BLOCK][d] */
    double *c;        /* [BLOCK][m] */
    double *f;        /* [BLOCK][m] */
    double *work;     /* [3][m] */
} nystrom;

static double affinity_between(const nystrom *y, const double *a, const double *b)
{
    double sum = 0, own = 0, other = 0;
    if (y->settings->kind == AFFINITY_COSINE) {
        for (int64_t j = 0; j < y->d; j++) {
            sum += a[j] * b[j];
            own += a[j] * a[j];
            other += b[j] * b[j];
        }
        return sum > 0 ? sum / sqrt(own * other) : 0;
    }
    for (int64_t j = 0; j < y->d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return exp(-y->settings->gamma * sum);
}

/* The first m of a random order (Floyd, 1987), ascending by where they were put. */
static stint_status draw(ctx *c, nystrom *y, uint64_t seed)
{
    int64_t *which = mem_new(c, TAG_MODEL, int64_t, y->m);
    int8_t *taken = mem_new(c, TAG_MODEL, int8_t, y->n);
    stint_status s = which && taken ? STINT_OK : STINT_ENOMEM;
    for (int64_t i = 0, j = y->n - y->m; !s && i < y->m; i++, j++) {
        int64_t at = (int64_t)rng_below((rng){seed, RNG_LANDMARKS}, (uint64_t)i, (uint64_t)j + 1);
        at = taken[at] ? j : at;
        taken[at] = 1;
        which[i] = at;
    }
    if (!s)
        s = points_pick(&y->task->points, which, y->m, y->landmark);
    mem_free(which);
    mem_free(taken);
    return s;
}

/* Rows of C, and of F where `root` (√d) is there. */
static stint_status block(const nystrom *y, int64_t from, int64_t rows, const double *root)
{
    TRY(points_read(&y->task->points, from, rows, y->rows));
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < y->m; j++)
            y->c[i * y->m + j] = affinity_between(y, y->rows + i * y->d, y->landmark + j * y->d);
    for (int64_t i = 0; i < rows && root; i++)
        for (int64_t r = 0; r < y->rank; r++) {
            double sum = 0;
            for (int64_t j = 0; j < y->m; j++)
                sum += y->c[i * y->m + j] * y->u[r * y->m + j];
            y->f[i * y->rank + r] = sum / root[from + i];
        }
    return STINT_OK;
}

/* u, for all of A's eigenvalues that are not nothing, the largest first */
static bool factor(nystrom *y)
{
    for (int64_t i = 0; i < y->m; i++)
        for (int64_t j = i; j < y->m; j++)
            y->gram[i * y->m + j] =
                affinity_between(y, y->landmark + i * y->d, y->landmark + j * y->d);
    if (!symmetric_eigen(y->m, y->gram, y->values, y->work))
        return false;
    for (int64_t r = y->m - 1; r >= 0 && y->values[r] > NONE * y->values[y->m - 1]; r--) {
        for (int64_t j = 0; j < y->m; j++)
            y->u[y->rank * y->m + j] = y->gram[r * y->m + j] / sqrt(y->values[r]);
        y->rank++;
    }
    return true;
}

/* root = √(C A⁺ Cᵀ 1); what the approximation makes negative is nothing. */
static stint_status degrees(nystrom *y, double *root)
{
    for (int64_t from = 0; from < y->n; from += BLOCK) {
        int64_t rows = y->n - from < BLOCK ? y->n - from : BLOCK;
        TRY(block(y, from, rows, NULL));
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < y->m; j++)
                y->sums[j] += y->c[i * y->m + j];
    }
    for (int64_t r = 0; r < y->rank; r++) { /* work = Uᵀ-weighted sums */
        y->work[r] = 0;
        for (int64_t j = 0; j < y->m; j++)
            y->work[r] += y->u[r * y->m + j] * y->sums[j];
    }
    for (int64_t j = 0; j < y->m; j++) {
        y->sums[j] = 0;
        for (int64_t r = 0; r < y->rank; r++)
            y->sums[j] += y->u[r * y->m + j] * y->work[r];
    }
    for (int64_t from = 0; from < y->n; from += BLOCK) {
        int64_t rows = y->n - from < BLOCK ? y->n - from : BLOCK;
        TRY(cluster_at(y->task, "landmarks", 0.3 * (double)from / (double)y->n));
        TRY(block(y, from, rows, NULL));
        for (int64_t i = 0; i < rows; i++) {
            double sum = 0;
            for (int64_t j = 0; j < y->m; j++)
                sum += y->c[i * y->m + j] * y->sums[j];
            root[from + i] = sqrt(fmax(sum, DBL_EPSILON));
        }
    }
    return STINT_OK;
}

static stint_status vectors(nystrom *y, const double *root, spectral_vectors *out)
{
    int64_t r = y->rank, k = out->k < r ? out->k : r;
    memset(y->gram, 0, (size_t)(y->m * y->m) * sizeof *y->gram);
    for (int64_t from = 0; from < y->n; from += BLOCK) {
        int64_t rows = y->n - from < BLOCK ? y->n - from : BLOCK;
        TRY(cluster_at(y->task, "landmarks", 0.3 + 0.3 * (double)from / (double)y->n));
        TRY(block(y, from, rows, root));
        for (int64_t i = 0; i < rows; i++)
            for (int64_t a = 0; a < r; a++)
                for (int64_t b = a; b < r; b++)
                    y->gram[a * r + b] += y->f[i * r + a] * y->f[i * r + b];
    }
    if (!symmetric_eigen(r, y->gram, y->values, y->work))
        return STINT_EFAIL;
    for (int64_t from = 0; from < y->n; from += BLOCK) {
        int64_t rows = y->n - from < BLOCK ? y->n - from : BLOCK;
        TRY(block(y, from, rows, root));
        for (int64_t v = 0; v < k; v++)
            for (int64_t i = 0; i < rows; i++) {
                double sum = 0;
                for (int64_t a = 0; a < r; a++)
                    sum += y->f[i * r + a] * y->gram[(r - 1 - v) * r + a];
                out->v[v * y->n + from + i] = sum / sqrt(fmax(y->values[r - 1 - v], DBL_MIN));
            }
    }
    for (int64_t v = 0; v <= out->k; v++)
        out->values[v] = v < r ? 1 - y->values[r - 1 - v] : NAN;
    for (int64_t v = 0; v < k; v++)
        symmetric_fix_sign(y->n, out->v + v * y->n);
    out->residual = NAN;
    out->converged = (int)out->k;
    return STINT_OK;
}

int64_t spectral_nystrom_bytes(const cluster_task *t, int64_t landmarks, int64_t k)
{
    int64_t m = landmarks, d = t->points.d;
    (void)k;
    return 8 * (m * d + 2 * m * m + 5 * m + BLOCK * (d + 2 * m)) + t->points.n + m * 8 + 10 * 128;
}

stint_status spectral_nystrom(ctx *c, const cluster_task *t, const affinity_settings *s,
                              int64_t landmarks, uint64_t seed, spectral_vectors *out, double *root)
{
    nystrom y = {.task = t, .settings = s, .n = t->points.n, .d = t->points.d};
    y.m = landmarks < y.n ? landmarks : y.n;
    int64_t doubles = y.m * y.d + 2 * y.m * y.m + 5 * y.m + BLOCK * (y.d + 2 * y.m);
    double *all = mem_new(c, TAG_MODEL, double, doubles), *at = all;
    if (!all)
        return STINT_ENOMEM;
    double **const parts[] = {&y.landmark, &y.u,    &y.gram, &y.values, &y.sums,
                              &y.work,     &y.rows, &y.c,    &y.f};
    const int64_t sizes[] = {y.m * y.d, y.m * y.m,   y.m * y.m,   y.m,        y.m,
                             3 * y.m,   BLOCK * y.d, BLOCK * y.m, BLOCK * y.m};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i] = at;
        at += sizes[i];
    }
    stint_status status = draw(c, &y, seed);
    if (!status)
        status = factor(&y) ? STINT_OK : STINT_EFAIL;
    if (!status)
        status = degrees(&y, root);
    if (!status)
        status = vectors(&y, root, out);
    mem_free(all);
    if (status == STINT_EFAIL)
        return fail(c, status, "spectral: the affinities of %lld landmarks are not finite",
                    (long long)y.m);
    return status;
}
