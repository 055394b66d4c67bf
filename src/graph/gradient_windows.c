/* Gradient rules of windows, convolutions and picked elements.  Each family is closed: what is
 * linear in x and w has gradients that are linear in g and the other. */
#include "graph/windows.h"

#include "graph/rules.h"

static window_plan plan_of(const node *n)
{
    window_plan p;
    memcpy(p.at, n->attr.at, sizeof p.at);
    return p;
}

void gradient_window(node *n, node *g, node **out)
{
    int axis = n->attr.axis;
    out[0] = build_fold(g, axis, n->in[0]->shape[axis], n->attr.at[1], n->attr.at[2]);
}

void gradient_fold(node *n, node *g, node **out)
{
    const node *x = n->in[0];
    out[0] = build_window(g, n->attr.axis, x->shape[x->axes - 1], n->attr.at[1], n->attr.at[2]);
}

/* y = x * w */
void gradient_convolve(node *n, node *g, node **out)
{
    node *x = n->in[0], *w = n->in[1];
    window_plan p = plan_of(n);
    if (node_wants_gradient(x))
        out[0] = build_convolve_input(g, w, x, &p);
    if (node_wants_gradient(w))
        out[1] = build_convolve_weight(x, g, w, &p);
}

/* <u, input(y, w)> = <u * w, y> */
void gradient_convolve_input(node *n, node *u, node **out)
{
    node *y = n->in[0], *w = n->in[1];
    window_plan p = plan_of(n);
    if (node_wants_gradient(y))
        out[0] = build_convolve(u, w, &p);
    if (node_wants_gradient(w))
        out[1] = build_convolve_weight(u, y, w, &p);
}

/* <v, weight(x, y)> = <x * v, y> */
void gradient_convolve_weight(node *n, node *v, node **out)
{
    node *x = n->in[0], *y = n->in[1];
    window_plan p = plan_of(n);
    if (node_wants_gradient(x))
        out[0] = build_convolve_input(y, v, x, &p);
    if (node_wants_gradient(y))
        out[1] = build_convolve(x, v, &p);
}

void gradient_pick(node *n, node *g, node **out)
{
    if (node_wants_gradient(n->in[0]))
        out[0] = build_put(g, n->in[1], n->in[0]->shape[1]);
}

void gradient_put(node *n, node *g, node **out)
{
    if (node_wants_gradient(n->in[0]))
        out[0] = build_pick(g, n->in[1]);
}
