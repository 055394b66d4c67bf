#include "graph/fn_impl.h"
#include "model/net_kind.h"
#include "model/net_saved.h"
#include "train/train.h"

#include <math.h>
#include <string.h>

/* What a net's training holds, before it runs: net and trainer are made over samples of the right
 * shape that nobody reads, and their steps are planned without a slab.  Every fold's last batch is
 * taken to be as large as it can be. */

enum {
    RUNNING = 256 << 10,       /* plans, code, handles, threads: of one net, at least … */
    RUNNING_TENSOR = 48 << 10, /* … and for each weight */
    THREAD = 16 << 10,
    SAVED = 64 << 10,
};

static const double flops_a_second = 4e9, seconds_a_step = 40e-6;

typedef struct estimate {
    ctx *ctx; /* of its own */
    const model_shape *shape;
    net_data data;
    net_spec spec;
    int64_t batch;
    double epochs;
    arena arena;
    stint_net *net;
    net_rows train, validation;
    pack pack; /* sizes alone */
    train_bytes bytes;
    int64_t forward_bytes, weights, largest; /* tensors; bytes of the largest */
    double flops;                            /* of one sample, forward */
} estimate;

/* What no cost depends on. */
const char *const net_costless[] = {
    "standardise", "learning_rate", "schedule",   "schedule_factor", "schedule_epochs",
    "patience",    "seed",          "head_alpha", "head_cutoff",     NULL};

/* --- rows ---------------------------------------------------------------------------------- */

/* As many rows as end in the largest last batch, where it is not known how many there are. */
static int64_t rows_worst(int64_t n, int64_t batch)
{
    return n < batch || batch < 2 ? (n > 1 ? n : 1) : 2 * batch - 1;
}

/* Of set `set`: trained on, and held out of them. */
static void rows_of_set(const estimate *e, int set, int64_t *train, int64_t *validation)
{
    const split *parts = e->shape->split;
    int64_t batch = e->batch;
    int64_t n = parts ? split_train_rows(parts, set) : e->shape->rows;
    double share = e->spec.validation;
    *validation = (int64_t)round(share * (double)n);
    *train = n - *validation;
    if (e->spec.held_out) {
        *validation = rows_worst(parts ? parts->rows : n, batch);
        *train = rows_worst(n, batch);
        return;
    }
    if (parts && (share <= 0 || e->spec.window < 1))
        return;
    *train = rows_worst(n, batch);
    *validation = share > 0 ? rows_worst(share < 0.5 && parts ? n : *validation, batch) : 0;
}

static bool make_rows(estimate *e, int set)
{
    const net_spec *s = &e->spec;
    int64_t batch = e->batch, was = e->train.n, had = e->validation.n;
    int64_t train, validation;
    rows_of_set(e, set, &train, &validation);
    if (set > 0 && was % batch == train % batch && had % batch == validation % batch &&
        (was < batch) == (train < batch) && (had < batch) == (validation < batch))
        return false;
    e->pack =
        (pack){.features = e->data.features, .outputs = e->data.outputs, .kind = e->data.kind};
    e->train = (net_rows){.pack = &e->pack,
                          .shape = {s->window, {s->image[0], s->image[1], s->image[2]}},
                          .n = train};
    e->validation = e->train;
    e->validation.n = validation;
    net_rows_ready(&e->train);
    net_rows_ready(&e->validation);
    return true;
}

/* --- bytes --------------------------------------------------------------------------------- */

static stint_status plan_training(estimate *e)
{
    stint_trainer *t =
        net_trainer_new(e->ctx, &e->spec, e->data.kind, e->net, &e->train, &e->validation);
    train_bytes bytes = {0};
    stint_status s = t ? train_estimate(t, &bytes) : ctx_status(e->ctx);
    stint_trainer_free(t);
    if (s == STINT_OK && bytes.all > e->bytes.all)
        e->bytes = bytes;
    return s;
}

static stint_status plan_forward(estimate *e)
{
    int64_t shape[STINT_AXES] = {0}, slab = 0;
    net_forward f;
    int axes = net_spec_shape(&e->spec, &e->data, shape);
    stint_status s = net_forward_new(e->ctx, e->net, net_forward_batch(&e->spec), axes, shape,
                                     net_data_width(&e->data), &f);
    if (s == STINT_OK)
        s = net_forward_plan(&f, &slab);
    e->forward_bytes = slab + f.batch * (f.floats + 2 * f.width) * (int64_t)sizeof(float);
    net_forward_free(&f);
    return s;
}

/* 2 flops for each weight and each place where it is used. */
static void count_weights(estimate *e)
{
    char name[NET_NAME];
    const int64_t *image = e->spec.image;
    double window = e->spec.window > 0 ? (double)e->spec.window : 1;
    for (int i = 0; i < stint_net_weights(e->net); i++) {
        double n = (double)stint_tensor_count(stint_net_weight(e->net, i, name, sizeof name));
        e->largest = n * 4 > (double)e->largest ? (int64_t)n * 4 : e->largest;
        bool flat = strstr(name, "linear") && !e->spec.smooth;
        double places = flat ? 1 : image[0] > 0 ? (double)(image[1] * image[2]) : window;
        e->flops += 2 * n * places;
    }
    e->weights = stint_net_weights(e->net) + stint_net_states(e->net);
}

