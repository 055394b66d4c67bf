/* Recurrent nets as nodes.  Values are time major, and have a row of time more than there are
 * steps: row t is what is there after t of them, row 0 the state given.
 *
 *     LSTM, GRU    gates [time, batch, gates h], w [h, gates h], h0 [batch, h],
 *                  c0 [batch, h] | recurrent bias [3 h], lengths [batch] if any
 *               →  what kernel/sequence.h says is kept, [time + 1, batch, kept h]
 *     _BACK        kept, w, its gradients: of activations [.., 4 h], of h, of the LSTM's c
 *                  [.., h], lengths
 *               →  gradients of the activations' arguments, [time + 1, batch, back h]; row 0:
 *                  of h0, then of c0
 *
 * The gradients that _BACK takes are of the last rows of time, as many as they have; those of the
 * rows before are 0. */
#ifndef GRAPH_SEQUENCE_H
#define GRAPH_SEQUENCE_H

#include "graph/rules.h"

enum {
    SEQUENCE_GATES, /* inputs of LSTM, GRU */
    SEQUENCE_W,
    SEQUENCE_H0,
    SEQUENCE_OTHER,
    SEQUENCE_FORWARD_INPUTS, /* then lengths */
    SEQUENCE_KEPT = 0,       /* inputs of _BACK; W as above */
    SEQUENCE_OF_A = 2,
    SEQUENCE_OF_H,
    SEQUENCE_OF_C, /* the LSTM's */
    SEQUENCE_INPUTS_MOST = 6,
    SEQUENCE_PARTS_MOST = 6 /* of what is kept, and of what goes back */
};

typedef struct sequence_facts {
    sequence_cell cell;
    sequence_parts parts;
    int64_t time, batch, hidden;
    int inputs;    /* without lengths */
    node *lengths; /* NULL = none */
} sequence_facts;

sequence_facts sequence_facts_of(const node *n);

/* A gradient from outside that is 0 everywhere */
static inline bool sequence_is_none(const node *n)
{
    return node_is_constant(n) && n->root->attr.value == 0;
}

/* The part of x [.., .., k h] that begins at `part` h, of `parts` */
static inline node *sequence_part(node *x, int64_t h, int part, int parts)
{
    return build_slice(x, 2, part * h, (part + parts) * h, 1);
}

/* The same values from slices, products and element-wise nodes: what the four operations mean,
 * and by which _BACK is differentiated. */
node *sequence_expand(node *n);

/* Columns begin … end-1 of g [time + 1, batch, ..], a gradient: the last rows of time, from the
 * first on that is not known to be zeros; a constant 0 where all are.  Looks through sums and
 * paddings that gradient rules have just made. */
node *sequence_gradient_part(node *g, int64_t begin, int64_t end);

#endif
