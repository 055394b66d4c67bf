#include "base/fault.h"
#include "base/rng.h"
#include "base/str.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void grows_and_is_taken(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_BASE);
    assert_string_equal(s.at, "");
    str_clear(&s);
    for (int i = 0; i < 1000; i++)
        str_addf(&s, "%d,", i % 10);
    assert_int_equal(s.len, 2000);
    assert_int_equal(strlen(s.at), 2000);
    str_clear(&s);
    str_add(&s, "ab");
    str_add_bytes(&s, "c\0d", 3);
    assert_int_equal(s.len, 5);
    assert_memory_equal(s.at, "abc\0d", 6);
    char *taken = str_take(&s);
    assert_memory_equal(taken, "abc\0d", 6);
    assert_string_equal(s.at, "");
    mem_free(taken);
    taken = str_take(&s);
    assert_string_equal(taken, "");
    mem_free(taken);
    str_deinit(&s);
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

static void failure_is_sticky_and_keeps_what_was(void **state)
{
    (void)state;
    ctx *c = stint_open(&(stint_options){.memory_bytes = 1000});
    str s;
    str_init(&s, c, TAG_BASE);
    str_add(&s, "kept");
    str_addf(&s, "%*s", 5000, "");
    assert_int_equal(str_status(&s), STINT_ENOMEM);
    str_add(&s, "!");
    assert_string_equal(s.at, "kept");
    assert_null(str_take(&s));
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

typedef struct double_text {
    double x;
    const char *text;
} double_text;

static void doubles_take_the_fewest_digits(void **state)
{
    (void)state;
    static const double_text cases[] = {
        {0.1, "0.1"},
        {3, "3"},
        {-2.5, "-2.5"},
        {1e22, "1e+22"},
        {1.0 / 3, "0.3333333333333333"},
        {0, "0"},
        {-0.0, "-0.0"},
        {5e-324, "5e-324"},
        {NAN, "nan"},
        {-NAN, "nan"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
        {123456789, "123456789"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {0.1 + 0.2, "0.30000000000000004"},
    };
    char out[STR_DOUBLE_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        str_format_double(out, cases[i].x);
        assert_string_equal(out, cases[i].text);
    }
}

static void doubles_read_back_to_the_same_bits(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t bits = rng_u64((rng){1, 1}, i), again;
        double x, y;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        char out[STR_DOUBLE_SIZE];
        str_format_double(out, x);
        y = strtod(out, NULL);
        memcpy(&again, &y, sizeof y);
        assert_true(again == bits);
    }
}

static void assert_parses_as_strtod(const char *text)
{
    double x, y = strtod(text, NULL);
    assert_true(str_parse_double(text, &x));
    if (memcmp(&x, &y, sizeof x) != 0)
        fail_msg("%s is %.17g, not %.17g", text, y, x);
}

static void decimals_are_the_nearest_doubles(void **state)
{
    (void)state;
    static const char *const hard[] = {
        "0",
        "-0",
        "0.0",
        "-0e9",
        "00012",
        "9007199254740993",
        "9007199254740992.5",
        "18446744073709551616",
        "18446744073709551615",
        "9999999999999999999",
        "1e22",
        "1e23",
        "-1.5e-22",
        "8.5e27",
        "123456789012345678e-27",
        "0.000000000000000000000000000001",
        "36893488147419103232",
        "100000000000000000000000000000000000",
        "1e99",
        "1e100",
        "1e-99",
        "4503599627370496.5",
        "4503599627370497.5",
        "2.2250738585072014e-308",
        "1E5",
        ".5",
        "5.",
        "0.1000000000000000055511151231257827021181583404541015625",
    };
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        assert_parses_as_strtod(hard[i]);
    for (uint64_t i = 0; i < 400000; i++) {
        uint64_t a = rng_u64((rng){1, 2}, 2 * i), b = rng_u64((rng){1, 2}, 2 * i + 1);
        char text[64], digits[32];
        int n = 1 + (int)(b % 20), point = (int)(b >> 8 & 255) % (n + 1);
        int e = (int)(b >> 16 & 255) % 60 - 30;
        snprintf(digits, sizeof digits, "%020llu", (unsigned long long)a);
        snprintf(text, sizeof text, "%s%.*s.%.*se%d", b >> 32 & 1 ? "-" : "", point, digits,
                 n - point, digits + point, b >> 33 & 1 ? 0 : e);
        assert_parses_as_strtod(text);
    }
    /* half-way between two doubles, and next to it */
    for (uint64_t i = 0; i < 100000; i++) {
        uint64_t m = (rng_u64((rng){1, 3}, i) >> 11 | 1ull << 52) & ((1ull << 53) - 1);
        char text[64];
        for (int around = -1; around <= 1; around++) {
            snprintf(text, sizeof text, "%llu", (unsigned long long)(m * 1024 + 512) + around);
            assert_parses_as_strtod(text);
        }
    }
}

typedef struct bytes_text {
    int64_t bytes;
    const char *text;
} bytes_text;

static void bytes_as_text(void **state)
{
    (void)state;
    static const bytes_text cases[] = {
        {0, "0 B"},
        {1023, "1023 B"},
        {640 << 10, "640 KiB"},
        {(1 << 20) - 1, "1.0 MiB"},
        {12 << 20, "12.0 MiB"},
        {INT64_C(3) << 29, "1.5 GiB"},
        {(INT64_C(1) << 30) - 1, "1.0 GiB"},
        {INT64_MAX, "8.0 EiB"},
    };
    char out[STR_SIZE_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(str_format_bytes(out, cases[i].bytes), cases[i].text);
}

typedef struct seconds_text {
    double seconds;
    const char *text;
} seconds_text;

static void seconds_as_text(void **state)
{
    (void)state;
    static const seconds_text cases[] = {
        {0.25, "250 ms"},        {3.4, "3.4 s"},         {59.96, "1 min 00 s"},
        {80, "1 min 20 s"},      {3599.6, "1 h 00 min"}, {3720, "1 h 02 min"},
        {86400 * 3, "3 d 00 h"}, {INFINITY, "unknown"},
    };
    char out[STR_SIZE_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(str_format_seconds(out, cases[i].seconds), cases[i].text);
}

static void text_as_bytes(void **state)
{
    (void)state;
    static const bytes_text good[] = {
        {0, "0"},
        {17, "17"},
        {1 << 30, "1GiB"},
        {512 << 20, "512 MiB"},
        {1000000000, "1e9"},
        {1536, "1.5KiB"},
        {1000, "1kb"},
        {2000000, "2 MB"},
        {3000000000, " 3gb "},
        {INT64_C(1) << 40, "1tib"},
        {7, "7B"},
        {500, "5e2 B"},
        {100000, "0.1MB"},
        {INT64_MAX, "9223372036854775807"},
        {512, ".5kib"},
        {9007199254740993, "9007199254740993"},
    };
    static const char *const bad[] = {
        "",
        " ",
        "GiB",
        "-1",
        "+1",
        "1GiBx",
        "1 Gi B",
        "1K",
        "0x10",
        "nan",
        "inf",
        "1..2",
        "1e",
        "1e99",
        "9223372036854775808",
        "10000000TiB",
        "1,5MB",
        "1e999999999999999999999",
        "1min",
    };
    int64_t bytes;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(str_parse_bytes(good[i].text, &bytes));
        assert_int_equal(bytes, good[i].bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(str_parse_bytes(bad[i], &bytes));
}

static void text_as_seconds(void **state)
{
    (void)state;
    static const seconds_text good[] = {
        {90, "90s"}, {300, "5min"}, {3600, "1h"},   {5400, "1.5 h"}, {0.25, "250ms"},
        {12, "12"},  {120, "2m"},   {172800, "2d"}, {0.1, "0.1 S"},
    };
    static const char *const bad[] = {"", "h", "-1s", "1 hour", "1h30", "1GiB", "nan", "1e4000"};
    double seconds;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(str_parse_seconds(good[i].text, &seconds));
        assert_true(seconds == good[i].seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(str_parse_seconds(bad[i], &seconds));
}

static void text_as_double(void **state)
{
    (void)state;
    static const double_text good[] = {
        {0.5, "0.5"},  {-3, "-3"},          {1e5, "+1e5"},      {2, " 2"},
        {0.25, ".25"}, {INFINITY, "1e999"}, {INFINITY, "inf"},  {-INFINITY, "-Infinity"},
        {0.1, "0.1"},  {4, "4."},           {5e-324, "5e-324"},
    };
    static const char *const bad[] = {"",   " ",      "0,5",   "1,000", "0x10", "0X1p3", "1e",
                                      "1 ", "nan(1)", "1.5.2", "n/a",   "-",    "1e5x",  "1_000"};
    double x;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(str_parse_double(good[i].text, &x));
        assert_true(x == good[i].x);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(str_parse_double(bad[i], &x));
    assert_true(str_parse_double("nan", &x) && isnan(x));
}

/* A locale that writes "0,5", if there is one. */
static bool set_comma_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "es_ES.UTF-8", "it_IT.UTF-8",
                                        "nl_NL.UTF-8", "pl_PL.UTF-8", "ru_RU.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (setlocale(LC_ALL, names[i]) && *localeconv()->decimal_point == ',')
            return true;
    setlocale(LC_ALL, "C");
    return false;
}

static void numbers_are_the_same_in_any_locale(void **state)
{
    if (!set_comma_locale())
        skip();
    char text[STR_DOUBLE_SIZE];
    str s;
    snprintf(text, sizeof text, "%.1f", 0.5);
    assert_string_equal(text, "0,5");
    str_print(text, sizeof text, "%.1f", 0.5);
    assert_string_equal(text, "0.5");
    doubles_take_the_fewest_digits(state);
    bytes_as_text(state);
    seconds_as_text(state);
    text_as_bytes(state);
    text_as_seconds(state);
    text_as_double(state);
    ctx *c = stint_open(NULL);
    str_init(&s, c, TAG_BASE);
    str_addf(&s, "%g %.3f", 0.5, 1234.5);
    assert_string_equal(s.at, "0.5 1234.500");
    str_deinit(&s);
    stint_close(c);
    snprintf(text, sizeof text, "%.1f", 0.5); /* and the host keeps its own */
    assert_string_equal(text, "0,5");
    setlocale(LC_ALL, "C");
}

static void distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(str_distance("", ""), 0);
    assert_int_equal(str_distance("", "abc"), 3);
    assert_int_equal(str_distance("memory", "memory"), 0);
    assert_int_equal(str_distance("memroy", "memory"), 1);
    assert_int_equal(str_distance("kitten", "sitting"), 3);
    assert_int_equal(str_distance("alpha", "alph"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_is_taken),
        cmocka_unit_test(failure_is_sticky_and_keeps_what_was),
        cmocka_unit_test(doubles_take_the_fewest_digits),
        cmocka_unit_test(doubles_read_back_to_the_same_bits),
        cmocka_unit_test(decimals_are_the_nearest_doubles),
        cmocka_unit_test(bytes_as_text),
        cmocka_unit_test(seconds_as_text),
        cmocka_unit_test(text_as_bytes),
        cmocka_unit_test(text_as_seconds),
        cmocka_unit_test(text_as_double),
        cmocka_unit_test(numbers_are_the_same_in_any_locale),
        cmocka_unit_test(distance_counts_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
