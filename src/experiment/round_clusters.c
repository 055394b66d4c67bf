#include "experiment/round_clusters.h"

#include "data/source.h"
#include "experiment/cluster_work.h"
#include "model/rows.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The clustering of a round: the training rows, as the features of the final fit see them.  They
 * are laid into a file of the scratch directory and mapped, so that their number does not count
 * as memory; one thread clusters them, within what the plan gave. */

#define ROWS_FILE    "cluster-rows.f64"
#define NUMBERS_FILE "cluster-numbers.i64"

/* --- what it takes -------------------------------------------------------------------------- */

static stint_status params_of(ctx *c, const config *cfg, void **out)
{
    double values[PARAM_MOST];
    grid_values(&cfg->cluster_space, 0, values);
    if (!(*out = mem_alloc(c, TAG_MODEL, cfg->cluster->size)))
        return STINT_ENOMEM;
    params_store(cfg->cluster->params, values, *out);
    return STINT_OK;
}

int64_t round_clusters_kept(const config *cfg, int64_t rows, int64_t features)
{
    double values[PARAM_MOST];
    const param *p = param_find(cfg->cluster->params, "n_clusters");
    grid_values(&cfg->cluster_space, 0, values);
    int64_t k = p ? (int64_t)values[p - cfg->cluster->params] : 0;
    return cluster_found_bytes(cfg->cluster, rows, features, k > 0 && k < rows ? k : rows);
}

void round_clusters_plan(const config *cfg, int64_t rows, int64_t features, int64_t memory,
                         round_clusters_cost *out)
{
    union {
        double align;
        char bytes[PARAM_MOST * sizeof(double)];
    } params;
    double values[PARAM_MOST];
    cluster_cost cost = {0};
    const double *none = values; /* rows in memory, of which nothing is read */
    cluster_task t = {.points = {.n = rows, .d = features, .f64 = none, .stride = features},
                      .backend = &backend_simd,
                      .memory = memory > 1 ? memory : 1};
    grid_values(&cfg->cluster_space, 0, values);
    params_store(cfg->cluster->params, values, params.bytes);
    cfg->cluster->estimate(&t, params.bytes, &cost);
    int64_t reading = rows_bytes((int)features, 4) + ROWS_BLOCK * features * 8 +
                      cluster_labels_bytes(".csv", 1) + features * 16;
    out->fit_bytes = cost.bytes;
    out->bytes = cost.bytes + reading;
    out->least_bytes = cost.least_bytes + reading;
    out->seconds = cost.seconds + (double)rows * (double)features * 4e-9;
    out->disk_bytes = rows * (features * 8 + 8 + 2 * 16) + (1 << 20);
}

/* --- the rows -------------------------------------------------------------------------------- */

typedef struct laying {
    ctx *ctx;
    const round_input *in;
    char rows_path[4200], numbers_path[4200];
    int rows_fd, numbers_fd;
    double *room; /* [ROWS_BLOCK][d] */
    int64_t n, d;
    file_map rows, numbers;
    const char **names; /* [d] */
    bool mapped, numbered;
} laying;

static stint_status lay_block(void *self, const rows_block *b)
{
    laying *l = self;
    for (int64_t j = 0; j < l->d; j++)
        for (int64_t i = 0; i < b->n; i++)
            l->room[i * l->d + j] = b->x[j * ROWS_BLOCK + i];
    TRY(file_write(l->ctx, l->rows_fd, l->rows_path, l->room,
                   (size_t)(b->n * l->d) * sizeof *l->room));
    TRY(file_write(l->ctx, l->numbers_fd, l->numbers_path, b->row, (size_t)b->n * sizeof *b->row));
    l->n += b->n;
    return STINT_OK;
}

static stint_status lay_rows(laying *l)
{
    const round_input *in = l->in;
    model_task task = {in->table, in->states, in->dir->scratch};
    rows_pass pass = {.set = in->table->split->folds,
                      .part = ROWS_TRAINING,
                      .standardise = features_scale(in->table->features) == SCALE_STANDARD};
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    l->room = mem_new(l->ctx, TAG_TABLE, double, ROWS_BLOCK * l->d);
    l->rows_fd = open(l->rows_path, flags, 0600);
    l->numbers_fd = open(l->numbers_path, flags, 0600);
    stint_status s = STINT_OK;
    if (l->rows_fd < 0 || l->numbers_fd < 0)
        s = fail_errno(l->ctx, "create", l->rows_fd < 0 ? l->rows_path : l->numbers_path);
    else if (!l->room)
        s = STINT_ENOMEM;
    if (s == STINT_OK)
        s = rows_each(l->ctx, &task, &pass, lay_block, l);
    if (l->rows_fd >= 0)
        close(l->rows_fd);
    if (l->numbers_fd >= 0)
        close(l->numbers_fd);
    mem_free(l->room);
    return s;
}

