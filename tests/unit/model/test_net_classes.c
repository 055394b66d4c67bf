/* Neural classes: a trial is the same bits whatever ran before it and however many threads it has;
 * what is kept predicts the same; what it holds was foretold. */
#include "base/budget.h"
#include "model/net_class.h"
#include "model/net_kind.h"
#include "model/rows.h"
#include "model/saved.h"

#include "unit/fixture.h"

enum { ROWS = 240, FOLDS = 3, COLUMNS = 5 };

static double noise(int64_t i, int column)
{
    uint64_t h = (uint64_t)(i * 8 + column + 1) * UINT64_C(0x9E3779B97F4A7C15);
    h = (h ^ (h >> 31)) * UINT64_C(0xBF58476D1CE4E5B9);
    return (double)(h >> 11) / 9007199254740992.0 * 2 - 1;
}

/* Four features, of which the target is a function of the rows before. */
static void series_make(fixture *t, int64_t rows, target_kind kind)
{
    double *x = malloc(sizeof *x * COLUMNS * (size_t)rows);
    static const double values[] = {0, 1, 2};
    static const char *const classes[] = {"0", "1", "2"};
    split_settings settings = {
        .kind = SPLIT_TIME, .test = 0.25, .folds = FOLDS, .seed = 1, .column = ""};
    for (int64_t i = 0; i < rows; i++) {
        for (int k = 0; k < 4; k++)
            x[k * rows + i] = k == 3 ? (double)(i / 70) : 10 * k + noise(i, k);
        double y = i < 3 ? 0 : noise(i - 1, 0) - 0.5 * noise(i - 3, 1) + noise(i, 2);
        x[4 * rows + i] = kind == TARGET_CLASS ? (y > -0.4) + (y > 0.4) : 100 + 5 * y;
    }
    fixture_table(t, x, COLUMNS, 1, rows, &settings);
    t->table.kind = kind;
    if (kind == TARGET_CLASS) {
        t->table.n_classes = 3;
        t->table.classes = classes;
        t->table.class_values = values;
    }
    free(x);
}

typedef struct setting {
    const char *name;
    double value;
} setting;

typedef struct trial {
    const model_class *class;
    setting set[8];
} trial;

static const trial small_mlp = {&model_mlp, {{"hidden", 8}, {"epochs", 3}}};
static const trial dropped_mlp = {
    &model_mlp, {{"hidden", 8}, {"epochs", 3}, {"dropout", 0.3}, {"norm", 1}, {"validation", 0.2}}};
static const trial small_lstm = {&model_lstm,
                                 {{"hidden", 6}, {"epochs", 2}, {"window", 5}, {"layers", 2}}};
static const trial smooth_gru = {
    &model_gru, {{"hidden", 6}, {"epochs", 2}, {"window", 5}, {"head", 1}, {"layer_norm", 1}}};
static const trial window_cnn = {&model_cnn, {{"filters", 4}, {"epochs", 2}, {"window", 6}}};
static const trial image_cnn = {&model_cnn,
                                {{"filters", 4}, {"epochs", 2}, {"norm", 1}, {"hidden", 8}}};
static const trial *const trials[] = {&small_mlp,  &dropped_mlp, &small_lstm,
                                      &smooth_gru, &window_cnn,  &image_cnn};
enum { TRIALS = sizeof trials / sizeof *trials };

static void params_of(const trial *c, double *out)
{
    params_default(c->class->params, out);
    for (const setting *s = c->set; s->name; s++) {
        const param *p = param_find(c->class->params, s->name);
        assert_non_null(p);
        out[p->offset / sizeof(double)] = s->value;
    }
}

static void set_param(const model_class *class, const char *name, double value, double *params)
{
    params[param_find(class->params, name)->offset / sizeof(double)] = value;
}

