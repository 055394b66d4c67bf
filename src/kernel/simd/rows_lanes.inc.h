/* Registers of f32 to and from memory, whole and in part; part of rows.inc.h. */

INLINE f32s fill(float a)
{
    return (f32s){0} + a;
}

INLINE f32s load(const float *x)
{
    return *(const f32s_loose *)x;
}

INLINE void store(float *x, f32s v)
{
    *(f32s_loose *)x = v;
}

/* The first n of a register, n < FLOAT_LANES. */
#if FLOAT_LANES == 16
INLINE f32s load_part(const float *x, int64_t n, f32s rest)
{
    return (f32s)_mm512_mask_loadu_ps((__m512)rest, (__mmask16)((1u << n) - 1), x);
}

INLINE void store_part(float *x, int64_t n, f32s v)
{
    _mm512_mask_storeu_ps(x, (__mmask16)((1u << n) - 1), (__m512)v);
}
#elif FLOAT_LANES == 8
INLINE i32s first_lanes(int64_t n)
{
    return (i32s){0, 1, 2, 3, 4, 5, 6, 7} < (int32_t)n;
}

INLINE f32s load_part(const float *x, int64_t n, f32s rest)
{
    i32s m = first_lanes(n);
    return f32_choose(m, (f32s)_mm256_maskload_ps(x, (__m256i)m), rest);
}

INLINE void store_part(float *x, int64_t n, f32s v)
{
    _mm256_maskstore_ps(x, (__m256i)first_lanes(n), (__m256)v);
}
#else
INLINE f32s load_part(const float *x, int64_t n, f32s rest)
{
    float part[FLOAT_LANES];
    memcpy(part, &rest, sizeof part);
    for (int64_t i = 0; i < n; i++)
        part[i] = x[i];
    return load(part);
}

INLINE void store_part(float *x, int64_t n, f32s v)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = v[i];
}
#endif

INLINE f32s load_upto(const float *x, int64_t n, f32s rest)
{
    return n >= FLOAT_LANES ? load(x) : load_part(x, n, rest);
}

INLINE void store_upto(float *x, int64_t n, f32s v)
{
    if (n >= FLOAT_LANES)
        store(x, v);
    else
        store_part(x, n, v);
}
