/* What operations cost, in floating-point operations. */
#include "graph/rules.h"

double flops_none(const node *n)
{
    (void)n;
    return 0;
}

double flops_element(const node *n)
{
    return (double)element_ops[op_table[n->op].code].flops * (double)node_count(n);
}

double flops_input(const node *n)
{
    return (double)node_count(n->in[0]);
}

/* A row is walked for its extreme or mean, for its sum, and for its values, with one
 * transcendental function an element. */
double flops_row(const node *n)
{
    return 4.0 * (double)node_count(n->in[0]) +
           (n->op == OP_NORMALISE ? 0.0 : 10.0 * (double)node_count(n->in[0]));
}

double flops_matmul(const node *n)
{
    const node *a = n->in[0];
    return 2.0 * (double)node_count(n) * (double)a->shape[a->axes - 1];
}

/* A window's worth of products for every value of the smaller side: the result of a convolution,
 * the gradient from which one of its inputs' is made. */
double flops_convolve(const node *n)
{
    const node *w = n->op == OP_CONVOLVE_WEIGHT ? n : n->in[1];
    const node *y = n->op == OP_CONVOLVE ? n : n->in[n->op == OP_CONVOLVE_WEIGHT];
    return 2.0 * (double)node_count(y) * (double)(w->shape[1] * w->shape[2] * w->shape[3]);
}

double flops_pool(const node *n)
{
    return (double)node_count(n->in[0]);
}

/* Philox's ten rounds give two or four numbers; a normal one takes a logarithm and a cosine. */
double flops_random(const node *n)
{
    return (n->attr.at[0] ? 40.0 : 10.0) * (double)node_count(n);
}
