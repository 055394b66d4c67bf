#include "graph/recompute.h"

#include "graph/graph_impl.h"

#include <string.h>

/* The order in which kept values are given up for less memory.
 *
 * Candidates are the early values that late nodes read, and sources of several such.  The next to
 * go is the one whose absence costs least a byte; what its absence costs is what dynamic tensor
 * rematerialisation counts (Kirisame et al. 2021, section 4.1): its own operations, those of all
 * absent values that it is made of, and those of the absent values made of it, which would need its
 * copy.  So a candidate beside a gap costs more than one between kept ones, gaps stay short and
 * even, and cheap operations over kept values, which cost next to nothing, go first.
 *
 * Costs only grow as others go, so a heap with the costs of a while ago serves: the least one is
 * counted again when it comes up, and goes back unless it still is.  Equals take turns by the bits
 * of their number read backwards, which spreads any prefix of them evenly. */

enum { SEEN_MOST = 128 }; /* absent values around a candidate that are counted, each way */
#define CHEAP 8           /* flops a byte: what takes about as long as reading it */

typedef struct candidate {
    double cost; /* flops a byte */
    uint32_t turn;
    int32_t node;
} candidate;

typedef struct order {
    choice *w;
    bool *gone;    /* [nodes] candidates given up so far */
    double *alone; /* [nodes] of candidates: the cost when no other is gone */
    int32_t *seen; /* [nodes] by the search of that number */
    int32_t search;
    int32_t open[SEEN_MOST];
    VEC(candidate) heap;
} order;

static uint32_t backwards(uint32_t x)
{
    uint32_t y = 0;
    for (int i = 0; i < 32; i++, x >>= 1)
        y = y << 1 | (x & 1);
    return y;
}

/* ---- what absence costs */

static int look_at(order *o, int32_t i, int n)
{
    if (n >= SEEN_MOST || i >= o->w->boundary || o->w->kept[i] || o->seen[i] == o->search)
        return n;
    o->seen[i] = o->search;
    o->open[n] = i;
    return n + 1;
}

/* Own operations and those of the absent values it is made of. */
static double cost_to_make(order *o, int32_t i)
{
    int n = 1;
    double cost = 0;
    o->search++;
    o->open[0] = i;
    for (int k = 0; k < n; k++) {
        const ir_node *at = choice_at(o->w, o->open[k]);
        cost += choice_flops(o->w, o->open[k]);
        for (int j = 0; j < at->operands; j++)
            n = look_at(o, ir_operand_of(o->w->r, at, j).root, n);
    }
    return cost;
}

/* Of the candidates given up that are made of it. */
static double cost_of_readers(order *o, int32_t i)
{
    int n = 1;
    double cost = 0;
    o->search++;
    o->open[0] = i;
    for (int k = 0; k < n; k++) {
        const ir_node *at = choice_at(o->w, o->open[k]);
        if (k > 0 && o->gone[o->open[k]])
            cost += o->alone[o->open[k]];
        for (int32_t j = 0; j < at->readers; j++)
            n = look_at(o, o->w->r->readers.at[at->reader + j], n);
    }
    return cost;
}

static double bytes_of(const order *o, int32_t i)
{
    return (double)node_bytes(choice_at(o->w, i)->of) + 1;
}

/* ---- a heap of candidates */

static bool cheaper(const candidate *a, const candidate *b)
{
    return a->cost != b->cost ? a->cost < b->cost : a->turn < b->turn;
}

static void sift_down(order *o, int64_t i)
{
    candidate c = o->heap.at[i];
    for (int64_t child; (child = 2 * i + 1) < o->heap.n; i = child) {
        if (child + 1 < o->heap.n && cheaper(&o->heap.at[child + 1], &o->heap.at[child]))
            child++;
        if (!cheaper(&o->heap.at[child], &c))
            break;
        o->heap.at[i] = o->heap.at[child];
    }
    o->heap.at[i] = c;
}

static bool read_late(const choice *w, int32_t i)
{
    const ir_node *n = choice_at(w, i);
    for (int32_t k = 0; k < n->readers; k++)
        if (w->r->readers.at[n->reader + k] >= w->boundary)
            return true;
    return false;
}

