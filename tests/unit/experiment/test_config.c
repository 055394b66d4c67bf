/* Configs: what is refused and with which words, what is taken, overrides, the identity. */
#include "experiment/config_impl.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SIZE(array) (sizeof(array) / sizeof *(array))

static ctx *context;

static int open_context(void **state)
{
    (void)state;
    context = stint_open(NULL);
    return context ? 0 : -1;
}

static int close_context(void **state)
{
    (void)state;
    stint_close(context);
    return 0;
}

static stint_status parse(const char *text, const config_override *o, int n, config *out)
{
    stint_clear(context);
    return config_parse(context, "examples/x.yaml", text, strlen(text), o, n, out);
}

static void take(const char *text, config *out)
{
    if (parse(text, NULL, 0, out) != STINT_OK)
        fail_msg("%s\nrefused: %s", text, stint_message(context));
}

static void refuse(const char *text, const config_override *o, int n, const char *message)
{
    config cfg;
    stint_status s = parse(text, o, n, &cfg);
    if (s != STINT_EUSAGE || !strstr(stint_message(context), message))
        fail_msg("%s\nstatus %d, message: %s\nexpected: %s", text, s, stint_message(context),
                 message);
    assert_int_equal(budget_live(ctx_budget(context)), 0);
}

#define BASE         "data: {source: d.csv, target: y}\nsearch: {models: [ridge]}\n"
#define MODELS(text) "data: {source: d.csv, target: y}\nsearch: {models: " text "}\n"

typedef struct bad {
    const char *text, *message;
} bad;

/* --- what is refused ------------------------------------------------------------------------- */

static const bad bad_yaml[] = {
    {"data: {source: d.csv\n", "examples/x.yaml:2:1: YAML: did not find expected ',' or '}'"},
    {"data:\n\tsource: d.csv\n", "x.yaml:2:1: YAML: found character that cannot start any token"},
    {"data:\n\tsource: d.csv\n", "indent with spaces, not tabs"},
    {"name: a\xFFz\n", "x.yaml:1:8: YAML: invalid leading UTF-8 octet"},
    {"name: \"a\\0b\"\n", "x.yaml:1:7: a text may not hold a zero byte"},
    {"name: a\nsplit:\n  folds: 3\n  seed: 1\n  folds: 4\n",
     "x.yaml:5:3: the key \"folds\" stands twice; first on line 3"},
    {"data: {source: &a d.csv}\n", "x.yaml:1:16: the anchor \"a\""},
    {"data: &all {source: d.csv}\n", "x.yaml:1:7: the anchor \"all\""},
    {"data: {source: *a}\n", "x.yaml:1:16: an alias"},
    {"split: {folds: !!int 5}\n", "x.yaml:1:16: the tag \"tag:yaml.org,2002:int\""},
    {"? [a, b]\n: c\n", "x.yaml:1:3: a key has to be a plain word"},
    {"a: 1\n---\nb: 2\n", "x.yaml:2:1: a second document"},
    {"- a\n", "x.yaml:1:1: a config is a map of keys"},
    {"ridge\n", "x.yaml:1:1: a config is a map of keys"},
    {"a: [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]\n", "x.yaml:1:20: nested more than 16 deep"},
};

static const bad bad_keys[] = {
    {"", "examples/x.yaml: data.source is missing; write for example data: {source: table.csv}"},
    {"data: {source: d.csv}\n", "x.yaml: data.target is missing; write for example data: {target"},
    {"data: {source: d.csv, target: y}\n", "x.yaml: search.models is missing"},
    {BASE "split: {fold: 5}\n", "x.yaml:3:9: unknown key \"split.fold\"; did you mean "
                                "\"split.folds\"?"},
    {BASE "spilt: {folds: 5}\n", "x.yaml:3:1: unknown key \"spilt\"; did you mean \"split\"?"},
    {BASE "memory: 1GiB\n", "unknown key \"memory\"; did you mean \"budget.memory\"?"},
    {BASE "split: {bins: 5}\n",
     "unknown key \"split.bins\"; did you mean \"split.stratify.bins\"?"},
    {BASE "split: {stratify: {bin: 5}}\n", "did you mean \"split.stratify.bins\"?"},
    {BASE "frobnicate: 1\n",
     "unknown key \"frobnicate\"; the keys here are name, cluster, columns, model, train, stream, data, series, checks, split, features, "
     "search, "
     "budget"},
    {BASE "cluster: {kmean: {}}\n", "unknown method \"kmean\"; did you mean \"kmeans\"?"},
    {BASE "cluster: {kmeans: {n_cluster: 3}}\n", "did you mean \"n_clusters\"?"},
    {BASE "cluster: {kmeans: {n_clusters: [2, 3]}}\n", "takes one value"},
    {BASE "cluster: {kmeans: {}, spectral: {}}\n", "one method, with its parameters in braces"},
    {BASE "cluster: {kmeans: 3}\n", "kmeans takes parameters"},
    {BASE "split: {whatever: 1}\n", "the keys here are by, column, test, folds, group, stratify, "},
    {BASE "split.folds: 5\n", "x.yaml:3:1: the key \"split.folds\" has a dot in it; nest it"},
    {BASE "split: 5\n", "x.yaml:3:8: \"split\" holds keys of its own, not \"5\""},
    {BASE "split: {stratify: 10}\n", "\"split.stratify\" holds keys of its own, not \"10\""},
    {BASE "series: {grup: a}\n", "did you mean \"series.group\"?"},
};

