/* The keys of a config, one row each: what checks a file, fills in defaults, writes the
 * identity and prints docs/config.md. */
#include "experiment/config_impl.h"

#include <stdio.h>
#include <string.h>

#define WHOLE_MOST 9007199254740991.0 /* 2^53 - 1: every whole number up to it is a double */

#define INTO(type_, field) .type = type_, .offset = offsetof(config, field)

static const key_choice task_choices[] = {
    {"regression", TARGET_NUMBER},
    {"classification", TARGET_CLASS},
    {"angle", TARGET_ANGLE},
    {"labels", TARGET_LABELS},
    {NULL, 0},
};

/* Policies, as far as a check knows them. */
static const key_choice column_choices[] = {
    {"error", POLICY_ERROR},
    {"drop", POLICY_DROP},
    {NULL, 0},
};

static const key_choice missing_choices[] = {
    {"error", MISSING_ERROR},   {"drop", MISSING_DROP},         {"mean", MISSING_MEAN},
    {"median", MISSING_MEDIAN}, {"constant", MISSING_CONSTANT}, {NULL, 0},
};

static const key_choice strict_grams_choices[] = {
    {"false", false},
    {"true", true},
    {NULL, 0},
};

static const key_choice strict_choices[] = {
    {"error", POLICY_ERROR},
    {"warn", POLICY_WARN},
    {"drop", POLICY_DROP},
    {NULL, 0},
};

static const key_choice policy_choices[] = {
    {"warn", POLICY_WARN},
    {"error", POLICY_ERROR},
    {"drop", POLICY_DROP},
    {"ignore", POLICY_IGNORE},
    {NULL, 0},
};

static const key_choice split_choices[] = {
    {"random", SPLIT_RANDOM},
    {"time", SPLIT_TIME},
    {"column", SPLIT_COLUMN},
    {NULL, 0},
};

static const key_choice equal_row_choices[] = {
    {"together", SPLIT_TOGETHER},
    {"allow", SPLIT_ALLOW},
    {"refuse", SPLIT_REFUSE},
    {NULL, 0},
};

static const key_choice missing_class_choices[] = {
    {"error", false},
    {"allow", true},
    {NULL, 0},
};

static const key_choice scale_choices[] = {
    {"none", SCALE_NONE},
    {"standard", SCALE_STANDARD},
    {"minmax", SCALE_MINMAX},
    {"robust", SCALE_ROBUST},
    {NULL, 0},
};

static const key_choice bins_by_choices[] = {
    {"quantile", BINS_QUANTILE},
    {"width", BINS_WIDTH},
    {NULL, 0},
};

static const key_choice bins_encode_choices[] = {
    {"onehot", BINS_ONEHOT},
    {"ordinal", BINS_ORDINAL},
    {NULL, 0},
};

static const key_choice by_choices[] = {
    {"mean", RESAMPLE_MEAN}, {"last", RESAMPLE_LAST}, {"sum", RESAMPLE_SUM},
    {"min", RESAMPLE_MIN},   {"max", RESAMPLE_MAX},   {NULL, 0},
};

static const key_choice fill_choices[] = {
    {"none", RESAMPLE_NONE},
    {"previous", RESAMPLE_PREVIOUS},
    {"linear", RESAMPLE_LINEAR},
    {NULL, 0},
};

const config_section config_sections[] = {
    {"", "The experiment as a whole."},
    {"data", "The table, and what its columns are.  Every column that is no target, not dropped, "
             "and not what the split goes by is a feature."},
    {"series",
     "Tables whose rows follow each other in time: what tells one series from another, and "
     "the clock that rows are put on.  Neither column is a feature."},
    {"checks", "What is looked at before anything is fitted, and what is done about it: an error "
               "(exit code 3), a warning, a drop of the row or column, a fill of the cell."},
    {"split", "Which rows test the result and which make the folds of the cross-validation."},
    {"features", "What is done to the columns before a model sees them, in this order: fill, one "
                 "transform a column, products, scale.  It is fitted on the training rows of each "
                 "fit alone.  Columns are named by patterns: * is any text, ? any character."},
    {"search", "Which models are tried, and what decides between them."},
    {"budget",
     "What the run may use.  Results do not depend on it, unless time or disk run out; with "
     "another budget the same directory carries on."},
    {NULL, NULL},
};

