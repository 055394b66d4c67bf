#include "cluster/agglomerative_way.h"

#include "cluster/chain_pairs.h"
#include "cluster/chain_ward.h"
#include "cluster/dendrogram_order.h"
#include "cluster/linkage_graph.h"
#include "cluster/mst_prim.h"

#include <math.h>

typedef agglomerative_way way;

bool agglomerative_is_given(const cluster_task *t)
{
    return t->pairs.n > 0 && !t->pairs.row;
}

bool agglomerative_has_graph(const cluster_task *t, const agglomerative *p)
{
    return p->connectivity > 0 || (t->pairs.n > 0 && t->pairs.row);
}

/* A search by boxes looks at some of the rows only, the fewer features there are; the numbers are
 * about what was measured on clouds of rows. */
static double searched(int64_t n, double some)
{
    return fmin((double)n, some) + (double)n / 64;
}

static way way_of_graph(const linkage_run *r, const agglomerative *p)
{
    int64_t k = (int64_t)p->connectivity, edges = linkage_graph_most(r, k);
    int64_t build = linkage_graph_bytes(r, k);
    int64_t merge = mem_cost((size_t)(edges + 1) * 8) + linkage_contract_bytes(r, edges);
    double rows = (double)r->n, search = k > 0 ? 3 * rows * rows * (double)(r->d + 1) : 0;
    return (way){.variant = "graph",
                 .why = "rows merge along a graph",
                 .bytes = build > merge ? build : merge,
                 .operations = search + 100.0 * (double)edges * (double)(r->d + 8)};
}

static way way_of_tree(const linkage_run *r)
{
    double rows = (double)r->n, some = searched(r->n, 40 * pow(2, (double)r->d));
    return (way){.variant = "spanning tree",
                 .why = "single linkage is the minimum spanning tree, in O(n) memory",
                 .bytes = mst_prim_bytes(r->n, r->d),
                 .operations = rows * (r->d == 0 ? 4 * rows : some * 3 * (double)(r->d + 2))};
}

static way way_of_ward(const linkage_run *r)
{
    double some = searched(r->n, 20 * pow(1.5, (double)r->d));
    return (way){.variant = "chain on vectors",
                 .why = "ward follows from centres and sizes, in O(n d) memory",
                 .bytes = chain_ward_bytes(r->n, r->d),
                 .operations = 2.5 * (double)r->n * some * 3 * (double)(r->d + 4)};
}

static way way_of_pairs(const linkage_run *r, int64_t memory)
{
    chain_pairs_plan p = chain_pairs_planned(r, memory);
    way w = {.variant = "chain on a matrix",
             .why = "the distances of all pairs fit the memory",
             .bytes = p.bytes,
             .least = p.least_bytes,
             .kept = p.kept,
             .operations = p.operations};
    if (p.kept < r->n) {
        chain_pairs_plan all = chain_pairs_planned(r, INT64_MAX);
        w.variant = "chain, distances again";
        w.why = "the distances of all pairs do not fit the memory: they are computed again until "
                "those of the clusters that are left do";
        w.whole = all.bytes;
        w.whole_operations = all.operations;
    }
    return w;
}

/* Merges, the tree and its labels are held beside the search, or after it. */
static int64_t bytes_around(int64_t n)
{
    return mem_cost((size_t)n * sizeof(linkage_merge)) + dendrogram_result_bytes(n) + 1024;
}

static int64_t bytes_after(int64_t n)
{
    int64_t order = dendrogram_order_bytes(n), cut = dendrogram_cut_bytes(n, n);
    return order > cut ? order : cut;
}

static int64_t bytes_of(int64_t n, int64_t search)
{
    int64_t after = bytes_after(n);
    return bytes_around(n) + (search > after ? search : after);
}

way agglomerative_way_of(const linkage_run *r, const agglomerative *p)
{
    way w;
    if (agglomerative_has_graph(r->task, p))
        w = way_of_graph(r, p);
    else if (r->linkage == LINKAGE_SINGLE)
        w = way_of_tree(r);
    else if (r->linkage == LINKAGE_WARD)
        w = way_of_ward(r);
    else
        w = way_of_pairs(r, r->task->memory - bytes_around(r->n));
    w.least = bytes_of(r->n, w.least > 0 ? w.least : w.bytes);
    w.bytes = bytes_of(r->n, w.bytes);
    w.whole = w.whole > 0 ? bytes_of(r->n, w.whole) : 0;
    return w;
}
