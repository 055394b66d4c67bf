/* The same values in other layouts: what an operation gives must not depend on where its inputs
 * lie. */
#ifndef UNIT_GRAPH_LAYOUTS_H
#define UNIT_GRAPH_LAYOUTS_H

#include "unit/graph/op_cases.h"

typedef enum layout {
    LAYOUT_ROWS,     /* row-major */
    LAYOUT_SLICED,   /* every second element of a longer last axis */
    LAYOUT_PERMUTED, /* the axes lie in reverse order */
    LAYOUT_OFFSET,   /* from the second element of a longer first axis */
    LAYOUT_WRAPPED,  /* the caller's memory, rows apart */
    LAYOUT_REPEATED, /* the first along axis 0, repeated by stride 0; row-major in LAYOUT_COPIED */
    LAYOUT_COPIED,
    LAYOUTS
} layout;

extern const char *const layout_names[LAYOUTS];

/* Whether a tensor of so many axes can lie so. */
bool layout_fits(layout how, int axes);

/* Values [count] as a tensor.  LAYOUT_WRAPPED lies in `room`, which outlives it. */
enum { LAYOUT_ROOM = 8 * OP_MOST_ELEMENTS * 8 };
stint_tensor *layout_tensor(stint_context *ctx, layout how, stint_dtype d, const op_input *in,
                            const double *x, void *room);

#endif
