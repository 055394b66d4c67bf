#include "cluster/dendrogram_order.h"

/* Labels are places in a heap of nodes, as scikit-learn 1.x numbers them: the root alone at first;
 * then, so many times, the top, which is the last merge, makes way for its children.  The heap is
 * that of Python's heapq on negated numbers, element for element. */

int64_t dendrogram_clusters(const stint_clustering *m, double threshold)
{
    int64_t clusters = 1;
    for (int64_t i = 0; i < m->tree.merges; i++)
        clusters += m->distances[i] >= threshold;
    return clusters;
}

/* The element at `at` rises, at most to `top`; larger nodes are above. */
static void rise(int64_t *heap, int64_t top, int64_t at)
{
    int64_t new = heap[at];
    while (at > top && new > heap[(at - 1) / 2]) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = new;
}

/* `new` goes to the top of `count`: down along the larger children to a leaf, then up. */
static void replace_top(int64_t *heap, int64_t count, int64_t new)
{
    int64_t at = 0, child;
    while ((child = 2 * at + 1) < count) {
        child += child + 1 < count && !(heap[child] > heap[child + 1]);
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = new;
    rise(heap, 0, at);
}

/* The first child joins the heap; the second takes the top's place if it is below it. */
static void split_top(int64_t *heap, int64_t *count, const int64_t children[2])
{
    heap[(*count)++] = children[0];
    rise(heap, 0, *count - 1);
    if (heap[0] > children[1])
        replace_top(heap, *count, children[1]);
}

/* From the root down: a node below the cut has its parent's label. */
static void hand_down(const stint_clustering *m, int32_t *label, int64_t clusters)
{
    int64_t n = m->tree.leaves;
    for (int64_t i = m->tree.merges - 1; i >= 0; i--)
        for (int c = 0; c < 2 && i < n - clusters; c++)
            label[m->children[i][c]] = label[n + i];
}

stint_status dendrogram_cut(ctx *c, int64_t clusters, stint_clustering *m)
{
    int64_t n = m->tree.leaves, count = 1;
    int64_t *heap = mem_new(c, TAG_MODEL, int64_t, clusters + 1);
    int32_t *label = mem_new(c, TAG_MODEL, int32_t, 2 * n);
    m->labels = mem_new(m->ctx, TAG_MODEL, int32_t, n);
    m->facts.n_clusters = clusters;
    stint_status s = heap && label && m->labels ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK) {
        heap[0] = 2 * n - 2;
        for (int64_t i = 1; i < clusters; i++)
            split_top(heap, &count, m->children[heap[0] - n]);
        for (int64_t i = 0; i < clusters; i++)
            label[heap[i]] = (int32_t)i;
        hand_down(m, label, clusters);
        for (int64_t i = 0; i < n; i++)
            m->labels[i] = label[i];
    }
    mem_free(heap);
    mem_free(label);
    return s == STINT_OK ? cluster_count(m) : s;
}

int64_t dendrogram_cut_bytes(int64_t n, int64_t clusters)
{
    return mem_cost((size_t)(clusters + 1) * 8) + mem_cost((size_t)(2 * n) * 4);
}
