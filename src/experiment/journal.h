/* The journal: every trial's record, one line each, as it completes.
 *
 *     {"journal":1,"experiment":"…","fingerprint":"…","isa":"avx512","check":"…"}
 *     {"trial":17,"score":53.2,"seconds":0.0001,"status":"ok","attempts":1,"check":"…"}
 *
 * `check` is the XXH3-64 of the line before it.  Lines are appended whole and synced in
 * groups; a torn last line is cut off when the journal is opened, a damaged one in the
 * middle is skipped, and either way its trial is run again. */
#ifndef EXPERIMENT_JOURNAL_H
#define EXPERIMENT_JOURNAL_H

#include "experiment/messages.h"

typedef struct journal {
    ctx *ctx;
    int fd;
    int64_t bytes;
    double synced_at;
    bool dirty;
    str line;
    char path[4096];
} journal;

typedef stint_status journal_visit(void *self, const record *r);

/* Whose records these are; `isa` may differ when a run is resumed, which is said. */
typedef struct journal_owner {
    const char *experiment, *fingerprint, *isa;
} journal_owner;

/* Open or begin the journal of an experiment.  Each whole record is passed to `visit`.  A
 * journal of another experiment or of other data is STINT_EMISMATCH. */
stint_status journal_open(ctx *c, const char *path, const journal_owner *owner,
                          journal_visit *visit, void *self, journal *out);

/* Append n records in one write.  They are synced by the first of append and tick that comes
 * a quarter of a second after the last sync. */
stint_status journal_append(journal *j, const record *records, int64_t n);
stint_status journal_tick(journal *j);
stint_status journal_sync(journal *j);
void journal_close(journal *j);

#endif
