#include "model/net_kind.h"

/* Convolutions over time, or over rows that are images: each followed by an activation and
 * pooling, then a hidden layer. */

typedef struct cnn {
    net_training training;
    double window, channels, height, width, sizes[4], layers, kernel, pool, norm, activation,
        hidden, dropout;
} cnn;

static const param cnn_params[] = {
    PARAM_INT(cnn, window, 0, 0, 100000,
              "rows of its series that a prediction looks back over; 0 = rows are images"),
    PARAM_INT(cnn, channels, 1, 1, 65536, "of an image, whose pixels are the features in order"),
    PARAM_INT(cnn, height, 0, 0, 65536, "of an image; 0 = as wide as high"),
    PARAM_INT(cnn, width, 0, 0, 65536, "of an image"),
    NET_SIZE(cnn, 0, "filters", 16, 1, 65536, "outputs of the first convolution"),
    PARAM_INT(cnn, layers, 2, 1, NET_SIZES, "convolutions"),
    NET_SIZE(cnn, 1, "filters2", 0, 0, 65536, "of the second; 0 = as the one before"),
    NET_SIZE(cnn, 2, "filters3", 0, 0, 65536, "of the third"),
    NET_SIZE(cnn, 3, "filters4", 0, 0, 65536, "of the fourth, and those behind"),
    PARAM_INT(cnn, kernel, 3, 1, 1024, "size of each convolution"),
    PARAM_INT(cnn, pool, 2, 1, 1024,
              "of how many neighbours each pooling keeps the greatest; 1 = there is none"),
    PARAM_CHOICE(cnn, norm, NET_NORM_NONE, net_norms,
                 "before each activation: batch of images, layer of windows"),
    PARAM_CHOICE(cnn, activation, 0, net_activations, "behind each convolution and hidden layer"),
    PARAM_INT(cnn, hidden, 64, 0, 65536, "units of the hidden layer behind; 0 = none"),
    PARAM_F64(cnn, dropout, 0, 0, 0.95, "share of the units left out before the output layer"),
    NET_TRAINING_PARAMS,
    PARAM_END,
};

static void add_convolution(json_out *j, bool image, int64_t filters, int64_t kernel)
{
    emit_object(j, NULL);
    emit_object(j, image ? "conv2d" : "conv1d");
    emit_int(j, "channels", filters);
    emit_int(j, "kernel", kernel);
    emit_int(j, "padding", kernel / 2);
    emit_object_end(j);
    emit_object_end(j);
}

static stint_status image_shape(ctx *c, const cnn *p, const net_data *d, net_spec *out)
{
    int64_t side = d->features / (int64_t)p->channels, root = 1;
    while (root * root < side)
        root++;
    int64_t height = p->height > 0  ? (int64_t)p->height
                     : p->width > 0 ? side / (int64_t)p->width
                                    : root;
    int64_t width = p->width > 0 ? (int64_t)p->width : side / (height > 0 ? height : 1);
    if (height < 1 || (int64_t)p->channels * height * width != d->features)
        return fail(c, STINT_EUSAGE,
                    "cnn: %lld features are no image of %.0f channels, height %lld and width "
                    "%lld; set channels, height and width, or a window",
                    (long long)d->features, p->channels, (long long)height, (long long)width);
    out->image[0] = (int64_t)p->channels;
    out->image[1] = height;
    out->image[2] = width;
    return STINT_OK;
}

/* Pooling ends where an axis has become shorter than its window. */
static bool shrink(int64_t size[2], bool image, int64_t kernel, int64_t pool)
{
    for (int a = 0; a < (image ? 2 : 1); a++)
        size[a] += 2 * (kernel / 2) - kernel + 1;
    if (pool < 2 || size[0] < pool || (image && size[1] < pool))
        return false;
    size[0] /= pool;
    size[1] /= pool;
    return true;
}

static stint_status cnn_describe(ctx *c, const void *params, const net_data *d, json_out *layers,
                                 net_spec *out)
{
    const cnn *p = params;
    bool image = p->window < 1;
    int64_t sizes[NET_SIZES], size[2];
    out->window = (int64_t)p->window;
    if (image)
        TRY(image_shape(c, p, d, out));
    if (p->norm == (image ? NET_NORM_LAYER : NET_NORM_BATCH))
        return fail(c, STINT_EUSAGE, "cnn: norm is batch for images and layer for windows");
    size[0] = image ? out->image[1] : out->window;
    size[1] = out->image[2];
    net_sizes(p->sizes, 4, (int)p->layers, sizes);
    for (int i = 0; i < (int)p->layers; i++) {
        add_convolution(layers, image, sizes[i], (int64_t)p->kernel);
        net_add_norm(layers, p->norm);
        net_add(layers, net_activations[(int)p->activation]);
        if (shrink(size, image, (int64_t)p->kernel, (int64_t)p->pool))
            net_add_number(layers, image ? "pool2d" : "pool1d", "kernel", p->pool);
    }
    net_add(layers, "flatten");
    if (p->hidden > 0) {
        net_add_number(layers, "linear", "units", p->hidden);
        net_add(layers, net_activations[(int)p->activation]);
    }
    net_add_dropout(layers, p->dropout);
    return STINT_OK;
}

NET_CLASS(cnn, .title = "convolutional net", .predict_rows = net_predict_rows,
          .help = "convolutions over the rows before, or over rows that are images")
