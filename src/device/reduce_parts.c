#include "device/reduce_parts.h"

#include <assert.h>
#include <math.h>

static const uint8_t domain_dtype[] = {
    [ELEMENT_F32] = STINT_F32, [ELEMENT_F64] = STINT_F64, [ELEMENT_I64] = STINT_I64};

static element_domain domain_of(const reduce_args *a)
{
    return a->before.program->domain;
}

static int64_t count_of(const reduce_args *a, int from, int to)
{
    int64_t n = 1;
    for (int k = from; k < to; k++)
        n *= a->space.size[k];
    return n;
}

int64_t reduce_kept(const reduce_args *a)
{
    return count_of(a, 0, a->kept);
}

int64_t reduce_dropped(const reduce_args *a)
{
    return count_of(a, a->kept, a->space.axes);
}

void reduce_strides(const reduce_args *a, int path, const int64_t *from, int64_t *to)
{
    int first = path == REDUCE_ROWS ? 0 : a->kept, axes = a->space.axes;
    for (int k = 0; k < axes; k++)
        to[k] = from[(k + first) % axes];
}

element_space reduce_space(const reduce_args *a, int path)
{
    element_space s = {.axes = a->space.axes};
    reduce_strides(a, path, a->space.size, s.size);
    return s;
}

bool reduce_is_plain(const reduce_args *a)
{
    const element_program *p = a->before.program;
    return p->inputs == 1 && p->in_dtype[0] == domain_dtype[p->domain] && program_is_copy(p);
}

bool reduce_is_squares(const reduce_args *a)
{
    const element_program *p = a->before.program;
    return a->combine == ELEMENT_ADD && p->domain != ELEMENT_I64 && p->inputs == 1 &&
           p->in_dtype[0] == domain_dtype[p->domain] && p->codes == 1 &&
           p->code->op == ELEMENT_SQUARE && p->code->a == 0 && p->out_register[0] == p->code->out;
}

void reduce_bind_before(const reduce_args *a, char *const *memory, bound_program *b)
{
    int64_t stride[ELEMENT_MOST_REGISTERS][STINT_AXES];
    b->p = a->before.program;
    b->space = reduce_space(a, a->path);
    for (int i = 0; i < b->p->inputs; i++)
        reduce_strides(a, a->path, a->before.in[i].stride, stride[i]);
    element_merge(&b->space, b->p->inputs, stride);
    for (int i = 0; i < b->p->inputs; i++) {
        b->in[i].at = view_at(&a->before.in[i], memory).at;
        memcpy(b->in[i].stride, stride[i], sizeof stride[i]);
    }
    row_major(&b->space, b->out.stride);
}

void reduce_make(bound_program *b, int64_t begin, int64_t end, char *to, reduce_scratch *s)
{
    b->out.at = handed_zero(to, begin, b->p->out_dtype[0]);
    element_run_space(b->p, &b->space, begin, end, b->in, &b->out, s->program);
}

reduced reduce_none(const reduce_args *a)
{
    bool most = a->combine == ELEMENT_MAX;
    if (domain_of(a) == ELEMENT_I64)
        return (reduced){.i = a->combine == ELEMENT_ADD ? 0 : most ? INT64_MIN : INT64_MAX};
    return (reduced){.f = a->combine == ELEMENT_ADD ? 0 : most ? -INFINITY : INFINITY};
}

/* As row_fold combines doubles and integers. */
reduced reduce_two(const reduce_args *a, reduced x, reduced y)
{
    const void *row[] = {&y};
    row_fold(a->combine, domain_of(a) == ELEMENT_I64 ? ELEMENT_I64 : ELEMENT_F64, 1, 1, row, &x);
    return x;
}

reduced reduce_run(const reduce_args *a, int64_t n, const void *x)
{
    element_domain d = domain_of(a);
    reduced r = reduce_none(a);
    float f;
    if (n == 0)
        return r;
    if (a->combine == ELEMENT_ADD) {
        if (d == ELEMENT_I64)
            r.i = row_sum_i64(n, x);
        else
            r.f = row_sum(d, n, x);
        return r;
    }
    (a->combine == ELEMENT_MAX ? row_max : row_min)(d, n, x, d == ELEMENT_F32 ? (void *)&f : &r);
    if (d == ELEMENT_F32)
        r.f = (double)f;
    return r;
}

void reduce_finish(const reduce_args *a, int64_t begin, int64_t end, char *const *memory,
                   reduce_scratch *s)
{
    handed_program after;
    element_space kept = a->space;
    kept.axes = a->kept;
    const void *values = s->acc;
    if (domain_of(a) == ELEMENT_F32) {
        float *to = (float *)s->result;
        for (int64_t i = 0; i < end - begin; i++)
            to[i] = (float)s->acc[i].f;
        values = to;
    }
    handed_bind(&after, &a->after, &kept, memory);
    handed_run(&after, begin, end, values, s->program);
}
