#include "train/flow_impl.h"

#include "graph/graph.h"

#include <assert.h>
#include <math.h>

/* A flow's life: probes for the layers of a net, their values taken into accounts. */

const flow_measure_name flow_names[FLOW_MEASURES] = {
    [FLOW_NORM] = {"norm", "gradient norm"},
    [FLOW_DEAD] = {"dead", "dead units"},
    [FLOW_SATURATED] = {"saturated", "saturated"},
};

/* ---- probes ---- */

static stint_status add_probe(flow *f, const layer *l, flow_measure m)
{
    flow_probe p = {.layer = l, .measure = m, .account.every = 1};
    p.measured = stint_keep(stint_zeros(f->ctx, STINT_F32, STINT_SCALAR));
    graph_own(p.measured, "gradient flow");
    if (!p.measured)
        return ctx_status(f->ctx);
    stint_status s = vec_push(f->ctx, TAG_MODEL, &f->probes, p);
    if (s != STINT_OK)
        stint_drop(p.measured);
    return s;
}

static stint_status add_layer(void *self, layer *l)
{
    flow *f = self;
    if (l->weights.n > 0)
        TRY(add_probe(f, l, FLOW_NORM));
    if (l->class->is_activation)
        TRY(add_probe(f, l, l->class->saturated > 0 ? FLOW_SATURATED : FLOW_DEAD));
    return STINT_OK;
}

static int owner_of(const flow *f, const stint_tensor *weight)
{
    for (int64_t i = 0; i < f->probes.n; i++) {
        const layer *l = f->probes.at[i].layer;
        for (int64_t k = 0; f->probes.at[i].measure == FLOW_NORM && k < l->weights.n; k++)
            if (l->weights.at[k].at == weight)
                return (int)i;
    }
    assert(!"a weight of the net is one of its layers'");
    return 0;
}

static stint_status add_owners(flow *f, stint_net *net)
{
    char name[96];
    for (int i = 0; i < stint_net_weights(net); i++) {
        int owner = owner_of(f, stint_net_weight(net, i, name, sizeof name));
        TRY(vec_push(f->ctx, TAG_MODEL, &f->owner, owner));
    }
    return STINT_OK;
}

flow *flow_new(ctx *c, stint_net *net)
{
    flow *f = mem_new(c, TAG_MODEL, flow, 1);
    if (!f)
        return NULL;
    f->ctx = c;
    f->first_step = f->last_step = -1;
    if (net_each(net, add_layer, f) == STINT_OK && add_owners(f, net) == STINT_OK)
        return f;
    flow_free(f);
    return NULL;
}

void flow_free(flow *f)
{
    if (!f)
        return;
    for (int64_t i = 0; i < f->probes.n; i++)
        stint_drop(f->probes.at[i].measured);
    vec_free(&f->probes);
    vec_free(&f->owner);
    mem_free(f);
}

/* ---- accounts ---- */

static void halve(flow_account *a)
{
    for (int i = 0; i < FLOW_HISTORY / 2; i++)
        a->history[i] = (a->history[2 * i] + a->history[2 * i + 1]) / 2;
    a->every *= 2;
}

void flow_account_add(flow_account *a, double value)
{
    if (a->n == FLOW_HISTORY * a->every)
        halve(a);
    double *point = &a->history[a->n / a->every];
    int64_t before = a->n % a->every; /* in this point */
    *point = before > 0 ? *point + (value - *point) / (double)(before + 1) : value;
    a->recent = a->n > 0 ? a->recent + (value - a->recent) / 4 : value;
    a->least = a->n > 0 ? fmin(a->least, value) : value;
    a->most = a->n > 0 ? fmax(a->most, value) : value;
    a->last = value;
    a->n++;
    a->mean += (value - a->mean) / (double)a->n;
}

int64_t flow_account_points(const flow_account *a)
{
    return (a->n + a->every - 1) / a->every;
}

static double log_norm(double squares)
{
    if (!isfinite(squares))
        return FLOW_LOG_MOST;
    return squares > 0 ? fmax(0.5 * log10(squares), FLOW_LOG_LEAST) : FLOW_LOG_LEAST;
}

stint_status flow_take(flow *f, int64_t step)
{
    for (int64_t i = 0; i < f->probes.n; i++) {
        flow_probe *p = &f->probes.at[i];
        float value;
        TRY(stint_read(p->measured, &value, sizeof value));
        p->account.not_finite += !isfinite(value);
        bool norm = p->measure == FLOW_NORM;
        flow_account_add(&p->account, norm ? log_norm(value) : isfinite(value) ? value : 1.0);
    }
    f->first_step = f->first_step < 0 ? step : f->first_step;
    f->last_step = step;
    return STINT_OK;
}

/* ---- what it tells ---- */

stint_status flow_report(const flow *f, stint_flow_format how, str *out)
{
    static void (*const writers[])(const flow *, str *) = {
        [STINT_FLOW_TEXT] = flow_write_text,
        [STINT_FLOW_JSON] = flow_write_json,
        [STINT_FLOW_DOT] = flow_write_dot,
        [STINT_FLOW_SVG] = flow_write_svg,
    };
    if ((unsigned)how >= sizeof writers / sizeof *writers)
        return fail(f->ctx, STINT_EUSAGE, "gradient flow: there is no format %d", (int)how);
    writers[how](f, out);
    return str_status(out);
}
