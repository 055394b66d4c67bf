/* Features saved with a model, and made again for a table of new data. */
#include "unit/data/features_fixture.h"

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

enum { ROWS = 24, FOLDS = 2, COLUMNS = 6 };

static const char *const regions[] = {"south", "north", "west"};
static const char *const more_regions[] = {"west", "east", "north", "south"};
static const feature_pair age_with_all = {"age", "*"};

static const features_settings settings = {
    .angles = (const char *const[]){"dir", NULL},
    .period = 360,
    .onehot = (const char *const[]){"region", "flag", "year", NULL},
    .bins = (const char *const[]){"rain", NULL},
    .bins_n = 4,
    .interactions = &age_with_all,
    .n_interactions = 1,
    .scale = SCALE_STANDARD,
    .fill = FILL_MEDIAN,
};

static double x[COLUMNS][ROWS], parts[ROWS];

static void fill_columns(void)
{
    for (int i = 0; i < ROWS; i++) {
        x[0][i] = i % 5 == 2 ? NAN : 20 + i * i % 37; /* age */
        x[1][i] = i * 31 % 360;                       /* dir */
        x[2][i] = i % 2;                              /* flag */
        x[3][i] = i % 3 ? i : 0;                      /* rain */
        x[4][i] = i % 11 == 4 ? NAN : i % 3;          /* region */
        x[5][i] = 1999 + i % 4;                       /* year */
        parts[i] = i % (FOLDS + 1);
    }
}

static const test_column *trained_columns(void)
{
    static test_column columns[COLUMNS];
    static const char *const names[COLUMNS] = {"age", "dir", "flag", "rain", "region", "year"};
    for (int j = 0; j < COLUMNS; j++)
        columns[j] = (test_column){names[j], COLUMN_NUMBER, x[j], NULL, 0};
    columns[2].kind = COLUMN_BOOL;
    columns[4].kind = COLUMN_TEXT;
    columns[4].texts = regions;
    columns[4].n_texts = 3;
    return columns;
}

/* Fit on the whole of training, save, and keep the values; the saved object is the caller's. */
static json_t *save(fixture *t, const features_settings *s, double **values)
{
    features *f;
    features_states states;
    str text;
    fill_columns();
    features_table(t, trained_columns(), COLUMNS, ROWS);
    features_parts(t, parts, ROWS, FOLDS);
    if (features_of(t, s, &f) != STINT_OK || features_states_of(t, f, true, 1, &states) != STINT_OK)
        fail_msg("%s", stint_message(t->ctx));
    const double *state = states.at ? states.at + FOLDS * states.stride : NULL;
    *values = features_values(f, state, true, &t->file);
    str_init(&text, t->ctx, TAG_BASE);
    json_out j = emit_begin(&text, true);
    emit_object(&j, NULL);
    features_emit(&j, f, state);
    emit_object_end(&j);
    json_t *saved = json_parse(t->ctx, "model.json", text.at, text.len);
    assert_non_null(saved);
    str_deinit(&text);
    features_states_close(&states);
    return saved;
}

/* The trained table with columns in another order, two more, another dictionary, bools as numbers. */
static void new_file(fixture *t, colfile *out)
{
    static double more[ROWS], codes[ROWS];
    static const int code_of[] = {3, 2, 0};
    const test_column *k = trained_columns();
    for (int i = 0; i < ROWS; i++)
        codes[i] = isnan(x[4][i]) ? NAN : code_of[(int)x[4][i]];
    test_column columns[COLUMNS + 2] = {
        {"more", COLUMN_NUMBER, more, NULL, 0},
        k[5],
        {"region", COLUMN_TEXT, codes, more_regions, 4},
        k[1],
        {"zero", COLUMN_BOOL, more, NULL, 0},
        k[0],
        {"flag", COLUMN_NUMBER, x[2], NULL, 0},
        k[3],
    };
    features_file(t, "new", columns, COLUMNS + 2, ROWS, out);
}

