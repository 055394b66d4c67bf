/* States of training sets: fitted on their rows alone, the same for any number of threads, within
 * their memory; and what they refuse. */
#include "unit/data/features_fixture.h"

#include "base/rng.h"

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

enum { COLUMNS = 5, SMALL = 40, LARGE = 2 * COLFILE_CHUNK_ROWS + 1000, FOLDS = 3 };

static const char *const names[COLUMNS] = {"a", "b", "c", "d", "e"};
static const feature_pair a_with_all = {"a", "*"};

/* b has holes, c ties, d only positive numbers, e is 0 or 1. */
static double cell(int column, int64_t row)
{
    double z = rng_normal((rng){3, (uint64_t)column}, (uint64_t)row);
    switch (column) {
    case 1: return row % 9 == 4 ? NAN : 100 + z;
    case 2: return round(3 * z);
    case 3: return exp(z);
    case 4: return z > 0;
    default: return z;
    }
}

typedef struct data {
    int64_t rows;
    double *x, *parts; /* [COLUMNS][rows], [rows] */
} data;

static data data_new(int64_t rows)
{
    data d = {rows, malloc(sizeof(double) * (size_t)(COLUMNS * rows)),
              malloc(sizeof(double) * (size_t)rows)};
    for (int64_t i = 0; i < rows; i++) {
        for (int j = 0; j < COLUMNS; j++)
            d.x[j * rows + i] = cell(j, i);
        d.parts[i] = i % 11 == 10 ? SPLIT_NONE : (double)(i * 7 % 5 % (FOLDS + 1));
    }
    return d;
}

static void data_free(data *d)
{
    free(d->x);
    free(d->parts);
}

static void data_table(fixture *t, const data *d)
{
    test_column columns[COLUMNS];
    for (int j = 0; j < COLUMNS; j++)
        columns[j] = (test_column){names[j], COLUMN_NUMBER, d->x + j * d->rows, NULL, 0};
    features_table(t, columns, COLUMNS, d->rows);
    features_parts(t, d->parts, d->rows, FOLDS);
}

/* Everything that can be fitted, in four plans. */
static const features_settings *plans(int i)
{
    static features_settings all[4];
    static const char *const b[] = {"b", NULL}, *const c[] = {"c", NULL}, *const d[] = {"d", NULL},
                             *const bc[] = {"b", "c", NULL};
    all[0] = (features_settings){.fill = FILL_MEAN,
                                 .scale = SCALE_STANDARD,
                                 .log = d,
                                 .interactions = &a_with_all,
                                 .n_interactions = 1};
    all[1] = (features_settings){.fill = FILL_MEDIAN,
                                 .scale = SCALE_ROBUST,
                                 .bins = bc,
                                 .bins_n = 4,
                                 .bins_encode = BINS_ORDINAL};
    all[2] = (features_settings){.fill = FILL_CONSTANT,
                                 .fill_value = 99,
                                 .scale = SCALE_MINMAX,
                                 .bins = c,
                                 .bins_n = 3,
                                 .bins_by = BINS_WIDTH};
    all[3] = (features_settings){.drop = b, .scale = SCALE_STANDARD, .log1p = d};
    return &all[i];
}

static void open_states(fixture *t, const features_settings *s, int threads, features **f,
                        features_states *out)
{
    if (features_of(t, s, f) != STINT_OK ||
        features_states_of(t, *f, true, threads, out) != STINT_OK)
        fail_msg("%s", stint_message(t->ctx));
}

/* --- what a state depends on ------------------------------------------------------------------ */

static void threads_change_no_bit(void **state)
{
    fixture *t = *state;
    data d = data_new(LARGE);
    data_table(t, &d);
    for (int i = 0; i < 4; i++) {
        features *f;
        features_states states;
        double *first = NULL;
        for (int threads = 1; threads <= 4; threads *= 2) {
            open_states(t, plans(i), threads, &f, &states);
            size_t bytes = (size_t)((FOLDS + 1) * states.stride) * sizeof(double);
            if (threads == 1) {
                first = malloc(bytes);
                memcpy(first, states.at, bytes);
            }
            assert_memory_equal(first, states.at, bytes);
            states_remove(&states);
        }
        free(first);
    }
    data_free(&d);
}

