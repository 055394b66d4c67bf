/* Metrics over one shared pass of outcomes: what came, and what had been predicted.
 *
 * A pass gathers once what every metric of a kind of target needs; each metric is then a
 * formula over it.  Rows come in blocks, in the caller's order, which the table's layout
 * fixes, so results never depend on threads or memory.  How the rows are cut into blocks
 *
 *     matters to the last bits of    sums of residuals: rmse, mae, r2, circular_mae and _rmse
 *     does not matter to             all else: counts, log loss, Brier score, ranks, quantiles
 *
 * A sine and cosine that are both 0 stand for the angle 0.
 *
 * A prediction (or a y) that is not a number makes every metric of its pass NaN, and so does a
 * class that is none, or a label that is neither 0 nor 1.  Without rows every metric is NaN.
 *
 * Definitions are scikit-learn's (tests/oracle/metrics.json, labels.json), but for classes that
 * are absent: averages over classes or labels leave out those for which the metric is undefined,
 * and averages over the rows' labels leave out rows that have none and were given none. */
#ifndef METRICS_METRIC_H
#define METRICS_METRIC_H

#include "base/labels.h"
#include "base/mem.h"
#include "base/target.h"

/* --- numbers ------------------------------------------------------------------------------ */

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

/* --- the pass ----------------------------------------------------------------------------- */

typedef struct outcome_shape {
    target_kind kind;
    int targets;         /* TARGET_NUMBER; else 1 */
    int classes;         /* TARGET_CLASS; TARGET_LABELS: how many labels, at most LABELS_MOST */
    double period;       /* TARGET_ANGLE */
    label_decode decode; /* TARGET_LABELS */
    int64_t rows;        /* that will come, at most: room for metrics that need every value */
    bool keep;           /* that room is wanted: a metric with .keeps is.  More than
                      OUTCOME_LABEL_VALUES probabilities of labels are never kept */
} outcome_shape;

#define OUTCOME_LABEL_VALUES (INT64_C(1) << 22) /* 36 MiB */
bool outcomes_keep(const outcome_shape *s);     /* is there room? */

/* A sum with the error of its additions beside it (Neumaier 1974). */
typedef struct exact_sum {
    double sum, error;
} exact_sum;

/* What metrics of labels are made of.  Of each row: a labels came, p were predicted, t are both. */
typedef enum label_ratio {
    LABEL_PRECISION,
    LABEL_RECALL,
    LABEL_F1,
    LABEL_JACCARD,
    LABEL_RATIOS
} label_ratio;

typedef struct label_sums {
    int64_t some;                   /* rows where a + p > 0 */
    int64_t equal;                  /* rows where no label differs */
    int64_t wrong, wrong_squares;   /* Σ (a + p - 2t) and of its squares */
    int64_t aa, pp, tt, ap, at, pt; /* Σ of products, for intervals */
    exact_sum ratio[LABEL_RATIOS];  /* Σ t/p, t/a, 2t/(a + p), t/(a + p - t); 0 where t is */
    double ratio_squares[LABEL_RATIOS];
    exact_sum loss; /* Σ over rows of the mean over labels of -log p(what came) */
    double loss_squares;
} label_sums;

enum { OUTCOME_LIMITS = 4 };
extern const double outcome_limits[OUTCOME_LIMITS]; /* 0.5, 5, 10, 20 degrees of 360 */

typedef struct outcomes {
    outcome_shape shape;
    int64_t n;
    int64_t undefined; /* rows of a class that is none, with a probability or angle that is NaN */

    residuals *residuals; /* [targets] numbers; angle: one, of the wrapped differences in units of
                             the period: prediction - y as its y, against 0 */

    int64_t *confusion;        /* [classes][classes] actual, predicted: the class of the largest
                                  probability, the lower class of equals */
    int64_t *came, *predicted; /* [classes] the sums of its rows and columns; of labels: rows */
    exact_sum log_loss, brier; /* Σ over rows of -log p(actual) and Σ (p - [actual])² */
    double log_loss_square_sum, brier_square_sum;

    int64_t *hit; /* [labels] rows with the label that were given it */
    label_sums labels;
    uint8_t *decoded; /* [labels][a block] scratch of outcomes_add */

    int64_t within[OUTCOME_LIMITS]; /* angle: |error| <= outcome_limits, to 1e-9 degrees */

    double *kept;    /* numbers, angle: |error| [targets][rows], in any order;
                        class, labels: probabilities [classes][rows] */
    int32_t *actual; /* [rows] class, when kept */
    uint8_t *cells;  /* [labels][rows] labels that came, when kept */
    double *ranked;  /* [rows] scratch of the ranking metrics, when kept */
} outcomes;

