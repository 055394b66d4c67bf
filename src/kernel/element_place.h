/* Elements of 1, 2, 4 or 8 bytes from place to place, whatever they mean. */
#ifndef KERNEL_ELEMENT_PLACE_H
#define KERNEL_ELEMENT_PLACE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* n times the value at `one`, of 4 or 8 bytes; n is a multiple of 16, out 64-byte aligned. */
static inline void place_fill(size_t bytes, int64_t n, void *out, const void *one)
{
    typedef uint64_t line __attribute__((vector_size(64), may_alias));
    uint32_t four;
    uint64_t eight;
    memcpy(&four, one, 4);
    if (bytes == 4)
        eight = four | (uint64_t)four << 32;
    else
        memcpy(&eight, one, 8);
    line all = eight - (line){0};
    for (int64_t i = 0; i < n * (int64_t)bytes / 64; i++)
        ((line *)out)[i] = all;
}

/* n elements at a stride next to each other, and back; strides in elements, n ≥ 1. */
void place_gather(size_t bytes, int64_t n, void *out, const void *in, int64_t stride);
void place_scatter(size_t bytes, int64_t n, void *out, int64_t stride, const void *in);

/* Lines of `width` elements, a step apart, next to one another, and back. */
void place_gather_lines(size_t bytes, int64_t lines, int64_t width, void *out, const void *in,
                        int64_t step, int64_t stride);
void place_scatter_lines(size_t bytes, int64_t lines, int64_t width, void *out, int64_t step,
                         int64_t stride, const void *in);

#endif
