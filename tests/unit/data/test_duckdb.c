/* Quoting for SQL. */
#include "data/duckdb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void literals_and_identifiers(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_BASE);
    duck_literal(&s, "it's '' \"x\"");
    assert_string_equal(s.at, "'it''s '''' \"x\"'");
    str_clear(&s);
    duck_literal(&s, "");
    assert_string_equal(s.at, "''");
    str_clear(&s);
    duck_identifier(&s, "a \"column\" isn't");
    assert_string_equal(s.at, "\"a \"\"column\"\" isn't\"");
    str_deinit(&s);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(literals_and_identifiers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
