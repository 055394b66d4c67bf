/* Progress of one long job: shown only when it lasts over two seconds, with an estimate of
 * what is left; a bar on a terminal, else one plain line every few seconds. */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include "base/ctx.h"

typedef struct progress {
    ctx *ctx;
    const char *what;
    double started, shown;
    int64_t total;
    bool visible;
} progress;

void progress_begin(progress *p, ctx *c, const char *what, int64_t total);
void progress_at(progress *p, int64_t done);
void progress_end(progress *p);

#endif
