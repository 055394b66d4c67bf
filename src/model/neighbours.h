/* The parts of the class knn: from neighbours to predictions, and the saved model. */
#ifndef MODEL_NEIGHBOURS_H
#define MODEL_NEIGHBOURS_H

#include "model/rows.h"
#include "neighbors/neighbours.h"

typedef enum weighting { WEIGHTS_UNIFORM, WEIGHTS_DISTANCE } weighting;

extern const char *const weighting_names[]; /* NULL-terminated */

typedef struct knn {
    double n_neighbors, weights, metric; /* of weighting, of neighbour_metric */
} knn;

enum { NEIGHBOURS_MOST = 1000 };

/* The training rows' y [n][outputs], and what predictions are made of it. */
typedef struct knn_targets {
    const double *y;
    int outputs, classes; /* classes 0 = y is predicted as it is */
} knn_targets;

int knn_predictions(const knn_targets *t);

/* Rows 0 … n-1 of a block from their neighbours, lists [n][held], of which the first n_neighbors
 * count, into out [predictions][ROWS_BLOCK]. */
void knn_predict_lists(const knn_targets *t, const knn *p, const neighbour *lists, int64_t held,
                       int64_t n, double *out);

/* STINT_EUSAGE when there are no features, or fewer rows than neighbours. */
stint_status knn_check(ctx *c, int64_t k, int64_t rows, int features);

/* Of the class: x and y of every training row, streamed into the file; the file mapped, and
 * searched for each block. */
stint_status knn_save(ctx *c, void *shared, const model_task *t, const void *params,
                      const char *dir, json_out *json);
stint_status knn_load(ctx *c, const char *dir, const json_t *json, void **model);
void knn_predict(void *model, const rows_block *b, double *out);
void knn_unload(void *model);

#endif
