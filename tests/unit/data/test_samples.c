/* Ready-made samples against naive versions of what they are. */
#include "stint/loader.h"
#include "unit/fixture.h"

enum { N = 40, MOST = 4096 };

static const int64_t picked[] = {0, 39, 7, 7, 12, 1, 38, 20, 21, 22, 3, 0, 5, 19, 31, 30, 2};
enum { PICKED = sizeof picked / sizeof picked[0] };

/* --- rows ------------------------------------------------------------------------------------ */

/* Of every dtype, narrow and wide, dense and strided. */
static void rows_are_copied(void **state)
{
    (void)state;
    static const struct {
        stint_dtype dtype;
        int64_t width, stride;
    } cases[] = {{STINT_F32, 32, 0}, {STINT_F32, 0, 0},  {STINT_F32, 1, 3},   {STINT_F64, 0, 2},
                 {STINT_I64, 1, 0},  {STINT_U8, 5, 9},   {STINT_BOOL, 0, 0},  {STINT_BF16, 3, 0},
                 {STINT_F64, 97, 0}, {STINT_F32, 3, 64}, {STINT_F32, 600, 0}, {STINT_I32, 0, 1}};
    static unsigned char data[N * 600 * 4], got[PICKED * 600 * 4];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 31 + i / 251);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        stint_samples s;
        stint_rows r = {data, cases[k].dtype, cases[k].width, cases[k].stride};
        assert_int_equal(stint_samples_rows(1, &r, N, &s), STINT_OK);
        size_t item = stint_dtype_bytes(r.dtype), bytes = item * (size_t)(r.width ? r.width : 1);
        size_t stride = r.stride ? item * (size_t)r.stride : bytes;
        assert_int_equal(s.array[0].axes, r.width ? 1 : 0);
        assert_int_equal(s.array[0].shape[0], r.width);
        memset(got, 0xEE, sizeof got);
        s.fill(&s, picked, PICKED, (void *[]){got});
        for (size_t i = 0; i < PICKED; i++)
            assert_memory_equal(got + i * bytes, data + (size_t)picked[i] * stride, bytes);
        if (bytes * PICKED < sizeof got)
            assert_int_equal(got[bytes * PICKED], 0xEE);
    }
}

static void several_arrays(void **state)
{
    (void)state;
    float x[N * 3], gx[PICKED * 3];
    int64_t y[N], gy[PICKED];
    uint8_t z[N * 2], gz[PICKED];
    double w[N], gw[PICKED];
    for (int i = 0; i < N; i++) {
        y[i] = i * 1000;
        w[i] = i / 3.0;
        z[2 * i] = (uint8_t)i;
        for (int j = 0; j < 3; j++)
            x[i * 3 + j] = (float)(i * 10 + j);
    }
    stint_samples s;
    stint_rows rows[] = {
        {x, STINT_F32, 3, 0}, {y, STINT_I64, 0, 0}, {z, STINT_U8, 0, 2}, {w, STINT_F64, 1, 0}};
    assert_int_equal(stint_samples_rows(4, rows, N, &s), STINT_OK);
    s.fill(&s, picked, PICKED, (void *[]){gx, gy, gz, gw});
    for (int i = 0; i < PICKED; i++) {
        assert_true(gx[i * 3 + 2] == (float)(picked[i] * 10 + 2));
        assert_int_equal(gy[i], picked[i] * 1000);
        assert_int_equal(gz[i], picked[i]);
        assert_true(gw[i] == (double)picked[i] / 3.0);
    }
}

static void rows_that_cannot_be(void **state)
{
    (void)state;
    static const float x[4];
    static const stint_rows cases[] = {{NULL, STINT_F32, 1, 0}, {x, (stint_dtype)99, 1, 0},
                                       {x, STINT_F32, -1, 0},   {x, STINT_F32, 4, 3},
                                       {x, STINT_F32, 1, -1},   {x, STINT_F64, INT64_MAX / 4, 0}};
    stint_samples s;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        assert_int_equal(stint_samples_rows(1, &cases[k], 4, &s), STINT_EUSAGE);
    stint_rows good = {x, STINT_F32, 1, 0};
    assert_int_equal(stint_samples_rows(0, &good, 4, &s), STINT_EUSAGE);
    assert_int_equal(stint_samples_rows(5, &good, 4, &s), STINT_EUSAGE);
    assert_int_equal(stint_samples_rows(1, &good, -1, &s), STINT_EUSAGE);
}

