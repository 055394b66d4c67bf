/* What gradient flow costs training: a trainer with it off and one with it on, taken every 10
 * updates, an epoch each by turns.
 *
 *     bench_flow                      a line of JSON per net: seconds of an update
 *     bench_flow NET WAY EPOCHS       that alone, for callgrind: "mlp" or "lstm", "off" or "on"
 *     bench_flow --svg FILE           a picture of a deep net that is half ill
 *
 * The nets: 784-256-128-10 of relu, batch 128, cross-entropy; an LSTM of 64 over 50 steps of 8,
 * batch 32, mean squared error; both with Adam. */
#include "base/os/os.h"
#include "profile/bench_main.h"
#include "stint/stint.h"

#include <stdlib.h>
#include <string.h>

enum { OFF, ON, WAYS, ROUNDS = 41, STEPS = 20 };
enum { MLP, LSTM, NETS, DEEP = NETS };
enum { MOST = 128 * STEPS * 784 };
static const char *const ways[WAYS] = {"off", "on"};

static const struct net_case {
    const char *name, *layers, *loss, *epochs;
    int64_t batch, length, wide;
} nets[NETS + 1] = {
    {"mlp", "linear:256 relu linear:128 relu linear:10", "cross_entropy", "1", 128, 0, 784},
    {"lstm", "lstm:64 last linear:1", "mse", "1", 32, 50, 8},
    {"deep",
     "linear:64 relu linear:64 relu linear:64 tanh linear:64 sigmoid linear:64 sigmoid linear:64 "
     "sigmoid linear:64 sigmoid linear:10",
     "cross_entropy", "100", 64, 0, 64},
};

typedef struct work {
    stint_context *ctx;
    stint_net *net;
    stint_samples samples;
    stint_windows windows;
    stint_trainer *trainer;
} work;

static float inputs[MOST], values[128 * STEPS];
static int32_t labels[128 * STEPS];

static void draw(void)
{
    uint64_t z = 1;
    for (int i = 0; i < MOST; i++) {
        z = z * 6364136223846793005ULL + 1442695040888963407ULL;
        inputs[i] = (float)((double)(z >> 11) * 0x1p-52 - 1);
    }
    for (int i = 0; i < 128 * STEPS; i++) {
        values[i] = inputs[i] * inputs[i + 1];
        labels[i] = (int32_t)(5 * (values[i] + 1)) % 10;
    }
}

/* Layers "class" or "class:size", a space between. */
static stint_status add_layers(stint_net *n, const char *layers)
{
    char copy[256];
    snprintf(copy, sizeof copy, "%s", layers);
    for (char *rest, *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *size = strchr(word, ':');
        if (size)
            *size++ = '\0';
        const char *key = strcmp(word, "lstm") == 0 ? "hidden" : "units";
        TRY(stint_net_add(n, word, size != NULL, &(stint_setting){key, size}));
    }
    return STINT_OK;
}

static stint_status take_samples(work *w, const struct net_case *of)
{
    int64_t rows = of->batch * STEPS;
    stint_rows x = {inputs, STINT_F32, of->wide, 0};
    if (of->length == 0)
        return stint_samples_rows(2, (stint_rows[]){x, {labels, STINT_I32, 0, 0}}, rows,
                                  &w->samples);
    w->windows = (stint_windows){.x = inputs,
                                 .n = rows,
                                 .width = of->wide,
                                 .length = of->length,
                                 .y = {values, STINT_F32, 1, 0}};
    return stint_samples_windows(&w->windows, &w->samples);
}

/* `threads` 0 = the processor's. */
static stint_status begin(work *w, const struct net_case *of, int way, int threads)
{
    char batch[24];
    int64_t shape[] = {of->length, of->wide};
    int axes = of->length ? 2 : 1;
    snprintf(batch, sizeof batch, "%lld", (long long)of->batch);
    const stint_setting settings[] = {{"epochs", of->epochs},
                                      {"batch_size", batch},
                                      {"workers", "0"},
                                      {"flow", way == ON ? "true" : "false"}};
    *w = (work){.ctx = stint_open(&(stint_options){.sink = bench_print_line, .threads = threads})};
    w->net = stint_net_new(w->ctx, STINT_F32, axes, shape + 2 - axes, 1);
    TRY(add_layers(w->net, of->layers));
    TRY(take_samples(w, of));
    w->trainer = stint_trainer_new(
        w->ctx, w->net, &w->samples, NULL,
        &(stint_trainer_settings){.loss = of->loss, .n_settings = 4, .settings = settings});
    return stint_trainer_warm_up(w->trainer);
}

static stint_status epoch(work *w)
{
    TRY(stint_trainer_renew(w->trainer, 1));
    return stint_trainer_run(w->trainer);
}

static int end(work *w, stint_status s)
{
    if (s != STINT_OK)
        fprintf(stderr, "%s\n", stint_message(w->ctx));
    stint_trainer_free(w->trainer);
    stint_net_free(w->net);
    stint_close(w->ctx);
    return stint_status_exit(s);
}

static int compare(const struct net_case *of)
{
    static double seconds[WAYS][ROUNDS];
    work w[WAYS];
    stint_status s = STINT_OK;
    for (int k = 0; k < WAYS && s == STINT_OK; k++)
        s = begin(&w[k], of, k, 0);
    for (int r = -2; r < ROUNDS && s == STINT_OK; r++)
        for (int k = 0; k < WAYS && s == STINT_OK; k++) {
            double began = clock_seconds();
            s = epoch(&w[k]);
            seconds[k][r < 0 ? 0 : r] = (clock_seconds() - began) / STEPS;
        }
    printf("{\"net\": \"%s\"", of->name);
    for (int k = 0; k < WAYS; k++) {
        printf(", \"%s\": [", ways[k]);
        for (int r = 0; r < ROUNDS; r++)
            printf("%s%.9f", r > 0 ? ", " : "", seconds[k][r]);
        printf("]");
    }
    printf("}\n");
    int code = 0;
    for (int k = 0; k < WAYS; k++)
        code |= end(&w[k], s);
    return code;
}

static int picture(const char *path)
{
    work w;
    stint_text svg = {0};
    stint_status s = begin(&w, &nets[DEEP], ON, 0);
    if (s == STINT_OK)
        s = epoch(&w);
    if (s == STINT_OK)
        s = stint_trainer_flow(w.trainer, STINT_FLOW_SVG, &svg);
    if (s == STINT_OK)
        s = file_write_atomic(w.ctx, path, svg.at, strlen(svg.at));
    stint_text_free(&svg);
    return end(&w, s);
}

static int alone(const char *net, const char *way, int epochs)
{
    work w;
    for (int i = 0; i < NETS * WAYS; i++)
        if (strcmp(nets[i / WAYS].name, net) == 0 && strcmp(ways[i % WAYS], way) == 0) {
            stint_status s = begin(&w, &nets[i / WAYS], i % WAYS, 1); /* none waits for another */
            for (int k = 0; k < epochs && s == STINT_OK; k++)
                s = epoch(&w);
            return end(&w, s);
        }
    return stint_status_exit(STINT_EUSAGE);
}

int main(int argc, char **argv)
{
    draw();
    if (argc == 4)
        return alone(argv[1], argv[2], atoi(argv[3]));
    if (argc == 3 && strcmp(argv[1], "--svg") == 0)
        return picture(argv[2]);
    int code = 0;
    for (int i = 0; i < NETS; i++)
        code |= compare(&nets[i]);
    return code;
}
