/* Writing a ZIP container: its entries one after the other, each a stream of deflated pieces
 * whose length is known only when it ends.  Times are 1980-01-01 and nothing else of the
 * machine is in it: the same contents give the same bytes.  Entries and files beyond 4 GiB are
 * written in the ZIP64 form, others never.
 *
 * The file is written in place: the caller names it NAME.tmp and renames it.  It is no ZIP
 * until zip_finish. */
#ifndef DATA_ZIP_WRITE_H
#define DATA_ZIP_WRITE_H

#include "data/deflate.h"

typedef struct zip_writer zip_writer;

/* NULL when the file cannot be made or memory is short.  Sizes and offsets above
 * `classic_most` take the ZIP64 form; 0 = those that have to. */
zip_writer *zip_create(ctx *c, const char *path, uint64_t classic_most);

/* An entry: begin, pieces in order, end.  Names are ASCII, with '/' between folders. */
stint_status zip_begin(zip_writer *z, const char *name);
stint_status zip_put(zip_writer *z, const deflate_piece *piece);
stint_status zip_end(zip_writer *z);

/* The directory, synced to the disk; frees the writer.  A failure removes the file. */
stint_status zip_finish(zip_writer *z);
/* Removes the file and frees the writer; NULL is fine. */
void zip_abandon(zip_writer *z);

#endif