static const bad bad_series[] = {
    {BASE "columns:\n  a: \"1 + moving_avg(x, 2)\"\n",
     "x.yaml:4:6: columns.a: position 5: unknown function \"moving_avg\"; did you mean "
     "\"moving_average\"?"},
    {BASE "columns: [a]\n", "x.yaml:3:10: columns: a list is not a map of columns"},
    {BASE "columns: {a: [1]}\n", "columns: a list of column \"a\" is no formula"},
    {BASE "columns: {a: }\n", "columns: an empty value of column \"a\" is no formula"},
    {BASE "columns: {a: 1, a: 2}\n", "the key \"a\" stands twice"},
    {BASE "series: {every: 7d}\n", "series.every: a clock needs series.time"},
    {BASE "series: {every: soon, time: t}\n", "series.every: \"soon\" is not a duration"},
    {BASE "series: {every: 0, time: t}\n", "series.every: \"0\" is no time at all"},
    {BASE "series: {zero: [a]}\n", "series.zero: nothing tells a series' first row"},
    {BASE "series: {group: y}\n", "x.yaml:3:17: series.group: the column is a target"},
    {BASE "series: {time: y}\n", "series.time: the column is a target"},
    {BASE "series: {by: median}\n", "write mean, last, sum, min or max"},
};

static const bad bad_values[] = {
    {BASE "name: a/b\n", "x.yaml:3:7: name: \"a/b\" is not a name; write letters, digits"},
    {BASE "name: ..\n", "is not a name"},
    {BASE "name: \"two\\nlines\"\n", "\"two?lines\" is not a name"},
    {BASE "split: {folds: five}\n",
     "x.yaml:3:16: split.folds: \"five\" is not a whole number; write 2…100"},
    {BASE "split: {folds: 2.5}\n", "split.folds: \"2.5\" is not a whole number; write 2…100"},
    {BASE "split: {folds: 1}\n", "split.folds: \"1\" is out of range; write 2…100"},
    {BASE "split: {folds: 101}\n", "split.folds: \"101\" is out of range; write 2…100"},
    {BASE "split: {folds: 0x10}\n", "split.folds: \"0x10\" is not a whole number"},
    {BASE "split: {folds: [5]}\n", "split.folds: a list is not a whole number"},
    {BASE "split: {folds: }\n", "split.folds: an empty value is not a whole number"},
    {BASE "split: {test: 1}\n", "split.test: \"1\" is out of range; write 0…1, both excluded"},
    {BASE "split: {test: 0}\n", "split.test: \"0\" is out of range"},
    {BASE "split: {test: .nan}\n", "split.test: \".nan\" is not a number"},
    {BASE "split: {test: nan}\n", "split.test: \"nan\" is not a number"},
    {BASE "split: {test: 1e999}\n", "split.test: \"1e999\" is not a number"},
    {BASE "split: {stratify: {bins: 1}}\n",
     "split.stratify.bins: \"1\" is out of range; write 0 or 2…1000"},
    {BASE "split: {seed: -1}\n", "split.seed: \"-1\" is out of range"},
    {BASE "split: {seed: 9007199254740992}\n", "split.seed: \"9007199254740992\" is out of range"},
    {BASE "features: {scale: max}\n",
     "features.scale: \"max\" is not known here; write none, standard, minmax or robust"},
    {BASE "budget: {memory: 12 parsecs}\n",
     "x.yaml:3:18: budget.memory: \"12 parsecs\" is not a size; write for example 512MiB or 2GiB"},
    {BASE "budget: {memory: -1GiB}\n", "is not a size"},
    {BASE "budget: {memory: 0}\n", "budget.memory: \"0\" is no room at all"},
    {BASE "budget: {time: 3 fortnights}\n",
     "budget.time: \"3 fortnights\" is not a duration; write for example 90s, 30min or 2h"},
    {BASE "budget: {time: 0s}\n", "is no time at all"},
    {BASE "budget: {workers: 300}\n",
     "budget.workers: \"300\" is out of range; write auto or 1…256"},
    {BASE "budget: {threads: 0}\n", "budget.threads: \"0\" is out of range; write auto or 1…256"},
    {"data: {source: '', target: y}\nsearch: {models: [ridge]}\n",
     "data.source: \"\" is not a path"},
    {"data: {source: d, target: []}\nsearch: {models: [ridge]}\n",
     "data.target: the list is empty; name at least one column"},
    {"data: {source: d, target: [a, b, a]}\nsearch: {models: [ridge]}\n",
     "x.yaml:1:34: data.target: the column \"a\" stands twice"},
    {"data: {source: d, target: y, drop: [a, {b: 1}]}\nsearch: {models: [ridge]}\n",
     "data.drop: a map is not a column's name"},
    {"data: {source: d, target: y, drop: [a, y]}\nsearch: {models: [ridge]}\n",
     "x.yaml:1:40: data.drop: the column \"y\" is a target"},
    {"data: {source: d, target: y, drop: y}\nsearch: {models: [ridge]}\n",
     "x.yaml:1:36: data.drop: the column \"y\" is a target"},
    {BASE "checks: {duplicates: keep}\n",
     "checks.duplicates: \"keep\" is not known here; write warn, error, drop or ignore"},
    {BASE "checks: {missing: warn}\n",
     "checks.missing: \"warn\" is not known here; write error, drop, mean, median or constant"},
    {BASE "checks: {ranges: [[a, 1]]}\n",
     "checks.ranges: a list is not [pattern, low, high]; write a list such as"},
    {BASE "checks: {ranges: [[a, 2, 1]]}\n", "a range that ends before it begins"},
    {BASE "features: {interactions: [a, b]}\n", "\"a\" is not a pair of patterns"},
    {BASE "split: {by: column}\n", "split.column: split.by: column needs the column's name"},
    {BASE "split: {column: t}\n", "split.column: a random split goes by no column"},
    {BASE "split: {by: time, group: g}\n", "split.group: groups are for random splits"},
    {BASE "split: {by: time, stratify: {bins: 4}}\n", "strata are for random splits"},
    {"data: {source: d, target: y, task: classification}\nsearch: {models: [ridge]}\n",
     "search.models: ridge does not do classification"},
    {"data: {source: d, target: y, task: classification}\n"
     "search: {models: [baseline], metric: rmse}\n",
     "search.metric: rmse does not measure classification; leave it out for log_loss"},
    {"data: {source: d, target: [y, z], task: classification}\nsearch: {models: [baseline]}\n",
     "data.target: 2 columns, where a classification has one"},
    {"data: {source: d, target: [x, y, z], task: angle}\nsearch: {models: [ridge]}\n",
     "data.target: 3 columns, where an angle is one column, or its sine and cosine"},
    {"data: {source: d, target: [x, y], task: labels}\nsearch: {models: [ridge]}\n",
     "ridge does not do labels"},
    {"data: {source: d, target: [x, y], task: labels}\nsearch: {models: [knn], metric: rmse}\n",
     "rmse does not measure labels; leave it out for bce"},
    {"data: {source: d, target: [x, y], task: labels}\nsearch: {models: [knn], metric: roc_auc}\n",
     "roc_auc of labels is measured on the test rows alone"},
    {"data: {source: d, target: [x, y], task: labels}\nsearch: {models: [knn]}\n"
     "split: {stratify: {bins: 4}}\n",
     "labels are no strata"},
    {"data: {source: d, target: y, decode: {threshold: 1.5}}\nsearch: {models: [ridge]}\n",
     "data.decode.threshold"},
    {"data: {source: d, target: y, decode: {top_k: -1}}\nsearch: {models: [ridge]}\n",
     "data.decode.top_k"},
    {"data: {source: d, target: y}\nsearch: {models: [ridge], metric: rsme}\n",
     "x.yaml:2:35: search.metric: unknown metric \"rsme\"; did you mean \"rmse\"?"},
    {"data: {source: d, target: y}\nsearch: {models: [ridge], metric: accuracy}\n",
     "search.metric: accuracy does not measure regression; leave it out for rmse"},
    {"data: {source: d, target: y}\nsearch: {models: [ridge], max_configs: 0}\n",
     "search.max_configs: \"0\" is out of range"},
};

