/* Cells of recurrent nets: what a step of time does with a row's gates, and back.
 *
 * A row of h units has, at every step, what the cell keeps for its gradient, one part of h behind
 * the other; the first four parts are what came out of its activations, the last is its output:
 *
 *     LSTM   i f g o c h     Hochreiter & Schmidhuber 1997; Gers et al. 2000
 *     GRU    r z n q h       Cho et al. 2014, q = the recurrent part of n before r
 *
 * Values are f32 or f64; every pointer is to contiguous values.  A unit's bits depend on its own
 * operands alone. */
#ifndef KERNEL_SEQUENCE_H
#define KERNEL_SEQUENCE_H

#include "kernel/element.h"

typedef enum sequence_cell { SEQUENCE_LSTM, SEQUENCE_GRU, SEQUENCE_CELLS } sequence_cell;

/* Parts of h of a row: gates that a product makes; what is kept, of which what goes on to the next
 * step begins at `state`; what a step back makes, of which `gates` from `through` on go through
 * the weights. */
typedef struct sequence_parts {
    int gates, kept, state, back, through;
} sequence_parts;
enum { SEQUENCE_ACTIVATIONS = 4 };
extern const sequence_parts sequence_parts_of[SEQUENCE_CELLS];

/* A step forward:
 *
 *     LSTM   i f o = sigmoid(product + gates), g = tanh(product + gates)
 *            c = f c' + i g, h = o tanh(c)
 *     GRU    r z = sigmoid(product + bias + gates), q = product + bias
 *            n = tanh(gates + r q), h = n + z (h' - n)
 *
 * product = h' W and gates, of the input, are [gates][h]; before, after: [kept][h] of the steps
 * before (with ') and after.  bias [3][h] is the GRU's. */
typedef struct sequence_step {
    int64_t h;
    const void *product, *gates, *bias, *before;
    void *after;
} sequence_step;

/* A step back.  The gradient of the output h of this step is
 *
 *     product + keep_h + of_h
 *
 * where product is what the step after passes back through W, and keep_h what it passes back
 * beside; the LSTM's c likewise: keep_c + of_c.  of_a [4][h], of_c, of_h [h] are the gradients of
 * what is kept, of this step, from outside; NULL = 0.  Makes the gradients of the activations'
 * arguments, `out`, and keep_h and keep_c for the step before:
 *
 *     LSTM   i f g o
 *     GRU    r z n   as of the gates, then r z q, as of the product */
typedef struct sequence_back {
    int64_t h;
    const void *kept, *before;
    const void *of_a, *of_c, *of_h, *product;
    void *keep_h, *keep_c, *out;
} sequence_back;

typedef struct sequence_class {
    const char *name;
    void (*step[SEQUENCE_CELLS])(const sequence_step *s);
    void (*back[SEQUENCE_CELLS])(const sequence_back *s);
} sequence_class;

extern const sequence_class sequence_ref_f32, sequence_ref_f64; /* the truth */
extern const sequence_class sequence_baseline, sequence_avx2, sequence_avx512;

/* The fastest that this processor runs; f64 has one, I64 none. */
const sequence_class *sequence_of(element_domain d);

#endif
