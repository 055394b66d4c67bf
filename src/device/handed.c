#include "device/handed.h"

#include <string.h>

void row_major(const element_space *s, int64_t stride[STINT_AXES])
{
    int64_t n = 1;
    for (int k = s->axes - 1; k >= 0; k--) {
        stride[k] = n;
        n *= s->size[k];
    }
}

char *handed_zero(const void *at, int64_t begin, uint8_t dtype)
{
    return (char *)((uintptr_t)at - (uintptr_t)(begin * dtype_size(dtype)));
}

void handed_bind(handed_program *h, const step_program *s, const element_space *space,
                 char *const *memory)
{
    int64_t stride[2 * ELEMENT_MOST_REGISTERS][STINT_AXES];
    const element_program *p = h->p = s->program;
    h->space = *space;
    row_major(space, stride[0]);
    for (int i = 1; i < p->inputs; i++)
        memcpy(stride[i], s->in[i].stride, sizeof stride[i]);
    for (int o = 0; o < p->outputs; o++)
        memcpy(stride[p->inputs + o], s->out[o].stride, sizeof stride[0]);
    element_merge(&h->space, p->inputs + p->outputs, stride);
    for (int i = 0; i < p->inputs; i++) {
        h->in[i].at = i > 0 ? view_at(&s->in[i], memory).at : NULL;
        memcpy(h->in[i].stride, stride[i], sizeof stride[i]);
    }
    for (int o = 0; o < p->outputs; o++) {
        h->out[o].at = view_at(&s->out[o], memory).at;
        memcpy(h->out[o].stride, stride[p->inputs + o], sizeof stride[0]);
    }
}

void handed_run(handed_program *h, int64_t begin, int64_t end, const void *values, void *scratch)
{
    h->in[0].at = handed_zero(values, begin, h->p->in_dtype[0]);
    element_run_space(h->p, &h->space, begin, end, h->in, h->out, scratch);
}

bool program_is_copy(const element_program *p)
{
    if (p->outputs != 1 || p->out_dtype[0] != p->in_dtype[0] || p->codes > 1)
        return false;
    if (p->codes == 0)
        return p->out_register[0] == 0;
    return p->code->op == ELEMENT_COPY && p->code->a == 0 && p->out_register[0] == p->code->out;
}

char *handed_directly(const handed_program *h, int64_t begin)
{
    int last = h->space.axes - 1;
    if (!program_is_copy(h->p) || last > 0 || (last == 0 && h->out[0].stride[0] != 1))
        return NULL;
    return h->out[0].at + begin * dtype_size(h->p->out_dtype[0]);
}
