/* From the config to a net and its trainer. */
#include "experiment/train_job.h"

#include "train/train.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double setting(const config *cfg, const char *name)
{
    const space *s = &cfg->train.space;
    int i = (int)(param_find(s->params, name) - s->params);
    return s->dimensions[i].list[0];
}

int64_t train_repetitions(const config *cfg)
{
    return (int64_t)setting(cfg, "repetitions");
}

bool train_flows(const config *cfg)
{
    return setting(cfg, "flow") != 0;
}

bool train_standardises(const config *cfg)
{
    const space *s = &cfg->model_space;
    const param *p = param_find(s->params, "standardise");
    return !p || s->dimensions[p - s->params].list[0] != 0;
}

static void add_chosen(const config_train *t, stint_trainer_settings *out)
{
    if (t->loss.name) {
        out->loss = t->loss.name;
        out->loss_settings = t->loss.settings;
        out->n_loss = t->loss.n;
    }
    out->optimiser = t->optimiser.name;
    out->optimiser_settings = t->optimiser.settings;
    out->n_optimiser = t->optimiser.n;
    out->schedule = t->schedule.name;
    out->schedule_settings = t->schedule.settings;
    out->n_schedule = t->schedule.n;
    out->settings = t->settings;
    out->n_settings = t->n;
}

static void model_params(const config *cfg, void *out)
{
    double values[PARAM_MOST];
    grid_values(&cfg->model_space, 0, values);
    params_store(cfg->model_space.params, values, out);
}

/* Those of the class that tell the net: how it is trained is not theirs here. */
static const param *params_of_net(arena *a, const param *all)
{
    param *out = arena_new(a, param, param_count(all) + 1);
    int n = 0;
    for (int i = 0; out && all[i].name; i++)
        if (!net_is_training(all[i].name))
            out[n++] = all[i];
    if (out)
        out[n] = (param)PARAM_END;
    return out;
}

static stint_status spec_of_class(ctx *c, arena *a, const config *cfg, const net_data *d,
                                  net_spec *out)
{
    void *params = arena_alloc(a, cfg->model->size);
    if (!params)
        return STINT_ENOMEM;
    model_params(cfg, params);
    TRY(net_spec_of(c, a, cfg->model, params, d, out));
    const char *loss = out->trainer.loss;
    out->trainer = (stint_trainer_settings){.loss = loss};
    out->params = params_of_net(a, cfg->model->params);
    return out->params ? STINT_OK : STINT_ENOMEM;
}

static void spec_of_layers(const config *cfg, net_spec *out)
{
    net_own n;
    model_params(cfg, &n);
    *out = (net_spec){
        .layers = cfg->layers, .window = (int64_t)n.window, .standardise = n.standardise != 0};
    const double sizes[3] = {n.channels, n.height, n.width};
    for (int a = 0; n.height > 0 && a < 3; a++)
        out->image[a] = (int64_t)sizes[a];
}

stint_status train_spec(ctx *c, arena *a, const config *cfg, const net_data *d, net_spec *out)
{
    if (cfg->layers)
        spec_of_layers(cfg, out);
    else
        TRY(spec_of_class(c, a, cfg, d, out));
    out->held_out = true;
    out->seed = (int64_t)setting(cfg, "seed");
    add_chosen(&cfg->train, &out->trainer);
    return STINT_OK;
}

/* What budget.time leaves, where that is less than train.time_limit. */
static double seconds_left(const run *r)
{
    double limit = setting(&r->config, "time_limit");
    double left = r->deadline > 0 ? fmax(r->deadline - clock_seconds(), 1e-3) : 0;
    return left > 0 && (limit == 0 || left < limit) ? left : limit;
}

stint_status train_spec_place(const run *r, arena *a, net_spec *io)
{
    char text[STR_DOUBLE_SIZE];
    stint_trainer_settings *t = &io->trainer;
    stint_setting *settings = arena_new(a, stint_setting, t->n_settings + 1);
    str_format_double(text, seconds_left(r));
    const char *limit = arena_strdup(a, text);
    t->dir = arena_printf(a, "%s/" TRAIN_DIR, r->dir.path);
    if (!settings || !limit || !t->dir)
        return STINT_ENOMEM;
    memcpy(settings, t->settings, (size_t)t->n_settings * sizeof *settings);
    settings[t->n_settings] = (stint_setting){"time_limit", limit}; /* later ones win */
    t->settings = settings;
    t->n_settings++;
    return STINT_OK;
}

/* In a context of its own: a plan is made before there is one. */
void train_cost(const config *cfg, const model_shape *shape, model_cost *out)
{
    bool classes = shape->kind == TARGET_CLASS;
    net_data d = {shape->kind, shape->features, shape->outputs, classes ? shape->predictions : 0};
    ctx *c = stint_open(&(stint_options){.threads = 1});
    arena a;
    net_spec spec;
    cfg->model->estimate(shape, out);
    if (!c)
        return;
    arena_init(&a, c, TAG_MODEL);
    if (train_spec(c, &a, cfg, &d, &spec) == STINT_OK)
        net_spec_cost(shape, &spec, out);
    arena_deinit(&a);
    stint_close(c);
    out->fit_seconds *= (double)train_repetitions(cfg);
}
