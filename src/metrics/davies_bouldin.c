#include "metrics/cluster_means.h"

#include "base/mem.h"

#include <math.h>

/* Clusters whose centres coincide say nothing about each other and are left out.  Where all
 * spreads, or all centres' distances, are 0 but for rounding, the index is 0. */

static const double NOTHING = 1e-8;

static void add_distance(void *self, int32_t cluster, double square)
{
    ((double *)self)[cluster] += sqrt(square);
}

static double index_of(const cluster_means *m, const double *spread, int64_t d)
{
    int64_t k = m->codes.k;
    double sum = 0, widest = 0, farthest = 0;
    for (int64_t i = 0; i < k; i++) {
        double worst = 0;
        for (int64_t j = 0; j < k; j++) {
            double apart = sqrt(cluster_means_square(m->means + i * d, m->means + j * d, d));
            if (apart > 0)
                worst = fmax(worst, (spread[i] + spread[j]) / apart);
            farthest = fmax(farthest, apart);
        }
        widest = fmax(widest, spread[i]);
        sum += worst;
    }
    return widest <= NOTHING || farthest <= NOTHING ? 0 : sum / (double)k;
}

static stint_status measure(ctx *c, const cluster_means *m, const labelled *l, double *out)
{
    double *spread = mem_new(c, TAG_MODEL, double, m->codes.k);
    if (!spread)
        return STINT_ENOMEM;
    stint_status s = cluster_means_each(m, l, add_distance, spread);
    for (int64_t k = 0; k < m->codes.k; k++)
        spread[k] /= (double)m->codes.sizes[k];
    if (s == STINT_OK)
        *out = index_of(m, spread, l->d);
    mem_free(spread);
    return s;
}

stint_status clustering_davies_bouldin(ctx *c, const labelled *l, double *out)
{
    cluster_means m;
    stint_status s = cluster_means_init(c, "davies_bouldin", l, &m);
    if (s == STINT_OK)
        s = measure(c, &m, l, out);
    cluster_means_deinit(&m);
    return s;
}
