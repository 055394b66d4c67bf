/* docs/config.md, printed from the tables that check a config. */
#include "experiment/config_impl.h"

#include "model/net_fit.h"
#include "nn/net.h"
#include "optim/optim.h"
#include "optim/schedule.h"
#include "train/train.h"

#include <string.h>

static const char head[] =
    "# The config\n"
    "\n"
    "<!-- Printed from the tables of keys, models and metrics; edits here are lost. -->\n"
    "\n"
    "An experiment is one YAML file:\n"
    "\n"
    "```yaml\n"
    "name: diabetes\n"
    "data: {source: data/diabetes.csv, target: progression}\n"
    "split: {test: 0.2, folds: 5, stratify: {bins: 10}, seed: 7}\n"
    "features: {scale: standard}\n"
    "search:\n"
    "  metric: rmse\n"
    "  models:\n"
    "    - ridge: {alpha: {log: [1.0e-4, 1.0e4], n: 50}}\n"
    "budget: {memory: 1GiB, workers: auto, threads: auto}\n"
    "```\n"
    "\n"
    "`data.source`, `data.target` and, for `stint run`, `search.models`, for `stint train`, `model`\n"
    "have to be there; every other key has a default.  Unknown keys, keys that stand twice, anchors, aliases and tags are errors, with\n"
    "line and column.  Any key can be given on the command line instead, its value as YAML:\n"
    "`--set split.folds=10`; of several for one key the last counts.\n"
    "\n"
    "Keys that decide results identify the experiment: with another value of one of them, a\n"
    "run directory is refused (exit code 6) unless `--fresh` is given.  The others may change\n"
    "from one run to the next, and the run carries on.\n";

static const char spaces_head[] =
    "\n"
    "## Search spaces\n"
    "\n"
    "`search.models` lists model classes; a class may stand in it more than once.  A class\n"
    "alone has all its parameters at their defaults; each parameter may be\n"
    "\n"
    "| written | tries |\n"
    "|---|---|\n"
    "| `alpha: 0.5` | one value |\n"
    "| `alpha: [0.1, 1, 10]` | each value of the list |\n"
    "| `alpha: {linear: [0, 1], n: 11}` | n values spaced evenly from low to high, both included |\n"
    "| `alpha: {log: [1e-4, 1e4], n: 50}` | n values with equal ratios between them; low above 0 |\n"
    "\n"
    "The grid holds every combination, the last parameter varying fastest; models follow each\n"
    "other in the order of the list.  Over whole-number parameters a spread is rounded, and\n"
    "repeats are left out.\n"
    "\n"
    "```yaml\n"
    "search:\n"
    "  models:\n"
    "    - ridge                                        # one configuration\n"
    "    - ridge: {alpha: [0.1, 1, 10], intercept: [true, false]}   # six\n"
    "```\n";

static const char units[] =
    "\n"
    "## Sizes and durations\n"
    "\n"
    "A size is a number with a unit: `B`, `KiB`, `MiB`, `GiB`, `TiB` (powers of 1024) or `kB`,\n"
    "`MB`, `GB`, `TB` (powers of 1000); without a unit it counts bytes.  A duration is a number\n"
    "with `ms`, `s`, `min`, `h` or `d`; without a unit it counts seconds.  `none` sets no limit.\n";

static const char *const types[KEY_TYPES] = {
    [KEY_NAME] = "name",
    [KEY_PATH] = "path",
    [KEY_COLUMNS] = "column or list",
    [KEY_COLUMN_SET] = "list of columns",
    [KEY_COLUMN] = "column",
    [KEY_PAIRS] = "list of pairs",
    [KEY_RANGES] = "list of ranges",
    [KEY_CHOICE] = "choice",
    [KEY_METRIC] = "metric",
    [KEY_MODELS] = "list",
    [KEY_CLUSTER] = "method",
    [KEY_MODEL] = "model",
    [KEY_TRAIN] = "parameters",
    [KEY_STREAM] = "parameters",
    [KEY_FORMULAS] = "map of formulas",
    [KEY_TEXT] = "text",
    [KEY_SECRET] = "text",
    [KEY_REAL] = "number",
    [KEY_INT] = "whole number",
    [KEY_INT64] = "whole number",
    [KEY_BYTES] = "size",
    [KEY_SECONDS] = "duration",
};

static bool is_numeric(const config_key *k)
{
    return k->type == KEY_REAL || k->type == KEY_INT || k->type == KEY_INT64;
}

static void add_key_row(const config_key *k, str *out)
{
    str_addf(out, "| `%s` | %s | ", k->path, types[k->type]);
    if (k->fallback)
        str_addf(out, "`%s`", k->fallback);
    else
        str_add(out, k->required ? "required" : "from the file");
    str_add(out, " | ");
    if (is_numeric(k) || k->type == KEY_CHOICE || k->type == KEY_METRIC)
        config_key_expects(k, out);
    str_addf(out, " | %s | %s |\n", k->decides ? "yes" : "no", k->help);
}