static void a_loaded_plan_gives_the_same_bits(void **state)
{
    fixture *t = *state;
    const features_settings plain = {
        .onehot = (const char *const[]){"region", NULL}, .fill = FILL_CONSTANT, .fill_value = 0.1};
    const features_settings *all[] = {&settings, &plain};
    for (int i = 0; i < 2; i++) {
        double *want;
        json_t *saved = save(t, all[i], &want);
        colfile file;
        features *f;
        const double *fitted;
        int extra, n;
        new_file(t, &file);
        if (features_load(t->ctx, &t->arena, saved, &file, &f, &fitted, &extra) != STINT_OK)
            fail_msg("%s", stint_message(t->ctx));
        json_decref(saved);
        assert_int_equal(extra, 2);
        assert_int_equal(fitted != NULL, i == 0);
        double *got = features_values(f, fitted, true, &file);
        assert_memory_equal(got, want, (size_t)(features_count(f) * ROWS) * sizeof *got);
        const int *columns = features_columns(f, &n);
        assert_int_equal(n, COLUMNS);
        for (int k = 1; k < n; k++)
            assert_true(columns[k - 1] < columns[k]);
        free(got);
        free(want);
        colfile_close(&file);
    }
}

static void text_columns_are_told(void **state)
{
    fixture *t = *state;
    double *values;
    json_t *saved = save(t, &settings, &values);
    const char *const *text = features_saved_text(&t->arena, saved);
    assert_string_equal(text[0], "region");
    assert_null(text[1]);
    json_decref(saved);
    free(values);
}

/* --- data that does not fit ----------------------------------------------------------------------- */

/* Columns of new data that take the place of trained ones of their name. */
static void assert_refused(fixture *t, const json_t *saved, const test_column *other, int drop,
                           const char *message)
{
    test_column columns[COLUMNS];
    const test_column *k = trained_columns();
    colfile file;
    features *f;
    const double *fitted;
    int extra, n = 0;
    for (int j = 0; j < COLUMNS; j++)
        if (j != drop)
            columns[n++] = other && strcmp(other->name, k[j].name) == 0 ? *other : k[j];
    features_file(t, "new", columns, n, ROWS, &file);
    assert_int_equal(features_load(t->ctx, &t->arena, saved, &file, &f, &fitted, &extra),
                     STINT_EDATA);
    assert_message(t, message);
    colfile_close(&file);
}

static void what_the_model_never_saw_is_refused(void **state)
{
    fixture *t = *state;
    double *values, other[ROWS];
    json_t *saved = save(t, &settings, &values);
    free(values);
    assert_refused(t, saved, NULL, 3, "there is no column \"rain\", which the model needs");
    for (int i = 0; i < ROWS; i++)
        other[i] = i == 9 ? 1 : 3;
    assert_refused(t, saved, &(test_column){"region", COLUMN_TEXT, other, more_regions, 4}, -1,
                   "new.parquet:row 10: column \"region\": \"east\" is none of the 3 categories");
    assert_refused(t, saved, &(test_column){"region", COLUMN_NUMBER, other, NULL, 0}, -1,
                   "new.parquet:row 1: column \"region\": 3 is read as a number here");
    assert_refused(t, saved, &(test_column){"region", COLUMN_HASH, other, NULL, 0}, -1,
                   "too many different texts");
    assert_refused(t, saved, &(test_column){"rain", COLUMN_TEXT, other, more_regions, 4}, -1,
                   "column \"rain\" is text");
    assert_refused(t, saved, &(test_column){"rain", COLUMN_HASH, other, NULL, 0}, -1,
                   "column \"rain\" is text");
    for (int i = 0; i < ROWS; i++)
        other[i] = i == 5 ? 1999.5 : 2000;
    assert_refused(t, saved, &(test_column){"year", COLUMN_NUMBER, other, NULL, 0}, -1,
                   "new.parquet:row 6: column \"year\": 1999.5 is none of the 4 categories");
    other[7] = INFINITY;
    assert_refused(t, saved, &(test_column){"age", COLUMN_NUMBER, other, NULL, 0}, -1,
                   "new.parquet:row 8: column \"age\": infinite");
    json_decref(saved);
}

