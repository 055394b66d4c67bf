#include "train/reuse.h"

#include "train/trainer.h"

#include <assert.h>

stint_status train_reuse(stint_trainer *t, const stint_samples *train,
                         const stint_samples *validation, double rate, int64_t seed)
{
    assert(!t->given.dir && !t->valid.samples == !validation);
    t->train.samples = train;
    t->valid.samples = validation;
    t->base_rate = rate;
    if (t->valid.loader) {
        feed_close(&t->valid);
        TRY(feed_open(t, &t->valid, validation, false));
    }
    return stint_trainer_renew(t, seed);
}
