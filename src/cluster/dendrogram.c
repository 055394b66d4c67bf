#include "cluster/dendrogram.h"

#include <assert.h>

/* Nodes of the tree are rows, then merges.  Labels of nodes come upwards, one pass; leaves are
 * numbered by a walk with a stack of its own, as a tree may be as deep as it has rows. */

typedef struct layout {
    const stint_dendrogram *tree;
    int64_t first;  /* merge that is shown */
    int32_t *label; /* [2n-1] of nodes */
    double *x;      /* [2n-1] */
    int64_t *stack; /* [n] */
} layout;

static int64_t rows_of(const stint_dendrogram *t, int64_t node)
{
    return node < t->leaves ? 1 : t->sizes[node - t->leaves];
}

static double height_of(const stint_dendrogram *t, int64_t node)
{
    return node < t->leaves ? 0 : t->distances[node - t->leaves];
}

static void label_nodes(layout *l, const int32_t *labels)
{
    const stint_dendrogram *t = l->tree;
    for (int64_t i = 0; i < t->leaves; i++)
        l->label[i] = labels ? labels[i] : 0;
    for (int64_t i = 0; i < t->merges; i++) {
        int32_t a = l->label[t->children[i][0]], b = l->label[t->children[i][1]];
        l->label[t->leaves + i] = a == b ? a : -1;
    }
}

/* 1 = the second child goes to the left. */
static int left_child(const stint_dendrogram *t, int64_t merge)
{
    return rows_of(t, t->children[merge][1]) < rows_of(t, t->children[merge][0]);
}

static void place_leaves(layout *l, dendrogram *out)
{
    const stint_dendrogram *t = l->tree;
    int64_t waiting = 0;
    l->stack[waiting++] = t->leaves + t->merges - 1;
    while (waiting > 0) {
        int64_t node = l->stack[--waiting], merge = node - t->leaves;
        if (merge < l->first || merge < 0) {
            l->x[node] = (double)out->n_leaves;
            out->leaves[out->n_leaves++] =
                (dendrogram_leaf){node, rows_of(t, node), height_of(t, node), l->label[node]};
            continue;
        }
        int left = left_child(t, merge);
        l->stack[waiting++] = t->children[merge][!left];
        l->stack[waiting++] = t->children[merge][left];
    }
}

static void place_bars(layout *l, dendrogram *out)
{
    const stint_dendrogram *t = l->tree;
    for (int64_t i = l->first; i < t->merges; i++) {
        int left = left_child(t, i);
        int64_t a = t->children[i][left], b = t->children[i][!left], node = t->leaves + i;
        l->x[node] = (l->x[a] + l->x[b]) / 2;
        out->bars[out->n_bars++] = (dendrogram_bar){
            l->x[a], l->x[b], height_of(t, a), height_of(t, b), t->distances[i], l->label[node]};
        out->height = t->distances[i] > out->height ? t->distances[i] : out->height;
    }
}

stint_status dendrogram_lay_out(arena *a, const stint_dendrogram *tree, const int32_t *labels,
                                int64_t most, dendrogram *out)
{
    int64_t nodes = 2 * tree->leaves - 1, shown = tree->merges;
    if (most > 0 && most < shown)
        shown = most;
    layout l = {.tree = tree, .first = tree->merges - shown};
    *out = (dendrogram){0};
    assert(tree->leaves > 0 && tree->merges == tree->leaves - 1);
    out->leaves = arena_new(a, dendrogram_leaf, shown + 1);
    out->bars = arena_new(a, dendrogram_bar, shown + 1);
    l.label = mem_new(a->ctx, a->tag, int32_t, nodes);
    l.x = mem_new(a->ctx, a->tag, double, nodes);
    l.stack = mem_new(a->ctx, a->tag, int64_t, shown + 2);
    stint_status s =
        out->leaves && out->bars && l.label && l.x && l.stack ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK) {
        label_nodes(&l, labels);
        place_leaves(&l, out);
        place_bars(&l, out);
    }
    mem_free(l.label);
    mem_free(l.x);
    mem_free(l.stack);
    return s;
}