static stint_status map_rows(laying *l)
{
    TRY(map_open(l->ctx, l->rows_path, &l->rows));
    l->mapped = true;
    TRY(map_open(l->ctx, l->numbers_path, &l->numbers));
    l->numbered = true;
    if (!(l->names = mem_new(l->ctx, TAG_MODEL, const char *, l->d)))
        return STINT_ENOMEM;
    for (int64_t j = 0; j < l->d; j++)
        l->names[j] = features_name(l->in->table->features, (int)j);
    return STINT_OK;
}

static void forget_rows(laying *l)
{
    if (l->mapped)
        map_close(&l->rows);
    if (l->numbered)
        map_close(&l->numbers);
    mem_free(l->names);
    unlink(l->rows_path);
    unlink(l->numbers_path);
}

/* --- the fit ----------------------------------------------------------------------------------- */

static stint_status heed(void *self, const char *what, double share)
{
    ctx *c = self;
    (void)what;
    (void)share;
    return ctx_interrupted(c)
               ? fail(c, STINT_EINTERRUPT, "stopped; run the same command to carry on")
               : STINT_OK;
}

/* The parameters as settings, which a fit takes. */
static stint_status fit_rows(laying *l, stint_clustering **out)
{
    const config *cfg = l->in->config;
    stint_setting settings[PARAM_MOST];
    char texts[PARAM_MOST][PARAM_TEXT_SIZE];
    double values[PARAM_MOST];
    round_clusters_cost cost;
    int n = param_count(cfg->cluster->params);
    grid_values(&cfg->cluster_space, 0, values);
    for (int i = 0; i < n; i++) {
        param_text(&cfg->cluster->params[i], values[i], texts[i]);
        settings[i] = (stint_setting){cfg->cluster->params[i].name, texts[i]};
    }
    cluster_run run = {cfg->cluster, settings, n, NULL};
    round_clusters_plan(cfg, l->n, l->d, l->in->plan->cluster_bytes, &cost);
    cluster_task task = {.points = {.n = l->n,
                                    .d = l->d,
                                    .f64 = (const double *)(const void *)l->rows.at,
                                    .stride = l->d,
                                    .names = l->names},
                         .memory = cost.fit_bytes,
                         .watch = heed,
                         .watch_self = l->ctx};
    return cluster_fit(l->ctx, &run, &task, out);
}

static stint_status write_clusters(laying *l, const char *path, stint_clustering **out)
{
    TRY(lay_rows(l));
    TRY(map_rows(l));
    TRY(fit_rows(l, out));
    return cluster_columns_write(l->ctx, path, (const int64_t *)(const void *)l->numbers.at,
                                 (*out)->labels, l->n);
}

stint_status round_write_clusters(ctx *c, const round_input *in, const char *path,
                                  stint_clustering **out)
{
    laying l = {.ctx = c, .in = in, .rows_fd = -1, .numbers_fd = -1, .d = in->table->n_features};
    *out = NULL;
    snprintf(l.rows_path, sizeof l.rows_path, "%s/" ROWS_FILE, in->dir->scratch);
    snprintf(l.numbers_path, sizeof l.numbers_path, "%s/" NUMBERS_FILE, in->dir->scratch);
    stint_status s = write_clusters(&l, path, out);
    forget_rows(&l);
    return s;
}

stint_status round_check_clusters(ctx *c, const config *cfg, const table *t)
{
    void *params;
    TRY(params_of(c, cfg, &params));
    cluster_task task = {.points = {.n = split_train_rows(t->split, t->split->folds),
                                    .d = t->n_features,
                                    .stride = t->n_features}};
    stint_status s = cfg->cluster->check ? cfg->cluster->check(c, &task, params) : STINT_OK;
    mem_free(params);
    return s;
}

/* --- what is said ---------------------------------------------------------------------------------- */

/* Only what neither memory nor processor decides. */
void round_emit_clusters(const stint_clustering *m, json_out *j)
{
    const stint_cluster_facts *f = &m->facts;
    emit_object(j, "clusters");
    emit_string(j, "method", f->method);
    emit_string(j, "title", m->class->title);
    emit_int(j, "rows", f->n);
    emit_int(j, "features", f->d);
    emit_int(j, "clusters", f->n_clusters);
    emit_array(j, "sizes");
    for (int64_t i = 0; i < f->n_clusters && i < ROUND_CLUSTERS_SHOWN; i++)
        emit_int(j, NULL, m->sizes[i]);
    emit_array_end(j);
    if (!isnan(f->inertia))
        emit_double(j, "inertia", f->inertia);
    emit_int(j, "iterations", f->iterations);
    emit_bool(j, "converged", f->converged);
    emit_bool(j, "ambiguous", f->ambiguous);
    emit_string(j, "notes", f->notes);
    emit_object_end(j);
}