static double score_of(fixture *t, void *shared, const model_class *class, const double *params,
                       int fold)
{
    double score;
    model_task task = {.table = &t->table, .dir = t->dir};
    const metric_class *metric = t->table.kind == TARGET_CLASS ? &metric_log_loss : &metric_rmse;
    if (class->score(t->ctx, shared, &task, params, 1, fold, metric, &score) != STINT_OK)
        fail_msg("%s: %s", class->name, stint_message(t->ctx));
    return score;
}

static double fresh_score(fixture *t, const model_class *class, const double *params, int fold)
{
    void *shared = NULL;
    model_task task = {.table = &t->table, .dir = t->dir};
    if (class->open)
        assert_int_equal(class->open(t->ctx, &task, &shared), STINT_OK);
    double score = score_of(t, shared, class, params, fold);
    if (class->close)
        class->close(shared);
    return score;
}

static void what_ran_before_changes_no_bit(void **state)
{
    fixture *t = *state;
    series_make(t, ROWS, TARGET_NUMBER);
    for (int i = 0; i < TRIALS; i++) {
        const model_class *class = trials[i]->class;
        double a[PARAM_MOST], b[PARAM_MOST];
        net_shared *shared;
        params_of(trials[i], a);
        memcpy(b, a, sizeof a);
        set_param(class, "seed", 7, b);
        set_param(class, "learning_rate", 0.01, b);
        double first = fresh_score(t, class, a, 1), second = fresh_score(t, class, b, 1);
        double third = fresh_score(t, class, b, 2);
        assert_true(first != second && isfinite(first));
        model_task task = {.table = &t->table, .dir = t->dir};
        assert_int_equal(class->open(t->ctx, &task, (void **)&shared), STINT_OK);
        assert_true(score_of(t, shared, class, b, 1) == second);
        assert_true(score_of(t, shared, class, a, 1) == first);
        assert_true(score_of(t, shared, class, b, 1) == second);
        assert_int_equal(shared->opened, 1); /* one trace served them all */
        assert_int_equal(shared->renewed, 2);
        assert_true(score_of(t, shared, class, b, 2) == third);
        assert_true(score_of(t, shared, class, a, 1) == first);
        class->close(shared);
    }
}

static void threads_change_no_bit(void **state)
{
    fixture *t = *state;
    for (int kind = 0; kind < 2; kind++) {
        series_make(t, ROWS, kind ? TARGET_CLASS : TARGET_NUMBER);
        for (int i = 0; i < TRIALS; i++) {
            double params[PARAM_MOST], one, three;
            params_of(trials[i], params);
            ctx_use_threads(t->ctx, 1);
            one = fresh_score(t, trials[i]->class, params, 0);
            ctx_use_threads(t->ctx, 3);
            three = fresh_score(t, trials[i]->class, params, 0);
            ctx_use_threads(t->ctx, 0);
            assert_true(one == three);
        }
    }
}

/* --- kept models ----------------------------------------------------------------------------- */

typedef struct seen_rows {
    double *at; /* [rows of the table][predictions] */
    int64_t n;
    int predictions;
} seen_rows;

static stint_status take_rows(void *self, const rows_block *b, const double *prediction)
{
    seen_rows *s = self;
    for (int64_t i = 0; i < b->n; i++, s->n++)
        for (int k = 0; k < s->predictions; k++)
            s->at[b->row[i] * s->predictions + k] = prediction[k * ROWS_BLOCK + i];
    return STINT_OK;
}

enum { IN_NUMBERS, IN_CLASSES, IN_SERIES, WAYS };

/* Series of 70 rows by the feature "d", "b" being 0 before each. */
static void series_part(fixture *t)
{
    static const uint8_t zero[4] = {0, 1, 0, 0};
    t->table.series = "d";
    t->table.series_zero = zero;
}