/* The states after one cell of every column has changed, against those before: which sets moved. */
static unsigned sets_that_move(fixture *t, const features_settings *s, data *d, int64_t row)
{
    features *f;
    features_states before, after;
    double was[COLUMNS];
    unsigned moved = 0;
    data_table(t, d);
    open_states(t, s, 2, &f, &before);
    double *kept = malloc((size_t)before.map.size);
    memcpy(kept, before.at, (size_t)((FOLDS + 1) * before.stride) * sizeof *kept);
    states_remove(&before);
    for (int j = 0; j < COLUMNS; j++) {
        was[j] = d->x[j * d->rows + row];
        d->x[j * d->rows + row] = j == 4 ? 1 - was[j] : 1e3 + j;
    }
    data_table(t, d);
    open_states(t, s, 2, &f, &after);
    for (int set = 0; set <= FOLDS; set++)
        if (memcmp(kept + set * after.stride, after.at + set * after.stride,
                   (size_t)after.stride * sizeof *kept) != 0)
            moved |= 1u << set;
    states_remove(&after);
    for (int j = 0; j < COLUMNS; j++)
        d->x[j * d->rows + row] = was[j];
    free(kept);
    return moved;
}

static void a_state_sees_its_training_rows_alone(void **state)
{
    fixture *t = *state;
    data d = data_new(SMALL);
    for (int i = 0; i < 4; i++)
        for (int64_t row = 0; row < SMALL; row++) {
            int part = (int)d.parts[row];
            unsigned want = part >= FOLDS ? 0 : (1u << (FOLDS + 1)) - 1 - (1u << part);
            assert_int_equal(sets_that_move(t, plans(i), &d, row), want);
        }
    data_free(&d);
}

/* Moments merged of parts, or gathered set by set, are the same numbers. */
static void merged_moments_are_those_of_the_rows(void **state)
{
    fixture *t = *state;
    data d = data_new(LARGE);
    features *f;
    features_states states;
    data_table(t, &d);
    features_settings s = {.keep = NAMES("a"), .scale = SCALE_STANDARD};
    open_states(t, &s, 2, &f, &states);
    for (int set = 0; set <= FOLDS; set++) {
        long double n = 0, sum = 0, squares = 0;
        for (int64_t i = 0; i < LARGE; i++)
            if (d.parts[i] < FOLDS && d.parts[i] != set) {
                n++;
                sum += d.x[i];
                squares += (long double)d.x[i] * d.x[i];
            }
        double mean = (double)(sum / n);
        assert_true(fabs(states.at[set * 2] - mean) < 1e-15);
        assert_near(states.at[set * 2 + 1], (double)sqrtl(squares / n - sum / n * (sum / n)),
                    1e-14);
    }
    features_states_close(&states);
    data_free(&d);
}

/* --- files -------------------------------------------------------------------------------------- */

static void states_are_kept_and_opened_by_name(void **state)
{
    fixture *t = *state;
    data d = data_new(SMALL);
    features *f, *other;
    features_states first, again, named;
    data_table(t, &d);
    open_states(t, plans(0), 1, &f, &first);
    open_states(t, plans(0), 1, &other, &again);
    assert_string_equal(first.path, again.path);
    assert_true(hash_equal(features_settings_key(f), features_settings_key(other)));
    assert_int_equal(features_states_open_file(t->ctx, first.path, f, FOLDS, &named), STINT_OK);
    assert_int_equal(named.stride, features_state_doubles(f));
    assert_memory_equal(named.at, first.at, (size_t)named.stride * 8);
    features_states_close(&named);
    assert_int_equal(features_states_open_file(t->ctx, first.path, f, FOLDS + 1, &named),
                     STINT_EDATA);
    assert_message(t, "not the states of these features in 4 folds");
    assert_int_equal(features_of(t, plans(1), &other), STINT_OK);
    assert_int_equal(features_states_open_file(t->ctx, first.path, other, FOLDS, &named),
                     STINT_EDATA);
    assert_message(t, "not the states of these features");
    features_states_close(&first);
    features_states_close(&again);
    data_free(&d);
}

static void scaling_that_a_model_does_itself_is_not_fitted(void **state)
{
    fixture *t = *state;
    data d = data_new(SMALL);
    features *f;
    features_states with, without;
    data_table(t, &d);
    open_states(t, plans(0), 1, &f, &with);
    assert_int_equal(features_states_of(t, f, false, 1, &without), STINT_OK);
    assert_string_not_equal(with.path, without.path);
    assert_int_equal(with.stride, without.stride);
    assert_memory_equal(with.at, without.at, COLUMNS * sizeof *with.at); /* fills */
    assert_true(isnan(without.at[COLUMNS]) && !isnan(with.at[COLUMNS]));
    features_states_close(&with);
    features_states_close(&without);
    data_free(&d);
}

