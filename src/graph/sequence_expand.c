/* Recurrent nets written out, step by step. */
#include "graph/sequence.h"

#include "base/mem.h"

typedef struct expansion {
    node *n;
    sequence_facts f;
    node **rows; /* [time + 1] of the result, each [batch, ..] */
} expansion;

/* Row t of x [time, batch, k] */
static node *at_time(node *x, int64_t t)
{
    return build_squeeze(build_slice(x, 0, t, t + 1, 1), 0);
}

static node *part(const expansion *e, node *row, int k)
{
    return build_slice(row, 1, k * e->f.hidden, (k + 1) * e->f.hidden, 1);
}

static node *joined(const expansion *e, int n, node *const *x)
{
    for (int i = 0; i < n; i++)
        if (!x[i])
            return NULL;
    return build_concat(e->n->graph, n, x, 1);
}

static node *zeros(const expansion *e)
{
    int64_t shape[2] = {e->f.batch, e->f.hidden};
    return build_full(e->n->graph, (stint_dtype)e->n->dtype, 2, shape, 0);
}

/* [batch, 1]: whether step t, from 1 on, is still within a row; NULL = all are */
static node *goes_on(const expansion *e, int64_t t)
{
    node *lengths = e->f.lengths;
    if (!lengths)
        return NULL;
    return build_expand(build_binary(OP_LESS_EQUAL, build_number(lengths, (double)t), lengths), 1);
}

static node *chosen(node *mask, node *there, node *over)
{
    return mask ? build_where(mask, there, over) : there;
}

static node *sigmoid(node *x)
{
    return build_unary(OP_SIGMOID, x);
}

static node *tanh_of(node *x)
{
    return build_unary(OP_TANH, x);
}

/* 1 - x */
static node *rest(node *x)
{
    return build_sub(x ? build_number(x, 1) : NULL, x);
}

/* y (1 - y), the derivative of a sigmoid y */
static node *slope(node *y)
{
    return build_mul(y, rest(y));
}

/* ---- forward */

static void lstm_step(const expansion *e, node *gates, node *product, node *before, node **out)
{
    node *sum = build_add(product, gates);
    for (int k = 0; k < 4; k++)
        out[k] = k == 2 ? tanh_of(part(e, sum, k)) : sigmoid(part(e, sum, k));
    out[4] = build_add(build_mul(out[1], part(e, before, 4)), build_mul(out[0], out[2]));
    out[5] = build_mul(out[3], tanh_of(out[4]));
}

static void gru_step(const expansion *e, node *gates, node *product, node *before, node **out)
{
    node *sum = build_add(product, e->n->in[SEQUENCE_OTHER]), *h = part(e, before, 4);
    for (int k = 0; k < 2; k++)
        out[k] = sigmoid(build_add(part(e, sum, k), part(e, gates, k)));
    out[3] = part(e, sum, 2);
    out[2] = tanh_of(build_add(part(e, gates, 2), build_mul(out[0], out[3])));
    out[4] = build_add(out[2], build_mul(out[1], build_sub(h, out[2])));
}

typedef void step_of(const expansion *e, node *gates, node *product, node *before, node **out);
static step_of *const steps[SEQUENCE_CELLS] = {lstm_step, gru_step};

static void forward(expansion *e)
{
    node *x[SEQUENCE_PARTS_MOST] = {0}, **in = e->n->in;
    int kept = e->f.parts.kept;
    for (int k = 0; k < kept; k++)
        x[k] = zeros(e);
    if (e->f.cell == SEQUENCE_LSTM)
        x[4] = in[SEQUENCE_OTHER];
    x[kept - 1] = in[SEQUENCE_H0];
    e->rows[0] = joined(e, kept, x);
    for (int64_t t = 1; t <= e->f.time; t++) {
        node *before = e->rows[t - 1], *mask = goes_on(e, t);
        if (!before)
            return;
        node *product = build_matmul(part(e, before, kept - 1), in[SEQUENCE_W]);
        steps[e->f.cell](e, at_time(in[SEQUENCE_GATES], t - 1), product, before, x);
        for (int k = 0; k < kept; k++)
            x[k] = chosen(mask, x[k], k < e->f.parts.state ? zeros(e) : part(e, before, k));
        e->rows[t] = joined(e, kept, x);
    }
}

/* ---- back */

/* The gradient from outside, of part k at time t: x + it, where there is one */
static node *with_given(const expansion *e, int input, int64_t t, int k, node *x)
{
    node *given = e->n->in[input];
    int64_t first = e->f.time + 1 - given->shape[0];
    if (t < first || sequence_is_none(given))
        return x;
    node *row = part(e, at_time(given, t - first), k);
    return x ? build_add(x, row) : row;
}

