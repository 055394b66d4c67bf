/* The case table of tensor operations: one row says how to build a case from its inputs, what
 * shapes and values those have, which dtypes it takes and which gradients it has.  Values against
 * the oracle, gradients against differences, layouts, dtypes and threads all run over it.
 *
 * A row has one of `unary`, `binary`, `reduction` (with at.axis and at.keep), `by_axis` (with
 * at.axis), `loss` (with at.how) or `build`.  Its name is its key in tests/oracle/ops_*.json. */
#ifndef UNIT_GRAPH_OP_CASES_H
#define UNIT_GRAPH_OP_CASES_H

#include "stint/tensor.h"

enum { OP_INPUTS = 8, OP_MOST_ELEMENTS = 256 };

/* How the values of an input are drawn. */
typedef enum op_values_kind {
    OP_SPREAD,    /* distinct, between low and high, away from the kink: no two tie */
    OP_WHOLE,     /* whole numbers low … high, with ties */
    OP_SIGNS,     /* -1 or 1 */
    OP_CONDITION, /* 0 or 1 */
} op_values_kind;

typedef struct op_input {
    int axes;
    int64_t shape[STINT_AXES];
    op_values_kind kind;
    double low, high;
    bool has_kink; /* the function has one at `kink`: values stay 0.05 from it */
    double kink;
    bool fixed_dtype; /* of `dtype` whatever the case runs in: indices, conditions */
    stint_dtype dtype;
    bool differentiable;
} op_input;

typedef struct op_case_attributes {
    int axis, other;
    bool keep;
    int64_t at[3];
    double a, b;
    stint_reduce how;
    stint_dtype dtype;
    int axes;
    int64_t shape[STINT_AXES];
    int order[STINT_AXES];
} op_case_attributes;

enum {
    OP_F32 = 1 << STINT_F32,
    OP_F64 = 1 << STINT_F64,
    OP_F16 = 1 << STINT_F16,
    OP_BF16 = 1 << STINT_BF16,
    OP_I32 = 1 << STINT_I32,
    OP_I64 = 1 << STINT_I64,
    OP_U8 = 1 << STINT_U8,
    OP_BOOL = 1 << STINT_BOOL,
    OP_WIDE = OP_F32 | OP_F64,
    OP_FLOATS = OP_WIDE | OP_F16 | OP_BF16,
    OP_WHOLES = OP_I32 | OP_I64, /* for unsigned bytes see OP_U8: negative values have none */
    OP_NUMBERS = OP_FLOATS | OP_WHOLES,
    OP_ALL = OP_NUMBERS | OP_U8 | OP_BOOL,
};

enum {
    OP_ELEMENTWISE = 1, /* takes any shape; and the same bits wherever an element lies */
    OP_SMOOTH = 2,      /* has second derivatives: gradients of gradients are checked */
    OP_NOT_NUMERIC = 4, /* its gradient is defined, but is no limit of differences */
    OP_FLAT = 8,        /* its gradient is 0 everywhere */
    OP_ORACLE = 16,     /* awkward values, which the oracle has: for values alone */
    OP_RELATIVE = 32,   /* small results are as exact as large ones */
    OP_TO_BOOL = 64,    /* the result's dtype, where it is not the inputs' */
    OP_TO_I64 = 128,
    OP_IN_PLACE = 256, /* builds in-place nodes, over an intermediate value */
    OP_SUMS = 512,     /* of integers gives i64 */
    OP_DELICATE = 1024 /* in a narrow dtype roundings of its inputs' size show */
};

typedef struct op_case op_case;
struct op_case {
    const char *name;
    int inputs;
    op_input in[OP_INPUTS];
    unsigned dtypes; /* OP_F32 | … */
    unsigned flags;
    op_case_attributes at;
    double step; /* of differences; 0 = 2^-17 */