static const bad bad_models[] = {
    {MODELS("ridge"), "x.yaml:2:18: search.models: \"ridge\" is not a list of models"},
    {MODELS("[]"), "search.models: the list is empty"},
    {MODELS("[rigde]"), "x.yaml:2:19: unknown model \"rigde\"; did you mean \"ridge\"?"},
    {MODELS("[perceptron: {}]"), "unknown model \"perceptron\"; known are "},
    {MODELS("[[ridge]]"), "a model is one name, with its parameters in braces"},
    {MODELS("[{ridge: {}, lasso: {}}]"), "a model is one name"},
    {MODELS("[{}]"), "a model is one name"},
    {MODELS("[ridge: 5]"), "ridge: \"5\" is no set of parameters"},
    {MODELS("[ridge: {alhpa: 1}]"),
     "x.yaml:2:27: ridge has no parameter \"alhpa\"; did you mean \"alpha\"?"},
    {MODELS("[ridge: {momentum: 1}]"),
     "ridge has no parameter \"momentum\"; known are alpha, intercept"},
    {MODELS("[ridge: {alpha: -1}]"), "x.yaml:2:34: ridge.alpha: \"-1\" is out of range; write 0…"},
    {MODELS("[ridge: {alpha: big}]"), "ridge.alpha: \"big\" is not a number; write 0…1e+300"},
    {MODELS("[ridge: {alpha: }]"), "ridge.alpha: an empty value is not a number"},
    {MODELS("[ridge: {alpha: []}]"), "ridge.alpha: the list is empty"},
    {MODELS("[ridge: {alpha: [1, -2]}]"), "x.yaml:2:38: ridge.alpha: \"-2\" is out of range"},
    {MODELS("[ridge: {alpha: [1, 2, 1.0]}]"), "x.yaml:2:41: ridge.alpha: 1 stands twice"},
    {MODELS("[ridge: {alpha: {log: [0, 1], n: 5}}]"),
     "ridge.alpha: a log scale has to begin above 0, not at 0"},
    {MODELS("[ridge: {alpha: {log: [2, 1], n: 5}}]"),
     "the ends are the wrong way round: write [1, 2]"},
    {MODELS("[ridge: {alpha: {log: [1], n: 5}}]"), "log takes two ends: log: [low, high]"},
    {MODELS("[ridge: {alpha: {linear: 1, n: 5}}]"), "linear takes two ends: linear: [low, high]"},
    {MODELS("[ridge: {alpha: {log: [1, 2]}}]"), "a spread needs n, the number of values"},
    {MODELS("[ridge: {alpha: {n: 2}}]"), "a spread is either log or linear"},
    {MODELS("[ridge: {alpha: {log: [1, 2], linear: [1, 2], n: 2}}]"), "either log or linear"},
    {MODELS("[ridge: {alpha: {log: [1, 2], count: 2}}]"), "unknown key in a spread; write {log:"},
    {MODELS("[ridge: {alpha: {log: [1, 2], n: 0}}]"),
     "ridge.alpha: n: \"0\" is not a whole number of values; write 1…1000000000"},
    {MODELS("[ridge: {alpha: {log: [1, 2], n: 2e9}}]"), "n: \"2e9\" is not a whole number"},
    {MODELS("[ridge: {alpha: {linear: [2, 2], n: 3}}]"), "so there is one value, not 3"},
    {MODELS("[ridge: {intercept: yes}]"), "ridge.intercept: \"yes\" is neither true nor false"},
    {MODELS("[ridge: {intercept: {linear: [0, 1], n: 2}}]"),
     "ridge.intercept: not a number, so its values have to be listed"},
};

static void refuse_all(const bad *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        refuse(cases[i].text, NULL, 0, cases[i].message);
}

static void bad_yaml_is_refused(void **state)
{
    (void)state;
    refuse_all(bad_yaml, SIZE(bad_yaml));
}

static void bad_keys_are_refused(void **state)
{
    (void)state;
    refuse_all(bad_keys, SIZE(bad_keys));
}

