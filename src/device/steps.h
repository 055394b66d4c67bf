/* The steps that the CPU runs, and their arguments.
 *
 * Arguments name buffers by number; where a buffer lies is known when a plan runs.  Programs
 * (kernel/element.h) before and after the heavy part of a step are how element-wise work is
 * fused into it. */
#ifndef DEVICE_STEPS_H
#define DEVICE_STEPS_H

#include "kernel/gemm.h"
#include "kernel/rows.h"
#include "kernel/sequence.h"
#include "plan/plan.h"

/* Where an operand lies over a space: offset and strides in elements of its dtype. */
typedef struct step_view {
    int32_t buffer;
    uint8_t dtype;
    int64_t offset, stride[STINT_AXES];
} step_view;

/* A program and its operands: in [inputs], out [outputs], views over the step's space. */
typedef struct step_program {
    const element_program *program;
    const step_view *in, *out;
} step_program;

/* out = program(in), over a space */
typedef struct elements_args {
    element_space space;
    step_program body;
} elements_args;
extern const step_class step_elements;

/* For each point of the first `kept` axes of a space: combine before(in) over the other axes,
 * then after(combined).  `before` has one output, of the domain's own dtype, which it hands
 * over instead of storing (its view is not used); `after` runs over the kept axes, its input 0
 * is the combined value (of the domain's dtype; its view is not used).  Combines with ADD, MAX
 * or MIN; of no values, ADD gives 0.
 * The reduced part is cut into chunks by shape alone; chunk results wait in the `partial`
 * buffer and combine in order.  f32 sums: chunks in f32 lanes, combined in f64. */
typedef struct reduce_args {
    element_space space;
    int kept;
    element_op combine;
    step_program before, after;
    int64_t row_major[STINT_AXES]; /* strides over the space of the value that is reduced, if it lay
                                      row-major: they decide the path, so that how operands lie and
                                      what is fused changes no bit */
    /* by reduce_cut */
    int path;
    int64_t chunks, items[2];
    int64_t partial_bytes;
    int32_t partial; /* a buffer of partial_bytes; -1 when that is 0 */
} reduce_args;
void reduce_cut(reduce_args *a);
extern const step_class step_reduce;

/* after(A B) over the space [batch axes.., m, n]; strides of a and b: [batch axes.., row, column].
 * `after`'s input 0 is the product, of the domain's dtype.  a and b are both f64, or each f32, bf16
 * or f16, which are multiplied as f32. */
typedef struct matmul_args {
    element_space space;
    int64_t k;
    step_view a, b;
    step_program after;
    gemm gemm;      /* by matmul_cut */
    int32_t shared; /* a buffer of gemm.shared_bytes; -1 when that is 0 */
} matmul_args;
void matmul_cut(matmul_args *a);
extern const step_class step_matmul;

/* after(op(row)) for each row: x over [row axes.., n], of the domain's dtype, last axis
 * contiguous; label over the row axes (i32 or i64; buffer -1 = none).  `after` runs over
 * [row axes.., n], or over the row axes alone for ops with one value a row; its input 0 is the
 * result, of the domain's dtype, i64 in domain I64 for ARGMAX and ARGMIN. */
typedef struct rows_args {
    row_op op;
    element_domain domain;
    element_space space; /* [row axes.., n] */
    step_view x, label;
    double eps;
    step_program after;
} rows_args;
extern const step_class step_rows;

/* out[o.., i.., r..] = x[o.., index[i..], r..], all over the space of out, axes first_index …
 * first_index + index_axes - 1 being those of index; x has stride 0 there and `axis_stride`
 * along the gathered axis of `axis_size`.  Outside: NaN, or 0 of integers. */
typedef struct gather_args {
    element_space space;
    step_view out, x, index;
    int64_t axis_size, axis_stride;
} gather_args;
extern const step_class step_gather;

/* out = 0, then out[o.., index[i..], r..] += x[o.., i.., r..] in the row-major order of x; the
 * space is x's.  out has stride 0 along the index axes and axis_stride along the scattered
 * one; out_count elements, contiguous. */
typedef struct scatter_args {
    element_space space;
    step_view x, index, out;
    int64_t axis_size, axis_stride, out_count;
} scatter_args;
extern const step_class step_scatter_add;

/* count numbers from a generator (i64 [2]: seed, drawn), contiguous, f32 or f64: uniform in
 * [0, 1) with 24 or 53 bits, or normal (Box-Muller).  Number i is a function of (seed, drawn + i)
 * alone; that the generator moves on is a step of its own. */
typedef struct random_args {
    bool normal;
    int64_t count;
    uint8_t dtype;
    int32_t generator, out;
} random_args;
extern const step_class step_random;

/* A recurrent net over a sequence (kernel/sequence.h), of time major values: rows of the batch are
 * independent, so an item takes some of them through all of time.  Row t of `time` + 1 is what is
 * there after t steps.  From a row's length on its state stays and its activations are 0. */
typedef struct sequence_args {
    sequence_cell cell;
    element_domain domain;
    int64_t time, batch, hidden;
    int64_t inputs;    /* of gates that the step makes itself; 0 = they are given */
    step_view w;       /* [hidden, gates hidden] */
    step_view lengths; /* [batch], i32 or i64; buffer -1 = none */
    /* by sequence_cut */
    bool back;      /* the product is by the transpose of w */
    int path;       /* the instruction set of products */
    int64_t rows;   /* of the batch, in an item */
    int64_t panels; /* of the packed w */
    int64_t shared_bytes;
    int32_t shared; /* a buffer of shared_bytes; -1 when that is 0 */
} sequence_args;
void sequence_cut(sequence_args *a, bool back);

/* kept [time + 1, batch, kept hidden] of gates [time, batch, gates hidden], h0 [batch, hidden],
 * and `other`: the LSTM's c0 [batch, hidden], the GRU's bias [3 hidden].  The last axis of
 * `gates` is contiguous.
 *
 * Gates that are not given are x [time batch, inputs] by input_w [inputs, gates hidden], and
 * input_bias [1, gates hidden], buffer -1 = none, added: as a matrix product has them.  The last
 * axis of x is contiguous. */
typedef struct sequence_step_args {
    sequence_args of;
    step_view gates, h0, other;
    step_view x, input_w, input_bias;
    int32_t kept;
} sequence_step_args;
extern const step_class step_sequence;

/* The gradients of the activations' arguments, out [time + 1, batch, back hidden], of which row 0
 * has those of h0 and, the LSTM's, of c0; from those of what was kept: of_a [.., 4 hidden], of_c
 * and of_h [.., hidden], over rows of time `first` to the last; buffer -1 = zeros. */
typedef struct sequence_back_args {
    sequence_args of;
    int32_t kept, out;
    step_view of_a, of_c, of_h;
    int64_t first_a, first_c, first_h;
} sequence_back_args;
extern const step_class step_sequence_back;

#endif
