#include "optim/schedule.h"

#include <math.h>

/* Reduce on plateau: when a measure has not fallen by `threshold` of its best for more than
 * `patience` observations, the rate is multiplied by `factor`, and `cooldown` observations do not
 * count.  As PyTorch's ReduceLROnPlateau with mode "min", threshold_mode "rel", but that a best
 * below 0 is bettered by falling, too. */

typedef struct plateau {
    double factor, patience, threshold, cooldown, min_factor;
    double best;
    bool observed;
    int64_t reductions, bad, cooling;
} plateau;

static const param plateau_params[] = {
    PARAM_F64(plateau, factor, 0.1, 0, 1, "what each reduction multiplies by"),
    PARAM_INT(plateau, patience, 10, 0, 9e15, "observations without improvement that are borne"),
    PARAM_F64(plateau, threshold, 1e-4, 0, 1, "the part of the best that is an improvement"),
    PARAM_INT(plateau, cooldown, 0, 0, 9e15, "observations after a reduction that do not count"),
    PARAM_F64(plateau, min_factor, 0, 0, 1, "the lowest"),
    PARAM_END,
};

static double plateau_factor(const void *self, int64_t step)
{
    const plateau *s = self;
    (void)step;
    return fmax(pow(s->factor, (double)s->reductions), s->min_factor);
}

static void plateau_observe(void *self, double measure)
{
    plateau *s = self;
    if (s->observed ? measure < s->best - s->threshold * fabs(s->best) : !isnan(measure)) {
        s->best = measure;
        s->observed = true;
        s->bad = 0;
    } else
        s->bad++;
    if (s->cooling > 0) {
        s->cooling--;
        s->bad = 0;
    }
    if ((double)s->bad > s->patience) {
        s->reductions++;
        s->cooling = (int64_t)s->cooldown;
        s->bad = 0;
    }
}

const schedule_class schedule_plateau = {
    .name = "plateau",
    .size = sizeof(plateau),
    .params = plateau_params,
    .factor = plateau_factor,
    .observe = plateau_observe,
};