static void add_section(const config_section *s, str *out)
{
    size_t len = strlen(s->name);
    if (len)
        str_addf(out, "\n## %s\n\n%s\n", s->name, s->help);
    else
        str_addf(out, "\n## Top level\n\n%s\n", s->help);
    str_add(out, "\n| key | type | default | values | decides results | meaning |\n"
                 "|---|---|---|---|---|---|\n");
    for (const config_key *k = config_keys; k->path; k++) {
        bool is_here = len ? strncmp(k->path, s->name, len) == 0 && k->path[len] == '.'
                           : !strchr(k->path, '.');
        if (is_here)
            add_key_row(k, out);
    }
}

static void add_param_values(const param *p, str *out)
{
    char range[CONFIG_RANGE_SIZE];
    switch (p->type) {
    case PARAM_TYPE_BOOL: str_add(out, "true or false"); return;
    case PARAM_TYPE_CHOICE:
        for (int i = 0; p->choices[i]; i++)
            str_addf(out, "%s%s", i ? ", " : "", p->choices[i]);
        return;
    case PARAM_TYPE_INT: str_add(out, "whole, "); break;
    case PARAM_TYPE_F64: break;
    }
    str_add(out, config_range(range, p->low, p->high));
}

/* "regression, angle" */
static void add_kinds(unsigned kinds, str *out)
{
    const char *between = "";
    for (int k = 0; k < TARGET_KINDS; k++) {
        if (!(kinds & TARGET_BIT(k)))
            continue;
        str_addf(out, "%s%s", between, target_kind_name((target_kind)k));
        between = ", ";
    }
}

static void add_params(const param *params, str *out)
{
    char fallback[PARAM_TEXT_SIZE];
    if (!params[0].name)
        return;
    str_add(out, "\n| parameter | default | values | meaning |\n|---|---|---|---|\n");
    for (const param *p = params; p->name; p++) {
        param_text(p, p->fallback, fallback);
        str_addf(out, "| `%s` | `%s` | ", p->name, fallback);
        add_param_values(p, out);
        str_addf(out, " | %s |\n", p->help);
    }
}

static void add_model(const model_class *m, str *out)
{
    str_addf(out, "\n### %s: %s\n\nFor ", m->name, m->title);
    add_kinds(m->kinds, out);
    str_addf(out, ": %s\n", m->help);
    add_params(m->params, out);
}

/* Losses, optimisers, schedules: each a list of classes with their parameters. */
static void add_class_params(const char *name, const param *params, str *out)
{
    str_addf(out, "\n#### %s\n", name);
    if (params[0].name)
        add_params(params, out);
    else
        str_add(out, "\nNo parameters.\n");
}

static void add_training(str *out)
{
    str_add(out,
            "\n## Training\n\nWhat `stint train` takes besides the data: one model, how it is "
            "trained, and how a series model is tested as its rows come.\n\n"
            "```yaml\n"
            "model: {lstm: {hidden: 64, window: 52}}\n"
            "train: {epochs: 40, optimiser: {adamw: {learning_rate: 2.0e-3}}, schedule: cosine}\n"
            "stream: {warm_up: 52}\n"
            "```\n\n"
            "`model` is one of the neural models above, without its training parameters, or `net` "
            "with layers as docs/design/nn.md lists them.\n\n### model: net\n");
    add_params(model_net.params, out);
    str_add(out, "\n### train\n\nThese, and `loss`, `optimiser`, `schedule` (see below), and "
                 "`fold`: the fold of the split that validates; -1: the last in order of time, "
                 "else the first.\n");
    add_params(train_params, out);
    str_add(out, "\n### stream\n");
    add_params(stream_params, out);
    str_add(out, "\n### Losses\n");
    for (int i = 0; loss_table[i]; i++)
        add_class_params(loss_table[i]->name, loss_table[i]->params, out);
    str_add(out, "\n### Optimisers\n");
    for (int i = 0; optim_table[i]; i++)
        if (!optim_table[i]->minimise && !optim_table[i]->curvature)
            add_class_params(optim_table[i]->name, optim_table[i]->params, out);
    str_add(out, "\n### Schedules\n");
    for (int i = 0; schedule_table[i]; i++)
        add_class_params(schedule_table[i]->name, schedule_table[i]->params, out);
}

static void add_clusterers(str *out)
{
    str_add(out, "\n## Clusterings\n\n`cluster` names one of these, alone or with parameters: "
                 "`cluster: {kmeans: {n_clusters: 3}}`.\n");
    for (int i = 0; cluster_table[i]; i++) {
        str_addf(out, "\n### %s: %s\n", cluster_table[i]->name, cluster_table[i]->title);
        add_params(cluster_table[i]->params, out);
    }
}

static void add_metrics(str *out)
{
    str_add(out, "\n## Metrics\n\n| metric | name | for | better | meaning |\n"
                 "|---|---|---|---|---|\n");
    for (int i = 0; metric_table[i]; i++) {
        const metric_class *m = metric_table[i];
        str_addf(out, "| `%s` | %s | ", m->name, m->title);
        add_kinds(m->kinds, out);
        str_addf(out, " | %s | %s |\n", m->greater_is_better ? "greater" : "less", m->help);
    }
}

void config_reference(str *out)
{
    str_add(out, head);
    for (const config_section *s = config_sections; s->name; s++)
        add_section(s, out);
    str_add(out, spaces_head);
    str_add(out, "\n## Models\n");
    for (int i = 0; model_table[i]; i++)
        add_model(model_table[i], out);
    add_training(out);
    add_clusterers(out);
    add_metrics(out);
    str_add(out, units);
}
