/* Every op of every class against the reference, in every domain; conversions; 16-bit floats
 * exhaustively. */
#include "unit/kernel/element_cases.h"

enum { N = 4 * ELEMENT_BLOCK };

static const element_class *classes[ISAS];
static int n_classes;
static _Alignas(64) char a[N * 8], b[N * 8], c[N * 8], got[N * 8], want[N * 8];

/* Operand k of an op: mixed values; in I64 large ones too, so that arithmetic wraps. */
static void fill_operand(element_domain d, void *out, int k)
{
    for (int64_t i = 0; i < N; i++) {
        double x = element_value((uint64_t)k, i);
        if (d == ELEMENT_F32)
            ((float *)out)[i] = (float)x;
        else if (d == ELEMENT_F64)
            ((double *)out)[i] = x;
        else
            ((int64_t *)out)[i] =
                i % 3 ? (int64_t)rng_below((rng){3, (uint64_t)k}, (uint64_t)i, 7) - 3
                      : (int64_t)rng_u64((rng){4, (uint64_t)k}, (uint64_t)i);
    }
}

/* The bound of an op in f32, relative and absolute; 0: the same bits. */
typedef struct bound {
    double relative, absolute;
} bound;

static bound bound_of(element_op op)
{
    if (op == ELEMENT_POW)
        return (bound){2e-6, 0};
    if (op == ELEMENT_SIN || op == ELEMENT_COS)
        return (bound){4 * 0x1p-24, 2e-7};
    return op < ELEMENT_RSQRT || op == ELEMENT_RECIPROCAL || op >= ELEMENT_ROUND_F16
               ? (bound){0, 0}
               : (bound){8 * 0x1p-24, 0};
}

static bool fits(element_domain d, element_op op, int64_t i)
{
    if (d == ELEMENT_I64)
        return ((int64_t *)got)[i] == ((int64_t *)want)[i];
    if (d == ELEMENT_F64)
        return same_f64(((double *)got)[i], ((double *)want)[i]);
    float g = ((float *)got)[i], w = ((float *)want)[i];
    bound most = bound_of(op);
    if (same_f32(g, w))
        return true;
    if (most.relative == 0 || !isfinite(w))
        return false;
    double step = 0x1p-148; /* of the smallest numbers */
    return fabs((double)g - w) <= most.relative * fabs((double)w) + most.absolute + step;
}

static void ops_are_the_references(void **state)
{
    (void)state;
    for (int d = 0; d < ELEMENT_DOMAINS; d++) {
        fill_operand(d, a, 1), fill_operand(d, b, 2), fill_operand(d, c, 3);
        for (int k = 0; k < n_classes; k++)
            for (int op = 0; op < ELEMENT_OPS; op++) {
                element_fn *run = classes[k]->op[d][op];
                if (!run)
                    continue;
                element_ref.op[d][op](N, want, a, b, c);
                run(N, got, a, b, c);
                for (int64_t i = 0; i < N; i++)
                    if (!fits(d, op, i))
                        fail_msg("%s, domain %d, %s(%g, %g): %.9g is not %.9g", classes[k]->name, d,
                                 element_ops[op].text, (double)((float *)a)[i],
                                 (double)((float *)b)[i], (double)((float *)got)[i],
                                 (double)((float *)want)[i]);
            }
    }
}

/* Each special with each: C's pow has a rule for most of them. */
static void powers_of_specials_are_libms(void **state)
{
    (void)state;
    float x[ELEMENT_WHOLE], y[ELEMENT_WHOLE], z[ELEMENT_WHOLE];
    for (int k = 0; k < n_classes; k++)
        for (int i = 0; i < SPECIALS; i++)
            for (int j = 0; j < SPECIALS; j++) {
                for (int l = 0; l < ELEMENT_WHOLE; l++)
                    x[l] = special_f32[i], y[l] = special_f32[j];
                element_fn_of(classes[k], ELEMENT_F32, ELEMENT_POW)(ELEMENT_WHOLE, z, x, y, NULL);
                float right = (float)pow((double)x[0], (double)y[0]);
                double off = fabs((double)z[0] - right);
                if (!same_f32(z[0], right) && !(off <= 2e-6 * fabs((double)right) + 0x1p-149 &&
                                                signbit(z[0]) == signbit(right)))
                    fail_msg("%s: %g ^ %g = %g, not %g", classes[k]->name, (double)x[0],
                             (double)y[0], (double)z[0], (double)right);
            }
}

static void domains_have_their_ops(void **state)
{
    (void)state;
    for (int op = 0; op < ELEMENT_OPS; op++) {
        bool of_floats = op == ELEMENT_DIV || op == ELEMENT_POW || op >= ELEMENT_SQRT;
        assert_non_null(element_ref.op[ELEMENT_F32][op]);
        assert_non_null(element_ref.op[ELEMENT_F64][op]);
        assert_int_equal(element_ref.op[ELEMENT_I64][op] == NULL, of_floats);
    }
}

/* Memory of every dtype from values of every domain, and back. */
static void conversions_are_the_references(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {4, 8, 2, 2, 4, 8, 1, 1};
    for (int d = 0; d < ELEMENT_DOMAINS; d++)
        for (int t = 0; t < ELEMENT_DTYPES; t++)
            for (int k = 0; k < n_classes && element_ref.store[d][t]; k++) {
                fill_operand(d, a, 5);
                element_ref.store[d][t](N, want, a);
                element_store_of(classes[k], d, t)(N, got, a);
                assert_memory_equal(got, want, (size_t)(N * bytes[t]));
                element_ref.load[d][t](N, b, want);
                element_load_of(classes[k], d, t)(N, c, want);
                assert_memory_equal(b, c, N * (d == ELEMENT_F32 ? 4 : 8));
            }
}

