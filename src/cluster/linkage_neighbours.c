#include "cluster/linkage_graph.h"

#include "neighbors/neighbours.h"

/* Edges between rows and their nearest, of blocks of queries against all rows; of a matrix by
 * looking through its rows. */

enum { BLOCK_ROWS = 4096 };

static int64_t block_rows(int64_t n)
{
    return n < BLOCK_ROWS ? n : BLOCK_ROWS;
}

static neighbours_settings settings_of(const linkage_run *r, int64_t k)
{
    static const neighbour_metric metrics[LINKAGE_METRICS] = {
        [METRIC_EUCLIDEAN] = NEIGHBOUR_EUCLIDEAN,
        [METRIC_MANHATTAN] = NEIGHBOUR_MANHATTAN,
        [METRIC_COSINE] = NEIGHBOUR_COSINE,
    };
    return (neighbours_settings){metrics[r->metric], r->d, k + 1, block_rows(r->n)};
}

/* The first k of a list that are not the row itself, which need not be among them where others
 * are equal to it. */
static void take_list(const neighbour *list, int64_t count, int64_t row, int64_t k, int32_t *to)
{
    for (int64_t i = 0, at = 0; i < count && at < k; i++)
        if (list[i].reference != row)
            to[at++] = (int32_t)list[i].reference;
}

static stint_status ask_block(const linkage_run *r, neighbours *near, int64_t from, int64_t count,
                              double *room)
{
    TRY(points_read(&r->task->points, from, count, room));
    neighbours_begin(near);
    neighbours_ask(near, &(neighbour_rows){room, count, 1, r->d});
    for (int64_t at = 0; at < r->n; at += BLOCK_ROWS) {
        int64_t some = r->n - at < BLOCK_ROWS ? r->n - at : BLOCK_ROWS;
        TRY(points_read(&r->task->points, at, some, room));
        neighbours_add(near, &(neighbour_rows){room, some, 1, r->d});
        double done = ((double)from + (double)count * (double)at / (double)r->n) / (double)r->n;
        TRY(cluster_at(r->task, "neighbours", r->base * done));
    }
    return STINT_OK;
}

static stint_status search(const linkage_run *r, int64_t k, neighbours *near, double *room,
                           int32_t *list)
{
    for (int64_t from = 0; from < r->n; from += BLOCK_ROWS) {
        int64_t count = r->n - from < BLOCK_ROWS ? r->n - from : BLOCK_ROWS;
        TRY(ask_block(r, near, from, count, room));
        const neighbour *found = neighbours_take(near);
        for (int64_t i = 0; i < count; i++)
            take_list(found + i * (k + 1), k + 1, from + i, k, list + (from + i) * k);
    }
    return STINT_OK;
}

static stint_status find_near_points(linkage_run *r, int64_t k, int32_t *list)
{
    neighbours_settings settings = settings_of(r, k);
    neighbours *near = NULL;
    double *room = mem_new(r->ctx, TAG_MODEL, double, block_rows(r->n) * r->d);
    stint_status s = room ? neighbours_open(r->ctx, &settings, r->pool, &near) : STINT_ENOMEM;
    if (s == STINT_OK)
        s = search(r, k, near, room, list);
    neighbours_close(near);
    mem_free(room);
    return s;
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

static bool given(const stint_pairs *p, int64_t i, int64_t j)
{
    int64_t from = p->row[i], to = p->row[i + 1];
    while (from < to) {
        int64_t half = from + (to - from) / 2;
        if (p->column[half] < j)
            from = half + 1;
        else
            to = half;
    }
    return from < p->row[i + 1] && p->column[from] == j;
}

static void add_given(linkage_graph *g)
{
    const stint_pairs *p = &g->run->task->pairs;
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t at = p->row[i]; at < p->row[i + 1]; at++) {
            int64_t j = p->column[at];
            if (j > i || (j < i && !given(p, j, i)))
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
