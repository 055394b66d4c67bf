/* Rows that repeat others, rows that are left out, and what is refused however parts were made. */
#include "unit/data/split_fixture.h"

enum { ROWS = 120, FOLDS = 4, PARTS = FOLDS + 1 };

static const split_settings settings = {.test = 0.2, .folds = FOLDS, .seed = 1};

/* Rows 40 … 79 repeat rows 0 … 39. */
static void repeat_some(int *first)
{
    for (int i = 0; i < ROWS; i++)
        first[i] = i >= 40 && i < 80 ? i - 40 : i;
}

typedef struct problem {
    small_table m;
    small_rows rows;
    const colfile *file; /* of rows */
    int y, class;
    double number[ROWS], kind[ROWS], site[ROWS];
    int first[ROWS], keep[ROWS];
} problem;

static problem *problem_of(void)
{
    static problem p;
    repeat_some(p.first);
    for (int i = 0; i < ROWS; i++) {
        p.number[i] = p.first[i] * 7 % 31;
        p.kind[i] = p.first[i] % 3 == 0;
        p.site[i] = p.first[i] % 12;
        p.keep[i] = 1;
    }
    small_begin(&p.m, ROWS);
    p.y = small_numbers(&p.m, "y", p.number);
    p.class = small_numbers(&p.m, "class", p.kind);
    small_numbers(&p.m, "site", p.site);
    p.file = rows_of(&p.rows, ROWS, p.keep, p.first);
    return &p;
}

/* A row that repeats another stands beside it; the others are dealt as if it were not there. */
static void repeated_rows_stand_together(void **state)
{
    fixture *t = *state;
    problem *p = problem_of();
    split_settings s = settings;
    for (s.bins = 0; s.bins < 9; s.bins += 4) {
        int dealt[PARTS] = {0};
        assert_split(t, small_split(t, &p->m, TARGET_NUMBER, p->y, p->file, &s));
        const uint8_t *part = split_chunk(&t->split, 0);
        for (int i = 0; i < ROWS; i++) {
            assert_int_equal(part[i], part[p->first[i]]);
            dealt[part[i]] += p->first[i] == i;
        }
        for (int k = 0; k < PARTS; k++)
            assert_int_equal(dealt[k], 16);
        assert_int_equal(t->split.rows, ROWS);
    }
    small_end(&p->m);
}

/* Rows that repeat one that is left out still stand together. */
static void the_first_of_equal_rows_may_be_left_out(void **state)
{
    fixture *t = *state;
    problem *p = problem_of();
    split_settings s = settings;
    for (int i = 0; i < 40; i++) {
        p->keep[i] = i >= 30;
        p->first[80 + i] = i;
        p->kind[80 + i] = p->kind[i];
    }
    const colfile *rows = rows_of(&p->rows, ROWS, p->keep, p->first);
    for (s.seed = 0; s.seed < 20; s.seed++) {
        assert_split(t, small_split(t, &p->m, TARGET_CLASS, p->class, rows, &s));
        const uint8_t *part = split_chunk(&t->split, 0);
        for (int i = 0; i < 40; i++) {
            assert_true(part[40 + i] == part[80 + i] && part[40 + i] <= FOLDS);
            assert_int_equal(part[i], i < 30 ? SPLIT_NONE : part[40 + i]);
        }
        assert_int_equal(t->split.rows, ROWS - 30);
    }
    small_end(&p->m);
}

static void repeated_rows_apart_are_refused_or_allowed(void **state)
{
    fixture *t = *state;
    problem *p = problem_of();
    split_settings s = settings;
    s.duplicates = SPLIT_REFUSE;
    assert_int_equal(small_split(t, &p->m, TARGET_NUMBER, p->y, p->file, &s), STINT_EDATA);
    assert_message(t, " are equal but in two parts, ");
    s.duplicates = SPLIT_ALLOW;
    assert_split(t, small_split(t, &p->m, TARGET_NUMBER, p->y, p->file, &s));
    int apart = 0;
    for (int i = 0; i < ROWS; i++)
        apart += split_chunk(&t->split, 0)[i] != split_chunk(&t->split, 0)[p->first[i]];
    assert_true(apart > 10);
    s.duplicates = SPLIT_REFUSE;
    assert_split(t, small_split(t, &p->m, TARGET_NUMBER, p->y, NULL, &s));
    small_end(&p->m);
}

