/* What of an HDF5 file is a table.
 *
 *     a dataset [rows][columns]     named by its attribute columns, column_names or names, else c0 …
 *     a dataset [rows] of records   columns are the fields
 *     a dataset [rows]              one column
 *     a group of datasets [rows]    each is a column
 *     a pandas frame                axis0 names the columns, blockN_values hold them
 *
 * A table so is one or more arrays, and columns that lie in them. */
#ifndef DATA_HDF5_TABLE_H
#define DATA_HDF5_TABLE_H

#include "base/arena.h"
#include "data/hdf5.h"
#include "data/strided.h"

typedef struct hdf5_array {
    const char *path;      /* in the file */
    int64_t rows, columns; /* one column when it has one dimension */
    int dimensions;
    int64_t item_bytes;                             /* of an element or a record */
    int64_t chunk_rows, chunk_columns, chunk_bytes; /* 0 = not in chunks */
    int64_t map_at; /* where its bytes stand in the file; -1 = not in one piece */
    bool variable;  /* holds texts of variable length, to be given back */
} hdf5_array;

typedef struct hdf5_column {
    const char *name;
    int array;
    int64_t at;     /* column of the array … */
    int64_t offset; /* … and byte in its item */
    element element;
    const char *refused; /* what it is of, when that cannot be read: "an array" */
} hdf5_column;

typedef struct hdf5_table {
    const char *path; /* of the dataset or group */
    int64_t rows;
    int n_arrays, n_columns;
    hdf5_array *arrays;
    hdf5_column *columns;
} hdf5_table;

/* Find the table at `dataset` in an open file; NULL = the only one there is.  Anything else is
 * STINT_EDATA by FILE, the dataset and what there is.  Names come from `a`. */
stint_status hdf5_find(ctx *c, arena *a, hid_t file, const char *path, const char *dataset,
                       hdf5_table *out);

#endif
