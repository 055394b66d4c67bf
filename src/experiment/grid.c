#include "experiment/grid.h"

#include "model/net_fit.h"

#include <stdio.h>

grid grid_of(const config *cfg)
{
    return (grid){cfg, config_count(cfg)};
}

int grid_model(const grid *g, int64_t configuration, int64_t *own)
{
    int model = 0;
    for (*own = configuration; model + 1 < g->config->n_models; model++) {
        int64_t n = grid_count(&g->config->models[model].space);
        if (*own < n)
            break;
        *own -= n;
    }
    return model;
}

void grid_values_of(const grid *g, int64_t configuration, double values[PARAM_MOST])
{
    int64_t own;
    int model = grid_model(g, configuration, &own);
    grid_values(&g->config->models[model].space, own, values);
}

stint_status grid_params(ctx *c, const grid *g, int64_t configuration, void *params)
{
    int64_t own;
    double values[PARAM_MOST];
    if (configuration < 0 || configuration >= g->configurations)
        return fail(c, STINT_EFAIL, "configuration %lld is not one of %lld",
                    (long long)configuration, (long long)g->configurations);
    int model = grid_model(g, configuration, &own);
    grid_values_of(g, configuration, values);
    params_store(g->config->models[model].class->params, values, params);
    return STINT_OK;
}

void grid_text(const grid *g, int64_t configuration, str *out)
{
    int64_t own;
    double values[PARAM_MOST];
    char text[PARAM_TEXT_SIZE];
    const char *between = "";
    const param *params = g->config->models[grid_model(g, configuration, &own)].class->params;
    grid_values_of(g, configuration, values);
    str_add(out, "{");
    for (int i = 0; params[i].name; i++) {
        if (g->config->training && net_is_training(params[i].name))
            continue; /* has a place of its own in the config */
        const char *quote = params[i].type == PARAM_TYPE_CHOICE ? "\"" : "";
        param_text(&params[i], values[i], text);
        str_addf(out, "%s\"%s\": %s%s%s", between, params[i].name, quote, text, quote);
        between = ", ";
    }
    str_add(out, "}");
}

void grid_label(const grid *g, int64_t configuration, str *out)
{
    int64_t own;
    double values[PARAM_MOST];
    char text[PARAM_TEXT_SIZE];
    const config_model *m = &g->config->models[grid_model(g, configuration, &own)];
    bool first = true;
    grid_values_of(g, configuration, values);
    for (int i = 0; m->class->params[i].name; i++) {
        const param *p = &m->class->params[i];
        if (m->space.dimensions[i].n == 1 && values[i] == p->fallback)
            continue;
        param_text(p, values[i], text);
        if (p->type == PARAM_TYPE_F64)
            str_print(text, sizeof text, "%.6g", values[i]);
        str_addf(out, "%s%s %s", first ? "" : ", ", p->name, text);
        first = false;
    }
    if (first)
        str_add(out, "all defaults");
}
