/* Gradients of a sequence taken apart again.
 *
 * Slices make the gradient of what they are taken from a padding of their own, and several slices
 * a sum of paddings: of a net's steps, as many sums of whole sequences as there are steps.  Here
 * the pieces are collected instead, and those of single steps joined. */
#include "graph/sequence.h"

#include "base/mem.h"
#include "base/vec.h"

typedef struct piece {
    node *x; /* of three axes */
    int64_t begin[3];
} piece;

typedef struct pieces {
    graph *g;
    VEC(piece) list;
    bool failed;
} pieces;

/* Nobody has a handle of it, whose gradient could be asked for. */
static bool is_ours(const node *n, op_code op)
{
    return n->op == op && n->fresh && !n->no_grad && !n->root->overwritten_by;
}

/* A padding whose axes are swapped pads what is swapped: batch major outputs are sliced so. */
static bool looks_through(piece *at)
{
    node *x = at->x, *pad = is_ours(x, OP_PERMUTE) ? x->in[0] : NULL;
    if (!pad || !is_ours(pad, OP_PAD) || pad->attr.value != 0)
        return false;
    for (int i = 0; i < 3; i++)
        if (x->attr.order[i] == pad->attr.axis)
            at->begin[i] += pad->attr.at[0];
    at->x = build_permute(pad->in[0], x->attr.order);
    return at->x != NULL;
}

static void collect(pieces *p, piece at)
{
    for (;;) {
        node *x = at.x;
        if (is_ours(x, OP_ADD)) {
            piece other = at;
            other.x = x->in[1];
            collect(p, other);
            at.x = x->in[0];
        } else if (is_ours(x, OP_PAD) && x->attr.value == 0) {
            at.begin[x->attr.axis] += x->attr.at[0];
            at.x = x->in[0];
        } else if (!looks_through(&at))
            break;
    }
    p->failed |= !at.x;
    if (at.x && !sequence_is_none(at.x))
        p->failed |= vec_push(p->g->ctx, TAG_GRAPH, &p->list, at) != STINT_OK;
}

/* x's place along an axis of `size`, of which begin … end-1 are wanted; NULL = beside it. */
static node *cut(node *x, int axis, int64_t at, int64_t begin, int64_t end)
{
    int64_t low = at > begin ? at : begin, high = at + (x ? x->shape[axis] : 0);
    high = high < end ? high : end;
    if (!x || low >= high)
        return NULL;
    return build_pad(build_slice(x, axis, low - at, high - at, 1), axis, low - begin, end - high,
                     0);
}

static node *sum_of(node *a, node *b)
{
    return !a ? b : !b ? a : build_add(a, b);
}

/* Rows of time from `first` on, zeros where there are none */
static node *join(pieces *p, node **row, int64_t first, const int64_t *shape, stint_dtype d)
{
    int n = 0; /* pieces take the place of rows that were looked at */
    for (int64_t t = first; t < shape[0]; n++) {
        int64_t none[3] = {0, shape[1], shape[2]};
        node *here = row[t];
        for (; t < shape[0] && !row[t]; t++)
            none[0]++;
        t += none[0] == 0;
        row[n] = none[0] > 0 ? build_full(p->g, d, 3, none, 0) : here;
        if (!row[n])
            return NULL;
    }
    return build_concat(p->g, n, row, 0);
}

static node *assemble(pieces *p, node **row, const int64_t *shape, int64_t begin, stint_dtype d)
{
    int64_t first = shape[0], singles = 0;
    node *sum = NULL;
    for (int64_t i = 0; i < p->list.n; i++) {
        piece *at = &p->list.at[i];
        at->x = cut(at->x, 2, at->begin[2], begin, begin + shape[2]);
        at->x = cut(at->x, 1, at->begin[1], 0, shape[1]);
        if (at->x && at->begin[0] < first)
            first = at->begin[0];
        if (!at->x || at->x->shape[0] != 1)
            continue;
        row[at->begin[0]] = sum_of(row[at->begin[0]], at->x);
        singles++;
    }
    for (int64_t i = 0; i < p->list.n; i++)
        if (p->list.at[i].x && p->list.at[i].x->shape[0] != 1)
            sum = sum_of(sum, cut(p->list.at[i].x, 0, p->list.at[i].begin[0], first, shape[0]));
    return singles > 0 ? sum_of(sum, join(p, row, first, shape, d)) : sum;
}

node *sequence_gradient_part(node *g, int64_t begin, int64_t end)
{
    int64_t shape[3] = {g->shape[0], g->shape[1], end - begin};
    pieces p = {.g = g->graph};
    collect(&p, (piece){.x = g});
    node **row = mem_new(g->graph->ctx, TAG_GRAPH, node *, shape[0]), *out = NULL;
    if (row && !p.failed)
        out = assemble(&p, row, shape, begin, (stint_dtype)g->dtype);
    else
        graph_count_failure(g->graph);
    vec_free(&p.list);
    mem_free(row);
    return out ? out : build_full(g->graph, (stint_dtype)g->dtype, 3, shape, 0);
}