/* --- windows --------------------------------------------------------------------------------- */

static float naive_window(const stint_windows *w, int64_t row, int64_t t, int64_t j)
{
    int64_t start = w->start ? w->start[row] : 0, at = row - w->length + 1 + t;
    if (at >= start)
        return w->x[at * w->width + j];
    return w->zero && w->zero[j] ? 0 : w->x[start * w->width + j];
}

static void check_windows(const stint_windows *w)
{
    static float x[PICKED * 64 * 8], y[PICKED];
    stint_samples s;
    int64_t index[PICKED];
    assert_int_equal(stint_samples_windows(w, &s), STINT_OK);
    assert_int_equal(s.n, w->samples ? w->samples : w->n);
    assert_int_equal(s.arrays, w->y.at ? 2 : 1);
    assert_int_equal(s.array[0].shape[0], w->length);
    assert_int_equal(s.array[0].shape[1], w->width);
    for (int i = 0; i < PICKED; i++)
        index[i] = picked[i] % s.n;
    s.fill(&s, index, PICKED, (void *[]){x, y});
    for (int64_t i = 0; i < PICKED; i++) {
        int64_t row = w->row ? w->row[index[i]] : index[i];
        for (int64_t t = 0; t < w->length; t++)
            for (int64_t j = 0; j < w->width; j++)
                assert_true(x[(i * w->length + t) * w->width + j] == naive_window(w, row, t, j));
        if (w->y.at)
            assert_true(y[i] == ((const float *)w->y.at)[row]);
    }
}

/* One and several series, longer and shorter than the window, with and without zero columns,
 * targets and chosen rows. */
static void windows_are_the_rows_before(void **state)
{
    (void)state;
    static float x[N * 8], y[N];
    static int64_t start[N];
    static const int64_t lengths[] = {1, 2, 5, 17, 40, 64}, rows[] = {39, 0, 12, 13, 14, 30};
    static const uint8_t zero[8] = {0, 1, 1, 0, 1, 0, 0, 1};
    for (int i = 0; i < N; i++) {
        y[i] = (float)-i;
        start[i] = i < 1 ? 0 : i < 13 ? 1 : i < 14 ? 13 : 14; /* of 1, 12, 1 and 26 rows */
        for (int j = 0; j < 8; j++)
            x[i * 8 + j] = (float)(1 + i * 8 + j);
    }
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++)
        for (int what = 0; what < 32; what++)
            check_windows(&(stint_windows){.x = x,
                                           .n = what & 16 ? N : N * 8,
                                           .width = what & 16 ? 8 : 1,
                                           .length = lengths[k],
                                           .y = {what & 1 ? y : NULL, STINT_F32, 0, 0},
                                           .start = what & 2 || !(what & 16) ? NULL : start,
                                           .zero = what & 4 ? zero : NULL,
                                           .row = what & 8 || what & 1 ? rows : NULL,
                                           .samples = what & 8 || what & 1 ? 6 : 0});
}

static void windows_that_cannot_be(void **state)
{
    (void)state;
    static const float x[4];
    static const int64_t beyond[] = {0, 4, 0, 0}, before[] = {0, 0, -1, 0}, later[] = {0, 0, 3, 3};
    static const stint_windows cases[] = {
        {.x = x, .n = 4, .width = 1, .length = 2, .row = beyond, .samples = 2},
        {.x = x, .n = 4, .width = 1, .length = 2, .row = before, .samples = 3},
        {.x = x, .n = 4, .width = 1, .length = 2, .start = later},
        {.x = x, .n = 4, .width = 1, .length = 2, .start = before},
        {.n = 4, .width = 1, .length = 1},
        {.x = x, .width = 1, .length = 1},
        {.x = x, .n = 4, .length = 1},
        {.x = x, .n = 4, .width = 1},
        {.x = x, .n = 4, .width = 1, .length = 2, .samples = 5},
        {.x = x, .n = 4, .width = 1, .length = 2, .samples = -1},
        {.x = x, .n = 4, .width = INT64_MAX / 2, .length = 3},
        {.x = x, .n = 4, .width = 1, .length = 1, .y = {x, STINT_F32, 2, 1}}};
    stint_samples s;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        assert_int_equal(stint_samples_windows(&cases[k], &s), STINT_EUSAGE);
}

