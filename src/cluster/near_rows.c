#include "cluster/near_rows.h"

#include "base/mem.h"

enum { BLOCK_ROWS = 4096 };

static int64_t block_of(int64_t n, int64_t from)
{
    return n - from < BLOCK_ROWS ? n - from : BLOCK_ROWS;
}

static stint_status ask(const near_rows *s, neighbours *near, int64_t from, double *block)
{
    const points *p = &s->task->points;
    int64_t queries = block_of(p->n, from);
    TRY(points_read(p, from, queries, block));
    neighbours_begin(near);
    neighbours_ask(near, &(neighbour_rows){block, queries, 1, p->d});
    for (int64_t at = 0; at < p->n; at += BLOCK_ROWS) {
        int64_t rows = block_of(p->n, at);
        TRY(points_read(p, at, rows, block));
        neighbours_add(near, &(neighbour_rows){block, rows, 1, p->d});
        double done = ((double)from + (double)queries * (double)at / (double)p->n) / (double)p->n;
        TRY(cluster_at(s->task, "neighbours", s->share * done));
    }
    return STINT_OK;
}

static stint_status find(const near_rows *s, neighbours *near, double *block)
{
    int64_t n = s->task->points.n, count = s->k < n ? s->k : n;
    for (int64_t from = 0; from < n; from += BLOCK_ROWS) {
        TRY(ask(s, near, from, block));
        const neighbour *list = neighbours_take(near);
        for (int64_t i = 0; i < block_of(n, from); i++)
            s->take(s->self, from + i, list + i * s->k, count);
    }
    return STINT_OK;
}

static neighbours_settings settings_of(int64_t n, int64_t d, int64_t k, neighbour_metric metric)
{
    return (neighbours_settings){
        .metric = metric, .features = d, .k = k, .queries = block_of(n, 0)};
}

stint_status near_rows_find(ctx *c, const near_rows *s)
{
    const points *p = &s->task->points;
    neighbours_settings settings = settings_of(p->n, p->d, s->k, s->metric);
    neighbours *near = NULL;
    double *block = mem_new(c, TAG_MODEL, double, settings.queries * p->d);
    stint_status status = block ? neighbours_open(c, &settings, s->pool, &near) : STINT_ENOMEM;
    if (!status)
        status = find(s, near, block);
    neighbours_close(near);
    mem_free(block);
    return status;
}

int64_t near_rows_bytes(int64_t n, int64_t d, int64_t k, neighbour_metric metric)
{
    neighbours_settings s = settings_of(n, d > 0 ? d : 1, k, metric);
    return neighbours_bytes(&s) + mem_cost((size_t)(s.queries * s.features) * sizeof(double));
}
