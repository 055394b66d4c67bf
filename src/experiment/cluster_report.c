#include "experiment/cluster_pictures.h"

#include "report/cluster_page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The report: DIR.tmp is filled, synced and renamed, so that DIR is whole or not there.
 *
 *     index.html      the page, with what was measured
 *     labels.csv      row and label
 *     cluster.json    what was found; nothing that another run would measure otherwise
 *     plane.png …     the page's pictures
 *
 * A directory is ours when it holds nothing but files of these names; any other is left alone. */

#define FIGURES "cluster.json"
#define PAGE    "index.html"
#define LABELS  "labels.csv"
#define LOCK    ".lock"

/* --- whose directory it is ------------------------------------------------------------------- */

typedef struct listing {
    const char *foreign; /* the first name that is not ours */
    char name[256];
    bool any;
} listing;

static stint_status list_name(void *self, const char *name, bool is_dir)
{
    static const char *const ours[] = {FIGURES,
                                       PAGE,
                                       LABELS,
                                       LOCK,
                                       "plane.png",
                                       "silhouette.png",
                                       "dendrogram.png",
                                       "eigenvalues.png",
                                       "inertia.png",
                                       "silhouettes.png",
                                       NULL};
    listing *l = self;
    size_t n = strlen(name);
    int i = 0;
    l->any = true;
    if (n > 4 && strcmp(name + n - 4, ".tmp") == 0)
        n -= 4; /* a stopped run's file */
    while (ours[i] && (strlen(ours[i]) != n || strncmp(ours[i], name, n) != 0))
        i++;
    if ((is_dir || !ours[i]) && !l->foreign) {
        snprintf(l->name, sizeof l->name, "%s", name);
        l->foreign = l->name;
    }
    return STINT_OK;
}

static stint_status check_ours(ctx *c, const char *dir)
{
    listing l = {0};
    if (!file_exists(dir))
        return STINT_OK;
    TRY(dir_list(c, dir, list_name, &l));
    if (l.foreign)
        return fail(c, STINT_EUSAGE,
                    "%s holds \"%s\", which no report made; name another directory", dir,
                    l.foreign);
    return STINT_OK;
}

typedef struct places {
    char dir[4000], tmp[4096], aside[4096], lock[4200];
} places;

/* Slashes at the end would put DIR.tmp inside it. */
static stint_status name_places(ctx *c, const char *dir, places *p)
{
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/')
        n--;
    if (n == 0 || n >= sizeof p->dir)
        return fail(c, STINT_EUSAGE, "--report: the name is %s", n ? "too long" : "empty");
    snprintf(p->dir, sizeof p->dir, "%.*s", (int)n, dir);
    if (strcmp(path_name(p->dir), ".") == 0 || strcmp(path_name(p->dir), "..") == 0 ||
        strcmp(p->dir, "/") == 0)
        return fail(c, STINT_EUSAGE, "--report %s: name a directory of its own", dir);
    snprintf(p->tmp, sizeof p->tmp, "%s.tmp", p->dir);
    snprintf(p->aside, sizeof p->aside, "%s-removed.tmp", p->dir);
    snprintf(p->lock, sizeof p->lock, "%s/" LOCK, p->tmp);
    return STINT_OK;
}

stint_status cluster_report_check(ctx *c, const char *dir)
{
    places p;
    TRY(name_places(c, dir, &p));
    TRY(check_ours(c, p.dir));
    TRY(check_ours(c, p.tmp));
    return check_ours(c, p.aside);
}

/* --- the page ----------------------------------------------------------------------------------- */

enum { FACTS_MOST = 16, TILES_MOST = 6 };

typedef struct page {
    cluster_work *work;
    arena arena;
    report_fact tiles[TILES_MOST], facts[FACTS_MOST], run[FACTS_MOST];
    report_picture pictures[CLUSTER_PICTURES_MOST];
    report_clustering r;
    int n_run;
} page;

static void add_tile(page *p, const char *name, const char *value, const char *note)
{
    if (value && p->r.n_tiles < TILES_MOST)
        p->tiles[p->r.n_tiles++] = (report_fact){name, value, note};
}

static void add_fact(page *p, const char *name, const char *value, const char *note)
{
    if (value && p->r.n_facts < FACTS_MOST)
        p->facts[p->r.n_facts++] = (report_fact){name, value, note};
}

static void add_run(page *p, const char *name, const char *value, const char *note)
{
    if (value && p->n_run < FACTS_MOST)
        p->run[p->n_run++] = (report_fact){name, value, note};
}

static const char *count_text(page *p, int64_t n)
{
    return arena_printf(&p->arena, "%lld", (long long)n);
}

