/* Columns of a binary array: elements of one type, a fixed stride apart.
 *
 * What formats like NPY and HDF5 hold, in a map or a buffer, becomes cells for the chunker in
 * batches whose size depends on the widest text alone. */
#ifndef DATA_STRIDED_H
#define DATA_STRIDED_H

#include "data/ingest_impl.h"

typedef enum element_kind {
    ELEMENT_FLOAT, /* 2, 4 or 8 bytes */
    ELEMENT_INT,   /* 1, 2, 4 or 8 bytes */
    ELEMENT_UINT,
    ELEMENT_BOOL,  /* 1 byte, anything but 0 is true */
    ELEMENT_BYTES, /* UTF-8 text, filled up with zeros */
    ELEMENT_UCS4,  /* text of 4-byte code points, filled up with zeros */
    ELEMENT_TEXT,  /* a pointer to text ended by a NUL; NULL = missing */
} element_kind;

typedef struct element {
    element_kind kind;
    int32_t bytes;
    bool swapped; /* not in this machine's byte order */
} element;

typedef struct strided {
    const uint8_t *at; /* of row 0 */
    int64_t stride;    /* bytes from row to row */
    element element;
} strided;

/* How a column of such elements is read when nothing else is asked for. */
read_type element_read_type(element e);

/* Can elements of the type be read at all: is the size one of those above? */
bool element_is_known(element e);

/* Hand `rows` rows of the table's columns to the chunker: columns [in->n_columns]. */
ingest_outcome strided_read(ingest *in, chunker *k, const strided *columns, int64_t rows);

/* An upper bound of what strided_read holds, for texts of at most `text_bytes`. */
int64_t strided_bytes(int64_t text_bytes);

#endif
