#include "profile/bench_main.h"

#include "curved.h"

/* What a product with the Hessian costs beside a gradient of the same loss, both traced once and
 * replayed.
 *
 *     bench_derivatives [flags of every benchmark] */

enum { KINDS = 2, CASES = CURVED_NETS * KINDS, GROUP = 10 };

static const char *const kinds[KINDS] = {"gradient", "product"};

typedef struct work {
    stint_context *engine;
    const curved_net *of;
    bool product, open;
    char name[64];
    curved net;
    stint_fn *step;
} work;

/* The product is with the weights themselves. */
static stint_status body(void *self, stint_tensor *const *in, stint_tensor **out)
{
    work *w = self;
    const curved *n = &w->net;
    stint_tensor *loss = n->of->loss(n->weight, in);
    if (!loss)
        return ctx_status(w->engine);
    if (w->product)
        return stint_hessian_vector(loss, n->weights, n->weight, n->weight, out);
    return stint_gradients(1, &loss, NULL, n->weights, n->weight, out);
}

static stint_status from_engine(ctx *c, const work *w, stint_status s)
{
    return s == STINT_OK ? s : fail(c, s, "%s: %s", w->name, stint_message(w->engine));
}

static stint_status prepare(ctx *c, void *self)
{
    work *w = self;
    if (w->open)
        return STINT_OK;
    w->open = true;
    TRY(from_engine(c, w, curved_open(w->engine, w->of, &w->net)));
    w->step = stint_fn_new(w->engine, body, w, 2, w->net.weights);
    return from_engine(c, w, stint_fn_warm_up(w->step, w->net.in));
}

static stint_status run(ctx *c, void *self)
{
    const work *w = self;
    stint_tensor *out[CURVED_WEIGHTS_MOST];
    stint_status s = STINT_OK;
    for (int i = 0; s == STINT_OK && i < GROUP; i++)
        s = stint_fn_call(w->step, w->net.in, out);
    return from_engine(c, w, s);
}

int main(int argc, char **argv)
{
    static work works[CASES];
    static bench_case cases[CASES];
    stint_context *engine = stint_open(&(stint_options){.sink = bench_print_line});
    if (!engine)
        return stint_status_exit(STINT_ENOMEM);
    for (int i = 0; i < CASES; i++) {
        work *w = &works[i];
        *w = (work){.engine = engine, .of = &curved_nets[i / KINDS], .product = i % KINDS};
        snprintf(w->name, sizeof w->name, "%s-%s", w->of->name, kinds[i % KINDS]);
        cases[i] = (bench_case){.name = w->name,
                                .run = run,
                                .before = prepare,
                                .self = w,
                                .iterations = 15,
                                .items = GROUP,
                                .item = kinds[i % KINDS]};
    }
    int code = bench_main(argc, argv, cases, CASES);
    for (int i = 0; i < CASES; i++) {
        stint_fn_free(works[i].step);
        curved_close(&works[i].net);
    }
    stint_close(engine);
    return code;
}
