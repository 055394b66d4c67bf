/* Normalisation.  Half precisions are computed in f32 and rounded once. */
#include "graph/compose.h"

/* gain or bias, which may be NULL: [n], of the dtype that is computed in */
static bool vector_fits(const char *what, const char *name, const node *x, const node *v, int64_t n)
{
    char shape[NODE_SHAPE_SIZE];
    return !v || node_has_shape(v, 1, &n) ||
           graph_fail(x->graph, "%s: %s is [%lld], not %s", what, name, (long long)n,
                      node_shape_text(v, shape));
}

/* (x - mean) / √(variance + eps) * gain + bias */
stint_tensor *stint_layer_norm(stint_tensor *t, stint_tensor *gains, stint_tensor *biases,
                               double eps)
{
    node *x = graph_node(t), *gain = graph_node(gains), *bias = graph_node(biases);
    int last;
    if (!axis_of(x, "layer_norm", -1, &last) || (gains && !gain) || (biases && !bias) ||
        !vector_fits("layer_norm", "gain", x, gain, x->shape[last]) ||
        !vector_fits("layer_norm", "bias", x, bias, x->shape[last]))
        return NULL;
    node *y = build_row(OP_NORMALISE, build_wide(x), eps);
    y = gain ? build_mul(y, build_wide(gain)) : y;
    y = bias ? build_add(y, build_wide(bias)) : y;
    return graph_tensor(t, build_cast(y, (stint_dtype)x->dtype));
}

/* [channels] → [channels, 1, ..], which broadcasts over x */
static node *by_channel(node *v, const node *x)
{
    int64_t shape[STINT_AXES];
    for (int i = 0; i < x->axes - 1; i++)
        shape[i] = i ? 1 : x->shape[1];
    return build_reshape(build_wide(v), x->axes - 1, shape);
}

typedef struct batch_norm {
    node *x, *gain, *bias, *mean, *variance; /* the running ones */
    bool training;
    int64_t count; /* values a channel */
} batch_norm;

static bool batch_norm_fits(batch_norm *b)
{
    const node *x = b->x;
    char shape[NODE_SHAPE_SIZE];
    if (x->axes < 2 || !node_is_float(x))
        return graph_fail(x->graph, "batch_norm: of floats [batch, channels, ..], not of %s %s",
                          stint_dtype_text(x->dtype), node_shape_text(x, shape));
    int64_t channels = x->shape[1];
    b->count = channels ? node_count(x) / channels : 2;
    if (!b->mean != !b->variance || (!b->training && !b->mean))
        return graph_fail(x->graph, "batch_norm: running_mean and running_variance are both "
                                    "needed, or in training neither");
    if (b->training && b->count < 2)
        return graph_fail(x->graph, "batch_norm: a channel has no variance in training: %s",
                          node_shape_text(x, shape));
    return vector_fits("batch_norm", "gain", x, b->gain, channels) &&
           vector_fits("batch_norm", "bias", x, b->bias, channels) &&
           vector_fits("batch_norm", "running_mean", x, b->mean, channels) &&
           vector_fits("batch_norm", "running_variance", x, b->variance, channels);
}

/* (x - mean) (1/√(variance + eps) gain) + bias; statistics are [channels] */
static node *normalised(const batch_norm *b, node *mean, node *variance, double eps)
{
    node *scale = build_unary(OP_RSQRT, build_add_number(variance, eps));
    scale = b->gain ? build_mul(scale, build_wide(b->gain)) : scale;
    if (!mean || !scale)
        return NULL;
    node *y =
        build_mul(build_sub(build_wide(b->x), by_channel(mean, b->x)), by_channel(scale, b->x));
    y = b->bias ? build_add(y, by_channel(b->bias, b->x)) : y;
    return build_cast(y, (stint_dtype)b->x->dtype);
}

/* (1 - momentum) running + momentum value, in place */
static node *moved(node *running, node *value, double momentum)
{
    if (!running || !value)
        return NULL;
    node *kept = build_mul_number(build_wide(running), 1 - momentum);
    node *next = build_add(kept, build_mul_number(value, momentum));
    node *in[2] = {running, build_cast(next, (stint_dtype)running->dtype)};
    return node_make_in_place(running->graph, OP_ASSIGN, 2, in, NULL);
}