static void nothing_to_fit_needs_no_file(void **state)
{
    fixture *t = *state;
    data d = data_new(SMALL);
    features *f;
    features_states states;
    data_table(t, &d);
    assert_int_equal(features_of(t, &(features_settings){.scale = SCALE_STANDARD}, &f), STINT_OK);
    assert_int_equal(features_states_of(t, f, false, 1, &states), STINT_OK);
    assert_string_equal(states.path, "");
    assert_null(states.at);
    features_states_close(&states);
    assert_int_equal(features_states_open_file(t->ctx, "", f, FOLDS, &states), STINT_OK);
    features_states_close(&states);
    data_free(&d);
}

/* --- memory ------------------------------------------------------------------------------------- */

static void fitting_stays_within_its_memory(void **state)
{
    fixture *t = *state;
    data d = data_new(LARGE);
    data_table(t, &d);
    for (int i = 0; i < 4; i++)
        for (int threads = 1; threads <= 3; threads += 2) {
            features *f;
            features_states states;
            assert_int_equal(features_of(t, plans(i), &f), STINT_OK);
            pool *p = pool_new(t->ctx, threads);
            int64_t bytes =
                features_fit_bytes(plans(i), COLUMNS, features_count(f), LARGE, FOLDS, threads);
            ctx *child = ctx_child(t->ctx, "fit", bytes);
            hash128 key = {0};
            if (features_states_open(child, f, &t->split, key, true, p, &states) != STINT_OK)
                fail_msg("%s", stint_message(t->ctx));
            assert_true(budget_peak(ctx_budget(child)) > bytes / 2);
            states_remove(&states);
            ctx_free_child(child);
            pool_free(p);
            assert_true(features_fit_seconds(plans(i), LARGE, COLUMNS, features_count(f), FOLDS) >
                        0);
        }
    data_free(&d);
}

/* Whatever allocation is the one too many, nothing is left behind. */
static void short_memory_is_refused_cleanly(void **state)
{
    fixture *t = *state;
    data d = data_new(SMALL);
    data_table(t, &d);
    features *f;
    assert_int_equal(features_of(t, plans(0), &f), STINT_OK);
    int64_t bytes = features_fit_bytes(plans(0), COLUMNS, features_count(f), SMALL, FOLDS, 1);
    pool *p = pool_new(t->ctx, 1);
    bool done = false;
    for (int64_t limit = 64; !done && limit <= bytes; limit += limit < 8192 ? 64 : bytes / 61) {
        features_states states;
        bool whole = limit + bytes / 61 > bytes;
        ctx *child = ctx_child(t->ctx, "fit", whole ? bytes : limit);
        stint_status s =
            features_states_open(child, f, &t->split, (hash128){1, 2}, true, p, &states);
        done = s == STINT_OK;
        assert_true(done || s == STINT_ENOMEM || s == STINT_EBUDGET);
        features_states_close(&states);
        assert_int_equal(budget_live(ctx_budget(child)), 0);
        ctx_free_child(child);
        stint_clear(t->ctx);
    }
    assert_true(done);
    pool_free(p);
    data_free(&d);
}

/* --- what is refused ------------------------------------------------------------------------------ */

