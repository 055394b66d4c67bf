/* Rows gathered one by one, for readers that meet them so: cells of every wanted column of some
 * hundred rows, handed to the chunker when room is short. */
#ifndef DATA_ROW_BATCH_H
#define DATA_ROW_BATCH_H

#include "data/ingest_impl.h"

#define ROW_BATCH_BYTES ((INT64_C(4) << 20) + (INT64_C(4) << 16) + (INT64_C(1) << 20))

typedef struct row_batch {
    ingest *in;
    int64_t rows, most_rows;
    cell_text *cells; /* [n_columns][most_rows], each as its column is read */
    uint64_t *valid;  /* [n_columns][most_rows / 64] */
    char *room;       /* for texts that do not stay elsewhere: [used, room_bytes) is free */
    int64_t room_bytes, used;
} row_batch;

/* false, with the context failed, when memory is short; row_batch_end either way. */
bool row_batch_begin(row_batch *b, ingest *in);
void row_batch_end(row_batch *b);

/* Begin a row, all of whose cells are missing, with room for `text_bytes` of text. */
ingest_outcome row_batch_row(row_batch *b, chunker *k, int64_t text_bytes);
ingest_outcome row_batch_flush(row_batch *b, chunker *k);

/* The begun row's cell of column j, marked as there, to be set in the type its column is read as. */
double *row_batch_number(row_batch *b, int j);
int64_t *row_batch_integer(row_batch *b, int j);
bool *row_batch_bool(row_batch *b, int j);
cell_text *row_batch_text(row_batch *b, int j);

bool row_batch_has(const row_batch *b, int j); /* is it set already? */

#endif
