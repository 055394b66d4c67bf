/* Runs of a gather or a scatter: where the output, the values and the index stand along the last
 * axis of their merged space. */
#ifndef DEVICE_INDEXED_H
#define DEVICE_INDEXED_H

#include "device/walk.h"

typedef struct indexed_run {
    char *out;
    const char *x, *index;
    int64_t n, out_stride, x_stride, index_stride; /* index_stride 0: one index for all */
} indexed_run;

enum { INDEXED_OUT, INDEXED_X, INDEXED_INDEX };

typedef struct indexed {
    walk walk;
    char *out;
    const char *x, *index;
    int64_t bytes, index_bytes;
} indexed;

/* Views over the space; `t` zero. */
static inline void indexed_start(indexed *t, const element_space *s, const step_view *out,
                                 const step_view *x, const step_view *index, char *const *memory)
{
    t->walk.space = *s;
    t->out = view_at(out, memory).at;
    t->x = view_at(x, memory).at;
    t->index = view_at(index, memory).at;
    t->bytes = dtype_size(out->dtype);
    t->index_bytes = dtype_size(index->dtype);
    walk_add(&t->walk, out->stride);
    walk_add(&t->walk, x->stride);
    walk_add(&t->walk, index->stride);
    walk_start(&t->walk);
}

/* The next run, of `most` elements at most, which is then behind. */
static inline indexed_run indexed_next(indexed *t, int64_t most)
{
    const walk *w = &t->walk;
    indexed_run r = {
        .out = t->out + w->offset[INDEXED_OUT] * t->bytes,
        .x = t->x + w->offset[INDEXED_X] * t->bytes,
        .index = t->index + w->offset[INDEXED_INDEX] * t->index_bytes,
        .n = walk_run(w, most),
        .out_stride = walk_stride(w, INDEXED_OUT),
        .x_stride = walk_stride(w, INDEXED_X),
        .index_stride = walk_stride(w, INDEXED_INDEX),
    };
    walk_on(&t->walk, r.n);
    return r;
}

static inline int64_t index_at(uint8_t dtype, const char *at, int64_t i)
{
    return dtype == STINT_I32 ? ((const int32_t *)at)[i] : ((const int64_t *)at)[i];
}

#endif