/* All 65536 values of a 16-bit float to f32 and back; NaN becomes quiet. */
static void halves_round_trip(void **state)
{
    (void)state;
    static const int dtypes[] = {STINT_F16, STINT_BF16};
    uint16_t in[ELEMENT_WHOLE], out[ELEMENT_WHOLE];
    float x[ELEMENT_WHOLE], right[ELEMENT_WHOLE];
    for (int t = 0; t < 2; t++)
        for (int k = -1; k < n_classes; k++) {
            const element_class *of = k < 0 ? &element_ref : classes[k];
            for (int h = 0; h < 65536; h += ELEMENT_WHOLE) {
                for (int i = 0; i < ELEMENT_WHOLE; i++)
                    in[i] = (uint16_t)(h + i);
                element_load_of(of, ELEMENT_F32, dtypes[t])(ELEMENT_WHOLE, x, in);
                element_load_of(&element_ref, ELEMENT_F32, dtypes[t])(ELEMENT_WHOLE, right, in);
                element_store_of(of, ELEMENT_F32, dtypes[t])(ELEMENT_WHOLE, out, x);
                for (int i = 0; i < ELEMENT_WHOLE; i++) {
                    int quiet = t == 0 ? 0x200 : 0x40;
                    assert_true(same_f32(x[i], right[i]));
                    assert_int_equal(out[i], x[i] != x[i] ? in[i] | quiet : in[i]);
                }
            }
        }
}

/* The nearest of two neighbours, the even one half way, from f32 and from f64. */
static void halves_round_to_nearest_even(void **state)
{
    (void)state;
    static const struct {
        double x;
        uint16_t f16, bf16;
    } rows[] = {
        {1, 0x3c00, 0x3f80},
        {1 + 0x1p-11, 0x3c00, 0x3f80},           /* half way in f16 */
        {1 + 0x1p-11 + 0x1p-40, 0x3c01, 0x3f80}, /* a little more: in f32 half way again */
        {1 + 0x1p-8, 0x3c04, 0x3f80},            /* half way in bf16 */
        {1 + 0x1p-8 + 0x1p-40, 0x3c04, 0x3f81},
        {1 + 3 * 0x1p-8, 0x3c0c, 0x3f82},
        {0x1p-25, 0x0000, 0x3300}, /* half of f16's smallest */
        {0x1p-25 + 0x1p-60, 0x0001, 0x3300},
        {-0x1p-14, 0x8400, 0xb880},
        {65519.99, 0x7bff, 0x4780},
        {65520, 0x7c00, 0x4780},
        {1e300, 0x7c00, 0x7f80},
        {-INFINITY, 0xfc00, 0xff80},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        double x[ELEMENT_WHOLE];
        uint16_t out[ELEMENT_WHOLE];
        for (int i = 0; i < ELEMENT_WHOLE; i++)
            x[i] = rows[r].x;
        element_ref.store[ELEMENT_F64][STINT_F16](ELEMENT_WHOLE, out, x);
        assert_int_equal(out[0], rows[r].f16);
        element_ref.store[ELEMENT_F64][STINT_BF16](ELEMENT_WHOLE, out, x);
        assert_int_equal(out[0], rows[r].bf16);
    }
}

static void integers_saturate_and_wrap(void **state)
{
    (void)state;
    static const struct {
        double x;
        int32_t i32;
        int64_t i64;
        uint8_t u8;
    } rows[] = {
        {2.9, 2, 2, 2},
        {-2.9, -2, -2, 0},
        {NAN, 0, 0, 0},
        {INFINITY, INT32_MAX, INT64_MAX, 255},
        {256, 256, 256, 255},
        {-1e300, INT32_MIN, INT64_MIN, 0},
        {0x1p31, INT32_MAX, (int64_t)1 << 31, 255},
        {0x1p63, INT32_MAX, INT64_MAX, 255},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        double x = rows[r].x;
        int32_t i32;
        int64_t i64;
        uint8_t u8;
        element_ref.store[ELEMENT_F64][STINT_I32](1, &i32, &x);
        element_ref.store[ELEMENT_F64][STINT_I64](1, &i64, &x);
        element_ref.store[ELEMENT_F64][STINT_U8](1, &u8, &x);
        assert_int_equal(i32, rows[r].i32);
        assert_true(i64 == rows[r].i64);
        assert_int_equal(u8, rows[r].u8);
    }
    int64_t large = ((int64_t)1 << 32) + 300;
    int32_t low;
    uint8_t lowest;
    element_ref.store[ELEMENT_I64][STINT_I32](1, &low, &large);
    element_ref.store[ELEMENT_I64][STINT_U8](1, &lowest, &large);
    assert_int_equal(low, 300);
    assert_int_equal(lowest, 44);
}

int main(void)
{
    n_classes = element_classes(classes);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ops_are_the_references),
        cmocka_unit_test(powers_of_specials_are_libms),
        cmocka_unit_test(domains_have_their_ops),
        cmocka_unit_test(conversions_are_the_references),
        cmocka_unit_test(halves_round_trip),
        cmocka_unit_test(halves_round_to_nearest_even),
        cmocka_unit_test(integers_saturate_and_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
