/* Passes over a table's rows, in blocks of at most ROWS_BLOCK, in the table's order: features
 * computed into the block, targets as models take them. */
#ifndef MODEL_ROWS_H
#define MODEL_ROWS_H

#include "model/model.h"

#define ROWS_BLOCK FEATURES_BLOCK

struct rows_block {
    const int64_t *row; /* [n] row numbers in the table */
    int64_t n;
    const double *x;        /* [features][ROWS_BLOCK]; rubbish for a class that is blind */
    const double *y;        /* [outputs][ROWS_BLOCK] */
    const double *previous; /* [outputs][ROWS_BLOCK]: y of the row before in the table, NaN for
                               the first; NULL unless asked for */
};

typedef stint_status rows_visit(void *self, const rows_block *block);

/* Which rows, and as which training set sees them. */
struct rows_pass {
    int set;  /* training set whose fitted state the features take */
    int part; /* rows of this part, or ROWS_TRAINING: of the training set */
    bool standardise, previous, blind;
    int predictions; /* columns of a prediction, where the table has no targets to tell; else 0 */
};

#define ROWS_TRAINING (-1)
#define ROWS_ALL      (-2) /* every row of a table that has no parts */

/* The pass that a class asks for: over the part that fold `set` holds out, over the training
 * rows of `set`, over the test part. */
rows_pass rows_held_out(const model_task *t, const model_class *class, int set);
rows_pass rows_training(const model_class *class, int set);
rows_pass rows_test(const model_task *t, const model_class *class);

/* Holds rows_bytes(features, outputs). */
stint_status rows_each(ctx *c, const model_task *t, const rows_pass *pass, rows_visit *visit,
                       void *self);
int64_t rows_bytes(int features, int outputs);
int64_t rows_count(const model_task *t, const rows_pass *pass);

/* The rows of one chunk that are in `part`, ascending; returns how many. */
int64_t rows_of_chunk(const table *t, int64_t chunk, int part, int32_t *rows);

/* rows_predicted (model.h) is called with each block's predictions, [predictions][ROWS_BLOCK]. */

/* Predict with n models of one class; what comes out is added to outcomes [n] (NULL = y is not
 * known); `seen` may be NULL. */
stint_status rows_evaluate(ctx *c, const model_task *t, const rows_pass *pass,
                           const model_class *class, void *const *models, int64_t n,
                           outcomes *const *out, rows_predicted *seen, void *self);

/* The same for a metric: scores [n].  Models share outcomes of rows_score_bytes one by one where
 * the metric keeps values. */
stint_status rows_score(ctx *c, const model_task *t, const rows_pass *pass,
                        const model_class *class, void *const *models, int64_t n,
                        const metric_class *metric, double *scores);
int64_t rows_score_bytes(const model_shape *s);

/* The shape of outcomes of so many rows. */
outcome_shape rows_outcomes(const table *t, int64_t rows, bool keep);
outcome_shape rows_outcomes_planned(const model_shape *s); /* of s->rows, as a plan has them */

#endif