const config_key config_keys[] = {
    {.path = "name",
     INTO(KEY_NAME, name),
     .help = "name of the experiment, and of its directory under runs/: letters, digits, - _ and "
             "a dot; default the file's name without its suffix"},

    {.path = "cluster",
     INTO(KEY_CLUSTER, cluster),
     .fallback = "none",
     .word = "none",
     .decides = true,
     .help = "cluster the training rows by their features: a method, with its parameters in "
             "braces, see below; kept in rounds/001/clusters.parquet.  Models do not see it"},

    {.path = "columns",
     INTO(KEY_FORMULAS, derive.columns),
     .count = offsetof(config, derive.n_columns),
     .fallback = "{}",
     .decides = true,
     .help = "new columns by formula, in order: {lag: \"shift(co2, 1)\", trend: "
             "\"moving_average(co2, 52)\"}; docs/design/series.md lists the functions"},
    {.path = "model",
     INTO(KEY_MODEL, model),
     .fallback = "none",
     .word = "none",
     .decides = true,
     .help = "what stint train trains: a neural model, with its parameters in braces, see below"},
    {.path = "train",
     INTO(KEY_TRAIN, train),
     .fallback = "{}",
     .decides = true,
     .help = "how stint train trains it: parameters in braces, see below; workers, time_limit, "
             "checkpoints and diagnosis decide no result"},
    {.path = "stream",
     INTO(KEY_STREAM, stream),
     .fallback = "none",
     .word = "none",
     .decides = true,
     .help = "test a trained series model as its rows come, state carried from one to the next: "
             "parameters in braces, see below"},

    {.path = "data.source",
     INTO(KEY_PATH, source_given),
     .required = true,
     .decides = true,
     .example = "data: {source: table.csv}",
     .help = "CSV, TSV, JSONL, Parquet, XLSX, HDF5, NPY or a column file; a file or a pattern "
             "(data/day-*.csv); relative to the config file"},
    {.path = "data.target",
     INTO(KEY_COLUMNS, targets),
     .required = true,
     .decides = true,
     .example = "data: {target: COLUMN}",
     .help = "what to predict: a column, or a list of columns"},
    {.path = "data.task",
     .choices = task_choices,
     INTO(KEY_CHOICE, task),
     .fallback = "regression",
     .decides = true,
     .help = "what the target is: a number, a class, or an angle (one column of angles, or two: "
             "its sine and its cosine), or labels (a list of columns of 0 and 1, or one of bits)"},
    {.path = "data.period",
     INTO(KEY_REAL, period),
     .fallback = "360",
     .low = 0,
     .high = 1e9,
     .open = true,
     .decides = true,
     .help = "of an angle target: what a full turn is"},
    {.path = "data.decode.threshold",
     INTO(KEY_REAL, decode.threshold),
     .fallback = "0.5",
     .low = 0,
     .high = 1,
     .decides = true,
     .help = "of labels: the probability from which on a label is predicted"},
    {.path = "data.decode.top_k",
     INTO(KEY_INT, decode.top_k),
     .fallback = "0",
     .low = 0,
     .high = LABELS_MOST,
     .decides = true,
     .help =
         "of labels: predict exactly so many a row, the likeliest; 0 = by data.decode.threshold"},
    {.path = "data.drop",
     INTO(KEY_COLUMN_SET, drop),
     .fallback = "[]",
     .decides = true,
     .help = "columns that are not features"},
    {.path = "data.rivals",
     INTO(KEY_COLUMN_SET, rivals),
     .only_with = offsetof(config, rivals),
     .fallback = "[]",
     .decides = true,
     .help = "columns that are forecasts of the one target, made otherwise: no features, but "
             "measured on the test rows beside the model"},
    {.path = "data.text",
     INTO(KEY_COLUMN_SET, source.text),
     .fallback = "[]",
     .decides = true,
     .help = "columns read as text, whatever they look like: codes with leading zeros"},
    {.path = "data.sheet",
     INTO(KEY_PATH, source.sheet),
     .fallback = "\"\"",
     .decides = true,
     .help = "of an XLSX workbook: the sheet's name; empty = the first"},
    {.path = "data.dataset",
     INTO(KEY_PATH, source.dataset),
     .fallback = "\"\"",
     .decides = true,
     .help = "of an HDF5 file: the path of the dataset or group; empty = the only one"},
    {.path = "data.bits",
     INTO(KEY_COLUMN_SET, bits.strings),
     .only_with = offsetof(config, bits.strings),
     .fallback = "[]",
     .decides = true,
     .help = "columns of texts of 0 and 1, all of one length (patterns): a feature for each bit"},
    {.path = "data.bloom.columns",
     INTO(KEY_COLUMN_SET, bits.bloom),
     .only_with = offsetof(config, bits.bloom),
     .fallback = "[]",
     .decides = true,
     .help = "columns of texts (patterns) that become keyed Bloom filters of their two-grams: "
             "similar texts have similar bits, which tell nothing to who has not the key"},
    {.path = "data.bloom.key",
     INTO(KEY_SECRET, bits.key),
     .only_with = offsetof(config, bits.bloom),
     .fallback = "\"\"",
     .decides = true,
     .help = "the secret; empty = the environment's STINT_BLOOM_KEY, which is where it is best "
             "kept.  Nothing that is written holds more of it than a digest"},
    {.path = "data.bloom.width",
     INTO(KEY_INT64, bits.width),
     .only_with = offsetof(config, bits.bloom),
     .fallback = "1024",
     .low = 8,
     .high = BITS_WIDTH_MOST,
     .decides = true,
     .help = "bits of a filter"},
    {.path = "data.bloom.hashes",
     INTO(KEY_INT64, bits.hashes),
     .only_with = offsetof(config, bits.bloom),
     .fallback = "10",
     .low = 1,
     .high = BITS_HASHES_MOST,
     .decides = true,
     .help = "bits that a two-gram sets"},
    {.path = "data.grams.columns",
     INTO(KEY_COLUMN_SET, bits.grams),
     .only_with = offsetof(config, bits.grams),
     .fallback = "[]",
     .decides = true,
     .help = "columns of texts (patterns): a bit for each pair of characters that may follow each "
             "other"},
    {.path = "data.grams.alphabet",
     INTO(KEY_TEXT, bits.alphabet),
     .only_with = offsetof(config, bits.grams),
     .fallback = "abcdefghijklmnopqrstuvwxyz",
     .decides = true,
     .help = "the characters, 256 at most; texts are case-folded unless it has capitals"},
    {.path = "data.grams.strict",
     .choices = strict_grams_choices,
     INTO(KEY_CHOICE, bits.strict),
     .only_with = offsetof(config, bits.grams),
     .fallback = "false",
     .decides = true,
     .help = "whether a character outside the alphabet is an error; else it only parts its "
             "neighbours"},

    {.path = "series.group",
     INTO(KEY_COLUMN, derive.group),
     .fallback = "\"\"",
     .decides = true,
     .help = "rows that are equal in this column, one after the other, are one series; empty = all "
             "rows are"},
    {.path = "series.time",
     INTO(KEY_COLUMN, derive.time),
     .fallback = "\"\"",
     .decides = true,
     .help = "the column that a series is in order of: numbers, ISO 8601 times, or days as "
             "YYYYMMDD; empty = the order of the table"},
    {.path = "series.every",
     INTO(KEY_SECONDS, derive.every),
     .fallback = "none",
     .word = "none",
     .decides = true,
     .help = "put rows on an even clock, a row a step: 7d of a time of dates, or a plain number of "
             "what the time counts"},
    {.path = "series.by",
     .choices = by_choices,
     INTO(KEY_CHOICE, derive.by),
     .fallback = "mean",
     .decides = true,
     .help = "what several rows of a step become; text and true/false: always the last"},
    {.path = "series.fill",
     .choices = fill_choices,
     INTO(KEY_CHOICE, derive.fill),
     .fallback = "none",
     .decides = true,
     .help = "what cells are that no row of their step tells: missing, the one before, or on the "
             "line between their neighbours"},
    {.path = "series.zero",
     INTO(KEY_COLUMN_SET, series_zero),
     .fallback = "[]",
     .decides = true,
     .help = "patterns of features that are 0 before a series' first row, where windows of a model "
             "reach beyond it; the others are what they are in the first row"},
    {.path = "series.seed",
     INTO(KEY_INT64, derive.seed),
     .fallback = "0",
     .low = 0,
     .high = WHOLE_MOST,
     .decides = true,
     .help = "another seed draws noise() differently"},

    {.path = "checks.types",
     .choices = column_choices,
     INTO(KEY_CHOICE, checks.types),
     .fallback = "error",
     .decides = true,
     .help = "what a column of text does that no transform takes, or one of mixed types"},
    {.path = "checks.missing",
     .choices = missing_choices,
     INTO(KEY_CHOICE, missing),
     .fallback = "error",
     .decides = true,
     .help = "what missing cells of features do: an error, their row is dropped, or they are "
             "filled with the training rows' mean or median or with checks.fill; targets are "
             "never filled: their rows are dropped or an error"},
    {.path = "checks.fill",
     INTO(KEY_REAL, fill),
     .fallback = "0",
     .low = -1e300,
     .high = 1e300,
     .decides = true,
     .help = "what checks.missing: constant fills in"},
    {.path = "checks.infinite",
     .choices = column_choices,
     INTO(KEY_CHOICE, checks.infinite),
     .fallback = "error",
     .decides = true,
     .help = "what infinite cells do"},
    {.path = "checks.ranges",
     INTO(KEY_RANGES, checks.ranges),
     .count = offsetof(config, checks.n_ranges),
     .fallback = "[]",
     .decides = true,
     .help = "where cells have to lie: a list of [pattern, low, high], both ends included; "
             "none is no bound: [[age, 0, 120], [dose*, 0, none]]"},
    {.path = "checks.outside",
     .choices = strict_choices,
     INTO(KEY_CHOICE, checks.outside),
     .fallback = "error",
     .decides = true,
     .help = "what cells outside checks.ranges do; drop: their row"},
    {.path = "checks.duplicates",
     .choices = policy_choices,
     INTO(KEY_CHOICE, checks.duplicates),
     .fallback = "warn",
     .decides = true,
     .help = "what rows that stand twice do; drop: the later ones"},
    {.path = "checks.key.columns",
     INTO(KEY_COLUMN_SET, checks.key),
     .fallback = "[]",
     .decides = true,
     .help = "columns that together name each row once"},
    {.path = "checks.key.repeats",
     .choices = strict_choices,
     INTO(KEY_CHOICE, checks.repeated_key),
     .fallback = "error",
     .decides = true,
     .help = "what a key that stands twice does; drop: the later rows"},
    {.path = "checks.constant",
     .choices = policy_choices,
     INTO(KEY_CHOICE, checks.constant),
     .fallback = "warn",
     .decides = true,
     .help = "what features that (nearly) never vary do; drop: the column"},
    {.path = "checks.constant_share",
     INTO(KEY_REAL, checks.constant_share),
     .fallback = "0.999",
     .low = 0.5,
     .high = 1,
     .decides = true,
     .help = "share of rows with one value from which a feature counts as constant"},
    {.path = "checks.outliers",
     .choices = policy_choices,
     INTO(KEY_CHOICE, checks.outliers),
     .fallback = "ignore",
     .decides = true,
     .help = "what cells far from their column's mean do; drop: their row"},
    {.path = "checks.outlier_deviations",
     INTO(KEY_REAL, checks.outlier_deviations),
     .fallback = "6",
     .low = 1,
     .high = 1e6,
     .decides = true,
     .help = "how far: standard deviations"},
    {.path = "checks.leakage",
     .choices = policy_choices,
     INTO(KEY_CHOICE, checks.leakage),
     .fallback = "warn",
     .decides = true,
     .help = "what features that give the target away do; drop: the column"},
    {.path = "checks.leakage_correlation",
     INTO(KEY_REAL, checks.leakage_correlation),
     .fallback = "0.9999",
     .low = 0.5,
     .high = 1,
     .decides = true,
     .help = "size of the correlation with a target from which a feature is suspect"},

    {.path = "split.by",
     .choices = split_choices,
     INTO(KEY_CHOICE, split.kind),
     .fallback = "random",
     .decides = true,
     .help = "how rows get their part: at random; in order of time (the test part last, each "
             "fold after what it is trained on); or by a column that says it"},
    {.path = "split.column",
     INTO(KEY_COLUMN, split.column),
     .fallback = "\"\"",
     .decides = true,
     .help = "by: time: the column that orders the rows, numbers or ISO 8601 times; empty = the "
             "order of the table.  by: column: its cells are \"test\" (-1 among numbers), or the "
             "fold; rows without one are left out"},
    {.path = "split.test",
     INTO(KEY_REAL, split.test),
     .fallback = "0.2",
     .low = 0,
     .high = 1,
     .open = true,
     .decides = true,
     .help = "share of the rows held back to test the result"},
    {.path = "split.folds",
     INTO(KEY_INT, split.folds),
     .fallback = "5",
     .low = 2,
     .high = SPLIT_FOLDS_MOST,
     .decides = true,
     .help = "folds of the cross-validation, over the other rows"},
    {.path = "split.group",
     INTO(KEY_COLUMN, split.group),
     .fallback = "\"\"",
     .decides = true,
     .help = "rows that are equal in this column stay in one part"},
    {.path = "split.stratify.columns",
     INTO(KEY_COLUMN_SET, split.stratify),
     .fallback = "[]",
     .decides = true,
     .help = "columns whose combinations every part gets its share of; empty = the targets"},
    {.path = "split.stratify.bins",
     INTO(KEY_INT, split.bins),
     .fallback = "0",
     .low = 2,
     .high = 1000,
     .word = "0",
     .decides = true,
     .help = "bins that numbers are stratified by: quantiles, of an angle sectors; 0 = none.  "
             "Classes and texts are strata by themselves"},
    {.path = "split.duplicates",
     .choices = equal_row_choices,
     INTO(KEY_CHOICE, split.duplicates),
     .fallback = "together",
     .decides = true,
     .help = "rows that are equal: stay together in one part (an error where they cannot), may "
             "stand in different parts, or are an error when they do"},
    {.path = "split.missing_class",
     .choices = missing_class_choices,
     INTO(KEY_CHOICE, missing_class),
     .fallback = "error",
     .decides = true,
     .help = "whether a part may lack a class"},
    {.path = "split.seed",
     INTO(KEY_INT64, split.seed),
     .fallback = "0",
     .low = 0,
     .high = WHOLE_MOST,
     .decides = true,
     .help = "another seed deals the rows out differently"},

    {.path = "features.keep",
     INTO(KEY_COLUMN_SET, features.keep),
     .fallback = "[]",
     .decides = true,
     .help = "the columns that may be features; empty = every one.  Of formats that keep columns "
             "apart only the named ones are read"},
    {.path = "features.drop",
     INTO(KEY_COLUMN_SET, features.drop),
     .fallback = "[]",
     .decides = true,
     .help = "columns that are no features after all"},
    {.path = "features.onehot",
     INTO(KEY_COLUMN_SET, features.onehot),
     .fallback = "[]",
     .decides = true,
     .help = "a feature of 0 and 1 for each category"},
    {.path = "features.angles",
     INTO(KEY_COLUMN_SET, features.angles),
     .fallback = "[]",
     .decides = true,
     .help = "angles become their sine and cosine"},
    {.path = "features.wrap",
     INTO(KEY_COLUMN_SET, features.wrap),
     .fallback = "[]",
     .decides = true,
     .help = "angles are wrapped into one turn"},
    {.path = "features.period",
     INTO(KEY_REAL, features.period),
     .fallback = "360",
     .low = 0,
     .high = 1e9,
     .open = true,
     .decides = true,
     .help = "a full turn of these angles"},
    {.path = "features.log",
     INTO(KEY_COLUMN_SET, features.log),
     .fallback = "[]",
     .decides = true,
     .help = "the natural logarithm"},
    {.path = "features.log1p",
     INTO(KEY_COLUMN_SET, features.log1p),
     .fallback = "[]",
     .decides = true,
     .help = "the natural logarithm of 1 + x"},
    {.path = "features.power.columns",
     INTO(KEY_COLUMN_SET, features.power),
     .fallback = "[]",
     .decides = true,
     .help = "x to the power of features.power.exponent"},
    {.path = "features.power.exponent",
     INTO(KEY_REAL, features.exponent),
     .fallback = "2",
     .low = -100,
     .high = 100,
     .decides = true,
     .help = "for example 0.5 or 2"},
    {.path = "features.bins.columns",
     INTO(KEY_COLUMN_SET, features.bins),
     .fallback = "[]",
     .decides = true,
     .help = "numbers become the bin they lie in"},
    {.path = "features.bins.n",
     INTO(KEY_INT, features.bins_n),
     .fallback = "5",
     .low = 2,
     .high = FEATURES_BINS_MOST,
     .decides = true,
     .help = "bins"},
    {.path = "features.bins.by",
     .choices = bins_by_choices,
     INTO(KEY_CHOICE, features.bins_by),
     .fallback = "quantile",
     .decides = true,
     .help = "with equally many training rows, or equally wide"},
    {.path = "features.bins.encode",
     .choices = bins_encode_choices,
     INTO(KEY_CHOICE, features.bins_encode),
     .fallback = "onehot",
     .decides = true,
     .help = "a feature of 0 and 1 for each bin, or one with its number"},
    {.path = "features.interactions",
     INTO(KEY_PAIRS, features.interactions),
     .count = offsetof(config, features.n_interactions),
     .fallback = "[]",
     .decides = true,
     .help = "products of features: a list of [pattern, pattern]; a feature with itself is its "
             "square"},
    {.path = "features.scale",
     .choices = scale_choices,
     INTO(KEY_CHOICE, features.scale),
     .fallback = "none",
     .decides = true,
     .help = "every feature to mean 0 and deviation 1, into 0…1, or by median and quartiles"},

    {.path = "search.metric",
     INTO(KEY_METRIC, metric),
     .fallback = "auto",
     .word = "auto",
     .decides = true,
     .help = "what the best configuration is best in, averaged over the folds; auto: rmse for "
             "numbers, log_loss for classes, circular_mae for angles"},
    {.path = "search.models",
     INTO(KEY_MODELS, models),
     .required = true,
     .decides = true,
     .example = "search: {models: [ridge]}",
     .help = "a list of models and their search spaces, see below"},
    {.path = "search.max_configs",
     INTO(KEY_INT64, max_configs),
     .fallback = "5000",
     .low = 1,
     .high = WHOLE_MOST,
     .help = "more configurations than this are refused (exit code 4)"},

    {.path = "budget.memory",
     INTO(KEY_BYTES, memory_bytes),
     .fallback = "none",
     .word = "none",
     .help = "private memory of all of the run's processes together"},
    {.path = "budget.time",
     INTO(KEY_SECONDS, time_seconds),
     .fallback = "none",
     .word = "none",
     .help = "when it has passed, what there is is saved and the run ends (exit code 5)"},
    {.path = "budget.disk",
     INTO(KEY_BYTES, disk_bytes),
     .fallback = "none",
     .word = "none",
     .help = "bytes the run may write; beyond it the run ends (exit code 5)"},
    {.path = "budget.workers",
     INTO(KEY_INT, workers),
     .fallback = "auto",
     .low = 1,
     .high = 256,
     .word = "auto",
     .help = "worker processes"},
    {.path = "budget.threads",
     INTO(KEY_INT, threads),
     .fallback = "auto",
     .low = 1,
     .high = 256,
     .word = "auto",
     .help = "threads in each worker"},
    {.path = NULL},
};

