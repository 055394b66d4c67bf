/* Operations: the table that says of each what it takes, what comes out, what it costs and how
 * gradients pass through it.  Adding one is a row in ops.def, its rules, and a row of the case
 * table in the tests. */
#ifndef GRAPH_OP_H
#define GRAPH_OP_H

#include "kernel/element.h"
#include "kernel/rows.h"
#include "kernel/sequence.h"

typedef struct node node;
typedef struct graph graph;

/* How an operation is executed; a row of lowering each (lower.c). */
typedef enum op_kind {
    OP_KIND_LEAF,    /* has a value, or is one number everywhere */
    OP_KIND_ELEMENT, /* one instruction of element.h: inputs of the output's shape */
    OP_KIND_VIEW,    /* other strides over the input's memory */
    OP_KIND_REDUCE,
    OP_KIND_ROW, /* rows.h, along the last axis */
    OP_KIND_MATMUL,
    OP_KIND_CONVOLVE, /* sums over windows, as products of matrices */
    OP_KIND_CONVOLVE_WEIGHT,
    OP_KIND_FOLD, /* windows added up */
    OP_KIND_POOL, /* which element of a window is the greatest */
    OP_KIND_PICK, /* elements of each row, by an index of its own, and back */
    OP_KIND_JOIN, /* pieces written into parts of the output */
    OP_KIND_GATHER,
    OP_KIND_SCATTER,
    OP_KIND_RANDOM,
    OP_KIND_SEQUENCE, /* a recurrent net over time, and back */
    OP_KIND_SEQUENCE_BACK,
} op_kind;

/* name, text, kind, instruction of that kind, inputs (-1 = any number), shape rule, flops rule,
 * gradient rule */
typedef enum op_code {
#define OP(name, ...) OP_##name,
#include "graph/ops.def"
#undef OP
    OPS
} op_code;

/* What an operation is told beside its inputs; those it does not use are zero. */
typedef struct op_attributes {
    double value;  /* a constant's; a row's eps; a pad's */
    int64_t at[8]; /* slice: begin, end, step; pad: before, after; scatter, put: size;
                               random: 1 = normal; window: size, step, dilation; fold: size of the
                               axis, step, dilation; convolutions and pools: a window_plan */
    int axis;      /* slice, pad, concat, gather, scatter, window, fold; never negative */
    uint32_t axes; /* reduce: bit i = axis i goes; they stay, of size 1, where keep */
    bool keep;
    uint8_t order[STINT_AXES]; /* permute */
    int rank;                  /* of the output of reshape, broadcast, full … */
    int64_t shape[STINT_AXES];
    stint_dtype dtype; /* of the output of cast, full, random */
} op_attributes;

typedef struct op_class {
    const char *text;
    op_kind kind;
    int code; /* element_op, row_op, sequence_cell, or the element_op that a reduction combines
                 with */
    int inputs;
    /* Set n->dtype, axes, shape from its inputs and attributes; false after graph_fail.  Inputs
     * of element-wise operations have the same shape already: builders broadcast. */
    bool (*shape)(node *n);
    double (*flops)(const node *n);
    /* Gradients of the inputs from the gradient g of n, which has n's shape and dtype, as new
     * nodes: out[i] stays NULL where there is none.  NULL = the operation has no gradient. */
    void (*gradient)(node *n, node *g, node **out);
} op_class;

extern const op_class op_table[OPS];

#endif
