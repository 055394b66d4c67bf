#include "train/train.h"

#include <string.h>

/* A trainer's own parameters, and which of them decide no result. */

static const char *const by_names[] = {[BY_EPOCH] = "epoch", [BY_STEP] = "step", NULL};
static const char *const clip_names[] = {[CLIP_NONE] = "none",
                                         [CLIP_NORM] = "norm",
                                         [CLIP_VALUE] = "value",
                                         [CLIP_ADAPTIVE] = "adaptive",
                                         NULL};
static const char *const precision_names[] = {
    [PRECISION_F32] = "f32", [PRECISION_BF16] = "bf16", [PRECISION_F16] = "f16", NULL};
static const char *const recompute_names[] = {[STINT_KEEP_ALL] = "none",
                                              [STINT_RECOMPUTE_BLOCKS] = "blocks",
                                              [STINT_RECOMPUTE_SELECTIVE] = "selective",
                                              [STINT_RECOMPUTE_BUDGET] = "budget",
                                              NULL};
static const char *const non_finite_names[] = {
    [NON_FINITE_SKIP] = "skip", [NON_FINITE_STOP] = "stop", NULL};

const param train_params[] = {
    PARAM_INT(train_settings, epochs, 10, 1, 1e9, "times that training sees every sample"),
    PARAM_INT(train_settings, batch_size, 32, 1, 1e9, "samples of a batch"),
    PARAM_INT(train_settings, accumulate, 1, 1, 1e6, "batches of one update"),
    PARAM_BOOL(train_settings, drop_last, false, "leave out an epoch's last, smaller batch"),
    PARAM_BOOL(train_settings, shuffle, true, "draw another order for each epoch"),
    PARAM_INT(train_settings, seed, 0, 0, 9e15, "of the order; each repetition adds 1"),
    PARAM_INT(train_settings, validate_every, 1, 1, 1e9, "epochs between validations"),
    PARAM_INT(train_settings, patience, 0, 0, 1e9,
              "validations without improvement that are borne; 0 = any number"),
    PARAM_F64(train_settings, min_delta, 0, 0, 1e300, "how much less a loss is an improvement"),
    PARAM_BOOL(train_settings, restore_best, true, "end with the best epoch's weights"),
    PARAM_INT(train_settings, exploit_epochs, 0, 0, 1e9, "epochs after the others, from the best"),
    PARAM_F64(train_settings, exploit_rate, 0.1, 0, 1e6,
              "their learning rate, as a part of the optimiser's"),
    PARAM_CHOICE(train_settings, schedule_by, BY_EPOCH, by_names, "what the schedule counts"),
    PARAM_CHOICE(train_settings, clip, CLIP_NONE, clip_names, "how gradients are clipped"),
    PARAM_F64(train_settings, clip_at, 1, 1e-300, 1e300, "the largest norm or value"),
    PARAM_CHOICE(train_settings, precision, PRECISION_F32, precision_names,
                 "what activations are kept in"),
    PARAM_CHOICE(train_settings, recompute, STINT_KEEP_ALL, recompute_names,
                 "what is computed again for gradients instead of kept"),
    PARAM_F64(train_settings, recompute_value, 0, 0, 9e15,
              "operations of a block, flops of what is kept, or bytes"),
    PARAM_BOOL(train_settings, dynamic_batch, false,
               "fit the batch size to the memory, between epochs"),
    PARAM_F64(train_settings, time_limit, 0, 0, 1e12, "seconds of one call; 0 = none"),
    PARAM_INT(train_settings, repetitions, 1, 1, 1e6, "trainings, of which the best is kept"),
    PARAM_CHOICE(train_settings, non_finite, NON_FINITE_SKIP, non_finite_names,
                 "what becomes of an update that is not finite"),
    PARAM_INT(train_settings, most_skips, 5, 0, 1e9,
              "updates skipped in a row that are borne; of f16: once its scale is 1"),
    PARAM_INT(train_settings, log_every, 50, 0, 1e9,
              "batches between two lines of the log; 0 = none"),
    PARAM_INT(
        train_settings, checkpoint_every, 0, 0, 1e9,
        "batches between two checkpoints; 0 = by time: each second or more, at most 2 % of it"),
    PARAM_INT(train_settings, workers, -1, -1, 1024, "threads that fill batches; -1 = by cores"),
    PARAM_INT(train_settings, prefetch, 2, 0, 1024, "batches filled ahead"),
    PARAM_BOOL(train_settings, flow, false, "record the flow of gradients"),
    PARAM_INT(train_settings, flow_every, 10, 1, 1e9, "updates between two records of it"),
    PARAM_BOOL(train_settings, leak_check, true, "fail where memory grows from step to step"),
    PARAM_END,
};

bool train_decides_nothing(const char *name)
{
    static const char *const nothing[] = {
        "recompute",  "recompute_value",
        "time_limit", "checkpoint_every",
        "workers",    "prefetch",
        "flow",       "flow_every",
        "leak_check", NULL,
    };
    for (int i = 0; nothing[i]; i++)
        if (strcmp(nothing[i], name) == 0)
            return true;
    return false;
}

stint_status stint_trainer_reference(stint_context *ctx, stint_text *out)
{
    str text;
    str_init(&text, ctx, TAG_BASE);
    for (const param *p = train_params; p->name; p++)
        param_reference(p, &text);
    return text_take(&text, out);
}
