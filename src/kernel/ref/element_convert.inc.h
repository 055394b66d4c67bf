/* Conversions between a domain and every dtype in memory, element by element; included by rows
 * of the table of element-wise kernels, all of which share them but for the hot ones. */

#include "kernel/element_impl.h"
#include "kernel/half.h"

/* domain, dtype, from memory, to memory; x is the value before */
#define ELEMENT_CONVERT_LIST(X)                                                                    \
    X(F32, float, F64, double, (float)x, x)                                                        \
    X(F32, float, F16, uint16_t, f32_from_f16(x), f16_from_f32(x))                                 \
    X(F32, float, BF16, uint16_t, f32_from_bf16(x), bf16_from_f32(x))                              \
    X(F32, float, I32, int32_t, (float)x, i32_from_f64(x))                                         \
    X(F32, float, I64, int64_t, (float)x, i64_from_f64(x))                                         \
    X(F32, float, U8, uint8_t, x, u8_from_f64(x))                                                  \
    X(F32, float, BOOL, uint8_t, x, x != 0)                                                        \
    X(F64, double, F32, float, x, (float)x)                                                        \
    X(F64, double, F16, uint16_t, f32_from_f16(x), f16_from_f64(x))                                \
    X(F64, double, BF16, uint16_t, f32_from_bf16(x), bf16_from_f64(x))                             \
    X(F64, double, I32, int32_t, x, i32_from_f64(x))                                               \
    X(F64, double, I64, int64_t, (double)x, i64_from_f64(x))                                       \
    X(F64, double, U8, uint8_t, x, u8_from_f64(x))                                                 \
    X(F64, double, BOOL, uint8_t, x, x != 0)                                                       \
    X(I64, int64_t, F32, float, i64_from_f64(x), (float)x)                                         \
    X(I64, int64_t, F64, double, i64_from_f64(x), (double)x)                                       \
    X(I64, int64_t, F16, uint16_t, i64_from_f64(f32_from_f16(x)),                                  \
      f16_from_f64(f64_odd_from_i64(x)))                                                           \
    X(I64, int64_t, BF16, uint16_t, i64_from_f64(f32_from_bf16(x)),                                \
      bf16_from_f64(f64_odd_from_i64(x)))                                                          \
    X(I64, int64_t, I32, int32_t, x, (int32_t)x)                                                   \
    X(I64, int64_t, U8, uint8_t, x, (uint8_t)x)                                                    \
    X(I64, int64_t, BOOL, uint8_t, x, x != 0)

#define X(domain, value, dtype, memory, from, to)                                                  \
    static void load_##domain##_##dtype(int64_t n, void *restrict out, const void *restrict in)    \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) {                                                          \
            memory x = ((const memory *)in)[i];                                                    \
            ((value *)out)[i] = from;                                                              \
        }                                                                                          \
    }                                                                                              \
    static void store_##domain##_##dtype(int64_t n, void *restrict out, const void *restrict in)   \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) {                                                          \
            value x = ((const value *)in)[i];                                                      \
            ((memory *)out)[i] = to;                                                               \
        }                                                                                          \
    }
ELEMENT_CONVERT_LIST(X)
#undef X
