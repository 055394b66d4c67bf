#include "unit/fixture.h"

#include "base/json.h"
#include "data/generate.h"
#include "stint/data.h"

/* Made-up tables: the same bytes for the same request, rows that do not depend on how many
 * follow, and the structure that the description promises. */

enum { SETTINGS_MOST = 12 };

static const double two_pi = 6.283185307179586;

/* "rows=10 noise=0" → settings, cut in the caller's memory. */
static int settings_of(char *text, stint_setting *out)
{
    int n = 0;
    for (char *at = strtok(text, " "); at; at = strtok(NULL, " ")) {
        char *equals = strchr(at, '=');
        assert_non_null(equals);
        *equals = '\0';
        out[n++] = (stint_setting){at, equals + 1};
    }
    return n;
}

static stint_status generate(fixture *t, const char *name, const char *settings, const char *to,
                             stint_text *out)
{
    char text[256], path[256];
    stint_setting set[SETTINGS_MOST];
    snprintf(text, sizeof text, "%s", settings);
    snprintf(path, sizeof path, "%s", fixture_path(t, to));
    stint_generate_request r = {.name = name, .settings = set, .to = path, .json = true};
    r.n_settings = settings_of(text, set);
    return stint_generate(t->ctx, &r, out);
}

/* The bytes of a table as CSV. */
static str csv(fixture *t, const char *name, const char *settings)
{
    str bytes;
    stint_text about;
    str_init(&bytes, t->ctx, TAG_BASE);
    assert_int_equal(generate(t, name, settings, "t.csv", &about), STINT_OK);
    stint_text_free(&about);
    assert_int_equal(file_read(t->ctx, fixture_path(t, "t.csv"), &bytes), STINT_OK);
    return bytes;
}

/* The table as the fixture's column file; answers its description. */
static json_t *columns(fixture *t, const char *name, const char *settings)
{
    stint_text about;
    fixture_drop_table(t);
    assert_int_equal(generate(t, name, settings, "t.safetensors", &about), STINT_OK);
    json_t *tree = json_parse(t->ctx, "about", about.at, about.len);
    assert_non_null(tree);
    stint_text_free(&about);
    assert_int_equal(colfile_open(t->ctx, fixture_path(t, "t.safetensors"), &t->file), STINT_OK);
    t->has_file = true;
    assert_int_equal(t->file.rows, json_integer_value(json_object_get(tree, "rows")));
    return tree;
}

static double *column(fixture *t, const char *name)
{
    int j = colfile_find(&t->file, name);
    assert_true(j >= 0);
    double *x = arena_new(&t->arena, double, t->file.rows);
    for (int64_t k = 0; k < t->file.chunks; k++)
        colfile_read(&t->file, j, k, 0, colfile_chunk_rows(&t->file, k), x + k * COLFILE_CHUNK_ROWS,
                     1);
    return x;
}

static const char *word(fixture *t, const char *name, double code)
{
    return t->file.columns[colfile_find(&t->file, name)].dictionary[(int64_t)code];
}

static json_t *structure(json_t *about, const char *key)
{
    json_t *x = json_object_get(json_object_get(about, "structure"), key);
    assert_non_null(x);
    return x;
}

static double number(json_t *object, const char *key)
{
    assert_true(json_is_number(json_object_get(object, key)));
    return json_number_value(json_object_get(object, key));
}

