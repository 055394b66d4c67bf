/* Parts given by a column. */
#include "unit/data/split_fixture.h"

enum { ROWS = 60 };

static const split_settings settings = {
    .kind = SPLIT_COLUMN, .test = 0.2, .folds = 5, .column = "part"};

/* Split a table whose column "part" holds texts[i % n]. */
static stint_status split_texts(fixture *t, const char *const *texts, int n)
{
    static small_table m;
    static double y[ROWS];
    const char *cells[ROWS];
    for (int i = 0; i < ROWS; i++)
        cells[i] = texts[i % n];
    small_begin(&m, ROWS);
    int target = small_numbers(&m, "y", y);
    small_texts(&m, "part", cells);
    stint_status s = small_split(t, &m, TARGET_NUMBER, target, NULL, &settings);
    small_end(&m);
    return s;
}

static stint_status split_numbers(fixture *t, const double *numbers, int n)
{
    static small_table m;
    static double y[ROWS];
    double cells[ROWS];
    for (int i = 0; i < ROWS; i++)
        cells[i] = numbers[i % n];
    small_begin(&m, ROWS);
    int target = small_numbers(&m, "y", y);
    small_numbers(&m, "part", cells);
    stint_status s = small_split(t, &m, TARGET_NUMBER, target, NULL, &settings);
    small_end(&m);
    return s;
}

static void assert_parts(fixture *t, const int *want, int n)
{
    for (int i = 0; i < ROWS; i++)
        assert_int_equal(split_chunk(&t->split, 0)[i], want[i % n]);
}

static void texts_ascend_by_bytes(void **state)
{
    fixture *t = *state;
    static const char *const texts[] = {"b", "test", "a", NULL, "B", "c10", "c2"};
    static const int want[] = {2, 5, 1, SPLIT_NONE, 0, 3, 4};
    assert_split(t, split_texts(t, texts, 7));
    assert_int_equal(t->split.folds, 5);
    assert_int_equal(t->split.parts, 5);
    assert_parts(t, want, 7);
    assert_int_equal(t->split.rows, 51);
    assert_int_equal(split_held_out(&t->split, 3), 3);
    assert_int_equal(split_train_rows(&t->split, 5), t->split.rows - t->split.part_rows[5]);
}

static void texts_that_are_numbers_ascend_as_numbers(void **state)
{
    fixture *t = *state;
    static const char *const texts[] = {"10", "9", "test", "2"};
    static const double numbers[] = {10, 9, -1, 2};
    static const int want[] = {2, 1, 3, 0};
    assert_split(t, split_texts(t, texts, 4));
    assert_parts(t, want, 4);
    assert_split(t, split_numbers(t, numbers, 4));
    assert_parts(t, want, 4);
}

static void missing_numbers_are_in_no_part(void **state)
{
    fixture *t = *state;
    static const double numbers[] = {0.5, NAN, -1, -7, 0.25};
    static const int want[] = {2, SPLIT_NONE, 3, 0, 1};
    assert_split(t, split_numbers(t, numbers, 5));
    assert_parts(t, want, 5);
}

static void refusals(void **state)
{
    fixture *t = *state;
    static const char *const no_test[] = {"a", "b", "c"}, *const one[] = {"a", "test"};
    double many[ROWS];
    assert_int_equal(split_texts(t, no_test, 3), STINT_EDATA);
    assert_message(t, "no row of \"part\" is \"test\"");
    assert_int_equal(split_texts(t, one, 2), STINT_EDATA);
    assert_message(t, "has 1 different value beside \"test\"; each is a fold, and there have to "
                      "be 2 to 100");
    for (int i = 0; i < ROWS; i++)
        many[i] = i;
    assert_int_equal(split_numbers(t, many, ROWS), STINT_EDATA);
    assert_message(t, "no row of \"part\" is -1");
    many[5] = -1;
    assert_int_equal(split_numbers(t, many, ROWS), STINT_EDATA);
    assert_message(t, "\"part\" gives 1 rows to the test; it needs at least 2");
}

static void too_many_folds(void **state)
{
    fixture *t = *state;
    enum { MANY = 204 };
    static small_table m;
    static uint8_t flag[MANY];
    double y[MANY] = {0}, part[MANY];
    for (int i = 0; i < MANY; i++)
        part[i] = i / 2 - 1;
    small_begin(&m, MANY);
    int target = small_numbers(&m, "y", y);
    small_numbers(&m, "part", part);
    small_column(&m, "flag", COLUMN_BOOL, TYPE_BOOL, flag);
    assert_int_equal(small_split(t, &m, TARGET_NUMBER, target, NULL, &settings), STINT_EDATA);
    assert_message(t, "has 101 different values beside -1");
    split_settings s = settings;
    s.column = "flag";
    assert_int_equal(small_split(t, &m, TARGET_NUMBER, target, NULL, &s), STINT_EDATA);
    assert_message(t, "\"flag\" is true/false; rows of the test part say \"test\"");
    s.column = "prt";
    assert_int_equal(small_split(t, &m, TARGET_NUMBER, target, NULL, &s), STINT_EUSAGE);
    assert_message(t, "did you mean \"part\"?");
    static const char *const list[] = {"y", NULL};
    s = settings;
    s.stratify = list;
    assert_int_equal(small_split(t, &m, TARGET_NUMBER, target, NULL, &s), STINT_EUSAGE);
    assert_message(t, "parts by a column are not stratified");
    small_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(texts_ascend_by_bytes),
        FIXTURE_TEST(texts_that_are_numbers_ascend_as_numbers),
        FIXTURE_TEST(missing_numbers_are_in_no_part),
        FIXTURE_TEST(refusals),
        FIXTURE_TEST(too_many_folds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
