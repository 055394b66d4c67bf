#include "graph/ir.h"

#include "graph/graph_impl.h"

#include <assert.h>
#include <string.h>

/* Groups in an order that respects what each needs, otherwise as their nodes were made: a heavy
 * group by its heavy node, so that a weight's update runs where its gradient is made; a program
 * alone by its last, so that nothing is computed before it is wanted, but no later than the first
 * that needs it: updates wait for scalars that are made after all gradients are.  Kahn's algorithm
 * with a heap.
 *
 * Needs: the groups of operands; and for an in-place member, the groups of the other readers of
 * what it overwrites.  Should fusing have made a cycle, the groups on it fall apart into their
 * nodes again, in whose order there is none. */

typedef struct scheduler {
    ir *r;
    VEC(int32_t) edges;    /* pairs: before, after */
    int32_t *first, *next; /* edges by their `before`: first [groups], next [edges] */
    int32_t *key;          /* [groups] the place in that order */
    VEC(int32_t) heap;
} scheduler;

static stint_status add_edge(scheduler *s, int32_t before, int32_t after)
{
    if (before < 0 || before == after)
        return STINT_OK;
    TRY(vec_push(s->r->c, TAG_GRAPH, &s->edges, before));
    TRY(vec_push(s->r->c, TAG_GRAPH, &s->edges, after));
    s->r->groups.at[after].waits++;
    return STINT_OK;
}

static stint_status add_needs(scheduler *s, int32_t g)
{
    ir *r = s->r;
    for (int32_t i = r->groups.at[g].first; i >= 0; i = r->nodes.at[i].next) {
        const ir_node *n = &r->nodes.at[i];
        for (int k = 0; k < n->operands; k++)
            TRY(add_edge(s, ir_group_of(r, ir_operand_of(r, n, k).root), g));
        if (n->overwrites < 0)
            continue;
        const ir_node *old = &r->nodes.at[n->overwrites];
        for (int32_t k = 0; k < old->readers; k++)
            TRY(add_edge(s, ir_group_of(r, r->readers.at[old->reader + k]), g));
    }
    return STINT_OK;
}

static stint_status find_edges(scheduler *s)
{
    ir *r = s->r;
    s->edges.n = 0;
    for (int32_t g = 0; g < r->groups.n; g++)
        r->groups.at[g].waits = 0;
    for (int32_t g = 0; g < r->groups.n; g++)
        if (r->groups.at[g].parent == g)
            TRY(add_needs(s, g));
    mem_free(s->first);
    s->first = mem_new(r->c, TAG_GRAPH, int32_t, 2 * r->groups.n + s->edges.n / 2 + 1);
    if (!s->first)
        return STINT_ENOMEM;
    s->key = s->first + r->groups.n;
    s->next = s->key + r->groups.n;
    memset(s->first, -1, (size_t)r->groups.n * sizeof *s->first);
    for (int32_t e = 0; e < s->edges.n / 2; e++) {
        s->next[e] = s->first[s->edges.at[2 * e]];
        s->first[s->edges.at[2 * e]] = e;
    }
    return STINT_OK;
}

/* From the last group to the first: what needs a group has its key by then, but where the two
 * were made interleaved. */
static void find_keys(scheduler *s)
{
    ir *r = s->r;
    for (int32_t g = 0; g < r->groups.n; g++)
        s->key[g] = r->groups.at[g].heavy >= 0 ? r->groups.at[g].heavy : r->groups.at[g].most;
    for (int32_t i = (int32_t)r->nodes.n - 1; i >= 0; i--) {
        int32_t g = ir_group_of(r, i);
        if (g < 0 || r->groups.at[g].heavy >= 0 || r->groups.at[g].most != i)
            continue;
        for (int32_t e = s->first[g]; e >= 0; e = s->next[e]) {
            assert(s->edges.at);
            int32_t after = s->key[s->edges.at[2 * e + 1]];
            s->key[g] = after < s->key[g] ? after : s->key[g];
        }
    }
}

/* ---- a heap of groups by key */

static bool earlier(const scheduler *s, int32_t a, int32_t b)
{
    return s->key[a] < s->key[b];
}

static stint_status heap_push(scheduler *s, int32_t g)
{
    TRY(vec_push(s->r->c, TAG_GRAPH, &s->heap, g));
    int64_t i = s->heap.n - 1;
    for (; i > 0 && earlier(s, g, s->heap.at[(i - 1) / 2]); i = (i - 1) / 2)
        s->heap.at[i] = s->heap.at[(i - 1) / 2];
    s->heap.at[i] = g;
    return STINT_OK;
}

static int32_t heap_pop(scheduler *s)
{
    int32_t top = s->heap.at[0], g = s->heap.at[--s->heap.n];
    int64_t i = 0;
    for (int64_t child; (child = 2 * i + 1) < s->heap.n; i = child) {
        if (child + 1 < s->heap.n && earlier(s, s->heap.at[child + 1], s->heap.at[child]))
            child++;
        if (!earlier(s, s->heap.at[child], g))
            break;
        s->heap.at[i] = s->heap.at[child];
    }
    if (s->heap.n > 0)
        s->heap.at[i] = g;
    return top;
}

static stint_status run(scheduler *s)
{
    ir *r = s->r;
    r->order.n = 0;
    TRY(find_edges(s));
    find_keys(s);
    for (int32_t g = 0; g < r->groups.n; g++)
        if (r->groups.at[g].parent == g && r->groups.at[g].waits == 0)
            TRY(heap_push(s, g));
    while (s->heap.n > 0) {
        int32_t g = heap_pop(s);
        TRY(vec_push(r->c, TAG_GRAPH, &r->order, g));
        for (int32_t e = s->first[g]; e >= 0; e = s->next[e])
            if (--r->groups.at[s->edges.at[2 * e + 1]].waits == 0)
                TRY(heap_push(s, s->edges.at[2 * e + 1]));
    }
    return STINT_OK;
}

/* ---- cycles */

static int64_t count_groups(const ir *r)
{
    int64_t n = 0;
    for (int32_t g = 0; g < r->groups.n; g++)
        n += r->groups.at[g].parent == g;
    return n;
}

static stint_status fall_apart(ir *r, int32_t g)
{
    int32_t i = r->groups.at[g].first;
    while (i >= 0) {
        ir_node *n = &r->nodes.at[i];
        int32_t next = n->next;
        n->next = -1;
        n->before = false;
        n->group = (int32_t)r->groups.n;
        TRY(vec_push(r->c, TAG_GRAPH, &r->groups, ir_group_alone(n, i)));
        i = next;
    }
    r->groups.at[g].parent = -1;
    return STINT_OK;
}

static stint_status break_cycles(ir *r)
{
    int32_t groups = (int32_t)r->groups.n;
    for (int32_t g = 0; g < groups; g++)
        if (r->groups.at[g].parent == g && r->groups.at[g].waits > 0 && r->groups.at[g].members > 1)
            TRY(fall_apart(r, g));
    return STINT_OK;
}

stint_status ir_schedule(ir *r)
{
    scheduler s = {.r = r};
    stint_status status = run(&s);
    if (!status && r->order.n < count_groups(r)) {
        status = break_cycles(r);
        if (!status)
            status = run(&s);
    }
    vec_free(&s.edges);
    vec_free(&s.heap);
    mem_free(s.first);
    return status;
}
