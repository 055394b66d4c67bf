/* The files of a round, each by its own function. */
#ifndef EXPERIMENT_ROUND_FILES_H
#define EXPERIMENT_ROUND_FILES_H

#include "experiment/manifest.h"
#include "experiment/round.h"

#define ROUND_TOP 20

typedef struct round_best {
    configuration top[ROUND_TOP]; /* [n], best first */
    int n;
    residuals *model, *baseline; /* [targets] on the test part */
} round_best;

/* search.safetensors in the scratch directory: a row per configuration. */
stint_status round_write_search(ctx *c, const round_input *in, const char *path);

/* plots/: actual against predicted, residuals, history, and each numeric parameter searched. */
stint_status round_write_plots(ctx *c, const round_input *in, const char *dir,
                               const char *predictions, const round_best *best);

/* Private memory that drawing takes, upper bound. */
int64_t round_plots_bytes(int64_t test_rows, int64_t configurations);

/* metrics.json */
stint_status round_write_metrics(ctx *c, const round_input *in, const char *dir,
                                 const round_best *best);

#endif
