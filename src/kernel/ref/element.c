/* The truth of the element-wise kernels: one scalar loop an op.  Transcendental functions of f32
 * are libm's of doubles, rounded once. */

#include "kernel/ref/element_convert.inc.h"

#include <math.h>

/* name, operands, value; the values that +, -, * and comparisons of C give in every domain */
#define REF_EXACT_LIST(X)                                                                          \
    X(COPY, 1, a)                                                                                  \
    X(EQ, 2, a == b)                                                                               \
    X(NE, 2, a != b)                                                                               \
    X(LT, 2, a < b)                                                                                \
    X(LE, 2, a <= b)                                                                               \
    X(WHERE, 3, a != 0 ? b : c)                                                                    \
    X(NOT, 1, a == 0)                                                                              \
    X(MAX, 2, a > b || a != a ? a : b)                                                             \
    X(MIN, 2, a < b || a != a ? a : b)                                                             \
    X(SIGN, 1, a != a ? a : (a > 0) - (a < 0))                                                     \
    X(RELU, 1, a < 0 ? 0 : a)                                                                      \
    X(STEP, 1, a > 0)

#define REF_FLOAT_LIST(X)                                                                          \
    X(ADD, 2, a + b)                                                                               \
    X(SUB, 2, a - b)                                                                               \
    X(MUL, 2, a *b)                                                                                \
    X(MUL_ADD, 3, a *b + c)                                                                        \
    X(DIV, 2, a / b)                                                                               \
    X(POW, 2, pow((double)a, (double)b))                                                           \
    X(NEG, 1, -a)                                                                                  \
    X(ABS, 1, fabs((double)a))                                                                     \
    X(SQUARE, 1, a *a)                                                                             \
    X(SQRT, 1, sqrt((double)a))                                                                    \
    X(RSQRT, 1, 1 / sqrt((double)a))                                                               \
    X(RECIPROCAL, 1, 1 / a)                                                                        \
    X(EXP, 1, exp((double)a))                                                                      \
    X(EXPM1, 1, expm1((double)a))                                                                  \
    X(LOG, 1, log((double)a))                                                                      \
    X(LOG1P, 1, log1p((double)a))                                                                  \
    X(SIN, 1, sin((double)a))                                                                      \
    X(COS, 1, cos((double)a))                                                                      \
    X(TANH, 1, tanh((double)a))                                                                    \
    X(ERF, 1, erf((double)a))                                                                      \
    X(SIGMOID, 1, a < 0 ? exp((double)a) / (1 + exp((double)a)) : 1 / (1 + exp(-(double)a)))       \
    X(ROUND_F16, 1, f32_from_f16(f16_from_f64(a)))                                                 \
    X(ROUND_BF16, 1, f32_from_bf16(bf16_from_f64(a)))                                              \
    X(ROUND_F32, 1, (float)a)

/* Unsigned arithmetic wraps. */
#define U(x) ((uint64_t)(x))
#define REF_INTEGER_LIST(X)                                                                        \
    X(ADD, 2, (int64_t)(U(a) + U(b)))                                                              \
    X(SUB, 2, (int64_t)(U(a) - U(b)))                                                              \
    X(MUL, 2, (int64_t)(U(a) * U(b)))                                                              \
    X(MUL_ADD, 3, (int64_t)(U(a) * U(b) + U(c)))                                                   \
    X(NEG, 1, (int64_t)(0 - U(a)))                                                                 \
    X(ABS, 1, a < 0 ? (int64_t)(0 - U(a)) : a)                                                     \
    X(SQUARE, 1, (int64_t)(U(a) * U(a)))

#define TAKE_1(T) T a = ((const T *)pa)[i];
#define TAKE_2(T)                                                                                  \
    TAKE_1(T)                                                                                      \
    T b = ((const T *)pb)[i];
#define TAKE_3(T)                                                                                  \
    TAKE_2(T)                                                                                      \
    T c = ((const T *)pc)[i];

#define LOOP(domain, T, name, operands, value)                                                     \
    static void domain##_##name(int64_t n, void *out, const void *pa, const void *pb,              \
                                const void *pc)                                                    \
    {                                                                                              \
        (void)pa, (void)pb, (void)pc;                                                              \
        for (int64_t i = 0; i < n; i++) {                                                          \
            TAKE_##operands(T)((T *)out)[i] = (T)(value);                                          \
        }                                                                                          \
    }

#define X(name, operands, value) LOOP(F32, float, name, operands, value)
REF_EXACT_LIST(X)
REF_FLOAT_LIST(X)
#undef X
#define X(name, operands, value) LOOP(F64, double, name, operands, value)
REF_EXACT_LIST(X)
REF_FLOAT_LIST(X)
#undef X
#define X(name, operands, value) LOOP(I64, int64_t, name, operands, value)
REF_EXACT_LIST(X)
REF_INTEGER_LIST(X)
#undef X

const element_class element_ref = {
    .name = "reference",
    .op =
        {
#define X(name, operands, value) [ELEMENT_F32][ELEMENT_##name] = F32_##name,
            REF_EXACT_LIST(X) REF_FLOAT_LIST(X)
#undef X
#define X(name, operands, value) [ELEMENT_F64][ELEMENT_##name] = F64_##name,
                REF_EXACT_LIST(X) REF_FLOAT_LIST(X)
#undef X
#define X(name, operands, value) [ELEMENT_I64][ELEMENT_##name] = I64_##name,
                    REF_EXACT_LIST(X) REF_INTEGER_LIST(X)
#undef X
        },
#define X(domain, value, dtype, memory, from, to)                                                  \
    [ELEMENT_##domain][STINT_##dtype] = load_##domain##_##dtype,
    .load = {ELEMENT_CONVERT_LIST(X)},
#undef X
#define X(domain, value, dtype, memory, from, to)                                                  \
    [ELEMENT_##domain][STINT_##dtype] = store_##domain##_##dtype,
    .store = {ELEMENT_CONVERT_LIST(X)},
#undef X
};
