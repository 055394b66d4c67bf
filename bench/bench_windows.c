/* An LSTM over windows of a series, trained by the trainer from views of the series.
 *
 *     bench_windows DIR HIDDEN [WINDOWS [SAMPLES [EPOCHS]]]
 *
 * Features 3, lookback 150, a linear layer on the last output, mean squared error, Adam, batches of
 * 256; SAMPLES of the windows are trained on (all of them).  What bench/peers/train_windows.py
 * needs to train the same net on the same batches is left in DIR: series.f32 [windows,3],
 * target.f32 [windows], order.i64 [epochs,samples], weights.safetensors as the net began.  Prints a
 * line of JSON: seconds and loss of each epoch, by how much the process grew. */
#include "series.h"
#include "stint/stint.h"

enum { WIDTH = SERIES_WIDTH, LENGTH = 150, BATCH = 256, EPOCHS_MOST = 100, PATH = 512 };

typedef struct run {
    const char *dir, *hidden;
    int64_t rows, samples, epochs;
    series series;
    double seconds[EPOCHS_MOST], loss[EPOCHS_MOST], wait;
    int64_t began_bytes;
} run;

static bool leave(const run *r, const char *name, const void *at, size_t bytes, const char *mode)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s", r->dir, name);
    FILE *f = fopen(path, mode);
    bool whole = f && fwrite(at, 1, bytes, f) == bytes;
    return f && fclose(f) == 0 && whole;
}

/* The order that the trainer's loader has, for the peer. */
static stint_status leave_order(const run *r, stint_context *c, const stint_samples *samples)
{
    stint_loader *l = stint_loader_new(
        c, samples, &(stint_loader_settings){.batch = BATCH, .shuffle = true, .workers = 0});
    int64_t *order = malloc(sizeof *order * (size_t)r->samples);
    bool whole = l && order;
    for (int64_t e = 0; whole && e < r->epochs; e++) {
        for (int64_t i = 0; i < r->samples; i++)
            order[i] = stint_loader_sample(l, e, i);
        whole = leave(r, "order.i64", order, sizeof *order * (size_t)r->samples, e ? "ab" : "wb");
    }
    free(order);
    stint_loader_free(l);
    return whole ? STINT_OK : STINT_EIO;
}

static stint_status leave_all(const run *r, stint_context *c, const stint_samples *samples,
                              stint_net *net)
{
    char path[PATH];
    size_t rows = (size_t)r->rows;
    snprintf(path, sizeof path, "%s/weights", r->dir);
    if (!leave(r, "series.f32", r->series.x, sizeof(float) * WIDTH * rows, "wb") ||
        !leave(r, "target.f32", r->series.y, sizeof(float) * rows, "wb"))
        return STINT_EIO;
    stint_status s = leave_order(r, c, samples);
    return s ? s : stint_net_save(net, path);
}

static stint_status note_epoch(void *self, const stint_epoch *e)
{
    run *r = self;
    r->loss[e->epoch] = e->train_loss;
    r->seconds[e->epoch] = e->seconds;
    r->wait += e->wait_seconds;
    return STINT_OK;
}

static stint_status train(run *r, stint_context *c, stint_net *net, const stint_samples *samples)
{
    char epochs[24];
    snprintf(epochs, sizeof epochs, "%lld", (long long)r->epochs);
    const stint_setting settings[] = {
        {"epochs", epochs}, {"batch_size", "256"}, {"seed", "0"}, {"restore_best", "false"}};
    stint_trainer *t = stint_trainer_new(
        c, net, samples, NULL,
        &(stint_trainer_settings){
            .n_settings = 4, .settings = settings, .on_epoch = note_epoch, .self = r});
    stint_status s = t ? stint_trainer_warm_up(t) : STINT_EFAIL;
    s = s ? s : stint_trainer_run(t);
    stint_trainer_free(t);
    return s;
}

static stint_status all(run *r, stint_context *c, stint_net *net)
{
    const stint_windows windows = {.x = r->series.x,
                                   .n = r->rows,
                                   .width = WIDTH,
                                   .length = LENGTH,
                                   .y = {r->series.y, STINT_F32, 1, 0}};
    const stint_setting lstm[] = {{"hidden", r->hidden}, {"returns", "last"}};
    stint_samples samples;
    stint_status s = stint_samples_windows(&windows, &samples);
    samples.n = r->samples; /* the first of them */
    s = s ? s : stint_net_add(net, "lstm", 2, lstm);
    s = s ? s : stint_net_add(net, "linear", 1, &(stint_setting){"units", "1"});
    s = s ? s : leave_all(r, c, &samples, net);
    return s ? s : train(r, c, net, &samples);
}

int main(int argc, char **argv)
{
    static run r;
    if (argc < 3)
        return 2;
    r.dir = argv[1];
    r.hidden = argv[2];
    r.rows = argc > 3 ? strtoll(argv[3], NULL, 10) : 100000;
    r.samples = argc > 4 ? strtoll(argv[4], NULL, 10) : r.rows;
    r.epochs = argc > 5 ? strtoll(argv[5], NULL, 10) : 1;
    r.began_bytes = status_bytes("VmRSS");
    if (r.samples > r.rows || r.epochs > EPOCHS_MOST || !series_make(&r.series, r.rows))
        return 2;
    stint_context *c = stint_open(NULL);
    stint_net *net = stint_net_new(c, STINT_F32, STINT_SHAPE(LENGTH, WIDTH), 1);
    stint_status s = all(&r, c, net);
    if (s)
        fprintf(stderr, "%s\n", stint_message(c));
    stint_net_free(net);
    stint_close(c);
    printf("{\"hidden\": %s, \"windows\": %lld, \"samples\": %lld, \"grown\": %lld, \"wait\": %.6f",
           r.hidden, (long long)r.rows, (long long)r.samples,
           (long long)(status_bytes("VmHWM") - r.began_bytes), r.wait);
    print_numbers("seconds", r.seconds, r.epochs);
    print_numbers("loss", r.loss, r.epochs);
    printf("}\n");
    return stint_status_exit(s);
}
