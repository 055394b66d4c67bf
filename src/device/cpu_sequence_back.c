/* A recurrent net backward, from the last step to the first: the cell on each row, then what goes
 * back to the step before through the weights, as a product of a few rows at once. */
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

static const char *kept_at(const backward *w, int64_t t, int64_t b)
{
    const sequence_args *a = w->r.a;
    return w->kept + (t * a->batch + b) * w->r.parts.kept * a->hidden * w->r.bytes;
}

static char *state_of(const backward *w, char *all, int64_t b)
{
    return all + b * w->r.a->hidden * w->r.bytes;
}

/* A gradient from outside, of which the first row of time is `first`; NULL = 0 */
static const char *given_at(const backward *w, const element_view *v, int64_t first, int64_t t,
                            int64_t b)
{
    if (!v->at || t < first)
        return NULL;
    return v->at + ((t - first) * v->stride[0] + b * v->stride[1]) * w->r.bytes;
}

/* to = a + b + c, of which b and c may be NULL */
static void add(const backward *w, char *to, const char *a, const char *b, const char *c)
{
    for (int64_t i = 0; i < w->r.a->hidden; i++)
        if (w->r.bytes == 4) {
            float sum = ((const float *)(const void *)a)[i];
            sum += b ? ((const float *)(const void *)b)[i] : 0;
            ((float *)(void *)to)[i] = sum + (c ? ((const float *)(const void *)c)[i] : 0);
        } else {
            double sum = ((const double *)(const void *)a)[i];
            sum += b ? ((const double *)(const void *)b)[i] : 0;
            ((double *)(void *)to)[i] = sum + (c ? ((const double *)(const void *)c)[i] : 0);
        }
}

/* The state's gradients, at step t and before its cell, to h and c. */
static void state_gradients(const backward *w, int64_t t, int64_t b, char *h, char *c)
{
    const sequence_back_args *a = w->args;
    char *keep_h = state_of(w, w->r.room.keep_h, b), *keep_c = state_of(w, w->r.room.keep_c, b);
    add(w, h, sequence_product_of(&w->r, b), keep_h, given_at(w, &w->of_h, a->first_h, t, b));
    add(w, c, keep_c, given_at(w, &w->of_c, a->first_c, t, b), NULL);
}

/* A row that is over passes its state's gradients on. */
static void hold_row(const backward *w, int64_t t, int64_t b)
{
    size_t h = (size_t)(w->r.a->hidden * w->r.bytes);
    state_gradients(w, t, b, state_of(w, w->r.room.keep_h, b), state_of(w, w->r.room.keep_c, b));
    memset(out_at(w, t, b), 0, (size_t)w->r.parts.back * h);
}

static void step_rows_of(const backward *w, int64_t t)
{
    const sequence_args *a = w->r.a;
    const sequence_back_args *args = w->args;
    const sequence_class *cells = sequence_of(a->domain);
    for (int64_t b = w->r.begin; b < w->r.end; b++) {
        sequence_back s = {
            .h = a->hidden,
            .kept = kept_at(w, t, b),
            .before = kept_at(w, t - 1, b),
            .of_a = given_at(w, &w->of_a, args->first_a, t, b),
            .of_c = given_at(w, &w->of_c, args->first_c, t, b),
            .of_h = given_at(w, &w->of_h, args->first_h, t, b),
            .product = sequence_product_of(&w->r, b),
            .keep_h = state_of(w, w->r.room.keep_h, b),
            .keep_c = state_of(w, w->r.room.keep_c, b),
            .out = out_at(w, t, b),
        };
        if (sequence_is_over(&w->r, t, b))
            hold_row(w, t, b);
        else
            cells->back[a->cell](&s);
    }
    int64_t through = w->r.parts.through * a->hidden * w->r.bytes;
    sequence_product(&w->r, out_at(w, t, w->r.begin) + through, w->r.parts.back * a->hidden);
}

static void clear(const backward *w, int64_t b)
{
    size_t h = (size_t)(w->r.a->hidden * w->r.bytes);
    memset(sequence_product_of(&w->r, b), 0, h);
    memset(state_of(w, w->r.room.keep_h, b), 0, h);
    memset(state_of(w, w->r.room.keep_c, b), 0, h);
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
    sequence_bind(&w.r, &a->of, item, memory, scratch);
    for (int64_t b = w.r.begin; b < w.r.end; b++)
        clear(&w, b);
    for (int64_t t = a->of.time; t >= 1; t--)
        step_rows_of(&w, t);
    for (int64_t b = w.r.begin; b < w.r.end; b++) {
        size_t h = (size_t)(a->of.hidden * w.r.bytes);
        char *first = out_at(&w, 0, b);
        state_gradients(&w, 0, b, first, first + h);
        memset(first + 2 * h, 0, (size_t)(w.r.parts.back - 2) * h);
    }
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
