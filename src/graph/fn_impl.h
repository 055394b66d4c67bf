/* Inside a stint_fn: what the profiler sees as well. */
#ifndef GRAPH_FN_IMPL_H
#define GRAPH_FN_IMPL_H

#include "graph/compiled.h"
#include "graph/storage.h"
#include "stint/fn.h"

typedef struct fn_shape {
    uint8_t dtype, axes;
    int64_t size[STINT_AXES];
} fn_shape;

/* Memory that the slabs of several fns lie in by turns, as large as the largest: nothing in a slab
 * is needed between calls.  Its owner frees it, after the fns. */
typedef struct fn_slab {
    char *at;
    int64_t bytes;
} fn_slab;

typedef struct variant variant;
struct variant {
    variant *next;
    int32_t site;          /* profile.h */
    fn_shape *shapes;      /* [inputs] */
    int32_t *input_buffer; /* [inputs], -1 = not read */
    compiled *compiled;
    char *slab, **memory;   /* the slab is the fn's shared one, or the variant's own */
    VEC(storage *) held;    /* memory of leaves and outputs */
    VEC(storage *) written; /* of these, what the plan writes */
    stint_tensor **out;     /* [outputs] */
};

struct stint_fn {
    ctx *ctx;
    stint_fn *older, *newer; /* the graph's list */
    int32_t site;            /* profile.h */
    graph *graph;
    stint_fn_body *body;
    void *self;
    int inputs, outputs;
    variant *variants, *latest;
    stint_recompute recompute;
    int64_t recompute_value;
    stint_dtype storage; /* of activations; STINT_F32 is 0 */
    fn_slab *shared;     /* NULL = each variant has a slab of its own */
};

/* Before the first call or warm-up. */
void fn_share_slab(stint_fn *f, fn_slab *shared);

/* The slab that calls with inputs like these would have: traced and planned, not allocated, and
 * forgotten. */
stint_status fn_plan(stint_fn *f, stint_tensor *const *in, int64_t *slab_bytes);

/* fn_trace.c: the variant for inputs like these, `only_plan` without memory for calls; NULL after a
 * failure.  Its slab where it is the shared one: large enough for this variant, and the variant's;
 * others find out when they are called. */
variant *variant_trace(stint_fn *f, stint_tensor *const *in, bool only_plan);
void variant_free(const stint_fn *f, variant *v); /* takes NULL */
stint_status fn_take_slab(const stint_fn *f, variant *v);

extern const char fn_output[]; /* the owner of such handles */

#endif
