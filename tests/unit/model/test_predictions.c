/* Predictions as tables: columns and cells of each task, over more than one chunk. */
#include "model/predictions.h"

#include "unit/fixture.h"

static const char *const one[] = {"y", NULL}, *const two[] = {"y", "z", NULL};
static const char *const classes[] = {"no", "yes", NULL};

static void open_written(fixture *t, colfile *f)
{
    assert_int_equal(colfile_open(t->ctx, fixture_path(t, "p"), f), STINT_OK);
}

static double cell(const colfile *f, const char *column, int64_t row)
{
    double x;
    int j = colfile_find(f, column);
    assert_true(j >= 0);
    colfile_read(f, j, row / COLFILE_CHUNK_ROWS, row % COLFILE_CHUNK_ROWS, 1, &x, 1);
    return x;
}

static void write_rows(fixture *t, const prediction_shape *s, int64_t rows, const double *y,
                       const double *prediction, int columns)
{
    predictions *p;
    assert_int_equal(predictions_open(t->ctx, s, fixture_path(t, "p"), rows, &p), STINT_OK);
    for (int64_t row = 0; row < rows; row++) {
        double out[4];
        for (int k = 0; k < columns; k++)
            out[k] = prediction[k] + (double)row;
        assert_int_equal(predictions_add(p, &row, 1, s->actual ? y : NULL,
                                         s->kind == TARGET_NUMBER ? out : prediction, 1),
                         STINT_OK);
    }
    assert_int_equal(predictions_finish(p), STINT_OK);
}

static void numbers_over_chunks(void **state)
{
    fixture *t = *state;
    prediction_shape s = {.kind = TARGET_NUMBER, .n_targets = 2, .targets = two, .actual = true};
    int64_t rows = COLFILE_CHUNK_ROWS + 3;
    colfile f;
    write_rows(t, &s, rows, (double[]){1, 2}, (double[]){0.5, 10}, 2);
    open_written(t, &f);
    assert_int_equal(f.rows, rows);
    assert_int_equal(f.n_columns, 5);
    assert_true(cell(&f, "row", rows - 1) == (double)rows - 1);
    assert_true(cell(&f, "predicted y", rows - 1) == 0.5 + (double)rows - 1);
    assert_true(cell(&f, "predicted z", 7) == 17 && cell(&f, "z", 7) == 2);
    colfile_close(&f);
}

static void classes_with_probabilities(void **state)
{
    fixture *t = *state;
    prediction_shape s = {.kind = TARGET_CLASS,
                          .n_targets = 1,
                          .targets = one,
                          .n_classes = 2,
                          .classes = classes,
                          .actual = true};
    colfile f;
    write_rows(t, &s, 2, (double[]){1}, (double[]){0.5, 0.5}, 2);
    open_written(t, &f);
    assert_int_equal(f.n_columns, 5);
    assert_string_equal(f.columns[colfile_find(&f, "y")].dictionary[1], "yes");
    assert_true(cell(&f, "y", 0) == 1);
    assert_true(cell(&f, "predicted y", 0) == 0); /* the lower class of equals */
    assert_true(cell(&f, "probability yes", 1) == 0.5);
    colfile_close(&f);
}

static void names_that_meet_are_told_apart(void **state)
{
    fixture *t = *state;
    static const char *const targets[] = {"row", "y", "predicted y", "Y"};
    static const char *const cases[] = {"a", "A", "A 2"};
    prediction_shape numbers = {
        .kind = TARGET_NUMBER, .n_targets = 4, .targets = targets, .actual = true};
    prediction_shape kinds = {
        .kind = TARGET_CLASS, .n_targets = 1, .targets = one, .n_classes = 3, .classes = cases};
    static const char *const named[] = {
        "row",          "row 2",         "predicted row",         "y",
        "predicted y",  "predicted y 2", "predicted predicted y", "Y 2",
        "predicted Y 3"};
    colfile f;
    write_rows(t, &numbers, 1, (double[]){1, 2, 3, 4}, (double[]){5, 6, 7, 8}, 4);
    open_written(t, &f);
    assert_int_equal(f.n_columns, 9);
    for (int j = 0; j < f.n_columns; j++)
        assert_string_equal(f.columns[j].name, named[j]);
    assert_true(cell(&f, "row 2", 0) == 1 && cell(&f, "predicted Y 3", 0) == 8);
    colfile_close(&f);
    write_rows(t, &kinds, 1, NULL, (double[]){0.5, 0.25, 0.25}, 3);
    open_written(t, &f);
    assert_string_equal(f.columns[2].name, "probability a");
    assert_string_equal(f.columns[3].name, "probability A 3");
    assert_string_equal(f.columns[4].name, "probability A 2");
    colfile_close(&f);
}

