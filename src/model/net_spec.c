#include "model/net_kind.h"

#include <string.h>

/* From a class and its parameters to layers and settings. */

const char *const net_activations[] = {"relu", "gelu",       "silu",     "tanh",    "elu",
                                       "selu", "leaky_relu", "softplus", "sigmoid", NULL};
const char *const net_norms[] = {
    [NET_NORM_NONE] = "none", [NET_NORM_BATCH] = "batch", [NET_NORM_LAYER] = "layer", NULL};

net_data net_data_of(const table *t)
{
    return (net_data){t->kind, t->n_features, table_outputs(t), t->n_classes};
}

int64_t net_data_width(const net_data *d)
{
    return d->kind == TARGET_CLASS ? d->classes : d->outputs;
}

/* --- layers ------------------------------------------------------------------------------- */

void net_add(json_out *j, const char *layer)
{
    emit_string(j, NULL, layer);
}

void net_add_number(json_out *j, const char *layer, const char *key, double value)
{
    emit_object(j, NULL);
    emit_object(j, layer);
    emit_double(j, key, value);
    emit_object_end(j);
    emit_object_end(j);
}

void net_add_norm(json_out *j, double norm)
{
    if (norm == NET_NORM_BATCH)
        net_add(j, "batch_norm");
    else if (norm == NET_NORM_LAYER)
        net_add(j, "layer_norm");
}

void net_add_dropout(json_out *j, double rate)
{
    if (rate > 0)
        net_add_number(j, "dropout", "p", rate);
}

void net_sizes(const double *given, int n, int layers, int64_t out[NET_SIZES])
{
    for (int i = 0; i < layers; i++)
        out[i] = i < n && given[i] > 0 ? (int64_t)given[i] : out[i - 1];
}

/* --- the whole ------------------------------------------------------------------------------ */

const net_kind *const net_kinds[] = {&net_kind_mlp, &net_kind_lstm, &net_kind_gru, &net_kind_cnn,
                                     NULL};

static const net_kind *kind_of(const model_class *class)
{
    const net_kind *const *k = net_kinds;
    while (*k && (*k)->class != class)
        k++;
    return *k;
}

stint_status net_spec_of(ctx *c, arena *a, const model_class *class, const void *params,
                         const net_data *d, net_spec *out)
{
    const net_kind *kind = kind_of(class);
    const net_training *training = params;
    str text;
    if (!kind)
        return fail(c, STINT_EUSAGE, "%s is no neural model", class->name);
    *out = (net_spec){.class = class->name,
                      .params = class->params,
                      .values = params,
                      .standardise = training->standardise != 0,
                      .validation = training->validation,
                      .seed = (int64_t)training->seed};
    str_init(&text, c, TAG_MODEL);
    json_out j = emit_begin(&text, false);
    emit_array(&j, NULL);
    stint_status s = kind->describe(c, params, d, &j, out);
    emit_array_end(&j);
    if (s == STINT_OK)
        s = str_status(&text);
    if (s == STINT_OK && !(out->layers = arena_strdup(a, text.at)))
        s = STINT_ENOMEM;
    str_deinit(&text);
    TRY(s);
    return net_training_settings(c, a, training, d, &out->trainer);
}