/* dh, dc: of the state after this step, and then before it, where the product is not yet added */
static void lstm_back(const expansion *e, int64_t t, node *const *y, node *before, node **dh,
                      node **dc, node **out)
{
    node *i = y[0], *f = y[1], *g = y[2], *o = y[3], *c = tanh_of(y[4]);
    node *sum = build_add(*dc, build_mul(build_mul(*dh, o), rest(build_unary(OP_SQUARE, c))));
    out[0] = build_mul(sum, g);
    out[1] = build_mul(sum, part(e, before, 4));
    out[2] = build_mul(sum, i);
    out[3] = build_mul(*dh, c);
    for (int k = 0; k < 4; k++)
        out[k] = build_mul(with_given(e, SEQUENCE_OF_A, t, k, out[k]),
                           k == 2 ? rest(build_unary(OP_SQUARE, y[k])) : slope(y[k]));
    *dh = zeros(e);
    *dc = build_mul(sum, f);
}

static void gru_back(const expansion *e, int64_t t, node *const *y, node *before, node **dh,
                     node **dc, node **out)
{
    node *r = y[0], *z = y[1], *n = y[2], *q = y[3], *d = *dh;
    (void)dc;
    out[2] = build_mul(with_given(e, SEQUENCE_OF_A, t, 2, build_mul(d, rest(z))),
                       rest(build_unary(OP_SQUARE, n)));
    out[3] = with_given(e, SEQUENCE_OF_A, t, 3, build_mul(out[2], r));
    out[0] = build_mul(with_given(e, SEQUENCE_OF_A, t, 0, build_mul(out[2], q)), slope(r));
    node *change = build_sub(part(e, before, 4), n);
    out[1] = build_mul(with_given(e, SEQUENCE_OF_A, t, 1, build_mul(d, change)), slope(z));
    *dh = build_mul(d, z);
    out[5] = out[3];
    out[3] = out[0];
    out[4] = out[1];
}

typedef void back_of(const expansion *e, int64_t t, node *const *y, node *before, node **dh,
                     node **dc, node **out);
static back_of *const backs[SEQUENCE_CELLS] = {lstm_back, gru_back};

static node *through(const expansion *e, node *const *out)
{
    node *sums = joined(e, e->f.parts.gates, out + e->f.parts.through);
    return build_matmul(sums, build_swap(e->n->in[SEQUENCE_W], 0, 1));
}

static void backward(expansion *e)
{
    bool lstm = e->f.cell == SEQUENCE_LSTM;
    node *dh = zeros(e), *dc = zeros(e), *out[SEQUENCE_PARTS_MOST], *y[SEQUENCE_PARTS_MOST];
    for (int64_t t = e->f.time; t >= 1 && dh && dc; t--) {
        node *row = at_time(e->n->in[SEQUENCE_KEPT], t), *mask = goes_on(e, t);
        node *before = at_time(e->n->in[SEQUENCE_KEPT], t - 1);
        for (int k = 0; k < e->f.parts.kept; k++)
            y[k] = part(e, row, k);
        dh = with_given(e, SEQUENCE_OF_H, t, 0, dh);
        dc = lstm ? with_given(e, SEQUENCE_OF_C, t, 0, dc) : dc;
        node *held_h = dh, *held_c = dc;
        backs[e->f.cell](e, t, y, before, &dh, &dc, out);
        dh = chosen(mask, build_add(dh, through(e, out)), held_h);
        dc = chosen(mask, dc, held_c);
        for (int k = 0; k < e->f.parts.back; k++)
            out[k] = chosen(mask, out[k], zeros(e));
        e->rows[t] = joined(e, e->f.parts.back, out);
    }
    out[0] = with_given(e, SEQUENCE_OF_H, 0, 0, dh);
    out[1] = lstm ? with_given(e, SEQUENCE_OF_C, 0, 0, dc) : zeros(e);
    for (int k = 2; k < e->f.parts.back; k++)
        out[k] = zeros(e);
    e->rows[0] = joined(e, e->f.parts.back, out);
}

node *sequence_expand(node *n)
{
    expansion e = {.n = n, .f = sequence_facts_of(n)};
    bool back = op_table[n->op].kind == OP_KIND_SEQUENCE_BACK;
    e.rows = mem_new(n->graph->ctx, TAG_GRAPH, node *, e.f.time + 1);
    if (!e.rows) {
        graph_count_failure(n->graph);
        return NULL;
    }
    if (back)
        backward(&e);
    else
        forward(&e);
    bool ok = true;
    for (int64_t t = 0; t <= e.f.time; t++)
        ok &= (e.rows[t] = build_expand(e.rows[t], 0)) != NULL;
    node *all = ok ? build_concat(n->graph, (int)(e.f.time + 1), e.rows, 0) : NULL;
    mem_free(e.rows);
    return all;
}
