/* A trainer's parts, as its files share them.
 *
 *     settings.c    the table of parameters        identity.c     whose a directory is
 *     given.c       settings, checked and kept     checkpoint.c   last and best, written
 *     trainer.c     the object, public calls       carry_on.c     and read
 *     feed.c        batches as tensors             log.c          lines that are cut back
 *     step.c        the graphs of a step           kept.c         weights set aside
 *     sums.c        what a step counts             leak.c         memory that grows
 *     plan.c        traced steps                   fit_batch.c    estimates, the dynamic batch size
 *     saved.c       what a checkpoint holds        run.c, epoch.c, finish.c   the loop
 */
#ifndef TRAIN_TRAINER_H
#define TRAIN_TRAINER_H

#include "base/arena.h"
#include "base/progress.h"
#include "graph/fn_impl.h"
#include "train/train.h"

/* ---- what a step counts: f64 [SUMS], changed within the step ---------------------------- */

enum {
    SUM_LOSS,       /* Σ loss × rows of the epoch's updates */
    SUM_ROWS,       /* their rows */
    SUM_RUN,        /* updates skipped in a row, but for those that look for a loss scale */
    SUM_SKIPPED,    /* updates skipped in the epoch */
    SUM_SEEN,       /* updates tried in the epoch, until too many were skipped */
    SUM_GROUP_LOSS, /* the same of batches that wait for their update */
    SUM_GROUP_ROWS,
    SUMS
};

/* ---- where a run stands ------------------------------------------------------------------ */

enum { LOG_EPOCHS, LOG_BATCHES, LOG_TIMINGS, LOGS };
enum { PHASE_MAIN, PHASE_EXPLOIT, PHASE_DONE };

/* What an epoch came to that was the best. */
typedef struct best_epoch {
    double repetition, epoch, loss, train, valid; /* epoch -1 = there is none */
} best_epoch;

/* All that a checkpoint says in numbers, as it lies here; whole ones are exact in doubles. */
typedef struct train_position {
    double phase;
    double repetition, epoch, batch; /* the next batch to be trained on */
    double steps;                    /* updates tried in the repetition */
    double rate;                     /* of the last one */
    double batch_size;
    double exploit_end;              /* the epoch that ends the exploit phase */
    double logged_loss, logged_rows; /* sums at the last line of the batch log */
    double reference, waited; /* early stopping: the loss to be bettered, validations since */
    double validations;
    best_epoch turn, best;             /* of the repetition, of all */
    double epochs, all_steps, skipped; /* of all repetitions, ended epochs and updates */
    double stopped_early, reproducible;
    double log_bytes[LOGS];
} train_position;

enum { POSITION_NUMBERS = sizeof(train_position) / sizeof(double) };

/* ---- parts ------------------------------------------------------------------------------- */

/* Batches of a loader as tensors over its memory: of each of its slots a full batch and a smaller
 * one. */
typedef struct feed_pair {
    void *at[2];
    int64_t rows;
    stint_tensor *in[2];
} feed_pair;

typedef struct train_feed {
    const stint_samples *samples;
    stint_loader *loader;
    int64_t batch;
    int slots;
    feed_pair *pairs; /* [slots][2] */
} train_feed;

/* Weights and states of the net in memory of the host. */
typedef struct kept {
    char *at; /* NULL = not needed */
    int64_t bytes;
} kept;

/* A file that lines are appended to; on resume it is cut back to what a checkpoint counted. */
typedef struct train_log {
    int fd; /* -1 = none */
    int64_t bytes;
    char line[512];
    char *held; /* [LOG_HELD] lines not written yet */
    int64_t n;
    bool unsynced;
    char path[512];
} train_log;

/* Whether the bytes that live grow from step to step. */
typedef struct leak_watch {
    int64_t most;       /* bytes so far */
    int64_t steps;      /* since the warm-up */
    int64_t rises, gap; /* how often more were live, and the steps between the last two */
    int64_t rose_at;
    int64_t looks; /* checkpoints of the profiler, 0 = it is off */
    int64_t look_at;
} leak_watch;

enum { STEP_UPDATE, STEP_ADD, STEP_APPLY, STEP_LOSS, STEP_FNS };

struct stint_trainer {
    ctx *ctx;
    arena arena;
    stint_net *net;
    train_settings set;
    int64_t seed;
    const loss_class *loss;
    void *loss_self;
    stint_trainer_settings given; /* its texts are copies */
    char *identity;               /* JSON */
    bool is_ready;

    int weights;
    stint_tensor **weight;   /* [weights] the net's handles */
    stint_tensor **gradient; /* [weights] while a step is traced */
    int states;
    stint_tensor **state;       /* [states] the net's */
    bool *state_moves;          /* [states] is put back where an update is skipped */
    stint_tensor **state_copy;  /* [states] as it was, while a step is traced */
    stint_tensor **state_began; /* [states] as a group of batches began; NULLs for one batch */
    stint_optimiser *optimiser;
    double base_rate;
    stint_schedule *schedule;
    bool observes;        /* does the schedule follow a measure? */
    VEC(double) observed; /* what it has seen */
    stint_scaler *scaler; /* NULL but with f16 */
    double scaler_began[8];
    stint_accumulator *accumulator; /* NULL for one batch an update */
    stint_tensor *clip_history;     /* f32 [3]; NULL = not adaptive */
    stint_tensor *sums, *places;    /* f64 [SUMS]; 0, 1, … */
    stint_tensor *valid_sums;       /* f64 [2] */
    flow *flow;

