#include "cluster/spectral.h"

#include "base/mem.h"
#include "linalg/symmetric.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Rows of one cluster point nearly the same way, rows of different ones nearly at right angles.
 * So k rows chosen greedily, each as far as can be from the span of those before (QR with column
 * pivoting), are one of each cluster; P [k][k] of them.  The orthogonal matrix nearest to Pᵀ, its
 * polar factor Pᵀ (P Pᵀ)^-½, turns each towards an axis of its own. */

typedef struct turned {
    double *rest;  /* [n][k] rows without what lies in the span so far */
    double *p, *b; /* [k][k] */
    double *half;  /* [k][k] */
    double *turn;  /* [k][k] */
    double *values, *work;
} turned;

static double square(int64_t k, const double *x)
{
    double sum = 0;
    for (int64_t j = 0; j < k; j++)
        sum += x[j] * x[j];
    return sum;
}

static void choose_rows(turned *t, int64_t n, int64_t k, const double *embedding)
{
    memcpy(t->rest, embedding, (size_t)(n * k) * sizeof *embedding);
    for (int64_t step = 0; step < k; step++) {
        int64_t best = 0;
        double most = -1;
        for (int64_t i = 0; i < n; i++) {
            double size = square(k, t->rest + i * k);
            if (size > most) {
                most = size;
                best = i;
            }
        }
        memcpy(t->p + step * k, embedding + best * k, (size_t)k * sizeof *embedding);
        double *along = t->work, by = most > 0 ? 1 / most : 0;
        memcpy(along, t->rest + best * k, (size_t)k * sizeof *along);
        for (int64_t i = 0; i < n; i++) {
            double *row = t->rest + i * k, dot = 0;
            for (int64_t j = 0; j < k; j++)
                dot += row[j] * along[j];
            for (int64_t j = 0; j < k; j++)
                row[j] -= dot * by * along[j];
        }
    }
}

static void multiply(int64_t k, const double *a, const double *b, bool turn_a, bool turn_b,
                     double *out)
{
    for (int64_t i = 0; i < k; i++)
        for (int64_t j = 0; j < k; j++) {
            double sum = 0;
            for (int64_t l = 0; l < k; l++)
                sum +=
                    (turn_a ? a[l * k + i] : a[i * k + l]) * (turn_b ? b[j * k + l] : b[l * k + j]);
            out[i * k + j] = sum;
        }
}

/* turn = Pᵀ (P Pᵀ)^-½ */
static bool polar(turned *t, int64_t k)
{
    multiply(k, t->p, t->p, false, true, t->b);
    if (!symmetric_eigen(k, t->b, t->values, t->work))
        return false;
    double least = DBL_EPSILON * (double)k * t->values[k - 1];
    for (int64_t i = 0; i < k; i++)
        for (int64_t j = 0; j < k; j++) {
            t->half[i * k + j] = 0;
            for (int64_t l = 0; l < k; l++)
                t->half[i * k + j] += t->b[l * k + i] * t->b[l * k + j] /
                                      sqrt(fmax(t->values[l], fmax(least, DBL_MIN)));
        }
    multiply(k, t->p, t->half, true, false, t->turn);
    return true;
}

static void label_rows(const turned *t, int64_t n, int64_t k, const double *embedding,
                       int32_t *labels)
{
    for (int64_t i = 0; i < n; i++) {
        double most = -1;
        for (int64_t j = 0; j < k; j++) {
            double along = 0;
            for (int64_t l = 0; l < k; l++)
                along += embedding[i * k + l] * t->turn[l * k + j];
            if (fabs(along) > most) {
                most = fabs(along);
                labels[i] = (int32_t)j;
            }
        }
    }
}

stint_status spectral_assign_qr(ctx *c, int64_t n, int64_t k, const double *embedding,
                                int32_t *labels)
{
    turned t = {.rest = mem_new(c, TAG_MODEL, double, n *k)};
    double *small = mem_new(c, TAG_MODEL, double, 4 * k * k + 4 * k);
    stint_status s = t.rest && small ? STINT_OK : STINT_ENOMEM;
    if (!s) {
        t.p = small;
        t.b = t.p + k * k;
        t.half = t.b + k * k;
        t.turn = t.half + k * k;
        t.values = t.turn + k * k;
        t.work = t.values + k;
        choose_rows(&t, n, k, embedding);
        if (polar(&t, k))
            label_rows(&t, n, k, embedding, labels);
        else
            s = fail(c, STINT_EFAIL, "cluster_qr: the embedding has values that are not finite");
    }
    mem_free(t.rest);
    mem_free(small);
    return s;
}
