/* A convolutional network on large images, made with the public interface alone: convolutions of
 * 3x3 with a group norm and ReLU after each, pooling by 2x2 after every second one, the mean over
 * what is left of the image, a linear layer, cross-entropy.  The same network as
 * bench/peers/train_images.py's. */
#ifndef BENCH_IMAGES_H
#define BENCH_IMAGES_H

#include "base/rng.h"
#include "study.h"

#include <math.h>

enum { IMAGES_ROWS = 4, IMAGES_SIDE = 512, IMAGES_LAYERS = 6, IMAGES_GROUPS = 8 };
enum { IMAGES_PIXELS = 3 * IMAGES_SIDE * IMAGES_SIDE, IMAGES_EACH = 3 /* weights of a layer */ };

static const int64_t images_channels[IMAGES_LAYERS + 1] = {3, 16, 16, 32, 32, 64, 64};

static inline stint_tensor *images_loss(const study *s, stint_tensor *const *in)
{
    const stint_convolution same = {.padding = {1, 1}};
    const stint_pooling by_two = {.kernel = {2, 2}};
    stint_tensor *x = in[0], *const *w = s->weight;
    for (int i = 0; i < IMAGES_LAYERS; i++, w += IMAGES_EACH) {
        x = stint_conv2d(x, w[0], NULL, &same);
        x = stint_relu(stint_group_norm(x, IMAGES_GROUPS, w[1], w[2], 1e-5));
        if (i % 2 == 1)
            x = stint_max_pool2d(x, &by_two);
    }
    x = stint_mean(stint_mean(x, -1, false), -1, false);
    return stint_cross_entropy(stint_linear(x, w[0], w[1]), in[1], STINT_REDUCE_MEAN);
}

static inline void images_weights(study *s, stint_tensor *g)
{
    const int64_t *channels = images_channels, last = channels[IMAGES_LAYERS];
    for (int i = 0; i < IMAGES_LAYERS; i++) {
        study_add(s, g, "kaiming_normal", NULL, STINT_SHAPE(channels[i + 1], channels[i], 3, 3));
        study_add(s, g, "ones", NULL, STINT_SHAPE(channels[i + 1]));
        study_add(s, g, "zeros", NULL, STINT_SHAPE(channels[i + 1]));
    }
    study_add(s, g, "xavier_normal", NULL, STINT_SHAPE(last, IMAGES_ROWS));
    study_add(s, g, "zeros", NULL, STINT_SHAPE(IMAGES_ROWS));
}

/* Noise, and waves across the image that are shorter from class to class. */
static inline float images_pixel(int64_t row, int64_t i)
{
    double wave = sin(0.1 * (double)(row + 1) * (double)(i % IMAGES_SIDE));
    return (float)(wave + rng_normal((rng){(uint64_t)row, RNG_GENERATE}, (uint64_t)i));
}

/* One image of each class; the same at every step. */
static inline void images_inputs(study *s, int64_t rows)
{
    float *x = mem_new(s->engine, TAG_BASE, float, rows *IMAGES_PIXELS);
    int64_t label[IMAGES_ROWS] = {0};
    for (int64_t row = 0; x && row < rows; row++) {
        label[row] = row;
        for (int64_t i = 0; i < IMAGES_PIXELS; i++)
            x[row * IMAGES_PIXELS + i] = images_pixel(row, i);
    }
    s->in[0] = stint_keep(
        stint_tensor_new(s->engine, STINT_F32, STINT_SHAPE(rows, 3, IMAGES_SIDE, IMAGES_SIDE), x));
    s->in[1] = stint_keep(stint_tensor_new(s->engine, STINT_I64, STINT_SHAPE(rows), label));
    mem_free(x);
}

static inline stint_status images_fill(study *s, int64_t rows, int part)
{
    (void)s;
    (void)rows;
    (void)part;
    return STINT_OK;
}

static const study_net images = {.name = "images",
                                 .rows = IMAGES_ROWS,
                                 .optimiser = "adam",
                                 .rate = "0.003",
                                 .add_weights = images_weights,
                                 .add_inputs = images_inputs,
                                 .fill = images_fill,
                                 .loss = images_loss};

#endif