static double mean_of(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static double correlation(const double *x, const double *y, int64_t n)
{
    double mx = mean_of(x, n), my = mean_of(y, n), xx = 0, yy = 0, xy = 0;
    for (int64_t i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xy / sqrt(xx * yy);
}

static double deviation(const double *x, int64_t n)
{
    double m = mean_of(x, n), sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (x[i] - m) * (x[i] - m);
    return sqrt(sum / (double)n);
}

static void assert_between(double x, double low, double high)
{
    if (!(x >= low && x <= high))
        fail_msg("%.17g is not within %g and %g", x, low, high);
}

/* --- bytes --------------------------------------------------------------------------------- */

static void a_seed_decides_every_byte(void **state)
{
    fixture *t = *state;
    for (int i = 0; generator_table[i]; i++) {
        str a = csv(t, generator_table[i]->name, "rows=50 seed=3");
        str b = csv(t, generator_table[i]->name, "rows=50 seed=3");
        str c = csv(t, generator_table[i]->name, "rows=50 seed=4");
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.at, b.at, a.len);
        assert_true(a.len != c.len || memcmp(a.at, c.at, a.len) != 0);
        str_deinit(&a);
        str_deinit(&b);
        str_deinit(&c);
    }
}

/* Over several batches of text, the last of other lengths. */
static void rows_do_not_depend_on_those_that_follow(void **state)
{
    static const char *const few[][2] = {
        {"angles", "features=9 informative=4 redundant=2 concentration=1 rows="},
        {"blobs", "centers=7 rows="},
        {"moons", "rows="},
        {"circles", "rows="},
        {"records", "duplicates=0.5 rows="},
        {"battery", "series=1 rows="},
    };
    fixture *t = *state;
    char text[128];
    for (size_t i = 0; i < sizeof few / sizeof *few; i++) {
        snprintf(text, sizeof text, "%s5000", few[i][1]);
        str some = csv(t, few[i][0], text);
        snprintf(text, sizeof text, "%s9001", few[i][1]);
        str more = csv(t, few[i][0], text);
        assert_true(some.len < more.len);
        assert_memory_equal(some.at, more.at, some.len);
        str_deinit(&some);
        str_deinit(&more);
    }
}

static void a_series_does_not_depend_on_the_others(void **state)
{
    fixture *t = *state;
    str two = csv(t, "battery", "series=2 rows=300"), five = csv(t, "battery", "series=5 rows=300");
    assert_memory_equal(two.at, five.at, two.len);
    str_deinit(&two);
    str_deinit(&five);
}

static void text_and_column_files_hold_the_same(void **state)
{
    fixture *t = *state;
    const char *settings = "rows=70000 noise=0.2";
    json_decref(columns(t, "moons", settings));
    str text = csv(t, "moons", settings);
    double *x0 = column(t, "x0"), *x1 = column(t, "x1"), *label = column(t, "label");
    char *at = strchr(text.at, '\n') + 1;
    for (int64_t i = 0; i < 70000; i++) {
        assert_true(strtod(at, &at) == x0[i]);
        assert_true(strtod(at + 1, &at) == x1[i]);
        assert_true(strtod(at + 1, &at) == label[i]);
        assert_int_equal(*at++, '\n');
    }
    assert_int_equal(*at, '\0');
    str_deinit(&text);
}

static void names_with_commas_and_quotes_are_quoted(void **state)
{
    fixture *t = *state;
    str text = csv(t, "records", "rows=2000");
    assert_non_null(strstr(text.at, ",\"Ada Park, Jr.\","));
    assert_non_null(strstr(text.at, ",\"Ada \"\"Q\"\" Qu\","));
    assert_non_null(strstr(text.at, ",Ada O'Neill,"));
    str_deinit(&text);
}

/* --- angles ---------------------------------------------------------------------------------- */

/* Of x with the best turn of the k-th harmonic, by its sine and cosine; these are uncorrelated
 * over a circle. */
static double harmonic_correlation(const double *x, const double *angle, int k, int64_t n)
{
    double *s = calloc((size_t)n, sizeof *s), *c = calloc((size_t)n, sizeof *c);
    for (int64_t i = 0; i < n; i++) {
        s[i] = sin(k * angle[i] / 360 * two_pi);
        c[i] = cos(k * angle[i] / 360 * two_pi);
    }
    double r = hypot(correlation(x, s, n), correlation(x, c, n));
    free(s);
    free(c);
    return r;
}

static void roles_of_angles_are_as_described(void **state)
{
    fixture *t = *state;
    json_t *about = columns(t, "angles", "magnitude_spread=0 group_effect=0 noise=0.3"), *item;
    double *angle = column(t, "angle");
    int64_t n = t->file.rows;
    size_t i;
    assert_int_equal(n, 3888);
    assert_int_equal(t->file.n_columns, 170);
    assert_int_equal(json_array_size(structure(about, "informative")), 40);
    json_array_foreach(structure(about, "informative"), i, item)
    {
        double *x = column(t, json_string_value(json_object_get(item, "name")));
        double k = number(item, "harmonic"), residual[3888];
        for (int64_t row = 0; row < n; row++)
            residual[row] = x[row] - number(item, "amplitude") *
                                         sin(k * angle[row] / 360 * two_pi + number(item, "phase"));
        assert_between(deviation(residual, n), 0.27, 0.33);
        assert_between(harmonic_correlation(x, angle, (int)k, n), 0.7, 1);
    }
    assert_int_equal(json_array_size(structure(about, "noise")), 97);
    json_array_foreach(structure(about, "noise"), i, item)
    {
        double *x = column(t, json_string_value(item));
        for (int k = 1; k <= 3; k++)
            assert_between(harmonic_correlation(x, angle, k, n), 0, 0.09);
        assert_between(deviation(x, n), 0.9, 1.1);
    }
    json_decref(about);
}

static void redundant_columns_add_up_informative_ones(void **state)
{
    fixture *t = *state;
    json_t *about = columns(t, "angles", "redundant_noise=0.25"), *item;
    double residual[3888];
    size_t i;
    assert_int_equal(json_array_size(structure(about, "redundant")), 30);
    json_array_foreach(structure(about, "redundant"), i, item)
    {
        double *x = column(t, json_string_value(json_object_get(item, "name")));
        memcpy(residual, x, sizeof residual);
        for (size_t q = 0; q < 3; q++) {
            json_t *of = json_array_get(json_object_get(item, "of"), q);
            double w = json_number_value(json_array_get(json_object_get(item, "weights"), q));
            double *part = column(t, json_string_value(of));
            for (int64_t row = 0; row < 3888; row++)
                residual[row] -= w * part[row];
        }
        assert_between(deviation(residual, 3888), 0.23, 0.27);
    }
    json_decref(about);
}

static void targets_groups_and_magnitude_are_as_asked(void **state)
{
    fixture *t = *state;
    json_decref(columns(t, "angles", "targets=both features=5 informative=4 redundant=1"));
    double *angle = column(t, "angle"), *s = column(t, "sin_angle"), *c = column(t, "cos_angle");
    double *m = column(t, "magnitude"), *group = column(t, "group"), logs[3888];
    for (int64_t i = 0; i < 3888; i++) {
        assert_near(s[i], sin(angle[i] / 360 * two_pi), 1e-12);
        assert_near(c[i], cos(angle[i] / 360 * two_pi), 1e-12);
        assert_true(angle[i] >= 0 && angle[i] < 360 && group[i] == floor((double)i / 8));
        logs[i] = log(m[i]);
    }
    assert_between(mean_of(angle, 3888), 172, 188);
    assert_between(mean_of(logs, 3888), -0.04, 0.04);
    assert_between(deviation(logs, 3888), 0.47, 0.53);
    json_decref(columns(t, "angles", "targets=sincos features=3 informative=3 redundant=0"));
    assert_int_equal(colfile_find(&t->file, "angle"), -1);
    assert_int_equal(t->file.n_columns, 7);
}

/* The mean resultant length of a von Mises distribution is I1(k) / I0(k). */
static void angles_concentrate(void **state)
{
    static const struct {
        const char *settings;
        double length;
    } cases[] = {
        {"concentration=1e-7", 0},
        {"concentration=2", 0.697774658},
        {"concentration=50", 0.989948974},
        {"concentration=1e6", 1},
    };
    fixture *t = *state;
    char text[128];
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        snprintf(text, sizeof text, "features=1 informative=0 redundant=0 direction=90 %s",
                 cases[k].settings);
        json_decref(columns(t, "angles", text));
        double *angle = column(t, "angle"), s = 0, c = 0;
        for (int64_t i = 0; i < 3888; i++) {
            assert_true(angle[i] >= 0 && angle[i] < 360);
            s += sin(angle[i] / 360 * two_pi) / 3888;
            c += cos(angle[i] / 360 * two_pi) / 3888;
        }
        assert_between(hypot(s, c), cases[k].length - 0.04, cases[k].length + 0.04);
        if (cases[k].length > 0)
            assert_between(atan2(s, c) / two_pi * 360, 86, 94);
    }
}