static void fill_tiles(page *p)
{
    const cluster_work *w = p->work;
    const stint_cluster_facts *f = &w->found->facts;
    const cluster_measures *m = &w->measures;
    const char *sample = m->rows < f->n ? arena_printf(&p->arena, "of %lld rows drawn from %lld",
                                                       (long long)m->rows, (long long)f->n)
                                        : "mean over all rows, euclidean, -1 to 1";
    add_tile(p, "Clusters", count_text(p, f->n_clusters), NULL);
    add_tile(p, "Silhouette",
             isnan(m->silhouette) ? "–" : arena_printf(&p->arena, "%.4f", m->silhouette), sample);
    if (!isnan(f->inertia))
        add_tile(p, "Inertia", arena_printf(&p->arena, "%.8g", f->inertia),
                 "squared distances to the centres, summed");
    if (w->found->n_eigenvalues > 0)
        add_tile(p, "Residual", arena_printf(&p->arena, "%.2g", f->residual),
                 "of the eigenvectors, the largest");
    add_tile(p, "Rows", count_text(p, f->n),
             arena_printf(&p->arena, "of %lld columns", (long long)f->d));
}

static void fill_facts(page *p)
{
    const cluster_work *w = p->work;
    const stint_cluster_facts *f = &w->found->facts;
    add_fact(p, "converged", f->converged ? "yes" : "no", NULL);
    if (f->ambiguous)
        add_fact(p, "ambiguous", "yes", "another number of clusters fits as well");
    if (f->iterations > 0)
        add_fact(p, "iterations", count_text(p, f->iterations), NULL);
    if (f->components > 0)
        add_fact(p, "connected components", count_text(p, f->components), NULL);
    if (w->measures.plane)
        add_fact(p, "variance in the plane drawn",
                 arena_printf(&p->arena, "%.3g %%",
                              100 * (w->measures.shares[0] + w->measures.shares[1])),
                 NULL);
    p->r.facts = p->facts;
}

static void fill_run(page *p)
{
    const cluster_work *w = p->work;
    const stint_cluster_facts *f = &w->found->facts;
    char text[STR_SIZE_SIZE];
    add_run(p, "data", w->request->data, NULL);
    add_run(p, "content", w->ingested.fingerprint, "XXH3-128 of its columns");
    for (int i = 0; i < w->run.n_settings; i++)
        add_run(p, w->run.settings[i].key,
                w->run.settings[i].value ? w->run.settings[i].value : "true", NULL);
    add_run(p, "variant", f->variant, NULL);
    add_run(p, "device", f->device, NULL);
    add_run(p, "chosen because", f->why, NULL);
    add_run(p, "memory of the fit", arena_strdup(&p->arena, str_format_bytes(text, f->peak_bytes)),
            NULL);
    add_run(p, "memory allowed", arena_strdup(&p->arena, str_format_bytes(text, w->memory)),
            "over all processes");
    add_run(p, "time",
            arena_strdup(&p->arena, str_format_seconds(text, clock_seconds() - w->began)), NULL);
    add_run(p, "version", stint_version(), NULL);
    p->r.reproduce = (report_reproduce){
        .command = w->request->command_line, .facts = p->run, .n_facts = p->n_run};
}

static int by_rows(const void *a, const void *b)
{
    const report_cluster *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows < y->rows ? 1 : -1;
    return x->number < y->number ? -1 : 1;
}

static stint_status fill_clusters(page *p)
{
    const cluster_work *w = p->work;
    int64_t n = w->found->facts.n_clusters;
    report_cluster *all = arena_new(&p->arena, report_cluster, n);
    if (!all)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < n; i++)
        all[i] = (report_cluster){i, w->found->sizes[i], w->measures.each[i]};
    qsort(all, (size_t)n, sizeof *all, by_rows);
    p->r.clusters = all;
    p->r.n_clusters = n;
    p->r.n_shown = n < REPORT_CLUSTERS ? n : REPORT_CLUSTERS;
    return STINT_OK;
}

static stint_status fill_sweep(page *p)
{
    const cluster_work *w = p->work;
    report_tried *tried = arena_new(&p->arena, report_tried, w->n_tried + 1);
    if (!tried)
        return STINT_ENOMEM;
    for (int i = 0; i < w->n_tried; i++) {
        const char *mark = i == w->best && i == w->elbow ? "best silhouette, elbow"
                           : i == w->best                ? "best silhouette"
                           : i == w->elbow               ? "elbow"
                                                         : NULL;
        tried[i] = (report_tried){w->tried[i].k, w->tried[i].inertia, w->tried[i].silhouette, mark};
    }
    p->r.tried = tried;
    p->r.n_tried = w->n_tried;
    return STINT_OK;
}

