#include "cluster/agglomerative_way.h"
#include "cluster/chain_pairs.h"
#include "cluster/chain_ward.h"
#include "cluster/dendrogram_order.h"
#include "cluster/linkage_graph.h"
#include "cluster/mst_prim.h"

#include <math.h>
#include <stdio.h>

/* Agglomerative clustering: every row a cluster, the two nearest merge, until one is left; the tree
 * is cut where there are n_clusters, or below the threshold.  What finds the merges depends on the
 * linkage, a graph, and the memory; the merges do not. */

static const char *const linkages[] = {"ward", "complete", "average", "single", NULL};
static const char *const metrics[] = {"euclidean", "manhattan", "cosine", "precomputed", NULL};

static const param agglomerative_params[] = {
    PARAM_INT(agglomerative, n_clusters, 2, 0, LINKAGE_MOST_ROWS,
              "clusters to find; 0 = as many as the threshold leaves"),
    PARAM_F64(agglomerative, distance_threshold, -1, -1, 1e300,
              "clusters at this distance or farther do not merge; -1 = none"),
    PARAM_CHOICE(agglomerative, linkage, LINKAGE_WARD, linkages,
                 "distance of clusters: the growth of their variance, or the largest, mean or "
                 "smallest of their rows' distances"),
    PARAM_CHOICE(agglomerative, metric, METRIC_EUCLIDEAN, metrics,
                 "distance of rows; ward takes euclidean alone"),
    PARAM_INT(agglomerative, connectivity, 0, 0, 1 << 20,
              "merge along the graph of so many nearest neighbours; 0 = any two"),
    PARAM_END};

/* --- what is asked ------------------------------------------------------------------------- */

static linkage_run run_of(ctx *c, const cluster_task *t, const agglomerative *p)
{
    bool given = agglomerative_is_given(t);
    const kernel_class *k = t->backend ? t->backend->kernel() : kernel();
    return (linkage_run){.ctx = c,
                         .task = t,
                         .linkage = (linkage)p->linkage,
                         .metric = given ? METRIC_PRECOMPUTED : (linkage_metric)p->metric,
                         .kernel = k,
                         .apart = apart_of(k),
                         .pool = t->backend && !t->backend->threads ? NULL : t->pool,
                         .n = cluster_rows(t),
                         .d = given ? 0 : t->points.d};
}

static stint_status check_source(ctx *c, const cluster_task *t, const agglomerative *p)
{
    bool graph = t->pairs.n > 0 && t->pairs.row;
    if (agglomerative_is_given(t) && t->points.n > 0)
        return fail(c, STINT_EUSAGE, "agglomerative takes points or their distances, not both");
    if ((linkage_metric)p->metric == METRIC_PRECOMPUTED && !agglomerative_is_given(t))
        return fail(c, STINT_EUSAGE, "metric precomputed needs a dense matrix of distances");
    if (graph && t->points.n != t->pairs.n)
        return fail(c, STINT_EUSAGE,
                    "a sparse matrix says which rows may merge: it needs points, as many as it "
                    "has rows (%lld), not %lld",
                    (long long)t->pairs.n, (long long)t->points.n);
    if (graph && p->connectivity > 0)
        return fail(c, STINT_EUSAGE, "connectivity %g, but a graph is given: one of the two",
                    p->connectivity);
    return STINT_OK;
}

static stint_status check_sizes(ctx *c, const linkage_run *r, const agglomerative *p)
{
    long long n = (long long)r->n;
    if (n > LINKAGE_MOST_ROWS)
        return fail(c, STINT_EDATA, "agglomerative takes at most %d rows, not %lld",
                    LINKAGE_MOST_ROWS, n);
    if (p->n_clusters > (double)n)
        return fail(c, STINT_EUSAGE, "n_clusters is %.0f, but there %s %lld row%s", p->n_clusters,
                    n == 1 ? "is" : "are", n, n == 1 ? "" : "s");
    if (p->connectivity > 0 && p->connectivity >= (double)n)
        return fail(c, STINT_EUSAGE, "connectivity is %.0f, but a row has %lld others",
                    p->connectivity, n - 1);
    if (agglomerative_has_graph(r->task, p) &&
        linkage_graph_most(r, (int64_t)p->connectivity) > INT32_MAX / 2)
        return fail(c, STINT_EUSAGE, "agglomerative: the graph has too many edges");
    return STINT_OK;
}

