#include "experiment/cluster_work.h"

#include "base/progress.h"

#include <stdio.h>
#include <string.h>

/* One fit of the table, with progress shown and the user's stop heard. */

typedef struct watching {
    ctx *ctx;
    progress bar;
    const char *what;
    char title[96];
    int64_t k; /* of a sweep; 0 = none */
} watching;

enum { SHARES = 1000 };

static stint_status watch_fit(void *self, const char *what, double share)
{
    watching *w = self;
    if (ctx_interrupted(w->ctx))
        return fail(w->ctx, STINT_EINTERRUPT, "clustering was stopped; nothing was written");
    if (!w->what || strcmp(w->what, what) != 0) {
        if (w->what)
            progress_end(&w->bar);
        w->what = what;
        if (w->k > 0)
            snprintf(w->title, sizeof w->title, "%lld clusters: %s", (long long)w->k, what);
        else
            snprintf(w->title, sizeof w->title, "clustering: %s", what);
        progress_begin(&w->bar, w->ctx, w->title, SHARES);
    }
    progress_at(&w->bar, (int64_t)(share * SHARES));
    return STINT_OK;
}

cluster_task cluster_task_of(const cluster_work *w)
{
    static const double none[1]; /* a plan reads nothing of it */
    cluster_task t = {.centers = w->centers, .pool = w->pool, .memory = cluster_fit_memory(w)};
    if (w->pairs)
        t.pairs = (stint_pairs){.n = w->points.n, .dense = w->matrix ? w->matrix : none};
    else
        t.points = w->points;
    return t;
}

stint_status cluster_fit_table(cluster_work *w, int64_t k, stint_clustering **out)
{
    char number[32];
    watching watch = {.ctx = w->ctx, .k = k};
    stint_setting *settings = arena_new(&w->arena, stint_setting, w->run.n_settings + 1);
    if (!settings)
        return STINT_ENOMEM;
    if (w->run.n_settings > 0)
        memcpy(settings, w->run.settings, (size_t)w->run.n_settings * sizeof *settings);
    snprintf(number, sizeof number, "%lld", (long long)k);
    settings[w->run.n_settings] = (stint_setting){"n_clusters", number};
    cluster_run run = w->run;
    run.settings = settings;
    run.n_settings += k > 0;
    cluster_task task = cluster_task_of(w);
    task.watch = watch_fit;
    task.watch_self = &watch;
    stint_status s = cluster_fit(w->ctx, &run, &task, out);
    if (watch.what)
        progress_end(&watch.bar);
    return s;
}
