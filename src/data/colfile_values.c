#include "data/colfile.h"

#include <assert.h>
#include <math.h>

/* The values of a column file as doubles, whatever type a chunk took. */

/* What marks a missing cell in a block of whole numbers, as a value no cell has. */
static double block_missing(column_kind kind, column_type type)
{
    if (kind == COLUMN_TEXT)
        return type == TYPE_U8 ? 255 : -1;
    if (kind == COLUMN_BOOL && type == TYPE_U8)
        return 2;
    return kind == COLUMN_HASH ? 0 : NAN;
}

#define VALUES_LOOP(type, index)                                                                   \
    do {                                                                                           \
        const type *x = b->at;                                                                     \
        for (int64_t i = 0; i < n; i++) {                                                          \
            double value = (double)x[index];                                                       \
            out[i * stride] = value == missing ? NAN : value;                                      \
        }                                                                                          \
    } while (0)

#define VALUES_BY_TYPE(index)                                                                      \
    switch (b->type) {                                                                             \
    case TYPE_BOOL:                                                                                \
    case TYPE_U8: VALUES_LOOP(uint8_t, index); break;                                              \
    case TYPE_I32: VALUES_LOOP(int32_t, index); break;                                             \
    case TYPE_I64: VALUES_LOOP(int64_t, index); break;                                             \
    case TYPE_F32: VALUES_LOOP(float, index); break;                                               \
    case TYPE_F64: VALUES_LOOP(double, index); break;                                              \
    }

void colfile_read(const colfile *f, int column, int64_t chunk, int64_t from, int64_t n, double *out,
                  int64_t stride)
{
    assert(from >= 0 && n >= 0 && from + n <= colfile_chunk_rows(f, chunk));
    const colfile_block *b = &f->blocks[chunk * f->n_columns + column];
    double missing = block_missing(f->columns[column].kind, b->type);
    VALUES_BY_TYPE(from + i)
}

void colfile_gather(const colfile *f, int column, int64_t chunk, const int32_t *rows, int64_t n,
                    double *out, int64_t stride)
{
    const colfile_block *b = &f->blocks[chunk * f->n_columns + column];
    double missing = block_missing(f->columns[column].kind, b->type);
    VALUES_BY_TYPE(rows[i])
}