/* A value that no late node reads, but of which several are made that late nodes do, element by
 * element: kept in place of them it saves memory, and they are cheap to have again.  Such is what
 * a product gives an activation whose gradient reads more than one value. */
static bool is_source(const choice *w, int32_t i)
{
    const ir_node *n = choice_at(w, i);
    int made = 0;
    for (int32_t k = 0; k < n->readers; k++) {
        int32_t at = w->r->readers.at[n->reader + k];
        const ir_node *reader = choice_at(w, at);
        made += at < w->boundary && !choice_is_heavy(reader) && read_late(w, at) &&
                node_bytes(reader->of) >= node_bytes(n->of);
    }
    return made > 1;
}

/* What early nodes alone read is not kept anyway. */
static stint_status find_candidates(order *o)
{
    choice *w = o->w;
    for (int32_t i = 0; i < w->boundary; i++)
        if (!w->kept[i] && (read_late(w, i) || (w->how->sources && is_source(w, i))))
            TRY(vec_push(w->r->c, TAG_GRAPH, &o->heap,
                         (candidate){.turn = backwards((uint32_t)o->heap.n), .node = i}));
    for (int64_t i = 0; i < o->heap.n; i++)
        w->kept[o->heap.at[i].node] = true;
    for (int64_t i = 0; i < o->heap.n; i++) {
        candidate *c = &o->heap.at[i];
        o->alone[c->node] = cost_to_make(o, c->node);
        c->cost = o->alone[c->node] / bytes_of(o, c->node);
    }
    return STINT_OK;
}

static int32_t end_of(const choice *w, double part)
{
    int64_t heavy = 0, before = 0;
    for (int32_t i = 0; i < w->boundary; i++)
        heavy += choice_is_heavy(choice_at(w, i));
    for (int32_t i = 0; i < w->boundary; i++) {
        before += choice_is_heavy(choice_at(w, i));
        if ((double)before > part * (double)heavy)
            return i;
    }
    return w->boundary;
}

/* Those that may go, as a heap; their bytes. */
static double make_heap(order *o, double part)
{
    int32_t end = end_of(o->w, part);
    int64_t n = 0;
    double bytes = 0;
    for (int64_t i = 0; i < o->heap.n; i++) {
        candidate c = o->heap.at[i];
        if (c.node >= end && c.cost > CHEAP)
            continue;
        bytes += bytes_of(o, c.node);
        o->heap.at[n++] = c;
    }
    o->heap.n = n;
    for (int64_t i = n / 2 - 1; i >= 0; i--)
        sift_down(o, i);
    return bytes;
}

static void give_up(order *o, double bytes)
{
    while (o->heap.n > 0 && bytes > 0) {
        candidate *top = &o->heap.at[0];
        int32_t i = top->node;
        double cost = (cost_to_make(o, i) + cost_of_readers(o, i)) / bytes_of(o, i);
        if (cost > top->cost) {
            top->cost = cost;
            sift_down(o, 0);
            continue;
        }
        o->gone[i] = true;
        o->w->kept[i] = false;
        bytes -= bytes_of(o, i);
        *top = o->heap.at[--o->heap.n];
        if (o->heap.n > 0)
            sift_down(o, 0);
    }
}

stint_status recompute_evict(choice *w, double part, double share)
{
    ctx *c = w->r->c;
    order o = {.w = w};
    o.gone = mem_new(c, TAG_GRAPH, bool, w->boundary + 1);
    o.alone = mem_new(c, TAG_GRAPH, double, w->boundary + 1);
    o.seen = mem_new(c, TAG_GRAPH, int32_t, w->boundary + 1);
    stint_status s = o.gone && o.alone && o.seen ? find_candidates(&o) : STINT_ENOMEM;
    if (!s) {
        double bytes = make_heap(&o, part);
        give_up(&o, share < 1 ? share * bytes : 2 * bytes + 1);
    }
    vec_free(&o.heap);
    mem_free(o.gone);
    mem_free(o.alone);
    mem_free(o.seen);
    return s;
}
