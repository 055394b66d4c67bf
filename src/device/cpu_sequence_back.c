/* A recurrent net backward: some rows of the batch from the last step of time to the first. */
#include "device/sequence_rows.h"

#include <string.h>

typedef struct backward {
    sequence_rows r;
    const sequence_back_args *args;
    element_view of_a, of_c, of_h;
    const char *kept;
    char *out;
} backward;

static char *out_at(const backward *w, int64_t t, int64_t b)
{
    const sequence_args *a = w->r.a;
    return w->out + (t * a->batch + b) * w->r.parts.back * a->hidden * w->r.bytes;
}

static const char *kept_at(const backward *w, int64_t t)
{
    const sequence_args *a = w->r.a;
    return w->kept + t * a->batch * w->r.parts.kept * a->hidden * w->r.bytes;
}

/* A gradient from outside, of which the first row of time is `first`; NULL = 0 */
static const char *given_at(const backward *w, const element_view *v, int64_t first, int64_t t)
{
    return v->at && t >= first ? v->at + (t - first) * v->stride[0] * w->r.bytes : NULL;
}

/* to += x of row b; x NULL = 0 */
static void add_row(const backward *w, char *to, const char *x, int64_t x_row, int64_t b)
{
    int64_t h = w->r.a->hidden;
    for (int64_t i = 0; x && i < h; i++)
        if (w->r.bytes == 4)
            ((float *)(void *)to)[b * h + i] += ((const float *)(const void *)x)[b * x_row + i];
        else
            ((double *)(void *)to)[b * h + i] += ((const double *)(const void *)x)[b * x_row + i];
}

static sequence_back operands(const backward *w, int64_t t)
{
    const sequence_back_args *args = w->args;
    return (sequence_back){
        .h = w->r.a->hidden,
        .rows = w->r.live,
        .row = w->r.row,
        .panels = w->r.room.panels,
        .kept = t > 0 ? kept_at(w, t) : NULL,
        .before = t > 0 ? kept_at(w, t - 1) : NULL,
        .next = t < w->r.a->time ? out_at(w, t + 1, 0) : NULL,
        .of_a = given_at(w, &w->of_a, args->first_a, t),
        .of_c = given_at(w, &w->of_c, args->first_c, t),
        .of_h = given_at(w, &w->of_h, args->first_h, t),
        .of_a_row = w->of_a.stride[1],
        .of_c_row = w->of_c.stride[1],
        .of_h_row = w->of_h.stride[1],
        .keep_h = w->r.room.keep_h,
        .keep_c = w->r.room.keep_c,
        .out = out_at(w, t, 0),
    };
}

/* A row that is over passes its state's gradients on: what it makes, and the product of it, is 0.
 */
static void hold_row(const backward *w, const sequence_back *s, int64_t t, int64_t b)
{
    add_row(w, s->keep_h, s->of_h, s->of_h_row, b);
    add_row(w, s->keep_c, s->of_c, s->of_c_row, b);
    memset(out_at(w, t, b), 0, (size_t)(w->r.parts.back * w->r.a->hidden * w->r.bytes));
}

static void step_rows_of(backward *w, int64_t t)
{
    sequence_divide(&w->r, t);
    sequence_back s = operands(w, t);
    w->r.cells->back[w->r.a->cell](&s);
    for (int64_t i = w->r.live; i < w->r.end - w->r.begin; i++)
        hold_row(w, &s, t, w->r.row[i]);
}

/* The gradients of the first state take two parts of row 0 of time. */
static void finish(backward *w)
{
    const sequence_args *a = w->r.a;
    sequence_divide(&w->r, 0);
    sequence_back s = operands(w, 0);
    w->r.cells->first[a->cell](&s);
    size_t h = (size_t)(a->hidden * w->r.bytes);
    for (int64_t b = w->r.begin; b < w->r.end; b++)
        memset(out_at(w, 0, b) + 2 * h, 0, (size_t)(w->r.parts.back - 2) * h);
}

static void sequence_back_run(const void *args, int phase, int64_t item, char *const *memory,
                              void *scratch)
{
    const sequence_back_args *a = args;
    if (phase == 0) {
        sequence_pack(&a->of, item, memory);
        return;
    }
    backward w = {.args = a,
                  .of_a = view_at(&a->of_a, memory),
                  .of_c = view_at(&a->of_c, memory),
                  .of_h = view_at(&a->of_h, memory),
                  .kept = memory[a->kept],
                  .out = memory[a->out]};
    (void)scratch;
    sequence_bind(&w.r, &a->of, item, memory);
    size_t rows = (size_t)(w.r.end - w.r.begin), h = (size_t)(a->of.hidden * w.r.bytes);
    memset(w.r.room.keep_h + (size_t)w.r.begin * h, 0, rows * h);
    memset(w.r.room.keep_c + (size_t)w.r.begin * h, 0, rows * h);
    for (int64_t t = a->of.time; t >= 1; t--)
        step_rows_of(&w, t);
    finish(&w);
}

static int64_t items(const void *args, int phase)
{
    return sequence_items(&((const sequence_back_args *)args)->of, phase);
}

static void describe(const void *args, str *out)
{
    sequence_describe(&((const sequence_back_args *)args)->of, out);
}

const step_class step_sequence_back = {.name = "sequence back",
                                       .phases = sequence_phases,
                                       .items = items,
                                       .run = sequence_back_run,
                                       .describe = describe};