static stint_status estimate_run(estimate *e)
{
    double batch = net_spec_setting(&e->spec, "batch_size");
    double epochs = net_spec_setting(&e->spec, "epochs");
    e->batch = isnan(batch) ? 32 : (int64_t)batch;
    e->epochs = isnan(epochs) ? 100 : epochs;
    TRY(net_build(e->ctx, &e->spec, &e->data, true, &e->net));
    count_weights(e);
    for (int set = 0; set <= (e->shape->split ? e->shape->folds : 0); set++)
        if (make_rows(e, set))
            TRY(plan_training(e));
    return plan_forward(e);
}

/* --- costs --------------------------------------------------------------------------------- */

static void costs_of(const estimate *e, model_cost *io)
{
    int64_t running = RUNNING + e->weights * RUNNING_TENSOR;
    int64_t features = e->data.features, window = e->spec.window;
    int64_t history = (2 * window + ROWS_BLOCK) * features * 4;
    double rows = (double)e->shape->rows, steps = ceil(rows / (double)e->batch);
    int64_t file = e->bytes.weights + features * 32 + e->data.outputs * 16 + SAVED;
    io->held_bytes = e->bytes.all + e->forward_bytes + running;
    io->tensor_thread_bytes = PLAN_SCRATCH_BYTES + THREAD;
    io->save_bytes = io->task_bytes + e->largest + features * 40 + SAVED;
    io->model_bytes = file;
    io->predict_bytes = file + e->forward_bytes + running + history +
                        (e->data.outputs + net_data_width(&e->data) + 2) * ROWS_BLOCK * 8;
    io->fit_seconds = e->epochs * (rows * 3 * e->flops / flops_a_second + steps * seconds_a_step) +
                      rows / e->shape->folds * e->flops / flops_a_second + 2e-3;
}

static net_data data_of(const model_shape *s)
{
    return (net_data){s->kind, s->features, s->outputs,
                      s->kind == TARGET_CLASS ? s->predictions : 0};
}

/* Does a net come of it? */
stint_status net_check(ctx *c, const model_class *class, const model_shape *shape,
                       const void *params)
{
    ctx *own = ctx_child(c, "check", 0);
    net_data data = data_of(shape);
    stint_net *net = NULL;
    net_spec spec;
    arena a;
    if (!own)
        return STINT_ENOMEM;
    arena_init(&a, own, TAG_MODEL);
    stint_status s = net_spec_of(own, &a, class, params, &data, &spec);
    if (s == STINT_OK)
        s = net_build(own, &spec, &data, true, &net);
    stint_net_free(net);
    arena_deinit(&a);
    ctx_free_child(own);
    return s;
}

/* Of a spec, or, where there is none, of a class's parameters. */
static void estimate_cost(const model_shape *shape, const net_spec *spec, const model_class *class,
                          const void *params, model_cost *io)
{
    estimate e = {.shape = shape};
    stint_status s = STINT_OK;
    e.data = data_of(shape);
    e.ctx = stint_open(&(stint_options){.threads = 1});
    if (!e.ctx)
        return;
    arena_init(&e.arena, e.ctx, TAG_MODEL);
    if (spec)
        e.spec = *spec;
    else
        s = net_spec_of(e.ctx, &e.arena, class, params, &e.data, &e.spec);
    if (s == STINT_OK)
        s = estimate_run(&e);
    stint_net_free(e.net);
    arena_deinit(&e.arena);
    stint_close(e.ctx);
    if (s == STINT_OK)
        costs_of(&e, io);
}

void net_estimate_params(const model_class *class, const model_shape *shape, const void *params,
                         model_cost *io)
{
    estimate_cost(shape, NULL, class, params, io);
}

void net_spec_cost(const model_shape *shape, const net_spec *spec, model_cost *out)
{
    net_spec plain = *spec;
    plain.trainer.dir = NULL;
    net_estimate(shape, out);
    estimate_cost(shape, &plain, NULL, NULL, out);
}

/* Without parameters: what all have in common. */
void net_estimate(const model_shape *s, model_cost *out)
{
    int64_t one = pack_bytes(s->features, s->outputs, 1);
    int64_t sets = s->folds + 1;
    *out = (model_cost){
        .prepare_bytes = one,
        .prepare_thread_bytes = pack_bytes(s->features, s->outputs, 9) / 8 - one / 8,
        .task_bytes = rows_score_bytes(s) + one + (int64_t)s->predictions * ROWS_BLOCK * 8 + 65536,
        .fit_bytes = 1024,
        .disk_bytes = sets * pack_disk_bytes(s->rows, s->features, s->outputs),
        .prepare_seconds = (double)sets * (double)s->rows * (s->features + s->outputs) * 10e-9,
        .fit_seconds = 0.1,
    };
}
