/* Column files as delimited text and as workbooks: every kind of cell, quoting, whole or nothing. */
#include "data/table_write.h"
#include "unit/fixture.h"
#include "unit/zip_text.h"

static const char *const words[] = {"plain", "a,b", "say \"hi\"", "two\nlines", "", "tab\there"};

/* Six rows: number, whole, large, flag, word, hash; row 4 is missing but for `whole`. */
static const char *make_columns(fixture *t)
{
    static char path[256];
    static const double x[] = {0.1, -2.5e-300, 1e22, INFINITY, NAN, 3};
    static const int64_t whole[] = {1, 2, 3, 4, 5, 6},
                         large[] = {INT64_MAX, INT64_MIN, 0, 1, 9007199254740993, -1},
                         hash[] = {INT64_MIN, 12, 13, 14, 0, 16};
    static const int8_t flag[] = {1, 0, 1, 0, -1, 1};
    static const int32_t word[] = {0, 1, 2, 3, -1, 5};
    column_spec specs[] = {
        {.name = "x", .kind = COLUMN_NUMBER},     {.name = "n, whole", .kind = COLUMN_NUMBER},
        {.name = "large", .kind = COLUMN_NUMBER}, {.name = "flag", .kind = COLUMN_BOOL},
        {.name = "word", COLUMN_TEXT, words, 6},  {.name = "hash", .kind = COLUMN_HASH},
    };
    column_chunk chunk[] = {{.numbers = x},  {.integers = whole}, {.integers = large},
                            {.bools = flag}, {.codes = word},     {.hashes = hash}};
    snprintf(path, sizeof path, "%s/columns.safetensors", t->dir);
    colfile_writer *w = colfile_create(t->ctx, path, specs, 6, 6);
    assert_non_null(w);
    assert_int_equal(colfile_put(w, chunk, 6), STINT_OK);
    assert_int_equal(colfile_finish(w, NULL), STINT_OK);
    return path;
}

/* A file's bytes; the caller frees them with str_deinit. */
static str contents(fixture *t, const char *name)
{
    str s;
    str_init(&s, t->ctx, TAG_BASE);
    assert_int_equal(file_read(t->ctx, fixture_path(t, name), &s), STINT_OK);
    return s;
}

static void assert_contents(fixture *t, const char *name, const char *wanted)
{
    str s = contents(t, name);
    assert_string_equal(s.at, wanted);
    str_deinit(&s);
}

static void cells_of_every_kind_as_csv(void **state)
{
    fixture *t = *state;
    assert_int_equal(table_write(t->ctx, make_columns(t), fixture_path(t, "t.csv"), NULL),
                     STINT_OK);
    assert_contents(t, "t.csv",
                    "x,\"n, whole\",large,flag,word,hash\n"
                    "0.1,1,9223372036854775807,true,plain,-9223372036854775808\n"
                    "-2.5e-300,2,-9223372036854775808,false,\"a,b\",12\n"
                    "1e+22,3,0,true,\"say \"\"hi\"\"\",13\n"
                    "inf,4,1,false,\"two\nlines\",14\n"
                    ",5,9007199254740993,,,\n"
                    "3,6,-1,true,tab\there,16\n");
    assert_false(file_exists(fixture_path(t, "t.csv.tmp")));
}

static void tabs_are_quoted_in_tsv(void **state)
{
    fixture *t = *state;
    assert_int_equal(table_write(t->ctx, make_columns(t), fixture_path(t, "t.tsv"), NULL),
                     STINT_OK);
    str s = contents(t, "t.tsv");
    assert_non_null(strstr(s.at, "x\tn, whole\tlarge"));
    assert_non_null(strstr(s.at, "false\ta,b\t12\n"));
    assert_non_null(strstr(s.at, "true\t\"tab\there\"\t16\n"));
    str_deinit(&s);
}

static void a_lone_missing_cell_is_no_empty_line(void **state)
{
    fixture *t = *state;
    const double x[] = {1, NAN, 2};
    fixture_file(t, (const char *const[]){"a"}, x, 1, 3);
    char from[256];
    snprintf(from, sizeof from, "%s/table", t->dir);
    assert_int_equal(table_write(t->ctx, from, fixture_path(t, "one.csv"), NULL), STINT_OK);
    assert_contents(t, "one.csv", "a\n1\n\"\"\n2\n");
}

static void a_copy_is_the_column_file(void **state)
{
    fixture *t = *state;
    make_columns(t);
    char from[256];
    snprintf(from, sizeof from, "%s/columns.safetensors", t->dir);
    assert_int_equal(table_write(t->ctx, from, fixture_path(t, "copy.safetensors"), NULL),
                     STINT_OK);
    str one = contents(t, "columns.safetensors"), two = contents(t, "copy.safetensors");
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.at, two.at, one.len);
    str_deinit(&one);
    str_deinit(&two);
}