static void bad_values_are_refused(void **state)
{
    (void)state;
    refuse_all(bad_values, SIZE(bad_values));
}

static void bad_series_are_refused(void **state)
{
    (void)state;
    refuse_all(bad_series, SIZE(bad_series));
}

/* What series go by is read, and no feature; what is derived is not asked of the source. */
static void series_are_taken(void **state)
{
    (void)state;
    static const char *const read[] = {"y", "cell", "t", "x", "b c", "d"};
    config cfg;
    take("data: {source: d.csv, target: y, drop: [d]}\nsearch: {models: [ridge]}\n"
         "series: {group: cell, time: t, every: 1.5, by: last, fill: linear, zero: [x*]}\n"
         "columns:\n  lag: shift(x, 1)\n  \"new one\": \"lag + `b c` * year(t)\"\n",
         &cfg);
    const derive_settings *s = &cfg.derive;
    assert_true(s->every == 1.5 && s->by == RESAMPLE_LAST && s->fill == RESAMPLE_LINEAR);
    assert_int_equal(s->n_columns, 2);
    assert_string_equal(s->columns[1].name, "new one");
    assert_string_equal(s->columns[1].place, "examples/x.yaml:6:14");
    const char *const *always = cfg.source.want.always;
    for (size_t i = 0; i < SIZE(read); i++, always++)
        assert_true(*always && strcmp(*always, read[i]) == 0);
    assert_null(*always);
    table_settings t = config_table(&cfg);
    assert_string_equal(t.series, "cell");
    assert_string_equal(t.zero[0], "x*");
    assert_string_equal(t.drop[1], "cell");
    assert_string_equal(t.drop[2], "t");
    assert_null(t.drop[3]);
    assert_true(config_uses(&cfg, "cell") && config_uses(&cfg, "lag") && !config_uses(&cfg, "d"));
    config_free(&cfg);
}

static void bad_models_are_refused(void **state)
{
    (void)state;
    refuse_all(bad_models, SIZE(bad_models));
}

/* A text of `n` bytes of c after `head`, and `tail`. */
static char *long_text(const char *head, char c, size_t n, const char *tail)
{
    char *text = malloc(strlen(head) + n + strlen(tail) + 1);
    assert_non_null(text);
    strcpy(text, head);
    memset(text + strlen(head), c, n);
    strcpy(text + strlen(head) + n, tail);
    return text;
}

static void long_texts_are_refused_shortly(void **state)
{
    (void)state;
    char *text = long_text(BASE "name: ", 'a', 5000, "\n");
    refuse(text, NULL, 0, "aaaa…\" is not a name");
    free(text);
    text = long_text(BASE "? ", 'a', 5000, "\n: 1\n");
    refuse(text, NULL, 0, "aaaa…\"; the keys here are name");
    free(text);
    text = long_text(BASE, '#', CONFIG_TEXT_MOST, "");
    refuse(text, NULL, 0, "longer than a config may be");
    free(text);
    text = long_text("a: ", '[', 500000, "");
    refuse(text, NULL, 0, "nested more than 16 deep");
    free(text);
}

static void too_many_keys_are_refused(void **state)
{
    (void)state;
    char text[8192];
    size_t n = 0;
    for (int i = 0; i <= CONFIG_KEYS_MOST; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "key%d: 1\n", i);
    refuse(text, NULL, 0, "x.yaml:257:1: a map with more than 256 keys");
}

/* --- what is taken ----------------------------------------------------------------------------- */

static void defaults_are_filled_in(void **state)
{
    (void)state;
    config cfg;
    take(BASE, &cfg);
    assert_string_equal(cfg.path, "examples/x.yaml");
    assert_string_equal(cfg.name, "x");
    assert_string_equal(cfg.source.path, "examples/d.csv");
    assert_string_equal(cfg.source_given, "d.csv");
    assert_int_equal(cfg.n_targets, 1);
    assert_string_equal(cfg.targets[0], "y");
    assert_null(cfg.targets[1]);
    assert_null(cfg.drop[0]);
    assert_true(cfg.checks.duplicates == POLICY_WARN && cfg.checks.missing == POLICY_ERROR);
    assert_true(cfg.features.scale == SCALE_NONE && cfg.features.fill == FILL_NONE);
    assert_true(cfg.split.test == 0.2 && cfg.split.folds == 5);
    assert_true(cfg.split.bins == 0 && cfg.split.seed == 0);
    assert_string_equal(cfg.metric->name, "rmse");
    assert_int_equal(cfg.max_configs, 5000);
    assert_true(cfg.memory_bytes == 0 && cfg.disk_bytes == 0 && cfg.time_seconds == 0);
    assert_true(cfg.workers == 0 && cfg.threads == 0);
    assert_int_equal(cfg.n_models, 1);
    assert_int_equal(config_count(&cfg), 1);
    double v[2];
    grid_values(&cfg.models[0].space, 0, v);
    assert_true(v[0] == 1 && v[1] == 1);
    config_free(&cfg);
}

static const char full[] =
    "name: diabetes\n"
    "data:\n"
    "  source: /data/diabetes.csv\n"
    "  target: [y, z]\n"
    "  drop: [c, a, b]\n"
    "  text: zip\n"
    "checks: {duplicates: error, missing: median, ranges: [[age, 0, 120], [d*, none, 1e-3]]}\n"
    "split: {test: 0.25, folds: 10, group: ward, stratify: {bins: 10}, seed: 9007199254740991}\n"
    "features: {scale: standard, drop: [sec*], interactions: [[bmi, s*]]}\n"
    "search:\n"
    "  metric: r2\n"
    "  max_configs: 1e4\n"
    "  models:\n"
    "    - ridge: {alpha: {log: [1.0e-4, 1.0e4], n: 50}, intercept: [true, false]}\n"
    "    - ridge\n"
    "    - ridge: {alpha: [0, 1, 10]}\n"
    "budget: {memory: 1GiB, time: 90 min, disk: \"2GiB\", workers: 4, threads: auto}\n";

