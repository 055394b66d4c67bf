#include "data/generate.h"

/* Isotropic normal clusters: centres uniform in a box, equally many rows around each. */

enum { CENTER, LABEL, CELL = 1 << 8 };

#define COORDINATES_MOST 1000000 /* of all centres together: they are kept, and described */

typedef struct blobs {
    double rows, seed, features, centers, cluster_std, center_box;
    double *center; /* [centers][features] */
} blobs;

static const param blobs_params[] = {
    GENERATE_PARAM_ROWS(blobs, 1000),
    GENERATE_PARAM_SEED(blobs),
    PARAM_INT(blobs, features, 2, 1, GENERATE_FEATURES_MOST, "feature columns"),
    PARAM_INT(blobs, centers, 3, 1, 4096, "clusters"),
    PARAM_F64(blobs, cluster_std, 1, 0, 1e6, "deviation of each feature around its centre"),
    PARAM_F64(blobs, center_box, 10, 0, 1e6, "centres lie between minus and plus this"),
    PARAM_END,
};

static stint_status blobs_begin(generated *g)
{
    blobs *b = g->self;
    int n = (int)b->features;
    if (b->centers * n > COORDINATES_MOST)
        return fail(g->ctx, STINT_EUSAGE,
                    "blobs: %.0f centers of %d features are more than %d numbers; lower one of "
                    "them",
                    b->centers, n, COORDINATES_MOST);
    b->center = arena_new(&g->arena, double, (int64_t)b->centers *n);
    if (!b->center)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < (int64_t)b->centers * n; i++)
        b->center[i] = b->center_box * (2 * rng_uniform(generate_rng(g, CENTER), (uint64_t)i) - 1);
    TRY(generate_columns(g, n + 1));
    for (int j = 0; j < n; j++)
        TRY(generate_name(g, j, "x%d", j));
    g->columns[n].name = "label";
    return STINT_OK;
}

static void blobs_fill(generated *g, int64_t from, int64_t n, double *out, int64_t stride)
{
    const blobs *b = g->self;
    int features = (int)b->features;
    double *label = out + features * stride;
    for (int64_t i = 0; i < n; i++)
        label[i] = (double)generate_label(g, LABEL, from + i, (int64_t)b->centers);
    for (int j = 0; j < features; j++, out += stride) {
        rng cell = generate_rng(g, CELL + (uint64_t)j);
        for (int64_t i = 0; i < n; i++)
            out[i] = b->center[(int64_t)label[i] * features + j] +
                     b->cluster_std * rng_normal(cell, (uint64_t)(from + i));
    }
}

static void blobs_describe(const generated *g, json_out *j)
{
    const blobs *b = g->self;
    int features = (int)b->features;
    emit_string(j, "target", "label");
    emit_string(j, "formula", "centre of the label + cluster_std * e");
    emit_array(j, "centers");
    for (int k = 0; k < (int)b->centers; k++) {
        emit_object(j, NULL);
        emit_int(j, "label", k);
        emit_array(j, "at");
        for (int i = 0; i < features; i++)
            emit_double(j, NULL, b->center[k * features + i]);
        emit_array_end(j);
        emit_object_end(j);
    }
    emit_array_end(j);
}

const generator_class generator_blobs = {
    .name = "blobs",
    .summary = "normal clusters around centres in a box",
    .about =
        "  Columns x0, x1 …, label.  Every run of `centers` rows holds each label once, so that\n"
        "  clusters are equally large, to within one row.\n",
    .bytes = sizeof(blobs),
    .params = blobs_params,
    .begin = blobs_begin,
    .fill = blobs_fill,
    .describe = blobs_describe,
};
