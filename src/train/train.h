/* The trainer inside: its parameters, the parts of a step, where a run stands. */
#ifndef TRAIN_TRAIN_H
#define TRAIN_TRAIN_H

#include "base/json.h"
#include "base/params.h"
#include "nn/net.h"
#include "stint/fn.h"
#include "stint/train.h"

typedef enum train_clip { CLIP_NONE, CLIP_NORM, CLIP_VALUE, CLIP_ADAPTIVE } train_clip;
typedef enum train_precision { PRECISION_F32, PRECISION_BF16, PRECISION_F16 } train_precision;
typedef enum train_by { BY_EPOCH, BY_STEP } train_by;
typedef enum train_non_finite { NON_FINITE_SKIP, NON_FINITE_STOP } train_non_finite;

/* Values of train_params: the one table that config keys, model classes and the library take
 * their training parameters from. */
typedef struct train_settings {
    double epochs, batch_size, accumulate, drop_last, shuffle, seed;
    double validate_every, patience, min_delta, restore_best;
    double exploit_epochs, exploit_rate;
    double schedule_by; /* train_by */
    double clip, clip_at;
    double precision;
    double recompute, recompute_value; /* stint_recompute */
    double dynamic_batch, time_limit, repetitions;
    double non_finite, most_skips;
    double log_every, checkpoint_every; /* batches; checkpoint_every 0 = each epoch's end */
    double workers, prefetch;
    double flow, flow_every, leak_check;
} train_settings;
extern const param train_params[];
/* Of them: where it is computed, how often it is saved, what is watched.  It may differ on resume. */
bool train_decides_nothing(const char *name);

/* A flow of gradients, recorded within a step (flow.h); NULL = off, at no cost. */
typedef struct flow flow;

/* Upper bounds, exact where a plan is (predicted = allocated): what a trainer over such samples
 * holds, from a trace that allocates no slab. */
typedef struct train_bytes {
    int64_t weights, optimiser, slab, batches, all;
} train_bytes;
stint_status train_estimate(stint_trainer *t, train_bytes *out);

/* The net's weights and states become those of the best epoch so far, where they were kept: after a
 * time limit, which leaves them as they are to go on from. */
stint_status train_restore_best(stint_trainer *t);

#endif
