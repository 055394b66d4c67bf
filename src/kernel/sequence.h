/* Cells of recurrent nets: what a step of time does with rows of a batch, and back.
 *
 * A row of h units has, at every step, what the cell keeps for its gradient, one part of h behind
 * the other; the first four parts are what came out of its activations, the last is its output:
 *
 *     LSTM   i f g o c h     Hochreiter & Schmidhuber 1997; Gers et al. 2000
 *     GRU    r z n q h       Cho et al. 2014, q = the recurrent part of n before r
 *
 * A step begins with a product of its rows by the weights W [h][gates h], of which a few registers
 * are summed up and go through the cell at once.  The weights are packed in panels, in the order
 * in which they are read, zeros beyond h:
 *
 *     forward    [h / lanes][h][gates][lanes]: of `lanes` units the columns of all gates
 *     back       [h / width][gates h][width]: of Wᵀ, width = SEQUENCE_BACK_VECTORS lanes
 *
 * Values are f32 or f64, contiguous within a row.  Every sum is one chain over k from 0 and a
 * row's bits depend on its own operands alone. */
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
enum { SEQUENCE_ACTIVATIONS = 4, SEQUENCE_BACK_VECTORS = 4 };
extern const sequence_parts sequence_parts_of[SEQUENCE_CELLS];

/* Gates of each row of the batch made by the step itself, x W + b: rows of x [inputs], x_row
 * elements apart, panels of W as those of the forward product, b [gates h], NULL = 0. */
typedef struct sequence_input {
    int64_t inputs;
    const void *x, *panels, *bias;
    int64_t x_row;
} sequence_input;

/* A step forward of the rows row[0 … rows-1] of the batch:
 *
 *     LSTM   i f o = sigmoid(product + gates), g = tanh(product + gates)
 *            c = f c' + i g, h = o tanh(c)
 *     GRU    r z = sigmoid(product + bias + gates), q = product + bias
 *            n = tanh(gates + r q), h = n + z (h' - n)
 *
 * product = h' W and a row of gates, gates_row elements apart, are [gates][h]; NULL = by `input`.
 * before, after: [batch][kept][h] of the steps before (with ') and after.  bias [3][h] is the
 * GRU's. */
typedef struct sequence_step {
    int64_t h, rows;
    const int64_t *row;
    const void *panels, *gates, *bias, *before;
    int64_t gates_row;
    sequence_input input;
    void *after;
} sequence_step;

/* A step back.  The gradient of the output h of this step is
 *
 *     product + keep_h + of_h
 *
 * where product = what the step after, `next` [batch][back][h], passes back through W, and keep_h
 * [batch][h] what it passes back beside; the LSTM's c likewise: keep_c + of_c.  of_a [4][h], of_c,
 * of_h [h] are the gradients of what is kept, of this step, from outside, so many elements from
 * row to row; NULL = 0.  Makes the gradients of the activations' arguments, out [batch][back][h],
 * and keep_h and keep_c for the step before:
 *
 *     LSTM   i f g o
 *     GRU    r z n   as of the gates, then r z q, as of the product
 *
 * `first` makes the gradients of the first state instead, of h and c. */
typedef struct sequence_back {
    int64_t h, rows;
    const int64_t *row;
    const void *panels, *kept, *before;
    const void *of_a, *of_c, *of_h, *next;
    int64_t of_a_row, of_c_row, of_h_row;
    void *keep_h, *keep_c, *out;
} sequence_back;

typedef struct sequence_class {
    const char *name;
    int lanes; /* of a register */
    void (*step[SEQUENCE_CELLS])(const sequence_step *s);
    void (*back[SEQUENCE_CELLS])(const sequence_back *s);
    void (*first[SEQUENCE_CELLS])(const sequence_back *s);
} sequence_class;

/* The class of a row of gemm_table (kernel/gemm_class.h); that of `ref` is the truth. */
const sequence_class *sequence_of(int path, element_domain d);

#endif
