/* Random numbers.  A draw is a node that reads its generator, {seed, drawn}, and after it the
 * generator's handle stands for what an addition in place leaves: {seed, drawn + count}. */
#include "graph/compose.h"
#include "graph/storage.h"

stint_tensor *stint_generator(stint_context *ctx, int64_t seed)
{
    return stint_tensor_new(ctx, STINT_I64, STINT_SHAPE(2), (const int64_t[]){seed, 0});
}

/* {0, count} */
static node *advance(node *generator, int64_t count)
{
    graph *g = generator->graph;
    storage *s = storage_new(g, 2 * sizeof(int64_t));
    if (!s)
        return NULL;
    ((int64_t *)(void *)s->at)[1] = count;
    node *by = node_leaf(g, STINT_I64, STINT_SHAPE(2), NULL, s);
    return by ? node_make_in_place(g, OP_ADD, 2, (node *[]){generator, by}, NULL) : NULL;
}

/* Numbers in [0, 1), or of the normal distribution, as f32, or f64 for f64; held, for the caller
 * to release once they are used. */
static node *draw(stint_tensor *generator, bool normal, stint_dtype d, int axes,
                  const int64_t *shape)
{
    node *from = graph_node(generator);
    const char *what = normal ? "normal" : "uniform";
    if (!from || !shape_check(from->graph, what, d, axes, shape))
        return NULL;
    if (d > STINT_BF16) {
        graph_fail(from->graph, "%s: floats, not %s", what, stint_dtype_text(d));
        return NULL;
    }
    op_attributes attr = {
        .at = {normal}, .rank = axes, .dtype = d == STINT_F64 ? STINT_F64 : STINT_F32};
    for (int i = 0; i < axes; i++)
        attr.shape[i] = shape[i];
    node *n = node_make(from->graph, OP_RANDOM, 1, &from, &attr);
    if (!n)
        return NULL;
    node_hold(n);
    if (graph_retarget(generator, advance(from, node_count(n))))
        return n;
    node_release(n);
    return NULL;
}

/* draw * scale + offset, of the dtype asked for */
static stint_tensor *placed(stint_tensor *generator, node *drawn, stint_dtype d, double scale,
                            double offset)
{
    if (!drawn)
        return NULL;
    node *x = build_mul_number(drawn, scale);
    x = offset == 0 ? x : build_add_number(x, offset);
    stint_tensor *out = graph_tensor(generator, build_cast(x, d));
    node_release(drawn);
    return out;
}

stint_tensor *stint_uniform(stint_tensor *generator, stint_dtype d, int axes, const int64_t *shape,
                            double low, double high)
{
    return placed(generator, draw(generator, false, d, axes, shape), d, high - low, low);
}

stint_tensor *stint_normal(stint_tensor *generator, stint_dtype d, int axes, const int64_t *shape,
                           double mean, double deviation)
{
    return placed(generator, draw(generator, true, d, axes, shape), d, deviation, mean);
}

/* x / (1 - p) where a number of [0, 1) is at least p, else 0 */
stint_tensor *stint_dropout(stint_tensor *t, double p, stint_tensor *generator)
{
    node *x = graph_node(t);
    if (!x || !generator)
        return NULL;
    if (!(p >= 0 && p <= 1) || !node_is_float(x)) {
        graph_fail(x->graph, "dropout: of floats, with probability 0 to 1; %g of %s", p,
                   stint_dtype_text(x->dtype));
        return NULL;
    }
    if (p == 0)
        return graph_tensor(t, x);
    node *drawn = draw(generator, false, (stint_dtype)x->dtype, x->axes, x->shape);
    if (!drawn)
        return NULL;
    node *stays = build_binary(OP_LESS_EQUAL, build_number(drawn, p), drawn);
    node *scaled = build_mul_number(x, p < 1 ? 1 / (1 - p) : 0);
    stint_tensor *out = graph_tensor(t, build_where(stays, scaled, build_number(x, 0)));
    node_release(drawn);
    return out;
}