/* The running statistics, for which nobody asks a gradient: the variance of a sample. */
static bool move_running(const batch_norm *b, const stint_batch_norm_state *state, node *mean,
                         node *variance)
{
    double momentum = state->momentum == 0 ? 0.1 : state->momentum;
    double n = (double)b->count;
    ctx *c = graph_ctx(b->x->graph);
    stint_no_grad_open(c);
    node *next[2] = {moved(b->mean, mean, momentum),
                     moved(b->variance, build_mul_number(variance, n / (n - 1)), momentum)};
    stint_no_grad_close(c);
    if (!next[0] || !next[1])
        return false;
    node_hold(next[1]); /* through the settling of the first */
    bool ok = graph_retarget(state->running_mean, next[0]);
    ok = graph_retarget(state->running_variance, next[1]) && ok;
    node_release(next[1]);
    return ok;
}

stint_tensor *stint_batch_norm(stint_tensor *t, stint_tensor *gain, stint_tensor *bias,
                               const stint_batch_norm_state *state)
{
    if (state->training && state->running_mean && state->running_variance &&
        graph_catch_up(2, (stint_tensor *[]){state->running_mean, state->running_variance}))
        return NULL;
    batch_norm b = {.x = graph_node(t),
                    .gain = graph_node(gain),
                    .bias = graph_node(bias),
                    .mean = graph_node(state->running_mean),
                    .variance = graph_node(state->running_variance),
                    .training = state->training};
    if (!b.x || (gain && !b.gain) || (bias && !b.bias) || !batch_norm_fits(&b))
        return NULL;
    node *mean =
        b.training ? build_mean(build_wide(b.x), axes_but(b.x, 1), false) : build_wide(b.mean);
    node *variance = b.training ? build_variance(build_wide(b.x), axes_but(b.x, 1), 0, false)
                                : build_wide(b.variance);
    node *y = normalised(&b, mean, variance, state->eps == 0 ? 1e-5 : state->eps);
    if (!y || !b.training || !b.mean)
        return graph_tensor(t, y);
    node_hold(y);
    bool ok = move_running(&b, state, mean, variance);
    stint_tensor *out = ok ? graph_tensor(t, y) : NULL;
    node_release(y);
    return out;
}

/* Each group of channels, with all that follows them, is a row. */
stint_tensor *stint_group_norm(stint_tensor *t, int64_t groups, stint_tensor *gains,
                               stint_tensor *biases, double eps)
{
    node *x = graph_node(t), *gain = graph_node(gains), *bias = graph_node(biases);
    char shape[NODE_SHAPE_SIZE];
    if (!x || (gains && !gain) || (biases && !bias))
        return NULL;
    if (x->axes < 2 || !node_is_float(x)) {
        graph_fail(x->graph, "group_norm: of floats [batch, channels, ..], not of %s %s",
                   stint_dtype_text(x->dtype), node_shape_text(x, shape));
        return NULL;
    }
    if (groups < 1 || x->shape[1] % groups != 0) {
        graph_fail(x->graph, "group_norm: %lld groups do not divide the channels of %s",
                   (long long)groups, node_shape_text(x, shape));
        return NULL;
    }
    if (!vector_fits("group_norm", "gain", x, gain, x->shape[1]) ||
        !vector_fits("group_norm", "bias", x, bias, x->shape[1]))
        return NULL;
    int64_t each = x->shape[1] / groups;
    for (int i = 2; i < x->axes; i++)
        each *= x->shape[i];
    const int64_t rows[] = {x->shape[0], groups, each};
    node *y = build_row(OP_NORMALISE, build_reshape(build_wide(x), 3, rows), eps);
    y = build_reshape(y, x->axes, x->shape);
    y = gain ? build_mul(y, by_channel(gain, x)) : y;
    y = bias ? build_add(y, by_channel(bias, x)) : y;
    return graph_tensor(t, build_cast(y, (stint_dtype)x->dtype));
}