static void every_key_is_taken(void **state)
{
    (void)state;
    config cfg;
    take(full, &cfg);
    assert_string_equal(cfg.name, "diabetes");
    assert_string_equal(cfg.source.path, "/data/diabetes.csv");
    assert_int_equal(cfg.n_targets, 2);
    assert_string_equal(cfg.targets[1], "z");
    assert_string_equal(cfg.drop[0], "a");
    assert_string_equal(cfg.drop[2], "c");
    assert_null(cfg.drop[3]);
    assert_string_equal(cfg.source.text[0], "zip");
    assert_true(cfg.checks.duplicates == POLICY_ERROR && cfg.features.scale == SCALE_STANDARD);
    assert_true(cfg.checks.missing == POLICY_IGNORE && cfg.features.fill == FILL_MEDIAN);
    assert_true(cfg.checks.n_ranges == 2 && cfg.checks.ranges[0].high == 120);
    assert_true(isinf(cfg.checks.ranges[1].low) && cfg.checks.ranges[1].high == 1e-3);
    assert_true(cfg.features.n_interactions == 1);
    assert_string_equal(cfg.features.interactions[0].b, "s*");
    assert_true(config_uses(&cfg, "bmi") && config_uses(&cfg, "z") && config_uses(&cfg, "ward"));
    assert_true(!config_uses(&cfg, "a") && !config_uses(&cfg, "secret"));
    assert_true(cfg.split.test == 0.25 && cfg.split.folds == 10 && cfg.split.bins == 10);
    assert_true(cfg.split.seed == 9007199254740991u);
    assert_string_equal(cfg.metric->name, "r2");
    assert_int_equal(cfg.max_configs, 10000);
    assert_int_equal(cfg.memory_bytes, 1 << 30);
    assert_int_equal(cfg.disk_bytes, INT64_C(1) << 31);
    assert_true(cfg.time_seconds == 5400 && cfg.workers == 4 && cfg.threads == 0);
    assert_int_equal(cfg.n_models, 3);
    assert_int_equal(config_count(&cfg), 100 + 1 + 3);
    double v[2];
    grid_values(&cfg.models[0].space, 99, v);
    assert_true(v[0] == 1e4 && v[1] == 0);
    config_free(&cfg);
}

static void names_come_from_the_file(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"diabetes.yaml", "diabetes"},    {"a/my run.v2.yml", "my-run.v2"},
        {"a/null.yaml", "null"},          {".yaml", "xyaml"},
        {"/x/caf\xC3\xA9.yaml", "caf--"}, {"a/-", "x"},
    };
    for (size_t i = 0; i < SIZE(cases); i++) {
        config cfg;
        assert_int_equal(config_parse(context, cases[i][0], BASE, strlen(BASE), NULL, 0, &cfg),
                         STINT_OK);
        assert_string_equal(cfg.name, cases[i][1]);
        config_free(&cfg);
    }
}

static void counts_overflow_to_the_largest(void **state)
{
    (void)state;
    char text[16384] = "data: {source: d.csv, target: y}\nsearch:\n  models:\n";
    config cfg;
    take(MODELS("[ridge: {alpha: {linear: [0, 1], n: 1000000000}}, ridge]"), &cfg);
    assert_int_equal(config_count(&cfg), 1000000001);
    config_free(&cfg);
    for (int i = 0; i < 100; i++)
        strcat(text, "    - ridge: {alpha: {linear: [0, 1], n: 1000000000}}\n");
    take(text, &cfg);
    assert_int_equal(config_count(&cfg), INT64_C(100000000000));
    cfg.models[0].space.dimensions[1].n = INT64_MAX;
    assert_true(config_count(&cfg) == INT64_MAX);
    cfg.models[0].space.dimensions[1].n = INT64_MAX / 1000000000;
    cfg.models[1].space.dimensions[1].n = INT64_MAX / 1000000000;
    assert_true(config_count(&cfg) == INT64_MAX);
    config_free(&cfg);
}

/* --- parameters that no class in the table has yet ------------------------------------------------ */

typedef struct forest {
    double trees, criterion;
} forest;

static const char *const criteria[] = {"gini", "entropy", NULL};

static const param forest_params[] = {
    PARAM_INT(forest, trees, 100, 1, 10000, "trees"),
    {"criterion", PARAM_TYPE_CHOICE, offsetof(forest, criterion), 0, 0, 1, criteria, "impurity"},
    PARAM_END,
};

/* The dimension of forest_params[which] written as `text`. */
static stint_status dimension_of(arena *a, int which, const char *text, dimension *out)
{
    config_node *n;
    stint_clear(context);
    TRY(config_yaml_parse(context, a, "--set x", text, strlen(text), false, &n));
    return config_dimension(context, a, "forest", &forest_params[which], n, out);
}

static void whole_number_spreads_are_lists_without_repeats(void **state)
{
    (void)state;
    static const double want[] = {1, 2, 3, 4, 5, 6, 8, 10};
    arena a;
    dimension d = {0};
    arena_init(&a, context, TAG_CONFIG);
    assert_int_equal(dimension_of(&a, 0, "{log: [1, 10], n: 10}", &d), STINT_OK);
    assert_true(d.spread == SPREAD_LIST && d.n == (int64_t)SIZE(want));
    assert_memory_equal(d.list, want, sizeof want);
    assert_int_equal(dimension_of(&a, 0, "{linear: [1, 4], n: 7}", &d), STINT_OK);
    assert_int_equal(d.n, 4);
    assert_int_equal(dimension_of(&a, 0, "{linear: [1, 4], n: 100001}", &d), STINT_EUSAGE);
    assert_int_equal(dimension_of(&a, 0, "2.5", &d), STINT_EUSAGE);
    assert_non_null(strstr(stint_message(context), "forest.trees: \"2.5\" is not a whole number"));
    arena_deinit(&a);
}

