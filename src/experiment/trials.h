/* The trial store: the outcome of every fit, by its number, in a scratch file.
 *
 * A fit is a configuration on a fold: trial = configuration * folds + fold.  The journal is
 * the truth; this is its index, made again from it when a run is resumed.  It is a file and
 * not memory, so that ten thousand configurations hold no more than ten; written by pwrite
 * (a full disk is an error, not a signal), read through a map. */
#ifndef EXPERIMENT_TRIALS_H
#define EXPERIMENT_TRIALS_H

#include "base/os/os.h"
#include "experiment/messages.h"

typedef struct trial_slot {
    double score;
    float seconds;
    uint8_t status, attempts; /* trial_status */
} trial_slot;

typedef struct trials {
    ctx *ctx;
    int fd;
    int folds;
    int64_t configurations, n; /* n = configurations * folds */
    int64_t finished, failed;  /* trials; finished includes failed */
    double seconds;            /* of finished trials */
    file_map map;
    char path[4096];
} trials;

stint_status trials_open(ctx *c, const char *dir, int64_t configurations, int folds, trials *out);
void trials_close(trials *t);
int64_t trials_bytes_on_disk(int64_t configurations, int folds);

stint_status trials_put(trials *t, const record *r);
const trial_slot *trials_at(const trials *t, int64_t trial);

/* A configuration over its folds.  status is OK when every fold is. */
typedef struct configuration {
    int64_t number;
    trial_status status;
    double mean, deviation; /* over folds, in fold order; deviation with folds - 1 */
    double seconds;
} configuration;

configuration trials_configuration(const trials *t, int64_t number);

/* The best k finished configurations, best first, ties by number; returns how many. */
int trials_best(const trials *t, const metric_class *metric, int k, configuration *out);

#endif
