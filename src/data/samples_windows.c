#include "data/samples_impl.h"

/* Windows over series.  What of a window its series has is one copy, as its rows are contiguous;
 * before that the series' first row is repeated. */

/* Places in part[] and size[]. */
enum { PART_X, PART_START, PART_ZERO, PART_ROW, PART_Y };
enum { N_WIDTH, N_LENGTH, N_Y_BYTES, N_Y_STRIDE };

typedef struct windows {
    const float *x;
    const int64_t *start, *row;
    const uint8_t *zero;
    int64_t width, length;
    byte_rows y;
} windows;

static windows windows_of(const stint_samples *s)
{
    return (windows){
        .x = s->part[PART_X],
        .start = s->part[PART_START],
        .row = s->part[PART_ROW],
        .zero = s->part[PART_ZERO],
        .width = s->size[N_WIDTH],
        .length = s->size[N_LENGTH],
        .y = {s->part[PART_Y], (size_t)s->size[N_Y_BYTES], (size_t)s->size[N_Y_STRIDE]}};
}

/* `count` times the row, 0 where `zero` says so */
static void pad(const windows *w, const float *row, int64_t count, float *out)
{
    for (int64_t j = 0; j < w->width; j++)
        out[j] = w->zero && w->zero[j] ? 0 : row[j];
    for (int64_t i = 1; i < count; i++)
        memcpy(out + i * w->width, out, (size_t)w->width * sizeof *out);
}

/* The window that ends at `row`, out [length, width] */
static void window(const windows *w, int64_t row, float *out)
{
    int64_t start = w->start ? w->start[row] : 0, had = row - start + 1;
    int64_t rows = had < w->length ? had : w->length, missing = w->length - rows;
    if (missing > 0)
        pad(w, w->x + start * w->width, missing, out);
    memcpy(out + missing * w->width, w->x + (row - rows + 1) * w->width,
           (size_t)(rows * w->width) * sizeof *out);
}

static void fill_windows(const stint_samples *s, const int64_t *index, int64_t n, void *const *out)
{
    windows w = windows_of(s);
    for (int64_t i = 0; i < n; i++) {
        int64_t row = w.row ? w.row[index[i]] : index[i];
        window(&w, row, (float *)out[0] + i * w.length * w.width);
        if (w.y.at)
            memcpy((char *)out[1] + (size_t)i * w.y.bytes, w.y.at + (size_t)row * w.y.stride,
                   w.y.bytes);
    }
}

static bool rows_are_there(const stint_windows *w, int64_t samples)
{
    for (int64_t i = 0; w->row && i < samples; i++)
        if (w->row[i] < 0 || w->row[i] >= w->n)
            return false;
    for (int64_t i = 0; w->start && i < w->n; i++)
        if (w->start[i] < 0 || w->start[i] > i)
            return false;
    return true;
}

stint_status stint_samples_windows(const stint_windows *w, stint_samples *out)
{
    int64_t samples = w->samples > 0 ? w->samples : w->n, values;
    byte_rows y = {NULL, 0, 0};
    *out = (stint_samples){.n = samples, .arrays = w->y.at ? 2 : 1, .fill = fill_windows};
    if (!w->x || w->n < 1 || w->width < 1 || w->length < 1 || w->samples < 0 ||
        (!w->row && samples > w->n) || __builtin_mul_overflow(w->width, w->length, &values))
        return STINT_EUSAGE;
    if (!rows_are_there(w, samples))
        return STINT_EUSAGE;
    if (w->y.at && !samples_row_array(&w->y, &y, &out->array[1]))
        return STINT_EUSAGE;
    out->array[0] = (stint_sample_array){STINT_F32, 2, {w->length, w->width}};
    out->part[PART_X] = w->x;
    out->part[PART_START] = w->start;
    out->part[PART_ZERO] = w->zero;
    out->part[PART_ROW] = w->row;
    out->part[PART_Y] = y.at;
    out->size[N_WIDTH] = w->width;
    out->size[N_LENGTH] = w->length;
    out->size[N_Y_BYTES] = (int64_t)y.bytes;
    out->size[N_Y_STRIDE] = (int64_t)y.stride;
    return STINT_OK;
}
