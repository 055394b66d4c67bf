/* What smooths the predictions of a streaming test as they come: causal, so that a value never
 * depends on later ones; each begins at its first value, not at zero. */
#ifndef EXPERIMENT_SMOOTHER_H
#define EXPERIMENT_SMOOTHER_H

#include "experiment/config.h"

typedef struct stream_smoother stream_smoother;

/* *out NULL = predictions stay as they are; all functions take that. */
stint_status smoother_open(ctx *c, const config_stream *how, int outputs, stream_smoother **out);
void smoother_close(stream_smoother *s);

/* Another series begins. */
void smoother_reset(stream_smoother *s);

/* The next n values of each output, x [outputs][stride], in place. */
void smoother_run(stream_smoother *s, double *x, int64_t stride, int64_t n);

#endif
