/* Predictions as a table: a column file that rows stream into, a chunk's buffers at a time.
 *
 *     number   row, then for each target NAME, predicted NAME
 *     class    row, NAME, predicted NAME, then "probability CLASS" for each class, or, of more
 *              than PREDICTIONS_CLASSES, one "probability" of the predicted class
 *     angle    row, NAME, predicted NAME, error NAME (wrapped)
 *     labels   row, NAME, predicted NAME: the labels' names, joined by spaces; then "probability
 *              LABEL" for each, of at most PREDICTIONS_CLASSES of them.  With actual values the
 *              file's extra has, by label in their order, rows of the label, rows given it, both:
 *              {"came": [3, …], "predicted": [2, …], "hit": [2, …]}
 *
 * A name that an earlier column has, in whatever case, gets a number: "NAME 2".
 * Without actual values the columns NAME and error NAME are not there. */
#ifndef MODEL_PREDICTIONS_H
#define MODEL_PREDICTIONS_H

#include "base/labels.h"
#include "base/target.h"
#include "data/colfile.h"

#define PREDICTIONS_CLASSES 50

typedef struct prediction_shape {
    target_kind kind;
    double period;
    int n_targets, n_classes;
    const char *const *targets, *const *classes; /* names */
    bool actual;                                 /* y is known */
    int n_labels;
    const char *const *labels; /* [n_labels] names */
    label_decode decode;
    int64_t rows; /* that will come: what a plan reckons sets of labels with */
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
/* An upper bound; of labels an estimate, as each set of labels that comes is held once. */
int64_t predictions_bytes(const prediction_shape *s);

/* The name of the angle, or of the labels, of a table's target or targets: the target's, or
 * "angle", "labels". */
const char *angle_name(const prediction_shape *s);
const char *labels_name(const prediction_shape *s);

#endif
