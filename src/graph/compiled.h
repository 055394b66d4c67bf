/* Compiled graphs: a plan, and which values from outside it reads and writes.
 *
 * A compiled graph names values by their place in the list of ir_build, so that it serves every
 * graph of the same structure: the context keeps the latest by their hash. */
#ifndef GRAPH_COMPILED_H
#define GRAPH_COMPILED_H

#include "graph/graph_impl.h"
#include "graph/lower.h"

struct compiled {
    compiled *older; /* in the cache */
    int32_t site;    /* profile.h */
    hash128 key;
    plan *plan;
    VEC(binding) bindings;
    int64_t nodes;
    double flops;
    recompute recompute; /* what came of it */
};

/* All passes over a list that is built.  NULL after a failure. */
typedef struct compile_options {
    recompute recompute;
    stint_dtype storage; /* of activations */
} compile_options;
stint_status compile_begin(ir *r, const compile_options *o); /* the passes before recompute */
compiled *compile(ir *r, const compile_options *o);
void compiled_free(compiled *c); /* takes NULL */

/* From the cache, or compiled and put there, where it stays for a while. */
compiled *compiled_find(ir *r);

/* Where the buffers lie: memory [buffers], slab buffers at their offsets, others NULL. */
char **compiled_memory(const compiled *c, ctx *ctx, char *slab);

#endif
