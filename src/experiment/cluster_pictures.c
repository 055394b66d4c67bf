#include "experiment/cluster_pictures.h"

#include "cluster/dendrogram.h"
#include "plot/plot.h"

#include <math.h>
#include <string.h>

/* Which pictures there are follows from what is known: the plane and the silhouettes of every
 * clustering, the tree of agglomerative, the eigenvalues of spectral, the curves of a sweep. */

enum { MERGES_SHOWN = 30 };

static cluster_picture *next(cluster_work *w, cluster_pictures *p, const char *file)
{
    cluster_picture *k = &p->at[p->n++];
    k->file = file;
    str_init(&k->png, w->ctx, TAG_REPORT);
    return k;
}

/* "of 20 000 rows drawn from 1 000 000", where that is so. */
static const char *sample_note(const cluster_work *w, arena *a)
{
    int64_t shown = w->measures.rows, all = w->found->facts.n;
    return shown < all
               ? arena_printf(a, "of %lld rows drawn from %lld", (long long)shown, (long long)all)
               : NULL;
}

/* --- of every clustering ------------------------------------------------------------------------ */

static stint_status draw_plane(cluster_work *w, cluster_pictures *p)
{
    char x[64], y[64];
    const cluster_measures *m = &w->measures;
    if (!m->plane)
        return STINT_OK;
    cluster_picture *k = next(w, p, "plane.png");
    k->title = "Clusters";
    k->alt = "Rows along the first two principal components, coloured by their cluster";
    k->caption = "Rows along the first two principal components.  Clusters that lie over each "
                 "other here may be apart in the other directions.";
    str_print(x, sizeof x, "first principal component (%.3g %%)", 100 * m->shares[0]);
    str_print(y, sizeof y, "second (%.3g %%)", 100 * m->shares[1]);
    const plot_groups g = {.title = k->title,
                           .subtitle = "in brackets the share of the variance",
                           .note = sample_note(w, &p->arena),
                           .x_label = x,
                           .y_label = y,
                           .x = m->plane,
                           .y = m->plane + m->rows,
                           .group = m->labels,
                           .n = m->rows,
                           .sizes = w->found->sizes,
                           .n_groups = w->found->facts.n_clusters};
    return plot_clusters(w->ctx, &g, &k->png);
}

static stint_status draw_silhouettes(cluster_work *w, cluster_pictures *p)
{
    const cluster_measures *m = &w->measures;
    int64_t n = w->found->facts.n_clusters;
    if (isnan(m->silhouette))
        return STINT_OK;
    cluster_picture *k = next(w, p, "silhouette.png");
    k->title = "Silhouette by cluster";
    k->alt = "The mean silhouette of each cluster's rows as a bar";
    k->caption =
        "How much nearer rows are to their own cluster than to the next: 1 is far apart, 0 "
        "on the border, below 0 nearer to another.";
    const char **names = arena_new(&p->arena, const char *, n);
    for (int64_t i = 0; names && i < n; i++)
        names[i] =
            arena_printf(&p->arena, "%lld (%lld)", (long long)i, (long long)w->found->sizes[i]);
    TRY(ctx_status(w->ctx));
    const char *note = sample_note(w, &p->arena);
    const char *mean = arena_printf(&p->arena, "cluster and its rows; mean %.4f%s%s", m->silhouette,
                                    note ? ", " : "", note ? note : "");
    const plot_importances g = {.title = k->title,
                                .subtitle = mean,
                                .measure = "mean silhouette of the rows",
                                .names = names,
                                .value = m->each,
                                .n = n};
    return plot_importance(w->ctx, &g, &k->png);
}

/* --- of agglomerative --------------------------------------------------------------------------- */

/* The middle between the last merge that was made and the first that was not. */
static double cut_height(const stint_clustering *m)
{
    int64_t made = m->tree.leaves - m->facts.n_clusters;
    if (made <= 0 || made >= m->tree.merges)
        return NAN;
    return (m->tree.distances[made - 1] + m->tree.distances[made]) / 2;
}

static stint_status tree_of(cluster_work *w, const dendrogram *d, arena *a, plot_tree *t)
{
    plot_bracket *brackets = arena_new(a, plot_bracket, d->n_bars);
    const char **names = arena_new(a, const char *, d->n_leaves);
    if (!brackets || !names)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < d->n_bars; i++) {
        const dendrogram_bar *b = &d->bars[i];
        brackets[i] =
            (plot_bracket){b->left, b->right, b->left_height, b->right_height, b->height, b->label};
    }
    for (int64_t i = 0; i < d->n_leaves; i++) {
        const dendrogram_leaf *l = &d->leaves[i];
        names[i] = l->node < w->found->tree.leaves
                       ? arena_printf(a, "row %lld", (long long)l->node)
                       : arena_printf(a, "%lld rows", (long long)l->rows);
        if (!names[i])
            return STINT_ENOMEM;
    }
    t->brackets = brackets;
    t->n = d->n_bars;
    t->leaves = names;
    t->n_leaves = (int)d->n_leaves;
    return STINT_OK;
}

