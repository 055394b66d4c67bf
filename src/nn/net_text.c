#include "nn/net.h"

#include <string.h>

/* A net, and the classes there are, as text for people. */

static int64_t numbers_of(const layer *l)
{
    int64_t n = 0;
    for (int64_t i = 0; i < l->weights.n; i++)
        n += stint_tensor_count(l->weights.at[i].at);
    return n;
}

typedef struct summary {
    str text;
    int64_t numbers;
} summary;

/* A line; a block's after those of its layers, which stand further in. */
static void add_layers(summary *s, const layer_list *list, int depth)
{
    char shape[SAMPLE_SHAPE_SIZE];
    for (int64_t i = 0; i < list->n; i++) {
        const layer *l = list->at[i];
        str_addf(&s->text, "%*s%-8s%-*s%-16s%12lld\n", 2 * depth, "", l->path, 24 - 2 * depth,
                 l->class->name, sample_text(&l->out, shape), (long long)numbers_of(l));
        s->numbers += numbers_of(l);
        add_layers(s, &l->inner, depth + 1);
    }
}

stint_status stint_net_summary(const stint_net *n, stint_text *out)
{
    char shape[SAMPLE_SHAPE_SIZE];
    summary s = {0};
    if (!n)
        return STINT_EUSAGE;
    str_init(&s.text, n->ctx, TAG_MODEL);
    str_addf(&s.text, "%-32s%-16s%12s\n", "layer", "output", "weights");
    str_addf(&s.text, "%-32s%-16s\n", stint_dtype_text(n->in.dtype), sample_text(&n->in, shape));
    add_layers(&s, &n->layers, 0);
    str_addf(&s.text, "%-48s%12lld\n", "in all", (long long)s.numbers);
    return text_take(&s.text, out);
}

static void add_class(str *text, const char *name, const char *help, const param *params)
{
    str_addf(text, "%s: %s\n", name, help);
    for (const param *p = params; p->name; p++)
        param_reference(p, text);
}

stint_status stint_net_reference(stint_context *ctx, const char *name, stint_text *out)
{
    str text;
    nearest_name near = nearest_begin(name ? name : "");
    str_init(&text, ctx, TAG_MODEL);
    for (int i = 0; layer_table[i]; i++) {
        const layer_class *c = layer_table[i];
        nearest_try(&near, c->name);
        if (!name || strcmp(name, c->name) == 0) {
            add_class(&text, c->name, c->help, c->params);
            if (c->block)
                str_addf(&text, "  %-22s the layers it holds\n", "--layers");
        }
    }
    for (int i = 0; loss_table[i]; i++) {
        const loss_class *c = loss_table[i];
        nearest_try(&near, c->name);
        if (!name || strcmp(name, c->name) == 0)
            add_class(&text, c->name, c->help, c->params);
    }
    if (text.len == 0 && !text.failed) {
        str_deinit(&text);
        return near.name
                   ? fail(ctx, STINT_EUSAGE,
                          "there is no layer or loss \"%s\"; did you mean \"%s\"?", name, near.name)
                   : fail(ctx, STINT_EUSAGE, "there is no layer or loss \"%s\"", name);
    }
    return text_take(&text, out);
}
