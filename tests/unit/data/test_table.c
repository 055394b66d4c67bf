/* A column file seen as a table: names resolved, text refused with its place. */
#include "data/table.h"

#include "unit/fixture.h"

static const char *const names[] = {"age", "bmi", "progression", "weight"};

static stint_status open_table(fixture *t, const char *const *targets, const char *const *drop)
{
    table_settings s = fixture_settings(targets, drop, NULL);
    return table_open(t->ctx, &t->arena, &t->file, &s, NULL, &t->table);
}

static void numbers_file(fixture *t)
{
    double x[4 * 3] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    fixture_file(t, names, x, 4, 3);
}

static void features_are_what_is_left(void **state)
{
    fixture *t = *state;
    numbers_file(t);
    assert_int_equal(open_table(t, (const char *const[]){"progression", NULL}, NULL), STINT_OK);
    assert_int_equal(t->table.n_features, 3);
    assert_string_equal(features_name(t->table.features, 2), "weight");
    assert_int_equal(t->table.n_targets, 1);
    assert_int_equal(t->table.targets[0], 2);
}

static void targets_keep_their_order(void **state)
{
    fixture *t = *state;
    numbers_file(t);
    assert_int_equal(open_table(t, (const char *const[]){"weight", "age", NULL},
                                (const char *const[]){"bmi", NULL}),
                     STINT_OK);
    assert_int_equal(t->table.targets[0], 3);
    assert_int_equal(t->table.targets[1], 0);
    assert_int_equal(t->table.n_features, 1);
    assert_string_equal(features_name(t->table.features, 0), "progression");
}

static void unknown_names(void **state)
{
    fixture *t = *state;
    numbers_file(t);
    assert_int_equal(open_table(t, (const char *const[]){"progresion", NULL}, NULL), STINT_EUSAGE);
    assert_message(
        t, "data.target: the table has no column \"progresion\"; did you mean \"progression\"?");
    assert_int_equal(
        open_table(t, (const char *const[]){"age", NULL}, (const char *const[]){"wieght", NULL}),
        STINT_EUSAGE);
    assert_message(t, "data.drop: the table has no column \"wieght\"; did you mean \"weight\"?");
    assert_int_equal(open_table(t, (const char *const[]){"xylophone", NULL}, NULL), STINT_EUSAGE);
    assert_message(t, "it has 4, from \"age\" to \"weight\"");
    assert_int_equal(
        open_table(t, (const char *const[]){"age", "bmi", "weight", "progression", NULL}, NULL),
        STINT_EDATA);
    assert_message(t, "no column is left as a feature");
}

/* One number column, and one of texts by code into `words`. */
static void text_file(fixture *t, const char *const *words, int n_words, const int32_t *codes,
                      int rows)
{
    char path[256], extra[128];
    double x[16] = {0};
    column_spec specs[] = {
        {.name = "y", .kind = COLUMN_NUMBER},
        {.name = "city", .kind = COLUMN_TEXT, .dictionary = words, .dictionary_n = n_words}};
    snprintf(path, sizeof path, "%s/table", t->dir);
    colfile_writer *w = colfile_create(t->ctx, path, specs, 2, rows);
    assert_int_equal(colfile_put(w, (column_chunk[]){{.numbers = x}, {.codes = codes}}, rows),
                     STINT_OK);
    snprintf(
        extra, sizeof extra,
        "{\"format\":\"parquet\",\"files\":[{\"path\":\"t.parquet\",\"first_row\":0,\"rows\":%d}]}",
        rows);
    assert_int_equal(colfile_finish(w, extra), STINT_OK);
    assert_int_equal(colfile_open(t->ctx, path, &t->file), STINT_OK);
    t->has_file = true;
}

static void text_is_refused(void **state)
{
    fixture *t = *state;
    text_file(t, (const char *const[]){"oslo", "rome"}, 2, (const int32_t[]){0, 1, 1}, 3);
    assert_int_equal(open_table(t, (const char *const[]){"y", NULL}, NULL), STINT_EDATA);
    assert_message(
        t,
        "column \"city\" is text (\"oslo\"), and models here take numbers; list the column under features.onehot or features.drop");
    assert_int_equal(open_table(t, (const char *const[]){"city", NULL}, NULL), STINT_EDATA);
    assert_message(t, "choose another data.target");
    assert_int_equal(
        open_table(t, (const char *const[]){"y", NULL}, (const char *const[]){"city", NULL}),
        STINT_EDATA); /* nothing is left */
    assert_message(t, "no column is left");
}

/* Numbers and texts in one column: the first of each is named. */
static void texts_among_numbers(void **state)
{
    fixture *t = *state;
    text_file(t, (const char *const[]){"1.5", "n/a?", "2", "-3e4"}, 4,
              (const int32_t[]){-1, 2, -1, 3, 1}, 5);
    assert_int_equal(open_table(t, (const char *const[]){"y", NULL}, NULL), STINT_EDATA);
    assert_message(
        t, "t.parquet:row 5: column \"city\": \"n/a?\" is text, where row 2 has the "
           "number 2: correct the cell, or list the column under features.onehot or features.drop");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(features_are_what_is_left),
        FIXTURE_TEST(targets_keep_their_order),
        FIXTURE_TEST(unknown_names),
        FIXTURE_TEST(text_is_refused),
        FIXTURE_TEST(texts_among_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
