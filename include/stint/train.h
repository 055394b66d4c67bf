/* Training: a net, samples, a loss and an optimiser become a trained net.
 *
 *     stint_trainer *t = stint_trainer_new(ctx, net, &train, &valid, &(stint_trainer_settings){
 *         .loss = "mse", .optimiser = "adamw",
 *         .n_settings = 2, .settings = (stint_setting[]){{"epochs", "20"}, {"patience", "5"}},
 *         .dir = "runs/mine"});
 *     stint_status s = stint_trainer_run(t);        // or carries on where dir says it stopped
 *     stint_trainer_free(t);
 *
 * One optimiser step is one replayed stint_fn: forward, loss, gradients, unscaling, clipping, the
 * update, and the sums that the log reads; a step allocates nothing.  Stopped or killed anywhere,
 * the same call carries on, in mid-epoch too, and ends in the same bytes.  Of arrays of the
 * samples the first is the net's input, the second the loss's target. */
#ifndef STINT_TRAIN_H
#define STINT_TRAIN_H

#include "stint/loader.h"
#include "stint/nn.h"
#include "stint/optim.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stint_trainer stint_trainer;

/* What one epoch came to. */
typedef struct stint_epoch {
    int64_t repetition, epoch; /* from 0 */
    int64_t steps;             /* updates so far */
    double train_loss;         /* mean over the epoch's samples */
    double valid_loss;         /* NaN where it was not measured */
    double rate;               /* learning rate of the last update */
    int64_t skipped;           /* updates skipped in it: a gradient was not finite */
    bool best;                 /* the lowest validation loss so far (without one: training loss) */
    bool exploit;              /* of the exploit phase */
    double seconds, wait_seconds; /* measured; in no result */
    int64_t batch;                /* samples of a batch at its end */
} stint_epoch;

/* After every log_every batches. */
typedef struct stint_train_batch {
    int64_t repetition, epoch, batch, steps;
    double loss; /* mean over the samples since the last one */
    double rate;
    int64_t skipped;
} stint_train_batch;

typedef struct stint_trainer_settings {
    const char *loss;      /* NULL = "mse" */
    const char *optimiser; /* NULL = "adam" */
    const char *schedule;  /* NULL = "constant" */
    int n_loss, n_optimiser, n_schedule;
    const stint_setting *loss_settings, *optimiser_settings, *schedule_settings;
    /* The trainer's own parameters, of stint_trainer_reference: epochs, batch_size … */
    int n_settings;
    const stint_setting *settings;
    const char *dir; /* where checkpoints and logs go, made when absent; NULL = nowhere */
    /* Called between steps; another status than STINT_OK ends the run with it. */
    stint_status (*on_epoch)(void *self, const stint_epoch *e);
    stint_status (*on_batch)(void *self, const stint_train_batch *b);
    void *self;
} stint_trainer_settings;

/* `validation` NULL = none.  Settings are copied; net and samples must outlive the trainer.  NULL
 * after a failure: STINT_EUSAGE for a loss, an optimiser, a schedule or a parameter that there is
 * not, with the nearest, and for samples that net or loss cannot take. */
STINT_API stint_trainer *stint_trainer_new(stint_context *ctx, stint_net *net,
                                           const stint_samples *train,
                                           const stint_samples *validation,
                                           const stint_trainer_settings *settings);
STINT_API void stint_trainer_free(stint_trainer *t); /* takes NULL */

/* Trace and plan the steps and make everything that training holds: after it, no step allocates. */
STINT_API STINT_MUST_CHECK stint_status stint_trainer_warm_up(stint_trainer *t);

/* Train to the end.  In `dir`: last.safetensors (all that carrying on takes) and best.safetensors
 * (weights and states of the best epoch), each replaced whole; epochs.csv, batches.csv,
 * summary.json, without times; timings.jsonl with them.  The net ends with the best epoch's
 * weights (restore_best), else the last's.  STINT_EINTERRUPT and STINT_EBUDGET (time_limit) leave
 * a directory that carries on; STINT_EDATA: too many updates in a row were not finite; a
 * directory of another training is STINT_EMISMATCH with the differences. */
STINT_API STINT_MUST_CHECK stint_status stint_trainer_run(stint_trainer *t);

/* New weights, state and position, with this seed of the net: traced steps stay. */
STINT_API STINT_MUST_CHECK stint_status stint_trainer_renew(stint_trainer *t, int64_t seed);

typedef struct stint_train_result {
    int64_t epochs, steps;                    /* of all repetitions */
    int64_t best_repetition, best_epoch;      /* from 0 */
    double best_loss, train_loss, valid_loss; /* of the best epoch */
    int64_t skipped;                          /* updates in all */
    bool stopped_early;
    bool reproducible; /* no time limit, no dynamic batch size decided anything */
    stint_loader_facts loader;
    int64_t step_bytes; /* slab of the largest traced step */
} stint_train_result;
/* Where it stands; after a run, what the run came to. */
STINT_API STINT_MUST_CHECK stint_status stint_trainer_result(const stint_trainer *t,
                                                             stint_train_result *out);

/* The mean loss over samples, with the weights as they are: nothing drops, no state moves. */
STINT_API STINT_MUST_CHECK stint_status stint_trainer_loss(stint_trainer *t,
                                                           const stint_samples *samples,
                                                           double *out);

/* The parameters of a trainer as text, for people. */
STINT_API STINT_MUST_CHECK stint_status stint_trainer_reference(stint_context *ctx,
                                                                stint_text *out);

/* ---- gradient flow: with the parameter flow = true ---------------------------------------- */

/* Per layer, over steps: the norm of its weights' gradients, the share of outputs of its
 * activation that are 0 for every sample of a batch (dead) or at its bounds (saturated).
 * Vanishing below 1e-6, exploding above 1e2; each with severity 0 … 1 and advice, all together a
 * health of 0 … 1. */
typedef enum stint_flow_format {
    STINT_FLOW_TEXT,
    STINT_FLOW_JSON,
    STINT_FLOW_DOT,
    STINT_FLOW_SVG
} stint_flow_format;
STINT_API STINT_MUST_CHECK stint_status stint_trainer_flow(stint_trainer *t, stint_flow_format how,
                                                           stint_text *out);

#ifdef __cplusplus
}
#endif
#endif
