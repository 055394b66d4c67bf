/* Parts in order of time: sizes, ties, texts, and what is no time. */
#include "unit/data/split_fixture.h"

enum { ROWS = 100, FOLDS = 3 };

static const split_settings settings = {.kind = SPLIT_TIME, .test = 0.2, .folds = FOLDS};

static stint_status split_by(fixture *t, small_table *m, const char *column)
{
    split_settings s = settings;
    s.column = column;
    return small_split(t, m, TARGET_NUMBER, 0, NULL, &s);
}

/* No row of a part is later than one of the next part. */
static void assert_in_order(fixture *t, const double *time)
{
    const uint8_t *part = split_chunk(&t->split, 0);
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < ROWS; k++)
            assert_true(part[i] >= part[k] || time[i] < time[k]);
}

static void rows_order_by_default(void **state)
{
    fixture *t = *state;
    static small_table m;
    double y[ROWS] = {0}, row[ROWS];
    for (int i = 0; i < ROWS; i++)
        row[i] = i;
    small_begin(&m, ROWS);
    small_numbers(&m, "y", y);
    assert_split(t, split_by(t, &m, ""));
    assert_in_order(t, row);
    assert_int_equal(t->split.parts, FOLDS + 1);
    for (int p = 0; p <= FOLDS + 1; p++)
        assert_int_equal(t->split.part_rows[p], 20);
    small_end(&m);
}

/* Fold k is validated on part k + 1 and trained on those before it; the last model on all. */
static void folds_are_chained_forward(void **state)
{
    fixture *t = *state;
    static small_table m;
    double y[ROWS] = {0};
    small_begin(&m, ROWS);
    small_numbers(&m, "y", y);
    assert_split(t, split_by(t, &m, NULL));
    for (int fold = 0; fold < FOLDS; fold++) {
        assert_int_equal(split_held_out(&t->split, fold), fold + 1);
        assert_int_equal(split_train_rows(&t->split, fold), 20 * (fold + 1));
        for (int p = -1; p < FOLDS + 3; p++)
            assert_true(split_trains(&t->split, fold, p) == (p >= 0 && p <= fold));
    }
    assert_int_equal(split_train_rows(&t->split, FOLDS), 80);
    assert_false(split_trains(&t->split, FOLDS, t->split.parts));
    small_end(&m);
}

static void numbers_order(void **state)
{
    fixture *t = *state;
    static small_table m;
    double y[ROWS] = {0}, time[ROWS];
    for (int i = 0; i < ROWS; i++)
        time[i] = i * 37 % ROWS - 50.5;
    small_begin(&m, ROWS);
    small_numbers(&m, "y", y);
    small_numbers(&m, "when", time);
    assert_split(t, split_by(t, &m, "when"));
    assert_in_order(t, time);
    for (int p = 0; p <= FOLDS + 1; p++)
        assert_int_equal(t->split.part_rows[p], 20);
    small_end(&m);
}

/* Bounds at 20, 40, 60, 80 move to the nearest change: 20 to 18, 40 to 43, 60 stays, 80 to 78. */
static void equal_times_are_in_one_part(void **state)
{
    fixture *t = *state;
    static small_table m;
    static const int starts[] = {0, 18, 43, 60, 78, ROWS};
    double y[ROWS] = {0}, time[ROWS];
    for (int run = 0; run < 5; run++)
        for (int i = starts[run]; i < starts[run + 1]; i++)
            time[i * 37 % ROWS] = run == 1 && i < 20 ? -0.0 + run : run;
    small_begin(&m, ROWS);
    small_numbers(&m, "y", y);
    small_numbers(&m, "when", time);
    assert_split(t, split_by(t, &m, "when"));
    assert_in_order(t, time);
    for (int p = 0; p <= FOLDS + 1; p++)
        assert_int_equal(t->split.part_rows[p], starts[p + 1] - starts[p]);
    for (int i = 0; i < ROWS; i++)
        time[i] = i < 90 ? 1 : i;
    snprintf(m.fingerprint, sizeof m.fingerprint, "few times");
    assert_split(t, split_by(t, &m, "when")); /* one long run, then a change a row */
    assert_int_equal(t->split.part_rows[0], 90);
    assert_int_equal(t->split.part_rows[1], 1);
    for (int i = 0; i < ROWS; i++)
        time[i] = i < 97 ? 1 : 2;
    snprintf(m.fingerprint, sizeof m.fingerprint, "two times");
    assert_int_equal(split_by(t, &m, "when"), STINT_EDATA);
    assert_message(t, "100 rows have too few different times for 3 folds");
    small_end(&m);
}

