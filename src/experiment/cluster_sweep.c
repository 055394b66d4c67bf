#include "experiment/cluster_work.h"

#include <math.h>

/* A number of clusters after the other.  The elbow is where inertia is farthest below the straight
 * line between the sweep's ends; what is kept is the clustering with the largest silhouette, the
 * first of equals. */

static int find_elbow(const cluster_tried *tried, int n)
{
    int elbow = -1;
    double most = 0;
    const cluster_tried *a = &tried[0], *b = &tried[n - 1];
    for (int i = 1; i + 1 < n; i++) {
        double along = (double)(tried[i].k - a->k) / (double)(b->k - a->k);
        double below = a->inertia + along * (b->inertia - a->inertia) - tried[i].inertia;
        if (below > most) { /* of one chord: as the distance to it */
            most = below;
            elbow = i;
        }
    }
    return elbow;
}

/* Fit and measure; the better of it and `found` stays. */
static stint_status try_one(cluster_work *w, int64_t k, cluster_tried *out)
{
    stint_clustering *m;
    cluster_measures measures;
    TRY(cluster_fit_table(w, k, &m));
    stint_status s = cluster_measure(w, m, false, &measures);
    if (s != STINT_OK) {
        stint_clustering_free(m);
        return s;
    }
    *out = (cluster_tried){k, m->facts.inertia, measures.silhouette};
    cluster_measures_free(&measures);
    bool better = !w->found || (w->best < 0 && !isnan(out->silhouette)) ||
                  (w->best >= 0 && out->silhouette > w->tried[w->best].silhouette);
    if (better && !isnan(out->silhouette))
        w->best = w->n_tried;
    stint_clustering_free(better ? w->found : m);
    if (better)
        w->found = m;
    return STINT_OK;
}

stint_status cluster_sweep(cluster_work *w)
{
    w->tried = arena_new(&w->arena, cluster_tried, w->to - w->from + 1);
    if (!w->tried)
        return STINT_ENOMEM;
    for (int64_t k = w->from; k <= w->to; k++) {
        TRY(try_one(w, k, &w->tried[w->n_tried]));
        w->n_tried++;
    }
    if (w->class == &cluster_kmeans)
        w->elbow = find_elbow(w->tried, w->n_tried);
    return STINT_OK;
}