/* The rows of a group share an offset: with no other part, they are equal. */
static void groups_share_an_effect(void **state)
{
    fixture *t = *state;
    json_t *about = columns(t, "angles",
                            "noise=0 group_effect=2 features=8 informative=8 "
                            "redundant=0 magnitude_spread=0");
    json_t *first = json_array_get(structure(about, "informative"), 0);
    double *x = column(t, json_string_value(json_object_get(first, "name"))),
           *angle = column(t, "angle"), rest[3888];
    for (int64_t i = 0; i < 3888; i++)
        rest[i] = x[i] - number(first, "amplitude") *
                             sin(angle[i] / 360 * two_pi + number(first, "phase"));
    for (int64_t i = 0; i < 3888; i++)
        assert_between(rest[i] - rest[i / 8 * 8], -1e-12, 1e-12);
    assert_between(deviation(rest, 3888), 1.7, 2.3);
    json_decref(about);
}

/* --- shapes ----------------------------------------------------------------------------------- */

static void blobs_lie_around_their_centres(void **state)
{
    fixture *t = *state;
    json_t *about = columns(t, "blobs", "rows=10001 centers=5 features=3 cluster_std=0.5"), *item;
    double *label = column(t, "label"), *x[3] = {column(t, "x0"), column(t, "x1"), column(t, "x2")};
    size_t k;
    json_array_foreach(structure(about, "centers"), k, item)
    {
        for (int j = 0; j < 3; j++) {
            double own[2001], at;
            int64_t n = 0;
            for (int64_t i = 0; i < 10001; i++)
                if (label[i] == (double)k)
                    own[n++] = x[j][i];
            at = json_number_value(json_array_get(json_object_get(item, "at"), (size_t)j));
            assert_between((double)n, 2000, 2001);
            assert_between(at, -10, 10);
            assert_between(mean_of(own, n), at - 0.06, at + 0.06);
            assert_between(deviation(own, n), 0.46, 0.54);
        }
    }
    json_decref(about);
}

