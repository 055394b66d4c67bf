#include "experiment/cluster_work.h"

#include <string.h>

/* Centres to begin from: a table with the data's columns and a row for each cluster.  Without a
 * number of clusters it has as many as there are rows. */

static stint_status take_rows(cluster_work *w, const colfile *f)
{
    cluster_columns columns;
    bool asked = false;
    for (int i = 0; i < w->run.n_settings; i++)
        asked |= strcmp(w->run.settings[i].key, "n_clusters") == 0;
    TRY(cluster_columns_named(w->ctx, &w->arena, f, w->columns.names, w->columns.d, &columns));
    if (asked && f->rows != w->n_clusters)
        return fail(w->ctx, STINT_EUSAGE,
                    "--init %s has %lld rows, but %lld clusters are asked for", w->init,
                    (long long)f->rows, (long long)w->n_clusters);
    points p = cluster_columns_points(&columns);
    TRY(points_check(w->ctx, &p, NULL));
    if (!(w->centers = mem_new(w->ctx, TAG_MODEL, double, p.n *p.d)))
        return STINT_ENOMEM;
    if (!asked) {
        stint_setting *settings = arena_new(&w->arena, stint_setting, w->run.n_settings + 1);
        char *k = arena_printf(&w->arena, "%lld", (long long)p.n);
        if (!settings || !k)
            return STINT_ENOMEM;
        for (int i = 0; i < w->run.n_settings; i++)
            settings[i] = w->run.settings[i];
        settings[w->run.n_settings] = (stint_setting){"n_clusters", k};
        w->run.settings = settings;
        w->run.n_settings++;
        w->n_clusters = p.n;
    }
    return points_read(&p, 0, p.n, w->centers);
}

stint_status cluster_read_centers(cluster_work *w)
{
    ingest_result read;
    colfile f;
    source s = {.path = w->init};
    TRY(source_open(w->ctx, &s, w->memory - w->base, 0, &read, &f));
    stint_status status =
        f.rows < 1 ? fail(w->ctx, STINT_EDATA, "--init %s has no rows", w->init) : take_rows(w, &f);
    colfile_close(&f);
    return status;
}
