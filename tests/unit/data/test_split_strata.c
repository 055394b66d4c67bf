/* Strata: classes, quantile bins, angles, combinations, and rare ones. */
#include "unit/data/split_fixture.h"

enum { FOLDS = 5, PARTS = FOLDS + 1 };

static const split_settings settings = {.test = 0.2, .folds = FOLDS, .seed = 3};

static const uint8_t *parts(fixture *t)
{
    return split_chunk(&t->split, 0);
}

/* Each class has its share of every part to within one row, and no part is without it. */
static void classes_are_shared_out(void **state)
{
    fixture *t = *state;
    enum { ROWS = 150 };
    static const char *const names[] = {"setosa", "versicolor", "virginica"};
    static small_table m;
    const char *class[ROWS];
    int counts[3][PARTS] = {{0}}, rows[3] = {0};
    for (int i = 0; i < ROWS; i++)
        class[i] = names[i * i % 11 < 4 ? 0 : i % 13 ? 1 : 2];
    small_begin(&m, ROWS);
    int y = small_texts(&m, "species", class);
    assert_split(t, small_split(t, &m, TARGET_CLASS, y, NULL, &settings));
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < 3; k++)
            if (class[i] == names[k]) {
                counts[k][parts(t)[i]]++;
                rows[k]++;
            }
    for (int k = 0; k < 3; k++)
        for (int p = 0; p < PARTS; p++) {
            double want = rows[k] * (p == FOLDS ? 0.2 : 0.8 / FOLDS);
            assert_true(counts[k][p] > 0);
            assert_true(fabs(counts[k][p] - want) < 1 + 1.0 / FOLDS);
        }
    small_end(&m);
}

/* A class of as many rows as parts has one in each, though 0.05 of six rows is less than
 * a half. */
static void a_class_as_small_as_the_parts_is_in_each(void **state)
{
    fixture *t = *state;
    enum { ROWS = 120 };
    static small_table m;
    double class[ROWS];
    split_settings s = settings;
    s.test = 0.05;
    for (s.seed = 0; s.seed < 20; s.seed++) {
        int seen[PARTS] = {0};
        for (int i = 0; i < ROWS; i++)
            class[i] = i % 20 == 0 ? 1 : 0;
        small_begin(&m, ROWS);
        int y = small_numbers(&m, "class", class);
        assert_split(t, small_split(t, &m, TARGET_CLASS, y, NULL, &s));
        for (int i = 0; i < ROWS; i += 20)
            seen[parts(t)[i]]++;
        for (int p = 0; p < PARTS; p++)
            assert_int_equal(seen[p], 1);
        assert_int_equal(t->split.part_rows[FOLDS], 6); /* the others make up for it */
        small_end(&m);
    }
}

static void a_class_smaller_than_the_parts_is_refused(void **state)
{
    fixture *t = *state;
    enum { ROWS = 100 };
    static small_table m;
    const char *class[ROWS];
    split_settings s = settings;
    for (int i = 0; i < ROWS; i++)
        class[i] = i < 97 ? "setosa" : "virginica";
    small_begin(&m, ROWS);
    int y = small_texts(&m, "species", class);
    assert_int_equal(small_split(t, &m, TARGET_CLASS, y, NULL, &s), STINT_EDATA);
    assert_message(t, "class \"virginica\" of column \"species\" has 3 rows, fewer than the 6 "
                      "parts (5 folds and the test); give it more rows, ask for fewer folds, or "
                      "set split.missing_class: allow");
    s.missing_class = true;
    assert_split(t, small_split(t, &m, TARGET_CLASS, y, NULL, &s));
    assert_int_equal(t->split.rows, ROWS);
    small_end(&m);
}

/* A text, a number and a bool that say the same give the same parts. */
static void the_type_of_a_class_does_not_matter(void **state)
{
    fixture *t = *state;
    enum { ROWS = 200 };
    static small_table m;
    static uint8_t bools[ROWS], first[ROWS];
    const char *texts[ROWS];
    double numbers[ROWS];
    for (int i = 0; i < ROWS; i++) {
        bools[i] = i * i % 7 < 3;
        numbers[i] = bools[i] ? -2.5 : 1e300;
        texts[i] = bools[i] ? "yes" : "no";
    }
    small_begin(&m, ROWS);
    int columns[] = {small_texts(&m, "t", texts), small_numbers(&m, "n", numbers),
                     small_column(&m, "b", COLUMN_BOOL, TYPE_BOOL, bools)};
    for (int k = 0; k < 3; k++) {
        assert_split(t, small_split(t, &m, TARGET_CLASS, columns[k], NULL, &settings));
        if (k == 0)
            memcpy(first, parts(t), ROWS);
        assert_memory_equal(first, parts(t), ROWS);
    }
    small_end(&m);
}

