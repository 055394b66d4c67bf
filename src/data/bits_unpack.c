#include "data/bits.h"

#include <string.h>

/* Packed bits as numbers.  A byte becomes eight of them: its copy in every lane, the lane's own
 * bit picked by a mask, all ones where it is set, and of those the bits of 1.0.  Vectors are as
 * wide as every processor has them: wider ones would be taken apart value by value.  What is
 * behind the last whole byte goes one by one. */

typedef int32_t four32 __attribute__((vector_size(16), aligned(4), may_alias));
typedef int64_t two64 __attribute__((vector_size(16), aligned(8), may_alias));

static void byte_f32(int byte, float *to)
{
    const four32 one = (four32){0} + 0x3F800000, x = (four32){0} + byte;
    const four32 high = {128, 64, 32, 16}, low = {8, 4, 2, 1};
    *(four32 *)(void *)to = ((x & high) == high) & one;
    *(four32 *)(void *)(to + 4) = ((x & low) == low) & one;
}

static void byte_f64(int byte, double *to)
{
    const two64 one = (two64){0} + INT64_C(0x3FF0000000000000), x = (two64){0} + byte;
    const two64 masks[] = {{128, 64}, {32, 16}, {8, 4}, {2, 1}};
    for (int k = 0; k < 4; k++)
        *(two64 *)(void *)(to + 2 * k) = ((x & masks[k]) == masks[k]) & one;
}

static int bit_of(const uint8_t *row, int64_t i)
{
    return row[i / 8] >> (7 - i % 8) & 1;
}

void bits_unpack_f32(const uint8_t *at, int64_t bytes, int64_t n, int64_t width, float *out,
                     int64_t row_stride)
{
    for (int64_t r = 0; r < n; r++) {
        const uint8_t *row = at + r * bytes;
        float *to = out + r * row_stride;
        for (int64_t b = 0; b < width / 8; b++)
            byte_f32(row[b], to + 8 * b);
        for (int64_t i = width / 8 * 8; i < width; i++)
            to[i] = (float)bit_of(row, i);
    }
}

static void rows_f64(const uint8_t *at, int64_t bytes, int64_t n, int64_t width, double *out,
                     int64_t row_stride)
{
    for (int64_t r = 0; r < n; r++) {
        const uint8_t *row = at + r * bytes;
        double *to = out + r * row_stride;
        for (int64_t b = 0; b < width / 8; b++)
            byte_f64(row[b], to + 8 * b);
        for (int64_t i = width / 8 * 8; i < width; i++)
            to[i] = bit_of(row, i);
    }
}

/* Column by column in bands of eight, so that a row's byte is read once. */
void bits_unpack_f64(const uint8_t *at, int64_t bytes, int64_t n, int64_t width, double *out,
                     int64_t column_stride, int64_t row_stride)
{
    if (column_stride == 1) {
        rows_f64(at, bytes, n, width, out, row_stride);
        return;
    }
    for (int64_t from = 0; from < width; from += 8) {
        int64_t to = from + 8 < width ? from + 8 : width;
        for (int64_t r = 0; r < n; r++)
            for (int64_t i = from; i < to; i++)
                out[i * column_stride + r * row_stride] = bit_of(at + r * bytes, i);
    }
}

void bits_gather_f64(const uint8_t *at, int64_t bytes, const int32_t *rows, int64_t n, int64_t from,
                     int64_t to, double *out, int64_t column_stride, int64_t row_stride)
{
    if (from == 0 && column_stride == 1) {
        for (int64_t r = 0; r < n; r++)
            rows_f64(at + rows[r] * bytes, bytes, 1, to, out + r * row_stride, row_stride);
        return;
    }
    for (int64_t band = from, end; band < to; band = end) {
        end = band / 8 * 8 + 8 < to ? band / 8 * 8 + 8 : to;
        for (int64_t r = 0; r < n; r++)
            for (int64_t i = band; i < end; i++)
                out[(i - from) * column_stride + r * row_stride] = bit_of(at + rows[r] * bytes, i);
    }
}

void bits_text(const uint8_t *row, int64_t width, char *out)
{
    for (int64_t i = 0; i < width; i++)
        out[i] = (char)('0' + bit_of(row, i));
    out[width] = '\0';
}
