#include "profile/bench_main.h"

#include "base/json.h"
#include "base/os/os.h"
#include "mlp.h"
#include "peak.h"

/* Training steps of multi-layer perceptrons through stint_fn, and their forward and backward
 * parts alone, beside the machine's peak.
 *
 *     bench_train [FACTS.json] [flags of every benchmark]
 *
 * FACTS.json gets the stint_plan_facts of every step that was run.  One network is open at a
 * time: the widest takes half a gigabyte. */

enum { MLP_SIZES_MOST = 5, MLPS = 7, CASES = 2 * MLPS + 1 };

static const struct {
    int64_t sizes[MLP_SIZES_MOST]; /* ending in 0, or not */
    int64_t rows;
    bool classes;
    int group, iterations; /* steps timed at once: milliseconds, and fewer than MLP_OLDEST */
} mlps[MLPS] = {
    {{30, 64, 64, 1}, 32, false, 500, 15},   {{64, 128, 64, 10}, 64, true, 300, 15},
    {{784, 256, 128, 10}, 64, true, 50, 15}, {{1024, 4096, 4096, 1024}, 256, false, 1, 7},
    {{784, 128, 10}, 32, true, 150, 15},     {{2048, 512, 100}, 64, true, 12, 15},
    {{1024, 256, 50}, 128, true, 25, 15},
};

typedef struct work {
    stint_context *engine;
    mlp_shape shape;
    mlp_what what;
    int group;
    char name[64];
    bool known;
    stint_plan_facts facts;
} work;

static mlp net;
static const work *net_of; /* whose the network is; NULL = none is open */

static void close_net(void)
{
    if (net_of)
        mlp_close(&net);
    net_of = NULL;
}

/* The first step traces and plans; after new weights it warms the caches. */
static stint_status prepare(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    if (net_of == w && net.age + w->group <= MLP_OLDEST)
        return STINT_OK;
    if (net_of == w) {
        TRY(mlp_renew(&net));
        return mlp_run(&net, 1);
    }
    close_net();
    net_of = w;
    TRY(mlp_open(w->engine, &w->shape, w->what, &net));
    TRY(mlp_run(&net, 1));
    w->known = true;
    return stint_fn_facts(net.step, &w->facts);
}

static stint_status run_steps(ctx *c, void *self)
{
    const work *w = self;
    (void)c;
    return mlp_run(&net, w->group);
}

/* --- cases --------------------------------------------------------------------------------- */

static int layers_of(int i)
{
    int n = 0;
    while (n < MLP_SIZES_MOST && mlps[i].sizes[n] > 0)
        n++;
    return n - 1;
}

/* "784-256-128-10-b64-train" */
static void name_case(work *w, const char *what)
{
    size_t at = 0;
    for (int i = 0; i <= w->shape.layers; i++)
        at += (size_t)snprintf(w->name + at, sizeof w->name - at, "%lld-",
                               (long long)w->shape.sizes[i]);
    snprintf(w->name + at, sizeof w->name - at, "b%lld-%s", (long long)w->shape.rows, what);
}

static void make_cases(stint_context *engine, work *works, peak *p, bench_case *cases)
{
    for (int k = 0; k < 2 * MLPS; k++) {
        int i = k / 2;
        bool train = k % 2 == 0;
        work *w = &works[k];
        *w = (work){.engine = engine,
                    .shape = {mlps[i].sizes, layers_of(i), mlps[i].rows, mlps[i].classes},
                    .what = train ? MLP_TRAIN : MLP_GRADIENTS,
                    .group = mlps[i].group};
        name_case(w, train ? "train" : "gradients");
        cases[k] = (bench_case){.name = w->name,
                                .run = run_steps,
                                .before = prepare,
                                .self = w,
                                .warmup = 2,
                                .iterations = mlps[i].iterations,
                                .items = train ? w->group : w->group * mlp_flops(&w->shape),
                                .item = train ? "step" : "flop"};
    }
    cases[2 * MLPS] = peak_case(p);
}

/* --- facts --------------------------------------------------------------------------------- */

static void emit_facts(json_out *j, const work *w)
{
    const stint_plan_facts *f = &w->facts;
    emit_object(j, w->name);
    emit_int(j, "group", w->group);
    emit_double(j, "flops", mlp_flops(&w->shape));
    emit_double(j, "plan_flops", f->flops);
    emit_int(j, "nodes", f->nodes);
    emit_int(j, "steps", f->steps);
    emit_int(j, "planned_bytes", f->planned_bytes);
    emit_int(j, "allocated_bytes", f->allocated_bytes);
    emit_int(j, "result_bytes", f->result_bytes);
    emit_int(j, "unshared_bytes", f->unshared_bytes);
    emit_object_end(j);
}

static stint_status write_facts(ctx *c, const work *works, const char *path)
{
    str text;
    str_init(&text, c, TAG_BASE);
    json_out j = emit_begin(&text, true);
    emit_object(&j, NULL);
    for (int i = 0; i < 2 * MLPS; i++)
        if (works[i].known)
            emit_facts(&j, &works[i]);
    emit_object_end(&j);
    stint_status s = str_status(&text);
    if (s == STINT_OK)
        s = file_write_atomic(c, path, text.at, text.len);
    str_deinit(&text);
    return s;
}

int main(int argc, char **argv)
{
    static work works[2 * MLPS];
    static bench_case cases[CASES];
    static peak highest;
    const char *facts = NULL;
    stint_context *engine = stint_open(&(stint_options){.sink = bench_print_line});
    if (!engine)
        return stint_status_exit(STINT_ENOMEM);
    if (argc > 1 && argv[1][0] != '-') {
        facts = argv[1];
        argv[1] = argv[0];
        argc--, argv++;
    }
    make_cases(engine, works, &highest, cases);
    int code = bench_main(argc, argv, cases, CASES);
    close_net();
    if (code == 0 && facts)
        code = stint_status_exit(write_facts(engine, works, facts));
    if (*stint_message(engine))
        fprintf(stderr, "%s\n", stint_message(engine));
    stint_close(engine);
    return code;
}
