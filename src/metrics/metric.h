/* Metrics over one shared pass of residuals.
 *
 * The pass gathers what every regression metric needs, once; each metric is then a formula
 * over it.  Sums run over the blocks that callers hand in and combine in the callers' order,
 * which the table's layout fixes, so they never depend on threads or memory. */
#ifndef METRICS_METRIC_H
#define METRICS_METRIC_H

#include <stdbool.h>
#include <stdint.h>

/* What the regression metrics are made of, for one target. */
typedef struct residuals {
    int64_t n;
    double square_sum;       /* Σ (y - ŷ)² */
    double fourth_sum;       /* Σ (y - ŷ)⁴, for intervals */
    double abs_sum, abs_max; /* Σ |y - ŷ|, max |y - ŷ| */
    double y_mean, y_m2;     /* mean of y, Σ (y - mean)² */
} residuals;

/* The residuals of n pairs, y and prediction [n], as a block of their own. */
residuals residuals_of(const double *y, const double *prediction, int64_t n);

/* Both blocks together, b's rows after a's (Chan, Golub, LeVeque 1979 for the variance). */
residuals residuals_merge(residuals a, residuals b);

typedef struct metric_class {
    const char *name, *title; /* "rmse", "root mean squared error" */
    bool greater_is_better;
    bool needs_rows;   /* cannot be had from second moments alone */
    bool worst_target; /* several targets: the largest value, else their mean */
    double most;       /* the largest value there is; 0 = none */
    double (*value)(const residuals *r);
    double (*half_width)(const residuals *r); /* of a 95 % interval; 0 when none is known */
    const char *help;
} metric_class;

extern const metric_class metric_rmse, metric_mae, metric_r2, metric_max_error;
extern const metric_class *const metric_table[]; /* NULL-terminated */
const metric_class *metric_find(const char *name);

/* Over several targets: r [targets]. */
double metric_value(const metric_class *m, const residuals *r, int targets);
double metric_half_width(const metric_class *m, const residuals *r, int targets);

/* Is a better than b?  A NaN is worse than anything. */
bool metric_better(const metric_class *m, double a, double b);

#endif
