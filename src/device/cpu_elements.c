#include "device/views.h"

/* An element-wise program over a space, cut into items of ITEM elements. */

enum { ITEM = 16384 };

static int64_t elements_items(const void *args, int phase)
{
    const elements_args *a = args;
    (void)phase;
    return (space_count(&a->space) + ITEM - 1) / ITEM;
}

static void elements_run(const void *args, int phase, int64_t item, char *const *memory,
                         void *scratch)
{
    const elements_args *a = args;
    const element_program *p = a->body.program;
    element_view in[ELEMENT_MOST_REGISTERS], out[ELEMENT_MOST_REGISTERS];
    (void)phase;
    views_at(p->inputs, a->body.in, memory, in);
    views_at(p->outputs, a->body.out, memory, out);
    int64_t count = space_count(&a->space), begin = item * ITEM;
    int64_t end = count - begin < ITEM ? count : begin + ITEM;
    element_run_space(p, &a->space, begin, end, in, out, scratch);
}

static void elements_describe(const void *args, str *out)
{
    const elements_args *a = args;
    const element_program *p = a->body.program;
    str_addf(out, "[");
    for (int i = 0; i < a->space.axes; i++)
        str_addf(out, i ? ",%lld" : "%lld", (long long)a->space.size[i]);
    str_addf(out, "]");
    for (int i = 0; i < p->codes; i++)
        str_addf(out, " %s", element_ops[p->code[i].op].text);
}

const step_class step_elements = {
    .name = "elements",
    .items = elements_items,
    .run = elements_run,
    .describe = elements_describe,
};