static void what_cannot_be_computed_is_refused(void **state)
{
    fixture *t = *state;
    static const feature_pair square = {"a", "a"};
    const struct {
        features_settings settings;
        double bad;
        int part; /* of the row it is in */
        const char *message;
    } cases[] = {
        {{.log = NAMES("a")}, 0, FOLDS, "column \"a\": 0, and a logarithm takes numbers above 0"},
        {{.log = NAMES("a")}, -3, 1, "column \"a\": -3, and a logarithm takes"},
        {{.log = NAMES("a")}, 0, SPLIT_NONE, NULL},
        {{.log = NAMES("a")}, NAN, 0, "column \"a\": missing, and missing cells are not filled"},
        {{.log = NAMES("a"), .fill = FILL_CONSTANT},
         NAN,
         0,
         "checks.missing: missing cells of column \"a\" would be 0, and a logarithm takes"},
        {{.log = NAMES("a"), .fill = FILL_MEAN}, NAN, 0, NULL},
        {{.log = NAMES("a")}, INFINITY, 0, "column \"a\": infinite"},
        {{.log1p = NAMES("a")}, -1, 2, "column \"a\": -1, and log1p takes numbers above -1"},
        {{.power = NAMES("a"), .exponent = 0.5}, -2, 2, "column \"a\": -2, and its power is not"},
        {{.power = NAMES("a"), .exponent = 3}, -2, 2, NULL},
        {{.power = NAMES("a"), .exponent = -1}, 0, 2, "column \"a\": 0, and its power is not"},
        {{.power = NAMES("a"), .exponent = 2},
         1e200,
         2,
         "column \"a\": 1e+200, and its power is not"},
        {{.interactions = &square, .n_interactions = 1},
         1e200,
         2,
         "feature \"a*a\" may be 1e+200 times 1e+200"},
        {{.interactions = &square, .n_interactions = 1}, NAN, 2, "column \"a\": missing"},
        {{.scale = SCALE_STANDARD}, 1e308, 2, "feature \"a\" has values too large to be scaled"},
        {{.scale = SCALE_MINMAX}, 1e308, 2, NULL},
    };
    double x[SMALL], parts[SMALL];
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        features *f;
        features_states states;
        for (int i = 0; i < SMALL; i++) {
            x[i] = 1 + i % 7;
            parts[i] = i % (FOLDS + 1);
        }
        x[17] = cases[k].bad;
        parts[17] = cases[k].part;
        features_table(t, &(test_column){"a", COLUMN_NUMBER, x, NULL, 0}, 1, SMALL);
        features_parts(t, parts, SMALL, FOLDS);
        assert_int_equal(features_of(t, &cases[k].settings, &f), STINT_OK);
        stint_status s = features_states_of(t, f, true, 2, &states);
        states_remove(&states);
        if (!cases[k].message) {
            assert_int_equal(s, STINT_OK);
            continue;
        }
        assert_int_equal(s, STINT_EDATA);
        if (strstr(cases[k].message, "column \"a\": "))
            assert_non_null(strstr(stint_message(t->ctx), "t.parquet:row 18"));
        assert_message(t, cases[k].message);
    }
}

/* Column d is done long before column a, which is large; yet a is told of. */
static void the_first_column_is_told_of(void **state)
{
    fixture *t = *state;
    data d = data_new(LARGE);
    features *f;
    features_states states;
    d.x[LARGE - 1] = -1;
    d.x[3 * d.rows] = -1;
    d.parts[0] = d.parts[LARGE - 1] = 0;
    for (int64_t i = 0; i < LARGE - 1; i++)
        d.x[i] = 1;
    data_table(t, &d);
    features_settings s = {.keep = NAMES("a", "d"), .log = NAMES("*")};
    assert_int_equal(features_of(t, &s, &f), STINT_OK);
    assert_int_equal(features_states_of(t, f, true, 4, &states), STINT_EDATA);
    assert_message(t, "t.parquet:row 132072: column \"a\": -1");
    features_states_close(&states);
    data_free(&d);
}

static void a_fill_needs_a_cell(void **state)
{
    fixture *t = *state;
    double x[SMALL], parts[SMALL];
    for (int i = 0; i < SMALL; i++) {
        parts[i] = i % (FOLDS + 1);
        x[i] = parts[i] == 1 ? i : NAN;
    }
    for (feature_fill fill = FILL_MEAN; fill <= FILL_MEDIAN; fill++) {
        features *f;
        features_states states;
        features_table(t, &(test_column){"a", COLUMN_NUMBER, x, NULL, 0}, 1, SMALL);
        features_parts(t, parts, SMALL, FOLDS);
        assert_int_equal(features_of(t, &(features_settings){.fill = fill}, &f), STINT_OK);
        assert_int_equal(features_states_of(t, f, true, 1, &states), STINT_EDATA);
        assert_message(t,
                       "column \"a\" has no cell in the training rows of fold 1 to learn a fill");
        features_states_close(&states);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(threads_change_no_bit),
        FIXTURE_TEST(a_state_sees_its_training_rows_alone),
        FIXTURE_TEST(merged_moments_are_those_of_the_rows),
        FIXTURE_TEST(states_are_kept_and_opened_by_name),
        FIXTURE_TEST(scaling_that_a_model_does_itself_is_not_fitted),
        FIXTURE_TEST(nothing_to_fit_needs_no_file),
        FIXTURE_TEST(fitting_stays_within_its_memory),
        FIXTURE_TEST(short_memory_is_refused_cleanly),
        FIXTURE_TEST(what_cannot_be_computed_is_refused),
        FIXTURE_TEST(the_first_column_is_told_of),
        FIXTURE_TEST(a_fill_needs_a_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
