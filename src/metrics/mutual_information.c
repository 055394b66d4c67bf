#include "metrics/clustering.h"
#include "metrics/label_codes.h"

#include "base/mem.h"

#include <float.h>
#include <math.h>

/* I = Σ_ij n_ij/n log(n n_ij / (n_i n_j)), over the mean of H = -Σ_i n_i/n log(n_i/n) of both. */

static double entropy(const label_codes *l)
{
    double sum = 0, n = (double)l->n;
    for (int64_t k = 0; k < l->k; k++) {
        double p = (double)l->sizes[k] / n;
        sum -= p * log(p);
    }
    return sum;
}

/* Terms that are rounding alone count as 0. */
static double information(const label_codes *a, const label_codes *b, const label_pair *pairs,
                          int64_t count)
{
    double sum = 0, n = (double)a->n;
    for (int64_t i = 0; i < count; i++) {
        double rows = (double)pairs[i].rows;
        double by_chance = (double)a->sizes[pairs[i].a] * (double)b->sizes[pairs[i].b];
        double term = rows / n * log(rows * n / by_chance);
        sum += fabs(term) < DBL_EPSILON ? 0 : term;
    }
    return sum > 0 ? sum : 0;
}

static stint_status normalised(ctx *c, const label_codes *a, const label_codes *b, double *out)
{
    label_pair *pairs;
    int64_t count;
    if (a->k <= 1 || b->k <= 1) {
        *out = a->k <= 1 && b->k <= 1;
        return STINT_OK;
    }
    TRY(label_pairs(c, a, b, &pairs, &count));
    *out = information(a, b, pairs, count) / ((entropy(a) + entropy(b)) / 2);
    mem_free(pairs);
    return STINT_OK;
}

stint_status clustering_mutual_information(ctx *c, const int32_t *a, const int32_t *b, int64_t n,
                                           double *out)
{
    label_codes ca, cb = {0};
    stint_status s = label_codes_init(c, a, NULL, n, &ca);
    if (s == STINT_OK)
        s = label_codes_init(c, b, NULL, n, &cb);
    if (s == STINT_OK)
        s = normalised(c, &ca, &cb, out);
    label_codes_deinit(&ca);
    label_codes_deinit(&cb);
    return s;
}
