#include "report/html.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* Escaping and numbers. */

static ctx *c;
static str s;

static int open_str(void **state)
{
    (void)state;
    c = stint_open(NULL);
    str_init(&s, c, TAG_REPORT);
    return 0;
}

static int close_str(void **state)
{
    (void)state;
    str_deinit(&s);
    stint_close(c);
    return 0;
}

static void text_is_escaped(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"<script>alert('x & \"y\"')</script>",
         "&lt;script&gt;alert(&#39;x &amp; &quot;y&quot;&#39;)&lt;/script&gt;"},
        {"naïve ŷ² 𝛼", "naïve ŷ² 𝛼"},
        {"a\tb\nc", "a\tb\nc"},
        {"a\x01"
         "b\x7f",
         "a\ufffdb\ufffd"},
        {"\xff<", "\ufffd&lt;"},
        {"\xc3", "\ufffd"},
        {"\xc0\xbc", "\ufffd\ufffd"},                     /* an overlong '<' */
        {"\xe0\x80\xbc", "\ufffd\ufffd\ufffd"},           /* another */
        {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},           /* a surrogate */
        {"\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"}, /* beyond U+10FFFF */
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        str_clear(&s);
        html_text(&s, cases[i][0]);
        assert_string_equal(s.at, cases[i][1]);
    }
    str_clear(&s);
    html_text(&s, NULL);
    assert_string_equal(s.at, "");
}

static void numbers_are_for_people(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *html;
    } cases[] = {
        {0.1, "<span title=\"0.1\">0.1</span>"},
        {54.231234567, "<span title=\"54.231234567\">54.2312</span>"},
        {-2, "<span title=\"-2\">−2</span>"},
        {1.5e12, "<span title=\"1500000000000\">1.5 × 10<sup>12</sup></span>"},
        {-3e-7, "<span title=\"-3e-07\">−3 × 10<sup>−7</sup></span>"},
        {NAN, "–"},
        {INFINITY, "∞"},
        {-INFINITY, "−∞"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        str_clear(&s);
        html_number(&s, cases[i].x);
        /* how the exact value is spelt is str's affair */
        const char *shown = strchr(s.at, '>'), *want = strchr(cases[i].html, '>');
        assert_string_equal(shown ? shown : s.at, want ? want : cases[i].html);
    }
}

static void counts_are_grouped(void **state)
{
    (void)state;
    static const struct {
        int64_t n;
        const char *text;
    } cases[] = {{0, "0"},
                 {9999, "9999"},
                 {10000, "10\u202f000"},
                 {-1234567, "−1\u202f234\u202f567"},
                 {INT64_MIN, "−9\u202f223\u202f372\u202f036"
                             "\u202f854\u202f775\u202f808"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        str_clear(&s);
        html_count(&s, cases[i].n);
        assert_string_equal(s.at, cases[i].text);
    }
}

static void unknown_is_a_dash(void **state)
{
    (void)state;
    html_bytes(&s, -1);
    html_seconds(&s, -1);
    html_seconds(&s, NAN);
    assert_string_equal(s.at, "–––");
}

static void tables_are_labelled(void **state)
{
    (void)state;
    static const html_column columns[] = {{"Name", false}, {"<n>", true}};
    html_table(&s, "A & B", columns, 2);
    html_table_end(&s);
    assert_non_null(strstr(s.at, "<caption>A &amp; B</caption>"));
    assert_non_null(strstr(s.at, "aria-label=\"A &amp; B\""));
    assert_non_null(strstr(s.at, "<th scope=\"col\" class=\"n\">&lt;n&gt;</th>"));
}

static void pictures_are_data(void **state)
{
    (void)state;
    static const unsigned char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\4\0\0\0\2\0xy";
    report_picture p = {.title = "t", .alt = "\"<", .png = png, .png_bytes = sizeof png - 1};
    html_png(&s, &p);
    assert_string_equal(s.at,
                        "<img width=\"512\" height=\"256\" alt=\"&quot;&lt;\" "
                        "src=\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAABAAAAAIAeHk=\">");
    str_clear(&s);
    p.png_bytes = 23;
    html_png(&s, &p);
    p.png = "this is no picture at all, whatever it says";
    p.png_bytes = 40;
    html_png(&s, &p);
    assert_string_equal(s.at, "");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_str, close_str)
    const struct CMUnitTest tests[] = {
        TEST(text_is_escaped),   TEST(numbers_are_for_people), TEST(counts_are_grouped),
        TEST(unknown_is_a_dash), TEST(tables_are_labelled),    TEST(pictures_are_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
