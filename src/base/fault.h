/* Fault injection for the tests: in builds with STINT_FAULTS, the environment names one
 * fault for one role of process, "STINT_FAULT=role:kind:n", and the nth such operation of
 * such a process (role "*": of any) fails once, or with n = 0, for merge-order, overalloc and
 * scale-all, every one does.  STINT_FAULT_ONCE=PATH lets it fire only in the process that
 * creates PATH.  Other builds compile it to nothing. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

typedef enum fault_kind {
    FAULT_ALLOC,       /* the nth allocation answers NULL */
    FAULT_SKIP_FSYNC,  /* the nth fsync is not made */
    FAULT_MERGE_ORDER, /* statistics are merged in another order */
    FAULT_LEAK,        /* a block is kept */
    FAULT_OVERALLOC,   /* a model takes far more than its estimate */
    FAULT_SCALE_ALL,   /* the scaler is fitted on every row */
    FAULT_CRASH,       /* the nth trial kills its worker */
    FAULT_KINDS
} fault_kind;

#ifdef STINT_FAULTS
void fault_role(const char *role); /* "run", "cluster", "worker", "ingest", "export" */
bool fault_now(fault_kind kind);
void fault_arm(const char *spec); /* instead of the environment's; NULL = none */
#else
#define fault_role(role) ((void)(role))
#define fault_now(kind)  false
#endif

#endif