/* Each line is later than the one before, however it is written. */
static const char *const ascending[] = {
    "0000-01-01T00:00+00:01", "0000-01-01T00:00Z",
    "0000-12-31T23:59:59Z",   "0001-01-01T00:00Z",
    "1899-12-31 23:59:59Z",   "1900-02-28T23:59Z",
    "1900-03-01T00:00Z",      "1970-01-01T00:00:00Z",
    "2000-02-29T00:00Z",      "2000-02-29T00:30:00.5-00:30",
    "2000-03-01T00:00Z",      "2024-02-28T23:59:59.999Z",
    "2024-02-29T00:00Z",      "2024-02-29T00:00:00.0000001Z",
    "2024-02-29T02:00+01:00", "2024-02-29T02:00:00.100000000+0100",
    "2024-02-29T02:00+00",    "2024-12-31T23:59Z",
    "2024-12-31T23:59-12:00", "9999-12-31T23:59:59.9999999Z",
};

static void texts_are_ordered_as_time(void **state)
{
    fixture *t = *state;
    enum { N = sizeof ascending / sizeof ascending[0] };
    static small_table m;
    const char *texts[N];
    double y[N] = {0};
    split_settings s = {.kind = SPLIT_TIME, .test = 0.1, .folds = N - 3, .column = "when"};
    for (int i = 0; i < N; i++)
        texts[i * 7 % N] = ascending[i];
    small_begin(&m, N);
    int target = small_numbers(&m, "y", y);
    small_texts(&m, "when", texts);
    assert_split(t, small_split(t, &m, TARGET_NUMBER, target, NULL, &s));
    for (int i = 0; i < N; i++)
        assert_int_equal(split_chunk(&t->split, 0)[i * 7 % N], i < N - 2 ? i : N - 2);
    small_end(&m);
}

/* The same instant in three ways is one time: the bound moves behind or before all three. */
static void one_instant_in_several_ways(void **state)
{
    fixture *t = *state;
    static small_table m;
    const char *texts[] = {"2024-01-01T00:00Z",      "2024-01-01T12:00Z",
                           "2024-01-01T13:00+01:00", "2024-01-01T06:30:00.0-05:30",
                           "2024-01-02T00:00Z",      "2024-01-03T00:00Z",
                           "2024-01-04T00:00Z",      "2024-01-05T00:00Z"};
    double y[8] = {0};
    split_settings s = {.kind = SPLIT_TIME, .test = 0.25, .folds = 2, .column = "when"};
    small_begin(&m, 8);
    int target = small_numbers(&m, "y", y);
    small_texts(&m, "when", texts);
    assert_split(t, small_split(t, &m, TARGET_NUMBER, target, NULL, &s));
    static const uint8_t want[] = {0, 1, 1, 1, 2, 2, 3, 3};
    assert_memory_equal(split_chunk(&t->split, 0), want, 8);
    small_end(&m);
}

