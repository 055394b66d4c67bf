/* One column of the chunk in flight whose cells become packed bits as they come. */
#ifndef DATA_PACKED_CELLS_H
#define DATA_PACKED_CELLS_H

#include "data/ingest_impl.h"

typedef struct packed_cells {
    bool begun;
    bits_encoder encoder; /* with the width */
    bits_work *work;      /* NULL = cells come encoded */
    uint8_t *at;          /* [room][(width+7)/8] */
    int64_t room;         /* rows */
} packed_cells;

void packed_cells_free(packed_cells *p);

/* Cells of n rows behind the `at` that are there; `row` is the table's first of them. */
ingest_outcome packed_cells_add(packed_cells *p, ingest *in, int column, const ingest_cells *from,
                                int64_t n, int64_t at, int64_t row);

#endif
