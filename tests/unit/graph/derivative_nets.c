/* Recurrent nets, convolutions, pools, attention and normalisation by groups, each within something
 * curved, and of results that differ from element to element. */
#include "unit/graph/derivative_cases.h"

typedef const derivative_point point;

/* Σ weighs its elements, no two alike, so that none cancel: of a normalisation they would. */
static stint_tensor *uneven(stint_tensor *x)
{
    stint_tensor *flat = stint_reshape(x, STINT_SHAPE(-1));
    stint_tensor *i = stint_arange(stint_tensor_context(x), STINT_F64, stint_tensor_count(x));
    return stint_mul(flat, stint_sin(stint_add_number(stint_mul_number(i, 1.7), 0.5)));
}

static stint_tensor *curved(stint_tensor *x)
{
    return uneven(stint_square(x));
}

static stint_tensor *lengths(point *p)
{
    return stint_tensor_new(p->ctx, STINT_I64, STINT_SHAPE(2), (const int64_t[]){3, 2});
}

static stint_tensor *joined(int n, stint_tensor *const *part)
{
    stint_tensor *flat[3];
    for (int i = 0; i < n; i++)
        flat[i] = stint_reshape(part[i], STINT_SHAPE(-1));
    return uneven(stint_concat(n, flat, 0));
}

/* ---- recurrent: x, w_input, w_recurrent, then biases or states */

static stint_tensor *lstm(void *self)
{
    point *p = self;
    return uneven(stint_lstm(p->x[0], p->x[1], p->x[2], p->x[3], NULL));
}

/* All that comes out: outputs, both states. */
static stint_tensor *lstm_of(point *p, stint_tensor *rows)
{
    stint_tensor *part[3];
    stint_sequence s = {p->x[3], p->x[4], rows, &part[1], &part[2]};
    part[0] = stint_lstm(p->x[0], p->x[1], p->x[2], NULL, &s);
    return joined(3, part);
}

static stint_tensor *lstm_states(void *self)
{
    return lstm_of(self, NULL);
}

static stint_tensor *lstm_lengths(void *self)
{
    return lstm_of(self, lengths(self));
}

static stint_tensor *gru(void *self)
{
    point *p = self;
    return uneven(stint_gru(p->x[0], p->x[1], p->x[2], p->x[3], p->x[4], NULL));
}

static stint_tensor *gru_of(point *p, stint_tensor *rows)
{
    stint_tensor *part[2];
    stint_sequence s = {.h0 = p->x[3], .lengths = rows, .last_h = &part[1]};
    part[0] = stint_gru(p->x[0], p->x[1], p->x[2], NULL, p->x[4], &s);
    return joined(2, part);
}

static stint_tensor *gru_states(void *self)
{
    return gru_of(self, NULL);
}

static stint_tensor *gru_lengths(void *self)
{
    return gru_of(self, lengths(self));
}

/* One over the other, the last state alone looked at. */
static stint_tensor *stacked(void *self)
{
    point *p = self;
    stint_tensor *last;
    stint_tensor *y = stint_lstm(p->x[0], p->x[1], p->x[2], NULL, NULL);
    return stint_gru(y, p->x[3], p->x[4], NULL, NULL, &(stint_sequence){.last_h = &last})
               ? uneven(last)
               : NULL;
}

/* Gradients of last states come as views of what is computed. */
static stint_tensor *last_state(void *self)
{
    point *p = self;
    stint_tensor *h, *c, *part[2];
    stint_sequence s = {p->x[3], p->x[4], NULL, &h, &c};
    if (!stint_lstm(p->x[0], p->x[1], p->x[2], NULL, &s))
        return NULL;
    part[0] = stint_square(h);
    part[1] = stint_exp(c);
    return stint_concat(2, part, 1);
}

static stint_tensor *sequence_net(void *self)
{
    point *p = self;
    stint_tensor *h;
    stint_sequence s = {.lengths = lengths(p), .last_h = &h};
    if (!stint_gru(p->x[0], p->x[1], p->x[2], NULL, p->x[4], &s))
        return NULL;
    stint_tensor *labels = stint_tensor_new(p->ctx, STINT_I64, STINT_SHAPE(2), (int64_t[]){2, 0});
    return stint_cross_entropy(stint_linear(h, p->x[3], NULL), labels, STINT_REDUCE_MEAN);
}

/* ---- convolutions: x, w, bias */

static stint_tensor *conv1d(void *self)
{
    static const stint_convolution how = {{2}, {2}, {2}, 2};
    point *p = self;
    return uneven(stint_tanh(stint_conv1d(p->x[0], p->x[1], p->x[2], &how)));
}

static stint_tensor *conv2d(void *self)
{
    point *p = self;
    return uneven(stint_tanh(stint_conv2d(p->x[0], p->x[1], p->x[2], NULL)));
}

static stint_tensor *conv2d_strides(void *self)
{
    static const stint_convolution how = {{2, 3}, {1, 2}, {1, 1}, 1};
    point *p = self;
    return uneven(stint_sigmoid(stint_conv2d(p->x[0], p->x[1], NULL, &how)));
}

