/* The same training, the naive way and with one thing after the other done better.
 *
 *     bench_naive STAGE [ROWS [EPOCHS [REPETITIONS]]]         rows: windows, whole batches of them
 *     bench_naive --list
 *
 * An LSTM of 64 over windows of 150 rows of 3 features of a series, a linear layer on its last
 * output, mean squared error, Adam, batches of 256 in a shuffled order that is the same in all
 * stages.  Each stage has what the ones above it have.  A stage is a process of its own, which
 * then tells its peak; prints a line of JSON: seconds of each epoch and of a prediction of all
 * windows, by how much the process grew, the loss of each epoch, a hash of the predictions. */
#include "naive.h"

/* --- the step ------------------------------------------------------------------------------- */

static stint_status build(run *r, stint_tensor *const *in, stint_tensor **loss)
{
    stint_tensor *gradient[WEIGHTS_MOST];
    *loss = stint_mse(stint_net_apply(r->net, in[0], true), in[1], STINT_REDUCE_MEAN);
    stint_status s = stint_gradients(1, loss, NULL, r->weights, r->weight, gradient);
    return s ? s : stint_optimiser_update(r->adam, r->weights, r->weight, gradient);
}

static stint_status step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    run *r = self;
    stint_status s = build(r, in, out);
    if (!s && r->stage->one_read)
        stint_add_(r->sum, stint_cast(out[0], STINT_F64));
    return s;
}

static stint_status forward(void *self, stint_tensor *const *in, stint_tensor **out)
{
    run *r = self;
    out[0] = stint_net_apply(r->net, in[0], false);
    return out[0] ? STINT_OK : STINT_EFAIL;
}

static stint_status train_batch(run *r, const stint_batch *b, void *const *data, int64_t epoch,
                                double *sum)
{
    stint_tensor *in[2], *loss;
    stint_scope *scope = stint_scope_open(r->ctx);
    tensors_of(r, b, data, in);
    stint_status s = r->stage->replayed ? stint_fn_call(r->step, in, &loss) : build(r, in, &loss);
    if (!s && !r->stage->one_read)
        *sum += stint_item(loss);
    if (!s && !r->stage->quiet) {
        double now = r->stage->one_read ? NAN : stint_item(loss);
        fprintf(r->log, "epoch %lld, batch %lld: loss %.9g\n", (long long)epoch,
                (long long)b->number, now);
        fflush(r->log);
    }
    stint_status closed = stint_scope_close(scope);
    return s ? s : closed;
}

static stint_status train_epoch(run *r, int64_t epoch)
{
    double sum = 0, zero = 0, began = seconds_now();
    stint_status s = stint_write(r->sum, &zero, sizeof zero);
    s = s ? s : all_batches(r, r->loader, epoch, train_batch, &sum);
    if (r->stage->one_read)
        sum = stint_item(r->sum);
    r->loss[epoch] = sum / (double)(r->rows / BATCH);
    r->seconds[epoch] = seconds_now() - began;
    return s;
}

/* --- predictions ---------------------------------------------------------------------------- */

static stint_status predict_batch(run *r, const stint_batch *b, void *const *data, int64_t epoch,
                                  double *sum)
{
    float y[BATCH];
    stint_tensor *in[2], *out;
    stint_scope *scope = stint_scope_open(r->ctx);
    (void)epoch;
    (void)sum;
    tensors_of(r, b, data, in);
    stint_status s =
        r->stage->replayed ? stint_fn_call(r->forward, in, &out) : forward(r, in, &out);
    s = s ? s : stint_read(out, y, sizeof y);
    for (int i = 0; !s && i < BATCH; i++) {
        uint32_t bits;
        memcpy(&bits, &y[i], sizeof bits);
        r->hash = (r->hash ^ bits) * 0x100000001b3ULL; /* FNV-1a, by values */
    }
    stint_status closed = stint_scope_close(scope);
    return s ? s : closed;
}

static stint_status predict(run *r)
{
    stint_loader *l = stint_loader_new(
        r->ctx, &r->samples,
        &(stint_loader_settings){.batch = BATCH, .workers = r->stage->ahead ? -1 : 0});
    stint_fn_free(r->step); /* its slab is training's */
    r->step = NULL;
    for (int i = 0; i < SLOTS_MOST; i++) { /* of this loader from now on */
        stint_drop(r->slot[i][0]);
        stint_drop(r->slot[i][1]);
        r->slot[i][0] = r->slot[i][1] = NULL;
    }
    r->hash = 0xcbf29ce484222325ULL;
    stint_status s = l ? STINT_OK : STINT_EFAIL;
    for (int i = 0; !s && i < 2; i++) { /* the first traces */
        double began = seconds_now();
        s = all_batches(r, l, -1, predict_batch, NULL);
        r->predict_seconds = seconds_now() - began;
    }
    stint_loader_free(l);
    return s;
}

/* --- a repetition --------------------------------------------------------------------------- */

static stint_status open_net(run *r, int64_t seed)
{
    char name[64];
    const stint_setting lstm[] = {{"hidden", "64"}, {"returns", "last"}};
    r->net = stint_net_new(r->ctx, STINT_F32, STINT_SHAPE(LENGTH, WIDTH), seed);
    stint_status s = stint_net_add(r->net, "lstm", 2, lstm);
    s = s ? s : stint_net_add(r->net, "linear", 1, &(stint_setting){"units", "1"});
    r->weights = s ? 0 : stint_net_weights(r->net);
    for (int i = 0; i < r->weights; i++)
        r->weight[i] = stint_net_weight(r->net, i, name, sizeof name);
    return s;
}