    stint_fn *fn[STEP_FNS];
    train_feed train, valid; /* valid.samples NULL = none */
    kept turn_kept, best_kept;
    bool best_unsaved; /* best_kept is newer than best.safetensors */
    double saved_at;   /* clock of the last checkpoint, and what it took */
    double save_seconds;
    char *scratch;    /* of the largest tensor that a checkpoint holds */
    fn_slab slab;     /* of all steps, by turns */
    int64_t net_seed; /* of the first repetition */

    train_position at;
    double sum[SUMS];               /* as last read */
    double call_began, epoch_began; /* clock */
    double epoch_waited;
    bool cut_short; /* a time limit ended the last call */
    train_log log[LOGS];
    int lock;
    leak_watch leak;
    progress progress;
};

static inline bool wants(double flag)
{
    return flag != 0;
}

/* feed.c */
stint_status feed_open(stint_trainer *t, train_feed *f, const stint_samples *samples, bool shuffle);
void feed_close(train_feed *f);
/* The batch as tensors; wraps memory that it has not seen. */
stint_status feed_inputs(stint_trainer *t, train_feed *f, const stint_batch *b,
                         stint_tensor *const **in);
/* Tensors of the shape of so many rows, without memory, for tracing; in the innermost scope. */
stint_status feed_like(stint_trainer *t, const stint_samples *samples, int64_t rows,
                       stint_tensor *in[2]);
stint_status feed_resize(stint_trainer *t, train_feed *f, int64_t batch);
stint_status feed_check(stint_trainer *t, const stint_samples *samples, const char *what);

/* sums.c */
stint_status sums_new(stint_trainer *t);
/* While a step is traced: 0 where the scalars are finite and updates are not frozen, else NaN. */
stint_tensor *sums_frozen(stint_trainer *t);
stint_tensor *sums_slice(stint_trainer *t, int which);
stint_status sums_add_group(stint_trainer *t, stint_tensor *loss, int64_t rows);
/* A skipped update adds `blame` to those in a row. */
stint_status sums_update(stint_trainer *t, stint_tensor *loss_rows, stint_tensor *rows,
                         stint_tensor *go, stint_tensor *blame);
/* Between steps */
stint_status sums_read(stint_trainer *t); /* and fail where too many updates were skipped */
stint_status sums_begin_epoch(stint_trainer *t);
stint_status sums_write(stint_trainer *t);
double sums_most_skips(const stint_trainer *t);

/* step.c: bodies of fns, self is the trainer */
stint_fn_body step_update, step_add, step_apply, step_loss;

/* plan.c */
stint_status plan_steps(stint_trainer *t);
void plan_forget(stint_trainer *t);
stint_status plan_state(stint_trainer *t); /* all tensors that training changes */
int64_t plan_tensor_bytes(const stint_tensor *t);
/* The slab that training with such batches and validation would take, without allocating it. */
stint_status plan_slab(stint_trainer *t, int64_t batch, int64_t *bytes);

/* fit_batch.c */
/* Between epochs: another batch size where the budget's part in use asks for it. */
stint_status plan_fit_batch(stint_trainer *t);

stint_status plan_loss(stint_trainer *t);  /* the step of validation alone */
stint_status plan_batch(stint_trainer *t); /* steps for the position's batch size, if others are */

/* kept.c */
stint_status kept_new(stint_trainer *t, kept *k);
stint_status kept_take(stint_trainer *t, kept *k);
stint_status kept_put(stint_trainer *t, const kept *k);

/* log.c */
stint_status logs_open(stint_trainer *t, const double bytes[LOGS]); /* cut back to so many */
stint_status log_epoch(stint_trainer *t, const stint_epoch *e);
stint_status log_batch(stint_trainer *t, const stint_train_batch *b);
stint_status logs_sync(stint_trainer *t);
void logs_close(stint_trainer *t);

/* identity.c */
stint_status identity_new(stint_trainer *t);
stint_status identity_check(stint_trainer *t, const char *path, const char *saved, size_t len);

/* checkpoint.c */
stint_status checkpoint_write_last(stint_trainer *t);
stint_status checkpoint_write_best(stint_trainer *t);
bool checkpoint_is_due(const stint_trainer *t); /* by the time since the last */
/* First the position and whose it is, then, after the warm-up, the tensors. */
stint_status checkpoint_identify(stint_trainer *t, bool *found);
stint_status checkpoint_read(stint_trainer *t);

/* leak.c */
void leak_begin(stint_trainer *t);
stint_status leak_step(stint_trainer *t);
void leak_end(stint_trainer *t);

/* given.c: settings, and the classes that they name */
stint_status given_take(stint_trainer *t);

/* Parts of the state as before the first step. */
stint_status schedule_begin(stint_trainer *t);
stint_status optimiser_begin(stint_trainer *t);
stint_status training_begin(stint_trainer *t);

/* epoch.c: train from the position to the epoch's end, and go on to what follows */
stint_status epoch_run(stint_trainer *t);
stint_status epoch_loss(stint_trainer *t, train_feed *f, int64_t epoch, double *out);
double epoch_rate(const stint_trainer *t);

/* finish.c: what follows an epoch */
void position_begin(stint_trainer *t);
stint_status epoch_ended(stint_trainer *t, stint_epoch *e, bool validated);
stint_status summary_write(stint_trainer *t);

#endif