static void moons_and_circles_lie_on_their_curves(void **state)
{
    fixture *t = *state;
    json_decref(columns(t, "moons", "noise=0"));
    double *x = column(t, "x0"), *y = column(t, "x1"), *label = column(t, "label");
    for (int64_t i = 0; i < 1000; i++) {
        double dx = label[i] ? x[i] - 1 : x[i], dy = label[i] ? 0.5 - y[i] : y[i];
        assert_near(hypot(dx, dy), 1, 1e-12);
        assert_true(dy > -1e-12);
    }
    assert_near(mean_of(label, 1000), 0.5, 1e-12);
    json_decref(columns(t, "circles", "noise=0 factor=0.3"));
    x = column(t, "x0"), y = column(t, "x1"), label = column(t, "label");
    for (int64_t i = 0; i < 1000; i++)
        assert_near(hypot(x[i], y[i]), label[i] ? 0.3 : 1, 1e-12);
    assert_near(mean_of(label, 1000), 0.5, 1e-12);
    assert_between(mean_of(x, 1000), -0.1, 0.1);
    assert_between(mean_of(y, 1000), -0.1, 0.1);
}

/* --- records ---------------------------------------------------------------------------------- */

static void records_follow_their_formula(void **state)
{
    fixture *t = *state;
    json_t *about = columns(t, "records",
                            "rows=4000 missing=0 duplicates=0 outliers=0 noise=5 "
                            "segment_noise=0");
    json_t *effects = structure(about, "amount_region"), *plans = structure(about, "segment_plan");
    double *region = column(t, "region"), *age = column(t, "age"), *income = column(t, "income"),
           *member = column(t, "member"), *bits = column(t, "bits"), *amount = column(t, "amount"),
           *plan = column(t, "plan"), *score = column(t, "score"), *segment = column(t, "segment");
    double rest[4000];
    for (int64_t i = 0; i < 4000; i++) {
        const char *text = word(t, "bits", bits[i]);
        int ones = 0;
        for (int k = 0; k < 8; k++)
            ones += text[k] == '1';
        assert_int_equal(strspn(text, "01"), 64);
        rest[i] =
            amount[i] - (100 + number(effects, word(t, "region", region[i])) + 1.5 * (age[i] - 50) +
                         20 * log(income[i] / 30000) + 15 * member[i] + 4 * ones);
        double z = 3 * (score[i] - 0.5) + number(plans, word(t, "plan", plan[i])) + 0.4 * member[i];
        assert_string_equal(word(t, "segment", segment[i]), z < -0.5  ? "bronze"
                                                            : z < 0.8 ? "silver"
                                                                      : "gold");
    }
    assert_between(deviation(rest, 4000), 4.7, 5.3);
    assert_between(mean_of(rest, 4000), -0.5, 0.5);
    json_decref(about);
}