    stint_tensor *(*unary)(stint_tensor *x);
    stint_tensor *(*binary)(stint_tensor *a, stint_tensor *b);
    stint_tensor *(*reduction)(stint_tensor *x, int axis, bool keep);
    stint_tensor *(*by_axis)(stint_tensor *x, int axis);
    stint_tensor *(*loss)(stint_tensor *x, stint_tensor *target, stint_reduce how);
    stint_tensor *(*build)(const op_case *c, stint_tensor *const *in);
    stint_tensor *(*binary_)(stint_tensor *x, stint_tensor *b); /* in place; `build` uses it */
};

/* Parts of the table, each ended by a row without a name. */
extern const op_case op_cases_pairs[], op_cases_maps[], op_cases_reductions[], op_cases_shapes[],
    op_cases_indexing[], op_cases_linear[], op_cases_losses[], op_cases_in_place[],
    op_cases_sequences[], op_cases_convolution[], op_cases_attention[];

int op_case_count(void);
const op_case *op_case_at(int i);
const op_case *op_case_find(const char *name); /* NULL = none */

/* The case's graph over these inputs. */
stint_tensor *op_case_build(const op_case *c, stint_tensor *const *in);

stint_dtype op_input_dtype(const op_input *in, stint_dtype d); /* when the case runs in d */
bool op_input_has_gradient(const op_case *c, int i);
int64_t op_input_count(const op_input *in);

/* Values of input i, the same at every call: multiples of 2^-10; and what a run in a dtype takes
 * in their place: rounded, for integers whole numbers, for u8 none below 0. */
void op_case_draw(const op_case *c, int i, double *out);
void op_case_values(const op_case *c, int i, stint_dtype d, double *out);

/* What a result's element i weighs in a sum of which gradients are taken. */
double op_weight(int64_t i);

/* Inputs as tensors of the dtype the case runs in, from values drawn; in the innermost scope. */
void op_case_inputs(stint_context *ctx, const op_case *c, stint_dtype d, stint_tensor **in);
stint_tensor *op_weights(stint_context *ctx, const stint_tensor *like);

/* Of the weighed sum of `out`, by each differentiable input; NULL for the others. */
stint_status op_case_gradients(stint_context *ctx, const op_case *c, stint_tensor *out,
                               stint_tensor *const *in, stint_tensor **gradient);

/* ---- rows of the table -------------------------------------------------------------- */

#define OP_COUNT_(...) (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

/* Inputs: of a shape, with values between low and high; differentiable. */
#define IN(low_, high_, ...)                                                                       \
    {                                                                                              \
        .axes = OP_COUNT_(__VA_ARGS__), .shape = {__VA_ARGS__}, .low = low_, .high = high_,        \
        .differentiable = true                                                                     \
    }
#define IN_SCALAR(low_, high_)                                                                     \
    {                                                                                              \
        .axes = 0, .low = low_, .high = high_, .differentiable = true                              \
    }
#define IN_KINK(kink_, low_, high_, ...)                                                           \
    {                                                                                              \
        .axes = OP_COUNT_(__VA_ARGS__), .shape = {__VA_ARGS__}, .low = low_, .high = high_,        \
        .differentiable = true, .has_kink = true, .kink = kink_                                    \
    }
/* No gradient. */
#define IN_WHOLE(low_, high_, ...)                                                                 \
    {                                                                                              \
        .axes = OP_COUNT_(__VA_ARGS__), .shape = {__VA_ARGS__}, .low = low_, .high = high_,        \
        .kind = OP_WHOLE                                                                           \
    }
#define IN_INDEX(dtype_, most_, ...)                                                               \
    {                                                                                              \
        .axes = OP_COUNT_(__VA_ARGS__), .shape = {__VA_ARGS__}, .low = 0, .high = most_,           \
        .kind = OP_WHOLE, .fixed_dtype = true, .dtype = dtype_                                     \
    }
#define IN_CONDITION(...)                                                                          \
    {                                                                                              \
        .axes = OP_COUNT_(__VA_ARGS__), .shape = {__VA_ARGS__}, .high = 1, .kind = OP_CONDITION,   \
        .fixed_dtype = true, .dtype = STINT_BOOL                                                   \
    }

#endif
