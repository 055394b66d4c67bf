/* The keys of stint train: what identifies a training and what does not, its text reads back, and
 * what is refused. */
#include "experiment/config.h"

#include "unit/fixture.h"

#include <stdio.h>
#include <unistd.h>

#define DATA  "data: {source: t.csv, target: y}\n"
#define LSTM  "model: {lstm: {hidden: 8}}\n"
#define TRAIN "train: {epochs: 3}\n"

/* config_load_training reads a file. */
static stint_status load(fixture *t, const char *text, const config_override *o, int n, config *out)
{
    char path[96];
    snprintf(path, sizeof path, "%s/c.yaml", t->dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    stint_clear(t->ctx);
    stint_status s = config_load_training(t->ctx, path, o, n, out);
    unlink(path);
    return s;
}

static void take(fixture *t, const char *text, config *out)
{
    if (load(t, text, NULL, 0, out) != STINT_OK)
        fail_msg("%s\nrefused: %s", text, stint_message(t->ctx));
}

static void identify(fixture *t, const char *text, const config_override *o, int n, str *out)
{
    config cfg;
    if (load(t, text, o, n, &cfg) != STINT_OK)
        fail_msg("%s\nrefused: %s", text, stint_message(t->ctx));
    str_clear(out);
    config_identity(&cfg, out);
    config_free(&cfg);
}

/* --- the identity ------------------------------------------------------------------------------ */

static const char *const texts[] = {
    DATA LSTM,
    DATA LSTM TRAIN,
    DATA "model: mlp\n",
    DATA LSTM
    "train: {optimiser: {adamw: {learning_rate: 1.0e-5}}, schedule: {cosine: {steps: 7}}, "
    "loss: {huber: {delta: 0.25}}, clip: norm, clip_at: 0.1, fold: 2}\n",
    DATA LSTM "stream: {warm_up: 9, filter: butterworth, cutoff: 0.2}\n",
    DATA "model: {net: {window: 5, layers: [{lstm: {hidden: 3}}, last, {dropout: {p: 0.25}}, "
         "{linear: {units: 4, bias: false}}, relu]}}\n",
    DATA "model: {cnn: {height: 3, width: 2, channels: 1}}\n" TRAIN,
    "data: {source: t.csv, target: y, rivals: [before]}\nseries: {group: s, time: t}\n"
    "columns: {before: \"shift(y, 1)\"}\n" LSTM TRAIN "stream: {}\n",
};

static void text_reads_back(void **state)
{
    fixture *t = *state;
    str first, again;
    str_init(&first, t->ctx, TAG_BASE);
    str_init(&again, t->ctx, TAG_BASE);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        identify(t, texts[i], NULL, 0, &first);
        identify(t, texts[i], NULL, 0, &again);
        assert_string_equal(first.at, again.at);
        identify(t, first.at, NULL, 0, &again);
        assert_string_equal(first.at, again.at);
    }
    str_deinit(&first);
    str_deinit(&again);
}

/* How it is written is nothing. */
static void one_form_however_it_is_written(void **state)
{
    fixture *t = *state;
    static const char *const same[][2] = {
        {DATA "model: mlp\n", DATA "model: {mlp: {}}\n"},
        {DATA "model: mlp\n", DATA "train: {}\nmodel:\n  mlp:\n"},
        {DATA LSTM TRAIN, DATA "train:\n  epochs: 3.0\nmodel:\n  lstm:\n    hidden: 8\n"},
        {DATA LSTM "train: {optimiser: sgd}\n", DATA LSTM "train: {optimiser: {sgd: {}}}\n"},
        {DATA LSTM, DATA LSTM "train: {batch_size: 32, fold: -1}\n"},
        {DATA "model: {net: {layers: [{linear: {units: 16}}, {dropout: {p: 0.5}}]}}\n",
         DATA "model: {net: {layers: [{linear: {units: +1.6e1}}, {dropout: {p: .5}}]}}\n"},
        {DATA LSTM, DATA LSTM "search: {models: [ridge]}\n"},
    };
    str a, b;
    str_init(&a, t->ctx, TAG_BASE);
    str_init(&b, t->ctx, TAG_BASE);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        identify(t, same[i][0], NULL, 0, &a);
        identify(t, same[i][1], NULL, 0, &b);
        assert_string_equal(a.at, b.at);
    }
    str_deinit(&a);
    str_deinit(&b);
}

