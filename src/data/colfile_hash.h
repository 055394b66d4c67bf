/* What a column's hash is made of, for the writer and for whoever checks it. */
#ifndef DATA_COLFILE_HASH_H
#define DATA_COLFILE_HASH_H

#include "data/colfile.h"

/* One chunk: `values` are [rows][across] of `type`. */
void colfile_hash_chunk(hasher *h, column_type type, int64_t rows, int64_t across,
                        const void *values);

/* The dictionary, behind the last chunk. */
void colfile_hash_texts(hasher *h, const char *const *texts, int64_t n);

/* How a bits column was encoded, behind its last chunk. */
stint_status colfile_hash_encoder(ctx *c, hasher *h, const bits_encoder *e);

/* Values of a row: 1, or the bytes of its bits. */
int64_t colfile_across(column_kind kind, int64_t width);

#endif
