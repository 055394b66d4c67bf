#include "profile/bench_main.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/os/os.h"
#include "stint/stint.h"

#include <math.h>
#include <string.h>

/* Training steps of deep networks that keep less of their forward part: in bf16, or computed
 * again.
 *
 *     bench_precision [FACTS.json] [flags of every benchmark]
 *
 * FACTS.json gets the stint_plan_facts of every step that was run.  All steps of a network train
 * the same weights; one network is open at a time. */

enum { LAYERS_MOST = 200, WEIGHTS_MOST = 6 * LAYERS_MOST, NETS = 3, POLICIES = 4 };

/* Layers relu(x w + b); with `hidden`, blocks x + gelu(norm(x) w + b) v + c instead; with `heads`,
 * x + attention(norm(x)) before that: a transformer's (Xiong et al. 2020, pre-norm). */
typedef struct net_shape {
    const char *name;
    int layers;
    int64_t batch, length; /* sequences of so many rows */
    int64_t width, hidden, heads;
    int64_t block; /* heavy operations of a block that is computed again */
} net_shape;

static const net_shape shapes[NETS] = {
    {"mlp", 200, 1, 128, 256, 0, 0, 14},
    {"blocks", 12, 1, 512, 256, 1024, 0, 3},
    {"attention", 1, 16, 256, 256, 1024, 8, 5},
};

typedef struct policy {
    const char *name;
    stint_dtype storage;
    stint_recompute how;
} policy;

static const policy policies[POLICIES] = {
    {"keep-all", STINT_F32, STINT_KEEP_ALL},
    {"bf16", STINT_BF16, STINT_KEEP_ALL},
    {"recompute", STINT_F32, STINT_RECOMPUTE_BLOCKS},
    {"half-budget", STINT_F32, STINT_RECOMPUTE_BUDGET},
};

typedef struct net {
    stint_context *engine;
    const net_shape *shape;
    int weights;
    stint_tensor *weight[WEIGHTS_MOST], *gradient[WEIGHTS_MOST], *in;
    stint_optimiser *adam;
} net;

static net deep;

/* --- the networks -------------------------------------------------------------------------- */

static stint_tensor *layer(stint_tensor *x, stint_tensor *const *w)
{
    return stint_relu(stint_linear(x, w[0], w[1]));
}

static stint_tensor *feed_forward(stint_tensor *x, stint_tensor *const *w)
{
    stint_tensor *inner = stint_linear(stint_layer_norm(x, w[4], w[5], 1e-5), w[0], w[1]);
    return stint_add(x, stint_linear(stint_gelu(inner), w[2], w[3]));
}

/* [batch·length,width] as [batch,heads,length,width/heads] */
static stint_tensor *to_heads(const net_shape *s, stint_tensor *x)
{
    x = stint_reshape(x, STINT_SHAPE(s->batch, s->length, s->heads, s->width / s->heads));
    return stint_permute(x, (int[]){0, 2, 1, 3});
}

static stint_tensor *attend(const net_shape *s, stint_tensor *x, stint_tensor *const *w)
{
    stint_tensor *part[3], *h = stint_layer_norm(x, w[8], w[9], 1e-5);
    for (int i = 0; i < 3; i++)
        part[i] = to_heads(s, stint_linear(h, w[2 * i], w[2 * i + 1]));
    stint_tensor *y = stint_attention(part[0], part[1], part[2], NULL, NULL);
    y = stint_reshape(stint_permute(y, (int[]){0, 2, 1, 3}), STINT_SHAPE(-1, s->width));
    return stint_add(x, stint_linear(y, w[6], w[7]));
}

static stint_tensor *block(const net_shape *s, stint_tensor *x, stint_tensor *const *w)
{
    if (s->hidden == 0)
        return layer(x, w);
    if (s->heads == 0)
        return feed_forward(x, w);
    return feed_forward(attend(s, x, w), w + 10);
}

static stint_status step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    net *n = self;
    stint_tensor *x = in[0];
    int each = n->weights / n->shape->layers;
    for (int i = 0; i < n->weights; i += each)
        x = block(n->shape, x, n->weight + i);
    out[0] = stint_mse(x, in[0], STINT_REDUCE_MEAN);
    if (!out[0])
        return ctx_status(n->engine);
    TRY(stint_gradients(1, out, NULL, n->weights, n->weight, n->gradient));
    return stint_optimiser_update(n->adam, n->weights, n->weight, n->gradient);
}

static void add_weight(net *n, stint_tensor *g, const char *how, int axes, const int64_t *shape)
{
    n->weight[n->weights++] = stint_keep(stint_initialise(g, how, 0, NULL, STINT_F32, axes, shape));
}

static void add_norm(net *n, stint_tensor *g)
{
    add_weight(n, g, "ones", STINT_SHAPE(n->shape->width));
    add_weight(n, g, "zeros", STINT_SHAPE(n->shape->width));
}

static void add_attention(net *n, stint_tensor *g)
{
    for (int i = 0; i < 4; i++) {
        add_weight(n, g, "xavier_normal", STINT_SHAPE(n->shape->width, n->shape->width));
        add_weight(n, g, "zeros", STINT_SHAPE(n->shape->width));
    }
    add_norm(n, g);
}

