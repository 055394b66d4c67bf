#include "cluster/linkage_graph.h"

#include "cluster/linkage_rows.h"

#include <math.h>

/* Agglomeration along a graph, as scikit-learn's ward_tree and linkage_tree: the nearest clusters
 * that an edge joins become one, which has the edges of both; of two edges to the same third
 * cluster one is left, whose distance is that of the linkage of these two edges (of ward that of
 * the centres).  So a merge may be lower than one before it.
 *
 * An edge is a record in the lists of both its ends and in a heap; records are reused as clusters
 * merge, so there are never more than the graph had.  Of equal distances the edge of the older
 * cluster comes first. */

typedef struct edge {
    double apart;
    int32_t newer, older;       /* nodes, for the order in the heap */
    int32_t end[2];             /* slots */
    int32_t next[2], before[2]; /* in the lists of both; -1 = none */
    int32_t at;                 /* in the heap */
} edge;

typedef struct contraction {
    linkage_run *run;
    edge *edges;
    int32_t *heap;
    int64_t count;   /* in the heap */
    int32_t *first;  /* [n] list of each slot */
    int32_t *size;   /* [n] */
    int32_t *node;   /* [n] of each slot */
    int32_t *beside; /* [n] scratch: the edge from the merged cluster to a slot; -1 = none */
    double *x;       /* [n][d] rows; of ward centres */
} contraction;

/* --- the heap ------------------------------------------------------------------------------ */

static bool sooner(const edge *a, const edge *b)
{
    if (a->apart != b->apart)
        return a->apart < b->apart;
    return a->newer != b->newer ? a->newer < b->newer : a->older < b->older;
}

static void put(contraction *k, int64_t at, int32_t e)
{
    k->heap[at] = e;
    k->edges[e].at = (int32_t)at;
}

