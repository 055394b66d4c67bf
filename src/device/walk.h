/* Walking a space run by run: how far along the last axis, and where each operand stands. */
#ifndef DEVICE_WALK_H
#define DEVICE_WALK_H

#include "device/views.h"

#include <string.h>

enum { WALK_MOST = 4 };

typedef struct walk {
    element_space space;
    int operands;
    int64_t stride[WALK_MOST][STINT_AXES];
    int64_t place[STINT_AXES], offset[WALK_MOST]; /* in elements */
} walk;

static inline void walk_add(walk *w, const int64_t *stride)
{
    memcpy(w->stride[w->operands++], stride, sizeof w->stride[0]);
}

/* Merged, at the first element, with one axis at least. */
static inline void walk_start(walk *w)
{
    element_merge(&w->space, w->operands, w->stride);
    if (w->space.axes == 0) {
        w->space.axes = 1;
        w->space.size[0] = 1;
        for (int o = 0; o < w->operands; o++)
            w->stride[o][0] = 0;
    }
    memset(w->place, 0, sizeof w->place);
    memset(w->offset, 0, sizeof w->offset);
}

/* To the element of that number, counted row-major. */
static inline void walk_seek(walk *w, int64_t element)
{
    memset(w->offset, 0, sizeof w->offset);
    for (int k = w->space.axes - 1; k >= 0; k--) {
        int64_t size = w->space.size[k];
        w->place[k] = k > 0 ? element % size : element;
        element /= size;
        for (int o = 0; o < w->operands; o++)
            w->offset[o] += w->place[k] * w->stride[o][k];
    }
}

/* Elements to the end of the run, `most` at most. */
static inline int64_t walk_run(const walk *w, int64_t most)
{
    int last = w->space.axes - 1;
    int64_t left = w->space.size[last] - w->place[last];
    return left < most ? left : most;
}

static inline int64_t walk_stride(const walk *w, int operand)
{
    return w->stride[operand][w->space.axes - 1];
}

/* n ≤ walk_run */
static inline void walk_on(walk *w, int64_t n)
{
    for (int k = w->space.axes - 1; k >= 0; k--, n = 1) {
        w->place[k] += n;
        for (int o = 0; o < w->operands; o++)
            w->offset[o] += n * w->stride[o][k];
        if (w->place[k] < w->space.size[k] || k == 0)
            return;
        for (int o = 0; o < w->operands; o++)
            w->offset[o] -= w->place[k] * w->stride[o][k];
        w->place[k] = 0;
    }
}

#endif
