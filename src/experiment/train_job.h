/* The training of `stint train`: a pack, a net fitted to it, and what came of it; the parts in
 * files of their own, as stages of the run.
 *
 *     prepare  the pack: rows as nets take them, of the training set whose fold validates; the net
 *     search   the training, in RUN/training/; the validation score into the journal
 *     round    the model, its test, the streaming test, learning curves */
#ifndef EXPERIMENT_TRAIN_JOB_H
#define EXPERIMENT_TRAIN_JOB_H

#include "experiment/run.h"
#include "model/net_fit.h"

#define TRAIN_DIR "training" /* within the run's: checkpoints and logs */

/* The streaming test of one target, in its units. */
typedef struct stream_score {
    int64_t rows;
    double rms, mae, max, r2;
} stream_score;

struct train_job {
    run *run;
    ctx *ctx;    /* what training holds, tensors among it */
    arena arena; /* the net's parameters, which the saved model tells */
    int fold;    /* that validates */
    pack pack;
    bool opened_pack;
    net_fit *fit;
    stint_train_result result;
    stream_score *stream; /* [targets]; NULL = there was none */
};

void train_job_close(train_job *j); /* takes NULL */

/* train_spec.c: the net and the trainer, as the config says; texts are in `a`. */
stint_status train_spec(ctx *c, arena *a, const config *cfg, const net_data *d, net_spec *out);
/* With the run's directory and what time is left. */
stint_status train_spec_place(const run *r, arena *a, net_spec *io);
bool train_flows(const config *cfg); /* is gradient flow asked for */
bool train_standardises(const config *cfg);
int64_t train_repetitions(const config *cfg);

/* train_stream.c: rows of the test part as they come; DIR/stream.csv and the scores. */
stint_status train_stream_check(const train_job *j); /* does the warm-up leave any */
stint_status train_stream(train_job *j, ctx *c, const char *dir);

/* train_plots.c: plots/learning.png of the epochs' log, plots/stream.png of a file of predictions. */
stint_status train_plot_epochs(ctx *c, const train_job *j, const char *round, const str *csv);
stint_status train_plot_stream(ctx *c, const char *round, const char *columns);

/* train_round.c: the round's model and what metrics.json and plots/ have of the training. */
stint_status train_model(void *run, ctx *c, const char *dir, metric_score *scores);
void train_tell(void *run, json_out *j);

#endif
