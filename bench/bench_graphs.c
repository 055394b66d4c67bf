#include "profile/bench_main.h"

#include "mlp.h"

/* Building graphs rather than running them: a step of 20 000 nodes traced and planned from
 * nothing, and what gradients' bookkeeping costs an eager computation.  And what gradients of
 * gradients cost: a product with the Hessian beside a gradient. */

enum { NODES_LEAST = 20000, DEEP_MOST = 4000, NARROW = 8, GRAPHS = 200, CASES = 7 };

/* --- a step of many nodes ------------------------------------------------------------------ */

/* A training step of a deep, narrow network, in a context of its own each time, so that nothing
 * is known from before. */
typedef struct deep {
    int64_t sizes[DEEP_MOST + 1];
    mlp_shape shape;
    stint_context *engine; /* NULL = none is open */
    mlp net;
    bench_case *of; /* its items are the nodes of the step, once they are known */
} deep;

static void close_deep(deep *d)
{
    if (!d->engine)
        return;
    mlp_close(&d->net);
    stint_close(d->engine);
    d->engine = NULL;
}

/* The first failure's message is the other context's: hand it on. */
static stint_status from_engine(ctx *c, const stint_context *engine, stint_status s)
{
    return s == STINT_OK ? s : fail(c, s, "%s", stint_message(engine));
}

static stint_status open_deep(ctx *c, deep *d)
{
    close_deep(d);
    d->engine = stint_open(&(stint_options){.sink = bench_print_line});
    if (!d->engine)
        return fail(c, STINT_ENOMEM, "no context");
    return from_engine(c, d->engine, mlp_open(d->engine, &d->shape, MLP_TRAIN, &d->net));
}

static stint_status plan_deep(ctx *c, void *self)
{
    deep *d = self;
    return from_engine(c, d->engine, stint_fn_warm_up(d->net.step, d->net.in));
}

static stint_status nodes_of(ctx *c, deep *d, int64_t *nodes)
{
    stint_plan_facts facts;
    TRY(open_deep(c, d));
    TRY(plan_deep(c, d));
    TRY(from_engine(c, d->engine, stint_fn_facts(d->net.step, &facts)));
    *nodes = facts.nodes;
    return STINT_OK;
}

/* So many layers that the step has NODES_LEAST nodes. */
static stint_status deepen(ctx *c, deep *d)
{
    int64_t nodes = 0;
    for (int i = 0; i <= DEEP_MOST; i++)
        d->sizes[i] = NARROW;
    d->shape = (mlp_shape){d->sizes, 100, NARROW, false};
    TRY(nodes_of(c, d, &nodes));
    while (nodes < NODES_LEAST) {
        int64_t layers = d->shape.layers * (int64_t)NODES_LEAST / (nodes > 0 ? nodes : 1) + 1;
        if (layers > DEEP_MOST)
            return fail(c, STINT_EFAIL, "%d layers are %lld nodes", d->shape.layers,
                        (long long)nodes);
        d->shape.layers = (int)layers;
        TRY(nodes_of(c, d, &nodes));
    }
    d->of->items = (double)nodes;
    return STINT_OK;
}

static stint_status before_deep(ctx *c, void *self)
{
    deep *d = self;
    if (d->shape.layers == 0)
        TRY(deepen(c, d));
    return open_deep(c, d);
}

/* --- the tape ------------------------------------------------------------------------------ */

typedef enum tape_use { TAPE_NONE, TAPE_NO_GRAD, TAPE_IDLE, TAPE_RECORDING } tape_use;

static const int64_t eager_sizes[] = {30, 64, 64, 1};
static const mlp_shape eager_shape = {eager_sizes, 3, 32, false};

static const struct {
    const char *name;
    tape_use use;
} tape_uses[] = {
    {"eager", TAPE_NONE},
    {"eager-no-grad", TAPE_NO_GRAD},
    {"eager-tape-idle", TAPE_IDLE},
    {"eager-tape-recording", TAPE_RECORDING},
};

enum { TAPE_USES = sizeof tape_uses / sizeof tape_uses[0] };

typedef struct eager {
    mlp *net;
    tape_use use;
} eager;

