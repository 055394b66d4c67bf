#include "unit/graph/op_cases.h"

/* Recurrent nets.  With states, those after the last step come behind the outputs, as more steps,
 * so that gradients of both are looked at.
 *
 * Inputs: x, w_input, w_recurrent, then those of at.order in their order. */

enum { END, BIAS, BIAS_RECURRENT, H0, C0, LENGTHS, GIVEN };

static void take(const op_case *c, stint_tensor *const *in, stint_tensor **given)
{
    for (int i = 3; i < c->inputs; i++)
        given[c->at.order[i - 3]] = in[i];
}

static stint_tensor *as_step(stint_tensor *state)
{
    return stint_expand_axis(state, 1);
}

static stint_tensor *lstm(const op_case *c, stint_tensor *const *in)
{
    stint_tensor *given[GIVEN] = {0}, *h, *last;
    take(c, in, given);
    stint_sequence s = {.h0 = given[H0], .c0 = given[C0], .lengths = given[LENGTHS]};
    if (!c->at.keep)
        return stint_lstm(in[0], in[1], in[2], given[BIAS], &s);
    s.last_h = &h;
    s.last_c = &last;
    stint_tensor *y = stint_lstm(in[0], in[1], in[2], given[BIAS], &s);
    stint_tensor *all[] = {y, as_step(h), as_step(last)};
    return stint_concat(3, all, 1);
}

static stint_tensor *gru(const op_case *c, stint_tensor *const *in)
{
    stint_tensor *given[GIVEN] = {0}, *h;
    take(c, in, given);
    stint_sequence s = {.h0 = given[H0], .lengths = given[LENGTHS]};
    s.last_h = c->at.keep ? &h : NULL;
    stint_tensor *y = stint_gru(in[0], in[1], in[2], given[BIAS], given[BIAS_RECURRENT], &s);
    if (!c->at.keep)
        return y;
    stint_tensor *all[] = {y, as_step(h)};
    return stint_concat(2, all, 1);
}

const op_case op_cases_sequences[] = {
    {.name = "lstm [2,3,2]",
     .inputs = 4,
     .in = {IN(-2, 2, 2, 3, 2), IN(-2, 2, 2, 8), IN(-2, 2, 2, 8), IN(-1, 1, 8)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.order = {BIAS}},
     .build = lstm},
    {.name = "lstm plain",
     .inputs = 3,
     .in = {IN(-2, 2, 3, 2, 1), IN(-2, 2, 1, 12), IN(-2, 2, 3, 12)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .build = lstm},
    {.name = "lstm states",
     .inputs = 5,
     .in = {IN(-2, 2, 2, 3, 1), IN(-2, 2, 1, 8), IN(-2, 2, 2, 8), IN(-1, 1, 2, 2), IN(-1, 1, 2, 2)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.order = {H0, C0}, .keep = true},
     .build = lstm},
    {.name = "lstm lengths",
     .inputs = 7,
     .in = {IN(-2, 2, 3, 2, 2), IN(-2, 2, 2, 8), IN(-2, 2, 2, 8), IN(-1, 1, 8), IN(-1, 1, 3, 2),
            IN(-1, 1, 3, 2), IN_INDEX(STINT_I64, 2, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.order = {BIAS, H0, C0, LENGTHS}, .keep = true},
     .build = lstm},
    {.name = "gru [2,3,2]",
     .inputs = 5,
     .in = {IN(-2, 2, 2, 3, 2), IN(-2, 2, 2, 6), IN(-2, 2, 2, 6), IN(-1, 1, 6), IN(-1, 1, 6)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.order = {BIAS, BIAS_RECURRENT}},
     .build = gru},
    {.name = "gru plain",
     .inputs = 3,
     .in = {IN(-2, 2, 3, 2, 1), IN(-2, 2, 1, 9), IN(-2, 2, 3, 9)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .build = gru},
    {.name = "gru states",
     .inputs = 4,
     .in = {IN(-2, 2, 2, 3, 1), IN(-2, 2, 1, 6), IN(-2, 2, 2, 6), IN(-1, 1, 2, 2)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.order = {H0}, .keep = true},
     .build = gru},
    {.name = "gru lengths",
     .inputs = 7,
     .in = {IN(-2, 2, 3, 2, 2), IN(-2, 2, 2, 6), IN(-2, 2, 2, 6), IN(-1, 1, 6), IN(-1, 1, 6),
            IN(-1, 1, 3, 2), IN_INDEX(STINT_I32, 2, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.order = {BIAS, BIAS_RECURRENT, H0, LENGTHS}, .keep = true},
     .build = gru},
    {.name = NULL},
};
