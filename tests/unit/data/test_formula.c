/* Formulas: what they compute, what is missing, what is refused, and that blocks do not show. */
#include "data/formula.h"

#include "base/rng.h"
#include "unit/fixture.h"

enum { ROWS = 12 };

/* What the formulas read: x counts from 1, h has holes, z is 0 in every third row, t are times. */
static double cell(const char *name, int64_t row)
{
    switch (name[0]) {
    case 'x': return (double)row + 1;
    case 'h': return row % 4 == 2 ? NAN : (double)(row * row);
    case 'z': return (double)(row % 3);
    case 't': return 86400.0 * 59 + 3600.0 * (double)row; /* 1970-03-01 */
    }
    return 7;
}

static stint_status read_cells(void *self, int column, int64_t row, int64_t n, double *out)
{
    const formula *f = self;
    for (int64_t i = 0; i < n; i++)
        out[i] = cell(f->columns[column].name, row + i);
    return STINT_OK;
}

static formula *parse(fixture *t, const char *text)
{
    formula *f = NULL;
    if (formula_parse(t->ctx, &t->arena, "a.yaml:3:4", "new", text, &f) != STINT_OK)
        fail_msg("%s: %s", text, stint_message(t->ctx));
    return f;
}

/* All rows of one series, `block` at a time, calls that look ahead first; STINT_EDATA if refused. */
static stint_status compute(fixture *t, const char *text, int64_t rows, int64_t block, double *y,
                            formula_refusal *why)
{
    formula *f = parse(t, text);
    const double **whole = arena_new(&t->arena, const double *, f->n);
    stint_status s = STINT_OK;
    for (int node = 0; s == STINT_OK && node <= f->root; node++) {
        bool last = node == f->root, ahead = formula_needs_series(f, node);
        if (!last && !ahead)
            continue;
        double *x = ahead ? arena_new(&t->arena, double, rows) : y;
        int root = ahead ? f->nodes[node].args[0] : node;
        formula_run *r = formula_run_new(t->ctx, f, root, whole, 5, read_cells, f);
        assert_non_null(r);
        for (int64_t i = 0; s == STINT_OK && i < rows; i += block)
            s = formula_run_rows(r, i, rows - i < block ? rows - i : block, i == 0, x + i, why);
        formula_run_free(r);
        int64_t from, run, needs;
        double work[8192];
        if (ahead) {
            assert_true(formula_series_work(f, node) <= 8192);
            assert_true(formula_series(f, node, work, x, rows, &from, &run, &needs));
            whole[node] = x;
        }
        if (ahead && last)
            memcpy(y, x, (size_t)rows * sizeof *y);
    }
    return s;
}

typedef struct value {
    const char *text;
    double want[4]; /* in rows 0 … 3 */
} value;

#define MISSING NAN

