#include "profile/bench_main.h"

#include "cnn.h"
#include "peak.h"

/* Convolutions alone, their gradients, and training steps of a small network, beside the
 * machine's peak.
 *
 *     bench_convolution [flags of every benchmark] */

enum { CONVOLUTIONS = 4, KINDS = 2, CASES = CONVOLUTIONS * KINDS + 2, STEPS = 20 };

static const struct {
    int64_t batch, channels, side, out;
} shapes[CONVOLUTIONS] = {{8, 3, 32, 16}, {8, 3, 32, 64}, {16, 3, 64, 16}, {16, 3, 64, 64}};

typedef struct work {
    stint_context *engine;
    int shape, group;
    bool gradients;
    char name[64];
    cnn net; /* its tensors, of a convolution alone too */
    bool open, train;
} work;

static stint_status convolve(void *self, stint_tensor *const *in, stint_tensor **out)
{
    work *w = self;
    const stint_convolution same = {.padding = {1, 1}};
    out[0] = stint_conv2d(in[0], in[1], NULL, &same);
    if (!out[0] || !w->gradients)
        return ctx_status(w->engine);
    stint_tensor *y = out[0], *sources[2] = {in[0], in[1]};
    return stint_gradients(1, &y, &y, 2, sources, out);
}

static stint_status prepare(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    if (w->open)
        return STINT_OK;
    w->open = true;
    if (w->train) {
        TRY(cnn_open(w->engine, &w->net));
        return cnn_run(&w->net, 1);
    }
    w->net.engine = w->engine;
    int64_t side = shapes[w->shape].side, channels = shapes[w->shape].channels;
    w->net.in[0] =
        cnn_normal(&w->net, 4, (int64_t[]){shapes[w->shape].batch, channels, side, side}, 1, 1);
    w->net.in[1] =
        cnn_normal(&w->net, 4, (int64_t[]){shapes[w->shape].out, channels, 3, 3}, 0.2, 2);
    w->net.step = stint_fn_new(w->engine, convolve, w, 2, w->gradients ? 2 : 1);
    return ctx_status(w->engine);
}

static stint_status run(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    if (w->train)
        return cnn_run(&w->net, w->group);
    for (int i = 0; i < w->group; i++) {
        stint_scope *s = stint_scope_open(w->engine);
        stint_tensor *out[2];
        TRY(stint_fn_call(w->net.step, w->net.in, out));
        TRY(stint_scope_close(s));
    }
    return STINT_OK;
}

static double flops_of(int shape)
{
    return 2.0 * 9 *
           (double)(shapes[shape].batch * shapes[shape].channels * shapes[shape].out *
                    shapes[shape].side * shapes[shape].side);
}

static void make_cases(stint_context *engine, work *works, peak *p, bench_case *cases)
{
    for (int i = 0; i < CONVOLUTIONS * KINDS; i++) {
        work *w = &works[i];
        *w = (work){.engine = engine, .shape = i / KINDS, .gradients = i % KINDS, .group = STEPS};
        snprintf(w->name, sizeof w->name, "conv-%lldx%lldx%lld-%lld%s",
                 (long long)shapes[w->shape].batch, (long long)shapes[w->shape].channels,
                 (long long)shapes[w->shape].side, (long long)shapes[w->shape].out,
                 w->gradients ? "-gradients" : "");
        cases[i] = (bench_case){.name = w->name,
                                .run = run,
                                .before = prepare,
                                .self = w,
                                .warmup = 2,
                                .iterations = 15,
                                .items = w->group * flops_of(w->shape) * (w->gradients ? 3 : 1),
                                .item = "flop"};
    }
    work *w = &works[CONVOLUTIONS * KINDS];
    *w = (work){.engine = engine, .group = STEPS, .train = true, .name = "cnn-train"};
    cases[CONVOLUTIONS * KINDS] = (bench_case){.name = w->name,
                                               .run = run,
                                               .before = prepare,
                                               .self = w,
                                               .warmup = 2,
                                               .iterations = 15,
                                               .items = STEPS,
                                               .item = "step"};
    cases[CASES - 1] = peak_case(p);
}

int main(int argc, char **argv)
{
    static work works[CASES - 1];
    static bench_case cases[CASES];
    static peak highest;
    stint_context *engine = stint_open(&(stint_options){.sink = bench_print_line});
    if (!engine)
        return stint_status_exit(STINT_ENOMEM);
    make_cases(engine, works, &highest, cases);
    int code = bench_main(argc, argv, cases, CASES);
    for (int i = 0; i < CASES - 1; i++)
        cnn_close(&works[i].net);
    if (*stint_message(engine))
        fprintf(stderr, "%s\n", stint_message(engine));
    stint_close(engine);
    return code;
}
