/* Scaled dot-product attention: Vaswani et al. 2017, section 3.2.1.  Half precisions are computed
 * in f32 and rounded once. */
#include "graph/compose.h"

#include <math.h>

static bool operands_fit(const node *q, const node *k, const node *v, const node *mask)
{
    char a[NODE_SHAPE_SIZE], b[NODE_SHAPE_SIZE], c[NODE_SHAPE_SIZE];
    if (!node_is_float(q) || k->dtype != q->dtype || v->dtype != q->dtype ||
        (mask && mask->dtype != q->dtype && mask->dtype != STINT_BOOL))
        return graph_fail(q->graph,
                          "attention: operands of one float dtype, a mask of that or "
                          "bool, not %s, %s, %s and %s",
                          stint_dtype_text(q->dtype), stint_dtype_text(k->dtype),
                          stint_dtype_text(v->dtype),
                          stint_dtype_text(mask ? mask->dtype : q->dtype));
    bool fit = q->axes >= 2 && k->axes >= 2 && v->axes >= 2 &&
               q->shape[q->axes - 1] == k->shape[k->axes - 1] &&
               k->shape[k->axes - 2] == v->shape[v->axes - 2];
    int axes;
    int64_t lead[STINT_AXES], all[STINT_AXES];
    bool meets = fit && shape_meet(q->axes - 2, q->shape, k->axes - 2, k->shape, &axes, lead) &&
                 shape_meet(axes, lead, v->axes - 2, v->shape, &axes, all);
    return meets || graph_fail(q->graph,
                               "attention: q [..,T,D], k [..,S,D], v [..,S,E]%s, not %s, %s and %s",
                               fit ? " of leading axes that broadcast" : "", node_shape_text(q, a),
                               node_shape_text(k, b), node_shape_text(v, c));
}

/* [T,S]: whether key s is no later than query t */
static node *earlier(const node *scores)
{
    graph *g = scores->graph;
    stint_dtype d = (stint_dtype)scores->dtype;
    node *key = build_arange(g, d, scores->shape[scores->axes - 1]);
    node *query = build_arange(g, d, scores->shape[scores->axes - 2]);
    return build_binary(OP_LESS_EQUAL, key, query ? build_expand(query, 1) : NULL);
}

static node *hidden(node *scores, node *seen)
{
    return build_where(seen, scores, build_number(scores, -(double)INFINITY));
}

static node *masked(node *scores, node *mask, bool causal)
{
    if (scores && mask) {
        int axes;
        int64_t shape[STINT_AXES];
        char a[NODE_SHAPE_SIZE], b[NODE_SHAPE_SIZE];
        bool fits = shape_meet(scores->axes, scores->shape, mask->axes, mask->shape, &axes, shape);
        if (!fits || !node_has_shape(scores, axes, shape)) {
            graph_fail(scores->graph,
                       "attention: the mask does not broadcast to scores [..,T,S]: %s to %s",
                       node_shape_text(mask, a), node_shape_text(scores, b));
            return NULL;
        }
        scores =
            mask->dtype == STINT_BOOL ? hidden(scores, mask) : build_add(scores, build_wide(mask));
    }
    return scores && causal ? hidden(scores, earlier(scores)) : scores;
}

stint_tensor *stint_attention(stint_tensor *queries, stint_tensor *keys, stint_tensor *values,
                              stint_tensor *masks, const stint_attention_how *how)
{
    node *q = graph_node(queries), *k = graph_node(keys), *v = graph_node(values);
    node *mask = graph_node(masks);
    if (!q || !k || !v || (masks && !mask) || !operands_fit(q, k, v, mask))
        return NULL;
    stint_attention_how asked = how ? *how : (stint_attention_how){0};
    double wide = (double)q->shape[q->axes - 1];
    double scale = asked.scale != 0 ? asked.scale : wide > 0 ? 1 / sqrt(wide) : 1;
    node *turned = build_swap(build_wide(k), k->axes - 2, k->axes - 1);
    node *scores = build_matmul(build_wide(q), turned);
    scores = scores ? masked(build_mul_number(scores, scale), mask, asked.causal) : NULL;
    node *y = build_matmul(build_row(OP_SOFTMAX, scores, 0), build_wide(v));
    return graph_tensor(queries, build_cast(y, (stint_dtype)q->dtype));
}