static stint_status draw_laid_out(cluster_work *w, cluster_pictures *p, arena *a)
{
    dendrogram d;
    const stint_clustering *m = w->found;
    TRY(dendrogram_lay_out(a, &m->tree, m->labels, MERGES_SHOWN, &d));
    cluster_picture *k = next(w, p, "dendrogram.png");
    k->title = "Dendrogram";
    k->alt = "A tree of the last merges of clusters, by the distance at which they merged";
    k->caption =
        "Each bracket is a merge, as high as the two clusters were apart.  Colours are the "
        "clusters that the cut leaves, as in the picture of the rows.";
    plot_tree t = {.title = k->title,
                   .height = "distance",
                   .cut = cut_height(m),
                   .sizes = m->sizes,
                   .n_groups = m->facts.n_clusters};
    TRY(tree_of(w, &d, a, &t));
    if (d.n_bars < m->tree.merges)
        t.note = arena_printf(a, "the last %lld of %lld merges", (long long)d.n_bars,
                              (long long)m->tree.merges);
    return plot_dendrogram(w->ctx, &t, &k->png);
}

static stint_status draw_tree(cluster_work *w, cluster_pictures *p)
{
    arena a;
    if (!w->found->distances || w->found->tree.merges < 1)
        return STINT_OK;
    arena_init(&a, w->ctx, TAG_PLOT);
    stint_status s = draw_laid_out(w, p, &a);
    arena_deinit(&a);
    return s;
}

/* --- of spectral ----------------------------------------------------------------------------------- */

static stint_status draw_eigenvalues(cluster_work *w, cluster_pictures *p)
{
    const stint_clustering *m = w->found;
    if (m->n_eigenvalues < 1)
        return STINT_OK;
    double *rank = arena_new(&p->arena, double, m->n_eigenvalues);
    if (!rank)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < m->n_eigenvalues; i++)
        rank[i] = (double)(i + 1);
    cluster_picture *k = next(w, p, "eigenvalues.png");
    k->title = "Eigenvalues";
    k->alt = "The smallest eigenvalues of the normalised Laplacian in ascending order";
    k->caption =
        "A wide gap after as many eigenvalues as there are clusters speaks for that number.";
    const plot_steps s = {.title = k->title,
                          .subtitle = "of the normalised Laplacian",
                          .x_label = "rank",
                          .y_label = "eigenvalue",
                          .x = rank,
                          .y = m->eigenvalues,
                          .n = m->n_eigenvalues,
                          .best = -1,
                          .divide = (double)m->facts.n_clusters + 0.5,
                          .divide_label = "clusters"};
    return plot_by_step(w->ctx, &s, &k->png);
}

/* --- of a sweep --------------------------------------------------------------------------------------- */

static stint_status draw_curve(cluster_work *w, cluster_pictures *p, bool inertia)
{
    int best = inertia ? w->elbow : w->best;
    double *x = arena_new(&p->arena, double, w->n_tried);
    double *y = arena_new(&p->arena, double, w->n_tried);
    if (!x || !y)
        return STINT_ENOMEM;
    for (int i = 0; i < w->n_tried; i++) {
        x[i] = (double)w->tried[i].k;
        y[i] = inertia ? w->tried[i].inertia : w->tried[i].silhouette;
    }
    cluster_picture *k = next(w, p, inertia ? "inertia.png" : "silhouettes.png");
    k->title = inertia ? "Inertia by clusters" : "Silhouette by clusters";
    k->alt = inertia ? "Inertia falling with the number of clusters"
                     : "The mean silhouette for each number of clusters";
    k->caption = inertia
                     ? "The elbow is where the curve is farthest below the line between its ends."
                     : "The clustering that was kept has the largest silhouette.";
    const plot_steps s = {.title = k->title,
                          .x_label = "clusters",
                          .y_label = inertia ? "inertia" : "mean silhouette",
                          .x = x,
                          .y = y,
                          .n = w->n_tried,
                          .best = best,
                          .best_label = best < 0 ? NULL
                                                 : arena_printf(&p->arena, "%s: %lld",
                                                                inertia ? "elbow" : "best",
                                                                (long long)w->tried[best].k),
                          .divide = NAN};
    return plot_by_step(w->ctx, &s, &k->png);
}

static stint_status draw_sweep(cluster_work *w, cluster_pictures *p)
{
    if (w->n_tried == 0)
        return STINT_OK;
    if (!isnan(w->tried[0].inertia))
        TRY(draw_curve(w, p, true));
    return draw_curve(w, p, false);
}

/* --- all ----------------------------------------------------------------------------------------------- */

stint_status cluster_pictures_draw(cluster_work *w, cluster_pictures *out)
{
    *out = (cluster_pictures){0};
    arena_init(&out->arena, w->ctx, TAG_REPORT);
    TRY(draw_plane(w, out));
    TRY(draw_tree(w, out));
    TRY(draw_silhouettes(w, out));
    TRY(draw_eigenvalues(w, out));
    return draw_sweep(w, out);
}

void cluster_pictures_free(cluster_pictures *p)
{
    for (int i = 0; i < p->n; i++)
        str_deinit(&p->at[i].png);
    arena_deinit(&p->arena);
    *p = (cluster_pictures){0};
}
