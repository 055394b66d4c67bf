/* Which formats show dates, and when those dates are. */
#include "data/xlsx_read_impl.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void formats_of_dates(void **state)
{
    static const char *const dates[] = {
        "yyyy-mm-dd", "d/m/yy",      "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy",
        "h:mm AM/PM", "mm:ss.0",     "[Red]dd.mm.yyyy;@",
        "\"on \"d",   "YYYY\"-\"MM", "[$-409]h:mm",
        "_(m_)",      "[>1]s",       "[$-ja-JP]yyyy\"\xE5\xB9\xB4\"m",
    };
    static const char *const others[] = {
        "General",   "0.00",    "@",   "#,##0\\ \"USD\"", "0\\d",       "0.00E+00", "[Red]0",
        "[h]:mm:ss", "[mm]:ss", "[s]", "# ?/?",           "\"year\" 0", "_d0*y",    "",
        "\"yy",      "[yy",     "0\\", "[Magenta]#",      "[$USD]0",    "0_",
    };
    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        if (!date_format(dates[i]))
            fail_msg("\"%s\" shows a date", dates[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (date_format(others[i]))
            fail_msg("\"%s\" shows no date", others[i]);
    assert_true(date_format_builtin(14) && date_format_builtin(22) && date_format_builtin(45));
    assert_false(date_format_builtin(0) || date_format_builtin(13) || date_format_builtin(23));
    assert_false(date_format_builtin(46) || date_format_builtin(49) || date_format_builtin(59));
}

static void serials_as_seconds(void **state)
{
    static const struct {
        double serial;
        bool from_1904;
        double seconds;
    } cases[] = {
        {25569, false, 0},
        {24107, true, 0},
        {25569.5, false, 43200},
        {60.5, false, -2203934400}, /* the day that was none, as the one before */
        {61, false, -2203891200},
        {0, false, -2209075200},
        {0, true, -2082844800},
        {2958465, false, 253402214400},
        {2957003, true, 253402214400},
        {45306.123456789, false, 1705287466.667},
        {45000 + 1.0 / 3, false, 1678867200},
    };
    double seconds;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(date_of_serial(cases[i].serial, cases[i].from_1904, &seconds));
        if (seconds != cases[i].seconds)
            fail_msg("%.17g is %.17g", cases[i].serial, seconds);
    }
    assert_false(date_of_serial(-0.5, false, &seconds));
    assert_false(date_of_serial(2958466, false, &seconds));
    assert_false(date_of_serial(2957004, true, &seconds));
    assert_false(date_of_serial(NAN, false, &seconds));
}

static void texts_as_seconds(void **state)
{
    static const struct {
        const char *text;
        double seconds;
    } cases[] = {
        {"1970-01-01", 0},
        {"2000-02-29", 951782400},
        {"2024-03-01T00:00:00", 1709251200},
        {"2024-03-01T10:30Z", 1709289000},
        {"1969-12-31T23:59:59.5", -0.5},
        {"0001-01-01", -62135596800},
        {"9999-12-31", 253402214400},
        {"06:00:00", -2209053600},
    };
    static const char *const bad[] = {
        "",           "2024",       "2024-13-01",          "2024-00-01",  "2023-02-29",
        "1900-02-29", "2024-01-32", "2024-01-01T24:00:00", "0000-01-01",  "2024-01-01x",
        "24-01-01",   "2024-1-1",   "2024-01-01T10",       "2024-01-01T", "2024-01-01T10:00:60",
    };
    double seconds;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(date_of_text(cases[i].text, false, &seconds));
        if (seconds != cases[i].seconds)
            fail_msg("%s is %.17g", cases[i].text, seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (date_of_text(bad[i], false, &seconds))
            fail_msg("\"%s\" is no date", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_of_dates),
        cmocka_unit_test(serials_as_seconds),
        cmocka_unit_test(texts_as_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
