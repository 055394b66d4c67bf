#include "experiment/smoother.h"

#include "data/filter.h"

typedef union smoother_state {
    double mean;
    butterworth_state butterworth;
} smoother_state;

struct stream_smoother {
    stream_filter filter;
    double alpha;
    butterworth design;
    int outputs;
    bool begun;
    smoother_state *states; /* [outputs] */
};

stint_status smoother_open(ctx *c, const config_stream *how, int outputs, stream_smoother **out)
{
    *out = NULL;
    if ((stream_filter)how->filter == STREAM_PLAIN)
        return STINT_OK;
    stream_smoother *s = mem_new(c, TAG_MODEL, stream_smoother, 1);
    if (!s)
        return STINT_ENOMEM;
    *s = (stream_smoother){
        .filter = (stream_filter)how->filter, .alpha = how->alpha, .outputs = outputs};
    butterworth_design((int)how->order, how->cutoff, &s->design);
    s->states = mem_new(c, TAG_MODEL, smoother_state, outputs);
    *out = s;
    if (s->states)
        return STINT_OK;
    smoother_close(s);
    *out = NULL;
    return STINT_ENOMEM;
}

void smoother_close(stream_smoother *s)
{
    if (s)
        mem_free(s->states);
    mem_free(s);
}

void smoother_reset(stream_smoother *s)
{
    if (s)
        s->begun = false;
}

static void begin_at(stream_smoother *s, smoother_state *state, double level)
{
    if (s->filter == STREAM_EMA)
        state->mean = level;
    else
        state->butterworth = butterworth_begin(&s->design, level);
}

void smoother_run(stream_smoother *s, double *x, int64_t stride, int64_t n)
{
    if (!s || n < 1)
        return;
    for (int k = 0; k < s->outputs; k++, x += stride) {
        if (!s->begun)
            begin_at(s, &s->states[k], x[0]);
        if (s->filter == STREAM_EMA)
            ema_run(s->alpha, &s->states[k].mean, x, n);
        else
            butterworth_run(&s->design, &s->states[k].butterworth, x, n);
    }
    s->begun = true;
}
