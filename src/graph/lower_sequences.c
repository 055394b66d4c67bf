/* Recurrent nets as steps. */
#include "graph/lower_heavy.h"
#include "graph/sequence.h"

static stint_status whole_view(heavy *h, int k, step_view *out)
{
    axis_map m;
    identity_map(&m, ir_operand_of(h->l->r, h->n, k).view->axes);
    return operand_view(h, k, &m, out);
}

static stint_status lower_common(heavy *h, const sequence_facts *f, int64_t inputs,
                                 sequence_args *a)
{
    *a = (sequence_args){.cell = f->cell,
                         .domain = ir_domain((stint_dtype)h->of->dtype),
                         .time = f->time,
                         .batch = f->batch,
                         .hidden = f->hidden,
                         .inputs = inputs,
                         .lengths = {.buffer = -1},
                         .shared = -1};
    TRY(whole_view(h, SEQUENCE_W, &a->w));
    if (f->lengths)
        TRY(whole_view(h, f->inputs, &a->lengths));
    sequence_cut(a, op_table[h->of->op].kind == OP_KIND_SEQUENCE_BACK);
    if (a->shared_bytes > 0 &&
        (a->shared = plan_buffer_add(h->l->p, a->shared_bytes, false, "panels")) < 0)
        return STINT_ENOMEM;
    return STINT_OK;
}

static void use_common(const lowering *l, use_list *u, const sequence_args *a)
{
    use_read(l, u, a->w.buffer);
    use_read(l, u, a->lengths.buffer);
    use_write(l, u, a->shared);
}

/* Another node of the group */
static heavy beside(const heavy *h, int32_t at)
{
    const ir_node *n = &h->l->r->nodes.at[at];
    return (heavy){.l = h->l, .group = h->group, .at = at, .n = n, .of = n->of};
}

/* As they are in memory, or what they are made of where their nodes are in the group */
static stint_status lower_gates(heavy *h, sequence_step_args *a)
{
    static const step_view none = {.buffer = -1};
    sequence_input_nodes made;
    axis_map m;
    a->gates = a->x = a->input_w = a->input_bias = none;
    if (!ir_sequence_input(h->l->r, h->n, &made) || ir_group_of(h->l->r, made.gates) != h->group)
        return dense_view(h, SEQUENCE_GATES, 2, &a->gates);
    heavy sum = beside(h, made.gates), product = beside(h, made.product);
    identity_map(&m, 2);
    a->of.inputs = operand(&product, 0).view->shape[1];
    TRY(operand_view(&product, 0, &m, &a->x));
    TRY(operand_view(&product, 1, &m, &a->input_w));
    return made.bias < 0 ? STINT_OK : operand_view(&sum, made.bias, &m, &a->input_bias);
}

stint_status lower_sequence(heavy *h)
{
    lowering *l = h->l;
    sequence_facts f = sequence_facts_of(h->of);
    sequence_step_args *a = arena_new(&l->p->arena, sequence_step_args, 1);
    if (!a)
        return STINT_ENOMEM;
    TRY(lower_gates(h, a));
    TRY(lower_common(h, &f, a->of.inputs, &a->of));
    TRY(whole_view(h, SEQUENCE_H0, &a->h0));
    TRY(whole_view(h, SEQUENCE_OTHER, &a->other));
    a->kept = l->buffer[h->at];
    use_list u = {0};
    use_common(l, &u, &a->of);
    use_read(l, &u, a->gates.buffer);
    use_read(l, &u, a->x.buffer);
    use_read(l, &u, a->input_w.buffer);
    use_read(l, &u, a->input_bias.buffer);
    use_read(l, &u, a->h0.buffer);
    use_read(l, &u, a->other.buffer);
    use_write(l, &u, a->kept);
    return add_step(l, &step_sequence, a, &u, h->flops);
}

/* A gradient from outside; buffer -1 where it is 0 everywhere. */
static stint_status given_view(heavy *h, int k, step_view *out, int64_t *first)
{
    ir_operand o = ir_operand_of(h->l->r, h->n, k);
    const ir_node *root = &h->l->r->nodes.at[o.root];
    *first = h->of->shape[0] - o.view->shape[0];
    *out = (step_view){.buffer = -1};
    return root->constant && root->value == 0 ? STINT_OK : dense_view(h, k, 2, out);
}

stint_status lower_sequence_back(heavy *h)
{
    lowering *l = h->l;
    sequence_facts f = sequence_facts_of(h->of);
    sequence_back_args *a = arena_new(&l->p->arena, sequence_back_args, 1);
    step_view kept;
    if (!a)
        return STINT_ENOMEM;
    TRY(lower_common(h, &f, 0, &a->of));
    TRY(dense_view(h, SEQUENCE_KEPT, 0, &kept));
    TRY(given_view(h, SEQUENCE_OF_A, &a->of_a, &a->first_a));
    TRY(given_view(h, SEQUENCE_OF_H, &a->of_h, &a->first_h));
    a->of_c = (step_view){.buffer = -1};
    if (f.cell == SEQUENCE_LSTM)
        TRY(given_view(h, SEQUENCE_OF_C, &a->of_c, &a->first_c));
    a->kept = kept.buffer;
    a->out = l->buffer[h->at];
    use_list u = {0};
    use_common(l, &u, &a->of);
    use_read(l, &u, kept.buffer);
    use_read(l, &u, a->of_a.buffer);
    use_read(l, &u, a->of_c.buffer);
    use_read(l, &u, a->of_h.buffer);
    use_write(l, &u, a->out);
    return add_step(l, &step_sequence_back, a, &u, h->flops);
}
