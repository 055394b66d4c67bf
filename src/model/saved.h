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

/* The same for what was fitted elsewhere: `members` writes model.safetensors and members of the open
 * object of model.json.  `params` and `values` NULL = it has none. */
typedef stint_status model_members(ctx *c, void *self, const model_task *t, const char *dir,
                                   json_out *json);
stint_status model_write(ctx *c, const char *class, const param *params, const void *values,
                         const model_task *t, const char *dir, model_members *members, void *self);

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
    int n_labels;
    const char *const *labels; /* [n_labels] names; targets are columns of them, or one of bits */
    label_decode decode;
    const bits_encoder *label_encoder; /* of a target of bits, its key apart; NULL = none */
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
