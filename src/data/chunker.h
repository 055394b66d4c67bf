/* Gathers the batches of rows that readers hand over into chunks of the column file.
 *
 * One chunk is in flight: COLFILE_CHUNK_ROWS × 8 bytes a column at most, under the tag
 * `table`; small tables take less, as the room doubles from 4096 rows. */
#ifndef DATA_CHUNKER_H
#define DATA_CHUNKER_H

#include "data/ingest_impl.h"

chunker *chunker_new(ingest *in);
void chunker_free(chunker *k);

/* Append a batch.  INGEST_AGAIN: a column was changed, start over. */
ingest_outcome chunker_add(chunker *k, const ingest_batch *batch);
int64_t chunker_rows(const chunker *k);

/* Write what is left and finish the file with `extra`. */
stint_status chunker_finish(chunker *k, const char *extra);

#endif
