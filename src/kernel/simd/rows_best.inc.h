/* The largest and smallest of a row, and where a value stands; part of rows.inc.h. */

/* The larger of a and x, or the smaller; x where it is NaN, and a where a is. */
INLINE f32s better(bool most, f32s a, f32s x)
{
#if STINT_SIMD_X86 && FLOAT_LANES == 16
    __m512 w = (__m512)x, b = (__m512)a;
    __mmask16 beats =
        most ? _mm512_cmp_ps_mask(w, b, _CMP_GT_OQ) : _mm512_cmp_ps_mask(w, b, _CMP_LT_OQ);
    return (f32s)_mm512_mask_mov_ps(b, beats | _mm512_cmp_ps_mask(w, w, _CMP_UNORD_Q), w);
#else
    return f32_choose((most ? x > a : x < a) | (x != x), x, a);
#endif
}

/* The larger or smaller of two halves, no NaN among them. */
#if STINT_SIMD_X86
#define HALVES(bits, type)                                                                         \
    INLINE type best_halves_##bits(bool most, type a, type b)                                      \
    {                                                                                              \
        return most ? max_##bits(a, b) : min_##bits(a, b);                                         \
    }
#if FLOAT_LANES >= 8
#define max_256 _mm256_max_ps
#define min_256 _mm256_min_ps
HALVES(256, __m256)
#endif
#define max_128 _mm_max_ps
#define min_128 _mm_min_ps
HALVES(128, __m128)
#undef HALVES
#endif

/* Of all lanes of one register. */
INLINE float best_across(bool most, f32s a)
{
#if STINT_SIMD_X86
#if FLOAT_LANES == 16
    if (_mm512_cmp_ps_mask((__m512)a, (__m512)a, _CMP_UNORD_Q))
        return __builtin_nanf("");
    __m256 e = best_halves_256(most, _mm512_castps512_ps256((__m512)a),
                               (__m256)_mm512_extractf64x4_pd((__m512d)a, 1));
#elif FLOAT_LANES == 8
    if (_mm256_movemask_ps(_mm256_cmp_ps((__m256)a, (__m256)a, _CMP_UNORD_Q)))
        return __builtin_nanf("");
    __m256 e = (__m256)a;
#else
    if (_mm_movemask_ps(_mm_cmpunord_ps((__m128)a, (__m128)a)))
        return __builtin_nanf("");
#endif
#if FLOAT_LANES >= 8
    __m128 q = best_halves_128(most, _mm256_castps256_ps128(e), _mm256_extractf128_ps(e, 1));
#else
    __m128 q = (__m128)a;
#endif
    q = best_halves_128(most, q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(best_halves_128(most, q, _mm_shuffle_ps(q, q, 1)));
#else
    float best = a[0];
    for (int l = 1; l < FLOAT_LANES; l++)
        best = (most ? a[l] > best : a[l] < best) || a[l] != a[l] ? a[l] : best;
    return best;
#endif
}

/* Four registers, so that one's wait is another's work; the order is of no consequence. */
INLINE double best_of(bool most, int64_t n, const float *x)
{
    f32s worst = fill(most ? -__builtin_inff() : __builtin_inff());
    f32s a = worst, b = worst, c = worst, d = worst;
    int64_t i = 0;
    for (; i + 4 * FLOAT_LANES <= n; i += 4 * FLOAT_LANES) {
        a = better(most, a, load(x + i));
        b = better(most, b, load(x + i + FLOAT_LANES));
        c = better(most, c, load(x + i + 2 * FLOAT_LANES));
        d = better(most, d, load(x + i + 3 * FLOAT_LANES));
    }
    for (; i < n; i += FLOAT_LANES)
        a = better(most, a, load_upto(x + i, n - i, worst));
    a = better(most, better(most, a, b), better(most, c, d));
    return (double)best_across(most, a);
}

static double simd_most(int64_t n, const void *x)
{
    return best_of(true, n, x);
}

static double simd_least(int64_t n, const void *x)
{
    return best_of(false, n, x);
}

/* Blocks without it are passed over by their masks' union. */
static int64_t simd_find(int64_t n, const void *x, double value)
{
    const float *v = x, wanted = (float)value;
    bool nan = wanted != wanted;
    int64_t i = 0;
    for (; i + ROW_LANES <= n; i += ROW_LANES) {
        i32s any = {0};
        UNROLL
        for (int p = 0; p < PARTS; p++) {
            f32s e = load(v + i + p * FLOAT_LANES);
            any |= nan ? e != e : e == wanted;
        }
        uint64_t words[FLOAT_LANES / 2], found = 0;
        memcpy(words, &any, sizeof words);
        for (int w = 0; w < FLOAT_LANES / 2; w++)
            found |= words[w];
        if (found)
            break;
    }
    while (i < n && !(v[i] == wanted || (nan && v[i] != v[i])))
        i++;
    return i;
}
