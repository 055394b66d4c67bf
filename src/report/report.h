/* The HTML report: plain facts in, one self-contained page out.
 *
 * The page needs no network, no script and no font: its style is inline, its pictures are
 * data URIs, and its content security policy forbids the rest.  Every text given here is
 * escaped.  Numbers are shown to six digits, with all of them in the title attribute.
 *
 * Strings and arrays stay the caller's; NULL strings, empty arrays and NaNs mean "not
 * known", and what would show them is left out.  Memory is charged to the `str` given:
 * 4/3 of the pictures' bytes and some 120 KiB, twice that while it grows. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/str.h"

/* One line of a list of facts: "rows", "442", "441 after 1 duplicate". */
typedef struct report_fact {
    const char *name, *value, *note;
} report_fact;

/* A metric on the test rows. */
typedef struct report_score {
    const char *name, *title; /* "rmse", "root mean squared error" */
    double value, low, high;  /* and its 95 % interval; NaN = none */
    double baseline;          /* the same metric of the baseline; NaN = none */
} report_score;

typedef struct report_verdict {
    const char *model, *params; /* "ridge", "alpha = 12.6"; model NULL = nothing was fitted */
    const char *target;         /* what is predicted */
    const char *metric, *metric_title; /* "RMSE", "root mean squared error" */
    bool greater_is_better;
    double cv_mean, cv_deviation;
    int folds;
    int64_t valid_rows; /* of a training: cv_mean is of so many rows held out; 0 = of folds */
    double test, test_low, test_high; /* the best model on the test rows, 95 % interval */
    int64_t test_rows;
    const char *baseline_name; /* "predicting the training mean" */
    double baseline;           /* its score on the test rows */
    double improvement;        /* over the baseline, as a fraction; NaN = not stated */
    bool reproducible, complete;
    const char *reason;         /* why it is not reproducible, or not complete */
    const report_score *scores; /* [n_scores] every metric on the test rows */
    int n_scores;
} report_verdict;

typedef enum report_result { REPORT_PASS, REPORT_WARN, REPORT_FAIL } report_result;

typedef struct report_check {
    const char *name;
    report_result result;
    const char *details;
} report_check;

/* Rows, columns, features, targets, fingerprint …, then what was checked. */
typedef struct report_data {
    const report_fact *facts;
    int n_facts;
    const report_check *checks;
    int n_checks;
    const report_fact *split;
    int n_split;
    const report_fact *features; /* what models see: kinds, encodings, what was left out */
    int n_features;
} report_data;

/* A class of the target: -1 and NaN = not known. */
typedef struct report_class {
    const char *name;
    int64_t rows, test_rows;      /* in the training part and in the test part */
    double precision, recall, f1; /* of the best model on the test rows */
} report_class;

#define REPORT_CLASSES 100 /* so many are shown, and how many more there are */

typedef struct report_trial {
    int64_t rank, config; /* configuration numbers count from 1, as in the pictures */
    const char *model, *params;
    double mean, deviation;
    int folds;
} report_trial;

typedef struct report_search {
    int64_t configurations, fits, failed;
    const report_fact *facts; /* sampler, space … */
    int n_facts;
    const report_trial *trials; /* the best, in order of rank */
    int n_trials;
} report_search;

/* Of a training, which has no search: what it came to, its test row by row, what it is measured
 * beside. */
typedef struct report_training {
    const report_fact *facts;
    int n_facts; /* 0 = there was none */
    const report_fact *stream;
    int n_stream;
} report_training;

/* Planned against actual; -1 = not known. */
typedef struct report_stage {
    const char *name;
    int64_t fits;
    int64_t planned_bytes, peak_bytes; /* private memory */
    double planned_seconds, seconds;
    int64_t planned_disk_bytes, disk_bytes;
} report_stage;

typedef struct report_budget {
    int64_t limit_bytes, peak_bytes; /* limit 0 = none was set */
    const report_stage *stages;
    int n_stages;
} report_budget;

typedef enum report_place {
    REPORT_AT_PREDICTIONS,
    REPORT_AT_SEARCH,
    REPORT_AT_TRAINING
} report_place;

typedef struct report_picture {
    report_place place;
    const char *title;   /* shown in the picture itself */
    const char *alt;     /* what it shows, for those who do not see it */
    const char *caption; /* how to read it; NULL = none */
    const void *png;
    size_t png_bytes;
} report_picture;

typedef struct report_reproduce {
    const char *command;      /* as typed */
    const report_fact *facts; /* seed, hashes, versions, machine */
    int n_facts;
    const char *config_name, *config; /* "experiment.yaml" and its text */
} report_reproduce;

typedef struct report {
    const char *name;     /* of the experiment */
    const char *subtitle; /* when, where: one line */
    const char *task;     /* "regression", "classification", "angle", "labels"; NULL = not said */
    report_verdict verdict;
    report_data data;
    report_search search;
    report_training training;
    const report_fact *rivals; /* forecasts made otherwise, on the test rows */
    int n_rivals;
    report_budget budget;
    const report_picture *pictures;
    int n_pictures;
    report_reproduce reproduce;
    const report_class *classes; /* of a class target, in their order */
    int n_classes;
    bool of_labels;              /* they are labels, of which a row has any number */
    const report_fact *clusters; /* of a clustering of the training rows */
    int n_clusters;
} report;

/* The page, appended to `out`; the caller writes it to disk. */
stint_status report_html(ctx *c, const report *r, str *out);

#endif
