/* Gradient rules of recurrent nets. */
#include "graph/sequence.h"

/* [time, batch, k h] as rows of one matrix */
static node *rows_of(node *x, const sequence_facts *f)
{
    int64_t shape[2] = {f->time * f->batch, x ? x->shape[2] : 0};
    return build_reshape(x, 2, shape);
}

/* What went through w, of all steps */
static node *through(node *d, const sequence_facts *f)
{
    return rows_of(sequence_part(d, f->hidden, f->parts.through, f->parts.gates), f);
}

/* h'ᵀ d, over all steps */
static node *gradient_w(node *kept, node *d, const sequence_facts *f)
{
    node *before = build_slice(kept, 0, 0, f->time, 1);
    before = sequence_part(before, f->hidden, f->parts.kept - 1, 1);
    return build_matmul(build_swap(rows_of(before, f), 0, 1), through(d, f));
}

static node *first_row(node *d, const sequence_facts *f, int part)
{
    return build_squeeze(sequence_part(build_slice(d, 0, 0, 1, 1), f->hidden, part, 1), 0);
}

/* The _BACK of n, for the gradient g of what it keeps */
static node *back_of(node *n, node *g, const sequence_facts *f)
{
    int64_t h = f->hidden;
    bool lstm = f->cell == SEQUENCE_LSTM;
    node *in[SEQUENCE_INPUTS_MOST] = {n, n->in[SEQUENCE_W]};
    int inputs = SEQUENCE_OF_H + 1, last = f->parts.kept - 1;
    in[SEQUENCE_OF_A] = sequence_gradient_part(g, 0, SEQUENCE_ACTIVATIONS * h);
    in[SEQUENCE_OF_H] = sequence_gradient_part(g, last * h, (last + 1) * h);
    if (lstm)
        in[inputs++] = sequence_gradient_part(g, f->parts.state * h, (f->parts.state + 1) * h);
    if (f->lengths)
        in[inputs++] = f->lengths;
    return node_make(n->graph, lstm ? OP_LSTM_BACK : OP_GRU_BACK, inputs, in, NULL);
}

void gradient_sequence(node *n, node *g, node **out)
{
    sequence_facts f = sequence_facts_of(n);
    node *all = back_of(n, g, &f), *d = all ? build_slice(all, 0, 1, f.time + 1, 1) : NULL;
    if (!d)
        return;
    out[SEQUENCE_GATES] = sequence_part(d, f.hidden, 0, f.parts.gates);
    if (node_wants_gradient(n->in[SEQUENCE_W]))
        out[SEQUENCE_W] = gradient_w(n, d, &f);
    if (node_wants_gradient(n->in[SEQUENCE_H0]))
        out[SEQUENCE_H0] = first_row(all, &f, 0);
    if (node_wants_gradient(n->in[SEQUENCE_OTHER]))
        out[SEQUENCE_OTHER] = f.cell == SEQUENCE_LSTM
                                  ? first_row(all, &f, 1)
                                  : build_reduce(OP_SUM, through(d, &f), 1, false);
}

/* The inputs that want gradients, each once: the first place of a node has all of it. */
static int sources_of(const node *n, node **source, int *place)
{
    int sources = 0;
    for (int i = 0; i < n->inputs; i++) {
        bool wanted = node_wants_gradient(n->in[i]);
        for (int k = 0; k < sources; k++)
            wanted &= source[k] != n->in[i];
        if (wanted) {
            place[sources] = i;
            source[sources++] = n->in[i];
        }
    }
    return sources;
}

/* By the expansion, whose inputs count as independent: it must read them and not, where they are
 * views, what they are views of. */
void gradient_sequence_back(node *n, node *g, node **out)
{
    node *source[SEQUENCE_INPUTS_MOST], *found[SEQUENCE_INPUTS_MOST];
    int place[SEQUENCE_INPUTS_MOST], sources = sources_of(n, source, place);
    for (int i = 0; i < sources; i++)
        source[i]->apart = true;
    node *e = sequence_expand(n);
    for (int i = 0; i < sources; i++)
        source[i]->apart = false;
    if (e && graph_partial_gradients(e, g, sources, source, found))
        for (int i = 0; i < sources; i++)
            out[place[i]] = found[i];
}
