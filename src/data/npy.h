/* The header of a NumPy array file (.npy), versions 1 to 3:
 *
 *     [ \x93NUMPY ][ version 1.0 ][ u16 length (u32 from 2.0 on) ][ header … ][ data ]
 *
 * The header is a Python dict of three keys, 'descr', 'fortran_order' and 'shape'; here it is
 * read by a parser of its own for just that.  https://numpy.org/neps/nep-0001-npy-format.html */
#ifndef DATA_NPY_H
#define DATA_NPY_H

#include "base/arena.h"
#include "data/strided.h"

enum { NPY_MAGIC_BYTES = 6 };
extern const uint8_t npy_magic[NPY_MAGIC_BYTES];

typedef struct npy_field {
    const char *name; /* NULL in an array without fields */
    const char *type; /* as the header has it: "<f8" */
    element element;
    bool known;     /* false: an object, a date, a record, … that is not read */
    int64_t offset; /* in its item */
} npy_field;

typedef struct npy {
    int64_t data_at, data_bytes; /* in the file */
    int64_t rows, columns;       /* an array of one dimension has one column */
    int64_t row_stride, column_stride;
    int dimensions;
    int64_t item_bytes;
    int n_fields; /* one without a name when the array has no fields */
    npy_field *fields;
} npy;

/* Read the header in `bytes`, which is all of the file, and check it against `size`.  Names come
 * from `a`.  STINT_EDATA says what is wrong, by PATH. */
stint_status npy_read(ctx *c, arena *a, const char *path, const uint8_t *bytes, int64_t size,
                      npy *out);

#endif