static void a_workbook_has_titles_texts_and_numbers(void **state)
{
    fixture *t = *state;
    bool zip64;
    str sheet;
    assert_int_equal(table_write(t->ctx, make_columns(t), fixture_path(t, "t.xlsx"),
                                 &(table_write_settings){"Table", 2}),
                     STINT_OK);
    str file = contents(t, "t.xlsx");
    str_init(&sheet, t->ctx, TAG_BASE);
    assert_true(zip_text(&file, "xl/worksheets/sheet1.xml", &sheet, &zip64));
    assert_non_null(strstr(sheet.at, "<pane ySplit=\"1\""));
    assert_non_null(strstr(sheet.at, "<autoFilter ref=\"A1:F7\"/>"));
    assert_non_null(strstr(sheet.at, "<t>n, whole</t>"));
    assert_non_null(strstr(sheet.at, "<c r=\"B2\"><v>1</v></c>"));
    assert_non_null(strstr(sheet.at, "<c r=\"D2\" t=\"b\"><v>1</v></c>"));
    assert_non_null(strstr(sheet.at, "<t>say \"hi\"</t>"));
    assert_non_null(strstr(sheet.at, "<t>-9223372036854775808</t>"));
    assert_non_null(strstr(sheet.at, "<row r=\"6\"><c r=\"B6\"><v>5</v></c><c r=\"C6\""));
    assert_null(strstr(sheet.at, "r=\"E6\""));
    str_deinit(&sheet);
    str_deinit(&file);
}

/* A text that a cell cannot hold, in the file NAME. */
static const char *make_long(fixture *t, char *text, int64_t n)
{
    static char path[256];
    static const int32_t codes[] = {0, 1, -1};
    const char *dictionary[] = {"short", text};
    memset(text, 'x', (size_t)n);
    text[n] = '\0';
    snprintf(path, sizeof path, "%s/long.safetensors", t->dir);
    colfile_writer *w =
        colfile_create(t->ctx, path, &(column_spec){"word", COLUMN_TEXT, dictionary, 2}, 1, 3);
    assert_non_null(w);
    assert_int_equal(colfile_put(w, &(column_chunk){.codes = codes}, 3), STINT_OK);
    assert_int_equal(colfile_finish(w, NULL), STINT_OK);
    return path;
}

static void what_a_workbook_cannot_hold_leaves_nothing(void **state)
{
    fixture *t = *state;
    static char text[50001];
    const char *from = make_long(t, text, 50000);
    assert_int_equal(table_write(t->ctx, from, fixture_path(t, "long.xlsx"), NULL), STINT_EDATA);
    assert_message(t, "Predictions");
    assert_false(file_exists(fixture_path(t, "long.xlsx")));
    assert_false(file_exists(fixture_path(t, "long.xlsx.tmp")));
}

static void names_say_the_format(void **state)
{
    fixture *t = *state;
    static const char *const good[] = {"a.csv", "x/.b.tsv", "a.b.xlsx", "a.parquet",
                                       "a.safetensors"};
    static const char *const bad[] = {"a", "a.txt", ".csv", "x.csv/y", "csv", "a.CSVX"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(table_write_check(t->ctx, good[i]), STINT_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(table_write_check(t->ctx, bad[i]), STINT_EUSAGE);
        assert_message(t, "let it end in .csv");
    }
    assert_int_equal(table_write(t->ctx, make_columns(t), fixture_path(t, "t.txt"), NULL),
                     STINT_EUSAGE);
    assert_message(t, "t.txt");
}

static void a_damaged_column_file_is_refused(void **state)
{
    fixture *t = *state;
    char from[256];
    snprintf(from, sizeof from, "%s/bad.safetensors", t->dir);
    assert_int_equal(file_write_atomic(t->ctx, from, "nothing", 7), STINT_OK);
    assert_int_equal(table_write(t->ctx, from, fixture_path(t, "t.csv"), NULL), STINT_EDATA);
    assert_message(t, "bad.safetensors");
    assert_false(file_exists(fixture_path(t, "t.csv")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(cells_of_every_kind_as_csv),
        FIXTURE_TEST(tabs_are_quoted_in_tsv),
        FIXTURE_TEST(a_lone_missing_cell_is_no_empty_line),
        FIXTURE_TEST(a_copy_is_the_column_file),
        FIXTURE_TEST(a_workbook_has_titles_texts_and_numbers),
        FIXTURE_TEST(what_a_workbook_cannot_hold_leaves_nothing),
        FIXTURE_TEST(names_say_the_format),
        FIXTURE_TEST(a_damaged_column_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
