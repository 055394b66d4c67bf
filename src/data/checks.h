/* What is checked of a table before anything is fitted: missing and infinite cells, constant
 * and all-missing columns, duplicate rows.  One pass over the features and targets, chunks in
 * parallel; duplicates by 64-bit row hashes in a scratch file, looked through in passes of
 * bounded memory, so that any number of rows takes the same. */
#ifndef DATA_CHECKS_H
#define DATA_CHECKS_H

#include "base/pool.h"
#include "data/table.h"

typedef enum duplicates_policy {
    DUPLICATES_WARN,
    DUPLICATES_ERROR,
    DUPLICATES_IGNORE
} duplicates_policy;

typedef enum check_result { CHECK_PASSED, CHECK_WARNED } check_result;

typedef struct check {
    const char *name;
    check_result result;
    char details[256];
} check;

enum { CHECK_TYPES, CHECK_MISSING, CHECK_CONSTANT, CHECK_DUPLICATES, CHECKS };

typedef struct checks {
    check at[CHECKS];
} checks;

/* What forbids a fit is STINT_EDATA with "FILE:LINE: column "NAME": …"; the rest is in `out`.
 * `scratch` is a directory for row hashes. */
stint_status checks_run(ctx *c, const table *t, duplicates_policy duplicates, const char *scratch,
                        pool *p, checks *out);

/* Upper bound of the private memory that takes. */
int64_t checks_bytes(int columns, int64_t rows, int threads);

#endif
