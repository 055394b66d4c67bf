#include "metrics/cluster_means.h"

/* (Σ_k n_k |c_k - c|² / (k - 1)) / (Σ |x - c_k|² / (n - k)) */

static void add_square(void *self, int32_t cluster, double square)
{
    (void)cluster;
    *(double *)self += square;
}

static double between(const cluster_means *m, int64_t d)
{
    double sum = 0;
    for (int64_t k = 0; k < m->codes.k; k++)
        sum += (double)m->codes.sizes[k] * cluster_means_square(m->means + k * d, m->mean, d);
    return sum;
}

stint_status clustering_calinski_harabasz(ctx *c, const labelled *l, double *out)
{
    cluster_means m;
    double within = 0;
    stint_status s = cluster_means_init(c, "calinski_harabasz", l, &m);
    if (s == STINT_OK)
        s = cluster_means_each(&m, l, add_square, &within);
    if (s == STINT_OK)
        *out = within == 0 ? 1
                           : between(&m, l->d) * (double)(l->n - m.codes.k) /
                                 (within * ((double)m.codes.k - 1));
    cluster_means_deinit(&m);
    return s;
}
