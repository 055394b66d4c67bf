#include "metrics/interval.h"
#include "metrics/metric.h"

#include <math.h>

/* How well the probabilities fit what came: means of a loss per row, as scikit-learn 1.9 has them.
 *
 *     log loss    -log p(actual), p clipped to [ε, 1 - ε], ε = 2^-52
 *     Brier       Σ over classes of (p - [actual])², halved for two classes: 0 … 1, else 0 … 2 */

static double log_loss_value(const outcomes *o)
{
    return o->undefined ? NAN : (o->log_loss.sum + o->log_loss.error) / (double)o->n;
}

static double log_loss_half_width(const outcomes *o)
{
    return interval_z * interval_error_of_mean(o->log_loss.sum, o->log_loss_square_sum, o->n);
}

static double brier_scale(const outcomes *o)
{
    return o->shape.classes < 3 ? 0.5 : 1;
}

static double brier_value(const outcomes *o)
{
    return o->undefined ? NAN : brier_scale(o) * ((o->brier.sum + o->brier.error) / (double)o->n);
}

static double brier_half_width(const outcomes *o)
{
    return brier_scale(o) * interval_z *
           interval_error_of_mean(o->brier.sum, o->brier_square_sum, o->n);
}

const metric_class metric_log_loss = {
    .name = "log_loss",
    .title = "log loss (cross entropy)",
    .kinds = TARGET_BIT(TARGET_CLASS),
    .needs_rows = true,
    .value = log_loss_value,
    .half_width = log_loss_half_width,
    .help = "in nats; confident mistakes weigh most",
};
const metric_class metric_brier = {
    .name = "brier",
    .title = "Brier score",
    .kinds = TARGET_BIT(TARGET_CLASS),
    .needs_rows = true,
    .most = 2,
    .value = brier_value,
    .half_width = brier_half_width,
    .help = "squared error of the probabilities: 0 to 1 for two classes, 0 to 2 for more",
};