static void a_kept_one_predicts_the_same(void **state)
{
    fixture *t = *state;
    for (int way = 0; way < WAYS; way++) {
        int64_t rows = 3 * ROWS_BLOCK + 100;
        series_make(t, rows, way == IN_CLASSES ? TARGET_CLASS : TARGET_NUMBER);
        if (way == IN_SERIES)
            series_part(t);
        int predictions = table_predictions(&t->table);
        double *want = malloc(sizeof *want * (size_t)(rows * predictions));
        double *got = malloc(sizeof *got * (size_t)(rows * predictions));
        for (int i = 0; i < TRIALS; i++) {
            double params[PARAM_MOST];
            const model_class *class = trials[i]->class;
            model_task task = {.table = &t->table, .dir = t->dir};
            net_shared *shared;
            saved_model m;
            params_of(trials[i], params);
            set_param(class, "epochs", 1, params);
            assert_int_equal(class->open(t->ctx, &task, (void **)&shared), STINT_OK);
            assert_int_equal(model_save(t->ctx, class, shared, &task, params, t->dir), STINT_OK);
            int64_t n = shared->pack.n_test;
            assert_int_equal(net_fit_predict(shared->fit, shared->pack.test, n, want, n), STINT_OK);
            if (model_open(t->ctx, t->dir, &m) != STINT_OK)
                fail_msg("%s", stint_message(t->ctx));
            rows_pass pass = rows_test(&task, class);
            seen_rows seen = {got, 0, predictions};
            assert_int_equal(
                rows_evaluate(t->ctx, &task, &pass, class, &m.model, 1, NULL, take_rows, &seen),
                STINT_OK);
            assert_int_equal(seen.n, n);
            for (int64_t r = 0; r < n; r++)
                for (int k = 0; k < predictions; k++) {
                    int64_t row = shared->pack.row[shared->pack.test[r]];
                    assert_true(got[row * predictions + k] == want[k * n + r]);
                }
            model_close(&m);
            class->close(shared);
        }
        free(want);
        free(got);
    }
}

static void a_damaged_one_is_refused(void **state)
{
    fixture *t = *state;
    static const char *const damages[][2] = {
        {"\"window\": 5", "\"window\": 6"},
        {"\"window\": 5", "\"window\": -1"},
        {"\"window\": 5", "\"window\": \"a\""},
        {"\"batch\": 32", "\"batch\": 0"},
        {"\"series\": \"\"", "\"series\": 3"},
        {"\"hidden\": 6,\n          \"returns\"", "\"hidden\": 7,\n          \"returns\""},
        {"\"lstm\": {", "\"lstn\": {"},
        {"\"n_features\": 4", "\"n_features\": 3"},
        {"\"layers\": [", "\"layer\": ["},
    };
    double params[PARAM_MOST];
    void *shared;
    str text;
    series_make(t, ROWS, TARGET_NUMBER);
    model_task task = {.table = &t->table, .dir = t->dir};
    params_of(&small_lstm, params);
    assert_int_equal(model_lstm.open(t->ctx, &task, &shared), STINT_OK);
    assert_int_equal(model_save(t->ctx, &model_lstm, shared, &task, params, t->dir), STINT_OK);
    model_lstm.close(shared);
    str_init(&text, t->ctx, TAG_BASE);
    assert_int_equal(file_read(t->ctx, fixture_path(t, "model.json"), &text), STINT_OK);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        const char *at = strstr(text.at, damages[i][0]);
        saved_model m;
        str bad;
        if (!at)
            fail_msg("%s is not in %s", damages[i][0], text.at);
        str_init(&bad, t->ctx, TAG_BASE);
        str_addf(&bad, "%.*s%s%s", (int)(at - text.at), text.at, damages[i][1],
                 at + strlen(damages[i][0]));
        /* the parameter of the same name stands first, and is not looked at */
        if (strstr(damages[i][0], "window")) {
            const char *second = strstr(at + 1, damages[i][0]);
            str_clear(&bad);
            str_addf(&bad, "%.*s%s%s", (int)(second - text.at), text.at, damages[i][1],
                     second + strlen(damages[i][0]));
        }
        assert_int_equal(file_write_atomic(t->ctx, fixture_path(t, "model.json"), bad.at, bad.len),
                         STINT_OK);
        stint_status s = model_open(t->ctx, t->dir, &m);
        if (s != STINT_EDATA && s != STINT_EUSAGE)
            fail_msg("%s: status %d, %s", damages[i][1], (int)s, stint_message(t->ctx));
        stint_clear(t->ctx);
        str_deinit(&bad);
    }
    str_deinit(&text);
}