static void angles_are_wrapped(void **state)
{
    fixture *t = *state;
    prediction_shape s = {
        .kind = TARGET_ANGLE, .period = 360, .n_targets = 1, .targets = one, .actual = true};
    colfile f;
    double to_radians = 3.14159265358979323846 / 180;
    double y[] = {sin(359 * to_radians), cos(359 * to_radians)};
    double prediction[] = {3 * sin(2 * to_radians), 3 * cos(2 * to_radians)};
    write_rows(t, &s, 1, y, prediction, 2);
    open_written(t, &f);
    assert_near(cell(&f, "y", 0), 359, 1e-12);
    assert_near(cell(&f, "predicted y", 0), 2, 1e-12);
    assert_near(cell(&f, "error y", 0), 3, 1e-12);
    colfile_close(&f);
    s.actual = false;
    write_rows(t, &s, 1, NULL, prediction, 2);
    open_written(t, &f);
    assert_int_equal(f.n_columns, 2);
    colfile_close(&f);
}

/* --- labels -------------------------------------------------------------------------------- */

static const char *text(const colfile *f, const char *column, int64_t row)
{
    return f->columns[colfile_find(f, column)].dictionary[(int64_t)cell(f, column, row)];
}

static int64_t count(const colfile *f, const char *what, int label)
{
    return json_integer_value(json_array_get(json_object_get(f->extra, what), (size_t)label));
}

static void labels_are_names_joined(void **state)
{
    fixture *t = *state;
    static const char *const labels[] = {"red", "green", "blue"}, *const columns[] = {
                                                                      "red", "green", "blue"};
    prediction_shape s = {.kind = TARGET_LABELS,
                          .n_targets = 3,
                          .targets = columns,
                          .n_labels = 3,
                          .labels = labels,
                          .decode = {0.5, 0},
                          .actual = true};
    double y[3 * 2] = {1, 0, /**/ 0, 0, /**/ 1, 0},
                 p[3 * 2] = {0.5, 0.1, /**/ 0.7, 0.2, /**/ 0.4, 0};
    colfile f;
    predictions *to;
    for (int top_k = 0; top_k <= 1; top_k++) {
        s.decode.top_k = top_k;
        assert_int_equal(predictions_open(t->ctx, &s, fixture_path(t, "p"), 2, &to), STINT_OK);
        assert_int_equal(predictions_add(to, (int64_t[]){4, 9}, 2, y, p, 2), STINT_OK);
        assert_int_equal(predictions_finish(to), STINT_OK);
        open_written(t, &f);
        assert_int_equal(f.n_columns, 6);
        assert_int_equal(f.n_columns, predictions_columns(&s));
        assert_string_equal(text(&f, "labels", 0), "red blue");
        assert_string_equal(text(&f, "labels", 1), "");
        assert_string_equal(text(&f, "predicted labels", 0), top_k ? "green" : "red green");
        assert_string_equal(text(&f, "predicted labels", 1), top_k ? "green" : "");
        assert_true(cell(&f, "probability green", 1) == 0.2);
        assert_true(count(&f, "came", 2) == 1 && count(&f, "predicted", 2) == 0);
        assert_int_equal(count(&f, "hit", 0), !top_k);
        assert_int_equal(count(&f, "predicted", 1), 1 + top_k);
        colfile_close(&f);
    }
}

/* More labels than have a column each, one column of bits as target, new data. */
static void many_labels_have_no_probabilities(void **state)
{
    fixture *t = *state;
    enum { MANY = PREDICTIONS_CLASSES + 1 };
    static char names[MANY][8];
    const char *labels[MANY];
    double p[MANY];
    colfile f;
    predictions *to;
    for (int k = 0; k < MANY; k++) {
        snprintf(names[k], sizeof names[k], "%d", k);
        labels[k] = names[k];
        p[k] = k == 3 || k == MANY - 1;
    }
    prediction_shape s = {.kind = TARGET_LABELS,
                          .n_targets = 1,
                          .targets = one,
                          .n_labels = MANY,
                          .labels = labels,
                          .decode = {0.5, 0}};
    assert_int_equal(predictions_open(t->ctx, &s, fixture_path(t, "p"), 1, &to), STINT_OK);
    assert_int_equal(predictions_add(to, (int64_t[]){0}, 1, NULL, p, 1), STINT_OK);
    assert_int_equal(predictions_finish(to), STINT_OK);
    open_written(t, &f);
    assert_int_equal(f.n_columns, 2);
    assert_string_equal(text(&f, "predicted y", 0), "3 50");
    colfile_close(&f);
}

static void an_abandoned_one_leaves_nothing(void **state)
{
    fixture *t = *state;
    predictions *p;
    prediction_shape s = {.kind = TARGET_NUMBER, .n_targets = 1, .targets = one};
    assert_int_equal(predictions_open(t->ctx, &s, fixture_path(t, "p"), 1, &p), STINT_OK);
    predictions_abandon(p);
    assert_false(file_exists(fixture_path(t, "p")));
    predictions_abandon(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(numbers_over_chunks),
        FIXTURE_TEST(classes_with_probabilities),
        FIXTURE_TEST(names_that_meet_are_told_apart),
        FIXTURE_TEST(angles_are_wrapped),
        FIXTURE_TEST(labels_are_names_joined),
        FIXTURE_TEST(many_labels_have_no_probabilities),
        FIXTURE_TEST(an_abandoned_one_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