static void records_have_the_defects_asked_for(void **state)
{
    fixture *t = *state;
    json_decref(columns(t, "records", "rows=8000 missing=0.1 duplicates=0.2 outliers=0.05"));
    double *id = column(t, "id"), *income = column(t, "income"), *amount = column(t, "amount");
    int64_t repeated = 0, missing = 0, outliers = 0;
    for (int64_t i = 0; i < 8000; i++) {
        int64_t of = (int64_t)id[i] - 1;
        assert_true(of <= i && amount[of] == amount[i]);
        repeated += of != i;
        missing += isnan(income[i]);
        outliers += income[i] > 3e5;
    }
    assert_between((double)repeated / 8000, 0.18, 0.22);
    assert_between((double)missing / 8000, 0.085, 0.115);
    assert_between((double)outliers / 8000, 0.035, 0.06);
    double *date = column(t, "date");
    assert_int_equal(t->file.columns[colfile_find(&t->file, "date")].dictionary_n, 1827);
    assert_string_equal(word(t, "date", 0), "2020-01-01");
    assert_string_equal(word(t, "date", 59), "2020-02-29");
    assert_string_equal(word(t, "date", 1826), "2024-12-31");
    assert_true(isnan(date[0]) || date[0] < 1827);
}

/* --- battery ---------------------------------------------------------------------------------- */

/* Voltage again from current, temperature and charge, with the described constants. */
static void voltage_and_temperature_follow_the_circuit(void **state)
{
    fixture *t = *state;
    json_t *about = columns(t, "battery", "series=3 rows=8000 noise=0 step=2");
    double *series = column(t, "series"), *time = column(t, "time"), *i = column(t, "current"),
           *celsius = column(t, "temperature"), *soc = column(t, "soc"), *v = column(t, "voltage");
    double v1 = 0, charged = 0;
    for (int64_t k = 0; k < t->file.rows; k++) {
        json_t *cell = json_array_get(structure(about, "series"), (size_t)(k / 8000));
        assert_true(series[k] == floor((double)k / 8000) && time[k] == 2 * (double)(k % 8000));
        double warm = exp(2500 * (1 / (celsius[k] + 273.15) - 1 / 298.15)), s = soc[k];
        v1 = k % 8000 ? v1 : 0;
        double ocv = 3.5 + 0.6 * s - 0.25 * exp(-20 * s) + 0.05 * exp(10 * (s - 1));
        assert_near(v[k], ocv - i[k] * number(cell, "r0") * warm - v1, 1e-9);
        double r1 = number(cell, "r1") * warm, fade = exp(-2 / (r1 * number(cell, "c1")));
        double heat = i[k] * i[k] * number(cell, "r0") * warm + v1 * v1 / r1,
               cool = exp(-2.0 / 500);
        double ambient = number(cell, "ambient");
        v1 = v1 * fade + r1 * i[k] * (1 - fade);
        if (k % 8000 == 7999)
            continue;
        assert_near(celsius[k + 1], ambient + (celsius[k] - ambient) * cool + 5 * heat * (1 - cool),
                    1e-9);
        assert_between(soc[k + 1] - s + i[k] * 2 / (3600 * number(cell, "capacity")), -1e-12,
                       1e-12);
        assert_between(s, 0.05, 0.95);
        charged += i[k] < 0;
    }
    assert_between(charged / (double)t->file.rows, 0.2, 0.8);
    json_decref(about);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void bad_requests_are_refused_with_what_to_do(void **state)
{
    static const struct {
        const char *name, *settings, *to, *message;
    } cases[] = {
        {"moon", "", "t.csv", "no generator \"moon\"; did you mean \"moons\"?"},
        {"spirals", "", "t.csv", "there are angles, blobs, moons, circles, records, battery"},
        {"moons", "nose=1", "t.csv", "moons has no parameter \"nose\"; did you mean \"noise\"?"},
        {"moons", "gap=1", "t.csv", "known are rows, seed, noise"},
        {"moons", "noise=-1", "t.csv", "noise is \"-1\"; write a number from 0 to 1000000"},
        {"moons", "noise=nan", "t.csv", "noise is \"nan\""},
        {"moons", "rows=2.5", "t.csv", "rows is \"2.5\"; write a whole number from 1"},
        {"moons", "rows=", "t.csv", "rows is \"\""},
        {"circles", "factor=1.1", "t.csv", "factor is \"1.1\"; write a number from 0 to 1"},
        {"angles", "targets=radians", "t.csv", "write degrees, sincos or both"},
        {"angles", "features=10", "t.csv", "more than the 10 features"},
        {"angles", "informative=2", "t.csv", "raise informative or set redundant to 0"},
        {"blobs", "centers=4096 features=4096", "t.csv", "are more than 1000000 numbers"},
        {"battery", "ambient_low=40", "t.csv", "swap them"},
        {"moons", "", "t.xlsx", "no format goes by this name"},
        {"moons", "", ".csv", "no format goes by this name"},
    };
    fixture *t = *state;
    stint_text about;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(generate(t, cases[i].name, cases[i].settings, cases[i].to, &about),
                         STINT_EUSAGE);
        assert_null(about.at);
        assert_message(t, cases[i].message);
    }
    assert_false(file_exists(fixture_path(t, "t.csv")));
}

