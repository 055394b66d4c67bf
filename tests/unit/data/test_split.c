/* Splits: sizes, strata, ties, determinism, and what cannot be split. */
#include "data/split.h"

#include "base/rng.h"
#include "unit/fixture.h"

static const char *const names[] = {"y"};

static int64_t smallest(const split *s)
{
    int64_t least = s->part_rows[0];
    for (int k = 0; k < s->folds; k++)
        least = s->part_rows[k] < least ? s->part_rows[k] : least;
    return least;
}

static void sizes_are_within_one_row(void **state)
{
    fixture *t = *state;
    double y[300];
    for (int i = 0; i < 300; i++)
        y[i] = rng_normal((rng){1, 1}, (uint64_t)i);
    for (int64_t rows = 20; rows < 300; rows += 17)
        for (int folds = 2; folds < 12; folds += 3)
            for (int bins = 0; bins < 15; bins += 7) {
                int64_t all = 0, most = 0;
                fixture_file(t, names, y, 1, rows);
                if (fixture_split(t, 0, &(split_settings){0.25, folds, bins, 9}) != STINT_OK)
                    fail_msg("%s", stint_message(t->ctx));
                for (int k = 0; k < folds; k++) {
                    all += t->split.part_rows[k];
                    most = t->split.part_rows[k] > most ? t->split.part_rows[k] : most;
                }
                assert_true(most - smallest(&t->split) <= 1);
                assert_true(fabs((double)t->split.part_rows[folds] - 0.25 * (double)rows) <= 1);
                assert_int_equal(all + t->split.part_rows[folds], rows);
            }
}

static void strata_are_balanced(void **state)
{
    fixture *t = *state;
    enum { ROWS = 1000, BINS = 8, FOLDS = 5 };
    double y[ROWS];
    int counts[BINS][FOLDS + 1] = {{0}};
    for (int i = 0; i < ROWS; i++)
        y[i] = (double)((i * 7919) % ROWS); /* each of 0 … 999 once */
    fixture_file(t, names, y, 1, ROWS);
    assert_int_equal(fixture_split(t, 0, &(split_settings){0.2, FOLDS, BINS, 3}), STINT_OK);
    for (int i = 0; i < ROWS; i++)
        counts[(int)y[i] * BINS / ROWS][split_chunk(&t->split, 0)[i]]++;
    for (int b = 0; b < BINS; b++)
        for (int k = 0; k <= FOLDS; k++) {
            double want = ROWS / BINS * (k == FOLDS ? 0.2 : 0.8 / FOLDS);
            assert_true(counts[b][k] == want);
        }
}

/* Two values only, so bins must not part the equal ones: each value is shared out by itself. */
static void ties_stay_together(void **state)
{
    fixture *t = *state;
    enum { ROWS = 90, FOLDS = 4 };
    double y[ROWS];
    int ones[FOLDS + 1] = {0};
    for (int i = 0; i < ROWS; i++)
        y[i] = i % 9 == 0; /* ten ones, ties and -0 among the rest */
    for (int i = 1; i < ROWS; i += 9)
        y[i] = -0.0;
    fixture_file(t, names, y, 1, ROWS);
    assert_int_equal(fixture_split(t, 0, &(split_settings){0.2, FOLDS, 10, 1}), STINT_OK);
    for (int i = 0; i < ROWS; i++)
        ones[split_chunk(&t->split, 0)[i]] += y[i] == 1;
    for (int k = 0; k <= FOLDS; k++)
        assert_int_equal(ones[k], 2);
}

static void the_same_settings_give_the_same_parts(void **state)
{
    fixture *t = *state;
    enum { ROWS = 500 };
    double y[ROWS];
    uint8_t first[ROWS];
    char path[4096];
    for (int i = 0; i < ROWS; i++)
        y[i] = sin(i);
    fixture_file(t, names, y, 1, ROWS);
    split_settings s = {0.2, 5, 10, 1};
    assert_int_equal(fixture_split(t, 0, &s), STINT_OK);
    memcpy(first, split_chunk(&t->split, 0), ROWS);
    strcpy(path, t->split.path);
    split_close(&t->split);
    unlink(path); /* out of the cache: made again */
    t->has_split = false;
    assert_int_equal(fixture_split(t, 0, &s), STINT_OK);
    assert_memory_equal(first, split_chunk(&t->split, 0), ROWS);
    assert_string_equal(path, t->split.path);
    s.seed = 2;
    assert_int_equal(fixture_split(t, 0, &s), STINT_OK);
    assert_memory_not_equal(first, split_chunk(&t->split, 0), ROWS);
    assert_string_not_equal(path, t->split.path);
}

static void every_setting_counts(void **state)
{
    fixture *t = *state;
    double y[60];
    char paths[5][4096];
    static const split_settings all[] = {
        {0.2, 5, 4, 1}, {0.25, 5, 4, 1}, {0.2, 4, 4, 1}, {0.2, 5, 3, 1}, {0.2, 5, 4, 7}};
    for (int i = 0; i < 60; i++)
        y[i] = i * i % 61;
    fixture_file(t, names, y, 1, 60);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(fixture_split(t, 0, &all[i]), STINT_OK);
        strcpy(paths[i], t->split.path);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(paths[i], paths[k]);
    }
}

static void more_bins_than_rows(void **state)
{
    fixture *t = *state;
    double y[12] = {5, 3, 1, 2, 4, 6, 8, 7, 11, 9, 10, 12};
    fixture_file(t, names, y, 1, 12);
    assert_int_equal(fixture_split(t, 0, &(split_settings){0.25, 3, 100, 1}), STINT_OK);
    assert_int_equal(t->split.part_rows[3], 3);
    assert_int_equal(smallest(&t->split), 3);
}

static void too_few_rows_are_refused(void **state)
{
    fixture *t = *state;
    double y[7] = {1, 2, 3, 4, 5, 6, 7};
    fixture_file(t, names, y, 1, 7);
    assert_int_equal(fixture_split(t, 0, &(split_settings){0.2, 10, 0, 1}), STINT_EDATA);
    assert_message(t, "10 folds of 7 rows");
    assert_int_equal(fixture_split(t, 0, &(split_settings){0.1, 2, 0, 1}), STINT_EDATA);
    assert_message(t, "leaves 1 for the test");
}

static void several_chunks(void **state)
{
    fixture *t = *state;
    enum { ROWS = 2 * COLFILE_CHUNK_ROWS + 5 };
    double *y = malloc(sizeof(double) * ROWS);
    for (int i = 0; i < ROWS; i++)
        y[i] = i % 1000;
    fixture_file(t, names, y, 1, ROWS);
    assert_int_equal(fixture_split(t, 0, &(split_settings){0.5, 2, 3, 1}), STINT_OK);
    assert_int_equal(t->split.file.chunks, 3);
    assert_true(labs((long)(t->split.part_rows[0] - t->split.part_rows[1])) <= 1);
    int last = 0;
    for (int i = 0; i < 5; i++)
        last |= 1 << split_chunk(&t->split, 2)[i];
    assert_true(last > 0 && last < 8);
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(sizes_are_within_one_row), FIXTURE_TEST(strata_are_balanced),
        FIXTURE_TEST(ties_stay_together),       FIXTURE_TEST(the_same_settings_give_the_same_parts),
        FIXTURE_TEST(every_setting_counts),     FIXTURE_TEST(more_bins_than_rows),
        FIXTURE_TEST(too_few_rows_are_refused), FIXTURE_TEST(several_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
