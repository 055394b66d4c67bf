/* The ops that have one right value, in every domain; part of element.inc.h.
 *
 * V is the domain's vector, M its mask (all ones or zero), W the unsigned vector in which
 * integers wrap; one(m) is 1 where the mask is set. */

/* name, operands, value */
#define EXACT_LIST(X)                                                                              \
    X(COPY, 1, a)                                                                                  \
    X(ADD, 2, (V)((W)a + (W)b))                                                                    \
    X(SUB, 2, (V)((W)a - (W)b))                                                                    \
    X(MUL, 2, (V)((W)a * (W)b))                                                                    \
    X(MUL_ADD, 3, (V)((W)a * (W)b + (W)c))                                                         \
    X(MAX, 2, most(a, b))                                                                          \
    X(MIN, 2, least(a, b))                                                                         \
    X(EQ, 2, one(a == b))                                                                          \
    X(NE, 2, one(a != b))                                                                          \
    X(LT, 2, one(a < b))                                                                           \
    X(LE, 2, one(a <= b))                                                                          \
    X(WHERE, 3, choose(a != zero, b, c))                                                           \
    X(NOT, 1, one(a == zero))                                                                      \
    X(NEG, 1, negative(a))                                                                         \
    X(ABS, 1, size(a))                                                                             \
    X(SIGN, 1, choose(a != a, a, one(a > zero) - one(a < zero)))                                   \
    X(SQUARE, 1, (V)((W)a * (W)a))                                                                 \
    X(RELU, 1, larger(zero, a))                                                                    \
    X(STEP, 1, one(a > zero))

#define EXACT_FLOAT_LIST(X)                                                                        \
    X(DIV, 2, a / b)                                                                               \
    X(SQRT, 1, root(a))                                                                            \
    X(RSQRT, 1, 1 / root(a))                                                                       \
    X(RECIPROCAL, 1, 1 / a)

#define TAKE_1(type, lanes)                                                                        \
    V a = ((const type##s_loose *)pa)[i];                                                          \
    (void)pb, (void)pc;
#define TAKE_2(type, lanes)                                                                        \
    V a = ((const type##s_loose *)pa)[i], b = ((const type##s_loose *)pb)[i];                      \
    (void)pc;
#define TAKE_3(type, lanes)                                                                        \
    V a = ((const type##s_loose *)pa)[i], b = ((const type##s_loose *)pb)[i],                      \
      c = ((const type##s_loose *)pc)[i];

/* The loop of an op over vectors; n is whole. */
#define SIMD_LOOP(type, lanes, name, operands, value)                                              \
    static void simd_##type##_##name(int64_t n, void *out, const void *pa, const void *pb,         \
                                     const void *pc)                                               \
    {                                                                                              \
        for (int64_t i = 0; i < n / (lanes); i++) {                                                \
            TAKE_##operands(type, lanes);                                                          \
            ((type##s_loose *)out)[i] = (value);                                                   \
        }                                                                                          \
    }

#define zero ((V){0})

#define V                        f32s
#define W                        f32s
#define choose                   f32_choose
#define larger                   f32_larger
#define most(x, y)               f32_max(x, y)
#define least(x, y)              f32_min(x, y)
#define root(x)                  f32_sqrt(x)
#define one(m)                   ((f32s)((i32s)(m) & (i32s)(zero + 1)))
#define negative(x)              ((f32s)((i32s)(x) ^ INT32_MIN))
#define size(x)                  ((f32s)((i32s)(x)&INT32_MAX))
#define X(name, operands, value) SIMD_LOOP(f32, F32_LANES, name, operands, value)
EXACT_LIST(X)
EXACT_FLOAT_LIST(X)
#undef X
#undef V
#undef W
#undef choose
#undef larger
#undef most
#undef least
#undef root
#undef one
#undef negative
#undef size

#define V                        f64s
#define W                        f64s
#define choose                   f64_choose
#define larger(x, y)             choose((x) > (y), x, y)
#define most(x, y)               choose((x) != (x), x, larger(x, y))
#define least(x, y)              choose((x) != (x), x, choose((x) < (y), x, y))
#define root(x)                  f64_sqrt(x)
#define one(m)                   ((f64s)((i64s)(m) & (i64s)(zero + 1)))
#define negative(x)              ((f64s)((i64s)(x) ^ INT64_MIN))
#define size(x)                  ((f64s)((i64s)(x)&INT64_MAX))
#define X(name, operands, value) SIMD_LOOP(f64, F64_LANES, name, operands, value)
EXACT_LIST(X)
EXACT_FLOAT_LIST(X)
#undef X
#undef V
#undef W
#undef choose
#undef larger
#undef most
#undef least
#undef root
#undef one
#undef negative
#undef size

#define V                        i64s
#define W                        u64s
#define choose                   i64_choose
#define larger(x, y)             choose((x) > (y), x, y)
#define most(x, y)               choose((x) != (x), x, larger(x, y))
#define least(x, y)              choose((x) != (x), x, choose((x) < (y), x, y))
#define one(m)                   ((i64s)(m) & (zero + 1))
#define negative(x)              ((i64s)(0 - (u64s)(x)))
#define size(x)                  i64_choose((x) < zero, negative(x), x)
#define X(name, operands, value) SIMD_LOOP(i64, F64_LANES, name, operands, value)
EXACT_LIST(X)
#undef X
#undef V
#undef W
#undef choose
#undef larger
#undef most
#undef least
#undef one
#undef negative
#undef size
