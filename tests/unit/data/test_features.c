/* Features of a table: settings resolved, and values against scikit-learn's (tests/oracle). */
#include "unit/data/features_fixture.h"

#define ROWS 8

static const char *const regions[] = {"south", "north", "west"};

/* age, bmi, dir, flag, region; `bmi` and `region` have a hole. */
static const double table_x[5][ROWS] = {
    {21, 35, 48, 52, 67, 33, 29, 71},     {20.5, 22, NAN, 31, 27.5, 24, 19, 26},
    {0, 90, 180, 270, 360, -90, 45, 720}, {0, 1, 1, 0, 1, 0, 0, 1},
    {0, 1, 2, NAN, 1, 0, 2, 1},
};

static void small_table(fixture *t)
{
    test_column columns[] = {
        {"age", COLUMN_NUMBER, table_x[0], NULL, 0},
        {"bmi", COLUMN_NUMBER, table_x[1], NULL, 0},
        {"dir", COLUMN_NUMBER, table_x[2], NULL, 0},
        {"flag", COLUMN_BOOL, table_x[3], NULL, 0},
        {"region", COLUMN_TEXT, table_x[4], regions, 3},
    };
    features_table(t, columns, 5, ROWS);
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void names_of(const features *f, char *out, size_t size)
{
    out[0] = '\0';
    for (int i = 0; i < features_count(f); i++)
        snprintf(out + strlen(out), size - strlen(out), "%s%s", i ? "|" : "", features_name(f, i));
}

/* --- names --------------------------------------------------------------------------------- */

static void features_are_named(void **state)
{
    fixture *t = *state;
    char names[512];
    static const feature_pair square = {"age", "a*"}, mixed = {"flag", "region=*"},
                              all = {"*", "*"};
    const struct {
        features_settings settings;
        const char *names;
    } cases[] = {
        {{.drop = NAMES("region")}, "age|bmi|dir|flag"},
        {{.keep = NAMES("b*", "age")}, "age|bmi"},
        {{.keep = NAMES("*"), .drop = NAMES("region", "?m?")}, "age|dir|flag"},
        {{.keep = NAMES("region"), .onehot = NAMES("reg*")},
         "region=north|region=south|region=west"},
        {{.keep = NAMES("flag"), .onehot = NAMES("flag")}, "flag=false|flag=true"},
        {{.keep = NAMES("dir"), .onehot = NAMES("dir")},
         "dir=-90|dir=0|dir=45|dir=90|dir=180|dir=270|dir=360|dir=720"},
        {{.keep = NAMES("age", "dir"), .angles = NAMES("dir"), .period = 360},
         "age|sin dir|cos dir"},
        {{.keep = NAMES("dir"), .wrap = NAMES("dir"), .period = 360}, "wrap dir"},
        {{.keep = NAMES("age", "bmi"), .log = NAMES("age"), .log1p = NAMES("bmi")},
         "log age|log1p bmi"},
        {{.keep = NAMES("age"), .power = NAMES("age"), .exponent = 0.5}, "age^0.5"},
        {{.keep = NAMES("age"), .bins = NAMES("age"), .bins_n = 3},
         "age bin 0|age bin 1|age bin 2"},
        {{.keep = NAMES("age"), .bins = NAMES("age"), .bins_n = 3, .bins_encode = BINS_ORDINAL},
         "age bin"},
        {{.keep = NAMES("age", "bmi"), .interactions = &square, .n_interactions = 1},
         "age|bmi|age*age"},
        {{.keep = NAMES("age", "bmi"), .interactions = &all, .n_interactions = 1},
         "age|bmi|age*age|age*bmi|bmi*bmi"},
        {{.keep = NAMES("flag", "region"),
          .onehot = NAMES("region"),
          .interactions = &mixed,
          .n_interactions = 1},
         "flag|region=north|region=south|region=west|flag*region=north|flag*region=south|"
         "flag*region=west"},
        {{.keep = NAMES("region", "age"),
          .onehot = NAMES("region"),
          .interactions = &all,
          .n_interactions = 1},
         "age|region=north|region=south|region=west|age*age|age*region=north|age*region=south|"
         "age*region=west"},
    };
    small_table(t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        features *f;
        if (features_of(t, &cases[i].settings, &f) != STINT_OK)
            fail_msg("%s: %s", cases[i].names, stint_message(t->ctx));
        names_of(f, names, sizeof names);
        assert_string_equal(names, cases[i].names);
    }
}

static void columns_are_told(void **state)
{
    fixture *t = *state;
    features *f;
    int n;
    small_table(t);
    assert_int_equal(features_of(t,
                                 &(features_settings){.drop = NAMES("bmi"),
                                                      .angles = NAMES("dir"),
                                                      .period = 360,
                                                      .onehot = NAMES("region")},
                                 &f),
                     STINT_OK);
    const int *columns = features_columns(f, &n);
    assert_int_equal(n, 4);
    assert_int_equal(columns[0] * 1000 + columns[1] * 100 + columns[2] * 10 + columns[3], 234);
    assert_false(features_fitted(f));
    assert_true(features_take_missing(f, 4));
    assert_false(features_take_missing(f, 0));
    assert_false(features_take_missing(f, 1));
}

static void what_is_wrong_is_named(void **state)
{
    fixture *t = *state;
    features *f;
    static const feature_pair unknown = {"ag", "*"}, none = {"*", "x*"},
                              same = {"flag=*", "flag=*"};
    const struct {
        features_settings settings;
        stint_status status;
        const char *message;
    } cases[] = {
        {{.keep = NAMES("agge")},
         STINT_EUSAGE,
         "features.keep: no column that may be a feature is named \"agge\"; did you mean \"age\"?"},
        {{.drop = NAMES("x*")},
         STINT_EUSAGE,
         "features.drop: \"x*\" matches no column that may be a feature; there are 5, from \"age\""},
        {{.drop = NAMES("*")}, STINT_EDATA, "leave out all 5"},
        {{.drop = NAMES("age", "region"), .log = NAMES("age")},
         STINT_EUSAGE,
         "features.log: \"age\" is left out by features.keep or features.drop"},
        {{.log = NAMES("age"), .bins = NAMES("a*"), .bins_n = 3},
         STINT_EUSAGE,
         "column \"age\" is in features.log and in features.bins; it can become one of them only"},
        {{.drop = NAMES("age")},
         STINT_EDATA,
         "column \"region\" is text (\"south\"), and models here take numbers; list the column under "
         "features.onehot or features.drop"},
        {{.drop = NAMES("region"), .bins = NAMES("age"), .bins_n = 1}, STINT_EUSAGE, "1 bins"},
        {{.drop = NAMES("region"), .interactions = &unknown, .n_interactions = 1},
         STINT_EUSAGE,
         "features.interactions: no feature is named \"ag\"; did you mean \"age\"?"},
        {{.drop = NAMES("region"), .interactions = &none, .n_interactions = 1},
         STINT_EUSAGE,
         "features.interactions: \"x*\" matches no feature; there are 4"},
        {{.keep = NAMES("flag"),
          .onehot = NAMES("flag"),
          .interactions = &same,
          .n_interactions = 1},
         STINT_EUSAGE,
         "are 0/1 features of one column"},
    };
    small_table(t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(features_of(t, &cases[i].settings, &f), cases[i].status);
        assert_message(t, cases[i].message);
    }
}

static void names_must_differ(void **state)
{
    fixture *t = *state;
    features *f;
    test_column columns[] = {{"sin dir", COLUMN_NUMBER, table_x[0], NULL, 0},
                             {"dir", COLUMN_NUMBER, table_x[2], NULL, 0}};
    features_table(t, columns, 2, ROWS);
    features_settings s = {.angles = NAMES("dir"), .period = 360};
    assert_int_equal(features_of(t, &s, &f), STINT_EDATA);
    assert_message(t, "two features would be named \"sin dir\"");
}

static void too_many_categories(void **state)
{
    fixture *t = *state;
    features *f;
    double x[2][300];
    for (int i = 0; i < 300; i++) {
        x[0][i] = i;
        x[1][i] = i % 257;
    }
    test_column columns[] = {{"many", COLUMN_NUMBER, x[1], NULL, 0},
                             {"texts", COLUMN_HASH, x[0], NULL, 0}};
    features_table(t, columns, 2, 300);
    assert_int_equal(
        features_of(t, &(features_settings){.keep = NAMES("many"), .onehot = NAMES("many")}, &f),
        STINT_EDATA);
    assert_message(t, "column \"many\" has 257 different numbers");
    assert_int_equal(
        features_of(t, &(features_settings){.keep = NAMES("texts"), .onehot = NAMES("texts")}, &f),
        STINT_EDATA);
    assert_message(t, "column \"texts\" has too many different texts");
    assert_int_equal(features_of(t, &(features_settings){.keep = NAMES("texts")}, &f), STINT_EDATA);
    assert_message(t, "column \"texts\" is text");
}

static void too_many_products(void **state)
{
    fixture *t = *state;
    features *f;
    double x[2][512];
    static const feature_pair pair = {"a*", "b*"};
    for (int i = 0; i < 512; i++) {
        x[0][i] = i % 256;
        x[1][i] = i / 2;
    }
    test_column columns[] = {{"a", COLUMN_NUMBER, x[0], NULL, 0},
                             {"a2", COLUMN_NUMBER, x[0], NULL, 0},
                             {"b", COLUMN_NUMBER, x[1], NULL, 0}};
    features_table(t, columns, 3, 512);
    features_settings s = {.onehot = NAMES("*"), .interactions = &pair, .n_interactions = 1};
    assert_int_equal(features_of(t, &s, &f), STINT_EDATA);
    assert_message(t, "more than 100000 products");
    s.drop = NAMES("a2");
    assert_int_equal(features_of(t, &s, &f), STINT_OK);
    assert_int_equal(features_count(f), 512 + 65536);
}

/* --- values ---------------------------------------------------------------------------------- */

static void transforms_are_their_formulas(void **state)
{
    fixture *t = *state;
    const double *age = table_x[0];
    small_table(t);
    features *f;
    features_settings s = {.keep = NAMES("age", "dir", "flag"),
                           .angles = NAMES("dir"),
                           .period = 360,
                           .power = NAMES("age"),
                           .exponent = 2,
                           .onehot = NAMES("flag")};
    assert_int_equal(features_of(t, &s, &f), STINT_OK);
    double *x = features_values(f, NULL, false, &t->file);
    for (int i = 0; i < ROWS; i++) {
        assert_true(x[i] == age[i] * age[i]);
        assert_true(fabs(x[ROWS + i] - sin(table_x[2][i] * M_PI / 180)) < 1e-15);
        assert_true(fabs(x[2 * ROWS + i] - cos(table_x[2][i] * M_PI / 180)) < 1e-15);
        assert_true(x[3 * ROWS + i] == 1 - table_x[3][i] && x[4 * ROWS + i] == table_x[3][i]);
    }
    assert_true(x[ROWS] == x[ROWS + 4] && x[ROWS] == x[ROWS + 7]); /* whole turns */
    free(x);
}

static void wrapped_values_stay_below_the_period(void **state)
{
    fixture *t = *state;
    double x[] = {-1e-20, 0, 360, -360, 359.9999999999, -0.5, 7e17, 720.25};
    test_column column = {"dir", COLUMN_NUMBER, x, NULL, 0};
    features *f;
    features_table(t, &column, 1, ROWS);
    features_settings s = {.wrap = NAMES("dir"), .period = 360};
    assert_int_equal(features_of(t, &s, &f), STINT_OK);
    double *got = features_values(f, NULL, false, &t->file);
    for (int i = 0; i < ROWS; i++)
        assert_true(got[i] >= 0 && got[i] < 360);
    assert_true(got[0] == 0 && got[2] == 0 && got[3] == 0 && got[5] == 359.5 && got[7] == 0.25);
    free(got);
}

/* Rows in any order, and row by row instead of column by column. */
static void strides_and_rows(void **state)
{
    fixture *t = *state;
    features *f;
    static const feature_pair pair = {"age", "flag"};
    const int32_t rows[] = {7, 0, 3};
    double out[3 * 8];
    small_table(t);
    features_settings s = {.drop = NAMES("dir", "bmi"),
                           .onehot = NAMES("region"),
                           .interactions = &pair,
                           .n_interactions = 1};
    assert_int_equal(features_of(t, &s, &f), STINT_OK);
    assert_int_equal(features_count(f), 6);
    features_read(f, NULL, false, &t->file, 0, rows, 3, out, 1, 8);
    double want[3][6] = {{71, 1, 1, 0, 0, 71}, {21, 0, 0, 1, 0, 0}, {52, 0, 0, 0, 0, 0}};
    for (int i = 0; i < 3; i++)
        assert_memory_equal(out + 8 * i, want[i], sizeof want[i]);
}

/* --- against scikit-learn -------------------------------------------------------------------------- */

typedef struct oracle {
    json_t *tree;
    double parts[256], x[TEST_COLUMNS_MOST][256];
    const char *texts[8];
    int64_t rows;
    int folds;
} oracle;

static void oracle_column(oracle *o, int j, const char *name, const json_t *cells, test_column *out)
{
    *out = (test_column){name, COLUMN_NUMBER, o->x[j], NULL, 0};
    for (int64_t i = 0; i < o->rows; i++) {
        const json_t *cell = json_array_get(cells, (size_t)i);
        o->x[j][i] = json_is_number(cell) ? json_number_value(cell) : NAN;
        if (!json_is_string(cell))
            continue;
        int code = 0;
        while (code < out->n_texts && strcmp(o->texts[code], json_string_value(cell)) != 0)
            code++;
        o->texts[code] = json_string_value(cell);
        out->n_texts = code == out->n_texts ? code + 1 : out->n_texts;
        out->kind = COLUMN_TEXT;
        out->texts = o->texts;
        o->x[j][i] = code;
    }
    if (strcmp(name, "flag") == 0)
        out->kind = COLUMN_BOOL;
}

static void oracle_open(fixture *t, oracle *o)
{
    str text;
    const char *name;
    json_t *cells;
    test_column columns[TEST_COLUMNS_MOST];
    int n = 0;
    str_init(&text, t->ctx, TAG_BASE);
    assert_int_equal(file_read(t->ctx, STINT_SOURCE_DIR "/tests/oracle/features.json", &text),
                     STINT_OK);
    o->tree = json_parse(t->ctx, "features.json", text.at, text.len);
    str_deinit(&text);
    o->rows = json_integer_value(json_object_get(o->tree, "rows"));
    o->folds = (int)json_integer_value(json_object_get(o->tree, "folds"));
    json_object_foreach(json_object_get(o->tree, "columns"), name, cells)
    {
        oracle_column(o, n, name, cells, &columns[n]);
        n++;
    }
    for (int64_t i = 0; i < o->rows; i++)
        o->parts[i] =
            json_number_value(json_array_get(json_object_get(o->tree, "parts"), (size_t)i));
    features_table(t, columns, n, o->rows);
    features_parts(t, o->parts, o->rows, o->folds);
}

static const char *const *oracle_list(const json_t *settings, const char *key, const char **room)
{
    const json_t *list = json_object_get(settings, key);
    for (size_t i = 0; i < json_array_size(list); i++)
        room[i] = json_string_value(json_array_get(list, i));
    room[json_array_size(list)] = NULL;
    return room;
}

static int oracle_choice(const json_t *settings, const char *key, const char *const *names)
{
    const char *text = json_string_value(json_object_get(settings, key));
    for (int i = 0; text && names[i]; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    return 0;
}

static double oracle_number(const json_t *settings, const char *key, double fallback)
{
    double x = json_number_or_nan(settings, key);
    return isnan(x) ? fallback : x;
}

/* Settings whose lists are in `room`. */
static features_settings oracle_settings(const json_t *s, const char *room[8][8],
                                         feature_pair *pair)
{
    const json_t *pairs = json_object_get(s, "interactions"), *first = json_array_get(pairs, 0);
    pair->a = json_string_value(json_array_get(first, 0));
    pair->b = json_string_value(json_array_get(first, 1));
    return (features_settings){
        .keep = oracle_list(s, "keep", room[0]),
        .onehot = oracle_list(s, "onehot", room[1]),
        .angles = oracle_list(s, "angles", room[2]),
        .wrap = oracle_list(s, "wrap", room[3]),
        .period = oracle_number(s, "period", 360),
        .log = oracle_list(s, "log", room[4]),
        .log1p = oracle_list(s, "log1p", room[5]),
        .power = oracle_list(s, "power", room[6]),
        .exponent = oracle_number(s, "exponent", 1),
        .bins = oracle_list(s, "bins", room[7]),
        .bins_n = (int)oracle_number(s, "bins_n", 5),
        .bins_by = (bins_by)oracle_choice(s, "by", NAMES("quantile", "width")),
        .bins_encode = (bins_encode)oracle_choice(s, "encode", NAMES("onehot", "ordinal")),
        .interactions = pair,
        .n_interactions = (int)json_array_size(pairs),
        .scale =
            (feature_scale)oracle_choice(s, "scale", NAMES("none", "standard", "minmax", "robust")),
        .fill = (feature_fill)oracle_choice(s, "fill", NAMES("none", "mean", "median", "constant")),
        .fill_value = oracle_number(s, "fill_value", 0),
    };
}

static void oracle_compare(const features *f, const json_t *set, const double *got, const oracle *o,
                           const char *name)
{
    const json_t *values = json_object_get(set, "values");
    int fold = (int)json_integer_value(json_object_get(set, "set"));
    assert_int_equal(json_array_size(values), features_count(f));
    for (int k = 0; k < features_count(f); k++)
        for (int64_t i = 0; i < o->rows; i++) {
            double want =
                json_number_value(json_array_get(json_array_get(values, (size_t)k), (size_t)i));
            double x = got[k * o->rows + i];
            if (o->parts[i] != SPLIT_NONE && !(fabs(x - want) <= 1e-12 * fmax(1, fabs(want))))
                fail_msg("%s: set %d, %s, row %lld: %.17g is not %.17g", name, fold,
                         features_name(f, k), (long long)i, x, want);
        }
}

static void oracle_case(fixture *t, const oracle *o, const json_t *one)
{
    const char *room[8][8], *name = json_string_value(json_object_get(one, "name"));
    feature_pair pair;
    features_settings s = oracle_settings(json_object_get(one, "settings"), room, &pair);
    features *f;
    features_states states;
    size_t i;
    const json_t *set;
    if (features_of(t, &s, &f) != STINT_OK ||
        features_states_of(t, f, true, 2, &states) != STINT_OK)
        fail_msg("%s: %s", name, stint_message(t->ctx));
    json_array_foreach(json_object_get(one, "sets"), i, set)
    {
        int fold = (int)json_integer_value(json_object_get(set, "set"));
        double *got =
            features_values(f, states.at ? states.at + fold * states.stride : NULL, true, &t->file);
        oracle_compare(f, set, got, o, name);
        free(got);
    }
    features_states_close(&states);
}

static void scikit_learn_finds_the_same(void **state)
{
    fixture *t = *state;
    oracle o;
    size_t i;
    const json_t *one;
    oracle_open(t, &o);
    assert_true(json_array_size(json_object_get(o.tree, "cases")) > 20);
    json_array_foreach(json_object_get(o.tree, "cases"), i, one) oracle_case(t, &o, one);
    json_decref(o.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(features_are_named),
        FIXTURE_TEST(columns_are_told),
        FIXTURE_TEST(what_is_wrong_is_named),
        FIXTURE_TEST(names_must_differ),
        FIXTURE_TEST(too_many_categories),
        FIXTURE_TEST(too_many_products),
        FIXTURE_TEST(transforms_are_their_formulas),
        FIXTURE_TEST(wrapped_values_stay_below_the_period),
        FIXTURE_TEST(strides_and_rows),
        FIXTURE_TEST(scikit_learn_finds_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
