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

/* What one call works on, and what it was asked. */
typedef struct attention {
    node *q, *k, *v, *mask;
    double scale;
    bool causal;
} attention;

static node *attend(const attention *a)
{
    node *turned = build_swap(build_wide(a->k), a->k->axes - 2, a->k->axes - 1);
    node *scores = build_matmul(build_wide(a->q), turned);
    scores = scores ? masked(build_mul_number(scores, a->scale), a->mask, a->causal) : NULL;
    node *y = build_matmul(build_row(OP_SOFTMAX, scores, 0), build_wide(a->v));
    return build_cast(y, (stint_dtype)a->q->dtype);
}

/* --- in pieces ----------------------------------------------------------------------------- */

/* Scores are the large thing here, and four of their size are needed at once for their gradient.
 * Where they are large, the batch is cut into pieces of at most so many, none of which needs
 * another's: fewer live at once when they are computed again, and they are nearer in cache. */
enum { PIECE_SCORES = 2 << 20 };

static int64_t pieces_of(const attention *a)
{
    const node *q = a->q, *k = a->k, *v = a->v;
    if (q->axes < 3 || k->axes != q->axes || v->axes != q->axes)
        return 1;
    const node *mask = a->mask;
    if (mask && mask->axes == q->axes && mask->shape[0] != 1 && mask->shape[0] != q->shape[0])
        return 1; /* whole, it is refused with its shape */
    int64_t scores = q->shape[q->axes - 2] * k->shape[k->axes - 2], batch = q->shape[0];
    for (int i = 0; i < q->axes - 2; i++) {
        if (k->shape[i] != q->shape[i] || v->shape[i] != q->shape[i])
            return 1;
        scores *= q->shape[i];
    }
    int64_t pieces = (scores + PIECE_SCORES - 1) / PIECE_SCORES;
    return pieces < 1 ? 1 : pieces < batch ? pieces : batch;
}

static node *piece_of(node *x, const node *like, int64_t begin, int64_t end)
{
    bool shared = !x || x->axes < like->axes || x->shape[0] == 1;
    return shared ? x : build_slice(x, 0, begin, end, 1);
}

enum { PIECES_MOST = 64 };

static node *attend_in_pieces(const attention *a, int64_t pieces)
{
    node *y[PIECES_MOST];
    int64_t batch = a->q->shape[0], begin = 0;
    int n = 0;
    pieces = pieces < PIECES_MOST ? pieces : PIECES_MOST;
    for (; n < pieces; n++) {
        int64_t end = batch * (n + 1) / pieces;
        attention one = *a;
        one.q = piece_of(a->q, a->q, begin, end);
        one.k = piece_of(a->k, a->q, begin, end);
        one.v = piece_of(a->v, a->q, begin, end);
        one.mask = piece_of(a->mask, a->q, begin, end);
        if (!one.q || !one.k || !one.v || !(y[n] = attend(&one)))
            return NULL;
        begin = end;
    }
    return build_concat(a->q->graph, n, y, 0);
}

stint_tensor *stint_attention(stint_tensor *queries, stint_tensor *keys, stint_tensor *values,
                              stint_tensor *masks, const stint_attention_how *how)
{
    attention a = {.q = graph_node(queries),
                   .k = graph_node(keys),
                   .v = graph_node(values),
                   .mask = graph_node(masks)};
    if (!a.q || !a.k || !a.v || (masks && !a.mask) || !operands_fit(a.q, a.k, a.v, a.mask))
        return NULL;
    stint_attention_how asked = how ? *how : (stint_attention_how){0};
    double wide = (double)a.q->shape[a.q->axes - 1];
    a.scale = asked.scale != 0 ? asked.scale : wide > 0 ? 1 / sqrt(wide) : 1;
    a.causal = asked.causal;
    int64_t pieces = pieces_of(&a);
    return graph_tensor(queries, pieces > 1 ? attend_in_pieces(&a, pieces) : attend(&a));
}
