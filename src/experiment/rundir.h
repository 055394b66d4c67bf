/* The directory of a run: one experiment, one writer at a time.
 *
 *     DIR/.lock            held while a run writes
 *     DIR/experiment.yaml  the keys that decide results: what the directory belongs to
 *     DIR/scratch.tmp/     derived files of the running run; made again, never trusted
 *
 * Whatever ends in .tmp is left over from a run that was stopped, and is removed. */
#ifndef EXPERIMENT_RUNDIR_H
#define EXPERIMENT_RUNDIR_H

#include "base/os/os.h"
#include "base/str.h"

typedef struct rundir {
    char path[2048];
    char scratch[2100];
    int lock, log; /* log.txt, to which the log is copied */
} rundir;

/* Make or open it for writing.  Another experiment's is STINT_EMISMATCH with the difference,
 * unless `fresh`, which removes what a run left there, and nothing else. */
stint_status rundir_open(ctx *c, const char *path, const char *identity, bool fresh, rundir *out);

/* Remove the scratch directory, and let go of the lock. */
void rundir_close(ctx *c, rundir *d);

/* PATH/name into caller's memory. */
void rundir_path(const rundir *d, const char *name, char *out, size_t size);

/* Bytes that the run holds on disk, scratch included. */
int64_t rundir_bytes(const rundir *d);

#endif