static void settle(contraction *k, int32_t e)
{
    int64_t at = k->edges[e].at, child;
    while (at > 0 && sooner(&k->edges[e], &k->edges[k->heap[(at - 1) / 2]])) {
        put(k, at, k->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    while ((child = 2 * at + 1) < k->count) {
        if (child + 1 < k->count &&
            sooner(&k->edges[k->heap[child + 1]], &k->edges[k->heap[child]]))
            child++;
        if (!sooner(&k->edges[k->heap[child]], &k->edges[e]))
            break;
        put(k, at, k->heap[child]);
        at = child;
    }
    put(k, at, e);
}

static void leave_heap(contraction *k, int32_t e)
{
    int64_t at = k->edges[e].at;
    int32_t last = k->heap[--k->count];
    if (last == e)
        return;
    put(k, at, last);
    settle(k, last);
}

/* --- the lists ----------------------------------------------------------------------------- */

static int side_of(const edge *e, int32_t slot)
{
    return e->end[1] == slot;
}

static void enter_list(contraction *k, int32_t e, int side)
{
    int32_t slot = k->edges[e].end[side], next = k->first[slot];
    k->edges[e].next[side] = next;
    k->edges[e].before[side] = -1;
    if (next >= 0)
        k->edges[next].before[side_of(&k->edges[next], slot)] = e;
    k->first[slot] = e;
}

static void leave_list(contraction *k, int32_t e, int side)
{
    int32_t slot = k->edges[e].end[side];
    int32_t next = k->edges[e].next[side], before = k->edges[e].before[side];
    if (next >= 0)
        k->edges[next].before[side_of(&k->edges[next], slot)] = before;
    if (before >= 0)
        k->edges[before].next[side_of(&k->edges[before], slot)] = next;
    else
        k->first[slot] = next;
}

/* --- distances ----------------------------------------------------------------------------- */

static double sum_between(const contraction *k, int32_t a, int32_t b)
{
    const linkage_run *r = k->run;
    const double *x = k->x + a * r->d, *y = k->x + b * r->d;
    double sum = 0;
    for (int64_t j = 0; j < r->d; j++) {
        double e = x[j] - y[j];
        sum += linkage_squares(r->metric) ? e * e : fabs(e);
    }
    return sum;
}

static double between(const contraction *k, int32_t a, int32_t b)
{
    const linkage_run *r = k->run;
    if (r->metric == METRIC_PRECOMPUTED)
        return linkage_given(&r->task->pairs, a, b);
    double sum = sum_between(k, a, b), m = k->size[a], n = k->size[b];
    if (r->linkage == LINKAGE_WARD)
        return sum * (m * n / (m + n));
    return r->linkage == LINKAGE_AVERAGE ? linkage_height(r->metric, sum) : sum;
}

static double height_of(const linkage_run *r, double apart)
{
    if (r->linkage == LINKAGE_WARD)
        return sqrt(2 * apart);
    return r->linkage == LINKAGE_AVERAGE ? apart : linkage_height(r->metric, apart);
}

static double joined(linkage l, double x, double y, double m, double n)
{
    if (l == LINKAGE_AVERAGE)
        return (m * x + n * y) / (m + n);
    return (l == LINKAGE_COMPLETE) == (x > y) ? x : y;
}

/* --- merging ------------------------------------------------------------------------------- */

/* The edges of slot a go over to b, or into the one that b has to the same cluster. */
static void move_edges(contraction *k, int32_t a, int32_t b)
{
    for (int32_t e = k->first[b]; e >= 0; e = k->edges[e].next[side_of(&k->edges[e], b)])
        k->beside[k->edges[e].end[!side_of(&k->edges[e], b)]] = e;
    for (int32_t e = k->first[a], next; e >= 0; e = next) {
        edge *at = &k->edges[e];
        int side = side_of(at, a);
        int32_t other = at->end[!side], same = k->beside[other];
        next = at->next[side];
        if (same < 0) {
            at->end[side] = b;
            enter_list(k, e, side);
            continue;
        }
        k->edges[same].apart =
            joined(k->run->linkage, at->apart, k->edges[same].apart, k->size[a], k->size[b]);
        leave_list(k, e, !side);
        leave_heap(k, e);
        settle(k, same);
    }
    k->first[a] = -1;
}

/* One key changes at a time: the heap is in order between. */
static void renew_edges(contraction *k, int32_t b)
{
    for (int32_t e = k->first[b]; e >= 0; e = k->edges[e].next[side_of(&k->edges[e], b)]) {
        edge *at = &k->edges[e];
        int32_t other = at->end[!side_of(at, b)];
        k->beside[other] = -1;
        at->newer = k->node[b];
        at->older = k->node[other];
        if (k->run->linkage == LINKAGE_WARD)
            at->apart = between(k, b, other);
        settle(k, e);
    }
}

static void merge_first(contraction *k)
{
    linkage_run *r = k->run;
    int32_t e = k->heap[0], a = k->edges[e].end[0], b = k->edges[e].end[1];
    double m = k->size[a], n = k->size[b], height = height_of(r, k->edges[e].apart);
    leave_heap(k, e);
    leave_list(k, e, 0);
    leave_list(k, e, 1);
    move_edges(k, a, b);
    for (int64_t j = 0; r->linkage == LINKAGE_WARD && j < r->d; j++)
        k->x[b * r->d + j] = (m * k->x[a * r->d + j] + n * k->x[b * r->d + j]) / (m + n);
    k->size[b] += k->size[a];
    k->node[b] = (int32_t)(r->n + r->made);
    r->merges[r->made++] = (linkage_merge){a, b, height};
    renew_edges(k, b);
}

/* --- the whole ----------------------------------------------------------------------------- */

static void begin_edges(contraction *k, const linkage_graph *g)
{
    for (int64_t i = 0; i < k->run->n; i++) {
        k->first[i] = k->beside[i] = -1;
        k->size[i] = 1;
        k->node[i] = (int32_t)i;
    }
    for (int32_t e = 0; e < g->edges; e++) {
        int32_t a = g->edge[e][0], b = g->edge[e][1];
        k->edges[e] = (edge){.newer = b, .older = a, .end = {a, b}, .at = e};
        k->edges[e].apart = between(k, a, b);
        enter_list(k, e, 0);
        enter_list(k, e, 1);
        k->heap[k->count++] = e;
        settle(k, e);
    }
}

static stint_status contract(contraction *k, const linkage_graph *g)
{
    linkage_run *r = k->run;
    if (r->metric != METRIC_PRECOMPUTED)
        TRY(linkage_load(r, k->x));
    begin_edges(k, g);
    while (r->made < r->n - 1) {
        merge_first(k);
        TRY(linkage_did(r, 64 * (double)(r->d + 8)));
    }
    return STINT_OK;
}

stint_status linkage_contract(linkage_run *r, const linkage_graph *g)
{
    contraction k = {.run = r};
    k.edges = mem_new(r->ctx, TAG_MODEL, edge, g->edges + 1);
    k.heap = mem_new(r->ctx, TAG_MODEL, int32_t, g->edges + 1);
    k.first = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    k.size = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    k.node = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    k.beside = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    k.x = mem_new(r->ctx, TAG_MODEL, double, r->n * r->d + 1);
    stint_status s = k.edges && k.heap && k.first && k.size && k.node && k.beside && k.x
                         ? contract(&k, g)
                         : STINT_ENOMEM;
    mem_free(k.edges);
    mem_free(k.heap);
    mem_free(k.first);
    mem_free(k.size);
    mem_free(k.node);
    mem_free(k.beside);
    mem_free(k.x);
    return s;
}

int64_t linkage_contract_bytes(const linkage_run *r, int64_t edges)
{
    return mem_cost((size_t)(edges + 1) * sizeof(edge)) + mem_cost((size_t)(edges + 1) * 4) +
           4 * mem_cost((size_t)r->n * 4) + mem_cost((size_t)(r->n * r->d + 1) * 8);
}
