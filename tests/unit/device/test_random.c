/* Random steps: the numbers are Philox's, a place in the sequence has its number however it is
 * asked for, and the normal ones are normal. */
#include "unit/device/steps_fixture.h"

#include "base/rng.h"
#include "kernel/philox.h"

enum { GENERATOR, OUT, BUFFERS, MOST = 300000 };

static const uint8_t dtypes[] = {STINT_F32, STINT_F64};

static void philox_is_philox(void **state)
{
    (void)state;
    enum { BLOCKS = 70 };
    static uint32_t want[4 * BLOCKS], got[4 * BLOCKS + 1];
    philox_fill *fills[4] = {philox_baseline, philox()};
    int n = 2;
#if STINT_SIMD_X86
    if (__builtin_cpu_supports("avx2"))
        fills[n++] = philox_avx2;
    if (__builtin_cpu_supports("avx512f"))
        fills[n++] = philox_avx512;
#endif
    static const uint64_t firsts[] = {0, 1, 0xffffffe0, 0xffffffffffffffe0};
    for (int k = 0; k < n; k++)
        for (int f = 0; f < 4; f++)
            for (int64_t blocks = 0; blocks <= BLOCKS; blocks++) {
                uint64_t seed = 0x123456789abcdef0, stream = (uint64_t)1 << 32 | 7;
                philox_ref(seed, stream, firsts[f], blocks, want);
                got[4 * blocks] = 77;
                fills[k](seed, stream, firsts[f], blocks, got);
                assert_memory_equal(got, want, (size_t)blocks * 16);
                assert_int_equal(got[4 * blocks], 77);
            }
}

static void run(bool normal, uint8_t dtype, int64_t seed, int64_t drawn, int64_t count, char *out,
                int order)
{
    int64_t generator[2] = {seed, drawn};
    char *memory[BUFFERS] = {(char *)generator, out};
    random_args a = {
        .normal = normal, .count = count, .dtype = dtype, .generator = GENERATOR, .out = OUT};
    step_run(&step_random, &a, memory, order);
    assert_int_equal(generator[0], seed);
    assert_int_equal(generator[1], drawn);
}

/* Numbers drawn .. drawn + count are the same in one go and in several, in any order. */
static void a_number_is_its_place(void **state)
{
    (void)state;
    char *whole = malloc(MOST * 8), *part = malloc(MOST * 8);
    static const int64_t counts[] = {0,   1,   2,   3,    5,     255,   256,
                                     257, 508, 509, 1000, 65536, 65537, 200000};
    for (int d = 0; d < 2; d++)
        for (int normal = 0; normal < 2; normal++) {
            size_t bytes = d == 0 ? 4 : 8;
            run(normal, dtypes[d], -3, 0, MOST, whole, 0);
            for (int64_t from = 0; from < 9; from++)
                for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
                    for (int order = 0; order < ORDERS; order++) {
                        size_t n = (size_t)counts[c] * bytes;
                        memset(part, 0x33, n + 8);
                        run(normal, dtypes[d], -3, from, counts[c], part, order);
                        assert_memory_equal(part, whole + (size_t)from * bytes, n);
                        assert_true(part[n] == 0x33);
                    }
        }
    free(whole), free(part);
}

/* The step's uniform numbers from the reference's words. */
static void uniform_numbers_are_upper_bits(void **state)
{
    (void)state;
    uint32_t w[400];
    float f[400];
    double d[200];
    philox_ref(42, (uint64_t)1 << 32, 0, 100, w);
    run(false, STINT_F32, 42, 0, 400, (char *)f, 0);
    run(false, STINT_F64, 42, 0, 200, (char *)d, 0);
    for (int i = 0; i < 400; i++)
        assert_true((double)f[i] == (double)(w[i] >> 8) / 16777216);
    for (int i = 0; i < 200; i++)
        assert_true(d[i] == (double)(((uint64_t)w[2 * i + 1] << 32 | w[2 * i]) >> 11) * 0x1p-53);
}

static void moments(const char *x, uint8_t dtype, double out[5])
{
    memset(out, 0, 5 * sizeof *out);
    for (int64_t i = 0; i < MOST; i++) {
        double v = number_at(dtype, x, i), p = 1;
        for (int k = 0; k < 4; k++)
            out[k] += (p *= v) / MOST;
        out[4] += i > 0 ? v * number_at(dtype, x, i - 1) / MOST : 0;
    }
}

/* Each moment to five of its own standard errors. */
static void distributions(void **state)
{
    (void)state;
    char *x = malloc(MOST * 8);
    double m[5];
    for (int d = 0; d < 2; d++) {
        run(true, dtypes[d], 9, 0, MOST, x, 0);
        moments(x, dtypes[d], m);
        static const double normal[] = {0, 1, 0, 3, 0}, deviation[] = {1, 1.42, 3.88, 9.8, 1};
        for (int k = 0; k < 5; k++)
            assert_true(fabs(m[k] - normal[k]) < 5 * deviation[k] / sqrt(MOST));
        for (int64_t i = 0; i < MOST; i++)
            assert_true(fabs(number_at(dtypes[d], x, i)) < 9);
        run(false, dtypes[d], 9, 0, MOST, x, 0);
        moments(x, dtypes[d], m);
        for (int k = 0; k < 4; k++)
            assert_true(fabs(m[k] - 1.0 / (k + 2)) < 5 * 0.3 / sqrt(MOST));
        for (int64_t i = 0; i < MOST; i++)
            assert_true(number_at(dtypes[d], x, i) >= 0 && number_at(dtypes[d], x, i) < 1);
    }
    free(x);
}

/* A pair against libm. */
static void box_muller(void **state)
{
    (void)state;
    uint32_t w[400];
    float f[400];
    philox_ref(1, (uint64_t)1 << 32, 0, 100, w);
    run(true, STINT_F32, 1, 0, 400, (char *)f, 0);
    for (int i = 0; i < 400; i += 2) {
        double u = ((double)w[i] + 0.5) * 0x1p-32, v = (double)(w[i + 1] >> 8) * 0x1p-24;
        double r = sqrt(-2 * log(u)), angle = 6.283185307179586 * v;
        assert_true(fabs((double)f[i] - r * cos(angle)) < 4e-6);
        assert_true(fabs((double)f[i + 1] - r * sin(angle)) < 4e-6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_is_philox),
        cmocka_unit_test(a_number_is_its_place),
        cmocka_unit_test(uniform_numbers_are_upper_bits),
        cmocka_unit_test(distributions),
        cmocka_unit_test(box_muller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
