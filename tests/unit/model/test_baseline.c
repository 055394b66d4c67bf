/* Baselines by hand: what each strategy predicts, saved and loaded. */
#include "model/rows.h"
#include "model/saved.h"

#include "unit/fixture.h"

enum { ROWS = 60, FOLDS = 3, COLUMNS = 2 };

static const split_settings settings = {.test = 0.2, .folds = FOLDS, .seed = 1};

static void fill(double *x)
{
    for (int r = 0; r < ROWS; r++) {
        x[r] = r;
        x[ROWS + r] = r % 4 == 0 ? 7 : r % 11;
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The target of the rows that fold `set` trains on, ascending. */
static int trained_on(const fixture *t, const double *y, int set, double *out)
{
    int n = 0;
    for (int r = 0; r < ROWS; r++)
        if (split_trains(&t->split, set, split_chunk(&t->split, 0)[r]))
            out[n++] = y[r];
    qsort(out, (size_t)n, sizeof *out, compare);
    return n;
}

static double by_hand(const fixture *t, const double *y, int set, int strategy, int row)
{
    double sorted[ROWS], sum = 0;
    int n = trained_on(t, y, set, sorted);
    for (int i = 0; i < n; i++)
        sum += sorted[i];
    double each[] = {sum / n, (sorted[(n - 1) / 2] + sorted[n / 2]) / 2, 7,
                     row > 0 ? y[row - 1] : sum / n};
    return each[strategy];
}

static void each_strategy_scores_as_by_hand(void **state)
{
    fixture *t = *state;
    double x[COLUMNS * ROWS], scores[4];
    const double params[4] = {0, 1, 2, 3};
    fill(x);
    fixture_table(t, x, COLUMNS, 1, ROWS, &settings);
    model_task task = {.table = &t->table, .dir = t->dir};
    for (int fold = 0; fold < FOLDS; fold++) {
        assert_int_equal(
            model_baseline.score(t->ctx, NULL, &task, params, 4, fold, &metric_mae, scores),
            STINT_OK);
        for (int s = 0; s < 4; s++) {
            double sum = 0, n = 0;
            for (int r = 0; r < ROWS; r++)
                if (split_chunk(&t->split, 0)[r] == split_held_out(&t->split, fold)) {
                    sum += fabs(x[ROWS + r] - by_hand(t, x + ROWS, fold, s, r));
                    n++;
                }
            assert_near(scores[s], sum / n, 1e-12);
        }
    }
}

static void a_saved_one_predicts_the_same(void **state)
{
    fixture *t = *state;
    double x[COLUMNS * ROWS], out[ROWS_BLOCK];
    fill(x);
    fixture_table(t, x, COLUMNS, 1, ROWS, &settings);
    model_task task = {.table = &t->table, .dir = t->dir};
    for (int s = 0; s < 4; s++) {
        saved_model m;
        double strategy = s;
        assert_int_equal(model_save(t->ctx, &model_baseline, NULL, &task, &strategy, t->dir),
                         STINT_OK);
        assert_int_equal(model_open(t->ctx, t->dir, &m), STINT_OK);
        assert_ptr_equal(m.class, &model_baseline);
        assert_string_equal(m.targets[0], "b");
        double previous = x[ROWS + 4];
        rows_block b = {.n = 1, .previous = &previous};
        m.class->predict(m.model, &b, out);
        assert_near(out[0], by_hand(t, x + ROWS, FOLDS, s, 5), 1e-12);
        b.previous = NULL; /* nothing is known of the row before */
        m.class->predict(m.model, &b, out);
        assert_near(out[0], by_hand(t, x + ROWS, FOLDS, s == 3 ? 0 : s, 5), 1e-12);
        model_close(&m);
    }
}

static void a_damaged_one_is_refused(void **state)
{
    fixture *t = *state;
    double x[COLUMNS * ROWS], strategy = 0;
    saved_model m;
    fill(x);
    fixture_table(t, x, COLUMNS, 1, ROWS, &settings);
    model_task task = {.table = &t->table, .dir = t->dir};
    assert_int_equal(model_save(t->ctx, &model_baseline, NULL, &task, &strategy, t->dir), STINT_OK);
    static const char *const texts[] = {
        "{",
        "{}",
        "{\"format\": 2, \"class\": \"nothing\"}",
        "{\"format\": 2, \"class\": \"baseline\", \"n_features\": 1, \"task\": \"regression\", \"period\": 360, "
        "\"targets\": [], \"classes\": []}",
        "{\"format\": 2, \"class\": \"baseline\", \"n_features\": 1, \"task\": \"regression\", \"period\": 360, "
        "\"targets\": [\"b\"], \"classes\": [], \"outputs\": 2, \"values_of_classes\": 0}",
        "{\"format\": 2, \"class\": \"baseline\", \"n_features\": 1, \"task\": \"classification\", \"period\": 360, "
        "\"targets\": [\"b\"], \"classes\": [\"one\"]}",
        /* no labels, or no way to decode them, or two labels of one value */
        "{\"format\": 2, \"class\": \"baseline\", \"n_features\": 1, \"task\": \"labels\", \"period\": 360, "
        "\"targets\": [\"b\"], \"classes\": [], \"outputs\": 1, \"values_of_classes\": 0}",
        "{\"format\": 2, \"class\": \"baseline\", \"n_features\": 1, \"task\": \"labels\", \"period\": 360, "
        "\"targets\": [\"b\"], \"classes\": [], \"labels\": [\"b\"], \"outputs\": 1, \"values_of_classes\": 0}",
        "{\"format\": 2, \"class\": \"baseline\", \"n_features\": 1, \"task\": \"labels\", \"period\": 360, "
        "\"targets\": [\"b\"], \"classes\": [], \"labels\": [\"b\"], \"decode\": {\"threshold\": 2, \"top_k\": 0}, \"outputs\": 1, \"values_of_classes\": 0}",
        "{\"format\": 2, \"class\": \"baseline\", \"n_features\": 1, \"task\": \"labels\", \"period\": 360, "
        "\"targets\": [\"b\"], \"classes\": [], \"labels\": [\"b\"], \"decode\": {\"threshold\": 0.5, \"top_k\": 2}, \"outputs\": 1, \"values_of_classes\": 0}",
        "{\"format\": 2, \"class\": \"baseline\", \"n_features\": 1, \"task\": \"labels\", \"period\": 360, "
        "\"targets\": [\"b\"], \"classes\": [], \"labels\": [\"b\", \"c\"], \"decode\": {\"threshold\": 0.5, \"top_k\": 0}, \"outputs\": 1, \"values_of_classes\": 0}",
        "{\"format\": 2, \"class\": \"baseline\", \"n_features\": 1, \"task\": \"labels\", \"period\": 360, "
        "\"targets\": [\"b\"], \"classes\": [], \"labels\": [\"b\"], \"decode\": {\"threshold\": 0.5, \"top_k\": 0}, \"label_encoder\": {\"kind\": \"none\"}, \"outputs\": 1, \"values_of_classes\": 0}",
        /* one value, where two classes are predicted */
        "{\"format\": 2, \"class\": \"baseline\", \"n_features\": 1, \"task\": \"classification\", \"period\": 360, "
        "\"targets\": [\"b\"], \"classes\": [\"one\", \"two\"], \"outputs\": 1, \"values_of_classes\": 1}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(
            file_write_atomic(t->ctx, fixture_path(t, "model.json"), texts[i], strlen(texts[i])),
            STINT_OK);
        assert_int_equal(model_open(t->ctx, t->dir, &m), STINT_EDATA);
        stint_clear(t->ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(each_strategy_scores_as_by_hand),
        FIXTURE_TEST(a_saved_one_predicts_the_same),
        FIXTURE_TEST(a_damaged_one_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