static void repeated_rows_apart_in_time_are_refused(void **state)
{
    fixture *t = *state;
    problem *p = problem_of();
    split_settings s = settings;
    s.kind = SPLIT_TIME;
    for (s.duplicates = SPLIT_TOGETHER; s.duplicates <= SPLIT_REFUSE; s.duplicates++) {
        stint_status status = small_split(t, &p->m, TARGET_NUMBER, p->y, p->file, &s);
        assert_int_equal(status, s.duplicates == SPLIT_ALLOW ? STINT_OK : STINT_EDATA);
        if (status != STINT_OK)
            assert_message(t, "t.parquet:row 1 and t.parquet:row 41 are equal but in two parts, "
                              "part 0 and part 2; leave one out, or set split.duplicates: allow");
    }
    p->keep[0] = 0; /* the first of them is left out: the others are looked at all the same */
    p->first[90] = 0;
    s.duplicates = SPLIT_REFUSE;
    for (int i = 41; i < 80; i++)
        p->first[i] = i;
    const colfile *rows = rows_of(&p->rows, ROWS, p->keep, p->first);
    snprintf(p->m.fingerprint, sizeof p->m.fingerprint, "first left out");
    assert_int_equal(small_split(t, &p->m, TARGET_NUMBER, p->y, rows, &s), STINT_EDATA);
    assert_message(t, "t.parquet:row 1 and t.parquet:row 91 are equal but in two parts");
    small_end(&p->m);
}

static void repeated_rows_of_two_groups_are_refused(void **state)
{
    fixture *t = *state;
    problem *p = problem_of();
    split_settings s = settings;
    s.group = "site";
    assert_split(t, small_split(t, &p->m, TARGET_NUMBER, p->y, p->file, &s));
    p->site[47] = 11;
    snprintf(p->m.fingerprint, sizeof p->m.fingerprint, "two groups");
    assert_int_equal(small_split(t, &p->m, TARGET_NUMBER, p->y, p->file, &s), STINT_EDATA);
    assert_message(t, "t.parquet:row 8 and t.parquet:row 48 are equal but of the groups 7 and 11 "
                      "of column \"site\"; leave one out");
    s.duplicates = SPLIT_ALLOW;
    assert_split(t, small_split(t, &p->m, TARGET_NUMBER, p->y, p->file, &s));
    small_end(&p->m);
}

static void rows_left_out_are_in_no_part(void **state)
{
    fixture *t = *state;
    problem *p = problem_of();
    split_settings s = settings;
    for (int i = 0; i < ROWS; i++)
        p->keep[i] = i % 5 != 0;
    const colfile *rows = rows_of(&p->rows, ROWS, p->keep, NULL);
    for (int way = 0; way < 3; way++) {
        s.group = way == 1 ? "site" : "";
        s.kind = way == 2 ? SPLIT_TIME : SPLIT_RANDOM;
        assert_split(t, small_split(t, &p->m, TARGET_NUMBER, p->y, rows, &s));
        assert_int_equal(t->split.rows, ROWS - ROWS / 5);
        for (int i = 0; i < ROWS; i++)
            assert_true((split_chunk(&t->split, 0)[i] == SPLIT_NONE) == (i % 5 == 0));
    }
    memset(p->keep, 0, sizeof p->keep);
    rows = rows_of(&p->rows, ROWS, p->keep, NULL);
    snprintf(p->m.fingerprint, sizeof p->m.fingerprint, "none kept");
    assert_int_equal(small_split(t, &p->m, TARGET_NUMBER, p->y, rows, &s), STINT_EDATA);
    assert_message(t, "no row is left to be split");
    small_end(&p->m);
}

