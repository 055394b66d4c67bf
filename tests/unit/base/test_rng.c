#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

typedef struct known_answer {
    uint32_t counter[4], key[2], out[4];
} known_answer;

/* kat_vectors of Random123 1.14 */
static void known_answers(void **state)
{
    (void)state;
    static const known_answer cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t out[4];
        philox4x32_10(cases[i].counter, cases[i].key, out);
        assert_memory_equal(out, cases[i].out, sizeof out);
    }
}

static void numbers_depend_on_all_three(void **state)
{
    (void)state;
    rng r = {7, RNG_SPLIT};
    assert_true(rng_u64((rng){0, 0}, 0) == 0xe169c58d6627e8d5u);
    assert_true(rng_u64(r, 3) == rng_u64(r, 3));
    assert_true(rng_u64(r, 3) != rng_u64(r, 4));
    assert_true(rng_u64(r, 3) != rng_u64((rng){7, RNG_BOOTSTRAP}, 3));
    assert_true(rng_u64(r, 3) != rng_u64((rng){8, RNG_SPLIT}, 3));
    assert_true(rng_u64(r, 1) != rng_u64(r, UINT64_C(1) << 32));
}

/* n draws have mean error near 1/sqrt(n): five of those would be astonishing */
static void moments(void **state)
{
    (void)state;
    enum { N = 100000 };
    rng r = {42, RNG_GENERATE};
    double uniform = 0, normal = 0, square = 0;
    for (uint64_t i = 0; i < N; i++) {
        double u = rng_uniform(r, i), z = rng_normal(r, i);
        assert_true(u >= 0 && u < 1 && isfinite(z));
        uniform += u;
        normal += z;
        square += z * z;
    }
    assert_true(fabs(uniform / N - 0.5) < 5 * sqrt(1 / 12.0 / N));
    assert_true(fabs(normal / N) < 5 / sqrt(N));
    assert_true(fabs(square / N - 1) < 5 * sqrt(2.0 / N));
}

static void below_covers_its_range(void **state)
{
    (void)state;
    int seen[7] = {0};
    for (uint64_t i = 0; i < 7000; i++) {
        uint64_t k = rng_below((rng){1, 1}, i, 7);
        assert_true(k < 7);
        seen[k]++;
    }
    for (int k = 0; k < 7; k++)
        assert_in_range(seen[k], 850, 1150);
    assert_int_equal(rng_below((rng){1, 1}, 0, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(numbers_depend_on_all_three),
        cmocka_unit_test(moments),
        cmocka_unit_test(below_covers_its_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
