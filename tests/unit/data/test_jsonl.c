/* One line of JSON, field by field, and what is said of one that is wrong. */
#include "data/jsonl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* "key=text " for each field, numbered by type; "!why@byte" behind a failure. */
static void walk(const char *line, char *out, size_t size)
{
    char room[512];
    json_field f;
    json_line r = json_line_begin(line, (int64_t)strlen(line), room);
    *out = '\0';
    while (json_line_next(&r, &f)) {
        size_t n = strlen(out);
        bool has = f.type != JSON_CELL_OBJECT && f.type != JSON_CELL_LIST;
        snprintf(out + n, size - n, "%.*s:%d=%.*s ", (int)f.key.len, f.key.at, f.type,
                 has ? (int)f.text.len : 0, has ? f.text.at : "");
    }
    size_t n = strlen(out);
    if (r.error)
        snprintf(out + n, size - n, "!%s@%d", r.error, (int)(r.at - r.from) + 1);
}

static void good_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line, *fields;
    } cases[] = {
        {"{}", ""},
        {" { \"a\" : 1 , \"b\":-2.5e-3 } \r", "a:2=1 b:3=-2.5e-3 "},
        {"{\"t\":true,\"f\":false,\"n\":null,\"x\":NaN,\"i\":-Infinity}",
         "t:1=true f:1=false n:0=null x:0=NaN i:3=-Infinity "},
        {"{\"s\":\"plain\",\"e\":\"\"}", "s:4=plain e:4= "},
        {"{\"k\\u00e9\":\"a\\\"\\\\\\/b\\ud83d\\ude00\"}", "k\xC3\xA9:4=a\"\\/b\xF0\x9F\x98\x80 "},
        {"{\"o\":{\"x\":[1,{\"y\":\"]}\"}]},\"l\":[],\"z\":0}", "o:5= l:6= z:2=0 "},
        {"{\"big\":123456789012345678901234567890}", "big:2=123456789012345678901234567890 "},
    };
    char out[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        walk(cases[i].line, out, sizeof out);
        assert_string_equal(out, cases[i].fields);
    }
}

static void bad_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line, *said;
    } cases[] = {
        {"[1]", "!an object is expected"},
        {"{", "!a key in double quotes is expected"},
        {"{\"a\"", "!a colon is expected"},
        {"{\"a\":", "!a value is expected"},
        {"{\"a\":1", "a:2=1 !a comma or } is expected@7"},
        {"{\"a\":1,}", "a:2=1 !a key in double quotes is expected"},
        {"{,\"a\":1}", "!a key in double quotes is expected"},
        {"{\"a\":01}", "!a value is expected"},
        {"{\"a\":1.}", "!digits are expected behind a point"},
        {"{\"a\":1e}", "!digits are expected behind an e"},
        {"{\"a\":+1}", "!a value is expected"},
        {"{\"a\":tru}", "!a value is expected"},
        {"{\"a\":1}{", "a:2=1 !something follows the object"},
        {"{\"a\":\"x", "!a text does not end"},
        {"{\"a\":\"x\ty\"}", "!a control character in a text"},
        {"{\"a\":\"\\q\"}", "!a backslash before a letter"},
        {"{\"a\":\"\\u12g4\"}", "!\\u wants four hexadecimal digits"},
        {"{\"a\":\"\\ud83d\"}", "!\\u names half a character"},
        {"{\"a\":\"\\ud83d\\u0041\"}", "!\\u names half a character"},
        {"{\"a\":\"\\u0000\"}", "!a text holds a zero byte"},
        {"{\"a\":\"\xE9\"}", "!not UTF-8 text"},
        {"{\"a\":{\"b\":1}", "a:5= !a comma or } is expected"},
        {"{\"a\":[1", "!an object or a list does not end"},
    };
    char out[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        walk(cases[i].line, out, sizeof out);
        if (strncmp(out, cases[i].said, strlen(cases[i].said)) != 0)
            fail_msg("%s: %s, not %s", cases[i].line, out, cases[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_lines),
        cmocka_unit_test(bad_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
