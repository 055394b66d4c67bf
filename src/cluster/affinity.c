#include "cluster/affinity_impl.h"

#include "base/mem.h"

const char *const affinity_names[] = {
    [AFFINITY_RBF] = "rbf",       [AFFINITY_NEIGHBORS] = "nearest_neighbors",
    [AFFINITY_COSINE] = "cosine", [AFFINITY_PRECOMPUTED] = "precomputed",
    [AFFINITIES] = NULL,
};

static bool is_sparse(const cluster_task *t, const affinity_settings *s)
{
    return s->kind == AFFINITY_NEIGHBORS || (s->kind == AFFINITY_PRECOMPUTED && t->pairs.row);
}

static stint_status open_sparse(affinity *a, const cluster_task *t, const affinity_settings *s)
{
    TRY(s->kind == AFFINITY_NEIGHBORS ? affinity_open_neighbors(a, t, s->neighbors)
                                      : affinity_open_given(a, &t->pairs));
    return affinity_normalise_sparse(a);
}

stint_status affinity_open(ctx *c, const cluster_task *t, const affinity_settings *s, affinity *out)
{
    int64_t n = cluster_rows(t);
    *out = (affinity){.ctx = c, .n = n, .pool = t->pool};
    out->root = mem_new(c, TAG_MODEL, double, n);
    out->component = mem_new(c, TAG_MODEL, int32_t, n);
    stint_status status = out->root && out->component ? STINT_OK : STINT_ENOMEM;
    if (!status)
        status = is_sparse(t, s) ? open_sparse(out, t, s) : affinity_open_dense(out, t, s);
    if (status)
        affinity_close(out);
    return status;
}

void affinity_close(affinity *a)
{
    mem_free(a->root);
    mem_free(a->component);
    mem_free((void *)a->sparse.row);
    mem_free((void *)a->sparse.column);
    mem_free((void *)a->sparse.value);
    affinity_close_dense(a->tiles);
    *a = (affinity){0};
}

stint_status affinity_apply(const affinity *a, const double *x, double *y)
{
    if (a->tiles)
        return affinity_apply_dense(a, x, y);
    sparse_multiply(&a->sparse, 1, x, y, a->pool);
    return STINT_OK;
}

int64_t affinity_bytes(const cluster_task *t, const affinity_settings *s, int64_t *least)
{
    int64_t n = cluster_rows(t), own = n * 12 + 256, bytes;
    if (!is_sparse(t, s))
        bytes = affinity_dense_bytes(t, s, least);
    else if (s->kind == AFFINITY_NEIGHBORS)
        bytes = *least = affinity_neighbors_bytes(t, s->neighbors);
    else
        bytes = *least = t->pairs.row[n] * 12 + (n + 1) * 8 + n * 4 + 512;
    *least += own;
    return bytes + own;
}
