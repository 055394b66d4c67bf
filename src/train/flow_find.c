#include "train/flow_impl.h"

#include <math.h>
#include <stdio.h>

/* What accounts show: findings by the recent value of each probe, and the health of all. */

enum { VANISHING, EXPLODING, DEAD, SATURATED, CUT, KINDS };

/* weight: of a whole severity in the health */
static const struct {
    const char *kind;
    double weight;
    const char *advice;
} kinds[KINDS] = {
    [VANISHING] = {"vanishing", 1,
                   "use relu-like activations, residual blocks or norms; initial weights that keep "
                   "the variance"},
    [EXPLODING] = {"exploding", 1,
                   "clip gradients by norm, lower the learning rate, use norms or smaller initial "
                   "weights"},
    [DEAD] = {"dead", 0.8,
              "lower the learning rate, use leaky_relu or gelu, look at the biases and the scale "
              "of the input"},
    [SATURATED] = {"saturated", 0.6,
                   "scale the input, use smaller initial weights, a norm before it, or another "
                   "activation"},
    [CUT] = {"vanishing", 1,
             "no gradient arrives: a dead or saturated layer after it, or none "
             "of the loss depends on it"},
};

static double clamp(double x)
{
    return fmin(fmax(x, 0), 1);
}

static int kind_of(flow_measure m, double recent)
{
    if (m != FLOW_NORM)
        return recent < FLOW_SHARE ? -1 : m == FLOW_DEAD ? DEAD : SATURATED;
    if (recent <= FLOW_LOG_LEAST)
        return CUT;
    if (recent < log10(FLOW_VANISHING))
        return VANISHING;
    return recent > log10(FLOW_EXPLODING) ? EXPLODING : -1;
}

/* A norm at its limit is a quarter, six decades beyond it the whole; a share is itself. */
static double severity_of(flow_measure m, double recent)
{
    if (m != FLOW_NORM)
        return clamp(recent);
    double beyond = fmax(log10(FLOW_VANISHING) - recent, recent - log10(FLOW_EXPLODING));
    return clamp(0.25 + 0.75 * beyond / 6);
}

static int find(const flow_probe *p, double *severity)
{
    int kind = p->account.n > 0 ? kind_of(p->measure, p->account.recent) : -1;
    *severity = kind < 0 ? 0 : severity_of(p->measure, p->account.recent);
    return kind;
}

flow_finding flow_find(const flow_probe *p)
{
    double severity;
    int kind = find(p, &severity);
    return kind < 0 ? (flow_finding){0}
                    : (flow_finding){kinds[kind].kind, severity, kinds[kind].advice};
}

double flow_health(const flow *f)
{
    double worst = 0, severity;
    for (int64_t i = 0; i < f->probes.n; i++) {
        int kind = find(&f->probes.at[i], &severity);
        worst = kind < 0 ? worst : fmax(worst, severity * kinds[kind].weight);
    }
    return 1 - worst;
}

const char *flow_verdict(double health)
{
    return health >= 0.8 ? "good" : health >= 0.5 ? "fair" : "poor";
}

int flow_worst(const flow *f, int *order)
{
    int n = 0;
    for (int64_t i = 0; i < f->probes.n; i++) {
        double severity = flow_find(&f->probes.at[i]).severity;
        if (!(severity > 0))
            continue;
        int at = n++;
        for (; at > 0 && flow_find(&f->probes.at[order[at - 1]]).severity < severity; at--)
            order[at] = order[at - 1];
        order[at] = (int)i;
    }
    return n;
}

void flow_label(const flow_probe *p, char out[FLOW_LABEL_SIZE])
{
    snprintf(out, FLOW_LABEL_SIZE, "%s %s", p->layer->path, p->layer->class->name);
}

void flow_value(flow_measure m, double value, char out[FLOW_VALUE_SIZE])
{
    if (m != FLOW_NORM)
        str_print(out, FLOW_VALUE_SIZE, "%.0f %%", 100 * value);
    else if (value >= FLOW_LOG_MOST)
        str_print(out, FLOW_VALUE_SIZE, "not finite");
    else
        str_print(out, FLOW_VALUE_SIZE, value <= FLOW_LOG_LEAST ? "0" : "%.1e", pow(10, value));
}
