/* Chains: a few vectors stay in registers while the links go over them; part of element.inc.h.
 *
 * A block in the first-level cache costs a store and a load an instruction; this costs a jump a
 * link and CHAIN vectors.  Values are those of the ops one by one. */

enum {
    CHAIN = ELEMENT_BYTES == 64   ? 16
            : ELEMENT_BYTES == 32 ? 8
                                  : 4,
    CHAIN_REST = ELEMENT_WHOLE / F32_LANES,
    CHAIN_SOME = 4 * CHAIN_REST < CHAIN ? 4 * CHAIN_REST : CHAIN,
};

#define V           f32s
#define negative(x) ((f32s)((i32s)(x) ^ INT32_MIN))
#define size(x)     f32_size(x)

/* name, place, others, value: v comes from the link before, p and q are the others */
#define LINK_LIST(X)                                                                               \
    X(ADD, 0, 1, v + p)                                                                            \
    X(ADD, 1, 1, p + v)                                                                            \
    X(SUB, 0, 1, v - p)                                                                            \
    X(SUB, 1, 1, p - v)                                                                            \
    X(MUL, 0, 1, v *p)                                                                             \
    X(MUL, 1, 1, p *v)                                                                             \
    X(MUL_ADD, 0, 2, v *p + q)                                                                     \
    X(MUL_ADD, 1, 2, p *v + q)                                                                     \
    X(MUL_ADD, 2, 2, p *q + v)                                                                     \
    X(LINK_MUL_SUB, 0, 2, v *p - q)                                                                \
    X(LINK_MUL_SUB, 1, 2, q - v * p)                                                               \
    X(DIV, 0, 1, v / p)                                                                            \
    X(DIV, 1, 1, p / v)                                                                            \
    X(NEG, 0, 0, negative(v))                                                                      \
    X(ABS, 0, 0, size(v))                                                                          \
    X(SQUARE, 0, 0, v *v)                                                                          \
    X(RELU, 0, 0, f32_larger(zero, v))

#define LINK_LOOP(p_repeats, q_repeats, value)                                                     \
    _Pragma("GCC unroll 16") for (int j = 0; j < count; j++)                                       \
    {                                                                                              \
        f32s v = held[j], p = ps[p_repeats ? 0 : j], q = qs[q_repeats ? 0 : j];                    \
        (void)p, (void)q;                                                                          \
        held[j] = (value);                                                                         \
    }

/* One case per combination of others that repeat one value, which is then read once. */
#define LINK_CASE(key, p_repeats, q_repeats, value)                                                \
    case key: {                                                                                    \
        LINK_LOOP(p_repeats, q_repeats, value)                                                     \
        break;                                                                                     \
    }
#define LINK_CASES_0(key, value) LINK_CASE(key, 1, 1, value)
#define LINK_CASES_1(key, value)                                                                   \
    LINK_CASE(key, 0, 1, value)                                                                    \
    LINK_CASE(key + 1, 1, 1, value)
#define LINK_CASES_2(key, value)                                                                   \
    LINK_CASES_1(key + 2, value)                                                                   \
    LINK_CASE(key, 0, 0, value)                                                                    \
    LINK_CASE(key + 1, 1, 0, value)

/* Against one number that is not 0, the processor's own maximum has the right bits: it gives its
 * second operand, here v, when v is NaN or they are equal. */
#define LINK_CASE_LIMIT(key, full, plain)                                                          \
    LINK_CASE(key, 0, 1, full)                                                                     \
    case key + 1: {                                                                                \
        if (is_limit(l->other[0])) {                                                               \
            LINK_LOOP(1, 1, plain)                                                                 \
        } else {                                                                                   \
            LINK_LOOP(1, 1, full)                                                                  \
        }                                                                                          \
        break;                                                                                     \
    }

INLINE bool is_limit(const void *p)
{
    float limit = *(const float *)p;
    return limit < 0 || limit > 0;
}

/* `count` vectors from element `at` on */
INLINE void chain_part(int64_t at, int count, float *out, const float *first,
                       const element_link *link, int links)
{
    f32s held[CHAIN];
#pragma GCC unroll 16
    for (int j = 0; j < count; j++)
        held[j] = ((const f32s_loose *)(first + at))[j];
    for (const element_link *l = link, *end = link + links; l < end; l++) {
        const f32s_loose *ps =
            (const f32s_loose *)((const float *)l->other[0] + (at & l->walks[0]));
        const f32s_loose *qs =
            (const f32s_loose *)((const float *)l->other[1] + (at & l->walks[1]));
        switch (l->key) {
#define X(name, place, others, value)                                                              \
    LINK_CASES_##others(ELEMENT_LINK_KEY(ELEMENT_##name, place), value)
            LINK_LIST(X)
#undef X
            LINK_CASE_LIMIT(ELEMENT_LINK_KEY(ELEMENT_MAX, 0), f32_max(v, p), f32_larger(p, v))
            LINK_CASE_LIMIT(ELEMENT_LINK_KEY(ELEMENT_MAX, 1), f32_max(p, v), f32_larger(p, v))
            LINK_CASE_LIMIT(ELEMENT_LINK_KEY(ELEMENT_MIN, 0), f32_min(v, p), f32_smaller(p, v))
            LINK_CASE_LIMIT(ELEMENT_LINK_KEY(ELEMENT_MIN, 1), f32_min(p, v), f32_smaller(p, v))
        }
    }
#pragma GCC unroll 16
    for (int j = 0; j < count; j++)
        ((f32s_loose *)(out + at))[j] = held[j];
}

static void simd_chain(int64_t n, void *out, const void *first, const element_link *link, int links)
{
    int64_t at = 0;
    for (; at + CHAIN * F32_LANES <= n; at += CHAIN * F32_LANES)
        chain_part(at, CHAIN, out, first, link, links);
    for (; at + CHAIN_SOME * F32_LANES <= n; at += CHAIN_SOME * F32_LANES)
        chain_part(at, CHAIN_SOME, out, first, link, links);
    for (; at < n; at += ELEMENT_WHOLE)
        chain_part(at, CHAIN_REST, out, first, link, links);
}

#undef V
#undef negative
#undef size
