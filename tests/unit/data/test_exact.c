/* Whole numbers that a double holds, and those it does not. */
#include "data/exact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void integers(void **state)
{
    (void)state;
    assert_true(exact_u64(0));
    assert_true(exact_u64(EXACT_MOST));
    assert_false(exact_u64(EXACT_MOST + 1));
    assert_true(exact_u64(EXACT_MOST + 2));
    assert_true(exact_u64(UINT64_C(1) << 63));
    assert_false(exact_u64(UINT64_MAX));
    for (uint64_t x = EXACT_MOST - 100; x < EXACT_MOST + 100; x++)
        assert_int_equal(exact_u64(x), (uint64_t)(double)x == x);
}

static void texts(void **state)
{
    (void)state;
    static const struct {
        const char *cell;
        bool exact;
    } cases[] = {
        {"", true},
        {"12", true},
        {"-9007199254740992", true},
        {"9007199254740993", false},
        {"+009007199254740993", false},
        {"0000000000000000000000012", true},
        {"100000000000000000000", true},  /* 10^20 */
        {"100000000000000000001", false}, /* no cell of a double */
        {"9007199254740993.0", true},     /* not written as a whole number */
        {"9.007199254740993e15", true},
        {"n/a", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(exact_text(cases[i].cell, (int64_t)strlen(cases[i].cell)), cases[i].exact);
    char digits[400];
    memset(digits, '9', sizeof digits);
    assert_false(exact_text(digits, sizeof digits));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
