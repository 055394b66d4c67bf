/* A saved model: all that predictions of new data need, in one directory.
 *
 *     DIR/model.json         class, parameters, what is predicted, the features with their schema
 *     DIR/model.safetensors  what was fitted */
#ifndef MODEL_SAVED_H
#define MODEL_SAVED_H

#include "model/model.h"

#define SAVED_FORMAT 2

/* Fit on every training row and write both. */
stint_status model_save(ctx *c, const model_class *class, void *shared, const model_task *t,
                        const void *params, const char *dir);

typedef struct saved_model {
    arena arena;
    json_t *json;
    const model_class *class;
    void *model; /* of the class, loaded */
    target_kind kind;
    double period;
    int n_features, n_targets, n_classes;
    const char *const *targets; /* [n_targets] names */
    const char *const *classes; /* [n_classes] */
} saved_model;

/* A class checks in `load` that what was fitted has so many features ("n_features" in its JSON)
 * and predictions.  Files that are missing, damaged or of another format are STINT_EDATA. */
stint_status model_open(ctx *c, const char *dir, saved_model *out);
void model_close(saved_model *m);

/* Of a model.json: the columns of x, of y and of a prediction (base/target.h). */
int64_t saved_features(const json_t *json);
int saved_outputs(const json_t *json);
int saved_predictions(const json_t *json);

#endif