_Static_assert(sizeof config_keys / sizeof *config_keys <= CONFIG_TABLE_MOST + 1,
               "arrays over the keys are too short");

const config_key *config_key_find(const char *path)
{
    for (const config_key *k = config_keys; k->path; k++)
        if (strcmp(k->path, path) == 0)
            return k;
    return NULL;
}

static bool is_within(const char *path, const char *section, size_t len)
{
    return strncmp(path, section, len) == 0 && path[len] == '.';
}

bool config_is_section(const char *path)
{
    size_t len = strlen(path);
    for (const config_key *k = config_keys; k->path; k++)
        if (is_within(k->path, path, len))
            return true;
    return false;
}

/* --- unknown keys --------------------------------------------------------------------------- */

static const char *last_part(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

/* The key, or the section, that `path` comes nearest to; "" when it is near none. */
static void nearest_path(const char *path, char *out, size_t size)
{
    nearest_name near = nearest_begin(path);
    char section[64];
    *out = '\0';
    for (const config_key *k = config_keys; k->path; k++) {
        const char *dot = k->path;
        while ((dot = strchr(dot, '.'))) {
            snprintf(section, sizeof section, "%.*s", (int)(dot++ - k->path), k->path);
            near.name = NULL;
            nearest_try(&near, section);
            if (near.name)
                snprintf(out, size, "%s", section);
        }
        near.name = NULL;
        nearest_try(&near, k->path);
        if (near.name)
            snprintf(out, size, "%s", k->path);
    }
}

/* A key that would be right in another section. */
static const char *same_name(const char *path)
{
    for (const config_key *k = config_keys; k->path; k++)
        if (strcmp(last_part(k->path), last_part(path)) == 0)
            return k->path;
    return NULL;
}

/* What may stand beside `path`: "test, folds, stratify, seed". */
static void list_siblings(const char *path, str *out)
{
    size_t len = (size_t)(last_part(path) - path), previous_len = 0;
    const char *previous = "";
    for (const config_key *k = config_keys; k->path; k++) {
        if (strncmp(k->path, path, len) != 0)
            continue;
        const char *part = k->path + len;
        size_t n = strcspn(part, ".");
        if (n == previous_len && strncmp(part, previous, n) == 0)
            continue;
        str_addf(out, "%s%.*s", previous_len ? ", " : "", (int)n, part);
        previous = part;
        previous_len = n;
    }
}

stint_status config_unknown_key(ctx *c, config_place place, const char *path)
{
    char near[64], name[CONFIG_QUOTE_SIZE];
    const char *same = same_name(path);
    config_quote(name, path);
    nearest_path(path, near, sizeof near);
    if (same || *near)
        return config_fail(c, place, "unknown key %s; did you mean \"%s\"?", name,
                           same ? same : near);
    str known;
    str_init(&known, c, TAG_CONFIG);
    list_siblings(path, &known);
    stint_status s = str_status(&known);
    if (s == STINT_OK)
        s = config_fail(c, place, "unknown key %s; the keys here are %s", name, known.at);
    str_deinit(&known);
    return s;
}

/* --- what a key expects ---------------------------------------------------------------------- */

static void list_choices(const key_choice *choices, str *out)
{
    for (const key_choice *w = choices; w->word; w++)
        str_addf(out, "%s%s", w == choices ? "" : w[1].word ? ", " : " or ", w->word);
}

static void list_metrics(str *out)
{
    str_add(out, "auto, ");
    for (int i = 0; metric_table[i]; i++)
        str_addf(out, "%s%s",
                 i == 0                ? ""
                 : metric_table[i + 1] ? ", "
                                       : " or ",
                 metric_table[i]->name);
}

void config_key_expects(const config_key *k, str *out)
{
    char range[CONFIG_RANGE_SIZE];
    switch (k->type) {
    case KEY_NAME:
        str_add(out, "letters, digits, - _ and dots, beginning with a letter or a digit");
        return;
    case KEY_PATH: str_add(out, "a path"); return;
    case KEY_COLUMNS: str_add(out, "a column or a list of columns"); return;
    case KEY_COLUMN_SET: str_add(out, "a list of columns"); return;
    case KEY_COLUMN: str_add(out, "a column"); return;
    case KEY_TEXT:
    case KEY_SECRET: str_add(out, "a text"); return;
    case KEY_PAIRS: str_add(out, "a list of pairs, for example [[age, bmi], [s*, s*]]"); return;
    case KEY_RANGES: str_add(out, "a list such as [[age, 0, 120], [dose*, 0, none]]"); return;
    case KEY_CHOICE: list_choices(k->choices, out); return;
    case KEY_METRIC: list_metrics(out); return;
    case KEY_MODELS: str_add(out, "a list of models, for example [ridge]"); return;
    case KEY_FORMULAS: str_add(out, "a map, for example {lag: \"shift(x, 1)\"}"); return;
    case KEY_CLUSTER: str_add(out, "none, or for example {kmeans: {n_clusters: 3}}"); return;
    case KEY_MODEL: str_add(out, "none, or for example {lstm: {hidden: 64}}"); return;
    case KEY_TRAIN: str_add(out, "for example {epochs: 20, optimiser: adamw}"); return;
    case KEY_STREAM: str_add(out, "none, or for example {warm_up: 50}"); return;
    case KEY_BYTES: str_addf(out, "for example 512MiB or 2GiB, or %s", k->word); return;
    case KEY_SECONDS: str_addf(out, "for example 90s, 30min or 2h, or %s", k->word); return;
    default: break;
    }
    if (k->word)
        str_addf(out, "%s or ", k->word);
    str_add(out, config_range(range, k->low, k->high));
    if (k->open)
        str_add(out, ", both excluded");
}
