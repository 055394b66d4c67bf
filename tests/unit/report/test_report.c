#include "report/report.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* Whole pages. */

static int count(const char *text, const char *part)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, part)); p += strlen(part))
        ++n;
    return n;
}

/* Tags of a kind open as often as they close. */
static void is_balanced(const char *html)
{
    static const char *const tags[] = {"section", "div",    "table", "tr",   "td",     "thead",
                                       "tbody",   "dl",     "dt",    "dd",   "ul",     "li",
                                       "p",       "h1",     "h2",    "h3",   "figure", "figcaption",
                                       "span",    "small",  "pre",   "code", "main",   "nav",
                                       "header",  "footer", "body",  "html"};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; ++i) {
        char open[32] = "<", space[32], close[32] = "</";
        strcat(open, tags[i]);
        strcpy(space, open);
        strcat(open, ">");
        strcat(space, " ");
        strcat(strcat(close, tags[i]), ">");
        assert_int_equal(count(html, open) + count(html, space), count(html, close));
    }
}

static void has_no_outside(const char *html)
{
    assert_null(strstr(html, "http://"));
    assert_null(strstr(html, "https://"));
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "<link"));
    assert_null(strstr(html, "@import"));
    assert_null(strstr(html, "url("));
    assert_non_null(strstr(html, "default-src 'none'"));
}

static void an_empty_report_is_a_page(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_REPORT);
    assert_int_equal(report_html(c, &(report){.name = "nothing"}, &s), STINT_OK);
    is_balanced(s.at);
    has_no_outside(s.at);
    assert_non_null(strstr(s.at, "there is no best model"));
    assert_non_null(strstr(s.at, "No trial has a score."));
    assert_null(strstr(s.at, "id=\"data\""));
    str_deinit(&s);
    stint_close(c);
}

#define EVIL "<script>alert(1)</script>\"' onload=x &amp; \xff"

static const report_fact evil_facts[] = {{EVIL, EVIL, EVIL}};
static const report_check evil_checks[] = {{EVIL, REPORT_FAIL, EVIL}, {"b", REPORT_WARN, NULL}};
static const report_score evil_scores[] = {{EVIL, EVIL, 1, 0, 2, 3},
                                           {"R", NULL, NAN, NAN, NAN, NAN}};
static const report_trial evil_trials[] = {{1, 1, EVIL, EVIL, 1.5, 0.5, 5}};
static const report_stage evil_stages[] = {{EVIL, 3, 10, 20, 1, 0.5, -1, -1}};
static const report_picture evil_pictures[] = {
    {REPORT_AT_SEARCH, EVIL, EVIL, EVIL, "\x89PNG\r\n\x1a\n________________", 24}};

static const report_class evil_classes[] = {{EVIL, 12345, 10, 0.5, 0.25, NAN},
                                            {NULL, -1, -1, NAN, NAN, NAN}};

static report evil_report(void)
{
    return (report){
        .name = EVIL,
        .subtitle = EVIL,
        .verdict = {.model = EVIL,
                    .params = EVIL,
                    .target = EVIL,
                    .metric = EVIL,
                    .metric_title = EVIL,
                    .cv_mean = 1,
                    .cv_deviation = 0.1,
                    .folds = 5,
                    .test = 1.1,
                    .test_low = 0.9,
                    .test_high = 1.3,
                    .test_rows = 10,
                    .baseline_name = EVIL,
                    .baseline = 2,
                    .improvement = 0.45,
                    .reason = EVIL,
                    .scores = evil_scores,
                    .n_scores = 2},
        .task = EVIL,
        .classes = evil_classes,
        .n_classes = 2,
        .data = {evil_facts, 1, evil_checks, 2, evil_facts, 1, evil_facts, 1},
        .search = {1, 5, 0, evil_facts, 1, evil_trials, 1},
        .budget = {100, 200, evil_stages, 1},
        .pictures = evil_pictures,
        .n_pictures = 1,
        .reproduce = {EVIL, evil_facts, 1, EVIL, EVIL},
    };
}