/* Bounded by the shape: outcomes_new takes outcomes_bytes. */
stint_status outcomes_new(ctx *c, const outcome_shape *shape, outcomes **out);
void outcomes_clear(outcomes *o); /* begin again */
void outcomes_free(outcomes *o);  /* takes NULL */
int64_t outcomes_bytes(const outcome_shape *shape);

/* y and prediction as in base/target.h, columns `stride` apart, n rows.  Probabilities are taken
 * as they are; those of a row should sum to 1. */
void outcomes_add(outcomes *o, const double *y, const double *prediction, int64_t n,
                  int64_t stride);

/* --- metrics ------------------------------------------------------------------------------ */

/* `value` and `half_width` may put what was kept in another order: not from two threads on the
 * same outcomes.  A metric that keeps is NaN where nothing was kept. */
typedef struct metric_class {
    const char *name, *title; /* "rmse", "root mean squared error" */
    unsigned kinds;           /* TARGET_BITs it is for */
    bool greater_is_better;
    bool needs_rows;                    /* cannot be had from second moments alone */
    bool keeps;                         /* needs every row's value: shape.keep */
    bool worst_target;                  /* several targets: the largest value, else their mean */
    bool negative;                      /* may be below 0 */
    double most;                        /* the largest value there is; 0 = none */
    double (*value)(const outcomes *o); /* once all rows are added; NaN = undefined */
    double (*half_width)(const outcomes *o); /* of a 95 % interval; 0 when none is known */
    const char *help;

    /* Of one target, where residuals are enough; else NULL. */
    double (*target_value)(const residuals *r);
    double (*target_half_width)(const residuals *r);
} metric_class;

/* numbers */
extern const metric_class metric_rmse, metric_mae, metric_r2, metric_max_error;
/* numbers and angles */
extern const metric_class metric_error_p50, metric_error_p90, metric_error_p95;
/* classes and labels */
extern const metric_class metric_precision_macro, metric_precision_micro, metric_precision_weighted;
extern const metric_class metric_recall_macro, metric_recall_micro, metric_recall_weighted;
extern const metric_class metric_f1_macro, metric_f1_micro, metric_f1_weighted;
extern const metric_class metric_roc_auc, metric_pr_auc;
/* classes */
extern const metric_class metric_accuracy, metric_balanced_accuracy;
extern const metric_class metric_log_loss, metric_brier;
/* labels */
extern const metric_class metric_bce, metric_hamming_loss, metric_subset_accuracy;
extern const metric_class metric_precision_samples, metric_recall_samples, metric_f1_samples;
extern const metric_class metric_dice, metric_jaccard_samples, metric_jaccard_micro;
/* angles */
extern const metric_class metric_circular_mae, metric_circular_rmse;
extern const metric_class metric_within_0, metric_within_5, metric_within_10, metric_within_20;

extern const metric_class *const metric_table[]; /* NULL-terminated */
const metric_class *metric_find(const char *name);
const metric_class *metric_default(target_kind k); /* rmse, log_loss, circular_mae, bce */

/* Metrics with a target_value: from residuals [targets] alone. */
double metric_of_residuals(const metric_class *m, const residuals *r, int targets);
double metric_half_width_of_residuals(const metric_class *m, const residuals *r, int targets);

/* Is a better than b?  A NaN is worse than anything. */
bool metric_better(const metric_class *m, double a, double b);

/* --- curves ------------------------------------------------------------------------------- */

/* Curves for pictures, of one class or label against the rest, from kept probabilities: at most `most`
 * points, at least 2, from the highest threshold down, first and last among them, the others evenly
 * spaced by the rank of their thresholds.  Returns how many; 0 where the curve is undefined.
 *
 *     roc   from (0, 0) to (1, 1)
 *     pr    from (0, 1) to (1, the class's share) */
int outcomes_roc(const outcomes *o, int class, int most, double *false_positive,
                 double *true_positive);
int outcomes_pr(const outcomes *o, int class, int most, double *recall, double *precision);

#endif