static const value values[] = {
    {"1 + 2 * 3", {7, 7, 7, 7}},
    {"(1 + 2) * 3", {9, 9, 9, 9}},
    {"2 ^ 3 ^ 2", {512, 512, 512, 512}},
    {"-2 ^ 2", {-4, -4, -4, -4}},
    {"2 ^ -1", {0.5, 0.5, 0.5, 0.5}},
    {"10 - 4 - 3", {3, 3, 3, 3}},
    {"12 / 3 / 2", {2, 2, 2, 2}},
    {".5e1 + 1E-1", {5.1, 5.1, 5.1, 5.1}},
    {"x", {1, 2, 3, 4}},
    {"`x`", {1, 2, 3, 4}},
    {"x < 3", {1, 1, 0, 0}},
    {"x <= 3 and x != 2", {1, 0, 1, 0}},
    {"not x == 2", {1, 0, 1, 1}},
    {"x > 3 or x < 2 and 1", {1, 0, 0, 1}},
    {"h", {0, 1, MISSING, 9}},
    {"h + 1", {1, 2, MISSING, 10}},
    {"h > 0", {0, 1, MISSING, 1}},
    {"isnan(h)", {0, 0, 1, 0}},
    {"fill(h, -1)", {0, 1, -1, 9}},
    {"fill(h, x)", {0, 1, 3, 9}},
    {"not h", {1, 0, MISSING, 0}},
    {"h and 0", {0, 0, MISSING, 0}},
    {"0 and h", {0, 0, 0, 0}},
    {"1 or h", {1, 1, 1, 1}},
    {"if(h, 1, 2)", {2, 1, MISSING, 1}},
    {"if(z == 0, 0, 6 / z)", {0, 6, 3, 0}},
    {"z != 0 and 6 / z > 4", {0, 1, 0, 0}},
    {"z == 0 or 6 / z > 4", {1, 1, 0, 1}},
    {"fill(h, 1 / (x - 2))", {0, 1, 1, 9}},
    {"min(x, 2) + max(x, 3)", {4, 5, 5, 6}},
    {"min(h, 1)", {0, 1, MISSING, 1}},
    {"clip(x, 2, 3)", {2, 2, 3, 3}},
    {"abs(-x)", {1, 2, 3, 4}},
    {"sign(x - 2)", {-1, 0, 1, 1}},
    {"floor(x / 2)", {0, 1, 1, 2}},
    {"ceil(x / 2)", {1, 1, 2, 2}},
    {"round(x / 2)", {0, 1, 2, 2}},
    {"sqrt(x * x)", {1, 2, 3, 4}},
    {"exp(log(x))", {1, 2, 3, 4}},
    {"log1p(x - 1)", {0, 0.69314718055994531, 1.0986122886681098, 1.3862943611198906}},
    {"tanh(0) + sin(0) + cos(0) + tan(0)", {1, 1, 1, 1}},
    {"shift(x, 2)", {MISSING, MISSING, 1, 2}},
    {"shift(x, 0)", {1, 2, 3, 4}},
    {"shift(x, -2)", {3, 4, 5, 6}},
    {"shift(shift(x, -2), 2)", {MISSING, MISSING, 3, 4}},
    {"diff(x * x, 1)", {MISSING, 3, 5, 7}},
    {"diff(x * x, -1)", {-3, -5, -7, -9}},
    {"cumsum(x)", {1, 3, 6, 10}},
    {"cumsum(h)", {0, 1, MISSING, 10}},
    {"moving_average(x, 2)", {MISSING, 1.5, 2.5, 3.5}},
    {"moving_average(h, 2)", {MISSING, 0.5, MISSING, MISSING}},
    {"rolling_sum(x, 3)", {MISSING, MISSING, 6, 9}},
    {"rolling_max(-x, 2)", {MISSING, -1, -2, -3}},
    {"rolling_min(-x, 2)", {MISSING, -2, -3, -4}},
    {"rolling_std(x, 3)", {MISSING, MISSING, 1, 1}},
    {"ema(x, 0.5)", {1, 1.5, 2.25, 3.125}},
    {"ema(h, 0.5)", {0, 0.5, MISSING, 4.75}},
    {"butter(x * 0 + 5, 2, 0.3, 1)", {5, 5, 5, 5}},
    {"butter_zero(x * 0 + 5, 1, 0.3)", {5, 5, 5, 5}},
    {"savgol(x * x, 5, 2)", {1, 4, 9, 16}},
    {"minmax(x) * 11", {0, 1, 2, 3}},
    {"zscore(x) - zscore(2 * x + 1)", {0, 0, 0, 0}},
    {"year(t) * 10000 + month(t) * 100 + day(t)", {19700301, 19700301, 19700301, 19700301}},
    {"hour(t)", {0, 1, 2, 3}},
    {"weekday(t) + day_of_year(t)", {66, 66, 66, 66}},
    {"seconds(t) / 3600 - 1416", {0, 1, 2, 3}},
    {"noise(0)", {0, 0, 0, 0}},
};

