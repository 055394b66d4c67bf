/* Gradient rules of products, joined pieces, gathered and scattered ones. */
#include "graph/rules.h"

/* C = A B:  dA = G Bᵀ, dB = Aᵀ G */
void gradient_matmul(node *n, node *g, node **out)
{
    node *a = n->in[0], *b = n->in[1];
    int last = n->axes - 1;
    if (node_wants_gradient(a))
        out[0] = build_matmul(g, build_swap(b, last - 1, last));
    if (node_wants_gradient(b))
        out[1] = build_matmul(build_swap(a, last - 1, last), g);
}

void gradient_pad(node *n, node *g, node **out)
{
    int axis = n->attr.axis;
    int64_t before = n->attr.at[0];
    out[0] = build_slice(g, axis, before, before + n->in[0]->shape[axis], 1);
}

void gradient_concat(node *n, node *g, node **out)
{
    int axis = n->attr.axis;
    int64_t begin = 0;
    for (int i = 0; i < n->inputs; i++) {
        int64_t end = begin + n->in[i]->shape[axis];
        if (node_wants_gradient(n->in[i]))
            out[i] = build_slice(g, axis, begin, end, 1);
        begin = end;
    }
}

void gradient_gather(node *n, node *g, node **out)
{
    const node *x = n->in[0];
    int axis = n->attr.axis;
    if (node_wants_gradient(x))
        out[0] = build_scatter_add(g, n->in[1], axis, x->shape[axis]);
}

/* Gathered; what was dropped, its index being outside, has none. */
void gradient_scatter(node *n, node *g, node **out)
{
    node *index = n->in[1];
    const node *x = n->in[0];
    int axis = n->attr.axis;
    if (!node_wants_gradient(x))
        return;
    node *valid =
        build_binary(OP_MINIMUM, build_binary(OP_LESS_EQUAL, build_number(index, 0), index),
                     build_binary(OP_LESS, index, build_number(index, (double)n->attr.at[0])));
    int64_t shape[STINT_AXES];
    for (int i = axis; i < x->axes; i++)
        shape[i - axis] = i < axis + index->axes ? x->shape[i] : 1;
    valid = build_reshape(valid, x->axes - axis, shape);
    out[0] = build_where(valid, build_gather(g, index, axis), build_number(g, 0));
}