static void add_layer(net *n, stint_tensor *g)
{
    int64_t width = n->shape->width, hidden = n->shape->hidden;
    int64_t wide = hidden > 0 ? hidden : width;
    if (n->shape->heads > 0)
        add_attention(n, g);
    add_weight(n, g, "kaiming_normal", STINT_SHAPE(width, wide));
    add_weight(n, g, "zeros", STINT_SHAPE(wide));
    if (hidden == 0)
        return;
    add_weight(n, g, "xavier_normal", STINT_SHAPE(hidden, width));
    add_weight(n, g, "zeros", STINT_SHAPE(width));
    add_norm(n, g);
}

static void net_close(net *n)
{
    stint_optimiser_free(n->adam);
    for (int i = 0; i < n->weights; i++)
        stint_drop(n->weight[i]);
    stint_drop(n->in);
    *n = (net){.shape = NULL};
}

static stint_status net_open(stint_context *engine, const net_shape *shape, net *n)
{
    *n = (net){.engine = engine, .shape = shape};
    stint_scope *s = stint_scope_open(engine);
    stint_tensor *g = stint_generator(engine, 1);
    for (int i = 0; i < shape->layers; i++)
        add_layer(n, g);
    n->in = stint_keep(
        stint_normal(g, STINT_F32, STINT_SHAPE(shape->batch * shape->length, shape->width), 0, 1));
    n->adam = stint_optimiser_new(engine, "adam", 0, NULL);
    if (n->in && stint_realise(1, &n->in) != STINT_OK)
        return ctx_status(engine);
    return stint_scope_close(s);
}

/* --- steps --------------------------------------------------------------------------------- */

typedef struct work {
    stint_context *engine;
    const net_shape *shape;
    const policy *policy;
    char name[64];
    stint_fn *step;
    int64_t budget; /* 0 = none */
    bool known;
    stint_plan_facts facts;
} work;

static work works[NETS * POLICIES];

static void close_all(void)
{
    for (int i = 0; i < NETS * POLICIES; i++) {
        stint_fn_free(works[i].step);
        works[i].step = NULL;
    }
    net_close(&deep);
}

/* Half of what keeping everything takes; weights and the optimiser's state lie outside the slab. */
static stint_status find_budget(work *w)
{
    stint_plan_facts facts;
    stint_fn *f = stint_fn_new(w->engine, step, &deep, 1, 1);
    stint_status s = stint_fn_warm_up(f, &deep.in);
    if (s == STINT_OK)
        s = stint_fn_facts(f, &facts);
    stint_fn_free(f);
    if (s == STINT_OK)
        w->budget = facts.planned_bytes / 2;
    return s;
}

static stint_status run_step(ctx *c, void *self)
{
    const work *w = self;
    stint_tensor *loss;
    (void)c;
    return stint_fn_call(w->step, &deep.in, &loss);
}

static stint_status prepare(ctx *c, void *self)
{
    work *w = self;
    if (w->step)
        return STINT_OK;
    if (deep.shape != w->shape) {
        close_all();
        TRY(net_open(w->engine, w->shape, &deep));
    }
    if (w->policy->how == STINT_RECOMPUTE_BUDGET)
        TRY(find_budget(w));
    w->step = stint_fn_new(w->engine, step, &deep, 1, 1);
    TRY(stint_fn_storage(w->step, w->policy->storage));
    TRY(stint_fn_recompute(w->step, w->policy->how, w->budget ? w->budget : w->shape->block));
    TRY(run_step(c, w));
    w->known = true;
    return stint_fn_facts(w->step, &w->facts);
}

static void make_cases(stint_context *engine, bench_case *cases)
{
    for (int i = 0; i < NETS * POLICIES; i++) {
        work *w = &works[i];
        *w = (work){
            .engine = engine, .shape = &shapes[i / POLICIES], .policy = &policies[i % POLICIES]};
        snprintf(w->name, sizeof w->name, "%s-%s", w->shape->name, w->policy->name);
        cases[i] = (bench_case){.name = w->name,
                                .run = run_step,
                                .before = prepare,
                                .self = w,
                                .warmup = 2,
                                .iterations = 11,
                                .items = 1,
                                .item = "step"};
    }
}

/* --- facts --------------------------------------------------------------------------------- */

static void emit_facts(json_out *j, const work *w)
{
    emit_object(j, w->name);
    emit_int(j, "budget", w->budget);
    emit_int(j, "planned_bytes", w->facts.planned_bytes);
    emit_int(j, "steps", w->facts.steps);
    emit_double(j, "flops", w->facts.flops);
    emit_int(j, "recomputed_nodes", w->facts.recomputed_nodes);
    emit_double(j, "recomputed_flops", w->facts.recomputed_flops);
    emit_object_end(j);
}

static stint_status write_facts(ctx *c, const char *path)
{
    str text;
    str_init(&text, c, TAG_BASE);
    json_out j = emit_begin(&text, true);
    emit_object(&j, NULL);
    for (int i = 0; i < NETS * POLICIES; i++)
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
    static bench_case cases[NETS * POLICIES];
    const char *facts = NULL;
    stint_context *engine = stint_open(&(stint_options){.sink = bench_print_line});
    if (!engine)
        return stint_status_exit(STINT_ENOMEM);
    if (argc > 1 && argv[1][0] != '-') {
        facts = argv[1];
        argv[1] = argv[0];
        argc--, argv++;
    }
    make_cases(engine, cases);
    int code = bench_main(argc, argv, cases, NETS * POLICIES);
    close_all();
    if (code == 0 && facts)
        code = stint_status_exit(write_facts(engine, facts));
    if (*stint_message(engine))
        fprintf(stderr, "%s\n", stint_message(engine));
    stint_close(engine);
    return code;
}
