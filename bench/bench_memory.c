#include "profile/bench_main.h"

#include "mlp.h"

/* What the memory profiler costs a training step: of a traced one nothing but its checkpoint, of an
 * eager one a walk up the stack for every handle as well. */

enum { STEPS = 20, CHECKPOINTS = 2000, HANDLES = 20000, CASES = 7 };

static const int64_t sizes[] = {784, 256, 128, 10};
static const mlp_shape shape = {sizes, 3, 64, true};

/* A context with a network of its own, profiled or not. */
typedef struct side {
    stint_context *engine;
    mlp net;
    bool profiled;
} side;

static stint_status from_engine(ctx *c, const stint_context *engine, stint_status s)
{
    return s == STINT_OK ? s : fail(c, s, "%s", stint_message(engine));
}

static stint_status open_side(side *s, bool profiled)
{
    *s = (side){.engine = stint_open(&(stint_options){.sink = bench_print_line}),
                .profiled = profiled};
    if (!s->engine)
        return STINT_ENOMEM;
    TRY(mlp_open(s->engine, &shape, MLP_TRAIN, &s->net));
    TRY(mlp_run(&s->net, 1));
    return profiled ? stint_memory_start(s->engine) : STINT_OK;
}

static void close_side(side *s)
{
    mlp_close(&s->net);
    stint_close(s->engine);
}

static stint_status checkpoint(const side *s)
{
    return s->profiled ? stint_memory_checkpoint(s->engine, "step") : STINT_OK;
}

static stint_status renew(ctx *c, void *self)
{
    side *s = self;
    return from_engine(c, s->engine, mlp_renew(&s->net));
}

static stint_status traced_steps(ctx *c, void *self)
{
    side *s = self;
    stint_status status = STINT_OK;
    for (int i = 0; status == STINT_OK && i < STEPS; i++) {
        status = mlp_run(&s->net, 1);
        if (status == STINT_OK)
            status = checkpoint(s);
    }
    return from_engine(c, s->engine, status);
}

static stint_status eager_step(side *s)
{
    stint_scope *scope = stint_scope_open(s->engine);
    stint_status status = mlp_train(&s->net, s->net.in, s->net.out);
    if (status == STINT_OK)
        status = stint_realise(s->net.weights, s->net.weight);
    if (status == STINT_OK && !isfinite(stint_item(s->net.out[0])))
        status = STINT_EFAIL;
    stint_status closed = stint_scope_close(scope);
    return status == STINT_OK ? closed : status;
}

static stint_status eager_steps(ctx *c, void *self)
{
    side *s = self;
    stint_status status = STINT_OK;
    for (int i = 0; status == STINT_OK && i < STEPS; i++) {
        status = eager_step(s);
        if (status == STINT_OK)
            status = checkpoint(s);
    }
    return from_engine(c, s->engine, status);
}

static stint_status checkpoints(ctx *c, void *self)
{
    const side *s = self;
    stint_status status = STINT_OK;
    for (int i = 0; status == STINT_OK && i < CHECKPOINTS; i++)
        status = checkpoint(s);
    return from_engine(c, s->engine, status);
}

static stint_status handles(ctx *c, void *self)
{
    const side *s = self;
    (void)c;
    for (int i = 0; i < HANDLES; i++)
        stint_drop(stint_alias(s->net.weight[0]));
    return STINT_OK;
}

int main(int argc, char **argv)
{
    static side plain, profiled;
    const bench_case cases[CASES] = {
        {"step", traced_steps, renew, &plain, .items = STEPS, .item = "step"},
        {"step-profiled", traced_steps, renew, &profiled, .items = STEPS, .item = "step"},
        {"eager", eager_steps, renew, &plain, .items = STEPS, .item = "step"},
        {"eager-profiled", eager_steps, renew, &profiled, .items = STEPS, .item = "step"},
        {"checkpoint", checkpoints, NULL, &profiled, .items = CHECKPOINTS, .item = "checkpoint"},
        {"handle", handles, NULL, &plain, .items = HANDLES, .item = "handle"},
        {"handle-profiled", handles, NULL, &profiled, .items = HANDLES, .item = "handle"},
    };
    stint_status s = open_side(&plain, false);
    if (s == STINT_OK)
        s = open_side(&profiled, true);
    int code = s == STINT_OK ? bench_main(argc, argv, cases, CASES) : stint_status_exit(s);
    if (s != STINT_OK)
        fprintf(stderr, "%s%s\n", stint_message(plain.engine),
                profiled.engine ? stint_message(profiled.engine) : "");
    close_side(&plain);
    close_side(&profiled);
    return code;
}
