#include "train/flow_impl.h"

/* The account for people: a line a probe, then what is wrong, the worst first. */

static void write_probe(const flow_probe *p, str *out)
{
    const flow_account *a = &p->account;
    char label[FLOW_LABEL_SIZE], value[4][FLOW_VALUE_SIZE];
    const double values[4] = {a->last, a->mean, a->least, a->most};
    flow_label(p, label);
    for (int i = 0; i < 4; i++)
        flow_value(p->measure, values[i], value[i]);
    str_addf(out, "%-22s %-13s %10s %10s %10s %10s\n", label, flow_names[p->measure].title,
             value[0], value[1], value[2], value[3]);
}

static void write_findings(const flow *f, const int *order, int n, str *out)
{
    for (int i = 0; i < n; i++) {
        const flow_probe *p = &f->probes.at[order[i]];
        flow_finding found = flow_find(p);
        char label[FLOW_LABEL_SIZE];
        flow_label(p, label);
        str_addf(out, "%s: %s, severity %.2f: %s\n", label, found.kind, found.severity,
                 found.advice);
    }
}

void flow_write_text(const flow *f, str *out)
{
    double health = flow_health(f);
    int64_t n = f->probes.n > 0 ? f->probes.at[0].account.n : 0;
    str_addf(out, "gradient flow: health %.2f, %s; %lld measurements", health, flow_verdict(health),
             (long long)n);
    if (n == 0) {
        str_add(out, "\n");
        return;
    }
    str_addf(out, ", steps %lld to %lld\n", (long long)f->first_step, (long long)f->last_step);
    str_addf(out, "%-22s %-13s %10s %10s %10s %10s\n", "layer", "measure", "last", "mean", "least",
             "most");
    for (int64_t i = 0; i < f->probes.n; i++)
        write_probe(&f->probes.at[i], out);
    int *order = mem_new(f->ctx, TAG_BASE, int, f->probes.n + 1);
    if (order)
        write_findings(f, order, flow_worst(f, order), out);
    out->failed |= !order;
    mem_free(order);
}
