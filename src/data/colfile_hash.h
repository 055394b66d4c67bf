/* What a column's hash is made of, for the writer and for whoever checks it. */
#ifndef DATA_COLFILE_HASH_H
#define DATA_COLFILE_HASH_H

#include "data/colfile.h"

/* One chunk: `values` are [rows] of `type`. */
void colfile_hash_chunk(hasher *h, column_type type, int64_t rows, const void *values);

/* The dictionary, behind the last chunk. */
void colfile_hash_texts(hasher *h, const char *const *texts, int64_t n);

#endif