static void cells_without_a_fill_are_refused(void **state)
{
    fixture *t = *state;
    double *values, other[ROWS];
    features_settings s = {.drop = NAMES("age"), .onehot = NAMES("region"), .log1p = NAMES("rain")};
    json_t *saved = save(t, &s, &values);
    free(values);
    for (int i = 0; i < ROWS; i++)
        other[i] = i == 6 ? NAN : i;
    assert_refused(t, saved, &(test_column){"dir", COLUMN_NUMBER, other, NULL, 0}, -1,
                   "new.parquet:row 7: column \"dir\": missing, and missing cells are not filled");
    other[6] = -1;
    assert_refused(t, saved, &(test_column){"rain", COLUMN_NUMBER, other, NULL, 0}, -1,
                   "new.parquet:row 7: column \"rain\": -1, and log1p takes numbers above -1");
    for (int i = 0; i < ROWS; i++)
        other[i] = NAN;
    assert_refused(t, saved, &(test_column){"dir", COLUMN_TEXT, other, NULL, 0}, -1,
                   "new.parquet:row 1: column \"dir\": missing");
    json_decref(saved);
}

/* --- damage ------------------------------------------------------------------------------------------ */

static void damage(fixture *t, const char *path, json_t *value, const char *message)
{
    double *values;
    json_t *saved = save(t, &settings, &values), *at = json_object_get(saved, "features");
    char keys[64], *rest = keys;
    features *f;
    const double *fitted;
    int extra;
    snprintf(keys, sizeof keys, "%s", path);
    char *key = strtok_r(keys, "/", &rest);
    for (char *next; (next = strtok_r(NULL, "/", &rest)); key = next)
        at = json_is_array(at) ? json_array_get(at, (size_t)atoi(key)) : json_object_get(at, key);
    if (json_is_array(at))
        json_array_set_new(at, (size_t)atoi(key), value);
    else
        json_object_set_new(at, key, value);
    assert_int_equal(features_load(t->ctx, &t->arena, saved, &t->file, &f, &fitted, &extra),
                     STINT_EDATA);
    assert_message(t, message);
    json_decref(saved);
    free(values);
}

/* Terms: age, sin dir, cos dir, flag, rain, region, year. */
static void damaged_models_are_refused(void **state)
{
    fixture *t = *state;
    damage(t, "fill", json_string("guess"), "fill or scale is not known");
    damage(t, "scale", json_null(), "fill or scale is not known");
    damage(t, "fill_value", json_null(), "the fill is not a number");
    damage(t, "fitted", json_false(), "what was fitted is missing");
    damage(t, "terms", json_array(), "there are none");
    damage(t, "terms/0", json_null(), "a column or an operation is not known");
    damage(t, "terms/0/operation", json_string("tan"), "a column or an operation is not known");
    damage(t, "terms/0/column", json_string("aje"),
           "there is no column \"aje\", which the model needs; is it \"age\"");
    damage(t, "terms/0/fill", json_null(), "a fill or the edges of bins are missing");
    damage(t, "terms/1/parameter", json_real(0), "a parameter is out of range");
    damage(t, "terms/1/parameter", json_string("1"), "a parameter is out of range");
    damage(t, "terms/4/bins", json_integer(1), "bins are out of range");
    damage(t, "terms/4/bins", json_integer(5), "a fill or the edges of bins are missing");
    damage(t, "terms/4/edges", json_array(), "a fill or the edges of bins are missing");
    damage(t, "terms/4/edges/0", json_real(1e9), "a fill or the edges of bins are missing");
    damage(t, "terms/5/categories", json_null(), "a column has no categories");
    damage(t, "terms/5/categories/0", json_string("zzz"), "categories are not ascending");
    damage(t, "terms/5/categories/1", json_integer(2), "categories are not ascending");
    damage(t, "terms/6/categories/0", json_real(2000), "categories are not ascending");
    damage(t, "products/0", json_null(), "a product is of features that are not there");
    damage(t, "products/0/1", json_integer(99), "a product is of features that are not there");
    damage(t, "products/0/0", json_integer(-1), "a product is of features that are not there");
    damage(t, "shift", json_array(), "scales are missing");
    damage(t, "divide/0", json_real(0), "scales are missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_loaded_plan_gives_the_same_bits),
        FIXTURE_TEST(text_columns_are_told),
        FIXTURE_TEST(what_the_model_never_saw_is_refused),
        FIXTURE_TEST(cells_without_a_fill_are_refused),
        FIXTURE_TEST(damaged_models_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
