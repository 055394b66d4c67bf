/* Tasks that failed once, to be run again: trials one by one, so that one bad trial costs no
 * other.  A failed batch is kept as one range, whatever its size. */
#ifndef EXPERIMENT_RETRY_H
#define EXPERIMENT_RETRY_H

#include "base/vec.h"
#include "experiment/messages.h"

typedef struct retry_range {
    int32_t kind, model;
    int64_t item, end;
    char *dir; /* TASK_SAVE, TASK_EVALUATE; else NULL */
} retry_range;

typedef struct retry_list {
    VEC(retry_range) ranges;
    int64_t at; /* the range being handed out */
} retry_list;

stint_status retry_add(ctx *c, retry_list *l, const task *t);

/* The next single task, without a limit of its own; false = none is left.  Trials for which
 * `open` says no have a record by now and are passed over. */
bool retry_next(retry_list *l, bool (*open)(void *self, int64_t trial), void *self, task *out);

bool retry_empty(const retry_list *l);
void retry_forget(retry_list *l);

#endif