static stint_tensor *conv2d_dilation(void *self)
{
    static const stint_convolution how = {{1, 1}, {2, 0}, {2, 2}, 1};
    point *p = self;
    return uneven(stint_sigmoid(stint_conv2d(p->x[0], p->x[1], NULL, &how)));
}

static stint_tensor *conv2d_groups(void *self)
{
    static const stint_convolution how = {{1, 1}, {0, 1}, {1, 1}, 2};
    point *p = self;
    return uneven(stint_tanh(stint_conv2d(p->x[0], p->x[1], p->x[2], &how)));
}

/* A small image net: convolution, pool, a layer over what is left. */
static stint_tensor *image_net(void *self)
{
    point *p = self;
    stint_tensor *y = stint_tanh(stint_conv2d(p->x[0], p->x[1], NULL, NULL));
    y = stint_max_pool2d(y, &(stint_pooling){.kernel = {2, 2}});
    y = stint_matmul(stint_reshape(y, STINT_SHAPE(1, -1)), p->x[2]);
    return stint_cross_entropy(y, stint_zeros(p->ctx, STINT_I64, STINT_SHAPE(1)),
                               STINT_REDUCE_MEAN);
}

/* ---- pools */

static stint_tensor *max_pool2d(void *self)
{
    static const stint_pooling how = {{3, 2}, {2, 1}, {1, 1}, {1, 2}};
    point *p = self;
    return curved(stint_max_pool2d(p->x[0], &how));
}

static stint_tensor *max_pool1d(void *self)
{
    point *p = self;
    return curved(stint_max_pool1d(stint_sin(p->x[0]), &(stint_pooling){.kernel = {3}, {2}, {1}}));
}

static stint_tensor *avg_pool2d(void *self)
{
    static const stint_pooling how = {{3, 2}, {2, 1}, {1, 1}, .ignore_padding = true};
    point *p = self;
    return curved(stint_avg_pool2d(p->x[0], &how));
}

static stint_tensor *avg_pool1d(void *self)
{
    point *p = self;
    return curved(stint_avg_pool1d(stint_exp(p->x[0]), &(stint_pooling){.kernel = {3}, {2}, {1}}));
}

static stint_tensor *adaptive_max(void *self)
{
    point *p = self;
    return curved(stint_adaptive_max_pool2d(p->x[0], (const int64_t[]){3, 2}));
}

static stint_tensor *adaptive_avg(void *self)
{
    point *p = self;
    return curved(stint_adaptive_avg_pool2d(p->x[0], (const int64_t[]){3, 2}));
}

/* ---- normalisation: x, gain, bias; attention: q, k, v, mask */

static stint_tensor *group_norm(void *self)
{
    point *p = self;
    return curved(stint_group_norm(p->x[0], 2, p->x[1], p->x[2], 1e-3));
}

static stint_tensor *attention_added(void *self)
{
    point *p = self;
    return uneven(stint_attention(p->x[0], p->x[1], p->x[2], p->x[3], NULL));
}

/* Query 0 sees keys 0 and 1, query 1 key 1 alone, query 2 the others. */
static stint_tensor *attention_masked(void *self)
{
    static const uint8_t seen[] = {1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1};
    point *p = self;
    stint_tensor *mask = stint_tensor_new(p->ctx, STINT_BOOL, STINT_SHAPE(3, 4), seen);
    return uneven(
        stint_attention(p->x[0], p->x[1], p->x[2], mask, &(stint_attention_how){.scale = 0.8}));
}

static stint_tensor *attention_causal(void *self)
{
    point *p = self;
    return uneven(
        stint_attention(p->x[0], p->x[1], p->x[2], NULL, &(stint_attention_how){.causal = true}));
}

static stint_tensor *batch_norm(void *self)
{
    point *p = self;
    return curved(stint_batch_norm(p->x[0], p->x[1], p->x[2],
                                   &(stint_batch_norm_state){.training = true, .eps = 1e-3}));
}

/* ---- several together */

/* A convolution over time, a recurrent net over its channels, a layer over the last state */
static stint_tensor *signal_net(void *self)
{
    point *p = self;
    stint_tensor *last, *y = stint_sigmoid(stint_conv1d(p->x[0], p->x[1], NULL, NULL));
    stint_sequence s = {.last_h = &last};
    if (!stint_lstm(stint_transpose(y, 1, 2), p->x[2], p->x[3], NULL, &s))
        return NULL;
    stint_tensor *target = stint_full(p->ctx, STINT_F64, STINT_SHAPE(1, 2), 0.25);
    return stint_bce_with_logits(stint_matmul(last, p->x[4]), target, STINT_REDUCE_SUM);
}

