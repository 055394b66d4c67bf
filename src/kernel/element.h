/* Element-wise programs: straight-line code over blocks of elements that stay in L1.
 *
 * A program reads runs of elements into registers, computes register by register, and writes
 * some of them out.  A register is ELEMENT_BLOCK values of the program's domain:
 *
 *     registers   [ inputs | constants | temporaries ]
 *     code        out = op(a, b, c), in order; a register may be written more than once
 *     outputs     registers, converted to the dtype they are written as
 *
 * Elements of any dtype are converted to the domain when read: f16, bf16, f32, integers and
 * bool for F32; all of them for F64; integers and bool, and floats truncated towards zero
 * (saturated, NaN 0), for I64.  Written floats round to nearest even; integers wrap to their
 * width; bool is value != 0.  Comparisons give 0 and 1 of the domain.
 *
 * An instruction set's kernels may round transcendental functions differently, within the
 * bounds beside them; +, -, *, /, √ and comparisons are the same bits everywhere: no fused
 * multiply-add, here.  A value never depends on where in a run or block it stands. */
#ifndef KERNEL_ELEMENT_H
#define KERNEL_ELEMENT_H

#include "stint/tensor.h"

#include <stdint.h>

enum { ELEMENT_BLOCK = 256, ELEMENT_MOST_REGISTERS = 64, ELEMENT_MOST_CODE = 96 };

typedef enum element_domain { ELEMENT_F32, ELEMENT_F64, ELEMENT_I64 } element_domain;

/* name, operands, text, flops counted, meaning.  Marked f: not in the I64 domain. */
#define ELEMENT_OP_LIST(X)                                                                         \
    X(COPY, 1, "copy", 0)                                                                          \
    X(ADD, 2, "add", 1)                                                                            \
    X(SUB, 2, "sub", 1)                                                                            \
    X(MUL, 2, "mul", 1)                                                                            \
    X(MUL_ADD, 3, "mul_add", 2) /* a b + c, rounded twice */                                       \
    X(DIV, 2, "div", 1)         /* f */                                                            \
    X(POW, 2, "pow", 20)        /* f: as C's pow; 2e-6 of itself in f32 */                         \
    X(MAX, 2, "max", 1)         /* NaN if either is */                                             \
    X(MIN, 2, "min", 1)                                                                            \
    X(EQ, 2, "eq", 1)                                                                              \
    X(NE, 2, "ne", 1)                                                                              \
    X(LT, 2, "lt", 1)                                                                              \
    X(LE, 2, "le", 1)                                                                              \
    X(WHERE, 3, "where", 1) /* a != 0 ? b : c */                                                   \
    X(NOT, 1, "not", 1)     /* a == 0 */                                                           \
    X(NEG, 1, "neg", 1)                                                                            \
    X(ABS, 1, "abs", 1)                                                                            \
    X(SIGN, 1, "sign", 1)                                                                          \
    X(SQUARE, 1, "square", 1)                                                                      \
    X(RELU, 1, "relu", 1) /* max(a, 0), NaN kept */                                                \
    X(STEP, 1, "step", 1) /* a > 0 ? 1 : 0 */                                                      \
    X(SQRT, 1, "sqrt", 1) /* f, from here on; f32: relative error of at most 4 units of 2^-24 */   \
    X(RSQRT, 1, "rsqrt", 2)                                                                        \
    X(RECIPROCAL, 1, "reciprocal", 1)                                                              \
    X(EXP, 1, "exp", 10)                                                                           \
    X(EXPM1, 1, "expm1", 12)                                                                       \
    X(LOG, 1, "log", 12)                                                                           \
    X(LOG1P, 1, "log1p", 14)                                                                       \
    X(SIN, 1, "sin", 14) /* absolute error 2e-7 up to |a| = 1e4, relative to libm beyond */        \
    X(COS, 1, "cos", 14)                                                                           \
    X(TANH, 1, "tanh", 14)                                                                         \
    X(ERF, 1, "erf", 16)                                                                           \
    X(SIGMOID, 1, "sigmoid", 12)                                                                   \
    X(ROUND_F16, 1, "round_f16", 1) /* to the nearest value of the dtype, in its domain */         \
    X(ROUND_BF16, 1, "round_bf16", 1)                                                              \
    X(ROUND_F32, 1, "round_f32", 1)

typedef enum element_op {
#define X(name, operands, text, flops) ELEMENT_##name,
    ELEMENT_OP_LIST(X)
#undef X
        ELEMENT_OPS
} element_op;

typedef struct element_op_facts {
    const char *text;
    int operands, flops;
} element_op_facts;
extern const element_op_facts element_ops[ELEMENT_OPS];

typedef struct element_code {
    uint8_t op, out, a, b, c;
} element_code;

typedef struct element_program {
    element_domain domain;
    int inputs, constants, registers, codes, outputs;
    const uint8_t *in_dtype;     /* [inputs] stint_dtype */
    const double *constant;      /* [constants]; exact for integers up to 2^53 */
    const element_code *code;    /* [codes] */
    const uint8_t *out_register; /* [outputs] */
    const uint8_t *out_dtype;    /* [outputs] */
} element_program;

/* A run of elements in memory: every `stride` elements from `at`; 0 repeats one. */
typedef struct element_span {
    char *at;
    int64_t stride;
} element_span;

/* A space of up to STINT_AXES axes, row-major, and where an operand lies over it. */
typedef struct element_space {
    int axes;
    int64_t size[STINT_AXES];
} element_space;
typedef struct element_view {
    char *at;                   /* of the space's first element */
    int64_t stride[STINT_AXES]; /* in elements of its dtype */
} element_view;

/* Bytes of scratch that one thread needs to run any program; 64-byte aligned. */
#define ELEMENT_SCRATCH_BYTES (ELEMENT_MOST_REGISTERS * ELEMENT_BLOCK * 8)

/* One run of n elements, n ≤ ELEMENT_BLOCK.  An output may lie exactly over an input of the
 * same size of element, else they are apart. */
void element_run(const element_program *p, int64_t n, const element_span *in,
                 const element_span *out, void *scratch);

/* Elements begin … end-1 of a space, counted row-major, run by run.  The axes of `s` should be
 * merged first where they can be (element_merge): runs lie along the last axis. */
void element_run_space(const element_program *p, const element_space *s, int64_t begin, int64_t end,
                       const element_view *in, const element_view *out, void *scratch);

/* Merge neighbouring axes that every operand walks through evenly, and drop axes of 1; n
 * strides arrays, each [STINT_AXES], change with the space.  The order of elements stays. */
void element_merge(element_space *s, int n, int64_t (*stride)[STINT_AXES]);

#endif
