/* How a CSV or TSV file is written, from its first records: the delimiter, the columns'
 * names, and what their cells look like.
 *
 * The first record names the columns.  Cells are quoted by '"', doubled inside.  The
 * delimiter is the one of , ; | and tab under which most records have as many cells as the
 * header (in a .tsv file: tab).  A name that is empty or stands twice, a first line that is
 * not names, a record with too few or too many cells, bytes that are not UTF-8 text: all
 * STINT_EDATA, with the line. */
#ifndef DATA_DIALECT_H
#define DATA_DIALECT_H

#include "base/arena.h"

/* What all cells of a column seen so far are, from narrow to wide. */
typedef enum cell_type { CELL_MISSING, CELL_BOOL, CELL_INTEGER, CELL_NUMBER, CELL_TEXT } cell_type;

typedef struct dialect {
    char delimiter;
    char line_end[3]; /* behind the header: "\n", "\r\n" or "\r" */
    int n_columns;
    char **names;                  /* [n_columns] */
    cell_type *types;              /* [n_columns] over the sampled records */
    int64_t header_bytes;          /* up to the first data record */
    int64_t records, record_bytes; /* data records sampled, and their bytes */
} dialect;

/* Cells that mean "missing" besides the empty one; NULL-terminated. */
extern const char *const dialect_missing[];

/* Look at the first 64 KiB of `path` (more when a record is longer).  Arrays come from `a`. */
stint_status dialect_read(ctx *c, arena *a, const char *path, dialect *out);

/* Are these bytes, from the beginning of `path` on, UTF-8 text without zero bytes? */
stint_status dialect_check_text(ctx *c, const char *path, const void *bytes, int64_t size);

/* Does `path` begin with the same header, and the same delimiter?  Types are joined, and
 * `line_end` is its own. */
stint_status dialect_same(ctx *c, dialect *d, const char *first, const char *path,
                          char line_end[3]);

#endif