static void choices_are_positions(void **state)
{
    (void)state;
    arena a;
    dimension d = {0};
    arena_init(&a, context, TAG_CONFIG);
    assert_int_equal(dimension_of(&a, 1, "[entropy, gini]", &d), STINT_OK);
    assert_true(d.n == 2 && d.list[0] == 1 && d.list[1] == 0);
    assert_int_equal(dimension_of(&a, 1, "ginny", &d), STINT_EUSAGE);
    assert_non_null(strstr(stint_message(context),
                           "forest.criterion: \"ginny\" is not known here; write gini or entropy"));
    arena_deinit(&a);
}

/* --- overrides ---------------------------------------------------------------------------------- */

static void overrides_replace_add_and_come_last(void **state)
{
    (void)state;
    static const config_override o[] = {
        {"split.folds", "7"},
        {"split.folds", "8"},
        {"budget.memory", "64MiB"},
        {"data.target", "[y, z]"},
        {"split.stratify.bins", "20"},
        {"search.models", "[ridge: {alpha: [1, 2]}]"},
        {"features", "{scale: standard}"},
    };
    config cfg;
    stint_status s = parse(BASE "split: {folds: 3, seed: 4}\nfeatures:\n", o, SIZE(o), &cfg);
    if (s != STINT_OK)
        fail_msg("%s", stint_message(context));
    assert_true(cfg.split.folds == 8 && cfg.split.seed == 4 && cfg.split.bins == 20);
    assert_true(cfg.memory_bytes == 64 << 20 && cfg.n_targets == 2);
    assert_true(cfg.features.scale == SCALE_STANDARD);
    assert_int_equal(config_count(&cfg), 2);
    config_free(&cfg);
}

static void overrides_make_up_for_missing_keys(void **state)
{
    (void)state;
    static const config_override o[] = {
        {"data.source", "/d.csv"}, {"data.target", "y"}, {"search.models", "[ridge]"}};
    config cfg;
    assert_int_equal(parse("", o, SIZE(o), &cfg), STINT_OK);
    assert_string_equal(cfg.source.path, "/d.csv");
    config_free(&cfg);
}

typedef struct bad_override {
    config_override o;
    const char *message;
} bad_override;

static void bad_overrides_are_refused(void **state)
{
    (void)state;
    static const bad_override cases[] = {
        {{"budget.memory", "12 parsecs"}, "--set budget.memory: \"12 parsecs\" is not a size"},
        {{"split.folds", ""}, "--set split.folds: an empty value is not a whole number"},
        {{"split.fold", "3"}, "--set split.fold: unknown key \"split.fold\"; did you mean \"split"},
        {{"budgte.memory", "3"}, "--set budgte.memory: unknown key \"budgte\"; did you mean"},
        {{"foo", "3"}, "--set foo: unknown key \"foo\"; the keys here are name"},
        {{"split.folds.x", "3"}, "--set split.folds.x: \"folds\" has no keys in it: it is \"5\""},
        {{"split..folds", "3"}, "--set split..folds: a key is written like split.folds"},
        {{"split.", "3"}, "--set split.: a key is written like split.folds"},
        {{"", "3"}, "a key is written like split.folds"},
        {{".folds", "3"}, "a key is written like split.folds"},
        {{"split.folds", "[3"}, "--set split.folds: YAML: did not find expected ',' or ']'"},
        {{"data.source", "*.csv"}, "--set data.source: "},
        {{"data.drop", "[a, y]"}, "--set data.drop: the column \"y\" is a target"},
        {{"search.models", "[ridge: {alpha: -1}]"}, "--set search.models: ridge.alpha: \"-1\" is"},
        {{"search", "{model: []}"}, "--set search: unknown key \"search.model\"; did you mean"},
        {{"split", "{folds: 1}"}, "--set split: split.folds: \"1\" is out of range"},
        {{"split", "{folds: 1, folds: 2}"}, "--set split: the key \"folds\" stands twice"},
        {{"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", "3"}, "a key is written like split.folds"},
    };
    for (size_t i = 0; i < SIZE(cases); i++)
        refuse(BASE "split: {folds: 5}\n", &cases[i].o, 1, cases[i].message);
}

/* --- files ------------------------------------------------------------------------------------------ */

static void files_are_read(void **state)
{
    (void)state;
    char dir[] = "/tmp/stint-config-XXXXXX", path[64];
    config cfg;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/one.yaml", dir);
    stint_clear(context);
    assert_int_equal(config_load(context, path, NULL, 0, &cfg), STINT_EUSAGE);
    char want[128];
    snprintf(want, sizeof want, "cannot open %s: No such file or directory", path);
    assert_string_equal(stint_message(context), want);
    config_free(&cfg);

    stint_clear(context);
    assert_int_equal(config_load(context, dir, NULL, 0, &cfg), STINT_EUSAGE);
    assert_non_null(strstr(stint_message(context), "Is a directory"));

    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(BASE, f);
    fclose(f);
    stint_clear(context);
    assert_int_equal(config_load(context, path, NULL, 0, &cfg), STINT_OK);
    snprintf(want, sizeof want, "%s/d.csv", dir);
    assert_string_equal(cfg.source.path, want);
    assert_string_equal(cfg.name, "one");
    config_free(&cfg);
    unlink(path);
    rmdir(dir);
}

/* --- the identity ------------------------------------------------------------------------------------ */

static char *identity(const config *cfg)
{
    str s;
    str_init(&s, context, TAG_CONFIG);
    config_identity(cfg, &s);
    char *text = strdup(s.at);
    assert_int_equal(str_status(&s), STINT_OK);
    str_deinit(&s);
    return text;
}

static char *identity_of(const char *text)
{
    config cfg;
    take(text, &cfg);
    char *id = identity(&cfg);
    config_free(&cfg);
    return id;
}