/* Two columns: each pair of (region, tercile of age) is shared out by itself. */
static void listed_columns_are_combined(void **state)
{
    fixture *t = *state;
    enum { ROWS = 360 };
    static small_table m;
    static const char *const list[] = {"region", "age", NULL};
    const char *region[ROWS];
    double age[ROWS], y[ROWS];
    int counts[2][3][PARTS] = {{{0}}};
    split_settings s = settings;
    s.stratify = list;
    s.bins = 3;
    for (int i = 0; i < ROWS; i++) {
        region[i] = i % 2 ? "north" : "south";
        age[i] = i / 2 * 7 % 180; /* each of 0 … 179 once in each region */
        y[i] = i;
    }
    small_begin(&m, ROWS);
    small_texts(&m, "region", region);
    small_numbers(&m, "age", age);
    int target = small_numbers(&m, "y", y);
    assert_split(t, small_split(t, &m, TARGET_NUMBER, target, NULL, &s));
    assert_string_equal(t->split.notes, "");
    for (int i = 0; i < ROWS; i++)
        counts[i % 2][(int)age[i] / 60][parts(t)[i]]++;
    for (int r = 0; r < 2; r++)
        for (int b = 0; b < 3; b++)
            for (int p = 0; p < PARTS; p++)
                assert_true(abs(counts[r][b][p] - (p == FOLDS ? 12 : 10)) <= 1);
    s.bins = 0;
    assert_int_equal(small_split(t, &m, TARGET_NUMBER, target, NULL, &s), STINT_EUSAGE);
    assert_message(t, "\"age\" holds numbers, which are stratified by their quantile bins");
    static const char *const misspelt[] = {"regoin", NULL};
    s.stratify = misspelt;
    assert_int_equal(small_split(t, &m, TARGET_NUMBER, target, NULL, &s), STINT_EUSAGE);
    assert_message(t, "no column \"regoin\"; did you mean \"region\"?");
    small_end(&m);
}

/* Regions of 30, 31, 4 and 35 rows by 10 bins: bins are filled up within a region, the region
 * of 4 rows joins the next one, and the notes say so. */
static void rare_combinations_are_merged(void **state)
{
    fixture *t = *state;
    enum { ROWS = 100 };
    static small_table m;
    static const char *const list[] = {"region", "y", NULL};
    const char *region[ROWS];
    double y[ROWS];
    split_settings s = settings;
    s.stratify = list;
    s.bins = 10;
    for (int i = 0; i < ROWS; i++) {
        region[i] = i < 30 ? "a" : i < 61 ? "b" : i < 65 ? "c" : "d";
        y[i] = i * 37 % 100;
    }
    small_begin(&m, ROWS);
    small_texts(&m, "region", region);
    int target = small_numbers(&m, "y", y);
    assert_split(t, small_split(t, &m, TARGET_NUMBER, target, NULL, &s));
    assert_non_null(strstr(t->split.notes, "strata had fewer than 6 rows and were merged with "
                                           "others; "));
    int counts[2][PARTS] = {{0}};
    for (int i = 0; i < 61; i++)
        counts[i >= 30][parts(t)[i]]++;
    for (int r = 0; r < 2; r++) /* 4 or 5 merged bins of a region, each right to within one row */
        for (int p = 0; p < FOLDS; p++)
            assert_true(counts[r][p] >= 3 && counts[r][p] <= 7);
    split again;
    assert_int_equal(split_open_file(t->ctx, t->split.path, ROWS, &again), STINT_OK);
    assert_string_equal(again.notes, t->split.notes);
    split_close(&again);
    small_end(&m);
}

/* What is left of a joins a; c and d, too small each, are one; b and e are one stratum each. */
static void what_is_left_joins_its_own(void **state)
{
    fixture *t = *state;
    enum { ROWS = 35 };
    static small_table m;
    static const char *const list[] = {"region", "kind", NULL};
    static const char cells[ROWS + 1] = "aaaaaaAAAAAccddddbbbBBBBBBeeeeeeEEE";
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    const char *region[ROWS], *kind[ROWS];
    double y[ROWS] = {0};
    split_settings s = settings;
    s.stratify = list;
    for (int i = 0; i < ROWS; i++) {
        region[i] = names[(cells[i] | 32) - 'a'];
        kind[i] = cells[i] < 'a' ? "large" : "small";
    }
    small_begin(&m, ROWS);
    small_texts(&m, "region", region);
    small_texts(&m, "kind", kind);
    int target = small_numbers(&m, "y", y);
    assert_split(t, small_split(t, &m, TARGET_NUMBER, target, NULL, &s));
    assert_string_equal(t->split.notes, "5 of 8 strata had fewer than 6 rows and were merged with "
                                        "others; 4 are left");
    small_end(&m);
}