static void a_damaged_list_of_rows_is_refused(void **state)
{
    fixture *t = *state;
    problem *p = problem_of();
    static const int bad[] = {-1, 4, ROWS};
    for (int i = 0; i < 3; i++) {
        p->rows.first[3] = bad[i];
        assert_int_equal(small_split(t, &p->m, TARGET_NUMBER, p->y, p->file, &settings),
                         STINT_EDATA);
        assert_message(t, "the checks' list of rows is not one of 120 rows");
    }
    p->rows.first[3] = 3;
    p->rows.columns[1].name = "frist";
    assert_int_equal(small_split(t, &p->m, TARGET_NUMBER, p->y, p->file, &settings), STINT_EDATA);
    assert_message(t, "the checks' list of rows");
    small_end(&p->m);
}

/* In time: a class that appears late is missing in what the first folds are trained on. */
static void classes_are_checked_in_time(void **state)
{
    fixture *t = *state;
    problem *p = problem_of();
    split_settings s = settings;
    s.kind = SPLIT_TIME;
    assert_split(t, small_split(t, &p->m, TARGET_CLASS, p->class, NULL, &s));
    for (int i = 0; i < ROWS; i++)
        p->kind[i] = i < 25 ? 0 : p->kind[i];
    snprintf(p->m.fingerprint, sizeof p->m.fingerprint, "late class");
    assert_int_equal(small_split(t, &p->m, TARGET_CLASS, p->class, NULL, &s), STINT_EDATA);
    assert_message(t, "class 1 of column \"class\" is missing in the rows that fold 0 is trained "
                      "on; ask for fewer folds, or set split.missing_class: allow");
    for (int i = 0; i < ROWS; i++)
        p->kind[i] = i >= 90 ? 0 : i % 3 == 0;
    snprintf(p->m.fingerprint, sizeof p->m.fingerprint, "early class");
    assert_int_equal(small_split(t, &p->m, TARGET_CLASS, p->class, NULL, &s), STINT_EDATA);
    assert_message(t, "class 1 of column \"class\" is missing in the test part");
    s.missing_class = true;
    assert_split(t, small_split(t, &p->m, TARGET_CLASS, p->class, NULL, &s));
    small_end(&p->m);
}

/* What a split depends on is in its name in the cache. */
static void every_input_counts(void **state)
{
    fixture *t = *state;
    problem *p = problem_of();
    static const char *const list[] = {"class", NULL};
    const split_settings ways[] = {
        settings,
        {.test = 0.2, .folds = FOLDS, .seed = 1, .duplicates = SPLIT_ALLOW},
        {.test = 0.2, .folds = FOLDS, .seed = 1, .missing_class = true},
        {.test = 0.2, .folds = FOLDS, .seed = 1, .group = "site"},
        {.test = 0.2, .folds = FOLDS, .seed = 1, .bins = 4},
        {.test = 0.2, .folds = FOLDS, .seed = 1, .bins = 4, .stratify = list},
        {.test = 0.2, .folds = FOLDS, .seed = 1, .kind = SPLIT_TIME, .duplicates = SPLIT_ALLOW},
        {.test = 0.2,
         .folds = FOLDS,
         .seed = 1,
         .kind = SPLIT_TIME,
         .duplicates = SPLIT_ALLOW,
         .column = "y"},
    };
    enum { WAYS = sizeof ways / sizeof ways[0] };
    char paths[WAYS + 2][4096];
    for (int i = 0; i < WAYS + 2; i++) {
        assert_split(t, small_split(t, &p->m, i == WAYS ? TARGET_CLASS : TARGET_NUMBER,
                                    i == WAYS ? p->class : p->y, i > WAYS ? NULL : p->file,
                                    &ways[i < WAYS ? i : 0]));
        strcpy(paths[i], t->split.path);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(paths[i], paths[k]);
    }
    small_end(&p->m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(repeated_rows_stand_together),
        FIXTURE_TEST(the_first_of_equal_rows_may_be_left_out),
        FIXTURE_TEST(repeated_rows_apart_are_refused_or_allowed),
        FIXTURE_TEST(repeated_rows_apart_in_time_are_refused),
        FIXTURE_TEST(repeated_rows_of_two_groups_are_refused),
        FIXTURE_TEST(rows_left_out_are_in_no_part),
        FIXTURE_TEST(a_damaged_list_of_rows_is_refused),
        FIXTURE_TEST(classes_are_checked_in_time),
        FIXTURE_TEST(every_input_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
