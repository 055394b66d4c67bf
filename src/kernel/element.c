/* Programs run over spaces: line by line (the last axis), each cut into runs that fit registers;
 * or, where lines are short, as many of them as fit a run at once. */
#include "kernel/element_machine.h"

#include <assert.h>
#include <string.h>

enum { SHORT = 128 }; /* a line of fewer elements is short */

/* Where a row of runs begins for every operand.  Runs lie along one axis of the space: the last,
 * or the one before it where a step along it is a whole line. */
typedef struct walk {
    const element_program *p;
    const element_space *s;
    const element_view *in, *out;
    int along;
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

/* To the row that step `begin` is in; the step's place in it. */
static int64_t walk_to(walk *w, int64_t begin)
{
    const element_space *s = w->s;
    for (int i = 0; i < w->p->inputs; i++)
        w->in_row[i] = w->in[i].at;
    for (int o = 0; o < w->p->outputs; o++)
        w->out_row[o] = w->out[o].at;
    if (w->along <= 0)
        return begin;
    memset(w->index, 0, sizeof w->index);
    int64_t row = begin / s->size[w->along], column = begin - row * s->size[w->along];
    for (int a = w->along - 1; row > 0 && a >= 0; a--) {
        walk_by(w, a, row % s->size[a]);
        row /= s->size[a];
    }
    return column;
}

static void walk_on(walk *w)
{
    for (int a = w->along - 1; a >= 0; a--) {
        walk_by(w, a, 1);
        if (w->index[a] < w->s->size[a])
            return;
        walk_by(w, a, -w->s->size[a]);
    }
}

/* Steps begin … end-1 of the row, run by run. */
static void run_row(machine *m, const walk *w, int64_t begin, int64_t end)
{
    const element_program *p = w->p;
    int64_t most = m->block / m->line;
    for (int i = 0; i < p->inputs; i++)
        m->in[i].at = w->in_row[i] + begin * m->in_step[i] * element_bytes[p->in_dtype[i]];
    for (int o = 0; o < p->outputs; o++)
        m->out[o].at = w->out_row[o] + begin * m->out_step[o] * element_bytes[p->out_dtype[o]];
    for (;;) {
        int64_t n = end - begin < most ? end - begin : most;
        machine_run(m, n * m->line);
        if ((begin += n) == end)
            return;
        for (int i = 0; i < p->inputs; i++)
            m->in[i].at += n * m->in_step[i] * element_bytes[p->in_dtype[i]];
        for (int o = 0; o < p->outputs; o++)
            m->out[o].at += n * m->out_step[o] * element_bytes[p->out_dtype[o]];
    }
}

/* Steps begin … end-1 along w->along. */
static void run_along(walk *w, int64_t begin, int64_t end, void *scratch)
{
    machine m;
    const element_program *p = w->p;
    const element_space *s = w->s;
    int last = s->axes - 1;
    int64_t column = walk_to(w, begin), size = s->axes ? s->size[w->along] : 1;
    m.line = w->along < last ? s->size[last] : 1;
    if (m.line == 1)
        last = w->along;
    for (int i = 0; i < p->inputs; i++) {
        m.in[i] = (element_span){w->in[i].at, s->axes ? w->in[i].stride[last] : 1};
        m.in_step[i] = s->axes ? w->in[i].stride[w->along] : 1;
    }
    for (int o = 0; o < p->outputs; o++) {
        m.out[o] = (element_span){w->out[o].at, s->axes ? w->out[o].stride[last] : 1};
        m.out_step[o] = s->axes ? w->out[o].stride[w->along] : 1;
    }
    int64_t steps = end - begin, longest = size < steps ? size : steps;
    machine_bind(&m, p, steps * m.line, longest * m.line, scratch);
    for (;;) {
        int64_t n = size - column < end - begin ? size - column : end - begin;
        run_row(&m, w, column, column + n);
        if ((begin += n) == end)
            return;
        column = 0;
        walk_on(w);
    }
}

void element_run_space(const element_program *p, const element_space *s, int64_t begin, int64_t end,
                       const element_view *in, const element_view *out, void *scratch)
{
    walk w; /* not cleared: its rows are many, and walk_to sets those that there are */
    int64_t line = s->axes > 1 ? s->size[s->axes - 1] : end;
    if (begin >= end)
        return;
#ifdef __clang_analyzer__ /* which does not see that those are the ones that are read */
    memset(&w, 0, sizeof w);
#endif
    w.p = p;
    w.s = s;
    w.in = in;
    w.out = out;
    w.along = s->axes > 0 ? s->axes - 1 : 0;
    if (line >= SHORT || end - begin < 2 * line) {
        run_along(&w, begin, end, scratch);
        return;
    }
    int64_t first = (begin + line - 1) / line, last = end / line;
    if (begin < first * line)
        run_along(&w, begin, first * line, scratch);
    if (first < last) {
        w.along--;
        run_along(&w, first, last, scratch);
        w.along++;
    }
    if (last * line < end)
        run_along(&w, last * line, end, scratch);
}

void element_run(const element_program *p, int64_t n, const element_span *in,
                 const element_span *out, void *scratch)
{
    machine m;
    assert(n <= ELEMENT_BLOCK);
    if (n <= 0)
        return;
    m.line = 1;
    for (int i = 0; i < p->inputs; i++)
        m.in_step[i] = (m.in[i] = in[i]).stride;
    for (int o = 0; o < p->outputs; o++)
        m.out_step[o] = (m.out[o] = out[o]).stride;
    machine_bind(&m, p, n, n, scratch);
    machine_run(&m, n);
}