/* One graph, built and computed; with a tape that records, also forgotten again. */
static stint_status one_graph(const eager *e, stint_tape *tape)
{
    stint_scope *scope = stint_scope_open(e->net->engine);
    for (int i = 0; e->use == TAPE_RECORDING && i < e->net->weights; i++)
        stint_tape_watch(tape, e->net->weight[i]);
    (void)stint_item(mlp_loss(e->net, e->net->in));
    if (e->use == TAPE_RECORDING)
        stint_tape_clear(tape);
    return stint_scope_close(scope);
}

static stint_status run_eager(ctx *c, void *self)
{
    const eager *e = self;
    stint_context *engine = e->net->engine;
    bool taped = e->use == TAPE_IDLE || e->use == TAPE_RECORDING;
    stint_tape *tape = taped ? stint_tape_open(engine) : NULL;
    if (e->use == TAPE_NO_GRAD)
        stint_no_grad_open(engine);
    stint_status s = STINT_OK;
    for (int i = 0; s == STINT_OK && i < GRAPHS; i++)
        s = one_graph(e, tape);
    if (e->use == TAPE_NO_GRAD)
        stint_no_grad_close(engine);
    stint_tape_close(tape);
    return from_engine(c, engine, s);
}

/* --- Hessian products ---------------------------------------------------------------------- */

static const int64_t second_sizes[] = {784, 256, 128, 10};
static const mlp_shape second_shape = {second_sizes, 3, 64, true};

enum { PRODUCTS = 50 };

/* The product of the weights themselves, of a network whose step is its gradients. */
typedef struct second {
    mlp net;
    stint_fn *product;
} second;

static stint_status product_body(void *self, stint_tensor *const *in, stint_tensor **out)
{
    const mlp *m = self;
    return stint_hessian_vector(mlp_loss(m, in), m->weights, m->weight, m->weight, out);
}

static stint_status open_second(stint_context *engine, second *s)
{
    TRY(mlp_open(engine, &second_shape, MLP_GRADIENTS, &s->net));
    s->product = stint_fn_new(engine, product_body, &s->net, 2, s->net.weights);
    return s->product ? STINT_OK : STINT_ENOMEM;
}

static void close_second(second *s)
{
    stint_fn_free(s->product);
    mlp_close(&s->net);
}

static stint_status run_gradient(ctx *c, void *self)
{
    second *s = self;
    return from_engine(c, s->net.engine, mlp_run(&s->net, PRODUCTS));
}

static stint_status run_product(ctx *c, void *self)
{
    second *s = self;
    stint_status status = STINT_OK;
    for (int i = 0; status == STINT_OK && i < PRODUCTS; i++)
        status = stint_fn_call(s->product, s->net.in, s->net.out);
    return from_engine(c, s->net.engine, status);
}

/* --- all ----------------------------------------------------------------------------------- */

static int make_cases(deep *d, mlp *net, eager *eagers, second *s, bench_case *cases)
{
    d->of = &cases[0];
    cases[0] = (bench_case){.name = "plan-20000-nodes",
                            .run = plan_deep,
                            .before = before_deep,
                            .self = d,
                            .item = "node"};
    for (int i = 0; i < TAPE_USES; i++) {
        eagers[i] = (eager){net, tape_uses[i].use};
        cases[1 + i] = (bench_case){.name = tape_uses[i].name,
                                    .run = run_eager,
                                    .self = &eagers[i],
                                    .items = GRAPHS,
                                    .item = "graph"};
    }
    bench_case *own = &cases[1 + TAPE_USES];
    own[0] = (bench_case){"gradient", run_gradient, .self = s, .items = PRODUCTS, .item = "step"};
    own[1] = (bench_case){"hessian-product", run_product, .self = s, .items = PRODUCTS,
                          .item = "product"};
    return CASES;
}

int main(int argc, char **argv)
{
    static deep d;
    static mlp net;
    static second two;
    static eager eagers[TAPE_USES];
    static bench_case cases[CASES];
    stint_context *engine = stint_open(&(stint_options){.sink = bench_print_line});
    if (!engine)
        return stint_status_exit(STINT_ENOMEM);
    stint_status s = mlp_open(engine, &eager_shape, MLP_FORWARD, &net);
    if (s == STINT_OK)
        s = open_second(engine, &two);
    int code = s == STINT_OK
                   ? bench_main(argc, argv, cases, make_cases(&d, &net, eagers, &two, cases))
                   : stint_status_exit(s);
    if (s != STINT_OK)
        fprintf(stderr, "%s\n", stint_message(engine));
    close_deep(&d);
    close_second(&two);
    mlp_close(&net);
    stint_close(engine);
    return code;
}