static stint_status agglomerative_check(ctx *c, const cluster_task *t, const void *params)
{
    const agglomerative *p = params;
    linkage_run r = run_of(c, t, p);
    if ((p->n_clusters > 0) == (p->distance_threshold >= 0))
        return fail(c, STINT_EUSAGE,
                    "exactly one of n_clusters and distance_threshold: n_clusters is %.0f (0 = by "
                    "the threshold), distance_threshold %g (-1 = none)",
                    p->n_clusters, p->distance_threshold);
    TRY(check_source(c, t, p));
    if (r.linkage == LINKAGE_WARD && r.metric != METRIC_EUCLIDEAN)
        return fail(c, STINT_EUSAGE,
                    "linkage ward works with euclidean distances of points alone, not with metric "
                    "%s",
                    metrics[r.metric]);
    return check_sizes(c, &r, p);
}

/* --- what is given ------------------------------------------------------------------------- */

static stint_status check_dense(ctx *c, const stint_pairs *p)
{
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t j = i + 1; j < p->n; j++) {
            double x = p->dense[i * p->n + j];
            if (!(x >= 0 && x < INFINITY))
                return fail(c, STINT_EDATA, "row %lld, column %lld: %g is no distance",
                            (long long)i, (long long)j, x);
        }
    return STINT_OK;
}

static stint_status check_sparse(ctx *c, const stint_pairs *p)
{
    bool well = p->row[0] == 0;
    for (int64_t i = 0; i < p->n; i++) {
        well = well && p->row[i + 1] >= p->row[i];
        for (int64_t at = p->row[i]; well && at < p->row[i + 1]; at++)
            well = p->column[at] >= 0 && p->column[at] < p->n &&
                   (at == p->row[i] || p->column[at] > p->column[at - 1]);
        if (!well)
            return fail(c, STINT_EDATA,
                        "row %lld of the graph: its columns do not ascend from 0 "
                        "to %lld",
                        (long long)i, (long long)p->n - 1);
    }
    return STINT_OK;
}

static stint_status check_values(const linkage_run *r)
{
    const cluster_task *t = r->task;
    if (agglomerative_is_given(t))
        return check_dense(r->ctx, &t->pairs);
    if (t->pairs.n > 0)
        TRY(check_sparse(r->ctx, &t->pairs));
    return points_check(r->ctx, &t->points, r->pool);
}

/* --- the estimate -------------------------------------------------------------------------- */

/* Operations a second, vectors and all, of a slow core. */
static const double SLOW_CORE = 4e9;

static void agglomerative_estimate(const cluster_task *t, const void *params, cluster_cost *out)
{
    const agglomerative *p = params;
    linkage_run r = run_of(NULL, t, p);
    agglomerative_way w = agglomerative_way_of(&r, p);
    *out = (cluster_cost){.bytes = w.bytes,
                          .least_bytes = w.least,
                          .seconds = w.operations / SLOW_CORE,
                          .variant = w.variant};
    snprintf(out->why, sizeof out->why, "%s", w.why);
    if (w.whole > 0) {
        char whole[STR_SIZE_SIZE];
        str_format_bytes(whole, w.whole);
        snprintf(out->knob, sizeof out->knob, "with memory %s: about %.3g s instead of %.3g s",
                 whole, w.whole_operations / SLOW_CORE, out->seconds);
    }
}

/* --- notes --------------------------------------------------------------------------------- */

static void note_graph(const linkage_graph *g, stint_clustering *out)
{
    out->facts.components = g->components;
    if (g->components > 1)
        cluster_note(out, "the graph has %lld components; %lld edges between nearest rows join %s",
                     (long long)g->components, (long long)g->added,
                     g->added == g->components * (g->components - 1) / 2
                         ? "every two of them"
                         : "them along a minimum spanning tree");
}

