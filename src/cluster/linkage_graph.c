#include "cluster/linkage_graph.h"

#include "cluster/linkage_rows.h"
#include "cluster/near_rows.h"

#include <math.h>

void linkage_edge_add(linkage_graph *g, int64_t a, int64_t b)
{
    g->edge[g->edges][0] = (int32_t)(a < b ? a : b);
    g->edge[g->edges++][1] = (int32_t)(a < b ? b : a);
}

stint_status linkage_edges_room(linkage_graph *g, int64_t more)
{
    g->room = g->edges + more;
    size_t bytes = (size_t)(g->room + 1) * sizeof *g->edge;
    void *made = g->edge ? mem_resize(g->run->ctx, TAG_MODEL, g->edge, bytes)
                         : mem_alloc(g->run->ctx, TAG_MODEL, bytes);
    if (made)
        g->edge = made;
    return made ? STINT_OK : STINT_ENOMEM;
}

/* --- components ---------------------------------------------------------------------------- */

static int32_t find(int32_t *parent, int32_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

/* component [n], numbered by their first rows. */
static int64_t components(const linkage_graph *g, int32_t *component)
{
    int64_t n = g->run->n, count = 0;
    for (int64_t i = 0; i < n; i++)
        component[i] = (int32_t)i;
    for (int64_t e = 0; e < g->edges; e++) {
        int32_t a = find(component, g->edge[e][0]), b = find(component, g->edge[e][1]);
        component[a > b ? a : b] = a > b ? b : a;
    }
    for (int32_t i = 0; i < n; i++) /* roots are their first rows: a row looks at lower ones */
        component[i] = component[i] == i ? -1 - (int32_t)count++ : component[i];
    for (int32_t i = 0; i < n; i++) {
        int32_t at = i;
        while (component[at] >= 0)
            at = component[at];
        component[i] = component[at];
    }
    for (int64_t i = 0; i < n; i++)
        component[i] = -1 - component[i];
    return count;
}

typedef struct joining {
    linkage_graph *graph;
    linkage_rows rows;
    int32_t *component; /* [n] */
    int32_t *from;      /* [n] the row that a component or row is nearest to */
    int32_t *to;
    double *nearest; /* [n] */
    double *apart;   /* [panels * 16] of one row */
    double *q;
} joining;

static stint_status look_at(joining *j, int64_t row)
{
    const linkage_rows *r = &j->rows;
    linkage_rows_take(r, row, j->q);
    linkage_rows_apart(r, row, j->q, 0, r->panels, j->apart);
    return linkage_did(r->run, (double)r->n * (double)(3 * r->d + 4));
}

/* The nearest rows of every two components. */
static stint_status join_each(joining *j, int64_t count)
{
    int64_t n = j->graph->run->n;
    for (int32_t c = 1; c < count; c++) {
        for (int64_t i = 0; i < c; i++)
            j->nearest[i] = NAN;
        for (int64_t row = 0; row < n; row++) {
            if (j->component[row] != c)
                continue;
            TRY(look_at(j, row));
            for (int64_t i = 0; i < n; i++) {
                int32_t other = j->component[i];
                if (other >= c || j->apart[i] >= j->nearest[other])
                    continue;
                j->nearest[other] = j->apart[i];
                j->from[other] = (int32_t)row;
                j->to[other] = (int32_t)i;
            }
        }
        for (int64_t i = 0; i < c; i++)
            linkage_edge_add(j->graph, j->from[i], j->to[i]);
    }
    return STINT_OK;
}

/* Prim's tree over components: the rows of one that joins all join, each looking for what is
 * nearer to it.  A row that is in has component -1. */
static stint_status join_tree(joining *j, int64_t count)
{
    int64_t n = j->graph->run->n;
    for (int64_t i = 0; i < n; i++)
        j->nearest[i] = NAN;
    for (int32_t c = 0; count > 1; count--) {
        for (int64_t row = 0; row < n; row++) {
            if (j->component[row] != c)
                continue;
            TRY(look_at(j, row));
            for (int64_t i = 0; i < n; i++)
                if (j->component[i] >= 0 && !(j->apart[i] >= j->nearest[i])) {
                    j->nearest[i] = j->apart[i];
                    j->from[i] = (int32_t)row;
                }
        }
        int64_t best = -1;
        for (int64_t i = 0; i < n; i++) {
            j->component[i] = j->component[i] == c ? -1 : j->component[i];
            if (j->component[i] >= 0 && (best < 0 || j->nearest[i] < j->nearest[best]))
                best = i;
        }
        linkage_edge_add(j->graph, j->from[best], best);
        c = j->component[best];
    }
    return STINT_OK;
}

static stint_status join_components(joining *j)
{
    linkage_graph *g = j->graph;
    int64_t n = g->run->n, count = g->components, before = g->edges;
    bool each = count * (count - 1) / 2 <= g->edges;
    TRY(linkage_rows_open(&j->rows, g->run));
    TRY(linkage_edges_room(g, each ? count * (count - 1) / 2 : count - 1));
    j->from = mem_new(g->run->ctx, TAG_MODEL, int32_t, n);
    j->to = mem_new(g->run->ctx, TAG_MODEL, int32_t, n);
    j->nearest = mem_new(g->run->ctx, TAG_MODEL, double, n);
    j->apart = mem_new(g->run->ctx, TAG_MODEL, double, linkage_panels(n) * APART_PANEL);
    j->q = mem_new(g->run->ctx, TAG_MODEL, double, g->run->d + 1);
    if (!j->from || !j->to || !j->nearest || !j->apart || !j->q)
        return STINT_ENOMEM;
    TRY(each ? join_each(j, count) : join_tree(j, count));
    g->added = g->edges - before;
    return STINT_OK;
}

stint_status linkage_join_components(linkage_graph *g)
{
    joining j = {.graph = g};
    j.component = mem_new(g->run->ctx, TAG_MODEL, int32_t, g->run->n);
    if (!j.component)
        return STINT_ENOMEM;
    g->components = components(g, j.component);
    stint_status s = g->components > 1 ? join_components(&j) : STINT_OK;
    linkage_rows_close(&j.rows);
    mem_free(j.component);
    mem_free(j.from);
    mem_free(j.to);
    mem_free(j.nearest);
    mem_free(j.apart);
    mem_free(j.q);
    return s;
}

/* --- the whole ----------------------------------------------------------------------------- */

stint_status linkage_graph_open(linkage_graph *g, linkage_run *r, int64_t k)
{
    *g = (linkage_graph){.run = r, .k = k};
    TRY(linkage_neighbours(g));
    return linkage_join_components(g);
}

void linkage_graph_close(linkage_graph *g)
{
    mem_free(g->edge);
}

static int64_t edges_most(const linkage_run *r, int64_t k)
{
    return k > 0 ? r->n * k : r->task->pairs.row[r->n];
}

int64_t linkage_graph_most(const linkage_run *r, int64_t k)
{
    int64_t edges = edges_most(r, k);
    return edges + (edges > r->n ? edges : r->n);
}

/* Edges grow in a copy; beside them the lists of neighbours and their search, or what joins
 * components. */
int64_t linkage_graph_bytes(const linkage_run *r, int64_t k)
{
    int64_t n = r->n;
    int64_t lists = mem_cost((size_t)(n * k) * 4) + mem_cost((size_t)k * 8) +
                    near_rows_bytes(n, r->d, k + 1, NEIGHBOUR_COSINE);
    int64_t joining =
        linkage_rows_bytes(n, r->d) + 3 * mem_cost((size_t)n * 4) + mem_cost((size_t)n * 8) +
        mem_cost((size_t)(linkage_panels(n) * APART_PANEL) * 8) + mem_cost((size_t)(r->d + 1) * 8);
    return mem_cost((size_t)(linkage_graph_most(r, k) + 1) * 8) +
           mem_cost((size_t)(edges_most(r, k) + 1) * 8) + (lists > joining ? lists : joining);
}
