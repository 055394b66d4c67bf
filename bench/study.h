/* A training run that must fit a budget: what the case studies share.  A net is a table of
 * functions; a study is a net trained in one way, step after step, on batches that are cut into
 * micro-batches, whose gradients are added up.
 *
 *     TRY(study_open(&s, net, how, self));
 *     TRY(study_step(&s));                  // one batch, one update; s.loss[] grows
 *     study_close(&s);
 *
 * Also after a failed open, study_close frees what there is. */
#ifndef BENCH_STUDY_H
#define BENCH_STUDY_H

#include "base/ctx.h"
#include "base/mem.h"
#include "profile/bench_main.h"
#include "stint/stint.h"

#include <string.h>

enum { STUDY_WEIGHTS_MOST = 96, STUDY_STEPS_MOST = 1000 };

typedef struct study study;

typedef struct study_net {
    const char *name;
    int64_t rows;          /* of a batch */
    const char *optimiser; /* with this rate, as text */
    const char *rate;
    void (*add_weights)(study *s, stint_tensor *generator);
    /* s->in of so many rows; and the values of micro-batch `part` of the batch of s->steps */
    void (*add_inputs)(study *s, int64_t rows);
    stint_status (*fill)(study *s, int64_t rows, int part);
    stint_tensor *(*loss)(const study *s, stint_tensor *const *in); /* the mean over rows */
} study_net;

typedef struct study_how {
    const char *name;
    int parts; /* micro-batches of a batch */
    stint_dtype storage;
    stint_recompute recompute;
    int64_t value;  /* of it */
    int64_t memory; /* what the context may allocate, 0 = no limit */
} study_how;

struct study {
    stint_context *engine;
    const study_net *net;
    const study_how *how;
    const void *data; /* the net's */
    int weights;
    stint_tensor *weight[STUDY_WEIGHTS_MOST], *gradient[STUDY_WEIGHTS_MOST], *in[2];
    stint_optimiser *optimiser;
    stint_accumulator *sums; /* of more than one part */
    stint_fn *part, *update; /* of one part there is no update apart */
    int steps;
    double loss[STUDY_STEPS_MOST];
};

/* --- steps --------------------------------------------------------------------------------- */

static inline stint_status study_part(void *self, stint_tensor *const *in, stint_tensor **out)
{
    study *s = self;
    out[0] = s->net->loss(s, in);
    if (!out[0])
        return ctx_status(s->engine);
    TRY(stint_gradients(1, out, NULL, s->weights, s->weight, s->gradient));
    if (s->sums)
        return stint_accumulator_add(s->sums, s->net->rows / s->how->parts, s->gradient);
    return stint_optimiser_update(s->optimiser, s->weights, s->weight, s->gradient);
}

static inline stint_status study_update(void *self, stint_tensor *const *in, stint_tensor **out)
{
    study *s = self;
    (void)in;
    (void)out;
    TRY(stint_accumulator_take(s->sums, s->gradient));
    return stint_optimiser_update(s->optimiser, s->weights, s->weight, s->gradient);
}

static inline stint_status study_step(study *s)
{
    double sum = 0;
    for (int part = 0; part < s->how->parts; part++) {
        stint_tensor *loss;
        TRY(s->net->fill(s, s->net->rows / s->how->parts, part));
        TRY(stint_fn_call(s->part, s->in, &loss));
        sum += stint_item(loss);
    }
    if (s->update)
        TRY(stint_fn_call(s->update, NULL, NULL));
    if (s->steps < STUDY_STEPS_MOST)
        s->loss[s->steps++] = sum / s->how->parts;
    return ctx_status(s->engine);
}

/* --- opening ------------------------------------------------------------------------------- */

/* A weight of a class of initialisers; "normal" has this deviation. */
static inline void study_add(study *s, stint_tensor *generator, const char *name,
                             const char *deviation, int axes, const int64_t *shape)
{
    stint_setting normal[] = {{"mean", "0"}, {"deviation", deviation}};
    int settings = strcmp(name, "normal") == 0 ? 2 : 0;
    s->weight[s->weights++] =
        stint_keep(stint_initialise(generator, name, settings, normal, STINT_F32, axes, shape));
}

static inline void study_close(study *s)
{
    stint_fn_free(s->part);
    stint_fn_free(s->update);
    stint_optimiser_free(s->optimiser);
    stint_accumulator_free(s->sums);
    for (int i = 0; i < s->weights; i++)
        stint_drop(s->weight[i]);
    stint_drop(s->in[0]);
    stint_drop(s->in[1]);
    stint_close(s->engine);
    *s = (study){0};
}

static inline stint_status study_open(study *s, const study_net *net, const study_how *how,
                                      const void *data)
{
    stint_setting rate = {"learning_rate", net->rate};
    *s = (study){.net = net, .how = how, .data = data};
    s->engine = stint_open(&(stint_options){.sink = bench_print_line, .memory_bytes = how->memory});
    if (!s->engine)
        return STINT_ENOMEM;
    stint_scope *scope = stint_scope_open(s->engine);
    net->add_weights(s, stint_generator(s->engine, 1));
    net->add_inputs(s, net->rows / how->parts);
    TRY(stint_scope_close(scope));
    s->optimiser = stint_optimiser_new(s->engine, net->optimiser, 1, &rate);
    if (how->parts > 1) {
        s->sums = stint_accumulator_new(s->engine, s->weights, s->weight);
        s->update = stint_fn_new(s->engine, study_update, s, 0, 0);
    }
    s->part = stint_fn_new(s->engine, study_part, s, 2, 1);
    TRY(ctx_status(s->engine));
    TRY(stint_fn_storage(s->part, how->storage));
    return stint_fn_recompute(s->part, how->recompute, how->value);
}

/* Everything is planned and allocated, or the failure says what does not fit. */
static inline stint_status study_warm_up(study *s)
{
    TRY(stint_fn_warm_up(s->part, s->in));
    return s->update ? stint_fn_warm_up(s->update, NULL) : STINT_OK;
}

#endif
