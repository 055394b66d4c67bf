/* Work with the nth allocation failing, for n = 1, 2, … and from some hundreds on ever further
 * apart: an error, nothing leaked, and the same context then does the same work as if nothing had
 * been. */
#ifndef UNIT_GRAPH_ALLOC_FAULTS_H
#define UNIT_GRAPH_ALLOC_FAULTS_H

#include "base/ctx.h"

/* Leaves nothing behind, and a result that is the same at every call. */
typedef stint_status training(ctx *c, const void *self, float *loss);

/* `what` begins the text of a failure. */
void every_allocation_may_fail(training *train, const char *what, const void *self);

#endif
