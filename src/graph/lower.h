/* Groups into the steps of a plan. */
#ifndef GRAPH_LOWER_H
#define GRAPH_LOWER_H

#include "device/steps.h"
#include "graph/ir.h"

/* Where a value outside the plan is bound to a buffer: a leaf's, or an output's, by its place in
 * the list of ir_build, which is the same for every graph of the same structure. */
typedef struct binding {
    int32_t buffer, node;
    bool output;
} binding;

typedef struct lowering {
    ir *r;
    plan *p;
    int32_t *buffer; /* [nodes] -1 = none */
    int32_t *bottom; /* [nodes] in whose memory a chain of in-place nodes works */
    VEC(binding) bindings;
    double flops;
} lowering;

/* All groups in their order; p is finished.  `bindings` stay the caller's to free. */
stint_status lower(lowering *l);

/* ---- shared by the files of lowering */

/* Which member axes lie where in the space of a step: axis i of the space is axis[i] of the
 * member's shape. */
typedef struct axis_map {
    int axes;
    int axis[STINT_AXES];
} axis_map;

typedef struct program_request {
    int32_t group;
    bool before;    /* the members before the reduction, else the others */
    int32_t given;  /* a node whose value is input 0, -1 = none */
    int32_t result; /* a node whose value is the one output, not stored; -1 = those in memory */
    const axis_map *map;
} program_request;

stint_status lower_program(lowering *l, const program_request *q, step_program *out);

void identity_map(axis_map *m, int axes);
step_view view_of(const lowering *l, const node *view, int32_t buffer, const axis_map *m);

/* Uses of a step, gathered by name. */
enum { USES_MOST = 80 };
typedef struct use_list {
    plan_use at[USES_MOST];
    int n;
    double bytes;
} use_list;
void use_read(const lowering *l, use_list *u, int32_t buffer);
void use_write(const lowering *l, use_list *u, int32_t buffer);
/* Inputs and outputs of a program; first input skipped when it is given. */
void use_program(const lowering *l, use_list *u, const step_program *s, bool given, bool stores);
/* Outputs of a program over `count` elements may take the place of inputs read in just the same
 * way, and in no other by this step. */
void use_in_place(const lowering *l, use_list *u, const step_program *s, bool given,
                  const element_space *space);
stint_status add_step(lowering *l, const step_class *class, const void *args, const use_list *u,
                      double flops);

stint_status lower_heavy(lowering *l, int32_t group);
stint_status lower_elements(lowering *l, int32_t group);
/* space ← from, out of (into) a part of the destination: pieces of joins, and dense copies */
stint_status lower_copy(lowering *l, const element_space *space, const step_view *from,
                        const step_view *to);
stint_status lower_fill(lowering *l, const element_space *space, double value, const step_view *to);

#endif
