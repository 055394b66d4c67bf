/* Programs run over spaces: row by row (the last axis), each cut into runs that fit registers. */
#include "kernel/element_machine.h"

#include <assert.h>
#include <string.h>

/* Where a row of the space (its last axis) begins for every operand, axis by axis. */
typedef struct walk {
    const element_program *p;
    const element_space *s;
    const element_view *in, *out;
    char *in_row[ELEMENT_MOST_REGISTERS], *out_row[ELEMENT_MOST_REGISTERS];
    int64_t index[STINT_AXES];
} walk;

static void walk_by(walk *w, int axis, int64_t steps)
{
    const element_program *p = w->p;
    for (int i = 0; i < p->inputs; i++)
        w->in_row[i] += steps * w->in[i].stride[axis] * element_bytes[p->in_dtype[i]];
    for (int o = 0; o < p->outputs; o++)
        w->out_row[o] += steps * w->out[o].stride[axis] * element_bytes[p->out_dtype[o]];
    w->index[axis] += steps;
}

/* To the row that element `begin` is in; the element's place in it. */
static int64_t walk_to(walk *w, int64_t begin)
{
    const element_space *s = w->s;
    for (int i = 0; i < w->p->inputs; i++)
        w->in_row[i] = w->in[i].at;
    for (int o = 0; o < w->p->outputs; o++)
        w->out_row[o] = w->out[o].at;
    memset(w->index, 0, sizeof w->index);
    int64_t column = s->axes ? begin % s->size[s->axes - 1] : 0;
    int64_t row = s->axes ? begin / s->size[s->axes - 1] : 0;
    for (int a = s->axes - 2; a >= 0; a--) {
        walk_by(w, a, row % s->size[a]);
        row /= s->size[a];
    }
    return column;
}

static void walk_on(walk *w)
{
    for (int a = w->s->axes - 2; a >= 0; a--) {
        walk_by(w, a, 1);
        if (w->index[a] < w->s->size[a])
            return;
        walk_by(w, a, -w->s->size[a]);
    }
}

/* Columns begin … end-1 of the row, block by block. */
static void run_row(machine *m, const walk *w, int64_t begin, int64_t end)
{
    const element_program *p = w->p;
    for (int i = 0; i < p->inputs; i++)
        m->in[i].at = w->in_row[i] + begin * m->in[i].stride * element_bytes[p->in_dtype[i]];
    for (int o = 0; o < p->outputs; o++)
        m->out[o].at = w->out_row[o] + begin * m->out[o].stride * element_bytes[p->out_dtype[o]];
    for (;;) {
        int64_t n = end - begin < m->block ? end - begin : m->block;
        machine_run(m, n);
        if ((begin += n) == end)
            return;
        for (int i = 0; i < p->inputs; i++)
            m->in[i].at += n * m->in[i].stride * element_bytes[p->in_dtype[i]];
        for (int o = 0; o < p->outputs; o++)
            m->out[o].at += n * m->out[o].stride * element_bytes[p->out_dtype[o]];
    }
}

void element_run_space(const element_program *p, const element_space *s, int64_t begin, int64_t end,
                       const element_view *in, const element_view *out, void *scratch)
{
    machine m;
    walk w = {.p = p, .s = s, .in = in, .out = out};
    if (begin >= end)
        return;
    int last = s->axes - 1;
    int64_t width = s->axes ? s->size[last] : 1, column = walk_to(&w, begin);
    for (int i = 0; i < p->inputs; i++)
        m.in[i] = (element_span){in[i].at, s->axes ? in[i].stride[last] : 1};
    for (int o = 0; o < p->outputs; o++)
        m.out[o] = (element_span){out[o].at, s->axes ? out[o].stride[last] : 1};
    machine_bind(&m, p, end - begin, width < end - begin ? width : end - begin, scratch);
    for (;;) {
        int64_t n = width - column < end - begin ? width - column : end - begin;
        run_row(&m, &w, column, column + n);
        if ((begin += n) == end)
            return;
        column = 0;
        walk_on(&w);
    }
}

void element_run(const element_program *p, int64_t n, const element_span *in,
                 const element_span *out, void *scratch)
{
    machine m;
    assert(n <= ELEMENT_BLOCK);
    if (n <= 0)
        return;
    for (int i = 0; i < p->inputs; i++)
        m.in[i] = in[i];
    for (int o = 0; o < p->outputs; o++)
        m.out[o] = out[o];
    machine_bind(&m, p, n, n, scratch);
    machine_run(&m, n);
}
