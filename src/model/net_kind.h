/* Neural model classes: what is particular to one is how its parameters become layers; everything
 * else stands once (net_class.c). */
#ifndef MODEL_NET_KIND_H
#define MODEL_NET_KIND_H

#include "base/json.h"
#include "model/net_fit.h"

/* How a net is trained: the first member of every class's parameters, so that one table of
 * parameters serves all. */
typedef struct net_training {
    double epochs, batch_size, optimiser, learning_rate, weight_decay, momentum;
    double schedule, schedule_factor, schedule_epochs;
    double loss, clip, validation, patience, precision, accumulate, seed, standardise;
} net_training;

extern const char *const net_optimisers[], *const net_schedules[], *const net_losses[],
                                                                       *const net_precisions[];

/* clang-format off */
#define NET_TRAINING_PARAMS                                                                        \
    PARAM_BOOL(net_training, standardise, true,                                                    \
               "features and numeric targets to mean 0, deviation 1"),                             \
    PARAM_INT(net_training, epochs, 50, 1, 1e6, "passes over the training rows, at most"),         \
    PARAM_INT(net_training, batch_size, 32, 1, 1e6, "rows of a batch"),                            \
    PARAM_CHOICE(net_training, optimiser, 0, net_optimisers, "what takes the steps"),              \
    PARAM_F64(net_training, learning_rate, 1e-3, 1e-12, 1e3, "step size"),                         \
    PARAM_F64(net_training, weight_decay, 0, 0, 1e3,                                               \
              "L2 penalty on all weights; of adamw: per step, times the learning rate"),           \
    PARAM_F64(net_training, momentum, 0, 0, 0.9999, "of sgd and rmsprop"),                         \
    PARAM_CHOICE(net_training, schedule, 0, net_schedules,                                         \
                 "how the learning rate changes over the epochs"),                                 \
    PARAM_F64(net_training, schedule_factor, 0.1, 1e-9, 1,                                         \
              "what step and plateau multiply by; exponential: over all epochs; cosine ends at 0"),\
    PARAM_INT(net_training, schedule_epochs, 0, 0, 1e6,                                            \
              "epochs between two steps, or borne by plateau; 0 = a third of all"),                \
    PARAM_CHOICE(net_training, loss, 0, net_losses,                                                \
                 "what is minimised; auto: mse, of classes cross-entropy, of labels bce"),         \
    PARAM_F64(net_training, clip, 0, 0, 1e9, "largest norm of the gradient; 0 = any"),             \
    PARAM_F64(net_training, validation, 0, 0, 0.9,                                                 \
              "share of the training rows that early stopping looks at; 0 = none"),                \
    PARAM_INT(net_training, patience, 10, 0, 1e6,                                                  \
              "epochs without a better validation loss that are borne; 0 = all"),                  \
    PARAM_CHOICE(net_training, precision, 0, net_precisions, "what activations are kept in"),      \
    PARAM_INT(net_training, accumulate, 1, 1, 1e6, "batches of one step"),                         \
    PARAM_INT(net_training, seed, 0, 0, 9e15, "of weights, order and dropout")
/* clang-format on */

/* One of a class's `sizes`. */
#define NET_SIZE(owner, i, name, fallback, low, high, help)                                        \
    {                                                                                              \
        name, PARAM_TYPE_INT, offsetof(owner, sizes) + (i) * sizeof(double), fallback, low, high,  \
            NULL, help                                                                             \
    }

typedef struct net_kind {
    const model_class *class;
    /* The layers up to the output layer into an open array, and what else of `out` is particular. */
    stint_status (*describe)(ctx *c, const void *params, const net_data *d, json_out *layers,
                             net_spec *out);
} net_kind;

extern const net_kind *const net_kinds[]; /* ends in NULL */
extern const net_kind net_kind_mlp, net_kind_lstm, net_kind_gru, net_kind_cnn;

