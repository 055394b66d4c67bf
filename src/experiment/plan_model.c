#include "experiment/plan_model.h"

#include <string.h>

enum { LOOKED_AT_MOST = 256 };

/* Values of each parameter that are looked at: all, the ends, or the last. */
typedef enum looking { LOOK_ALL, LOOK_ENDS, LOOK_LAST, LOOKINGS } looking;

static bool is_costless(const model_class *class, const param *p)
{
    for (const char *const *name = class->costless; name && *name; name++)
        if (strcmp(*name, p->name) == 0)
            return true;
    return false;
}

static bool is_number(const param *p)
{
    return p->type == PARAM_TYPE_F64 || p->type == PARAM_TYPE_INT;
}

static int64_t values_of(const config_model *m, int i, looking how)
{
    const dimension *d = &m->space.dimensions[i];
    if (is_costless(m->class, &m->class->params[i]))
        return 1;
    if (how == LOOK_ALL || (how == LOOK_ENDS && !is_number(&m->class->params[i])))
        return d->n;
    return how == LOOK_ENDS && d->n > 1 ? 2 : 1;
}

static void ends_of(const dimension *d, double *low, double *high)
{
    *low = dimension_value(d, 0);
    *high = dimension_value(d, d->n - 1);
    for (int64_t k = 0; d->spread == SPREAD_LIST && k < d->n; k++) {
        *low = d->list[k] < *low ? d->list[k] : *low;
        *high = d->list[k] > *high ? d->list[k] : *high;
    }
}

/* Value i of those looked at: of the ends the smallest and the largest, of the last the largest. */
static double value_of(const config_model *m, int dim, looking how, int64_t i)
{
    const dimension *d = &m->space.dimensions[dim];
    double low, high;
    if (how == LOOK_ALL || !is_number(&m->class->params[dim]))
        return dimension_value(d, how == LOOK_LAST ? d->n - 1 : i);
    ends_of(d, &low, &high);
    return how == LOOK_ENDS && i == 0 && d->n > 1 ? low : high;
}

static int64_t combinations(const config_model *m, looking how)
{
    int64_t n = 1;
    for (int i = 0; m->class->params[i].name; i++) {
        int64_t k = values_of(m, i, how);
        if (n > LOOKED_AT_MOST || k > LOOKED_AT_MOST)
            return LOOKED_AT_MOST + 1;
        n *= k;
    }
    return n;
}

static void params_of(const config_model *m, looking how, int64_t number, void *out)
{
    double values[PARAM_MOST];
    for (int i = 0; m->class->params[i].name; i++) {
        int64_t n = values_of(m, i, how);
        values[i] = value_of(m, i, how, number % n);
        number /= n;
    }
    params_store(m->class->params, values, out);
}

#define LARGER(field) out->field = k.field > out->field ? k.field : out->field
static void take_larger(model_cost *out, model_cost k)
{
    LARGER(task_bytes);
    LARGER(fit_bytes);
    LARGER(held_bytes);
    LARGER(tensor_thread_bytes);
    LARGER(save_bytes);
    LARGER(model_bytes);
    LARGER(predict_bytes);
    LARGER(fit_seconds);
}
#undef LARGER

static looking looking_at(const config_model *m, int64_t *n)
{
    looking how = LOOK_ALL;
    while (how < LOOK_LAST && combinations(m, how) > LOOKED_AT_MOST)
        how++;
    *n = combinations(m, how);
    *n = *n < LOOKED_AT_MOST ? *n : LOOKED_AT_MOST;
    return how;
}

void plan_model_cost(const config_model *m, const model_shape *shape, model_cost *out)
{
    double params[PARAM_MOST] = {0};
    int64_t n;
    m->class->estimate(shape, out);
    if (!m->class->estimate_params)
        return;
    model_cost common = *out;
    looking how = looking_at(m, &n);
    for (int64_t i = 0; i < n; i++) {
        model_cost k = common;
        params_of(m, how, i, params);
        m->class->estimate_params(shape, params, &k);
        take_larger(out, k);
    }
}

static stint_status check_model(ctx *c, const config_model *m, const model_shape *shape)
{
    double params[PARAM_MOST] = {0};
    int64_t n;
    looking how = looking_at(m, &n);
    for (int64_t i = 0; i < n; i++) {
        params_of(m, how, i, params);
        TRY(m->class->check(c, shape, params));
    }
    return STINT_OK;
}

stint_status plan_check_models(ctx *c, const config *cfg, const model_shape *shape)
{
    for (int i = 0; i < cfg->n_models; i++)
        if (cfg->models[i].class->check)
            TRY(check_model(c, &cfg->models[i], shape));
    return STINT_OK;
}
