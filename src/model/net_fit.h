/* Nets fitted to a pack: what the classes mlp, lstm, gru and cnn share, and `stint train` with
 * them.
 *
 *     pack ──> samples (rows, windows, images; training and validation) ──> trainer ──> net
 *     net + shift and scale ──> predictions, a saved model
 *
 *     net_spec spec = {.class = "lstm"};
 *     TRY(net_spec_of(c, &arena, &model_lstm, params, &(net_data){…}, &spec));
 *     spec.trainer.dir = "runs/mine";               // and what else overrides the parameters
 *     TRY(net_fit_open(c, &spec, table, &pack, &fit));
 *     TRY(net_fit_run(fit));
 *     TRY(net_fit_save_model(c, fit, &task, dir));  // as `stint run` saves: stint predict reads it
 *     net_fit_close(fit);
 *
 * See docs/design/nets.md. */
#ifndef MODEL_NET_FIT_H
#define MODEL_NET_FIT_H

#include "data/pack.h"
#include "model/rows.h"
#include "stint/train.h"

/* What there is to learn from and to learn. */
typedef struct net_data {
    target_kind kind;
    int64_t features; /* of x, bits among them */
    int64_t outputs;  /* columns of y */
    int64_t classes;
} net_data;

net_data net_data_of(const table *t);
/* Columns that the net gives: logits of classes and labels, else the outputs. */
int64_t net_data_width(const net_data *d);

/* A net for such data and how it is trained.  Texts are the maker's. */
typedef struct net_spec {
    const char *class;   /* of the saved model; NULL = "net", layers without a class */
    const param *params; /* of the class, with … */
    const void *values;  /* … its struct; both NULL = none are saved */
    const char *layers;  /* JSON as of stint_net_add_json, without the output layer, which
                                  the task decides: linear, `width` units */
    const char *smooth;  /* "ema" or "low_pass" behind it, the last step's output then; NULL =
                                  neither */
    double smoothing;    /* its alpha or cutoff */
    int64_t window;      /* a sample is [window, features]; 0 = one row, [features] … */
    int64_t image[3];    /* … or [channels, height, width], features in that order; 0 = not */
    bool standardise;    /* of the pack: pack_settings.standardise */
    double validation;   /* share of the training rows that early stopping looks at; 0 = none */
    bool held_out;       /* it looks at the rows that the pack's set holds out instead */
    int64_t seed;        /* of weights; the trainer's settings have the order's */
    stint_trainer_settings trainer; /* loss NULL = by the task */
} net_spec;

/* From a class's parameters: everything, trainer settings too. */
stint_status net_spec_of(ctx *c, arena *a, const model_class *class, const void *params,
                         const net_data *d, net_spec *out);

/* What training a net of this spec takes, and using it: `out` as a class's estimate. */
void net_spec_cost(const model_shape *shape, const net_spec *spec, model_cost *out);

typedef struct net_fit net_fit;

/* Net, samples and trainer over the pack's training rows, nothing traced yet.  `spec`'s texts are
 * not needed afterwards; the pack is.  STINT_EUSAGE where layers do not fit the data, or the window
 * is longer than every series. */
stint_status net_fit_open(ctx *c, const net_spec *spec, const table *t, const pack *p,
                          net_fit **out);
void net_fit_close(net_fit *f); /* takes NULL */

stint_net *net_fit_net(net_fit *f);
stint_trainer *net_fit_trainer(net_fit *f);
/* Of the pack: those that are trained on, and those held out of them for early stopping. */
int64_t net_fit_train_rows(const net_fit *f);
int64_t net_fit_validation_rows(const net_fit *f);

/* Train to the end (stint_trainer_run). */
stint_status net_fit_run(net_fit *f);

/* Predictions of rows of the pack, in the target's units, as base/target.h says: of rows[i] into
 * out[column * column_stride + i]. */
stint_status net_fit_predict(net_fit *f, const int64_t *rows, int64_t n, double *out,
                             int64_t column_stride);

/* Add rows of the pack, as `t` has their targets, and their predictions to outcomes. */
stint_status net_fit_outcomes(net_fit *f, const int64_t *rows, int64_t n, const table *t,
                              outcomes *out);

/* DIR/model.safetensors, and members of the open object of DIR/model.json. */
stint_status net_fit_save(net_fit *f, const table *t, const char *dir, json_out *json);
/* Both files, whole, for training outside an experiment. */
stint_status net_fit_save_model(ctx *c, net_fit *f, const model_task *t, const char *dir);

/* Neural classes, NULL after the last; is a parameter of theirs about training, which stint train
 * has its own words for? */
const model_class *net_class_at(int i);
bool net_is_training(const char *name);

/* Fitted nets of layers alone: no class of a search. */
typedef struct net_own {
    double window, channels, height, width, standardise;
} net_own;
extern const model_class model_net;

#endif