static void what_cannot_be_written_leaves_nothing(void **state)
{
    fixture *t = *state;
    stint_text about;
    assert_int_equal(generate(t, "moons", "", "nowhere/t.csv", &about), STINT_EIO);
    assert_message(t, "nowhere/t.csv.tmp");
    assert_int_equal(dir_make(t->ctx, fixture_path(t, "taken.csv")), STINT_OK);
    assert_int_equal(generate(t, "moons", "", "taken.csv", &about), STINT_EIO);
    assert_message(t, "taken.csv");
    assert_false(file_exists(fixture_path(t, "taken.csv.tmp")));
    stint_interrupt(t->ctx);
    assert_int_equal(generate(t, "moons", "rows=5000", "t.csv", &about), STINT_EINTERRUPT);
    assert_false(file_exists(fixture_path(t, "t.csv.tmp")));
    assert_false(file_exists(fixture_path(t, "t.csv")));
}

static void the_reference_names_every_parameter(void **state)
{
    fixture *t = *state;
    stint_text text;
    assert_int_equal(stint_generate_reference(t->ctx, NULL, &text), STINT_OK);
    for (int i = 0; generator_table[i]; i++) {
        assert_non_null(strstr(text.at, generator_table[i]->summary));
        assert_non_null(param_find(generator_table[i]->params, "rows"));
        assert_non_null(param_find(generator_table[i]->params, "seed"));
        assert_true(param_count(generator_table[i]->params) <= PARAM_MOST);
    }
    assert_non_null(strstr(text.at, "  --center-box "));
    stint_text_free(&text);
    assert_int_equal(stint_generate_reference(t->ctx, "moons", &text), STINT_OK);
    assert_null(strstr(text.at, "--center-box"));
    stint_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_seed_decides_every_byte),
        FIXTURE_TEST(rows_do_not_depend_on_those_that_follow),
        FIXTURE_TEST(a_series_does_not_depend_on_the_others),
        FIXTURE_TEST(text_and_column_files_hold_the_same),
        FIXTURE_TEST(names_with_commas_and_quotes_are_quoted),
        FIXTURE_TEST(roles_of_angles_are_as_described),
        FIXTURE_TEST(redundant_columns_add_up_informative_ones),
        FIXTURE_TEST(targets_groups_and_magnitude_are_as_asked),
        FIXTURE_TEST(angles_concentrate),
        FIXTURE_TEST(groups_share_an_effect),
        FIXTURE_TEST(blobs_lie_around_their_centres),
        FIXTURE_TEST(moons_and_circles_lie_on_their_curves),
        FIXTURE_TEST(records_follow_their_formula),
        FIXTURE_TEST(records_have_the_defects_asked_for),
        FIXTURE_TEST(voltage_and_temperature_follow_the_circuit),
        FIXTURE_TEST(bad_requests_are_refused_with_what_to_do),
        FIXTURE_TEST(what_cannot_be_written_leaves_nothing),
        FIXTURE_TEST(the_reference_names_every_parameter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
