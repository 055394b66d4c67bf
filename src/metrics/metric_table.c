#include "metrics/metric.h"

#include <math.h>
#include <string.h>

const metric_class *const metric_table[] = {
    &metric_rmse, &metric_mae, &metric_r2, &metric_max_error, NULL,
};

const metric_class *metric_find(const char *name)
{
    for (int i = 0; metric_table[i]; i++)
        if (strcmp(metric_table[i]->name, name) == 0)
            return metric_table[i];
    return NULL;
}

static double over_targets(const metric_class *m, double (*f)(const residuals *),
                           const residuals *r, int targets)
{
    double sum = 0, most = f(&r[0]);
    for (int t = 0; t < targets; t++) {
        double v = f(&r[t]);
        sum += v;
        most = v > most ? v : most;
    }
    return m->worst_target ? most : sum / targets;
}

double metric_value(const metric_class *m, const residuals *r, int targets)
{
    return over_targets(m, m->value, r, targets);
}

double metric_half_width(const metric_class *m, const residuals *r, int targets)
{
    return over_targets(m, m->half_width, r, targets);
}

bool metric_better(const metric_class *m, double a, double b)
{
    if (isnan(a) || isnan(b))
        return !isnan(a);
    return m->greater_is_better ? a > b : a < b;
}