static void what_is_no_time_is_named(void **state)
{
    fixture *t = *state;
    static small_table m;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"2024-13-01", "\"2024-13-01\" is no time; write dates like 2024-12-31"},
        {"2024-02-30", "is no time"},
        {"2023-02-29", "is no time"},
        {"1900-02-29", "is no time"},
        {"2024-00-10", "is no time"},
        {"2024-01-00", "is no time"},
        {"24-01-01", "is no time"},
        {"2024-1-1", "is no time"},
        {"2024-01-01T", "is no time"},
        {"2024-01-01T24:00", "is no time"},
        {"2024-01-01T12:60", "is no time"},
        {"2024-01-01T12:00:60", "is no time"},
        {"2024-01-01T12:00:", "is no time"},
        {"2024-01-01T12:00:00.", "is no time"},
        {"2024-01-01T12:00:00.00000001", "is no time"},
        {"2024-01-01T12", "is no time"},
        {"2024-01-01T12:00+1", "is no time"},
        {"2024-01-01T12:00+01:60", "is no time"},
        {"2024-01-01T12:00+01:", "is no time"},
        {"2024-01-01  12:00", "is no time"},
        {"2024-01-01T12:00Zx", "is no time"},
        {" 2024-01-01", "is no time"},
        {"-2024-01-01", "is no time"},
        {"20240101", "is no time"},
        {"", "is no time"},
        {NULL, "the cell is missing, so the row has no place in time"},
        {"2024-01-01T12:00Z", "has a time zone and times before it have none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static char days[ROWS][48];
        const char *texts[ROWS];
        double y[ROWS] = {0};
        for (int r = 0; r < ROWS; r++) {
            snprintf(days[r], sizeof days[r], "%d-01-%02d", 1950 + r, r % 31 + 1);
            texts[r] = r == 41 ? cases[i].text : days[r];
        }
        small_begin(&m, ROWS);
        small_numbers(&m, "y", y);
        small_texts(&m, "when", texts);
        if (split_by(t, &m, "when") != STINT_EDATA)
            fail_msg("\"%s\" was taken", cases[i].text);
        if (!strstr(stint_message(t->ctx), "t.parquet:row 42: column \"when\": "))
            fail_msg("%s", stint_message(t->ctx));
        assert_message(t, cases[i].says);
        small_end(&m);
    }
}

static void columns_that_are_no_times(void **state)
{
    fixture *t = *state;
    static small_table m;
    static uint8_t bools[ROWS];
    static int64_t hashes[ROWS];
    double y[ROWS] = {0};
    small_begin(&m, ROWS);
    small_numbers(&m, "y", y);
    small_column(&m, "flag", COLUMN_BOOL, TYPE_BOOL, bools);
    small_column(&m, "text", COLUMN_HASH, TYPE_I64, hashes);
    assert_int_equal(split_by(t, &m, "flag"), STINT_EDATA);
    assert_message(t, "\"flag\" is true/false");
    assert_int_equal(split_by(t, &m, "text"), STINT_EDATA);
    assert_message(t, "\"text\" has more different texts than are kept");
    assert_int_equal(split_by(t, &m, "wen"), STINT_EUSAGE);
    assert_message(t, "split.column: the table has no column \"wen\"");
    small_end(&m);
}

/* Rows that are left out take no place in time, whatever they say. */
static void rows_left_out_do_not_count(void **state)
{
    fixture *t = *state;
    static small_table m;
    static small_rows r;
    double y[ROWS] = {0}, time[ROWS];
    int keep[ROWS];
    split_settings s = settings;
    s.column = "when";
    for (int i = 0; i < ROWS; i++) {
        keep[i] = i % 2;
        time[i] = keep[i] ? i : NAN;
    }
    small_begin(&m, ROWS);
    int target = small_numbers(&m, "y", y);
    small_numbers(&m, "when", time);
    const colfile *rows = rows_of(&r, ROWS, keep, NULL);
    assert_split(t, small_split(t, &m, TARGET_NUMBER, target, rows, &s));
    assert_int_equal(t->split.rows, ROWS / 2);
    for (int i = 0; i < ROWS; i++)
        assert_int_equal(split_chunk(&t->split, 0)[i], keep[i] ? i / 20 : SPLIT_NONE);
    small_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(rows_order_by_default),
        FIXTURE_TEST(folds_are_chained_forward),
        FIXTURE_TEST(numbers_order),
        FIXTURE_TEST(equal_times_are_in_one_part),
        FIXTURE_TEST(texts_are_ordered_as_time),
        FIXTURE_TEST(one_instant_in_several_ways),
        FIXTURE_TEST(what_is_no_time_is_named),
        FIXTURE_TEST(columns_that_are_no_times),
        FIXTURE_TEST(rows_left_out_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
