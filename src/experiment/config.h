/* The experiment's config: YAML in, checked against one table of keys, resolved.
 *
 * Errors are STINT_EUSAGE and say "FILE:LINE:COLUMN: …", name the nearest known key for a
 * misspelt one, and give the range or unit expected.  Duplicate keys, anchors and aliases
 * are refused.  docs/config.md is printed from the same table (config_reference). */
#ifndef EXPERIMENT_CONFIG_H
#define EXPERIMENT_CONFIG_H

#include "base/arena.h"
#include "base/str.h"
#include "cluster/cluster.h"
#include "data/checks.h"
#include "data/derive.h"
#include "data/features.h"
#include "data/source.h"
#include "data/split.h"
#include "metrics/metric.h"
#include "model/model.h"
#include "search/space.h"

typedef struct config_model {
    const model_class *class;
    space space;
} config_model;

/* A loss, an optimiser or a schedule with its settings, as train.h takes them; name NULL = none was
 * named. */
typedef struct config_chosen {
    const char *name;
    space space; /* one value each */
    const stint_setting *settings;
    int n;
} config_chosen;

/* How stint train trains. */
typedef struct config_train {
    config_chosen loss, optimiser, schedule;
    space space; /* of train_params */
    const stint_setting *settings;
    int n;
    double fold; /* that validates; -1 = by the kind of split */
} config_train;

/* How a trained series model is tested row by row. */
typedef enum stream_filter { STREAM_PLAIN, STREAM_EMA, STREAM_BUTTERWORTH } stream_filter;
typedef struct config_stream {
    double warm_up, filter, alpha, order, cutoff;
    bool given;
    space space;
} config_stream;
extern const param stream_params[];

/* checks.missing: a policy, or what fills the cells. */
typedef enum missing_policy {
    MISSING_ERROR,
    MISSING_DROP,
    MISSING_MEAN,
    MISSING_MEDIAN,
    MISSING_CONSTANT
} missing_policy;

/* Columns that become packed bits while they are read, by patterns. */
typedef struct config_bits {
    const char *const *strings, *const *bloom, *const *grams;
    const char *key;       /* as given: the key, "kept:DIGEST", or "" */
    const char *secret;    /* NULL = not known here */
    int64_t width, hashes; /* of a Bloom filter */
    const char *alphabet;
    int strict;
    char digest[BITS_DIGEST_SIZE];
} config_bits;

typedef struct config {
    arena arena;
    const char *path; /* as given */
    const char *name; /* of the experiment: letters, digits, - _ . ; default the file's stem */

    source source;              /* path relative to the config file's directory; text sorted */
    const char *source_given;   /* as written in the file */
    config_bits bits;           /* what source.encoders are made of */
    const char *const *targets; /* one or more, NULL-terminated */
    int n_targets;
    const char *const *drop;        /* columns that are not features; sorted, NULL-terminated */
    const char *const *rivals;      /* the same: forecasts to be measured beside the model */
    derive_settings derive;         /* what series.* and columns say */
    const char *const *series_zero; /* patterns of features that are 0 before a series begins */
    const char *const *no_features; /* what is dropped, rivals, and what series go by */
    target_kind task;
    double period;       /* of an angle target */
    label_decode decode; /* of labels */

    checks_settings checks;
    missing_policy missing; /* what checks.missing says; goes into checks and features */
    double fill;
    int missing_class; /* what split.missing_class says; goes into split */
    split_settings split;
    features_settings features;

    const metric_class *metric;
    config_model *models; /* [n_models] */
    int n_models;
    const cluster_class *cluster; /* what the training rows are clustered by; NULL = nothing */
    space cluster_space;          /* its parameters, one value each */
    bool training;                /* read for stint train: the model stands for the search's */
    const model_class *model;     /* of stint train; NULL = none */
    space model_space;            /* its parameters, one value each */
    const char *layers; /* of a net of its own layers, as JSON; NULL = the model is a class */
    config_train train;
    config_stream stream;
    int64_t max_configs; /* 5000; --max-configs and search.max_configs */

    int64_t memory_bytes; /* 0 = no limit */
    double time_seconds;  /* 0 = no limit */
    int64_t disk_bytes;   /* 0 = no limit */
    int workers, threads; /* 0 = auto */
} config;

/* One `--set a.b=c`; later ones win.  value is YAML. */
typedef struct config_override {
    const char *key, *value;
} config_override;

/* A file that cannot be read is STINT_EUSAGE too.  It is at most 1 MiB. */
stint_status config_load(ctx *c, const char *path, const config_override *overrides,
                         int n_overrides, config *out);

/* The same for stint train: `model` is what is trained, and the search is that model alone. */
stint_status config_load_training(ctx *c, const char *path, const config_override *overrides,
                                  int n_overrides, config *out);

/* The same from a text; `path` names it in messages and is what data.source is relative to. */
stint_status config_parse(ctx *c, const char *path, const char *text, size_t len,
                          const config_override *overrides, int n_overrides, config *out);

void config_free(config *cfg); /* a config whose load failed is free already; again is fine */

/* What of it a table is opened by. */
table_settings config_table(const config *cfg);

/* Does it name what tells series apart, or their time? */
bool config_has_series(const config *cfg);

/* Does the outcome depend on this column's cells? */
bool config_uses(const config *cfg, const char *column);

/* Does some model want its rows in standard scale, not having that in its own algebra? */
bool config_needs_standard(const config *cfg);

/* Total configurations over all models; INT64_MAX when it overflows. */
int64_t config_count(const config *cfg);

/* The keys that decide results (not budget, workers, threads, name), resolved, as YAML with a
 * line per key (and per model) in table order: what experiment.yaml holds and what identifies the experiment.
 * One form however the file wrote them; config_load takes it back.  The data source is written
 * as given. */
void config_identity(const config *cfg, str *out);

/* docs/config.md, whole: keys by section, models and their parameters, metrics. */
void config_reference(str *out);

#endif
