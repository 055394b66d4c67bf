#include "data/samples_impl.h"

/* Rows of matrices, copied one by one.  In a shuffled order a row is nowhere near the last, so that
 * the rows SAMPLES_AHEAD further are asked for while one is copied. */

enum { EXPECT_MOST = 1024 }; /* bytes of a row from which the processor finds the rest itself */

bool samples_row_array(const stint_rows *r, byte_rows *bytes, stint_sample_array *array)
{
    int64_t item = (int64_t)stint_dtype_bytes(r->dtype);
    int64_t width = r->width > 0 ? r->width : 1, stride = r->stride > 0 ? r->stride : width;
    int64_t row, apart;
    if (!r->at || item == 0 || r->width < 0 || r->stride < 0 || stride < width ||
        __builtin_mul_overflow(width, item, &row) || __builtin_mul_overflow(stride, item, &apart))
        return false;
    *bytes = (byte_rows){r->at, (size_t)row, (size_t)apart};
    *array = (stint_sample_array){r->dtype, r->width > 0 ? 1 : 0, {r->width}};
    return true;
}

static void gather_4(byte_rows rows, const int64_t *index, int64_t n, char *out)
{
    for (int64_t i = 0; i < n; i++) {
        if (i + SAMPLES_AHEAD < n)
            __builtin_prefetch(rows.at + (size_t)index[i + SAMPLES_AHEAD] * rows.stride, 0, 0);
        memcpy(out + i * 4, rows.at + (size_t)index[i] * rows.stride, 4);
    }
}

static void gather_any(byte_rows rows, const int64_t *index, int64_t n, char *out)
{
    size_t expected = rows.bytes < EXPECT_MOST ? rows.bytes : EXPECT_MOST;
    for (int64_t i = 0; i < n; i++) {
        if (i + SAMPLES_AHEAD < n)
            samples_expect(rows.at + (size_t)index[i + SAMPLES_AHEAD] * rows.stride, expected);
        memcpy(out + (size_t)i * rows.bytes, rows.at + (size_t)index[i] * rows.stride, rows.bytes);
    }
}

void samples_gather(byte_rows rows, const int64_t *index, int64_t n, void *out)
{
    if (rows.bytes == 4)
        gather_4(rows, index, n, out);
    else
        gather_any(rows, index, n, out);
}

/* part[a] the rows of array a, size[2a] their bytes, size[2a+1] those from one to the next */
static void fill_rows(const stint_samples *s, const int64_t *index, int64_t n, void *const *out)
{
    for (int a = 0; a < s->arrays; a++) {
        byte_rows rows = {s->part[a], (size_t)s->size[2 * a], (size_t)s->size[2 * a + 1]};
        samples_gather(rows, index, n, out[a]);
    }
}

stint_status stint_samples_rows(int arrays, const stint_rows *rows, int64_t n, stint_samples *out)
{
    *out = (stint_samples){.n = n, .arrays = arrays, .fill = fill_rows};
    if (arrays < 1 || arrays > STINT_SAMPLE_ARRAYS || n < 0)
        return STINT_EUSAGE;
    for (int a = 0; a < arrays; a++) {
        byte_rows bytes;
        if (!samples_row_array(&rows[a], &bytes, &out->array[a]))
            return STINT_EUSAGE;
        out->part[a] = bytes.at;
        out->size[2 * a] = (int64_t)bytes.bytes;
        out->size[2 * a + 1] = (int64_t)bytes.stride;
    }
    return STINT_OK;
}
