#include "metrics/metric.h"

#include <math.h>
#include <string.h>

const metric_class *const metric_table[] = {
    /* numbers */
    &metric_rmse,
    &metric_mae,
    &metric_r2,
    &metric_max_error,
    /* numbers and angles */
    &metric_error_p50,
    &metric_error_p90,
    &metric_error_p95,
    /* classes */
    &metric_log_loss,
    &metric_brier,
    &metric_accuracy,
    &metric_balanced_accuracy,
    /* labels */
    &metric_bce,
    &metric_hamming_loss,
    &metric_subset_accuracy,
    &metric_dice,
    &metric_jaccard_samples,
    &metric_jaccard_micro,
    &metric_precision_samples,
    &metric_recall_samples,
    &metric_f1_samples,
    /* classes and labels */
    &metric_precision_macro,
    &metric_precision_micro,
    &metric_precision_weighted,
    &metric_recall_macro,
    &metric_recall_micro,
    &metric_recall_weighted,
    &metric_f1_macro,
    &metric_f1_micro,
    &metric_f1_weighted,
    &metric_roc_auc,
    &metric_pr_auc,
    /* angles */
    &metric_circular_mae,
    &metric_circular_rmse,
    &metric_within_0,
    &metric_within_5,
    &metric_within_10,
    &metric_within_20,
    NULL,
};

const metric_class *metric_find(const char *name)
{
    for (int i = 0; metric_table[i]; i++)
        if (strcmp(metric_table[i]->name, name) == 0)
            return metric_table[i];
    return NULL;
}

const metric_class *metric_default(target_kind k)
{
    static const metric_class *const first[TARGET_KINDS] = {
        [TARGET_NUMBER] = &metric_rmse,
        [TARGET_CLASS] = &metric_log_loss,
        [TARGET_ANGLE] = &metric_circular_mae,
        [TARGET_LABELS] = &metric_bce,
    };
    return first[k];
}

bool metric_better(const metric_class *m, double a, double b)
{
    if (isnan(a) || isnan(b))
        return !isnan(a);
    return m->greater_is_better ? a > b : a < b;
}
