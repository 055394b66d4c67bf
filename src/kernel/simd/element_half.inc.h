/* Conversions of f32 that are worth vectors: 16-bit floats, small integers and bool; part of
 * element.inc.h.  The bits are kernel/half.h's. */

typedef uint16_t u16h __attribute__((vector_size(ELEMENT_BYTES / 2), may_alias));
typedef uint16_t u16h_loose __attribute__((vector_size(ELEMENT_BYTES / 2), aligned(2), may_alias));
typedef uint8_t u8q __attribute__((vector_size(ELEMENT_BYTES / 4), may_alias));
typedef uint8_t u8q_loose __attribute__((vector_size(ELEMENT_BYTES / 4), aligned(1), may_alias));
typedef int32_t i32s_loose __attribute__((vector_size(ELEMENT_BYTES), aligned(4), may_alias));

INLINE u32s u32_choose(i32s mask, u32s a, u32s b)
{
    return (u32s)f32_choose(mask, (f32s)a, (f32s)b);
}

INLINE f32s f32s_from_bf16(u32s h)
{
    return (f32s)(h << 16);
}

INLINE u32s bf16_from_f32s(f32s x)
{
    u32s u = (u32s)x;
    return u32_choose(x != x, u >> 16 | 0x40, (u + 0x7fff + (u >> 16 & 1)) >> 16);
}

/* 2^112 moves the exponent, of denormals too. */
INLINE f32s f32s_from_f16(u32s h)
{
    u32s rest = h & 0x7fff, sign = (h & 0x8000) << 16;
    u32s finite = (u32s)((f32s)(rest << 13) * 0x1p112f);
    u32s other = rest << 13 | 0x7f800000 | ((u32s)(rest > 0x7c00) & 0x400000);
    return (f32s)(sign | u32_choose((i32s)(rest >= 0x7c00), other, finite));
}

INLINE u32s f16_from_f32s(f32s x)
{
    u32s u = (u32s)x, rest = u & 0x7fffffff, sign = u >> 16 & 0x8000;
    u32s normal = (rest - (112u << 23) + 0xfff + (rest >> 13 & 1)) >> 13;
    u32s denormal = (u32s)((f32s)rest + 0.5f) & 0xffff;
    u32s y = u32_choose((f32s)rest < 0x1p-14f, denormal, normal);
    y = u32_choose((f32s)rest >= 65520.0f, (u32s){0} + 0x7c00, y);
    return sign | u32_choose(x != x, 0x7e00 | (rest >> 13 & 0x3ff), y);
}

#define MEMORY_LOOP(name, lane, from, to)                                                          \
    static void name(int64_t n, void *out, const void *in)                                         \
    {                                                                                              \
        for (int64_t i = 0; i < n / F32_LANES; i++) {                                              \
            from x = ((const from##_loose *)in)[i];                                                \
            ((lane##_loose *)out)[i] = to;                                                         \
        }                                                                                          \
    }

MEMORY_LOOP(simd_load_F16, f32s, u16h, f32s_from_f16(__builtin_convertvector(x, u32s)))
MEMORY_LOOP(simd_load_BF16, f32s, u16h, f32s_from_bf16(__builtin_convertvector(x, u32s)))
MEMORY_LOOP(simd_load_I32, f32s, i32s, __builtin_convertvector(x, f32s))
MEMORY_LOOP(simd_load_U8, f32s, u8q,
            __builtin_convertvector((i32s) __builtin_convertvector(x, u32s), f32s))
MEMORY_LOOP(simd_store_F16, u16h, f32s, __builtin_convertvector(f16_from_f32s(x), u16h))
MEMORY_LOOP(simd_store_BF16, u16h, f32s, __builtin_convertvector(bf16_from_f32s(x), u16h))
MEMORY_LOOP(simd_store_BOOL, u8q, f32s, __builtin_convertvector((u32s)(x != 0) & 1, u8q))

#define HALF_LIST(X)                                                                               \
    X(ROUND_F16, 1, f32s_from_f16(f16_from_f32s(a)))                                               \
    X(ROUND_BF16, 1, f32s_from_bf16(bf16_from_f32s(a)))                                            \
    X(ROUND_F32, 1, a)

#define V                        f32s
#define X(name, operands, value) SIMD_LOOP(f32, F32_LANES, name, operands, value)
HALF_LIST(X)
#undef X
#undef V