static void hostile_names_are_text(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_REPORT);
    report r = evil_report();
    assert_int_equal(report_html(c, &r, &s), STINT_OK);
    is_balanced(s.at);
    has_no_outside(s.at);
    assert_null(strstr(s.at, "\" onload"));
    assert_null(strstr(s.at, "' onload"));
    assert_null(strstr(s.at, "\xff"));
    assert_true(count(s.at, "&lt;script&gt;") >= 20);
    assert_int_equal(count(s.at, "data:image/png;base64,"), 1);
    assert_non_null(strstr(s.at, "memory budget exceeded"));
    assert_non_null(strstr(s.at, "not reproducible"));
    str_deinit(&s);
    stint_close(c);
}

static void the_verdict_comes_first(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_REPORT);
    report r = evil_report();
    assert_int_equal(report_html(c, &r, &s), STINT_OK);
    const char *verdict = strstr(s.at, "id=\"verdict-title\"");
    static const char *const later[] = {
        "<nav",        "id=\"predictions\"", "id=\"classes\"",  "id=\"search\"",
        "id=\"data\"", "id=\"plan\"",        "id=\"reproduce\""};
    for (size_t i = 0; i < sizeof later / sizeof later[0]; ++i) {
        const char *at = strstr(s.at, later[i]);
        assert_non_null(at);
        assert_true(verdict < at);
        verdict = at;
    }
    str_deinit(&s);
    stint_close(c);
}

/* A table of many classes says how many more there are; of none there is no section. */
static void classes_are_a_table(void **state)
{
    (void)state;
    static report_class many[REPORT_CLASSES + 7];
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_REPORT);
    for (int i = 0; i < REPORT_CLASSES + 7; ++i)
        many[i] = (report_class){"setosa", 100, 25, 1, 0.5, 0.75};
    report r = {.name = "classes",
                .task = "classification",
                .classes = many,
                .n_classes = REPORT_CLASSES + 7};
    assert_int_equal(report_html(c, &r, &s), STINT_OK);
    is_balanced(s.at);
    assert_int_equal(count(s.at, "setosa"), REPORT_CLASSES);
    assert_int_equal(count(s.at, "0.75"), 2 * REPORT_CLASSES); /* shown, and in the title */
    assert_non_null(strstr(s.at, "The first 100 of 107 classes."));
    assert_non_null(strstr(s.at, "Experiment · classification"));
    str_clear(&s);
    r.n_classes = 1;
    assert_int_equal(report_html(c, &r, &s), STINT_OK);
    assert_int_equal(count(s.at, "setosa"), 1);
    assert_null(strstr(s.at, "The first"));
    str_clear(&s);
    r.n_classes = REPORT_CLASSES + 7;
    r.of_labels = true;
    assert_int_equal(report_html(c, &r, &s), STINT_OK);
    assert_null(strstr(s.at, "id=\"classes\""));
    assert_non_null(strstr(s.at, "id=\"labels\""));
    assert_non_null(strstr(s.at, "The first 100 of 107 labels."));
    str_clear(&s);
    r.n_classes = 0;
    assert_int_equal(report_html(c, &r, &s), STINT_OK);
    assert_null(strstr(s.at, "id=\"classes\""));
    assert_null(strstr(s.at, "id=\"labels\""));
    str_deinit(&s);
    stint_close(c);
}

static void short_memory_is_an_error(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    ctx *child = ctx_child(c, "report", 8 << 10);
    str s;
    str_init(&s, child, TAG_REPORT);
    report r = evil_report();
    assert_int_equal(report_html(child, &r, &s), STINT_ENOMEM);
    str_deinit(&s);
    ctx_free_child(child);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_report_is_a_page), cmocka_unit_test(hostile_names_are_text),
        cmocka_unit_test(the_verdict_comes_first),   cmocka_unit_test(classes_are_a_table),
        cmocka_unit_test(short_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