static void formulas_compute(void **state)
{
    fixture *t = *state;
    for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
        double y[ROWS];
        formula_refusal why;
        if (compute(t, values[k].text, ROWS, 5, y, &why) != STINT_OK)
            fail_msg("%s is refused", values[k].text);
        for (int i = 0; i < 4; i++) {
            double want = values[k].want[i];
            bool same =
                want != want ? y[i] != y[i] : fabs(y[i] - want) <= 1e-13 * fabs(want) + 1e-14;
            if (!same)
                fail_msg("%s [%d]: %.17g is not %.17g", values[k].text, i, y[i], want);
        }
    }
}

static void blocks_do_not_show(void **state)
{
    fixture *t = *state;
    static const char *const texts[] = {
        "shift(x, 3)",
        "diff(h, 2)",
        "moving_average(x * z, 4)",
        "cumsum(h)",
        "ema(h, 0.1)",
        "butter(h, 3, 0.2)",
        "rolling_std(x * z, 7)",
        "noise(x) + noise(1)",
        "savgol(z, 5, 2)",
        "if(z > 0, shift(x, 1), noise(2))",
    };
    enum { MANY = 3000 };
    static double once[MANY], pieces[MANY];
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        formula_refusal why;
        assert_int_equal(compute(t, texts[k], MANY, 1024, once, &why), STINT_OK);
        for (int64_t block = 1; block < 300; block = block * 3 + 4) {
            assert_int_equal(compute(t, texts[k], MANY, block, pieces, &why), STINT_OK);
            assert_memory_equal(once, pieces, sizeof once);
        }
    }
}

static void noise_is_drawn_by_seed_column_and_row(void **state)
{
    fixture *t = *state;
    double y[1000], z[1000], sum = 0;
    formula_refusal why;
    assert_int_equal(compute(t, "noise(2)", 1000, 100, y, &why), STINT_OK);
    assert_int_equal(compute(t, "noise(1) - noise(1)", 1000, 100, z, &why), STINT_OK);
    for (int i = 0; i < 1000; i++)
        sum += y[i] * y[i];
    assert_true(sum > 3200 && sum < 4800); /* 4 a row */
    assert_true(z[0] != 0);                /* two calls, two streams */
}

/* Windows as pandas has them, with holes and without. */
static double oracle_x[512];

static stint_status read_oracle(void *self, int column, int64_t row, int64_t n, double *out)
{
    (void)self;
    (void)column;
    memcpy(out, oracle_x + row, (size_t)n * sizeof *out);
    return STINT_OK;
}

static void check_window(fixture *t, const json_t *one, const char *function)
{
    char text[64];
    const json_t *want = json_object_get(one, function);
    int64_t rows = (int64_t)json_array_size(want);
    double y[512];
    formula_refusal why;
    snprintf(text, sizeof text, "%s(x, %d)", function,
             (int)json_integer_value(json_object_get(one, "n")));
    formula *f = parse(t, text);
    formula_run *r = formula_run_new(t->ctx, f, f->root, NULL, 0, read_oracle, NULL);
    assert_int_equal(formula_run_rows(r, 0, rows, true, y, &why), STINT_OK);
    formula_run_free(r);
    for (int64_t i = 0; i < rows; i++) {
        const json_t *item = json_array_get(want, (size_t)i);
        if (json_is_null(item) ? y[i] == y[i]
                               : !(fabs(y[i] - json_number_value(item)) <=
                                   1e-9 * fmax(1, fabs(json_number_value(item)))))
            fail_msg("%s [%d]: %.17g is not %.17g", text, (int)i, y[i], json_number_value(item));
    }
}

static void windows_are_those_of_pandas(void **state)
{
    static const char *const functions[] = {"moving_average", "rolling_sum", "rolling_min",
                                            "rolling_max", "rolling_std"};
    fixture *t = *state;
    size_t i;
    json_t *one, *all = json_load_file(STINT_SOURCE_DIR "/tests/oracle/filters.json", 0, NULL);
    assert_non_null(all);
    json_array_foreach(json_object_get(all, "windows"), i, one)
    {
        size_t k;
        const json_t *item;
        bool holes = strcmp(json_string_value(json_object_get(one, "x")), "holes") == 0;
        json_array_foreach(json_object_get(all, "x"), k, item) oracle_x[k] =
            holes && (k == 7 || k == 40 || k == 41 || k == 100) ? NAN : json_number_value(item);
        for (size_t f = 0; f < sizeof functions / sizeof *functions; f++)
            check_window(t, one, functions[f]);
    }
    json_decref(all);
}

