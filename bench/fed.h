/* Training steps of a perceptron (mlp.h) that a loader feeds, each slot of it wrapped as tensors once.
 *
 *     TRY(fed_open(engine, &f, &samples));
 *     TRY(fed_run(&f));          // FED_STEPS
 *     fed_close(&f);
 */
#ifndef BENCH_FED_H
#define BENCH_FED_H

#include "base/os/os.h"
#include "mlp.h"

enum { FED_STEPS = 500, FED_SLOTS = 8, FED_BATCH = 256, FED_RUNS = 100 };

typedef struct fed {
    const char *name;
    int64_t sizes[5];
    int layers, workers;
    mlp_shape shape;
    mlp net;
    stint_loader *loader; /* of a float row of sizes[0], and a float */
    int64_t epoch;
    stint_tensor *in[FED_SLOTS][2];
    int runs;
    double wait_share[FED_RUNS], call_share[FED_RUNS]; /* of a run's time: the loader's own account
                                                          of waiting; in calls of it, all told */
} fed;

static inline stint_status fed_open(stint_context *engine, const stint_samples *samples, fed *f)
{
    stint_loader_settings settings = {
        .batch = FED_BATCH, .shuffle = true, .drop_last = true, .workers = f->workers};
    f->shape = (mlp_shape){f->sizes, f->layers, FED_BATCH, false};
    TRY(mlp_open(engine, &f->shape, MLP_TRAIN, &f->net));
    f->loader = stint_loader_new(engine, samples, &settings);
    return f->loader ? STINT_OK : ctx_status(engine);
}

static inline void fed_close(fed *f)
{
    for (int i = 0; i < FED_SLOTS; i++)
        for (int k = 0; k < 2; k++)
            stint_drop(f->in[i][k]);
    mlp_close(&f->net);
    stint_loader_free(f->loader);
}

static inline stint_tensor **fed_tensors(fed *f, const stint_batch *b)
{
    stint_tensor **in = f->in[b->slot];
    int64_t width[2] = {f->sizes[0], 1};
    for (int k = 0; k < 2 && !in[k]; k++)
        in[k] = stint_keep(stint_wrap(f->net.engine, STINT_F32, STINT_SHAPE(FED_BATCH, width[k]),
                                      NULL, b->data[k]));
    return in;
}

static inline stint_status fed_next(fed *f, const stint_batch **b, double *calls)
{
    double began = clock_seconds();
    TRY(stint_loader_next(f->loader, b));
    if (!*b) {
        stint_loader_seek(f->loader, ++f->epoch, 0);
        TRY(stint_loader_next(f->loader, b));
    }
    *calls += clock_seconds() - began;
    return STINT_OK;
}

static inline stint_status fed_steps(fed *f, int n, double *calls)
{
    const stint_batch *b;
    for (int i = 0; i < n; i++) {
        TRY(fed_next(f, &b, calls));
        TRY(stint_fn_call(f->net.step, fed_tensors(f, b), f->net.out));
    }
    return STINT_OK;
}

/* With new weights, and warm. */
static inline stint_status fed_renew(fed *f)
{
    double uncounted = 0;
    TRY(mlp_renew(&f->net));
    return fed_steps(f, 20, &uncounted);
}

static inline stint_status fed_run(fed *f)
{
    double calls = 0, began = clock_seconds();
    double before = stint_loader_report(f->loader).wait_seconds;
    TRY(fed_steps(f, FED_STEPS, &calls));
    double seconds = clock_seconds() - began;
    if (f->runs < FED_RUNS) {
        f->wait_share[f->runs] = (stint_loader_report(f->loader).wait_seconds - before) / seconds;
        f->call_share[f->runs++] = calls / seconds;
    }
    return STINT_OK;
}

#endif
