#include "plan/plan.h"

/* A plan for people: as lines, and as a picture of steps joined by the buffers between them. */

static void add_buffer(const plan *p, int32_t b, str *out)
{
    const plan_buffer *at = &p->buffers.at[b];
    str_addf(out, " b%d", b);
    if (at->name)
        str_addf(out, ":%s", at->name);
}

static void add_uses(const plan *p, const plan_step *s, bool writes, str *out)
{
    int32_t before = -1;
    for (int u = 0; u < s->uses; u++) {
        if (s->use[u].write == writes && s->use[u].buffer != before)
            add_buffer(p, s->use[u].buffer, out);
        before = s->use[u].write == writes ? s->use[u].buffer : before;
    }
}

static void add_step(const plan *p, int64_t i, str *out)
{
    const plan_step *s = &p->steps.at[i];
    str_addf(out, "%4lld  %-11s ", (long long)i, s->class->name);
    if (s->class->describe)
        s->class->describe(s->args, out);
    str_add(out, "\n                 writes");
    add_uses(p, s, true, out);
    str_add(out, ", reads");
    add_uses(p, s, false, out);
    str_add(out, "\n");
}

static void add_life(const plan *p, int32_t i, str *out)
{
    const plan_buffer *b = &p->buffers.at[i];
    str_addf(out, "%4d  %12lld", i, (long long)b->bytes);
    if (b->external)
        str_addf(out, "  external    ");
    else
        str_addf(out, "  %-12lld", (long long)b->offset);
    str_addf(out, "  %d-%d", b->first, b->last);
    if (b->in_place_of >= 0)
        str_addf(out, "  in place of b%d", b->in_place_of);
    if (b->name)
        str_addf(out, "  %s", b->name);
    str_add(out, "\n");
}

void plan_list(const plan *p, str *out)
{
    char slab[STR_SIZE_SIZE], apart[STR_SIZE_SIZE];
    str_addf(out, "plan: %lld steps, %lld buffers, a slab of %lld bytes (%s; %s without sharing)\n",
             (long long)p->steps.n, (long long)p->buffers.n, (long long)p->slab_bytes,
             str_format_bytes(slab, p->slab_bytes), str_format_bytes(apart, p->unshared_bytes));
    str_add(out, "step  what\n");
    for (int64_t i = 0; i < p->steps.n; i++)
        add_step(p, i, out);
    str_add(out, "buffer       bytes  offset        life  name\n");
    for (int32_t i = 0; i < p->buffers.n; i++)
        if (p->buffers.at[i].first >= 0)
            add_life(p, i, out);
}

/* An edge from the step that last wrote a buffer, writer[b], to each that reads it; bold ones lead
 * to what is written outside the plan. */
static void add_edges(const plan *p, int64_t i, int32_t *writer, str *out)
{
    const plan_step *s = &p->steps.at[i];
    for (int u = 0; u < s->uses; u++) {
        int32_t b = s->use[u].buffer;
        if (s->use[u].write && p->buffers.at[b].external)
            str_addf(out, "  s%lld -> b%d [style=bold];\n", (long long)i, b);
        else if (!s->use[u].write && writer[b] >= 0)
            str_addf(out, "  s%d -> s%lld [label=\"%lld B\"];\n", writer[b], (long long)i,
                     (long long)p->buffers.at[b].bytes);
        else if (!s->use[u].write)
            str_addf(out, "  b%d -> s%lld;\n", b, (long long)i);
    }
    for (int u = 0; u < s->uses; u++)
        if (s->use[u].write)
            writer[s->use[u].buffer] = (int32_t)i;
}

void plan_dot(const plan *p, str *out)
{
    str_add(out, "digraph plan {\n  rankdir=TB;\n  node [shape=box, fontname=\"DejaVu Sans\"];\n");
    for (int64_t i = 0; i < p->steps.n; i++) {
        str_addf(out, "  s%lld [label=\"%lld %s", (long long)i, (long long)i,
                 p->steps.at[i].class->name);
        if (p->steps.at[i].class->describe) {
            str_add(out, "\\n");
            p->steps.at[i].class->describe(p->steps.at[i].args, out);
        }
        str_add(out, "\"];\n");
    }
    for (int32_t i = 0; i < p->buffers.n; i++)
        if (p->buffers.at[i].external && p->buffers.at[i].first >= 0)
            str_addf(out, "  b%d [shape=ellipse, label=\"%s %lld B\"];\n", i,
                     p->buffers.at[i].name ? p->buffers.at[i].name : "external",
                     (long long)p->buffers.at[i].bytes);
    int32_t *writer = mem_new(out->ctx, TAG_PLAN, int32_t, p->buffers.n + 1);
    for (int64_t b = 0; writer && b < p->buffers.n; b++)
        writer[b] = -1;
    for (int64_t i = 0; writer && i < p->steps.n; i++)
        add_edges(p, i, writer, out);
    out->failed |= !writer;
    mem_free(writer);
    str_add(out, "}\n");
}