static const struct {
    const char *text;
    int64_t row;
    const char *operand; /* "" = none is named */
    double value;
} refusals[] = {
    {"x / z", 0, "z", 0},
    {"0 / z", 0, "z", 0},
    {"if(x > 1, x / z, 0)", 3, "z", 0},
    {"fill(1 / z, 0)", 0, "z", 0},
    {"if(z > 0, cumsum(1 / z), 0)", 0, "z", 0},
    {"log(x - 3)", 0, "(x - 3)", -2},
    {"exp(x * 100)", 7, "x * 100", 800},
    {"10 ^ (x * 100)", 3, "10", 10},
    {"sqrt(2 - x)", 2, "(2 - x)", -1},
    {"cumsum(1e308 * (x > 0))", 1, "", 0},
};

static void what_has_no_value_is_refused(void **state)
{
    fixture *t = *state;
    for (size_t k = 0; k < sizeof refusals / sizeof *refusals; k++) {
        double y[ROWS];
        char snippet[FORMULA_SNIPPET_SIZE];
        formula_refusal why;
        if (compute(t, refusals[k].text, ROWS, ROWS, y, &why) != STINT_EDATA)
            fail_msg("%s is computed", refusals[k].text);
        assert_int_equal(why.row, refusals[k].row);
        if (why.operand < 0) {
            assert_string_equal(refusals[k].operand, "");
            continue;
        }
        formula_snippet(parse(t, refusals[k].text), why.operand, snippet);
        const char *bare = refusals[k].operand;
        if (strcmp(snippet, bare) != 0 &&
            !(bare[0] == '(' && strncmp(snippet, bare + 1, strlen(bare) - 2) == 0))
            fail_msg("%s: \"%s\" is named", refusals[k].text, snippet);
        assert_near(why.value, refusals[k].value, 1e-15);
    }
}

static const struct {
    const char *text, *message;
} mistakes[] = {
    {"", "a.yaml:3:4: columns.new: position 1: the formula ends where a number"},
    {"1 + moving_avg(x, 3)",
     "position 5: unknown function \"moving_avg\"; did you mean \"moving_average\"?"},
    {"frobnicate(x)", "position 1: unknown function \"frobnicate\"; docs/"},
    {"x +", "position 4: the formula ends where a number"},
    {"x y", "position 3: \"y\" where an operator or the end"},
    {"(x", "position 3: the formula ends where \")\" is expected"},
    {"x)", "position 2: \")\" where an operator"},
    {"1 < x < 3", "position 7: comparisons do not chain"},
    {"x = 3", "position 3: equality is written \"==\""},
    {"x ? 3", "position 3: \"?\" where an operator"},
    {"x × 3", "position 3: \"×\" where an operator"},
    {"1.2.3", "position 1: \"1.2.3\" is not a number"},
    {"1e999", "position 1: \"1e999\" is not a number"},
    {"`x", "position 1: the backquote is not closed"},
    {"``", "position 1: there is no name"},
    {"and", "position 1: \"and\" where a number"},
    {"shift(x)", "position 1: it is written shift(x, n)"},
    {"shift(x, 1, 2)", "position 1: it is written shift(x, n)"},
    {"min(x)", "position 1: it is written min(x, y)"},
    {"butter(x)", "position 1: it is written butter(x, order, cutoff [, level])"},
    {"shift(x, x)", "position 10: n of shift is a whole number from -100000 to 100000, written"},
    {"shift(x, 1 + 1)", "position 10: n of shift"},
    {"shift(x, 1.5)", "position 10: n of shift"},
    {"shift(x, 100001)", "position 10: n of shift"},
    {"moving_average(x, 0)", "position 19: n of moving_average is a whole number from 1"},
    {"butter(x, 2, 1)", "position 14: cutoff of butter is a number between 0 and 1"},
    {"butter(x, 9, 0.5)", "position 11: order of butter"},
    {"savgol(x, 4, 2)", "position 1: savgol: the window has to be odd"},
    {"savgol(x, 5, 5)", "position 1: savgol: the order has to be below the window"},
    {"year(x + 1)", "position 6: year takes a column of times"},
    {"sin(x", "position 6: the formula ends where \")\""},
    {"sin(x; 1)", "position 6: \";\" where \")\""},
    {"min(x; 1)", "position 6: \";\" where \",\""},
};