/* Words, both ways through a recurrent net of the same weights, that see one another */
static stint_tensor *text_net(void *self)
{
    point *p = self;
    stint_tensor *words =
        stint_tensor_new(p->ctx, STINT_I64, STINT_SHAPE(2, 3), (const int64_t[]){1, 0, 3, 2, 2, 1});
    stint_tensor *back =
        stint_tensor_new(p->ctx, STINT_I64, STINT_SHAPE(3), (const int64_t[]){2, 1, 0});
    stint_tensor *x = stint_embedding(p->x[0], words);
    stint_tensor *y = stint_gru(x, p->x[1], p->x[2], NULL, NULL, NULL);
    stint_tensor *z = stint_gru(stint_gather(x, back, 1), p->x[1], p->x[2], NULL, NULL, NULL);
    y = stint_attention(y, stint_gather(z, back, 1), stint_layer_norm(y, NULL, NULL, 1e-2), NULL,
                        NULL);
    return uneven(stint_mul(y, stint_slice(p->x[3], 0, 0, 2, 1)));
}

const derivative_case derivative_nets[] = {
    {"lstm", lstm, 4, {{3, {2, 3, 1}}, {2, {1, 8}}, {2, {2, 8}}, {1, {8}}}},
    {"lstm states",
     lstm_states,
     5,
     {{3, {2, 3, 1}}, {2, {1, 8}}, {2, {2, 8}}, {2, {2, 2}}, {2, {2, 2}}}},
    {"lstm lengths",
     lstm_lengths,
     5,
     {{3, {2, 3, 1}}, {2, {1, 8}}, {2, {2, 8}}, {2, {2, 2}}, {2, {2, 2}}}},
    {"gru", gru, 5, {{3, {2, 3, 1}}, {2, {1, 6}}, {2, {2, 6}}, {1, {6}}, {1, {6}}}},
    {"gru states",
     gru_states,
     5,
     {{3, {2, 3, 1}}, {2, {1, 6}}, {2, {2, 6}}, {2, {2, 2}}, {1, {6}}}},
    {"gru lengths",
     gru_lengths,
     5,
     {{3, {2, 3, 1}}, {2, {1, 6}}, {2, {2, 6}}, {2, {2, 2}}, {1, {6}}}},
    {"gru over lstm",
     stacked,
     5,
     {{3, {2, 3, 1}}, {2, {1, 8}}, {2, {2, 8}}, {2, {2, 6}}, {2, {2, 6}}}},
    {"lstm, last states",
     last_state,
     5,
     {{3, {2, 3, 1}}, {2, {1, 8}}, {2, {2, 8}}, {2, {2, 2}}, {2, {2, 2}}}},
    {"sequence net",
     sequence_net,
     5,
     {{3, {2, 3, 1}}, {2, {1, 6}}, {2, {2, 6}}, {2, {2, 3}}, {1, {6}}}},
    {"conv1d", conv1d, 3, {{3, {2, 2, 7}}, {3, {4, 1, 3}}, {1, {4}}}},
    {"conv2d", conv2d, 3, {{4, {1, 2, 4, 4}}, {4, {2, 2, 2, 3}}, {1, {2}}}},
    {"conv2d strides", conv2d_strides, 2, {{4, {1, 2, 5, 4}}, {4, {1, 2, 3, 2}}}},
    {"conv2d dilation", conv2d_dilation, 2, {{4, {1, 2, 4, 5}}, {4, {1, 2, 3, 2}}}},
    {"conv2d groups", conv2d_groups, 3, {{4, {1, 4, 3, 2}}, {4, {4, 2, 2, 2}}, {1, {4}}}},
    {"image net", image_net, 3, {{4, {1, 1, 5, 5}}, {4, {2, 1, 2, 2}}, {2, {8, 3}}}},
    {"max_pool2d", max_pool2d, 1, {{4, {1, 2, 5, 4}}}, .is_diagonal = true},
    {"max_pool1d", max_pool1d, 1, {{3, {2, 2, 7}}}, .is_diagonal = true},
    {"avg_pool2d", avg_pool2d, 1, {{4, {1, 2, 5, 4}}}},
    {"avg_pool1d", avg_pool1d, 1, {{3, {2, 2, 7}}}},
    {"adaptive_max_pool2d", adaptive_max, 1, {{4, {1, 2, 5, 4}}}, .is_diagonal = true},
    {"adaptive_avg_pool2d", adaptive_avg, 1, {{4, {1, 2, 5, 3}}}},
    {"group_norm", group_norm, 3, {{3, {2, 4, 2}}, {1, {4}}, {1, {4}}}},
    {"attention, mask added",
     attention_added,
     4,
     {{2, {3, 2}}, {2, {4, 2}}, {2, {4, 3}}, {2, {3, 4}}}},
    {"attention, mask of bools", attention_masked, 3, {{2, {3, 2}}, {2, {4, 2}}, {2, {4, 3}}}},
    {"attention, causal", attention_causal, 3, {{2, {3, 2}}, {2, {3, 2}}, {2, {3, 2}}}},
    {"batch_norm", batch_norm, 3, {{3, {3, 2, 2}}, {1, {2}}, {1, {2}}}},
    {"signal net",
     signal_net,
     5,
     {{3, {1, 2, 4}}, {3, {2, 2, 2}}, {2, {2, 4}}, {2, {1, 4}}, {2, {1, 2}}}},
    {"text net", text_net, 4, {{2, {4, 2}}, {2, {2, 6}}, {2, {2, 6}}, {1, {2}}}},
    {.name = NULL},
};
