#include "kernel/element_place.h"

#define X(bytes, type)                                                                             \
    static void gather_##bytes(int64_t n, void *restrict out, const void *restrict in,             \
                               int64_t stride)                                                     \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++)                                                            \
            ((type *)out)[i] = ((const type *)in)[i * stride];                                     \
    }                                                                                              \
    static void scatter_##bytes(int64_t n, void *restrict out, int64_t stride,                     \
                                const void *restrict in)                                           \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++)                                                            \
            ((type *)out)[i * stride] = ((const type *)in)[i];                                     \
    }
#define PLACE_SIZES(X) X(1, uint8_t) X(2, uint16_t) X(4, uint32_t) X(8, uint64_t)
PLACE_SIZES(X)
#undef X

static void (*const gather[])(int64_t, void *restrict, const void *restrict, int64_t) = {
#define X(bytes, type) [bytes] = gather_##bytes,
    PLACE_SIZES(X)
#undef X
};

static void (*const scatter[])(int64_t, void *restrict, int64_t, const void *restrict) = {
#define X(bytes, type) [bytes] = scatter_##bytes,
    PLACE_SIZES(X)
#undef X
};

void place_gather(size_t bytes, int64_t n, void *out, const void *in, int64_t stride)
{
    if (stride == 1)
        memcpy(out, in, (size_t)n * bytes);
    else
        gather[bytes](n, out, in, stride);
}

void place_scatter(size_t bytes, int64_t n, void *out, int64_t stride, const void *in)
{
    if (stride == 1)
        memcpy(out, in, (size_t)n * bytes);
    else
        scatter[bytes](n, out, stride, in);
}

/* Lines of a few values of 4 bytes as vectors, which run over into the next lines before those are made.
 * How many lines can be made so; the last ones would run over the ends. */
typedef uint32_t vector __attribute__((vector_size(64), aligned(4), may_alias));
enum { VECTOR = 16 };

static int64_t lines_by_vector(int64_t lines, int64_t width, char *out, const char *in,
                               int64_t step, int64_t stride)
{
    int64_t end = lines * width, in_end = (lines - 1) * step + width, r = 0;
    if (stride == 0)
        for (uint32_t one; r * width + VECTOR <= end; r++) {
            memcpy(&one, in + r * step * 4, 4);
            *(vector *)(out + r * width * 4) = one - (vector){0};
        }
    else if (step > 0)
        for (; r * width + VECTOR <= end && r * step + VECTOR <= in_end; r++)
            *(vector *)(out + r * width * 4) = *(const vector *)(in + r * step * 4);
    return r;
}

/* The first line, then all that is there once more and more. */
static void repeat_line(size_t bytes, int64_t lines, int64_t width, char *out, const char *in,
                        int64_t stride)
{
    size_t have = (size_t)width * bytes, all = (size_t)lines * have;
    place_gather(bytes, width, out, in, stride);
    for (; have < all; have *= 2)
        memcpy(out + have, out, all - have < have ? all - have : have);
}

void place_gather_lines(size_t bytes, int64_t lines, int64_t width, void *out, const void *in,
                        int64_t step, int64_t stride)
{
    int64_t r = 0;
    if (step == 0) {
        repeat_line(bytes, lines, width, out, in, stride);
        return;
    }
    if (bytes == 4 && width <= VECTOR && (stride == 0 || stride == 1))
        r = lines_by_vector(lines, width, out, in, step, stride);
    for (; r < lines; r++)
        place_gather(bytes, width, (char *)out + r * width * (int64_t)bytes,
                     (const char *)in + r * step * (int64_t)bytes, stride);
}

void place_scatter_lines(size_t bytes, int64_t lines, int64_t width, void *out, int64_t step,
                         int64_t stride, const void *in)
{
    for (int64_t r = 0; r < lines; r++)
        place_scatter(bytes, width, (char *)out + r * step * (int64_t)bytes, stride,
                      (const char *)in + r * width * (int64_t)bytes);
}
