/* Groups stay whole, no part is empty, and classes are shared out as far as groups allow. */
#include "unit/data/split_fixture.h"

enum { ROWS = 240, FOLDS = 3, PARTS = FOLDS + 1 };

static const split_settings settings = {.test = 0.25, .folds = FOLDS, .seed = 5, .group = "site"};

typedef struct sites {
    small_table m;
    int y, class;
    double site[ROWS], number[ROWS], kind[ROWS];
} sites;

static sites *sites_of(fixture *t, int count)
{
    static sites s;
    (void)t;
    for (int i = 0; i < ROWS; i++) {
        s.site[i] = i * 31 % count * 10 - 3;
        s.number[i] = sin(i);
        s.kind[i] = i * 31 % count % 3 == 0;
    }
    small_begin(&s.m, ROWS);
    small_numbers(&s.m, "site", s.site);
    s.y = small_numbers(&s.m, "y", s.number);
    s.class = small_numbers(&s.m, "class", s.kind);
    return &s;
}

/* The part of each row as one number of its group; fails when a group is in two. */
static void assert_whole(fixture *t, const double *site)
{
    const uint8_t *part = split_chunk(&t->split, 0);
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < i; k++)
            assert_true(site[i] != site[k] || part[i] == part[k]);
    for (int p = 0; p < PARTS; p++)
        assert_true(t->split.part_rows[p] > 0);
}

static void groups_are_whole_and_parts_even(void **state)
{
    fixture *t = *state;
    for (int count = PARTS; count < 60; count += 5) {
        sites *s = sites_of(t, count);
        assert_split(t, small_split(t, &s->m, TARGET_NUMBER, s->y, NULL, &settings));
        assert_whole(t, s->site);
        for (int p = 0; p < PARTS; p++) /* beyond its share by less than the largest group */
            assert_true((double)t->split.part_rows[p] <= 60 + ceil(240.0 / count));
        small_end(&s->m);
    }
}

/* Twelve sites of 20 rows, four of them of class 1: one for each part. */
static void classes_are_shared_out_by_whole_groups(void **state)
{
    fixture *t = *state;
    split_settings s = settings;
    for (s.seed = 0; s.seed < 30; s.seed++) {
        sites *x = sites_of(t, 12);
        int ones[PARTS] = {0};
        assert_split(t, small_split(t, &x->m, TARGET_CLASS, x->class, NULL, &s));
        assert_whole(t, x->site);
        for (int i = 0; i < ROWS; i++)
            ones[split_chunk(&t->split, 0)[i]] += x->kind[i] == 1;
        for (int p = 0; p < PARTS; p++) {
            assert_int_equal(t->split.part_rows[p], 60);
            assert_int_equal(ones[p], 20);
        }
        small_end(&x->m);
    }
}

/* One site has all rows but a few: the other sites are just enough to fill the other parts. */
static void a_huge_group_leaves_no_part_empty(void **state)
{
    fixture *t = *state;
    split_settings s = settings;
    for (s.seed = 0; s.seed < 30; s.seed++) {
        sites *x = sites_of(t, 4);
        for (int i = 0; i < ROWS; i++)
            x->site[i] = i < 6 ? i / 2 : 99;
        assert_split(t, small_split(t, &x->m, TARGET_NUMBER, x->y, NULL, &s));
        assert_whole(t, x->site);
        small_end(&x->m);
    }
}

