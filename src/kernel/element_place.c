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
