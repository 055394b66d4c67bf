#include "profile/bench_main.h"

#include "peak.h"
#include "recurrent.h"

/* Training steps of recurrent nets through stint_fn, and their forward and backward parts alone,
 * beside the machine's peak.  A net is open at a time. */

static const struct {
    recurrent_shape shape;
    int group, iterations; /* steps timed at once */
} nets[] = {
    {{false, 8, 64, 50, 32, 1}, 20, 15},  {{true, 8, 64, 50, 32, 1}, 20, 15},
    {{false, 8, 128, 100, 64, 1}, 2, 15}, {{true, 8, 128, 100, 64, 1}, 2, 15},
    {{false, 16, 256, 100, 64, 2}, 1, 7},
};
enum { NETS = sizeof nets / sizeof *nets, CASES = 2 * NETS + 1 };

typedef struct work {
    stint_context *engine;
    const recurrent_shape *shape;
    bool train;
    int group;
    char name[64];
} work;

static recurrent net;
static const work *net_of; /* whose the net is; NULL = none is open */

static void close_net(void)
{
    if (net_of)
        recurrent_close(&net);
    net_of = NULL;
}

/* The first step traces and plans. */
static stint_status prepare(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    if (net_of == w)
        return STINT_OK;
    close_net();
    net_of = w;
    TRY(recurrent_open(w->engine, w->shape, w->train, &net));
    return recurrent_run(&net, 1);
}

static stint_status run_steps(ctx *c, void *self)
{
    const work *w = self;
    (void)c;
    return recurrent_run(&net, w->group);
}

/* "lstm-16-256-t100-b64-l2-train" */
static void name_case(work *w)
{
    const recurrent_shape *s = w->shape;
    snprintf(w->name, sizeof w->name, "%s-%lld-%lld-t%lld-b%lld-l%d-%s", s->gru ? "gru" : "lstm",
             (long long)s->in, (long long)s->hidden, (long long)s->time, (long long)s->rows,
             s->layers, w->train ? "train" : "gradients");
}

/* A case is one step, `group` of them timed at once. */
static void make_cases(stint_context *engine, work *works, peak *p, bench_case *cases)
{
    for (int k = 0; k < 2 * NETS; k++) {
        work *w = &works[k];
        *w = (work){.engine = engine,
                    .shape = &nets[k / 2].shape,
                    .train = k % 2 == 0,
                    .group = nets[k / 2].group};
        name_case(w);
        cases[k] = (bench_case){.name = w->name,
                                .run = run_steps,
                                .before = prepare,
                                .self = w,
                                .warmup = 2,
                                .iterations = nets[k / 2].iterations,
                                .items = w->train ? w->group : w->group * recurrent_flops(w->shape),
                                .item = w->train ? "step" : "flop"};
    }
    cases[2 * NETS] = peak_case(p);
}

int main(int argc, char **argv)
{
    static work works[2 * NETS];
    static bench_case cases[CASES];
    static peak highest;
    stint_context *engine = stint_open(&(stint_options){.sink = bench_print_line});
    if (!engine)
        return stint_status_exit(STINT_ENOMEM);
    make_cases(engine, works, &highest, cases);
    int code = bench_main(argc, argv, cases, CASES);
    close_net();
    if (*stint_message(engine))
        fprintf(stderr, "%s\n", stint_message(engine));
    stint_close(engine);
    return code;
}