static void note_falls(stint_clustering *out)
{
    int64_t falls = 0;
    for (int64_t i = 1; i < out->tree.merges; i++)
        falls += out->distances[i] < out->distances[i - 1];
    if (falls > 0)
        cluster_note(out,
                     "%lld merges are at a smaller distance than the one before, as a graph may "
                     "have it: merges are in the order in which they were made",
                     (long long)falls);
}

/* Heights that differ by rounding alone count as equal. */
static void note_ties(int64_t clusters, stint_clustering *out)
{
    int64_t first = out->tree.merges - (clusters - 1); /* that is undone */
    if (clusters < 2 || first < 1)
        return;
    double below = out->distances[first - 1], above = out->distances[first];
    if (fabs(above - below) <= 1e-13 * above)
        cluster_note(out,
                     "the cut into %lld clusters passes between merges at the same distance "
                     "(%.6g): which of them is done was decided by the order of the rows",
                     (long long)clusters, above);
}

/* --- the fit ------------------------------------------------------------------------------- */

static stint_status merge_along_graph(linkage_run *r, const agglomerative *p, stint_clustering *out)
{
    linkage_graph g;
    r->base = 0.5;
    stint_status s = linkage_graph_open(&g, r, (int64_t)p->connectivity);
    if (s == STINT_OK)
        s = linkage_contract(r, &g);
    if (s == STINT_OK)
        note_graph(&g, out);
    linkage_graph_close(&g);
    return s;
}

static stint_status merge_all(linkage_run *r, const agglomerative *p, stint_clustering *out)
{
    if (r->n == 1)
        return STINT_OK;
    if (agglomerative_has_graph(r->task, p))
        return merge_along_graph(r, p, out);
    if (r->linkage == LINKAGE_SINGLE)
        return r->metric == METRIC_PRECOMPUTED ? mst_prim_given(r) : mst_prim(r);
    if (r->linkage == LINKAGE_WARD)
        return chain_ward(r);
    return chain_pairs(r, agglomerative_way_of(r, p).kept);
}

static stint_status find_merges(linkage_run *r, const agglomerative *p, stint_clustering *out)
{
    r->merges = mem_new(r->ctx, TAG_MODEL, linkage_merge, r->n);
    stint_status s = r->merges ? merge_all(r, p, out) : STINT_ENOMEM;
    if (s == STINT_OK)
        s = dendrogram_order(r, !agglomerative_has_graph(r->task, p), out);
    mem_free(r->merges);
    return s;
}

static stint_status agglomerative_fit(ctx *c, const cluster_task *t, const void *params,
                                      stint_clustering *out)
{
    const agglomerative *p = params;
    linkage_run r = run_of(c, t, p);
    out->facts.n = r.n;
    out->facts.d = r.d;
    out->facts.variant = agglomerative_way_of(&r, p).variant;
    out->facts.converged = true;
    TRY(check_values(&r));
    TRY(cluster_at(t, "merges", 0));
    TRY(find_merges(&r, p, out));
    int64_t clusters = p->n_clusters > 0 ? (int64_t)p->n_clusters
                                         : dendrogram_clusters(out, p->distance_threshold);
    TRY(dendrogram_cut(c, clusters, out));
    out->facts.iterations = out->tree.merges;
    note_falls(out);
    note_ties(clusters, out);
    return cluster_at(t, "merges", 1);
}

const cluster_class cluster_agglomerative = {
    .name = "agglomerative",
    .title = "agglomerative clustering",
    .help =
        "a tree of clusters, the nearest two merged at every step, cut into n_clusters or below "
        "a distance",
    .size = sizeof(agglomerative),
    .params = agglomerative_params,
    .takes_pairs = true,
    .check = agglomerative_check,
    .estimate = agglomerative_estimate,
    .fit = agglomerative_fit,
};
