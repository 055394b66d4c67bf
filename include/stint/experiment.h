/* Experiments: a config file in, a planned and crash-safe run, a report out.
 *
 *     stint_request r = { .config = "examples/diabetes.yaml" };
 *     stint_text verdict = { 0 };
 *     stint_status s = stint_run(ctx, &r, &verdict);
 *     puts(s == STINT_OK ? verdict.at : stint_message(ctx));
 *     stint_text_free(&verdict);
 *
 * A run keeps everything in one directory, `runs/NAME` unless told otherwise.  Killed at any
 * point, the same call carries on and ends in the same bytes of summary.json and rounds/. */
#ifndef STINT_EXPERIMENT_H
#define STINT_EXPERIMENT_H

#include "stint/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stint_request {
    const char *config;            /* path of the YAML file */
    const stint_setting *settings; /* [n_settings] keys set over the file; later ones win */
    int n_settings;
    const char *run_dir;      /* NULL = runs/NAME */
    bool fresh;               /* discard what another experiment left in the directory */
    bool training;            /* of stint_plan: what stint_train would cost */
    bool json;                /* texts as JSON instead of for people */
    const char *command_line; /* as the report quotes it; NULL = none */
} stint_request;

/* What a run would cost, stage by stage.  Looks at the input for at most a second and gives
 * intervals; exact where the table is in the cache.  STINT_EPLAN when it cannot fit: the
 * text is still given, and says the smallest budget that would do and which knob buys what. */
STINT_API STINT_MUST_CHECK stint_status stint_plan(stint_context *ctx, const stint_request *r,
                                                   stint_text *out);

/* Run, or carry on where a run stopped.  STINT_EBUDGET: budget.time or budget.disk was
 * reached; what was finished is saved, summarised and marked.  STINT_EMISMATCH: the
 * directory holds another experiment (the message shows the difference). */
STINT_API STINT_MUST_CHECK stint_status stint_run(stint_context *ctx, const stint_request *r,
                                                  stint_text *out);

/* Train one neural model, the config's `model`, as its `train` says, or carry on where a training
 * stopped, in mid-epoch too.  Data, checks, split and features go as in stint_run; one fold of
 * the split validates, the others train.  The directory is as a run's, with checkpoints and logs
 * in training/ besides. */
STINT_API STINT_MUST_CHECK stint_status stint_train(stint_context *ctx, const stint_request *r,
                                                    stint_text *out);

/* Where a run stands, from its directory alone. */
STINT_API STINT_MUST_CHECK stint_status stint_run_status(stint_context *ctx, const char *run_dir,
                                                         bool json, stint_text *out);

/* Build report.html again from what the directory holds; `out` gets its path. */
STINT_API STINT_MUST_CHECK stint_status stint_run_report(stint_context *ctx, const char *run_dir,
                                                         stint_text *out);

/* New data for a finished run's model. */
typedef struct stint_predict_request {
    const char *run_dir;
    const char *data;            /* a file or a pattern, of any format that a run reads */
    const char *sheet, *dataset; /* of a workbook, of an HDF5 file; NULL = the only one */
    const char *to; /* .csv, .tsv, .xlsx, .parquet or .safetensors (a column file), written whole
                           or not at all; NULL = CSV to `fd` */
    int fd;         /* an open file, pipe or terminal; used when `to` is NULL */
    const char *memory; /* what the reading child may hold, "512MiB"; NULL = a default */
    bool json;          /* `out` as JSON instead of for people */
} stint_predict_request;

/* Predict every row: its number, the prediction, of classes each one's probability, and, where
 * the data hold the targets, these beside it; `out` then has every metric of the task.  Data that the
 * model cannot take are STINT_EDATA: a missing column, text where numbers are needed, a
 * category that was never seen, named with its row.  Columns that it does not need are counted. */
STINT_API STINT_MUST_CHECK stint_status stint_predict(stint_context *ctx,
                                                      const stint_predict_request *r,
                                                      stint_text *out);

/* docs/config.md: every key, model, parameter and metric. */
STINT_API STINT_MUST_CHECK stint_status stint_config_reference(stint_context *ctx, stint_text *out);

/* What this machine has: cores, SIMD, libraries, limits. */
STINT_API STINT_MUST_CHECK stint_status stint_doctor(stint_context *ctx, bool json,
                                                     stint_text *out);

/* The worker's side: serve tasks on a connected socket until it closes. */
STINT_API STINT_MUST_CHECK stint_status stint_worker(stint_context *ctx, int fd);

#ifdef __cplusplus
}
#endif
#endif
