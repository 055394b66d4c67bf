/* Patterns over names. */
#include "base/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void patterns_match(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool match;
    } cases[] = {
        {"age", "age", true},
        {"age", "ages", false},
        {"ages", "age", false},
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "anything at all", true},
        {"a*", "a", true},
        {"a*", "ba", false},
        {"*a", "banana", true},
        {"*na", "banana", true},
        {"b*a*a", "banana", true},
        {"b*x*a", "banana", false},
        {"*ana", "bananas", false},
        {"a**b", "ab", true},
        {"?", "a", true},
        {"?", "", false},
        {"?", "ab", false},
        {"a?c", "abc", true},
        {"x?", "x\xC3\xA9", true}, /* é is one character */
        {"x??", "x\xC3\xA9", false},
        {"*?", "\xE2\x82\xAC", true}, /* € is one character */
        {"*??", "\xE2\x82\xAC", false},
        {"?*",
         "\xE2\x82\xAC"
         "5",
         true},
        {"[a-c]", "b", false}, /* only * and ? are special */
        {"[a-c]", "[a-c]", true},
        {"what?", "what?", true},
        {"a*b", "a*b", true},
        {"*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (pattern_match(cases[i].pattern, cases[i].name) != cases[i].match)
            fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].name);
}

static void names_have_no_wildcards(void **state)
{
    (void)state;
    assert_true(pattern_is_name("age [years]"));
    assert_true(pattern_is_name(""));
    assert_false(pattern_is_name("ag?"));
    assert_false(pattern_is_name("*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match),
        cmocka_unit_test(names_have_no_wildcards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
