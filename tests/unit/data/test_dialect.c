/* What a CSV file's first records tell, and what is said of those that are wrong. */
#include "data/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define PATH "test_dialect.csv"

typedef struct good_case {
    const char *text;
    char delimiter;
    int columns;
    cell_type last; /* of the last column */
    int records;
    const char *line_end;
} good_case;

typedef struct bad_case {
    const char *text, *message; /* a part of it */
} bad_case;

static void write_text(const char *text)
{
    FILE *f = fopen(PATH, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void good_files(void **state)
{
    (void)state;
    static const good_case cases[] = {
        {"a,b\n1,2\n3,4\n", ',', 2, CELL_INTEGER, 2},
        {"a,b\n1,2\n3,4", ',', 2, CELL_INTEGER, 2},
        {"a;b\r\n1;2.5\r\n", ';', 2, CELL_NUMBER, 1},
        {"a\tb\n1,5\t2\n", '\t', 2, CELL_INTEGER, 1},
        {"\xEF\xBB\xBF"
         "a|b\nx|true\ny|FALSE\n",
         '|', 2, CELL_BOOL, 2},
        {"\"a, b\",\"c\"\"d\"\n\"1\n2\",x\n", ',', 2, CELL_TEXT, 1},
        {"a\n1\n\n3\n", ',', 1, CELL_INTEGER, 3},
        {"a,b\n1,2\n\n3,4\n", ',', 2, CELL_INTEGER, 2},
        {"a,b\n1,\n2,NA\n3,nan\n", ',', 2, CELL_MISSING, 3},
        {"a,b\n1,\n2,1e5\n", ',', 2, CELL_NUMBER, 2},
        {"a,b\n1,0x10\n", ',', 2, CELL_TEXT, 1},
        {"a,b\n1,99999999999999999999\n", ',', 2, CELL_NUMBER, 1},
        {"a,b\n1,true\n2,1\n", ',', 2, CELL_TEXT, 2},
        {"a,2020\n1,2\n", ',', 2, CELL_INTEGER, 1},
        {"a,b\r\n1,2\r\n", ',', 2, CELL_INTEGER, 1, "\r\n"},
        {"a,b\r1,2\r", ',', 2, CELL_INTEGER, 1, "\r"},
        {"a,b\n1,2\r\n", ',', 2, CELL_INTEGER, 1, "\n"},
        {"\"a, b\",\"c\"\"d\",\"e\nf\"\r\n1,2,3\r\n", ',', 3, CELL_INTEGER, 1, "\r\n"},
        {"\"a, b\",\"c\"\"d\",\"e\r\nf\"\n1,2,3\n", ',', 3, CELL_INTEGER, 1, "\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ctx *c = stint_open(NULL);
        arena a;
        dialect d;
        arena_init(&a, c, TAG_BASE);
        write_text(cases[i].text);
        assert_int_equal(dialect_read(c, &a, PATH, &d), STINT_OK);
        assert_int_equal(d.delimiter, cases[i].delimiter);
        assert_int_equal(d.n_columns, cases[i].columns);
        assert_int_equal(d.types[d.n_columns - 1], cases[i].last);
        assert_int_equal(d.records, cases[i].records);
        if (cases[i].line_end)
            assert_string_equal(d.line_end, cases[i].line_end);
        if (strchr(cases[i].text, '"')) {
            assert_string_equal(d.names[0], "a, b");
            assert_string_equal(d.names[1], "c\"d");
        }
        arena_deinit(&a);
        stint_close(c);
    }
    unlink(PATH);
}

static void bad_files(void **state)
{
    (void)state;
    static const bad_case cases[] = {
        {"", "the file is empty"},
        {"\n1,2\n", ":1: the first line is empty"},
        {"a,b\n", "has column names but no rows"},
        {"a,b,a\n1,2,3\n", ":1: the column name \"a\" stands twice, in columns 1 and 3"},
        {",b\n1,2\n", ":1: column 1 has no name"},
        {"1,2\n3,4\n", ":1: the first line holds numbers"},
        {"a,b\n1,2\n1,2,3\n", ":3: 3 cells, where the header names 2 columns"},
        {"a,b\n\"x\ny\",2\n1\n", ":4: 1 cells"},
        {"a,b\n1,\xFF\n", ":2: not UTF-8 text: byte 0xFF"},
        {"a,b\n1,\xED\xA0\x80\n", ":2: not UTF-8 text"},
        {"\xFF\xFE"
         "a",
         "is UTF-16"},
        {"\x1F\x8B\x08", "is compressed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ctx *c = stint_open(NULL);
        arena a;
        dialect d;
        arena_init(&a, c, TAG_BASE);
        write_text(cases[i].text);
        assert_int_equal(dialect_read(c, &a, PATH, &d), STINT_EDATA);
        assert_non_null(strstr(stint_message(c), PATH));
        assert_non_null(strstr(stint_message(c), cases[i].message));
        arena_deinit(&a);
        stint_close(c);
    }
    unlink(PATH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files),
        cmocka_unit_test(bad_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
