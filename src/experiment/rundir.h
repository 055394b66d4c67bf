/* The directory of a run: one experiment, one writer at a time.
 *
 *     DIR/.lock            held while a run writes
 *     DIR/experiment.yaml  the keys that decide results: what the directory belongs to, from
 *                          the moment that the first record may be kept
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
    bool made_log;
} rundir;

/* Make or open it for writing.  Another experiment's is STINT_EMISMATCH with the difference,
 * unless `fresh`, which removes what a run left there, and nothing else. */
stint_status rundir_open(ctx *c, const char *path, const char *identity, bool fresh, rundir *out);

/* Name the experiment that the directory belongs to from now on; does it belong to one? */
stint_status rundir_claim(ctx *c, const rundir *d, const char *identity);
bool rundir_is_claimed(const rundir *d);

/* Remove the scratch directory, and let go of the lock; of a directory that was never
 * claimed, nothing stays. */
void rundir_close(ctx *c, rundir *d);

/* PATH/name into caller's memory. */
void rundir_path(const rundir *d, const char *name, char *out, size_t size);

/* Bytes that the run holds on disk, scratch included. */
int64_t rundir_bytes(const rundir *d);

#endif
