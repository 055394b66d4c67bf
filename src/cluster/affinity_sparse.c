#include "cluster/affinity_impl.h"

#include "cluster/near_rows.h"
#include "cluster/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sparse affinities: the graph of nearest neighbours, and what is given by rows. */

/* --- the graph of nearest neighbours ------------------------------------------------------- */

typedef struct graph {
    int64_t n, k;
    int32_t *near;  /* [n][k] ascending */
    int64_t *first; /* [n+1] of `back`: rows that name row i */
    int32_t *back;  /* [n k] ascending */
} graph;

static void take_list(void *self, int64_t row, const neighbour *list, int64_t count)
{
    const graph *g = self;
    for (int64_t i = 0; i < count; i++)
        g->near[row * g->k + i] = (int32_t)list[i].reference;
}

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Row i's entries are its own neighbours and those whose neighbour it is: both lists ascending,
 * merged.  An edge that both have weighs 1, else ½. */
static int64_t merge(int64_t i, const int32_t *own, int64_t k, const int32_t *others,
                     int64_t n_others, int32_t *column, double *value)
{
    int64_t a = 0, b = 0, n = 0;
    while (a < k || b < n_others) {
        int32_t x = a < k ? own[a] : INT32_MAX, y = b < n_others ? others[b] : INT32_MAX;
        int32_t j = x < y ? x : y;
        a += x == j;
        b += y == j;
        if (j == i)
            continue;
        if (column) {
            column[n] = j;
            value[n] = x == y ? 1 : 0.5;
        }
        n++;
    }
    return n;
}

static void turn_round(graph *g)
{
    for (int64_t i = 0; i < g->n * g->k; i++)
        g->first[g->near[i] + 1]++;
    for (int64_t i = 0; i < g->n; i++)
        g->first[i + 1] += g->first[i];
    for (int64_t i = 0; i < g->n; i++)
        for (int64_t j = 0; j < g->k; j++)
            g->back[g->first[g->near[i * g->k + j]]++] = (int32_t)i;
    memmove(g->first + 1, g->first, (size_t)g->n * sizeof *g->first);
    g->first[0] = 0;
}

static int64_t merge_row(const graph *g, int64_t i, int32_t *column, double *value)
{
    return merge(i, g->near + i * g->k, g->k, g->back + g->first[i], g->first[i + 1] - g->first[i],
                 column, value);
}

static stint_status symmetrise(affinity *a, const graph *g)
{
    int64_t *row = mem_new(a->ctx, TAG_MODEL, int64_t, g->n + 1);
    a->sparse = (sparse){.n = g->n, .row = row};
    if (!row)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < g->n; i++)
        row[i + 1] = row[i] + merge_row(g, i, NULL, NULL);
    int32_t *column = mem_new(a->ctx, TAG_MODEL, int32_t, row[g->n]);
    double *value = mem_new(a->ctx, TAG_MODEL, double, row[g->n]);
    a->sparse.column = column;
    a->sparse.value = value;
    if (!column || !value)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < g->n; i++)
        merge_row(g, i, column + row[i], value + row[i]);
    return STINT_OK;
}

stint_status affinity_open_neighbors(affinity *a, const cluster_task *t, int64_t k)
{
    int64_t n = t->points.n;
    graph g = {.n = n, .k = k < n ? k : n};
    g.near = mem_new(a->ctx, TAG_MODEL, int32_t, n * g.k);
    near_rows search = {.task = t,
                        .pool = t->pool,
                        .metric = NEIGHBOUR_EUCLIDEAN,
                        .k = g.k,
                        .share = 0.4,
                        .take = take_list,
                        .self = &g};
    stint_status s = g.near ? near_rows_find(a->ctx, &search) : STINT_ENOMEM;
    g.first = s ? NULL : mem_new(a->ctx, TAG_MODEL, int64_t, n + 1);
    g.back = s ? NULL : mem_new(a->ctx, TAG_MODEL, int32_t, n * g.k);
    if (!s && (!g.first || !g.back))
        s = STINT_ENOMEM;
    if (!s) {
        for (int64_t i = 0; i < n; i++)
            qsort(g.near + i * g.k, (size_t)g.k, sizeof *g.near, ascending);
        turn_round(&g);
        s = symmetrise(a, &g);
    }
    mem_free(g.near);
    mem_free(g.first);
    mem_free(g.back);
    return s;
}

