#include "train/flow_impl.h"

/* The account as a picture of the net (https://graphviz.org/doc/info/lang.html): a box for each
 * layer that is measured, in the order of apply, coloured by how ill it is. */

/* From healthy to ill, by severity. */
static const char *const fills[] = {"#e3f1df", "#fdf0c4", "#f8cfa0", "#eb9a86"};

static const char *fill_of(double severity)
{
    return fills[severity > 0.66 ? 3 : severity > 0.33 ? 2 : severity > 0 ? 1 : 0];
}

static void write_node(const flow *f, int64_t i, str *out)
{
    const flow_probe *p = &f->probes.at[i];
    flow_finding found = flow_find(p);
    char label[FLOW_LABEL_SIZE], value[FLOW_VALUE_SIZE];
    flow_label(p, label);
    flow_value(p->measure, p->account.recent, value);
    str_addf(out, "  p%lld [label=\"%s\\n%s %s%s%s\", fillcolor=\"%s\"];\n", (long long)i, label,
             flow_names[p->measure].title, p->account.n > 0 ? value : "not measured",
             found.kind ? "\\n" : "", found.kind ? found.kind : "", fill_of(found.severity));
}

void flow_write_dot(const flow *f, str *out)
{
    double health = flow_health(f);
    str_addf(out,
             "digraph flow {\n  label=\"gradient flow: health %.2f, %s\";\n  labelloc=t;\n"
             "  fontname=\"sans-serif\";\n"
             "  node [shape=box, style=\"filled,rounded\", fontname=\"sans-serif\"];\n",
             health, flow_verdict(health));
    for (int64_t i = 0; i < f->probes.n; i++)
        write_node(f, i, out);
    for (int64_t i = 1; i < f->probes.n; i++)
        str_addf(out, "  p%lld -> p%lld;\n", (long long)(i - 1), (long long)i);
    str_add(out, "}\n");
}
