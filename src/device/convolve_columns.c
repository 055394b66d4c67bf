#include "device/convolve.h"

#include "device/views.h"
#include "kernel/gemm_class.h"

#include <assert.h>
#include <string.h>

/* Columns are made in two goes.  The part of the source that a block's windows see is laid out
 * with its surroundings: zeros around it and between its elements.  Then every row of columns is
 * copied from there without a condition, in whole lines: what is written too far is written over
 * by what comes next. */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t parts(int64_t n, int64_t size)
{
    return (n + size - 1) / size;
}

/* Source elements along an axis under `windows` of them. */
static int64_t extent(const convolve_windows *w, int axis, int64_t windows)
{
    int64_t step = w->step[axis] < 0 ? -w->step[axis] : w->step[axis];
    return (windows - 1) * w->stride[axis] + step * (w->kernel[axis] - 1) + 1;
}

static int64_t plane_bytes(const convolve_windows *w, int64_t bytes)
{
    return extent(w, 0, w->block_rows) * extent(w, 1, w->block_cols) * bytes;
}

bool convolve_has_room(const int64_t kernel[2], const int64_t dilation[2])
{
    int64_t span[2], elements;
    for (int i = 0; i < 2; i++)
        if (__builtin_mul_overflow(kernel[i] - 1, dilation[i], &span[i]))
            return false;
    return span[0] < CONVOLVE_PLANE_BYTES && span[1] < CONVOLVE_PLANE_BYTES &&
           !__builtin_mul_overflow(span[0] + 1, span[1] + 1, &elements) &&
           elements <= CONVOLVE_PLANE_BYTES / 8;
}

void convolve_windows_cut(convolve_windows *w, int64_t bytes)
{
    int64_t window = w->kernel[0] * w->kernel[1];
    w->path = gemm_class_best();
    w->block_rows = w->block_cols = w->depth = 1;
    if (w->rows == 0 || w->cols == 0 || window == 0)
        return;
    if (w->cols > CONVOLVE_WINDOWS)
        w->block_cols = parts(parts(w->cols, parts(w->cols, CONVOLVE_WINDOWS)), 32) * 32;
    else {
        w->block_cols = w->cols;
        w->block_rows = parts(w->rows, parts(w->rows, CONVOLVE_WINDOWS / w->cols));
    }
    while (plane_bytes(w, bytes) > CONVOLVE_PLANE_BYTES && w->block_rows > 1)
        w->block_rows = parts(w->block_rows, 2);
    while (plane_bytes(w, bytes) > CONVOLVE_PLANE_BYTES && w->block_cols > 1)
        w->block_cols = parts(w->block_cols, 2);
    assert(plane_bytes(w, bytes) <= CONVOLVE_PLANE_BYTES);
    w->depth = CONVOLVE_DEPTH;
    if (window > CONVOLVE_DEPTH || w->channels == 0)
        return;
    int64_t most = least(CONVOLVE_DEPTH / window, 2 * CONVOLVE_PLANE_BYTES / plane_bytes(w, bytes));
    w->depth = window * parts(w->channels, parts(w->channels, most)); /* evenly */
}

int64_t convolve_blocks(const convolve_windows *w)
{
    return parts(w->rows, w->block_rows) * parts(w->cols, w->block_cols);
}

convolve_block convolve_block_at(const convolve_windows *w, int64_t number)
{
    int64_t across = parts(w->cols, w->block_cols);
    convolve_block b = {.row = number / across * w->block_rows,
                        .col = number % across * w->block_cols};
    b.rows = least(w->block_rows, w->rows - b.row);
    b.cols = least(w->block_cols, w->cols - b.col);
    return b;
}

/* The laid-out part of the source: its first place by row and column, and its sizes. */
typedef struct stage {
    int64_t first[2], size[2];
    char *at;
} stage;

static stage stage_of(const convolve_windows *w, const convolve_block *b, void *at)
{
    const int64_t windows[2] = {b->rows, b->cols}, begin[2] = {b->row, b->col};
    stage s = {.at = at};
    for (int i = 0; i < 2; i++) {
        int64_t back = w->step[i] < 0 ? w->step[i] * (w->kernel[i] - 1) : 0;
        s.first[i] = begin[i] * w->stride[i] + w->origin[i] + back;
        s.size[i] = extent(w, i, windows[i]);
    }
    return s;
}

/* Places first … first + size - 1 along a row of the source of n elements */
#define LAY(name, type)                                                                            \
    static void lay_##name(const char *source, int64_t stride, int64_t n, int64_t spread,          \
                           int64_t first, int64_t size, char *out)                                 \
    {                                                                                              \
        const type *x = (const type *)(const void *)source;                                        \
        type *o = (type *)(void *)out;                                                             \
        int64_t begin = first > 0 ? parts(first, spread) : 0;                                      \
        int64_t end = first + size > 0 ? least(n, parts(first + size, spread)) : 0;                \
        if (spread > 1 || begin >= end) {                                                          \
            memset(o, 0, (size_t)size * sizeof *o);                                                \
            for (int64_t i = begin; i < end; i++)                                                  \
                o[i * spread - first] = x[i * stride];                                             \
            return;                                                                                \
        }                                                                                          \
        int64_t before = begin - first, count = end - begin;                                       \
        for (int64_t i = 0; i < before; i++)                                                       \
            o[i] = 0;                                                                              \
        if (stride == 1)                                                                           \
            memcpy(o + before, x + begin, (size_t)count * sizeof *o);                              \
        else                                                                                       \
            for (int64_t i = 0; i < count; i++)                                                    \
                o[before + i] = x[(begin + i) * stride];                                           \
        for (int64_t i = before + count; i < size; i++)                                            \
            o[i] = 0;                                                                              \
    }                                                                                              \
    static void pick_##name(const char *source, int64_t stride, int64_t n, char *out)              \
    {                                                                                              \
        const type *x = (const type *)(const void *)source;                                        \
        type *o = (type *)(void *)out;                                                             \
        for (int64_t i = 0; i < n; i++)                                                            \
            o[i] = x[i * stride];                                                                  \
    }