/* --- memory ------------------------------------------------------------------------------------ */

static model_shape shape_of(fixture *t)
{
    return (model_shape){.rows = t->split.rows,
                         .features = t->table.n_features,
                         .outputs = table_outputs(&t->table),
                         .predictions = table_predictions(&t->table),
                         .folds = t->split.folds,
                         .parts = t->split.parts,
                         .kind = t->table.kind,
                         .split = &t->split};
}

static void memory_is_as_planned(void **state)
{
    fixture *t = *state;
    static const trial large[] = {
        {&model_mlp, {{"hidden", 256}, {"layers", 3}, {"batch_size", 200}, {"epochs", 1}}},
        {&model_mlp, {{"hidden", 64}, {"optimiser", 2}, {"batch_size", 1000}, {"epochs", 1}}},
        {&model_mlp, {{"hidden", 64}, {"dropout", 0.5}, {"accumulate", 3}, {"epochs", 1}}},
        {&model_mlp, {{"hidden", 512}, {"validation", 0.2}, {"epochs", 2}}},
        {&model_mlp, {{"hidden", 128}, {"precision", 1}, {"batch_size", 128}, {"epochs", 1}}},
        {&model_lstm, {{"hidden", 32}, {"window", 50}, {"layers", 2}, {"epochs", 1}}},
        {&model_gru, {{"hidden", 64}, {"window", 20}, {"batch_size", 128}, {"epochs", 1}}},
        {&model_cnn, {{"filters", 32}, {"window", 40}, {"batch_size", 64}, {"epochs", 1}}},
        {&model_cnn, {{"filters", 8}, {"epochs", 1}}},
        {&model_mlp,
         {{"layers", 8}, {"norm", 1}, {"dropout", 0.2}, {"validation", 0.1}, {"epochs", 2}}},
        {&model_lstm,
         {{"layers", 4},
          {"dropout", 0.2},
          {"head", 2},
          {"layer_norm", 1},
          {"validation", 0.3},
          {"epochs", 1}}},
        {&model_cnn,
         {{"layers", 4}, {"norm", 1}, {"dropout", 0.2}, {"accumulate", 2}, {"epochs", 1}}},
    };
    series_make(t, 4 * ROWS, TARGET_NUMBER);
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        const model_class *class = large[i].class;
        double params[PARAM_MOST];
        model_cost cost;
        model_shape shape = shape_of(t);
        params_of(&large[i], params);
        class->estimate(&shape, &cost);
        class->estimate_params(&shape, params, &cost);
        int threads = 1 + (int)(i % 2);
        net_shared *shared;
        model_task task = {.table = &t->table, .dir = t->dir};
        int64_t most = cost.held_bytes + threads * cost.tensor_thread_bytes;
        ctx_use_threads(t->ctx, threads);
        assert_int_equal(class->open(t->ctx, &task, (void **)&shared), STINT_OK);
        (void)score_of(t, shared, class, params, FOLDS - 1);
        int64_t peak = budget_peak(ctx_budget(shared->own));
        class->close(shared);
        if (getenv("STINT_TEST_SHOW"))
            print_message("%s %zu: %.2f of %.2f MiB\n", class->name, i, (double)peak / 1048576,
                          (double)most / 1048576);
        assert_true(peak <= most);
        assert_true((double)peak > 0.75 * (double)most);
        ctx_use_threads(t->ctx, 0);
    }
}

