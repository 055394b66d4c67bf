#include "data/bits.h"
#include "data/samples_impl.h"

/* Rows of packed bits as numbers, behind dense columns where there are some.  A sample stays packed
 * until it is in a batch: 32 times less is read than of the same matrix as f32. */

/* Places in part[] and size[].  Y is rows of an array, or packed labels where N_Y_WIDTH > 0. */
enum { PART_BITS, PART_DENSE, PART_Y, PART_ROW };
enum { N_BYTES, N_WIDTH, N_DENSE, N_DENSE_STRIDE, N_Y_WIDTH, N_Y_BYTES, N_Y_STRIDE };

/* out [dense columns + width] */
static void fill_x(const stint_samples *s, int64_t row, float *out)
{
    const float *dense = s->part[PART_DENSE];
    const uint8_t *bits = s->part[PART_BITS];
    int64_t columns = s->size[N_DENSE];
    if (columns > 0)
        memcpy(out, dense + row * s->size[N_DENSE_STRIDE], (size_t)columns * sizeof *out);
    if (s->size[N_WIDTH] > 0)
        bits_unpack_f32(bits + row * s->size[N_BYTES], 0, 1, s->size[N_WIDTH], out + columns, 0);
}

static void fill_y(const stint_samples *s, int64_t row, int64_t i, void *out)
{
    const char *y = (const char *)s->part[PART_Y] + row * s->size[N_Y_STRIDE];
    int64_t width = s->size[N_Y_WIDTH];
    if (width > 0)
        bits_unpack_f32((const uint8_t *)y, 0, 1, width, (float *)out + i * width, 0);
    else
        memcpy((char *)out + i * s->size[N_Y_BYTES], y, (size_t)s->size[N_Y_BYTES]);
}

static void expect(const stint_samples *s, int64_t row)
{
    if (s->size[N_WIDTH] > 0)
        samples_expect((const char *)s->part[PART_BITS] + row * s->size[N_BYTES],
                       (size_t)s->size[N_BYTES]);
    if (s->part[PART_Y])
        __builtin_prefetch((const char *)s->part[PART_Y] + row * s->size[N_Y_STRIDE], 0, 0);
}

static void fill_bits(const stint_samples *s, const int64_t *index, int64_t n, void *const *out)
{
    const int64_t *rows = s->part[PART_ROW];
    int64_t columns = s->size[N_DENSE] + s->size[N_WIDTH];
    for (int64_t i = 0; i < n; i++) {
        int64_t row = rows ? rows[index[i]] : index[i];
        if (i + SAMPLES_AHEAD < n)
            expect(s, rows ? rows[index[i + SAMPLES_AHEAD]] : index[i + SAMPLES_AHEAD]);
        fill_x(s, row, (float *)out[0] + i * columns);
        if (s->part[PART_Y])
            fill_y(s, row, i, out[1]);
    }
}

/* --- what is asked for ----------------------------------------------------------------------- */

static bool packed_fit(const uint8_t *at, int64_t bytes, int64_t width)
{
    return width >= 0 && (width == 0 || (at && bytes >= width / 8 + (width % 8 > 0)));
}

static bool take_x(const stint_bit_rows *r, stint_samples *out)
{
    byte_rows dense = {NULL, 0, 0};
    stint_sample_array unused;
    int64_t columns = r->dense.at ? r->dense.width : 0, width;
    if (!packed_fit(r->at, r->bytes, r->width) || columns < 0 ||
        (columns > 0 &&
         (r->dense.dtype != STINT_F32 || !samples_row_array(&r->dense, &dense, &unused))) ||
        __builtin_add_overflow(columns, r->width, &width) || width == 0)
        return false;
    out->array[0] = (stint_sample_array){STINT_F32, 1, {width}};
    out->part[PART_BITS] = r->at;
    out->part[PART_DENSE] = dense.at;
    out->size[N_BYTES] = r->bytes;
    out->size[N_WIDTH] = r->width;
    out->size[N_DENSE] = columns;
    out->size[N_DENSE_STRIDE] = (int64_t)(dense.stride / sizeof(float));
    return true;
}

static bool take_y(const stint_bit_rows *r, stint_samples *out)
{
    byte_rows y = {(const char *)r->y_bits, 0, (size_t)r->y_bytes};
    if (r->y.at && r->y_bits)
        return false;
    if (r->y_bits) {
        if (r->y_width < 1 || !packed_fit(r->y_bits, r->y_bytes, r->y_width))
            return false;
        out->array[1] = (stint_sample_array){STINT_F32, 1, {r->y_width}};
        out->size[N_Y_WIDTH] = r->y_width;
    } else if (r->y.at && !samples_row_array(&r->y, &y, &out->array[1])) {
        return false;
    }
    out->arrays = y.at ? 2 : 1;
    out->part[PART_Y] = y.at;
    out->size[N_Y_BYTES] = (int64_t)y.bytes;
    out->size[N_Y_STRIDE] = (int64_t)y.stride;
    return true;
}

stint_status stint_samples_bits(const stint_bit_rows *r, int64_t n, stint_samples *out)
{
    *out = (stint_samples){.n = n, .fill = fill_bits};
    out->part[PART_ROW] = r->row;
    return n >= 0 && take_x(r, out) && take_y(r, out) ? STINT_OK : STINT_EUSAGE;
}
