/* What the ready-made samples share: rows of bytes, gathered. */
#ifndef DATA_SAMPLES_IMPL_H
#define DATA_SAMPLES_IMPL_H

#include "stint/loader.h"

#include <string.h>

enum { SAMPLES_AHEAD = 8, SAMPLES_LINE = 64 };

/* Rows of `bytes`, `stride` bytes apart. */
typedef struct byte_rows {
    const char *at;
    size_t bytes, stride;
} byte_rows;

/* The bytes, and as the sample's array; false = no width or dtype that can be. */
bool samples_row_array(const stint_rows *r, byte_rows *bytes, stint_sample_array *array);

/* Rows index[0 … n-1] one behind the other. */
void samples_gather(byte_rows rows, const int64_t *index, int64_t n, void *out);

/* Ask for a row's lines before it is read. */
static inline void samples_expect(const char *row, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += SAMPLES_LINE)
        __builtin_prefetch(row + at, 0, 0);
}

#endif