static const char *lead_text(page *p)
{
    const cluster_work *w = p->work;
    const stint_clustering *m = w->found;
    int64_t least = INT64_MAX, most = 0;
    for (int64_t i = 0; i < m->facts.n_clusters; i++) {
        least = m->sizes[i] < least ? m->sizes[i] : least;
        most = m->sizes[i] > most ? m->sizes[i] : most;
    }
    return arena_printf(&p->arena, "%s finds %lld cluster%s of %lld to %lld rows%s.",
                        m->class->title, (long long)m->facts.n_clusters,
                        m->facts.n_clusters == 1 ? "" : "s", (long long)least, (long long)most,
                        w->n_tried ? "; of the numbers tried, that with the largest silhouette"
                                   : "");
}

static stint_status fill_page(page *p, const cluster_pictures *drawn)
{
    char now[32];
    clock_text(now);
    p->r = (report_clustering){.name = path_name(p->work->request->data),
                               .subtitle = arena_strdup(&p->arena, now),
                               .method = p->work->class->title,
                               .lead = lead_text(p),
                               .notes = p->work->found->facts.notes,
                               .tiles = p->tiles,
                               .pictures = p->pictures,
                               .n_pictures = drawn->n};
    for (int i = 0; i < drawn->n; i++) {
        const cluster_picture *k = &drawn->at[i];
        p->pictures[i] = (report_picture){.title = k->title,
                                          .alt = k->alt,
                                          .caption = k->caption,
                                          .png = k->png.at,
                                          .png_bytes = k->png.len};
    }
    fill_tiles(p);
    fill_facts(p);
    fill_run(p);
    TRY(fill_clusters(p));
    TRY(fill_sweep(p));
    return ctx_status(p->work->ctx);
}

static stint_status write_page(cluster_work *w, const char *dir, const cluster_pictures *drawn)
{
    page p = {.work = w};
    str text;
    arena_init(&p.arena, w->ctx, TAG_REPORT);
    str_init(&text, w->ctx, TAG_REPORT);
    stint_status s = fill_page(&p, drawn);
    if (s == STINT_OK)
        s = report_clustering_html(&p.r, &text);
    if (s == STINT_OK)
        s = file_write_str(w->ctx, dir, PAGE, &text);
    str_deinit(&text);
    arena_deinit(&p.arena);
    return s;
}

/* --- the directory -------------------------------------------------------------------------------- */

static stint_status write_pictures(cluster_work *w, const char *dir)
{
    cluster_pictures drawn;
    stint_status s = cluster_pictures_draw(w, &drawn);
    for (int i = 0; s == STINT_OK && i < drawn.n; i++)
        s = file_write_str(w->ctx, dir, drawn.at[i].file, &drawn.at[i].png);
    if (s == STINT_OK)
        s = write_page(w, dir, &drawn);
    cluster_pictures_free(&drawn);
    return s;
}

static stint_status fill_directory(cluster_work *w, const char *dir)
{
    char labels[4200];
    str text;
    snprintf(labels, sizeof labels, "%s/" LABELS, dir);
    TRY(cluster_labels_write(w, labels));
    TRY(write_pictures(w, dir));
    str_init(&text, w->ctx, TAG_REPORT);
    cluster_say_json(w, false, &text);
    stint_status s = file_write_str(w->ctx, dir, FIGURES, &text);
    str_deinit(&text);
    return s;
}

/* The older report goes out of its name first, so that no moment shows half of one. */
static stint_status put_in_place(ctx *c, const places *p)
{
    TRY(dir_sync(c, p->tmp));
    if (file_exists(p->dir)) {
        TRY(dir_remove(c, p->aside));
        TRY(dir_rename(c, p->dir, p->aside));
    }
    TRY(dir_rename(c, p->tmp, p->dir));
    return dir_remove(c, p->aside);
}

stint_status cluster_report_write(cluster_work *w, const char *dir)
{
    places p;
    int lock;
    TRY(name_places(w->ctx, dir, &p));
    TRY(cluster_report_check(w->ctx, dir));
    if (lock_is_held(p.lock))
        return fail(w->ctx, STINT_EBUSY, "%s is being made by another run", p.dir);
    TRY(dir_remove(w->ctx, p.tmp));
    TRY(dir_make(w->ctx, p.tmp));
    TRY(lock_take(w->ctx, p.lock, &lock));
    stint_status s = fill_directory(w, p.tmp);
    if (s == STINT_OK && unlink(p.lock) != 0)
        s = fail_errno(w->ctx, "remove", p.lock);
    if (s == STINT_OK)
        s = put_in_place(w->ctx, &p);
    else
        (void)dir_remove(w->ctx, p.tmp); /* the failure that is recorded is the one to tell */
    lock_drop(lock);
    return s;
}