/* With a class as the target, its strata stay apart even when they are merged. */
static void merging_keeps_classes_apart(void **state)
{
    fixture *t = *state;
    enum { ROWS = 90 };
    static small_table m;
    static const char *const list[] = {"x", NULL};
    double class[ROWS], x[ROWS];
    int counts[PARTS] = {0};
    split_settings s = settings;
    s.stratify = list;
    s.bins = 9;
    for (int i = 0; i < ROWS; i++) {
        class[i] = i % 5 == 2; /* 18 rows */
        x[i] = i * 7 % 90;
    }
    small_begin(&m, ROWS);
    int y = small_numbers(&m, "class", class);
    small_numbers(&m, "x", x);
    assert_split(t, small_split(t, &m, TARGET_CLASS, y, NULL, &s));
    for (int i = 2; i < ROWS; i += 5)
        counts[parts(t)[i]]++;
    for (int p = 0; p < PARTS; p++)
        assert_in_range(counts[p], 2, 4);
    small_end(&m);
}

/* Eight sectors of 45 degrees, the same from an angle and from its sine and cosine, the bounds
 * and angles beyond one turn included. */
static void angles_are_in_sectors(void **state)
{
    fixture *t = *state;
    enum { ROWS = 240, SECTORS = 8 };
    static small_table m;
    static uint8_t first[ROWS];
    double angle[ROWS], sine[ROWS], cosine[ROWS];
    split_settings s = settings;
    s.bins = SECTORS;
    for (int i = 0; i < ROWS; i++) {
        double turned = i * 7 % ROWS * 1.5;
        angle[i] = turned + 360 * (i % 3 - 1);
        sine[i] = 3 * sin(turned * 3.14159265358979323846 / 180);
        cosine[i] = 3 * cos(turned * 3.14159265358979323846 / 180);
    }
    small_begin(&m, ROWS);
    int y = small_numbers(&m, "direction", angle);
    int pair[] = {small_numbers(&m, "sine", sine), small_numbers(&m, "cosine", cosine)};
    for (int k = 0; k < 2; k++) {
        int counts[SECTORS][PARTS] = {{0}};
        split_input in = {.file = &m.file,
                          .fingerprint = m.fingerprint,
                          .kind = TARGET_ANGLE,
                          .period = 360,
                          .targets = k ? pair : &y,
                          .n_targets = k ? 2 : 1};
        assert_split(t, split_open(t->ctx, &in, &s, &t->split));
        for (int i = 0; i < ROWS; i++)
            counts[i * 7 % ROWS / 30][parts(t)[i]]++;
        for (int b = 0; b < SECTORS; b++)
            for (int p = 0; p < PARTS; p++)
                assert_true(abs(counts[b][p] - (p == FOLDS ? 6 : 5)) <= 1);
        if (k == 0) /* all are of one length, so that magnitudes add nothing */
            memcpy(first, parts(t), ROWS);
        assert_memory_equal(first, parts(t), ROWS);
        split_close(&t->split);
    }
    small_end(&m);
}

/* Angles in two columns of two lengths: short and long ones are shared out by themselves. */
static void angles_have_a_magnitude(void **state)
{
    fixture *t = *state;
    enum { ROWS = 400 };
    static small_table m;
    double sine[ROWS], cosine[ROWS];
    int counts[2][2][PARTS] = {{{0}}};
    split_settings s = settings;
    s.bins = 2;
    for (int i = 0; i < ROWS; i++) {
        double length = i % 4 < 2 ? 1 : 10;
        sine[i] = length * sin(i);
        cosine[i] = length * cos(i);
    }
    small_begin(&m, ROWS);
    int pair[] = {small_numbers(&m, "sine", sine), small_numbers(&m, "cosine", cosine)};
    split_input in = {.file = &m.file,
                      .fingerprint = m.fingerprint,
                      .kind = TARGET_ANGLE,
                      .period = 360,
                      .targets = pair,
                      .n_targets = 2};
    assert_split(t, split_open(t->ctx, &in, &s, &t->split));
    t->has_split = true;
    for (int i = 0; i < ROWS; i++)
        counts[sine[i] >= 0][i % 4 < 2][parts(t)[i]]++;
    for (int h = 0; h < 2; h++)
        for (int l = 0; l < 2; l++)
            for (int p = 0; p < PARTS; p++)
                assert_true(abs(counts[h][l][p] - (p == FOLDS ? 20 : 16)) <= 2);
    small_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(classes_are_shared_out),
        FIXTURE_TEST(a_class_as_small_as_the_parts_is_in_each),
        FIXTURE_TEST(a_class_smaller_than_the_parts_is_refused),
        FIXTURE_TEST(the_type_of_a_class_does_not_matter),
        FIXTURE_TEST(listed_columns_are_combined),
        FIXTURE_TEST(rare_combinations_are_merged),
        FIXTURE_TEST(what_is_left_joins_its_own),
        FIXTURE_TEST(merging_keeps_classes_apart),
        FIXTURE_TEST(angles_are_in_sectors),
        FIXTURE_TEST(angles_have_a_magnitude),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
