#include "model/neighbours.h"

#include <math.h>

/* From the nearest training rows to a prediction. */

const char *const weighting_names[] = {
    [WEIGHTS_UNIFORM] = "uniform",
    [WEIGHTS_DISTANCE] = "distance",
    [WEIGHTS_DISTANCE + 1] = NULL,
};

int knn_predictions(const knn_targets *t)
{
    return t->classes ? t->classes : t->outputs;
}

/* What each of the k nearest counts, into w [k]; returns their sum.  Where inverse distances are
 * infinite, only those count; where all are 0, all do. */
static double weigh(const neighbour *list, int64_t k, weighting by, double *w)
{
    double sum = 0;
    bool touching = isinf(1 / list[0].distance);
    for (int64_t i = 0; i < k; i++) {
        double inverse = 1 / list[i].distance;
        w[i] = by == WEIGHTS_UNIFORM ? 1 : touching ? isinf(inverse) : inverse;
        sum += w[i];
    }
    return sum > 0 ? sum : weigh(list, k, WEIGHTS_UNIFORM, w);
}

/* One row's prediction, columns `stride` apart. */
static void predict_row(const knn_targets *t, const neighbour *list, int64_t k, weighting by,
                        double *out, int64_t stride)
{
    double w[NEIGHBOURS_MOST], sum = weigh(list, k, by, w);
    int predictions = knn_predictions(t);
    for (int j = 0; j < predictions; j++)
        out[j * stride] = 0;
    for (int64_t i = 0; i < k; i++) {
        const double *y = t->y + list[i].reference * t->outputs;
        if (t->classes)
            out[(int64_t)y[0] * stride] += w[i];
        for (int j = 0; !t->classes && j < t->outputs; j++)
            out[j * stride] += w[i] * y[j];
    }
    for (int j = 0; j < predictions; j++)
        out[j * stride] /= sum;
}

void knn_predict_lists(const knn_targets *t, const knn *p, const neighbour *lists, int64_t held,
                       int64_t n, double *out)
{
    for (int64_t i = 0; i < n; i++)
        predict_row(t, lists + i * held, (int64_t)p->n_neighbors, (weighting)p->weights, out + i,
                    ROWS_BLOCK);
}
