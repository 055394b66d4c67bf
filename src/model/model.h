/* Model classes: what an estimator must say of itself to be searched, refitted and used.
 *
 * A class whose `prepare_…` are set works on shared statistics: they are computed once per
 * table, by tasks that run in worker processes and whose results are mapped files, and a fit
 * reads them (`open`) instead of the data.  See docs/design/trials.md. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "base/params.h"
#include "base/os/os.h"
#include "base/pool.h"
#include "data/table.h"
#include "metrics/metric.h"

typedef struct model_class model_class;

/* What all fits of one experiment share; the same in every process. */
typedef struct model_task {
    const table *table; /* features, targets, parts */
    bool scale;         /* standardise the features, fitted on the training part only */
    const char *dir;    /* scratch: prepared files live here */
} model_task;

/* Upper bounds for a plan; rates are those of a slow core. */
typedef struct model_cost {
    int64_t prepare_bytes;        /* private memory of one prepare task on one thread … */
    int64_t prepare_thread_bytes; /* … and for each further thread */
    int64_t task_bytes;           /* of a task of fits, … */
    int64_t fit_bytes;            /* … and for each fit in it */
    int64_t disk_bytes;           /* of prepared files, at their most */
    int64_t model_bytes;          /* of the saved model */
    double prepare_seconds;       /* over the whole table, one thread */
    double fit_seconds;           /* of one fit */
} model_cost;

typedef struct model_shape {
    int64_t rows;
    int features, targets, folds;
    bool scale;
    bool needs_rows; /* the metric wants a pass over the fold's rows */
} model_shape;

struct model_class {
    const char *name, *title;
    size_t size; /* of the parameter struct */
    const param *params;
    const char *help;

    void (*estimate)(const model_shape *shape, model_cost *out);

    /* Prepared statistics in two stages: `prepare_part` for each group of chunks, then
     * `prepare_end` once for each training set (fold 0 … folds-1; folds = all of them). */
    int64_t (*prepare_parts)(const model_task *t);
    stint_status (*prepare_part)(ctx *c, const model_task *t, int64_t part, pool *p);
    stint_status (*prepare_end)(ctx *c, const model_task *t, int training_set);

    /* Open what was prepared; fits of one process share it. */
    stint_status (*open)(ctx *c, const model_task *t, void **shared);
    void (*close)(void *shared);

    /* Fit each of n configurations without fold `fold` and score it on that fold:
     * `params` [n][size], scores [n].  One pass over rows at most, for all of them. */
    stint_status (*score)(ctx *c, void *shared, const model_task *t, const void *params, int64_t n,
                          int fold, const metric_class *metric, double *scores);

    /* Fit on every training row and keep: DIR/model.safetensors and DIR/model.json. */
    stint_status (*save)(ctx *c, void *shared, const model_task *t, const void *params,
                         const char *dir);

    /* A saved model.  Predictions of n rows: x column by column, [features][stride], into
     * out [targets][stride]. */
    stint_status (*load)(ctx *c, const char *dir, void **model);
    void (*predict)(const void *model, const double *x, int64_t n, int64_t stride, double *out);
    void (*unload)(void *model);
};

extern const model_class model_ridge;
extern const model_class *const model_table[]; /* NULL-terminated */
const model_class *model_find(const char *name);

#endif