static void mistakes_are_told_with_their_place(void **state)
{
    fixture *t = *state;
    formula *f;
    for (size_t k = 0; k < sizeof mistakes / sizeof *mistakes; k++) {
        if (formula_parse(t->ctx, &t->arena, "a.yaml:3:4", "new", mistakes[k].text, &f) !=
            STINT_EUSAGE)
            fail_msg("%s is taken", mistakes[k].text);
        assert_message(t, mistakes[k].message);
    }
}

static void refuse(fixture *t, const char *text, const char *message)
{
    formula *f;
    assert_int_equal(formula_parse(t->ctx, &t->arena, "a.yaml:3:4", "new", text, &f), STINT_EUSAGE);
    assert_message(t, message);
}

static char *repeated(fixture *t, const char *piece, int times, const char *end)
{
    size_t n = strlen(piece);
    char *text = arena_alloc(&t->arena, n * (size_t)times + strlen(end) + 1);
    for (int i = 0; i < times; i++)
        memcpy(text + n * (size_t)i, piece, n);
    strcpy(text + n * (size_t)times, end);
    return text;
}

static void formulas_are_bounded(void **state)
{
    fixture *t = *state;
    refuse(t, repeated(t, "x", FORMULA_TEXT_MOST, "x"), "longer than 4096 bytes");
    refuse(t, repeated(t, "(", 100, "x"), "more than 48 levels");
    refuse(t, repeated(t, "-", 100, "x"), "more than 48 levels");
    refuse(t, repeated(t, "2^", 100, "x"), "more than 48 levels");
    refuse(t, repeated(t, "x+", 400, "x"), "more than 512 operations");
    refuse(t, repeated(t, "shift(x, 99999)+", 5, "x"), "hold more than 400000 rows");
    refuse(t, repeated(t, "savgol(x,2001,2)+", 6, "x"), "more than 10000 steps");
    /* as long as it may be: computed without recursion into the depth of the sum's text */
    double y[ROWS];
    formula_refusal why;
    assert_int_equal(compute(t, repeated(t, "x+", 255, "x"), ROWS, 4, y, &why), STINT_OK);
    assert_true(y[1] == 512);
}

static void columns_are_listed_once_for_each_way_of_reading(void **state)
{
    fixture *t = *state;
    formula *f = parse(t, "x + `CO2 ppm` * x + year(t) + month(t)");
    assert_int_equal(f->n_columns, 3);
    assert_string_equal(f->columns[1].name, "CO2 ppm");
    assert_int_equal(f->columns[1].at, 4);
    assert_true(f->columns[2].as_time && strcmp(f->columns[2].name, "t") == 0);
    f = parse(t, "hour(t) + t");
    assert_int_equal(f->n_columns, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(formulas_compute),
        FIXTURE_TEST(blocks_do_not_show),
        FIXTURE_TEST(noise_is_drawn_by_seed_column_and_row),
        FIXTURE_TEST(windows_are_those_of_pandas),
        FIXTURE_TEST(what_has_no_value_is_refused),
        FIXTURE_TEST(mistakes_are_told_with_their_place),
        FIXTURE_TEST(formulas_are_bounded),
        FIXTURE_TEST(columns_are_listed_once_for_each_way_of_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
