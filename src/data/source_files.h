/* The files that a source names: which they are, in which format, and what identifies them. */
#ifndef DATA_SOURCE_FILES_H
#define DATA_SOURCE_FILES_H

#include "data/format.h"
#include "data/source.h"

typedef struct source_files {
    arena arena;
    int n;
    char **paths;   /* [n] as the user wrote them, sorted */
    int64_t *bytes; /* [n] */
    int64_t total;
    const source_format *format;
} source_files;

/* Free with arena_deinit(&f->arena), after failure too. */
stint_status files_open(ctx *c, const source *s, source_files *f);

/* The cache's key of the column file.  For formats that are read whole it hashes the content,
 * with `known_only` only that of small files and where it is on record (*known).  For the others
 * it hashes the files' stat; *known is false when a file changed so lately that it might change
 * again and its stat stay the same. */
stint_status files_key(ctx *c, const source *s, const source_files *f, bool known_only,
                       hash128 *key, bool *known);

#endif
