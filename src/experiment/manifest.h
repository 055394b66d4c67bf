/* MANIFEST.json: every file of a directory with its size and SHA-256.  It is written last and
 * synced, so a directory whose manifest verifies is whole, and any other does not exist. */
#ifndef EXPERIMENT_MANIFEST_H
#define EXPERIMENT_MANIFEST_H

#include "base/os/os.h"

/* Sync everything below `dir`, then write its manifest. */
stint_status manifest_write(ctx *c, const char *dir);

/* *whole: every file is there as listed, and nothing else is; `why` says what is not. */
stint_status manifest_verify(ctx *c, const char *dir, bool *whole, char *why, size_t size);

#endif
