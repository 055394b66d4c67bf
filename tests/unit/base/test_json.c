#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void write_sample(json_out *j)
{
    emit_object(j, NULL);
    emit_string(j, "name", "a \"b\"\\\n\x01");
    emit_int(j, "rows", INT64_MIN);
    emit_double(j, "score", 0.1);
    emit_double(j, "none", NAN);
    emit_array(j, "folds");
    emit_int(j, NULL, 1);
    emit_bool(j, NULL, true);
    emit_string(j, NULL, NULL);
    emit_array_end(j);
    emit_object(j, "empty");
    emit_object_end(j);
    emit_object_end(j);
}

static void writes_one_line(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_BASE);
    json_out j = emit_begin(&s, false);
    write_sample(&j);
    assert_string_equal(s.at,
                        "{\"name\":\"a \\\"b\\\"\\\\\\n\\u0001\",\"rows\":-9223372036854775808,"
                        "\"score\":0.1,\"none\":null,\"folds\":[1,true,null],\"empty\":{}}");
    str_deinit(&s);
    stint_close(c);
}

static void writes_indented(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_BASE);
    json_out j = emit_begin(&s, true);
    write_sample(&j);
    assert_non_null(strstr(s.at, "{\n  \"name\": "));
    assert_non_null(
        strstr(s.at, "  \"folds\": [\n    1,\n    true,\n    null\n  ],\n  \"empty\": {}\n}"));
    json_t *tree = json_parse(c, "sample", s.at, s.len);
    assert_string_equal(json_string_value(json_object_get(tree, "name")), "a \"b\"\\\n\x01");
    assert_true(json_integer_value(json_object_get(tree, "rows")) == INT64_MIN);
    assert_true(json_real_value(json_object_get(tree, "score")) == 0.1);
    json_decref(tree);
    str_deinit(&s);
    stint_close(c);
}

static void broken_utf8_becomes_valid(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"caf\xC3\xA9 \xF0\x9F\x98\x80", "\"caf\xC3\xA9 \xF0\x9F\x98\x80\""},
        {"caf\xE9", "\"caf\xEF\xBF\xBD\""},
        {"\xC0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"\xF0\x9F", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_BASE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        str_clear(&s);
        json_out j = emit_begin(&s, false);
        emit_string(&j, NULL, cases[i][0]);
        assert_string_equal(s.at, cases[i][1]);
        json_t *tree = json_parse(c, "utf8", s.at, s.len);
        assert_non_null(tree);
        json_decref(tree);
    }
    str_deinit(&s);
    stint_close(c);
}

static void errors_have_a_place(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    static const char broken[] = "{\n  \"a\": 1,\n  \"b\": ?\n}", twice[] = "{\"a\":1,\"a\":2}";
    assert_null(json_parse(c, "m.json", broken, strlen(broken)));
    assert_int_equal(ctx_status(c), STINT_EDATA);
    assert_memory_equal(stint_message(c), "m.json:3:8: ", 12);
    stint_clear(c);
    assert_null(json_parse(c, "m.json", twice, strlen(twice)));
    assert_non_null(strstr(stint_message(c), "duplicate"));
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_one_line),
        cmocka_unit_test(writes_indented),
        cmocka_unit_test(broken_utf8_becomes_valid),
        cmocka_unit_test(errors_have_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
