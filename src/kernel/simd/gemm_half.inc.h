/* Reading narrow floats as f32; the bits are kernel/half.h's. */

typedef uint16_t vec_half __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef uint16_t loose_half __attribute__((vector_size(VECTOR_BYTES / 2), aligned(2), may_alias));
typedef uint32_t vec_u32 __attribute__((vector_size(VECTOR_BYTES)));

INLINE vec_f32 widen_bf16(vec_half h)
{
    return (vec_f32)(__builtin_convertvector(h, vec_u32) << 16);
}

INLINE vec_f32 widen_f16(vec_half h)
{
#ifdef F16_INSTRUCTION
    return F16_INSTRUCTION(h);
#else /* 2^112 moves the exponent, of denormals too */
    vec_u32 u = __builtin_convertvector(h, vec_u32), rest = u & 0x7fff, sign = (u & 0x8000) << 16;
    vec_u32 finite = (vec_u32)((vec_f32)(rest << 13) * 0x1p112f);
    vec_u32 other = rest << 13 | 0x7f800000 | ((vec_u32)(rest > 0x7c00) & 0x400000);
    vec_u32 special = (vec_u32)(rest >= 0x7c00);
    return (vec_f32)(sign | (special & other) | (~special & finite));
#endif
}

INLINE vec_half load_half(const uint16_t *at, int64_t n)
{
    vec_half x = {0};
    if (n == LANES)
        return *(const loose_half *)at;
    for (int64_t i = 0; i < n; i++)
        x[i] = at[i];
    return x;
}

/* As the functions of gemm_lanes.inc.h are for f32. */
#define HALF(type)                                                                                 \
    INLINE vec_f32 load_##type(const uint16_t *at, int64_t n)                                      \
    {                                                                                              \
        return widen_##type(load_half(at, n));                                                     \
    }                                                                                              \
    INLINE vec_f32 load_within_##type(const uint16_t *at, int64_t n, int64_t room)                 \
    {                                                                                              \
        return load_##type(at, room >= LANES ? LANES : n);                                         \
    }                                                                                              \
    INLINE float element_##type(const uint16_t *at)                                                \
    {                                                                                              \
        return f32_from_##type(*at);                                                               \
    }                                                                                              \
    INLINE void load_turned_##type(const uint16_t *b, int64_t b_col, int64_t cols, int64_t steps,  \
                                   vec_f32 *x)                                                     \
    {                                                                                              \
        UNROLL                                                                                     \
        for (int j = 0; j < LANES; j++)                                                            \
            x[j] = j < cols                                                                        \
                       ? load_within_##type(b + j * b_col, steps, (cols - 1 - j) * b_col + steps)  \
                       : (vec_f32){0};                                                             \
        transpose_f32(x);                                                                          \
    }                                                                                              \
    INLINE void copy_##type(const uint16_t *from, int64_t n, int64_t from_room, float *to,         \
                            int64_t to_room)                                                       \
    {                                                                                              \
        int64_t i = 0;                                                                             \
        for (; i + LANES <= n; i += LANES)                                                         \
            *(loose_f32 *)(to + i) = load_##type(from + i, LANES);                                 \
        if (i < n)                                                                                 \
            store_f32(to + i, load_within_##type(from + i, n - i, from_room - i),                  \
                      to_room - i >= LANES ? LANES : n - i);                                       \
    }

HALF(bf16)
HALF(f16)
#undef HALF