static void the_type_of_a_group_does_not_matter(void **state)
{
    fixture *t = *state;
    static char names[ROWS][32];
    static int64_t hashes[ROWS], large[ROWS];
    static uint8_t first[ROWS];
    const char *texts[ROWS];
    sites *x = sites_of(t, 17);
    split_settings s = settings;
    for (int i = 0; i < ROWS; i++) {
        snprintf(names[i], sizeof names[i], "site %g", -x->site[i]);
        texts[i] = names[i];
        hashes[i] = (int64_t)hash64(names[i], strlen(names[i]));
        /* neighbours that are one number as doubles */
        large[i] = (INT64_C(1) << 60) + (int64_t)x->site[i];
    }
    small_texts(&x->m, "as text", texts);
    small_column(&x->m, "as hash", COLUMN_HASH, TYPE_I64, hashes);
    small_column(&x->m, "as large numbers", COLUMN_NUMBER, TYPE_I64, large);
    static const char *const columns[] = {"site", "as text", "as hash", "as large numbers"};
    for (int k = 0; k < 4; k++) {
        s.group = columns[k];
        assert_split(t, small_split(t, &x->m, TARGET_CLASS, x->class, NULL, &s));
        if (k == 0)
            memcpy(first, split_chunk(&t->split, 0), ROWS);
        assert_memory_equal(first, split_chunk(&t->split, 0), ROWS);
    }
    small_end(&x->m);
}

static void refusals(void **state)
{
    fixture *t = *state;
    sites *x = sites_of(t, 3);
    split_settings s = settings;
    assert_int_equal(small_split(t, &x->m, TARGET_NUMBER, x->y, NULL, &s), STINT_EDATA);
    assert_message(t, "the 3 groups of column \"site\" are fewer than the 4 parts (3 folds and "
                      "the test); ask for fewer folds");
    small_end(&x->m);
    x = sites_of(t, 1);
    assert_int_equal(small_split(t, &x->m, TARGET_NUMBER, x->y, NULL, &s), STINT_EDATA);
    assert_message(t, "all rows are of one group, as column \"site\" has one value");
    small_end(&x->m);
    x = sites_of(t, 20);
    x->site[7] = NAN;
    assert_int_equal(small_split(t, &x->m, TARGET_NUMBER, x->y, NULL, &s), STINT_EDATA);
    assert_message(t, "t.parquet:row 8: column \"site\": the cell is missing");
    small_end(&x->m);
    x = sites_of(t, 20);
    s.group = "sit";
    assert_int_equal(small_split(t, &x->m, TARGET_NUMBER, x->y, NULL, &s), STINT_EUSAGE);
    assert_message(t, "split.group: the table has no column \"sit\"; did you mean \"site\"?");
    small_end(&x->m);
}

/* Class 1 stands at one site alone, so it cannot be in every part. */
static void a_class_of_one_group_is_refused(void **state)
{
    fixture *t = *state;
    sites *x = sites_of(t, 20);
    split_settings s = settings;
    for (int i = 0; i < ROWS; i++)
        x->kind[i] = x->site[i] == -3;
    assert_int_equal(small_split(t, &x->m, TARGET_CLASS, x->class, NULL, &s), STINT_EDATA);
    assert_message(t, "class 1 of column \"class\" is missing in ");
    s.missing_class = true;
    assert_split(t, small_split(t, &x->m, TARGET_CLASS, x->class, NULL, &s));
    small_end(&x->m);
}

/* Given parts that tear a group apart. */
static void groups_are_checked_in_other_splits(void **state)
{
    fixture *t = *state;
    sites *x = sites_of(t, 20);
    split_settings s = settings;
    s.kind = SPLIT_TIME;
    assert_int_equal(small_split(t, &x->m, TARGET_NUMBER, x->y, NULL, &s), STINT_EDATA);
    assert_message(t, "split.group: group 147 of column \"site\" is in two parts: t.parquet:row 6 "
                      "in part 0, t.parquet:row 46 in part 1; choose another way to split");
    small_end(&x->m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(groups_are_whole_and_parts_even),
        FIXTURE_TEST(classes_are_shared_out_by_whole_groups),
        FIXTURE_TEST(a_huge_group_leaves_no_part_empty),
        FIXTURE_TEST(the_type_of_a_group_does_not_matter),
        FIXTURE_TEST(refusals),
        FIXTURE_TEST(a_class_of_one_group_is_refused),
        FIXTURE_TEST(groups_are_checked_in_other_splits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
