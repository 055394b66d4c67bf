#include "model/net_fit_impl.h"

#include "base/str.h"
#include "nn/net.h"

#include <math.h>
#include <string.h>

/* Nets from specs, and what specs share. */

int net_spec_shape(const net_spec *spec, const net_data *d, int64_t shape[STINT_AXES])
{
    if (spec->window > 0) {
        shape[0] = spec->window;
        shape[1] = d->features;
        return 2;
    }
    memcpy(shape, spec->image, sizeof spec->image);
    if (spec->image[0] > 0)
        return 3;
    shape[0] = d->features;
    return 1;
}

static stint_status add_one(stint_net *n, const char *layer, const char *key, double value)
{
    char text[STR_DOUBLE_SIZE];
    str_format_double(text, value);
    return stint_net_add(n, layer, key ? 1 : 0, &(stint_setting){key, text});
}

static stint_status add_output(stint_net *n, const net_spec *spec, const net_data *d)
{
    TRY(stint_net_add_json(n, spec->layers));
    TRY(add_one(n, "linear", "units", (double)net_data_width(d)));
    if (!spec->smooth)
        return STINT_OK;
    TRY(add_one(n, spec->smooth, strcmp(spec->smooth, "ema") == 0 ? "alpha" : "cutoff",
                spec->smoothing));
    return add_one(n, "last", NULL, 0);
}

stint_status net_build(ctx *c, const net_spec *spec, const net_data *d, bool planned,
                       stint_net **out)
{
    int64_t shape[STINT_AXES] = {0}, given[STINT_AXES];
    int axes = net_spec_shape(spec, d, shape);
    *out = stint_net_new(c, STINT_F32, axes, shape, spec->seed);
    if (!*out)
        return ctx_status(c) ? ctx_status(c) : STINT_ENOMEM;
    (*out)->planned = planned;
    stint_status s = add_output(*out, spec, d);
    axes = stint_net_output(*out, given);
    if (s == STINT_OK && (axes != 1 || given[0] != net_data_width(d)))
        s = fail(c, STINT_EUSAGE,
                 "the layers give samples of %d axes, not one of %lld outputs; end a window's "
                 "with \"last\", an image's with \"flatten\"",
                 axes, (long long)net_data_width(d));
    if (s != STINT_OK) {
        stint_net_free(*out);
        *out = NULL;
    }
    return s;
}

static double value_of(const stint_setting *settings, int n, const char *key)
{
    double value = NAN;
    for (int i = 0; i < n; i++)
        if (strcmp(settings[i].key, key) == 0 && settings[i].value &&
            !str_parse_double(settings[i].value, &value))
            value = NAN;
    return value;
}

double net_spec_setting(const net_spec *spec, const char *key)
{
    return value_of(spec->trainer.settings, spec->trainer.n_settings, key);
}

double net_spec_optimiser_setting(const net_spec *spec, const char *key)
{
    return value_of(spec->trainer.optimiser_settings, spec->trainer.n_optimiser, key);
}

int64_t net_forward_batch(const net_spec *spec)
{
    double batch = net_spec_setting(spec, "batch_size");
    if (!(batch >= 1))
        batch = 32;
    return batch < NET_FORWARD_MOST ? (int64_t)batch : NET_FORWARD_MOST;
}

stint_status net_zero_of(const table *t, arena *a, uint8_t **out)
{
    *out = NULL;
    if (!t->series_zero)
        return STINT_OK;
    int *order = arena_new(a, int, t->n_features);
    *out = arena_new(a, uint8_t, t->n_features);
    if (!order || !*out)
        return STINT_ENOMEM;
    (void)pack_order(t, order);
    for (int k = 0; k < t->n_features; k++)
        (*out)[k] = t->series_zero[order[k]];
    return STINT_OK;
}

/* --- what traced steps depend on ------------------------------------------------------------- */

static void add_settings(str *out, const char *of, int n, const stint_setting *s, const char *but)
{
    str_addf(out, "%s;", of ? of : "");
    for (int i = 0; i < n; i++)
        if (strcmp(s[i].key, but) != 0)
            str_addf(out, "%s=%s;", s[i].key, s[i].value ? s[i].value : "");
}

stint_status net_fit_key(const net_spec *spec, const net_data *d, const pack *p, str *out)
{
    net_rows train, validation;
    const stint_trainer_settings *s = &spec->trainer;
    double asked = net_spec_setting(spec, "batch_size");
    int64_t batch = asked >= 1 ? (int64_t)asked : 32;
    TRY(net_fit_rows(out->ctx, spec, p, NULL, &train, &validation));
    str_addf(out, "%s;%s;%.17g;%lld;%lld;%lld;%lld;%d;%lld;%lld;", spec->layers,
             spec->smooth ? spec->smooth : "", spec->smoothing, (long long)spec->window,
             (long long)spec->image[0], (long long)spec->image[1], (long long)spec->image[2],
             (int)d->kind, (long long)d->features, (long long)net_data_width(d));
    const net_rows *rows[] = {&train, &validation};
    for (int i = 0; i < 2; i++)
        str_addf(out, "%lld;%lld;", (long long)(rows[i]->n < batch ? rows[i]->n : batch),
                 (long long)(rows[i]->n % batch));
    add_settings(out, s->loss, s->n_loss, s->loss_settings, "");
    add_settings(out, s->optimiser, s->n_optimiser, s->optimiser_settings, "learning_rate");
    add_settings(out, s->schedule, s->n_schedule, s->schedule_settings, "");
    add_settings(out, "", s->n_settings, s->settings, "seed");
    return str_status(out);
}
