/* UTF-8: what is text, and what a code point becomes. */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void valid_and_not(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"", true},
        {"abc", true},
        {"gr\xC3\xBCn", true},
        {"\xE2\x82\xAC", true},
        {"\xF0\x9F\x98\x80", true},
        {"\x80", false},         /* goes on from nothing */
        {"\xC3", false},         /* cut off */
        {"\xC0\xAF", false},     /* overlong */
        {"\xE0\x80\xAF", false}, /* overlong */
        {"\xED\xA0\x80", false}, /* a surrogate */
        {"\xF4\x90\x80\x80", false},
        {"\xFF", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(utf8_valid(cases[i].text, (int64_t)strlen(cases[i].text)), cases[i].valid);
}

/* Every code point goes out and comes back as one sequence; what is none does not. */
static void all_code_points(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x110100; code++) {
        char out[4];
        int n = utf8_put(out, code);
        bool is = code < 0xD800 || (code > 0xDFFF && code < 0x110000);
        assert_int_equal(n > 0, is);
        if (is)
            assert_int_equal(utf8_bytes((const uint8_t *)out, (const uint8_t *)out + n), n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_and_not),
        cmocka_unit_test(all_code_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
