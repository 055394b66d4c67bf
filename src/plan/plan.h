/* Plans: what is executed, as steps over buffers whose lives are known, and the planner that
 * packs those buffers into one slab.
 *
 *     buffers   external (memory that the caller binds) or slab (from their first to their last
 *               step; a place in the slab)
 *     steps     a class that knows how to run, its arguments, the buffers it reads and writes
 *
 * A plan knows no tensor, no context but its own memory, and no thread.  Build: buffers and
 * steps in order of execution, then plan_finish, after which it is not changed.
 *
 * Invariants after plan_finish: two slab buffers overlap only if their lives do not, or if one
 * took over the other's memory in place at the step where that one ends; slab_bytes is the end
 * of the highest buffer. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

/* How a step is run.  A step is a sequence of phases, each a number of items that may run in
 * any order and on any thread; a phase starts when the one before is done.  What an item
 * computes depends on its number alone. */
typedef struct step_class {
    const char *name;
    int (*phases)(const void *args); /* NULL = 1 */
    int64_t (*items)(const void *args, int phase);
    /* memory[b]: where buffer b lies; scratch: this thread's own, PLAN_SCRATCH_BYTES */
    void (*run)(const void *args, int phase, int64_t item, char *const *memory, void *scratch);
    void (*describe)(const void *args,
                     str *out); /* "[64,256] = [64,784] x [784,256]"; may be NULL */
} step_class;

#define PLAN_SCRATCH_BYTES (4 << 20)

enum { PLAN_ALIGN = 64 };

typedef struct plan_buffer {
    int64_t bytes;
    const char *name; /* for people; may be NULL */
    bool external;
    int32_t first, last; /* steps; -1 = none */
    int32_t in_place_of; /* the buffer whose memory it took over, -1 = none */
    int64_t offset;      /* in the slab, a multiple of PLAN_ALIGN */
} plan_buffer;

typedef struct plan_use {
    int32_t buffer;
    bool write;
    /* of a write: this other buffer, which the step reads, may be the same memory (its element
     * i is read before element i is written, by the same item); -1 = none may */
    int32_t may_replace;
} plan_use;

typedef struct plan_step {
    const step_class *class;
    const void *args;
    const plan_use *use;
    int32_t uses;
    double flops, bytes; /* the work: what it computes, what it moves */
} plan_step;

typedef struct plan {
    arena arena; /* args and uses */
    VEC(plan_buffer) buffers;
    VEC(plan_step) steps;
    int64_t slab_bytes;
    int64_t unshared_bytes; /* of all slab buffers side by side */
} plan;

plan *plan_new(ctx *c);
void plan_free(plan *p); /* takes NULL */

/* A buffer's number, or -1 when memory is short (the context has the message). */
int32_t plan_buffer_add(plan *p, int64_t bytes, bool external, const char *name);

/* Args live in the plan's arena; uses are copied. */
stint_status plan_step_add(plan *p, const step_class *class, const void *args, const plan_use *use,
                           int uses, double flops, double bytes);

/* Lives, takings-over and places.  Linear in steps and uses but for the search of a place,
 * which is logarithmic in practice. */
stint_status plan_finish(plan *p);

/* One line a step, then one a buffer. */
void plan_list(const plan *p, str *out);
void plan_dot(const plan *p, str *out);

#endif