typedef struct change {
    const char *key, *value;
    bool decides;
} change;

static const change changes[] = {
    {"train.workers", "3", false},
    {"train.prefetch", "5", false},
    {"train.time_limit", "60", false},
    {"train.checkpoint_every", "10", false},
    {"train.flow", "true", false},
    {"train.flow_every", "2", false},
    {"train.leak_check", "false", false},
    {"train.recompute", "blocks", false},
    {"train.recompute_value", "3", false},
    {"budget.memory", "512MiB", false},
    {"budget.time", "1h", false},
    {"budget.threads", "3", false},
    {"name", "other", false},
    {"train.epochs", "4", true},
    {"train.batch_size", "33", true},
    {"train.accumulate", "2", true},
    {"train.drop_last", "true", true},
    {"train.shuffle", "false", true},
    {"train.seed", "1", true},
    {"train.validate_every", "2", true},
    {"train.patience", "2", true},
    {"train.min_delta", "0.1", true},
    {"train.restore_best", "false", true},
    {"train.exploit_epochs", "1", true},
    {"train.repetitions", "2", true},
    {"train.clip", "norm", true},
    {"train.precision", "bf16", true},
    {"train.dynamic_batch", "true", true},
    {"train.most_skips", "1", true},
    {"train.fold", "1", true},
    {"train.loss", "mae", true},
    {"train.loss", "{huber: {delta: 2}}", true},
    {"train.optimiser", "sgd", true},
    {"train.optimiser", "{adamw: {learning_rate: 0.01}}", true},
    {"train.schedule", "{cosine: {steps: 3}}", true},
    {"model", "{lstm: {hidden: 9}}", true},
    {"model", "{gru: {hidden: 8}}", true},
    {"stream", "{}", true},
    {"stream", "{warm_up: 1}", true},
    {"split.seed", "9", true},
};

static void what_decides_and_what_does_not(void **state)
{
    fixture *t = *state;
    str plain, changed;
    str_init(&plain, t->ctx, TAG_BASE);
    str_init(&changed, t->ctx, TAG_BASE);
    identify(t, DATA LSTM TRAIN, NULL, 0, &plain);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const change *c = &changes[i];
        identify(t, DATA LSTM TRAIN, &(config_override){c->key, c->value}, 1, &changed);
        if ((strcmp(plain.at, changed.at) != 0) != c->decides)
            fail_msg("%s=%s %s", c->key, c->value,
                     c->decides ? "does not identify" : "identifies the training");
    }
    str_deinit(&plain);
    str_deinit(&changed);
}

/* A training is no run, though one file may hold both. */
static void a_run_of_the_same_file_is_another_experiment(void **state)
{
    fixture *t = *state;
    const char *text = DATA LSTM TRAIN "search: {models: [ridge]}\n";
    config cfg;
    str training, run;
    str_init(&training, t->ctx, TAG_BASE);
    str_init(&run, t->ctx, TAG_BASE);
    identify(t, text, NULL, 0, &training);
    assert_int_equal(config_parse(t->ctx, "c.yaml", text, strlen(text), NULL, 0, &cfg), STINT_OK);
    config_identity(&cfg, &run);
    config_free(&cfg);
    assert_string_not_equal(training.at, run.at);
    assert_null(strstr(run.at, "lstm"));
    assert_null(strstr(training.at, "ridge"));
    str_deinit(&training);
    str_deinit(&run);
}

/* --- what is taken ----------------------------------------------------------------------------- */

