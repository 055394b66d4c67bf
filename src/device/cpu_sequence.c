/* A recurrent net forward: some rows of the batch through all steps of time. */
#include "device/sequence_rows.h"

#include <string.h>

typedef struct forward {
    sequence_rows r;
    element_view gates, h0, other;
    sequence_input input; /* x of the first step */
    char *kept;
} forward;

static char *kept_at(const forward *f, int64_t t, int64_t b, int part)
{
    const sequence_args *a = f->r.a;
    return f->kept + ((t * a->batch + b) * f->r.parts.kept + part) * a->hidden * f->r.bytes;
}

/* Row 0 of time: no activations, the state given. */
static void begin_row(const forward *f, int64_t b)
{
    const sequence_args *a = f->r.a;
    int64_t h = a->hidden, bytes = f->r.bytes;
    memset(kept_at(f, 0, b, 0), 0, (size_t)(SEQUENCE_ACTIVATIONS * h * bytes));
    if (a->cell == SEQUENCE_LSTM)
        sequence_gather(&f->r, f->other.at + b * f->other.stride[0] * bytes, f->other.stride[1], h,
                        kept_at(f, 0, b, f->r.parts.state));
    sequence_gather(&f->r, f->h0.at + b * f->h0.stride[0] * bytes, f->h0.stride[1], h,
                    kept_at(f, 0, b, f->r.parts.kept - 1));
}

static void hold_row(const forward *f, int64_t t, int64_t b)
{
    int64_t h = f->r.a->hidden, bytes = f->r.bytes;
    int state = f->r.parts.state, n = f->r.parts.kept - state;
    memset(kept_at(f, t, b, 0), 0, (size_t)(SEQUENCE_ACTIVATIONS * h * bytes));
    memcpy(kept_at(f, t, b, state), kept_at(f, t - 1, b, state), (size_t)(n * h * bytes));
}

static void step_rows_of(forward *f, int64_t t)
{
    const sequence_args *a = f->r.a;
    sequence_divide(&f->r, t);
    const char *gates = f->gates.at;
    sequence_input input = f->input;
    if (gates)
        gates += (t - 1) * f->gates.stride[0] * f->r.bytes;
    else
        input.x = (const char *)input.x + (t - 1) * a->batch * input.x_row * f->r.bytes;
    f->r.cells->step[a->cell](&(sequence_step){
        .h = a->hidden,
        .rows = f->r.live,
        .row = f->r.row,
        .panels = f->r.room.panels,
        .gates = gates,
        .gates_row = f->gates.stride[1],
        .input = input,
        .bias = f->r.room.vector,
        .before = kept_at(f, t - 1, 0, 0),
        .after = kept_at(f, t, 0, 0),
    });
    for (int64_t i = f->r.live; i < f->r.end - f->r.begin; i++)
        hold_row(f, t, f->r.row[i]);
}

/* Biases come with the first panel. */
static void pack(const sequence_step_args *args, int64_t panel, char *const *memory)
{
    const sequence_args *a = &args->of;
    sequence_rows r;
    sequence_pack(a, panel, memory);
    if (a->inputs > 0)
        sequence_pack_inputs(a, &args->input_w, panel, memory);
    if (panel > 0)
        return;
    element_view bias = view_at(&args->other, memory),
                 of_input = view_at(&args->input_bias, memory);
    sequence_bind(&r, a, 0, memory);
    if (a->cell == SEQUENCE_GRU)
        sequence_gather(&r, bias.at, bias.stride[0], 3 * a->hidden, r.room.vector);
    if (of_input.at)
        sequence_gather(&r, of_input.at, of_input.stride[1], r.parts.gates * a->hidden,
                        r.room.input_bias);
}

static sequence_input input_of(const sequence_step_args *a, const sequence_room *room,
                               char *const *memory)
{
    element_view x = view_at(&a->x, memory);
    return (sequence_input){.inputs = a->of.inputs,
                            .x = x.at,
                            .x_row = x.stride[0],
                            .panels = room->inputs,
                            .bias = a->input_bias.buffer < 0 ? NULL : room->input_bias};
}

static void sequence_run(const void *args, int phase, int64_t item, char *const *memory,
                         void *scratch)
{
    const sequence_step_args *a = args;
    if (phase == 0) {
        pack(a, item, memory);
        return;
    }
    forward f = {.gates = view_at(&a->gates, memory),
                 .h0 = view_at(&a->h0, memory),
                 .other = view_at(&a->other, memory),
                 .kept = memory[a->kept]};
    (void)scratch;
    sequence_bind(&f.r, &a->of, item, memory);
    f.input = input_of(a, &f.r.room, memory);
    for (int64_t b = f.r.begin; b < f.r.end; b++)
        begin_row(&f, b);
    for (int64_t t = 1; t <= a->of.time; t++)
        step_rows_of(&f, t);
}

static int64_t items(const void *args, int phase)
{
    return sequence_items(&((const sequence_step_args *)args)->of, phase);
}

static void describe(const void *args, str *out)
{
    sequence_describe(&((const sequence_step_args *)args)->of, out);
}

const step_class step_sequence = {.name = "sequence",
                                  .phases = sequence_phases,
                                  .items = items,
                                  .run = sequence_run,
                                  .describe = describe};
