#include "graph/ir.h"

#include "graph/sequence.h"

/* The gates that a recurrent net's step can make itself: x W, or x W + b, that nothing else reads,
 * of few inputs.  They are many times what they are made of, and would go through memory. */

enum { INPUTS_MOST = 32 };

static const ir_node *root_of(const ir *r, ir_operand o)
{
    return &r->nodes.at[o.root];
}

/* Read by one node alone, and never overwritten */
static bool is_passing(const ir_node *n)
{
    return ir_computed(n) && !n->output && n->readers == 1 && n->overwritten < 0;
}

/* In memory, of the dtype that is computed with */
static bool lies_as(const ir *r, ir_operand o, const node *of)
{
    return !root_of(r, o)->constant && root_of(r, o)->of->dtype == of->dtype;
}

static bool is_product(const ir *r, const ir_node *n)
{
    if (ir_op(n)->kind != OP_KIND_MATMUL || n->of->axes != 2 || !is_passing(n))
        return false;
    ir_operand x = ir_operand_of(r, n, 0);
    int64_t inputs = x.view->shape[1];
    return inputs > 0 && inputs <= INPUTS_MOST && (inputs == 1 || x.view->stride[1] == 1) &&
           lies_as(r, x, n->of) && lies_as(r, ir_operand_of(r, n, 1), n->of);
}

/* The same row again and again */
static bool is_bias(const ir *r, ir_operand o, const node *of)
{
    return (o.view->shape[0] == 1 || o.view->stride[0] == 0) && lies_as(r, o, of);
}

/* All elements of the root, in their order, in whichever shape */
static bool is_whole(const ir *r, ir_operand o)
{
    const node *of = root_of(r, o)->of;
    return node_count(o.view) == node_count(of) && o.view->offset == of->offset &&
           node_is_contiguous(o.view) && node_is_contiguous(of);
}

bool ir_sequence_input(const ir *r, const ir_node *n, sequence_input_nodes *out)
{
    ir_operand gates = ir_operand_of(r, n, SEQUENCE_GATES);
    const ir_node *root = root_of(r, gates);
    *out = (sequence_input_nodes){.gates = gates.root, .product = gates.root, .bias = -1};
    if (!is_passing(root) || !is_whole(r, gates))
        return false;
    if (root->of->op != OP_ADD)
        return is_product(r, root);
    for (int k = 0; k < 2; k++) {
        ir_operand product = ir_operand_of(r, root, k), bias = ir_operand_of(r, root, 1 - k);
        out->product = product.root;
        out->bias = 1 - k;
        if (is_product(r, root_of(r, product)) && ir_direct(r, product) &&
            is_bias(r, bias, root->of))
            return true;
    }
    return false;
}