static void values_are_taken(void **state)
{
    fixture *t = *state;
    config cfg;
    take(t, texts[3], &cfg);
    assert_true(cfg.training);
    assert_int_equal(cfg.n_models, 1);
    assert_string_equal(cfg.model->name, "lstm");
    assert_string_equal(cfg.train.optimiser.name, "adamw");
    assert_string_equal(cfg.train.schedule.name, "cosine");
    assert_string_equal(cfg.train.loss.name, "huber");
    assert_true(cfg.train.fold == 2);
    assert_false(cfg.stream.given);
    assert_int_equal(config_count(&cfg), 1);
    config_free(&cfg);
    take(t, texts[4], &cfg);
    assert_true(cfg.stream.given && cfg.stream.warm_up == 9 && cfg.stream.cutoff == 0.2);
    assert_int_equal((stream_filter)cfg.stream.filter, STREAM_BUTTERWORTH);
    config_free(&cfg);
    take(t, texts[5], &cfg);
    assert_string_equal(cfg.layers,
                        "[{\"lstm\": {\"hidden\": 3}}, \"last\", {\"dropout\": {\"p\": 0.25}}, "
                        "{\"linear\": {\"units\": 4, \"bias\": false}}, \"relu\"]");
    config_free(&cfg);
}

/* --- what is refused --------------------------------------------------------------------------- */

static const struct {
    const char *text, *message;
} bad[] = {
    {DATA TRAIN, "model is missing; write for example model: {lstm: {hidden: 64}}"},
    {DATA "model: {lsmt: {}}\n", "unknown model \"lsmt\"; did you mean \"lstm\"?"},
    {DATA "model: {lstm: {hidden: [4, 8]}}\n", "hidden takes one value here"},
    {DATA "model: {lstm: {epochs: 4}}\n", "epochs belongs under train: here"},
    {DATA "model: {lstm: 5}\n", "lstm takes parameters: {name: value}"},
    {DATA "model: {net: {}}\n", "net takes a list of layers"},
    {DATA "model: {net: {layers: {linear: {units: 3}}}}\n", "net takes a list of layers"},
    {DATA "model: {net: {layers: [\"re\\\"lu\"]}}\n", "is no layer and no parameter"},
    {DATA "model: {net: {layers: [{\"a\\\\b\": 1}]}}\n", "is no layer and no parameter"},
    {DATA LSTM "train: {epoch: 4}\n", "did you mean \"epochs\"?"},
    {DATA LSTM "train: {optimser: sgd}\n", "did you mean \"optimiser\"?"},
    {DATA LSTM "train: {optimiser: lbfgs}\n", "unknown optimiser \"lbfgs\""},
    {DATA LSTM "train: {optimiser: {sgd: {}, adam: {}}}\n", "one optimiser, with its parameters"},
    {DATA LSTM "train: [epochs]\n", "is no set of parameters"},
    {DATA LSTM "train: {fold: -2}\n", "out of range"},
    {DATA LSTM "stream: {filter: kalman}\n", "stream"},
    {DATA LSTM "stream: {alpha: 0}\n", "out of range"},
    {DATA LSTM "stream: yes\n", "is no set of parameters; write {warm_up: 50}"},
    {"data: {source: t.csv, target: y, task: classification}\n" LSTM "stream: {}\n",
     "a streaming test is of targets that are numbers, not of classification"},
    {"data: {source: t.csv, target: y, task: angle}\n" LSTM "stream: {}\n",
     "a streaming test is of targets that are numbers, not of angle"},
};

static void bad_ones_are_refused(void **state)
{
    fixture *t = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        config cfg;
        stint_status s = load(t, bad[i].text, NULL, 0, &cfg);
        if (s != STINT_EUSAGE || !strstr(stint_message(t->ctx), bad[i].message))
            fail_msg("%s\nstatus %d, message: %s\nexpected: %s", bad[i].text, s,
                     stint_message(t->ctx), bad[i].message);
        assert_int_equal(budget_live(ctx_budget(t->ctx)), 0);
    }
    stint_clear(t->ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(text_reads_back),
        FIXTURE_TEST(one_form_however_it_is_written),
        FIXTURE_TEST(what_decides_and_what_does_not),
        FIXTURE_TEST(a_run_of_the_same_file_is_another_experiment),
        FIXTURE_TEST(values_are_taken),
        FIXTURE_TEST(bad_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
