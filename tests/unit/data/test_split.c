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
                if (fixture_split(
                        t, 0,
                        &(split_settings){.test = 0.25, .folds = folds, .bins = bins, .seed = 9}) !=
                    STINT_OK)
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
    assert_int_equal(
        fixture_split(t, 0,
                      &(split_settings){.test = 0.2, .folds = FOLDS, .bins = BINS, .seed = 3}),
        STINT_OK);
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
    assert_int_equal(
        fixture_split(t, 0, &(split_settings){.test = 0.2, .folds = FOLDS, .bins = 10, .seed = 1}),
        STINT_OK);
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
    split_settings s = {.test = 0.2, .folds = 5, .bins = 10, .seed = 1};
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
    static const split_settings all[] = {{.test = 0.2, .folds = 5, .bins = 4, .seed = 1},
                                         {.test = 0.25, .folds = 5, .bins = 4, .seed = 1},
                                         {.test = 0.2, .folds = 4, .bins = 4, .seed = 1},
                                         {.test = 0.2, .folds = 5, .bins = 3, .seed = 1},
                                         {.test = 0.2, .folds = 5, .bins = 4, .seed = 7}};
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
    assert_int_equal(
        fixture_split(t, 0, &(split_settings){.test = 0.25, .folds = 3, .bins = 100, .seed = 1}),
        STINT_OK);
    assert_int_equal(t->split.part_rows[3], 3);
    assert_int_equal(smallest(&t->split), 3);
}

static void too_few_rows_are_refused(void **state)
{
    fixture *t = *state;
    double y[7] = {1, 2, 3, 4, 5, 6, 7};
    fixture_file(t, names, y, 1, 7);
    assert_int_equal(
        fixture_split(t, 0, &(split_settings){.test = 0.2, .folds = 10, .bins = 0, .seed = 1}),
        STINT_EDATA);
    assert_message(t, "10 folds of 7 rows");
    assert_int_equal(
        fixture_split(t, 0, &(split_settings){.test = 0.1, .folds = 2, .bins = 0, .seed = 1}),
        STINT_EDATA);
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
    assert_int_equal(
        fixture_split(t, 0, &(split_settings){.test = 0.5, .folds = 2, .bins = 3, .seed = 1}),
        STINT_OK);
    assert_int_equal(t->split.file.chunks, 3);
    assert_true(labs((long)(t->split.part_rows[0] - t->split.part_rows[1])) <= 1);
    int last = 0;
    for (int i = 0; i < 5; i++)
        last |= 1 << split_chunk(&t->split, 2)[i];
    assert_true(last > 0 && last < 8);
    free(y);
}

/* --- by the definition --------------------------------------------------------------------- */

typedef struct numbered_row {
    int stratum;
    uint64_t number;
    int row;
} numbered_row;

static int by_stratum_and_number(const void *a, const void *b)
{
    const numbered_row *p = a, *q = b;
    if (p->stratum != q->stratum)
        return p->stratum - q->stratum;
    return p->number != q->number ? (p->number > q->number) - (p->number < q->number)
                                  : p->row - q->row;
}

/* Rows by (stratum, whole random number), every k-th to the test, the others in turn.  With
 * this seed the numbers of two rows of a stratum begin with the same 32 bits, and the others
 * put the later row first. */