/* The task's loss is the same whether a class says so or nobody does. */
static void own_layers_cost_what_a_class_does(void **state)
{
    fixture *t = *state;
    static const target_kind kinds[] = {TARGET_NUMBER, TARGET_CLASS};
    static const trial mlp = {&model_mlp, {{"hidden", 256}, {"batch_size", 64}}};
    double params[PARAM_MOST];
    params_of(&mlp, params);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        series_make(t, ROWS, kinds[i]);
        model_shape shape = shape_of(t);
        net_data data = net_data_of(&t->table);
        model_cost of_class, of_layers;
        net_spec spec;
        arena a;
        arena_init(&a, t->ctx, TAG_MODEL);
        assert_int_equal(net_spec_of(t->ctx, &a, &model_mlp, params, &data, &spec), STINT_OK);
        spec.trainer.loss = NULL;
        net_estimate(&shape, &of_class);
        net_estimate_params(&model_mlp, &shape, params, &of_class);
        net_spec_cost(&shape, &spec, &of_layers);
        assert_int_equal(of_layers.held_bytes, of_class.held_bytes);
        assert_true(of_layers.held_bytes > 0);
        arena_deinit(&a);
    }
}

/* --- what is learned ----------------------------------------------------------------------------- */

static void recurrent_nets_learn_what_rows_cannot(void **state)
{
    fixture *t = *state;
    series_make(t, 8 * ROWS, TARGET_NUMBER);
    static const trial learns[] = {
        {&model_lstm, {{"hidden", 24}, {"window", 8}, {"epochs", 20}, {"learning_rate", 0.01}}},
        {&model_gru, {{"hidden", 24}, {"window", 8}, {"epochs", 20}, {"learning_rate", 0.01}}},
        {&model_cnn,
         {{"filters", 16}, {"window", 4}, {"epochs", 20}, {"pool", 1}, {"learning_rate", 0.003}}},
    };
    double params[PARAM_MOST], persistence = 3;
    double previous = fresh_score(t, &model_baseline, &persistence, 2);
    for (size_t i = 0; i < sizeof learns / sizeof *learns; i++) {
        params_of(&learns[i], params);
        double score = fresh_score(t, learns[i].class, params, 2);
        if (getenv("STINT_TEST_SHOW"))
            print_message("%s: %g, persistence %g\n", learns[i].class->name, score, previous);
        assert_true(score < 0.4 * previous);
    }
}

/* --- what is wrong --------------------------------------------------------------------------------- */

static void refused(fixture *t, const trial *c, const char *message)
{
    double params[PARAM_MOST], score;
    void *shared;
    model_task task = {.table = &t->table, .dir = t->dir};
    params_of(c, params);
    assert_int_equal(c->class->open(t->ctx, &task, &shared), STINT_OK);
    assert_int_not_equal(c->class->score(t->ctx, shared, &task, params, 1, 0, &metric_rmse, &score),
                         STINT_OK);
    assert_message(t, message);
    c->class->close(shared);
}

static void what_is_wrong_is_said(void **state)
{
    fixture *t = *state;
    series_make(t, ROWS, TARGET_NUMBER);
    refused(t, &(trial){&model_lstm, {{"window", 1000}}}, "window: 1000 rows are more than any");
    refused(t, &(trial){&model_mlp, {{"loss", 4}}}, "bce is none of regression");
    refused(t, &(trial){&model_cnn, {{"channels", 3}}}, "are no image");
    refused(t, &(trial){&model_cnn, {{"window", 4}, {"norm", 1}}}, "norm is batch for images");
    refused(t, &(trial){&model_mlp, {{"validation", 0.001}}}, "leaves nothing to look at");
    refused(t,
            &(trial){&model_mlp,
                     {{"learning_rate", 1000}, {"optimiser", 2}, {"epochs", 50}, {"hidden", 256}}},
            "finite");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_ran_before_changes_no_bit),
        FIXTURE_TEST(threads_change_no_bit),
        FIXTURE_TEST(a_kept_one_predicts_the_same),
        FIXTURE_TEST(a_damaged_one_is_refused),
        FIXTURE_TEST(memory_is_as_planned),
        FIXTURE_TEST(own_layers_cost_what_a_class_does),
        FIXTURE_TEST(recurrent_nets_learn_what_rows_cannot),
        FIXTURE_TEST(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
