#include "cluster/linkage_graph.h"

#include "cluster/near_rows.h"
#include "cluster/pairs.h"

/* Edges between rows and their nearest: of points by a search, of a matrix by looking through its
 * rows. */

static const neighbour_metric metrics[LINKAGE_METRICS] = {
    [METRIC_EUCLIDEAN] = NEIGHBOUR_EUCLIDEAN,
    [METRIC_MANHATTAN] = NEIGHBOUR_MANHATTAN,
    [METRIC_COSINE] = NEIGHBOUR_COSINE,
};

typedef struct lists {
    int64_t k;
    int32_t *at; /* [n][k] */
} lists;

/* The first k of a list that are not the row itself, which need not be among them where others
 * are equal to it. */
static void take_list(void *self, int64_t row, const neighbour *list, int64_t count)
{
    const lists *l = self;
    int32_t *to = l->at + row * l->k;
    for (int64_t i = 0, at = 0; i < count && at < l->k; i++)
        if (list[i].reference != row)
            to[at++] = (int32_t)list[i].reference;
}

static stint_status find_near_points(linkage_run *r, int64_t k, int32_t *list)
{
    lists l = {k, list};
    near_rows s = {.task = r->task,
                   .pool = r->pool,
                   .metric = metrics[r->metric],
                   .k = k + 1,
                   .share = r->base,
                   .take = take_list,
                   .self = &l};
    return near_rows_find(r->ctx, &s);
}

/* By insertion into the k nearest so far, `apart` [k]. */
static void near_in_matrix(const linkage_run *r, int64_t row, int64_t k, double *apart,
                           int32_t *list)
{
    int64_t held = 0;
    for (int64_t j = 0; j < r->n; j++) {
        double d = j == row ? 0 : linkage_given(&r->task->pairs, row, j);
        if (j == row || (held == k && !(d < apart[k - 1])))
            continue;
        int64_t at = held < k ? held++ : k - 1;
        for (; at > 0 && d < apart[at - 1]; at--) {
            apart[at] = apart[at - 1];
            list[at] = list[at - 1];
        }
        apart[at] = d;
        list[at] = (int32_t)j;
    }
}

static stint_status find_near_given(linkage_run *r, int64_t k, int32_t *list)
{
    double *apart = mem_new(r->ctx, TAG_MODEL, double, k);
    stint_status s = apart ? STINT_OK : STINT_ENOMEM;
    for (int64_t i = 0; s == STINT_OK && i < r->n; i++) {
        near_in_matrix(r, i, k, apart, list + i * k);
        s = linkage_did(r, (double)r->n * 3);
    }
    mem_free(apart);
    return s;
}

/* --- both halves of an edge are one -------------------------------------------------------- */

static bool listed(const int32_t *list, int64_t k, int64_t row)
{
    for (int64_t i = 0; i < k; i++)
        if (list[i] == row)
            return true;
    return false;
}

static void add_listed(linkage_graph *g, const int32_t *list, int64_t k)
{
    for (int64_t i = 0; i < g->run->n; i++)
        for (int64_t at = 0; at < k; at++) {
            int64_t j = list[i * k + at];
            if (j > i || !listed(list + j * k, k, i))
                linkage_edge_add(g, i, j);
        }
}

static void add_given(linkage_graph *g)
{
    const stint_pairs *p = &g->run->task->pairs;
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t at = p->row[i]; at < p->row[i + 1]; at++) {
            int64_t j = p->column[at];
            if (j > i || (j < i && pairs_entry(p, j, i) < 0))
                linkage_edge_add(g, i, j);
        }
}

stint_status linkage_neighbours(linkage_graph *g)
{
    linkage_run *r = g->run;
    int64_t k = g->k;
    if (k == 0) {
        TRY(linkage_edges_room(g, r->task->pairs.row[r->n]));
        add_given(g);
        return STINT_OK;
    }
    int32_t *list = mem_new(r->ctx, TAG_MODEL, int32_t, r->n * k);
    stint_status s = list ? linkage_edges_room(g, r->n * k) : STINT_ENOMEM;
    if (s == STINT_OK)
        s = r->metric == METRIC_PRECOMPUTED ? find_near_given(r, k, list)
                                            : find_near_points(r, k, list);
    if (s == STINT_OK)
        add_listed(g, list, k);
    mem_free(list);
    return s;
}