/* Every key in its section, resolved: these are the lines that the text decides. */
static void the_identity_is_this_text(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "data:\n  source: \"/data/diabetes.csv\"\n  target: [\"y\", \"z\"]\n  task: regression\n",
        "  drop: [\"a\", \"b\", \"c\"]\n  text: [\"zip\"]\n",
        "checks:\n  types: error\n  missing: median\n",
        "  ranges: [[\"age\", 0, 120], [\"d*\", none, 0.001]]\n",
        "  key:\n    columns: []\n    repeats: error\n",
        "split:\n  by: random\n  column: \"\"\n  test: 0.25\n  folds: 10\n  group: \"ward\"\n"
        "  stratify:\n    columns: []\n    bins: 10\n",
        "  seed: 9007199254740991\nfeatures:\n  keep: []\n  drop: [\"sec*\"]\n",
        "  interactions: [[\"bmi\", \"s*\"]]\n  scale: standard\n",
        "search:\n  metric: r2\n  models:\n"
        "    - ridge: {alpha: {log: [0.0001, 10000], n: 50}, intercept: [true, false]}\n"
        "    - ridge: {alpha: 1, intercept: true}\n"
        "    - ridge: {alpha: [0, 1, 10], intercept: true}\n",
    };
    char *id = identity_of(full);
    for (size_t i = 0; i < SIZE(lines); i++)
        if (!strstr(id, lines[i]))
            fail_msg("%s\nis not in\n%s", lines[i], id);
    free(id);
}

static void the_identity_reads_back_to_itself(void **state)
{
    (void)state;
    static const char *const texts[] = {
        BASE,
        full,
        "data: {source: \"a \\\"b\\\" \\\\ \\t \\x07 \\x7f \\x85 \\u2028 \\uFEFF é 𝛼 #: .csv\", "
        "target: 'null', drop: [\"\\U0010FFFF\", '~', ' ', 'a: b']}\n"
        "search: {models: [ridge: {alpha: {linear: [1e-300, 0.1], n: 3}}]}\n",
        BASE "cluster: {kmeans: {n_clusters: 3, init: random, tol: 1.0e-5}}\n",
        BASE "cluster: agglomerative\n",
    };
    for (size_t i = 0; i < SIZE(texts); i++) {
        char *first = identity_of(texts[i]), *second = identity_of(first);
        assert_string_equal(first, second);
        free(first);
        free(second);
    }
}

static void writing_differently_is_no_difference(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {BASE, "search:\n  models:\n  - ridge: {}\nname: other\ndata:\n  target: [y]\n"
               "  source: 'd.csv'\nbudget: {memory: 2GiB, workers: 3}\n"
               "split: {test: 2.0e-1, folds: 5.0, stratify: {bins: 0}}\n"},
        {MODELS("[ridge: {intercept: true, alpha: {log: [1, 100], n: 2}}]"),
         MODELS("[{ridge: {alpha: [1e0, 1e2]}}]")},
        {MODELS("[ridge: {alpha: {linear: [3, 9], n: 1}}]"), MODELS("[ridge: {alpha: [3]}]")},
        {MODELS("[ridge: {alpha: -0}]"), MODELS("[ridge: {alpha: 0.0}]")},
        {"data: {source: d, target: y, drop: [b, a]}\nsearch: {models: [ridge]}\n",
         "data: {source: d, target: y, drop: [a, b]}\nchecks: {duplicates: warn}\nsearch: "
         "{models: [ridge], max_configs: 3}\n"},
    };
    for (size_t i = 0; i < SIZE(pairs); i++) {
        char *a = identity_of(pairs[i][0]), *b = identity_of(pairs[i][1]);
        assert_string_equal(a, b);
        free(a);
        free(b);
    }
}

/* What a key is told, or taken, together with. */
static int company(const char *path, config_override *out)
{
    static const struct {
        const char *of;
        config_override with;
    } needs[] = {
        {"split.column", {"split.by", "time"}},         {"series.", {"series.time", "t"}},
        {"data.bloom.", {"data.bloom.columns", "[n]"}}, {"data.bloom.", {"data.bloom.key", "k"}},
        {"data.grams.", {"data.grams.columns", "[g]"}},
    };
    int n = 0;
    for (size_t i = 0; i < SIZE(needs); i++)
        if (strncmp(path, needs[i].of, strlen(needs[i].of)) == 0)
            out[n++] = needs[i].with;
    return n;
}

static char *identity_with(const config_override *o, int n)
{
    config cfg;
    assert_int_equal(parse(BASE, o, n, &cfg), STINT_OK);
    char *text = identity(&cfg);
    config_free(&cfg);
    return text;
}