static void parts_are_those_of_the_definition(void **state)
{
    fixture *t = *state;
    enum { ROWS = 60000, FOLDS = 7, BINS = 3, SEED = 14 };
    double *y = malloc(sizeof(double) * ROWS);
    numbered_row *rows = malloc(sizeof(numbered_row) * ROWS);
    int alike = 0, in_folds = 0;
    for (int i = 0; i < ROWS; i++)
        y[i] = i * 7919 % ROWS;
    fixture_file(t, names, y, 1, ROWS);
    split_settings s = {.test = 0.3, .folds = FOLDS, .bins = BINS, .seed = SEED};
    assert_int_equal(fixture_split(t, 0, &s), STINT_OK);
    for (int i = 0; i < ROWS; i++)
        rows[i] = (numbered_row){(int)y[i] * BINS / ROWS,
                                 rng_u64((rng){SEED, RNG_SPLIT}, (uint64_t)i), i};
    qsort(rows, ROWS, sizeof *rows, by_stratum_and_number);
    for (int i = 0; i < ROWS; i++) {
        bool test = (int)((i + 1) * 0.3 + 0.5) > (int)(i * 0.3 + 0.5);
        int want = test ? FOLDS : in_folds++ % FOLDS;
        assert_int_equal(split_chunk(&t->split, 0)[rows[i].row], want);
        alike += i > 0 && rows[i].stratum == rows[i - 1].stratum && rows[i].row < rows[i - 1].row &&
                 rows[i].number >> 32 == rows[i - 1].number >> 32;
    }
    assert_true(alike > 0);
    free(rows);
    free(y);
}

/* --- memory --------------------------------------------------------------------------------- */

/* Every way to split, the widest tables of groups and strata included, within what is said. */
static void memory_is_within_its_bound(void **state)
{
    fixture *t = *state;
    enum { ROWS = 150000, COLUMNS = 4 };
    static const char *const columns[] = {"y", "z", "pair", "half"};
    static const char *const list[] = {"z", "y", NULL};
    static const split_settings ways[] = {
        {.test = 0.2, .folds = 5},
        {.test = 0.2, .folds = 5, .bins = 1000},
        {.test = 0.2, .folds = 2, .bins = 1000, .stratify = list},
        {.test = 0.2, .folds = 2, .bins = 1000, .stratify = list, .group = "y"},
        {.test = 0.2, .folds = 2, .bins = 1000, .stratify = list, .group = "pair"},
        {.test = 0.2, .folds = 100, .bins = 1000, .group = "half"},
        {.test = 0.2, .folds = 2, .missing_class = true},
        {.test = 0.2, .folds = 5, .kind = SPLIT_TIME, .column = "y"},
    };
    double *x = malloc(sizeof(double) * ROWS * COLUMNS);
    for (int i = 0; i < ROWS; i++) {
        x[i] = (double)((int64_t)i * 7919 % ROWS);
        x[ROWS + i] = (double)((int64_t)i * 104729 % ROWS);
        x[2 * ROWS + i] = i / 2;
        x[3 * ROWS + i] = i % 60000;
    }
    fixture_file(t, columns, x, COLUMNS, ROWS);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        ctx *c = ctx_child(t->ctx, "split", 0);
        int target = ways[i].missing_class ? 3 : 0;
        split_input in = {.file = &t->file,
                          .fingerprint = t->fingerprint,
                          .kind = ways[i].missing_class ? TARGET_CLASS : TARGET_NUMBER,
                          .targets = &target,
                          .n_targets = 1};
        if (split_open(c, &in, &ways[i], &t->split) != STINT_OK)
            fail_msg("%s", stint_message(t->ctx));
        split_close(&t->split);
        if (budget_peak(ctx_budget(c)) > split_bytes(ROWS))
            fail_msg("way %d took %lld of %lld bytes", (int)i,
                     (long long)budget_peak(ctx_budget(c)), (long long)split_bytes(ROWS));
        ctx_free_child(c);
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(sizes_are_within_one_row),
        FIXTURE_TEST(strata_are_balanced),
        FIXTURE_TEST(ties_stay_together),
        FIXTURE_TEST(the_same_settings_give_the_same_parts),
        FIXTURE_TEST(every_setting_counts),
        FIXTURE_TEST(more_bins_than_rows),
        FIXTURE_TEST(too_few_rows_are_refused),
        FIXTURE_TEST(several_chunks),
        FIXTURE_TEST(parts_are_those_of_the_definition),
        FIXTURE_TEST(memory_is_within_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
