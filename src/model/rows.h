/* Passes over the rows of one part, in blocks of at most ROWS_BLOCK, in the table's order. */
#ifndef MODEL_ROWS_H
#define MODEL_ROWS_H

#include "model/model.h"

#define ROWS_BLOCK 1024

typedef struct rows_block {
    const int64_t *row; /* [n] row numbers in the table */
    int64_t n;
    const double *x, *y; /* [features][ROWS_BLOCK], [targets][ROWS_BLOCK] */
} rows_block;

typedef stint_status rows_visit(void *self, const rows_block *block);

/* Visit the rows whose part is `part`.  Holds rows_bytes(features, targets). */
stint_status rows_each(ctx *c, const table *t, int part, rows_visit *visit, void *self);
int64_t rows_bytes(int features, int targets);

/* The rows of one chunk that are in `part`, ascending; returns how many. */
int64_t rows_of_chunk(const table *t, int64_t chunk, int part, int32_t *rows);

/* Called with each block's predictions, [targets][ROWS_BLOCK]. */
typedef stint_status rows_predicted(void *self, const rows_block *block, const double *prediction);

/* Predict the rows of `part` with n models of one class; residuals [n][targets]; `seen` may
 * be NULL. */
stint_status rows_evaluate(ctx *c, const model_task *t, const model_class *class,
                           void *const *models, int64_t n, int part, residuals *out,
                           rows_predicted *seen, void *self);

#endif
