#include "nn/layers.h"

/* Rows of a table by number: whole numbers [..] to [.., width]. */

typedef struct embedding {
    double count, width;
} embedding;

static const param embedding_params[] = {
    PARAM_INT(embedding, count, 1, 1, 1e9,
              "numbers there are, from 0 on; of others the row is NaN"),
    PARAM_INT(embedding, width, 16, 1, 1e6, "numbers a row"),
    PARAM_END,
};

static stint_status embedding_build(layer *l, const sample_shape *in, sample_shape *out)
{
    const embedding *s = l->self;
    int64_t shape[2] = {(int64_t)s->count, (int64_t)s->width};
    if (in->dtype != STINT_I32 && in->dtype != STINT_I64)
        return layer_fail(l, "takes i32 or i64, not %s", stint_dtype_text(in->dtype));
    if (in->axes > STINT_AXES - 2)
        return layer_fail(l, "samples of %d axes are too many", in->axes);
    *out = *in;
    out->dtype = STINT_F32;
    out->size[out->axes++] = shape[1];
    return layer_weight(l, "weight", "normal", NULL, 2, shape);
}

static stint_tensor *embedding_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    (void)pass;
    return stint_embedding(layer_w(l, 0), x);
}

const layer_class layer_embedding = {
    .name = "embedding",
    .size = sizeof(embedding),
    .params = embedding_params,
    .build = embedding_build,
    .apply = embedding_apply,
    .help = "rows of a table by whole numbers: [..] to [.., width]",
};
