#include "data/colfile.h"

#include <assert.h>
#include <math.h>
#include <string.h>

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

const uint8_t *colfile_bits(const colfile *f, int column, int64_t chunk)
{
    assert(f->columns[column].kind == COLUMN_BITS);
    return f->blocks[chunk * f->n_columns + column].at;
}

static const uint8_t *bits_row(const colfile_block *b, const colfile_column *info, int64_t row)
{
    return (const uint8_t *)b->at + row * ((info->width + 7) / 8);
}

static double share_of_ones(const uint8_t *row, int64_t width)
{
    int64_t ones = 0, bytes = (width + 7) / 8, i = 0;
    for (uint64_t eight; i + 8 <= bytes; i += 8) {
        memcpy(&eight, row + i, 8);
        ones += __builtin_popcountll(eight);
    }
    for (; i < bytes; i++)
        ones += __builtin_popcount(row[i]);
    return (double)ones / (double)width;
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
    const colfile_column *info = &f->columns[column];
    if (info->kind == COLUMN_BITS) {
        for (int64_t i = 0; i < n; i++)
            out[i * stride] = share_of_ones(bits_row(b, info, from + i), info->width);
        return;
    }
    double missing = block_missing(info->kind, b->type);
    VALUES_BY_TYPE(from + i)
}

void colfile_gather(const colfile *f, int column, int64_t chunk, const int32_t *rows, int64_t n,
                    double *out, int64_t stride)
{
    const colfile_block *b = &f->blocks[chunk * f->n_columns + column];
    const colfile_column *info = &f->columns[column];
    if (info->kind == COLUMN_BITS) {
        for (int64_t i = 0; i < n; i++)
            out[i * stride] = share_of_ones(bits_row(b, info, rows[i]), info->width);
        return;
    }
    double missing = block_missing(info->kind, b->type);
    VALUES_BY_TYPE(rows[i])
}
