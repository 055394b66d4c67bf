/* A causal language model of characters, made with the public interface alone: blocks of attention
 * and a feed-forward part, norms before each (Xiong et al. 2020), the embedding used again for the
 * logits (Press, Wolf 2017).  The same network as bench/peers/train_transformer.py's. */
#ifndef BENCH_TRANSFORMER_H
#define BENCH_TRANSFORMER_H

#include "study.h"

enum {
    TRANSFORMER_LAYERS = 6,
    TRANSFORMER_WIDTH = 256,
    TRANSFORMER_HEADS = 8,
    TRANSFORMER_TIME = 256,
    TRANSFORMER_HIDDEN = 1024,
    TRANSFORMER_CHARACTERS = 128, /* ASCII */
    TRANSFORMER_ROWS = 16,
    TRANSFORMER_EACH = 12, /* weights of a block */
};

typedef struct text {
    const char *at;
    int64_t len;
} text;

/* Characters of a text, drawn by a fixed rule: the peer draws the same. */
static inline int64_t transformer_from(const text *t, int64_t row)
{
    return row * 7919 % (t->len - TRANSFORMER_TIME - 1);
}

static inline stint_tensor *transformer_attention(stint_tensor *x, stint_tensor *const *w)
{
    int64_t rows = stint_tensor_size(x, 0), each = TRANSFORMER_WIDTH / TRANSFORMER_HEADS;
    stint_tensor *all =
        stint_reshape(stint_linear(x, w[0], w[1]),
                      STINT_SHAPE(rows, TRANSFORMER_TIME, 3, TRANSFORMER_HEADS, each));
    stint_tensor *part[3]; /* queries, keys, values: [rows, heads, time, each] */
    for (int i = 0; i < 3; i++)
        part[i] = stint_transpose(stint_squeeze_axis(stint_slice(all, 2, i, i + 1, 1), 2), 1, 2);
    const stint_attention_how causal = {.causal = true};
    stint_tensor *y = stint_attention(part[0], part[1], part[2], NULL, &causal);
    y = stint_reshape(stint_transpose(y, 1, 2),
                      STINT_SHAPE(rows, TRANSFORMER_TIME, TRANSFORMER_WIDTH));
    return stint_linear(y, w[2], w[3]);
}

static inline stint_tensor *transformer_block(stint_tensor *x, stint_tensor *const *w)
{
    x = stint_add(x, transformer_attention(stint_layer_norm(x, w[4], w[5], 1e-5), w));
    stint_tensor *inner = stint_linear(stint_layer_norm(x, w[10], w[11], 1e-5), w[6], w[7]);
    return stint_add(x, stint_linear(stint_gelu(inner), w[8], w[9]));
}

static inline stint_tensor *transformer_loss(const study *s, stint_tensor *const *in)
{
    stint_tensor *const *w = s->weight + 4;
    stint_tensor *x = stint_add(stint_embedding(s->weight[0], in[0]), s->weight[1]);
    for (int i = 0; i < TRANSFORMER_LAYERS; i++, w += TRANSFORMER_EACH)
        x = transformer_block(x, w);
    x = stint_layer_norm(x, s->weight[2], s->weight[3], 1e-5);
    return stint_cross_entropy(stint_matmul(x, stint_transpose(s->weight[0], 0, 1)), in[1],
                               STINT_REDUCE_MEAN);
}

static inline void transformer_linear(study *s, stint_tensor *g, const char *deviation, int64_t in,
                                      int64_t out)
{
    study_add(s, g, "normal", deviation, STINT_SHAPE(in, out));
    study_add(s, g, "zeros", NULL, STINT_SHAPE(out));
}

static inline void transformer_norm(study *s, stint_tensor *g)
{
    study_add(s, g, "ones", NULL, STINT_SHAPE(TRANSFORMER_WIDTH));
    study_add(s, g, "zeros", NULL, STINT_SHAPE(TRANSFORMER_WIDTH));
}

/* What is added to the stream starts smaller: 0.02 / √(2 layers). */
static inline void transformer_weights(study *s, stint_tensor *g)
{
    const char *plain = "0.02", *added = "0.00577";
    int64_t width = TRANSFORMER_WIDTH, hidden = TRANSFORMER_HIDDEN;
    study_add(s, g, "normal", plain, STINT_SHAPE(TRANSFORMER_CHARACTERS, width));
    study_add(s, g, "normal", plain, STINT_SHAPE(TRANSFORMER_TIME, width));
    transformer_norm(s, g);
    for (int i = 0; i < TRANSFORMER_LAYERS; i++) {
        transformer_linear(s, g, plain, width, 3 * width);
        transformer_linear(s, g, added, width, width);
        transformer_norm(s, g);
        transformer_linear(s, g, plain, width, hidden);
        transformer_linear(s, g, added, hidden, width);
        transformer_norm(s, g);
    }
}

static inline void transformer_inputs(study *s, int64_t rows)
{
    for (int i = 0; i < 2; i++)
        s->in[i] =
            stint_keep(stint_zeros(s->engine, STINT_I32, STINT_SHAPE(rows, TRANSFORMER_TIME)));
}

static inline stint_status transformer_fill(study *s, int64_t rows, int part)
{
    static int32_t characters[2][TRANSFORMER_ROWS][TRANSFORMER_TIME];
    const text *t = s->data;
    for (int64_t i = 0; i < rows; i++) {
        int64_t from = transformer_from(t, s->steps * TRANSFORMER_ROWS + part * rows + i);
        for (int64_t k = 0; k < TRANSFORMER_TIME; k++)
            for (int next = 0; next < 2; next++)
                characters[next][i][k] = t->at[from + k + next] & (TRANSFORMER_CHARACTERS - 1);
    }
    size_t bytes = (size_t)rows * sizeof characters[0][0];
    TRY(stint_write(s->in[0], characters[0], bytes));
    return stint_write(s->in[1], characters[1], bytes);
}

static const study_net transformer = {.name = "transformer",
                                      .rows = TRANSFORMER_ROWS,
                                      .optimiser = "adamw",
                                      .rate = "0.001",
                                      .add_weights = transformer_weights,
                                      .add_inputs = transformer_inputs,
                                      .fill = transformer_fill,
                                      .loss = transformer_loss};

#endif