/* --- bits ------------------------------------------------------------------------------------ */

static float bit(const uint8_t *at, int64_t j)
{
    return at[j / 8] & 0x80 >> j % 8 ? 1 : 0;
}

static void check_bits(const stint_bit_rows *r, int64_t n)
{
    static float x[MOST], y[MOST];
    stint_samples s;
    int64_t columns = r->dense.at ? r->dense.width : 0, width = columns + r->width;
    int64_t stride = r->dense.stride ? r->dense.stride : columns, index[PICKED];
    assert_int_equal(stint_samples_bits(r, n, &s), STINT_OK);
    assert_int_equal(s.array[0].shape[0], width);
    assert_int_equal(s.arrays, r->y.at || r->y_bits ? 2 : 1);
    for (int i = 0; i < PICKED; i++)
        index[i] = picked[i] % n;
    s.fill(&s, index, PICKED, (void *[]){x, y});
    for (int64_t i = 0; i < PICKED; i++) {
        int64_t row = r->row ? r->row[index[i]] : index[i];
        for (int64_t j = 0; j < columns; j++)
            assert_true(x[i * width + j] == ((const float *)r->dense.at)[row * stride + j]);
        for (int64_t j = 0; j < r->width; j++)
            assert_true(x[i * width + columns + j] == bit(r->at + row * r->bytes, j));
        for (int64_t j = 0; j < r->y_width; j++)
            assert_true(y[i * r->y_width + j] == bit(r->y_bits + row * r->y_bytes, j));
        if (r->y.at)
            assert_true(y[i] == ((const float *)r->y.at)[row]);
    }
}

static void bits_become_numbers(void **state)
{
    (void)state;
    static uint8_t bits[N * 16], labels[N * 4];
    static float dense[N * 5], y[N];
    static const int64_t rows[] = {38, 2, 3, 17, 17, 0}, widths[] = {1, 7, 8, 9, 64, 100, 128};
    for (int i = 0; i < N * 16; i++)
        bits[i] = (uint8_t)(i * 73 + i / 16);
    for (int i = 0; i < N * 5; i++)
        dense[i] = (float)i / 7;
    for (int i = 0; i < N; i++)
        y[i] = (float)i;
    memcpy(labels, bits + 5, sizeof labels);
    for (size_t k = 0; k < sizeof widths / sizeof widths[0]; k++)
        for (int what = 0; what < 12; what++) {
            stint_bit_rows r = {.at = bits, .bytes = 16, .width = widths[k]};
            if (what & 1)
                r.dense = (stint_rows){dense, STINT_F32, 4, 5};
            if (what & 2)
                r.row = rows;
            if (what / 4 == 1)
                r.y = (stint_rows){y, STINT_F32, 0, 0};
            if (what / 4 == 2)
                r.y_bits = labels, r.y_bytes = 4, r.y_width = 27;
            check_bits(&r, r.row ? 6 : N);
        }
    check_bits(&(stint_bit_rows){.dense = {dense, STINT_F32, 5, 0}}, N);
}

static void bits_that_cannot_be(void **state)
{
    (void)state;
    static const uint8_t bits[8];
    static const float x[4];
    static const stint_bit_rows cases[] = {
        {.at = NULL, .bytes = 1, .width = 3},
        {.at = bits, .bytes = 1, .width = 9},
        {.at = bits, .bytes = 1, .width = 0},
        {.at = bits, .bytes = 1, .width = -1},
        {.at = bits, .bytes = 1, .width = 8, .dense = {x, STINT_F64, 1, 0}},
        {.at = bits, .bytes = 1, .width = 8, .y_bits = bits, .y_bytes = 1},
        {.at = bits, .bytes = 1, .width = 8, .y_bits = bits, .y_bytes = 1, .y_width = 9},
        {.at = bits,
         .bytes = 1,
         .width = 8,
         .y = {x, STINT_F32, 1, 0},
         .y_bits = bits,
         .y_bytes = 1,
         .y_width = 8}};
    stint_samples s;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        assert_int_equal(stint_samples_bits(&cases[k], 2, &s), STINT_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_copied),        cmocka_unit_test(several_arrays),
        cmocka_unit_test(rows_that_cannot_be),    cmocka_unit_test(windows_are_the_rows_before),
        cmocka_unit_test(windows_that_cannot_be), cmocka_unit_test(bits_become_numbers),
        cmocka_unit_test(bits_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
