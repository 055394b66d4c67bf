/* The stages from a naive training to the trainer's: what each does otherwise, and where its batches
 * come from.  A stage has what those above it have. */
#ifndef BENCH_NAIVE_H
#define BENCH_NAIVE_H

#include "series.h"
#include "stint/stint.h"

enum {
    BATCH = 256,
    LENGTH = 150,
    WIDTH = SERIES_WIDTH,
    WEIGHTS_MOST = 8,
    SLOTS_MOST = 8,
    SAMPLE = 450
};
enum { EPOCHS_MOST = 1000 };

typedef struct stage {
    const char *name, *what;
    bool views;    /* windows are copied from the series; else from an array of all windows */
    bool kept;     /* the step's inputs are the loader's memory; else tensors made for each batch */
    bool replayed; /* the step is traced once; else built for each batch */
    bool one_read; /* of the loss, an epoch; else two a batch */
    bool quiet;    /* no line of the log for each batch */
    bool ahead;    /* threads fill batches ahead */
    bool trainer;  /* the library's own loop */
} stage;

static const stage stages[] = {
    {"naive", "all windows in one array, eager, two reads, tensors and a log line per batch"},
    {"views", "windows copied from the series by the loader", true},
    {"kept", "no tensors per batch", true, true},
    {"step", "a replayed step", true, true, true},
    {"one-read", "one read of the loss an epoch", true, true, true, true},
    {"quiet", "no log line per batch", true, true, true, true, true},
    {"ahead", "batches filled ahead by threads", true, true, true, true, true, true},
    {"trainer", "the trainer", true, true, true, true, true, true, true},
};
enum { STAGES = sizeof stages / sizeof *stages };

typedef struct run {
    const stage *stage;
    int64_t rows, epochs;
    int64_t began_bytes;
    stint_context *ctx;
    stint_net *net;
    stint_optimiser *adam;
    stint_loader *loader;
    stint_fn *step, *forward;
    stint_windows windows;
    stint_samples samples;
    series series;
    float *all; /* [rows,150,3] */
    int weights;
    stint_tensor *weight[WEIGHTS_MOST], *sum, *slot[SLOTS_MOST][2];
    FILE *log;
    double loss[EPOCHS_MOST], seconds[EPOCHS_MOST], predict_seconds;
    uint64_t hash;
} run;

/* --- data ----------------------------------------------------------------------------------- */

/* What people do: every window, one after the other. */
static inline bool make_all(run *r)
{
    r->all = malloc(sizeof(float) * SAMPLE * (size_t)r->rows);
    for (int64_t i = 0; r->all && i < r->rows; i++)
        for (int64_t t = 0; t < LENGTH; t++) {
            int64_t row = i + t - LENGTH + 1;
            memcpy(r->all + SAMPLE * i + WIDTH * t, r->series.x + WIDTH * (row < 0 ? 0 : row),
                   sizeof(float) * WIDTH);
        }
    return r->all != NULL;
}

/* --- batches -------------------------------------------------------------------------------- */

/* A batch as tensors: the loader's memory, or new ones of its values. */
static inline void tensors_of(run *r, const stint_batch *b, void *const *data, stint_tensor *in[2])
{
    const int64_t x[] = {BATCH, LENGTH, WIDTH}, y[] = {BATCH, 1};
    stint_tensor **slot = r->stage->kept ? r->slot[b->slot] : in;
    if (!r->stage->kept) {
        in[0] = stint_tensor_new(r->ctx, STINT_F32, 3, x, data[0]);
        in[1] = stint_tensor_new(r->ctx, STINT_F32, 2, y, data[1]);
    } else if (!slot[0]) {
        slot[0] = stint_keep(stint_wrap(r->ctx, STINT_F32, 3, x, NULL, b->data[0]));
        slot[1] = stint_keep(stint_wrap(r->ctx, STINT_F32, 2, y, NULL, b->data[1]));
    }
    in[0] = slot[0];
    in[1] = slot[1];
}

/* The batch of the array of all windows, in memory of its own. */
static inline bool gather(const run *r, int64_t epoch, int64_t first, void *data[2])
{
    data[0] = malloc(sizeof(float) * SAMPLE * BATCH);
    data[1] = malloc(sizeof(float) * BATCH);
    for (int64_t i = 0; data[0] && data[1] && i < BATCH; i++) {
        int64_t at = epoch < 0 ? first + i : stint_loader_sample(r->loader, epoch, first + i);
        memcpy((float *)data[0] + SAMPLE * i, r->all + SAMPLE * at, sizeof(float) * SAMPLE);
        ((float *)data[1])[i] = r->series.y[at];
    }
    return data[0] && data[1];
}

typedef stint_status each_batch(run *r, const stint_batch *b, void *const *data, int64_t epoch,
                                double *sum);

/* epoch -1 = in order, of the naive stage alone */
static inline stint_status all_batches(run *r, stint_loader *l, int64_t epoch, each_batch *each,
                                       double *sum)
{
    stint_status s = STINT_OK;
    if (!r->stage->views) {
        for (int64_t i = 0; !s && i < r->rows / BATCH; i++) {
            void *data[2];
            s = gather(r, epoch, i * BATCH, data) ? STINT_OK : STINT_ENOMEM;
            s = s ? s : each(r, &(stint_batch){.number = i, .first = i * BATCH}, data, epoch, sum);
            free(data[0]);
            free(data[1]);
        }
        return s;
    }
    const stint_batch *b;
    stint_loader_seek(l, epoch < 0 ? 0 : epoch, 0);
    while (!(s = stint_loader_next(l, &b)) && b && !s)
        if ((s = each(r, b, b->data, epoch, sum)))
            return s;
    return s;
}

#endif
