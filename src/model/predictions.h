/* Predictions as a table: a column file that rows stream into, a chunk's buffers at a time.
 *
 *     number   row, then for each target NAME, predicted NAME
 *     class    row, NAME, predicted NAME, then "probability CLASS" for each class, or, of more
 *              than PREDICTIONS_CLASSES, one "probability" of the predicted class
 *     angle    row, NAME, predicted NAME, error NAME (wrapped)
 *
 * A name that an earlier column has, in whatever case, gets a number: "NAME 2".
 * Without actual values the columns NAME and error NAME are not there. */
#ifndef MODEL_PREDICTIONS_H
#define MODEL_PREDICTIONS_H

#include "base/target.h"
#include "data/colfile.h"

#define PREDICTIONS_CLASSES 50

typedef struct prediction_shape {
    target_kind kind;
    double period;
    int n_targets, n_classes;
    const char *const *targets, *const *classes; /* names */
    bool actual;                                 /* y is known */
} prediction_shape;

typedef struct predictions predictions;

/* Everything is held until finish or abandon; `most_rows` bounds the rows to come. */
stint_status predictions_open(ctx *c, const prediction_shape *s, const char *path,
                              int64_t most_rows, predictions **out);

/* n rows: `y` (NULL without actual values) and `prediction` as in base/target.h, columns `stride` apart. */
stint_status predictions_add(predictions *p, const int64_t *row, int64_t n, const double *y,
                             const double *prediction, int64_t stride);

stint_status predictions_finish(predictions *p); /* frees it, whatever comes out */
void predictions_abandon(predictions *p);        /* and removes the file; NULL is fine */

int predictions_columns(const prediction_shape *s);
int64_t predictions_bytes(const prediction_shape *s);

/* The name of the angle of a table's target or targets: the target's, or "angle". */
const char *angle_name(const prediction_shape *s);

#endif