LAY(4, uint32_t)
LAY(8, uint64_t)
#undef LAY

static void lay_out(const convolve_windows *w, const convolve_block *b, const stage *s,
                    const char *source, int64_t bytes)
{
    int64_t window = w->kernel[0] * w->kernel[1], row_bytes = s->size[1] * bytes;
    int64_t from = b->begin / window, to = (b->end - 1) / window;
    char *out = s->at;
    for (int64_t c = from; c <= to; c++)
        for (int64_t i = 0; i < s->size[0]; i++, out += row_bytes) {
            int64_t place = s->first[0] + i, y = place / w->spread[0];
            if (place < 0 || place % w->spread[0] != 0 || y >= w->height) {
                memset(out, 0, (size_t)row_bytes);
                continue;
            }
            const char *row = source + (c * w->x.stride[1] + y * w->x.stride[2]) * bytes;
            (bytes == 4 ? lay_4 : lay_8)(row, w->x.stride[3], w->width, w->spread[1], s->first[1],
                                         s->size[1], out);
        }
}

/* `from`: where the element lies of the block's first window */
static void copy_rows(const convolve_windows *w, const convolve_block *b, const char *from,
                      int64_t from_row, int64_t bytes, char *to)
{
    int64_t row_bytes = b->cols * bytes;
    if (w->stride[1] != 1) {
        for (int64_t r = 0; r < b->rows; r++, from += from_row, to += row_bytes)
            (bytes == 4 ? pick_4 : pick_8)(from, w->stride[1], b->cols, to);
        return;
    }
    gemm_table[w->path]->line_up(from, from_row, b->rows, row_bytes, to);
}

int64_t convolve_most_laid(const convolve_windows *w, int64_t bytes)
{
    int64_t window = w->kernel[0] * w->kernel[1];
    int64_t most = 2 * CONVOLVE_PLANE_BYTES / plane_bytes(w, bytes);
    most = least(most, (int64_t)(CONVOLVE_COLUMNS_BYTES / sizeof(int32_t)) / window);
    return most > 0 ? window * parts(w->channels, parts(w->channels, most)) : 0;
}

/* Where elements of a block's first window are laid out, from the stage's beginning on, one after
 * another. */
typedef struct element_walk {
    const convolve_windows *w;
    const stage *s;
    int64_t channel, i, j; /* the channel from the first one that is laid out on */
} element_walk;

static element_walk walk_from(const convolve_windows *w, const stage *s, int64_t element)
{
    int64_t in = element % (w->kernel[0] * w->kernel[1]);
    return (element_walk){w, s, 0, in / w->kernel[1], in % w->kernel[1]};
}

static int64_t walk_on(element_walk *e)
{
    const convolve_windows *w = e->w;
    int64_t back[2];
    for (int i = 0; i < 2; i++)
        back[i] = w->step[i] < 0 ? w->step[i] * (w->kernel[i] - 1) : 0;
    int64_t row = e->channel * e->s->size[0] + e->i * w->step[0] - back[0];
    int64_t at = row * e->s->size[1] + e->j * w->step[1] - back[1];
    if (++e->j == w->kernel[1])
        e->j = 0, e->i++;
    if (e->i == w->kernel[0])
        e->i = 0, e->channel++;
    return at;
}

int64_t convolve_lay_out(const convolve_windows *w, const convolve_block *b, const char *source,
                         int64_t bytes, void *scratch, int32_t *places)
{
    stage s = stage_of(w, b, scratch);
    element_walk e = walk_from(w, &s, b->begin);
    lay_out(w, b, &s, source, bytes);
    for (int64_t k = b->begin; k < b->end; k++)
        places[k - b->begin] = (int32_t)walk_on(&e);
    return w->stride[0] * s.size[1];
}

void convolve_columns(const convolve_windows *w, const convolve_block *b, const char *source,
                      int64_t bytes, int64_t pitch, void *scratch, void *columns)
{
    stage s = stage_of(w, b, scratch);
    int64_t count = b->rows * b->cols, from_row = w->stride[0] * s.size[1] * bytes;
    element_walk e = walk_from(w, &s, b->begin);
    lay_out(w, b, &s, source, bytes);
    char *out = columns;
    for (int64_t k = b->begin; k < b->end; k++, out += pitch * bytes) {
        copy_rows(w, b, s.at + walk_on(&e) * bytes, from_row, bytes, out);
        if (pitch > count)
            memset(out + count * bytes, 0, (size_t)((pitch - count) * bytes));
    }
}