static stint_status note_epoch(void *self, const stint_epoch *e)
{
    run *r = self;
    r->loss[e->epoch] = e->train_loss;
    r->seconds[e->epoch] = e->seconds;
    return STINT_OK;
}

static stint_status by_trainer(run *r, int64_t seed)
{
    char epochs[24], order[24];
    snprintf(epochs, sizeof epochs, "%lld", (long long)r->epochs);
    snprintf(order, sizeof order, "%lld", (long long)seed);
    const stint_setting settings[] = {
        {"epochs", epochs}, {"batch_size", "256"}, {"seed", order}, {"restore_best", "false"}};
    stint_trainer *t = stint_trainer_new(
        r->ctx, r->net, &r->samples, NULL,
        &(stint_trainer_settings){
            .n_settings = 4, .settings = settings, .on_epoch = note_epoch, .self = r});
    stint_status s = t ? stint_trainer_run(t) : STINT_EFAIL;
    stint_trainer_free(t);
    return s;
}

static stint_status by_hand(run *r, int64_t seed)
{
    r->loader = stint_loader_new(
        r->ctx, &r->samples,
        &(stint_loader_settings){
            .batch = BATCH, .shuffle = true, .seed = seed, .workers = r->stage->ahead ? -1 : 0});
    r->adam = stint_optimiser_new(r->ctx, "adam", 0, NULL);
    r->step = stint_fn_new(r->ctx, step, r, 2, 1);
    r->sum = stint_keep(stint_zeros(r->ctx, STINT_F64, STINT_SCALAR));
    stint_status s = r->loader && r->sum ? STINT_OK : STINT_EFAIL;
    for (int64_t e = 0; !s && e < r->epochs; e++)
        s = train_epoch(r, e);
    return s;
}

static void close_all(run *r)
{
    stint_fn_free(r->step);
    stint_fn_free(r->forward);
    stint_optimiser_free(r->adam);
    stint_loader_free(r->loader);
    stint_drop(r->sum);
    for (int i = 0; i < SLOTS_MOST; i++) {
        stint_drop(r->slot[i][0]);
        stint_drop(r->slot[i][1]);
    }
    stint_net_free(r->net);
    stint_close(r->ctx);
}

static stint_status repetition(run *r, int64_t seed)
{
    *r = (run){.stage = r->stage,
               .rows = r->rows,
               .epochs = r->epochs,
               .began_bytes = r->began_bytes,
               .series = r->series,
               .all = r->all,
               .log = r->log};
    r->ctx = stint_open(NULL);
    r->windows = (stint_windows){.x = r->series.x,
                                 .n = r->rows,
                                 .width = WIDTH,
                                 .length = LENGTH,
                                 .y = {r->series.y, STINT_F32, 1, 0}};
    stint_status s = stint_samples_windows(&r->windows, &r->samples);
    s = s ? s : open_net(r, seed);
    r->forward = stint_fn_new(r->ctx, forward, r, 2, 1);
    s = s ? s : r->stage->trainer ? by_trainer(r, seed) : by_hand(r, seed);
    s = s ? s : predict(r);
    if (s)
        fprintf(stderr, "%s: %s\n", r->stage->name, r->ctx ? stint_message(r->ctx) : "");
    close_all(r);
    return s;
}

static int64_t argument(int argc, char **argv, int i, int64_t fallback)
{
    return argc > i ? strtoll(argv[i], NULL, 10) : fallback;
}

int main(int argc, char **argv)
{
    static run r;
    for (int i = 0; i < STAGES; i++) {
        if (argc > 1 && strcmp(argv[1], stages[i].name) == 0)
            r.stage = &stages[i];
        if (argc > 1 && strcmp(argv[1], "--list") == 0)
            printf("{\"name\": \"%s\", \"what\": \"%s\"}\n", stages[i].name, stages[i].what);
    }
    if (!r.stage)
        return argc > 1 && strcmp(argv[1], "--list") == 0 ? 0 : 2;
    r.rows = argument(argc, argv, 2, 40 * BATCH) / BATCH * BATCH;
    r.epochs = argument(argc, argv, 3, 2);
    r.log = tmpfile();
    r.began_bytes = status_bytes("VmRSS");
    double began = seconds_now();
    if (r.epochs > EPOCHS_MOST || !r.log || !series_make(&r.series, r.rows) ||
        (!r.stage->views && !make_all(&r)))
        return 1;
    for (int64_t i = 0; i < argument(argc, argv, 4, 1); i++)
        if (repetition(&r, i))
            return 1;
    printf("{\"stage\": \"%s\", \"rows\": %lld, \"all_seconds\": %.3f, \"grown\": %lld, "
           "\"predict_seconds\": %.6f, \"predictions\": \"%016llx\"",
           r.stage->name, (long long)r.rows, seconds_now() - began,
           (long long)(status_bytes("VmHWM") - r.began_bytes), r.predict_seconds,
           (unsigned long long)r.hash);
    print_numbers("seconds", r.seconds, r.epochs);
    print_numbers("loss", r.loss, r.epochs);
    printf("}\n");
    return 0;
}
