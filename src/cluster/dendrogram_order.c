#include "cluster/dendrogram_order.h"

#include <string.h>

/* --- by height ----------------------------------------------------------------------------- */

/* Runs of equal length are merged from `from` to `to`, twice as long each time; stable. */
static void merge_runs(const linkage_merge *m, const int32_t *from, int32_t *to, int64_t n,
                       int64_t run)
{
    for (int64_t first = 0; first < n; first += 2 * run) {
        int64_t middle = first + run < n ? first + run : n;
        int64_t end = middle + run < n ? middle + run : n;
        for (int64_t i = first, j = middle, at = first; at < end; at++) {
            bool left = i < middle && (j == end || m[from[i]].height <= m[from[j]].height);
            to[at] = left ? from[i++] : from[j++];
        }
    }
}

/* Which of the two has the order. */
static const int32_t *sort_merges(const linkage_merge *m, int64_t n, int32_t *order, int32_t *other)
{
    for (int64_t i = 0; i < n; i++)
        order[i] = (int32_t)i;
    for (int64_t run = 1; run < n; run *= 2) {
        merge_runs(m, order, other, n, run);
        int32_t *keep = order;
        order = other;
        other = keep;
    }
    return order;
}

/* --- nodes --------------------------------------------------------------------------------- */

/* The node that a row or node is in now, with the way there made shorter. */
static int32_t find(int32_t *parent, int32_t i)
{
    int32_t root = i;
    while (parent[root] >= 0)
        root = parent[root];
    while (parent[i] >= 0) {
        int32_t next = parent[i];
        parent[i] = root;
        i = next;
    }
    return root;
}

static int64_t rows_of(const stint_clustering *out, int64_t n, int64_t node)
{
    return node < n ? 1 : out->merged[node - n];
}

static void number_nodes(const linkage_run *r, const int32_t *order, int32_t *parent,
                         stint_clustering *out)
{
    int64_t n = r->n;
    for (int64_t i = 0; i < 2 * n - 1; i++)
        parent[i] = -1;
    for (int64_t i = 0; i < n - 1; i++) {
        const linkage_merge *m = &r->merges[order ? order[i] : i];
        int32_t a = find(parent, m->a), b = find(parent, m->b);
        out->children[i][0] = a < b ? a : b;
        out->children[i][1] = a < b ? b : a;
        out->distances[i] = m->height;
        out->merged[i] = rows_of(out, n, a) + rows_of(out, n, b);
        parent[a] = parent[b] = (int32_t)(n + i);
    }
}

static stint_status open_tree(stint_clustering *out, int64_t n)
{
    int64_t merges = n > 1 ? n - 1 : 1;
    out->children = mem_array_at(out->ctx, TAG_MODEL, merges, sizeof *out->children, MEM_SITE);
    out->distances = mem_new(out->ctx, TAG_MODEL, double, merges);
    out->merged = mem_new(out->ctx, TAG_MODEL, int64_t, merges);
    if (!out->children || !out->distances || !out->merged)
        return STINT_ENOMEM;
    out->tree = (stint_dendrogram){.merges = n - 1,
                                   .children = (const int64_t(*)[2])out->children,
                                   .distances = out->distances,
                                   .sizes = out->merged,
                                   .leaves = n};
    return STINT_OK;
}

stint_status dendrogram_order(linkage_run *r, bool sorted, stint_clustering *out)
{
    TRY(open_tree(out, r->n));
    int32_t *order = mem_new(r->ctx, TAG_MODEL, int32_t, 2 * r->n);
    int32_t *parent = mem_new(r->ctx, TAG_MODEL, int32_t, 2 * r->n);
    stint_status s = order && parent ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK)
        number_nodes(r, sorted ? sort_merges(r->merges, r->n - 1, order, order + r->n) : NULL,
                     parent, out);
    mem_free(order);
    mem_free(parent);
    return s;
}

int64_t dendrogram_order_bytes(int64_t n)
{
    return 2 * mem_cost((size_t)(2 * n) * sizeof(int32_t));
}

int64_t dendrogram_result_bytes(int64_t n)
{
    return mem_cost((size_t)n * 16) + 3 * mem_cost((size_t)n * 8) + mem_cost((size_t)n * 4);
}
