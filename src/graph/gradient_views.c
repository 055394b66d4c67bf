/* Gradient rules of views: each is undone. */
#include "graph/rules.h"

void gradient_reshape(node *n, node *g, node **out)
{
    const node *x = n->in[0];
    out[0] = build_reshape(g, x->axes, x->shape);
}

void gradient_permute(node *n, node *g, node **out)
{
    uint8_t inverse[STINT_AXES] = {0};
    for (int i = 0; i < n->axes; i++)
        inverse[n->attr.order[i]] = (uint8_t)i;
    out[0] = build_permute(g, inverse);
}

void gradient_broadcast(node *n, node *g, node **out)
{
    out[0] = build_sum_to(g, n->in[0]);
}

/* [outer, m, inner] → [outer, m step, inner], step - 1 zeros after each */
static node *spread(node *g, int64_t outer, int64_t m, int64_t inner, int64_t step)
{
    node *apart = build_reshape(g, 4, (int64_t[]){outer, m, 1, inner});
    node *padded = build_pad(apart, 2, 0, step - 1, 0);
    return build_reshape(padded, 3, (int64_t[]){outer, m * step, inner});
}

/* Zeros around, and between where the step is more than 1: as [outer, axis, inner]. */
void gradient_slice(node *n, node *g, node **out)
{
    const node *x = n->in[0];
    int axis = n->attr.axis;
    int64_t begin = n->attr.at[0], step = n->attr.at[2], size = x->shape[axis];
    int64_t m = n->shape[axis], outer = 1, inner = 1;
    if (m <= 1)
        step = 1;
    if (step == 1) {
        out[0] = build_pad(g, axis, begin, size - begin - m, 0);
        return;
    }
    for (int i = 0; i < x->axes; i++)
        *(i < axis ? &outer : &inner) *= i == axis ? 1 : x->shape[i];
    node *wide = spread(g, outer, m, inner, step);
    int64_t end = m * step < size - begin ? m * step : size - begin;
    node *placed = build_pad(build_slice(wide, 1, 0, end, 1), 1, begin, size - begin - end, 0);
    out[0] = build_reshape(placed, x->axes, x->shape);
}