/* Each key that decides results shows in the identity, and no other does. */
static void deciding_keys_and_no_others_count(void **state)
{
    (void)state;
    static const config_override o[] = {
        {"name", "b"},
        {"cluster", "kmeans"},
        {"columns", "{lag: \"shift(x, 1)\"}"},
        {"data.source", "e.csv"},
        {"data.target", "[z]"},
        {"data.task", "angle"},
        {"data.period", "24"},
        {"data.decode.threshold", "0.25"},
        {"data.decode.top_k", "3"},
        {"data.drop", "[q]"},
        {"data.rivals", "[q]"},
        {"data.text", "[q]"},
        {"data.sheet", "s"},
        {"data.dataset", "/d"},
        {"data.bits", "[q]"},
        {"data.bloom.columns", "[q]"},
        {"data.bloom.key", "another"},
        {"data.bloom.width", "512"},
        {"data.bloom.hashes", "9"},
        {"data.grams.columns", "[q]"},
        {"data.grams.alphabet", "abc"},
        {"data.grams.strict", "true"},
        {"series.group", "g"},
        {"series.time", "u"},
        {"series.every", "7d"},
        {"series.by", "max"},
        {"series.fill", "linear"},
        {"series.zero", "[a*]"},
        {"series.seed", "1"},
        {"checks.types", "drop"},
        {"checks.missing", "mean"},
        {"checks.fill", "1"},
        {"checks.infinite", "drop"},
        {"checks.ranges", "[[a, 0, 1]]"},
        {"checks.outside", "warn"},
        {"checks.duplicates", "ignore"},
        {"checks.key.columns", "[q]"},
        {"checks.key.repeats", "drop"},
        {"checks.constant", "drop"},
        {"checks.constant_share", "0.9"},
        {"checks.outliers", "warn"},
        {"checks.outlier_deviations", "4"},
        {"checks.leakage", "drop"},
        {"checks.leakage_correlation", "0.9"},
        {"split.by", "time"},
        {"split.column", "t"},
        {"split.test", "0.3"},
        {"split.folds", "4"},
        {"split.group", "g"},
        {"split.stratify.columns", "[q]"},
        {"split.stratify.bins", "4"},
        {"split.duplicates", "allow"},
        {"split.missing_class", "allow"},
        {"split.seed", "1"},
        {"features.keep", "[a*]"},
        {"features.drop", "[a*]"},
        {"features.onehot", "[a*]"},
        {"features.angles", "[a*]"},
        {"features.wrap", "[a*]"},
        {"features.period", "24"},
        {"features.log", "[a*]"},
        {"features.log1p", "[a*]"},
        {"features.power.columns", "[a*]"},
        {"features.power.exponent", "3"},
        {"features.bins.columns", "[a*]"},
        {"features.bins.n", "3"},
        {"features.bins.by", "width"},
        {"features.bins.encode", "ordinal"},
        {"features.interactions", "[[a, b]]"},
        {"features.scale", "standard"},
        {"search.metric", "mae"},
        {"search.models", "[ridge: {alpha: 2}]"},
        {"search.max_configs", "2"},
        {"budget.memory", "1GB"},
        {"budget.time", "1h"},
        {"budget.disk", "1GB"},
        {"budget.workers", "2"},
        {"budget.threads", "2"},
    };
    int n = 0;
    for (const config_key *k = config_keys; k->path; k++) {
        if (k->type == KEY_MODEL || k->type == KEY_TRAIN || k->type == KEY_STREAM)
            continue; /* of a training: test_config_train.c */
        assert_true(n < (int)SIZE(o));
        assert_string_equal(o[n].key, k->path);
        config_override both[] = {o[n], o[n], o[n], o[n], o[n]};
        int others = company(k->path, both);
        char *without = identity_with(both, others);
        both[others] = o[n++];
        char *with = identity_with(both, others + 1);
        assert_int_equal(strcmp(with, without) != 0, k->decides);
        assert_null(strstr(with, "another")); /* a secret */
        free(without);
        free(with);
    }
    assert_int_equal(n, SIZE(o));
}

/* --- the rest ------------------------------------------------------------------------------------------ */

static void the_reference_names_everything(void **state)
{
    (void)state;
    str s;
    str_init(&s, context, TAG_CONFIG);
    config_reference(&s);
    assert_int_equal(str_status(&s), STINT_OK);
    for (const config_key *k = config_keys; k->path; k++)
        assert_non_null(strstr(s.at, k->path));
    for (int i = 0; model_table[i]; i++)
        assert_non_null(strstr(s.at, model_table[i]->title));
    for (int i = 0; metric_table[i]; i++)
        assert_non_null(strstr(s.at, metric_table[i]->title));
    str_deinit(&s);
}

/* The example at the head of the reference is a config. */
static void the_reference_example_is_taken(void **state)
{
    (void)state;
    str s;
    config cfg;
    str_init(&s, context, TAG_CONFIG);
    config_reference(&s);
    const char *from = strstr(s.at, "```yaml\n") + 8;
    char *example = strndup(from, (size_t)(strstr(from, "```") - from));
    str_deinit(&s);
    take(example, &cfg);
    assert_int_equal(config_count(&cfg), 50);
    config_free(&cfg);
    free(example);
}

/* Each limit up to what a load needs: a clean refusal, nothing left. */
static void short_memory_is_a_clean_failure(void **state)
{
    (void)state;
    static const config_override o = {"split.folds", "4"};
    bool done = false;
    for (int64_t limit = 64; !done; limit += 509) {
        config cfg;
        stint_clear(context);
        ctx *c = ctx_child(context, "small", limit);
        assert_non_null(c);
        stint_status s = config_parse(c, "x.yaml", full, strlen(full), &o, 1, &cfg);
        done = s == STINT_OK;
        assert_true(done || s == STINT_ENOMEM);
        config_free(&cfg);
        assert_int_equal(budget_live(ctx_budget(c)), 0);
        ctx_free_child(c);
        assert_true(limit < 1 << 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_yaml_is_refused),
        cmocka_unit_test(bad_keys_are_refused),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(bad_models_are_refused),
        cmocka_unit_test(bad_series_are_refused),
        cmocka_unit_test(series_are_taken),
        cmocka_unit_test(long_texts_are_refused_shortly),
        cmocka_unit_test(too_many_keys_are_refused),
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(every_key_is_taken),
        cmocka_unit_test(names_come_from_the_file),
        cmocka_unit_test(counts_overflow_to_the_largest),
        cmocka_unit_test(whole_number_spreads_are_lists_without_repeats),
        cmocka_unit_test(choices_are_positions),
        cmocka_unit_test(overrides_replace_add_and_come_last),
        cmocka_unit_test(overrides_make_up_for_missing_keys),
        cmocka_unit_test(bad_overrides_are_refused),
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(the_identity_is_this_text),
        cmocka_unit_test(the_identity_reads_back_to_itself),
        cmocka_unit_test(writing_differently_is_no_difference),
        cmocka_unit_test(deciding_keys_and_no_others_count),
        cmocka_unit_test(the_reference_names_everything),
        cmocka_unit_test(the_reference_example_is_taken),
        cmocka_unit_test(short_memory_is_a_clean_failure),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