/* For `describe`: a layer without parameters; with one number; activations by their place in the
 * choice; dropout unless the rate is 0. */
extern const char *const net_activations[];
enum { NET_NORM_NONE, NET_NORM_BATCH, NET_NORM_LAYER };
extern const char *const net_norms[];
void net_add(json_out *j, const char *layer);
void net_add_number(json_out *j, const char *layer, const char *key, double value);
void net_add_norm(json_out *j, double norm);
void net_add_dropout(json_out *j, double rate);
/* Sizes of up to `layers` layers: those of 0 are as the one before. */
enum { NET_SIZES = 8 };
void net_sizes(const double *given, int n, int layers, int64_t out[NET_SIZES]);

/* Settings of a trainer from these parameters, in `a`. */
stint_status net_training_settings(ctx *c, arena *a, const net_training *p, const net_data *d,
                                   stint_trainer_settings *out);

/* --- what the classes share: their functions in model.h -------------------------------------- */

stint_status net_open(ctx *c, const model_class *class, void **shared);
void net_close(void *shared);
stint_status net_score(ctx *c, void *shared, const model_task *t, const void *params, int64_t n,
                       int fold, const metric_class *metric, double *scores);
stint_status net_save(ctx *c, void *shared, const model_task *t, const void *params,
                      const char *dir, json_out *json);
stint_status net_load(ctx *c, const char *dir, const json_t *json, void **model);
void net_predict(void *model, const rows_block *b, double *out);
void net_unload(void *model);
stint_status net_predict_rows(ctx *c, void *model, const model_task *t, const rows_pass *pass,
                              rows_predicted *seen, void *self);
void net_estimate(const model_shape *shape, model_cost *out);
void net_estimate_params(const model_class *class, const model_shape *shape, const void *params,
                         model_cost *io);
stint_status net_check(ctx *c, const model_class *class, const model_shape *shape,
                       const void *params);
extern const char *const net_costless[];
extern const model_statistics net_statistics;

/* The rows of a class, from NAME_params and NAME_describe, with members of its own. */
#define NET_CLASS(name_, ...)                                                                      \
    static stint_status name_##_open(ctx *c, const model_task *t, void **shared)                   \
    {                                                                                              \
        (void)t;                                                                                   \
        return net_open(c, &model_##name_, shared);                                                \
    }                                                                                              \
    static void name_##_estimate(const model_shape *shape, const void *params, model_cost *io)     \
    {                                                                                              \
        net_estimate_params(&model_##name_, shape, params, io);                                    \
    }                                                                                              \
    static stint_status name_##_check(ctx *c, const model_shape *shape, const void *params)        \
    {                                                                                              \
        return net_check(c, &model_##name_, shape, params);                                        \
    }                                                                                              \
    const net_kind net_kind_##name_ = {&model_##name_, name_##_describe};                          \
    const model_class model_##name_ = {.name = #name_,                                             \
                                       .size = sizeof(name_),                                      \
                                       .params = name_##_params,                                   \
                                       .kinds = NET_TARGETS,                                       \
                                       .standardises = true,                                       \
                                       .estimate = net_estimate,                                   \
                                       .estimate_params = name_##_estimate,                        \
                                       .check = name_##_check,                                     \
                                       .costless = net_costless,                                   \
                                       .statistics = &net_statistics,                              \
                                       .open = name_##_open,                                       \
                                       .close = net_close,                                         \
                                       .score = net_score,                                         \
                                       .save = net_save,                                           \
                                       .load = net_load,                                           \
                                       .predict = net_predict,                                     \
                                       .unload = net_unload,                                       \
                                       __VA_ARGS__};

#define NET_TARGETS                                                                                \
    (TARGET_BIT(TARGET_NUMBER) | TARGET_BIT(TARGET_CLASS) | TARGET_BIT(TARGET_ANGLE) |             \
     TARGET_BIT(TARGET_LABELS))

#endif
