/* Model classes: what an estimator must say of itself to be searched, refitted and used.
 *
 * A class may work on statistics that all its fits share: they are computed once per table, by
 * tasks that run in worker processes and whose results are mapped files, and a fit reads them
 * (`open`) instead of the data.  See docs/design/trials.md. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "base/json.h"
#include "base/os/os.h"
#include "base/params.h"
#include "base/pool.h"
#include "data/derive.h"
#include "data/table.h"
#include "metrics/metric.h"

typedef struct model_class model_class;
typedef struct rows_block rows_block; /* model/rows.h */
typedef struct rows_pass rows_pass;
typedef stint_status rows_predicted(void *self, const rows_block *block, const double *prediction);

/* What all fits of one experiment share; the same in every process. */
typedef struct model_task {
    const table *table;            /* features, targets, parts */
    const features_states *states; /* of the features, by training set; NULL = none is needed */
    const char *dir;               /* scratch: prepared files live here */
    const derive_settings
        *derive; /* how the table was made of its source; NULL = it is the source */
} model_task;

/* Upper bounds for a plan; rates are those of a slow core. */
typedef struct model_cost {
    int64_t prepare_bytes;        /* private memory of one prepare task on one thread … */
    int64_t prepare_thread_bytes; /* … and for each further thread */
    int64_t task_bytes;           /* of a task of fits, … */
    int64_t fit_bytes;            /* … and for each fit in it */
    int64_t held_bytes;           /* what `shared` keeps from one task to the next … */
    int64_t tensor_thread_bytes;  /* … and for each thread of it, and of a loaded model */
    int64_t save_bytes;           /* of refitting on every training row and saving */
    int64_t model_bytes;          /* of the saved model on disk */
    int64_t predict_bytes;        /* of a loaded model and its predictions of a block */
    int64_t disk_bytes;           /* of prepared files, at their most */
    double prepare_seconds;       /* over the whole table, one thread */
    double fit_seconds;           /* of one fit, scoring included */
} model_cost;

typedef struct model_shape {
    int64_t rows;
    int features, outputs, predictions; /* columns of x, of y, of a prediction */
    int folds, parts;
    target_kind kind;
    bool standard;          /* standard scaling is asked for */
    bool fitted;            /* features depend on the training set */
    bool needs_rows, keeps; /* of the metric */
    const split *split;     /* NULL = the parts are not known yet */
} model_shape;

/* Statistics in two stages: `part` for each of `parts`, then `end` once for each training set
 * (fold 0 … folds-1; folds = all of them).  Classes that name the same row share its files. */
typedef struct model_statistics {
    const char *name;
    int64_t (*parts)(const model_task *t);
    stint_status (*part)(ctx *c, const model_task *t, int64_t part, pool *p);
    stint_status (*end)(ctx *c, const model_task *t, int training_set);
} model_statistics;

struct model_class {
    const char *name, *title;
    size_t size; /* of the parameter struct */
    const param *params;
    unsigned kinds;    /* TARGET_BITs it can learn */
    bool standardises; /* does standard scaling itself: its rows come without */
    bool previous;     /* predicts from the row before: rows_block.previous */
    bool blind;        /* looks at no feature: rows come without x */
    const char *help;

    void (*estimate)(const model_shape *shape, model_cost *out);

    const model_statistics *statistics; /* NULL = none */

    /* Open what was prepared; fits of one process share it.  Both NULL = nothing to open. */
    stint_status (*open)(ctx *c, const model_task *t, void **shared);
    void (*close)(void *shared);

    /* Fit each of n configurations on training set `fold` and score it on the part that this fold
     * holds out: `params` [n][size], scores [n].  No score depends on what else is in the batch. */
    stint_status (*score)(ctx *c, void *shared, const model_task *t, const void *params, int64_t n,
                          int fold, const metric_class *metric, double *scores);

    /* Fit on every training row and keep: DIR/model.safetensors, and members of the open object
     * of DIR/model.json, which has class, parameters and features already. */
    stint_status (*save)(ctx *c, void *shared, const model_task *t, const void *params,
                         const char *dir, json_out *json);

    /* A saved model; `json` is its model.json.  Predictions of a block into
     * out [predictions][ROWS_BLOCK]. */
    stint_status (*load)(ctx *c, const char *dir, const json_t *json, void **model);
    void (*predict)(void *model, const rows_block *b, double *out);
    void (*unload)(void *model);

    /* Instead of `predict`, where a row's prediction takes the rows before it too: predict the rows
     * of a pass and hand them to `seen` in blocks, in the table's order.  NULL = predict does. */
    stint_status (*predict_rows)(ctx *c, void *model, const model_task *t, const rows_pass *pass,
                                 rows_predicted *seen, void *self);

    /* Costs that depend on parameters: adjusts what `estimate` filled in to those of one
     * configuration, exactly.  NULL = none does. */
    void (*estimate_params)(const model_shape *shape, const void *params, model_cost *io);
    /* Parameters that do not go together, or not with the table: STINT_EUSAGE.  NULL = all do. */
    stint_status (*check)(ctx *c, const model_shape *shape, const void *params);
    const char *const
        *costless; /* parameters that neither cost nor check looks at; NULL-terminated */
};

extern const model_class model_mlp, model_lstm, model_gru, model_cnn;
extern const model_class model_ridge, model_linear, model_logistic, model_neighbours,
    model_baseline;
extern const model_class *const model_table[]; /* NULL-terminated */
const model_class *model_find(const char *name);
/* Of a saved model: nets of layers alone, which no search has, too. */
const model_class *model_find_saved(const char *name);

#endif