int64_t affinity_neighbors_bytes(const cluster_task *t, int64_t k)
{
    int64_t n = t->points.n;
    k = k < n ? k : n;
    int64_t searching = near_rows_bytes(n, t->points.d, k, NEIGHBOUR_EUCLIDEAN);
    int64_t entries = 2 * n * k, merging = n * (8 + 4 * k) + (n + 1) * 8 + entries * 12;
    return n * k * 4 + (searching > merging ? searching : merging) + 1024;
}

/* --- what is given ------------------------------------------------------------------------- */

/* Entry (i, j), 0 where there is none. */
static double entry_of(const stint_pairs *p, int64_t i, int64_t j)
{
    int64_t at = pairs_entry(p, i, j);
    return at < 0 ? 0 : p->value[at];
}

static stint_status check_row(ctx *c, const stint_pairs *p, int64_t i)
{
    for (int64_t e = p->row[i]; e < p->row[i + 1]; e++) {
        int64_t j = p->column[e];
        if (j < 0 || j >= p->n || (e > p->row[i] && j <= p->column[e - 1]))
            return fail(c, STINT_EDATA,
                        "affinities: row %lld: column %lld is out of range or out of order",
                        (long long)i, (long long)j);
        double w = p->value[e], back = entry_of(p, j, i);
        if (!(w >= 0) || isinf(w))
            return fail(
                c, STINT_EDATA,
                "affinities: entry (%lld, %lld) is %g; it has to be finite and not negative",
                (long long)i, (long long)j, w);
        if (fabs(w - back) > 1e-10 * fmax(w, back))
            return fail(c, STINT_EDATA,
                        "affinities: not symmetric: (%lld, %lld) is %g, (%lld, %lld) is %g",
                        (long long)i, (long long)j, w, (long long)j, (long long)i, back);
    }
    return STINT_OK;
}

stint_status affinity_open_given(affinity *a, const stint_pairs *p)
{
    int64_t *row = mem_new(a->ctx, TAG_MODEL, int64_t, p->n + 1);
    int32_t *column = mem_new(a->ctx, TAG_MODEL, int32_t, p->row[p->n]);
    double *value = mem_new(a->ctx, TAG_MODEL, double, p->row[p->n]);
    a->sparse = (sparse){p->n, row, column, value};
    if (!row || !column || !value)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < p->n; i++) {
        TRY(check_row(a->ctx, p, i));
        row[i + 1] = row[i];
        for (int64_t e = p->row[i]; e < p->row[i + 1]; e++)
            if (p->column[e] != i && p->value[e] > 0) {
                column[row[i + 1]] = p->column[e];
                value[row[i + 1]++] = p->value[e];
            }
    }
    return STINT_OK;
}

/* --- to N ---------------------------------------------------------------------------------- */

stint_status affinity_normalise_sparse(affinity *a)
{
    const sparse *s = &a->sparse;
    double *value = (double *)s->value;
    int32_t *work = mem_new(a->ctx, TAG_MODEL, int32_t, s->n);
    if (!work)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < s->n; i++) {
        double degree = 0;
        for (int64_t e = s->row[i]; e < s->row[i + 1]; e++)
            degree += s->value[e];
        a->root[i] = sqrt(degree);
    }
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t e = s->row[i]; e < s->row[i + 1]; e++)
            value[e] /= a->root[i] * a->root[s->column[e]];
    a->components = sparse_components(s, a->component, work);
    mem_free(work);
    return STINT_OK;
}
