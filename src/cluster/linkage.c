#include "cluster/linkage.h"

#include <math.h>
#include <stdio.h>

/* Operations between two looks at the watch: some milliseconds. */
static const double LOOK_AFTER = 2e7;

/* What is left to do falls with the square of the clusters that are left. */
stint_status linkage_did(linkage_run *r, double operations)
{
    r->work += operations;
    if (r->work < LOOK_AFTER)
        return STINT_OK;
    r->work = 0;
    double left = (double)(r->n - r->made) / (double)r->n;
    return cluster_at(r->task, "merges", r->base + (1 - r->base) * (1 - left * left));
}

stint_status linkage_each(const linkage_run *r, int64_t items, pool_item *run, void *self)
{
    if (r->pool)
        return parallel_for(r->pool, items, run, self);
    for (int64_t i = 0; i < items; i++)
        TRY(run(self, i, 0));
    return STINT_OK;
}

double linkage_height(linkage_metric m, double sum)
{
    return m == METRIC_EUCLIDEAN ? sqrt(sum) : m == METRIC_COSINE ? sum / 2 : sum;
}

/* To length 1, by its largest element first, so that no square overflows; false for zeros. */
static bool direct(double *row, int64_t d)
{
    double most = 0, sum = 0;
    for (int64_t j = 0; j < d; j++)
        most = fmax(most, fabs(row[j]));
    if (most == 0)
        return false;
    for (int64_t j = 0; j < d; j++) {
        row[j] /= most;
        sum += row[j] * row[j];
    }
    double length = sqrt(sum);
    for (int64_t j = 0; j < d; j++)
        row[j] /= length;
    return true;
}

stint_status linkage_load(linkage_run *r, double *x)
{
    const points *p = &r->task->points;
    char name[128];
    TRY(points_read(p, 0, r->n, x));
    for (int64_t i = 0; r->metric == METRIC_COSINE && i < r->n; i++) {
        if (direct(x + i * r->d, r->d))
            continue;
        snprintf(name, sizeof name, "row %lld", (long long)i);
        if (p->name_row)
            p->name_row(p->self, i, name, sizeof name);
        return fail(r->ctx, STINT_EDATA,
                    "agglomerative: %s is all zeros, to which there is no "
                    "cosine distance",
                    name);
    }
    return STINT_OK;
}
