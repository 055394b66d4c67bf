#include "model/moments.h"

#include "base/fault.h"
#include "kernel/kernel.h"
#include "model/rows.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A group's file is its parts' moments one after another.  It lives in the run's scratch
 * directory, is made again after a crash, and so needs neither fsync nor checksum.
 *
 * Within a chunk, each part takes two passes over its own rows: means, then cross products
 * of centred tiles.  Parts are the parallel items: each has an accumulator of its own, so
 * the number of threads changes nothing. */

#define TILE_ROWS 128

int64_t moments_doubles(int columns)
{
    int64_t ld = kernel_pad(columns);
    return KERNEL_LANES + ld + ld * ld;
}

moments moments_at(double *at, int columns)
{
    int64_t ld = kernel_pad(columns);
    return (moments){columns, ld, at, at + KERNEL_LANES, at + KERNEL_LANES + ld};
}

/* With s = mean_b - mean_a and n = n_a + n_b:
 *   m2 = m2_a + m2_b + s s' n_a n_b / n,   mean = mean_a + s n_b / n */
void moments_merge(moments *a, const moments *b)
{
    double n = *a->n + *b->n;
    if (*b->n == 0)
        return;
    double weight = *a->n * *b->n / n, share = *b->n / n;
    for (int i = 0; i < a->columns; i++) {
        double si = b->mean[i] - a->mean[i];
        for (int j = i; j < a->columns; j++)
            a->m2[i * a->ld + j] += b->m2[i * a->ld + j] + si * (b->mean[j] - a->mean[j]) * weight;
    }
    for (int i = 0; i < a->columns; i++)
        a->mean[i] += (b->mean[i] - a->mean[i]) * share;
    *a->n = n;
}

/* --- one chunk, one part ---------------------------------------------------------------- */

typedef struct gather_scratch {
    int32_t *rows; /* [COLFILE_CHUNK_ROWS] */
    double *tile;  /* [TILE_ROWS][ld], row by row */
    double *one;   /* moments of one part of one chunk */
} gather_scratch;

typedef struct gather {
    const table *t;
    const double *state; /* of the features; NULL = none */
    int64_t chunk;
    int columns;
    double *parts;           /* [parts] moments */
    gather_scratch *scratch; /* [threads] */
} gather;

static void tile_read(const gather *g, const int32_t *rows, int64_t n, double *tile, int64_t ld)
{
    features_read(g->t->features, g->state, false, g->t->file, g->chunk, rows, n, tile, 1, ld);
    table_targets(g->t, g->chunk, rows, n, tile + g->t->n_features, 1, ld);
}

static void chunk_means(const gather *g, const int32_t *rows, int64_t n, double *tile, moments *m)
{
    for (int64_t from = 0; from < n; from += TILE_ROWS) {
        int64_t some = n - from < TILE_ROWS ? n - from : TILE_ROWS;
        tile_read(g, rows + from, some, tile, m->ld);
        for (int i = 0; i < m->columns; i++) {
            double part = 0;
            for (int64_t r = 0; r < some; r++)
                part += tile[r * m->ld + i];
            m->mean[i] += part;
        }
    }
    for (int i = 0; i < m->columns; i++)
        m->mean[i] /= (double)n;
}

static void chunk_products(const gather *g, const int32_t *rows, int64_t n, double *tile,
                           moments *m)
{
    const kernel_class *k = kernel();
    for (int64_t from = 0; from < n; from += TILE_ROWS) {
        int64_t some = n - from < TILE_ROWS ? n - from : TILE_ROWS;
        tile_read(g, rows + from, some, tile, m->ld);
        for (int64_t r = 0; r < some; r++)
            for (int i = 0; i < m->columns; i++)
                tile[r * m->ld + i] -= m->mean[i];
        k->gram(tile, some, m->ld, m->m2);
    }
}

static void chunk_moments(const gather *g, int part, const gather_scratch *s, moments *m)
{
    int64_t n = rows_of_chunk(g->t, g->chunk, part, s->rows);
    for (int64_t i = 0; i < moments_doubles(m->columns); i++)
        s->one[i] = 0;
    *m->n = (double)n;
    if (n == 0)
        return;
    for (int64_t i = 0; i < TILE_ROWS * m->ld; i++)
        s->tile[i] = 0; /* the padding must stay zero */
    chunk_means(g, s->rows, n, s->tile, m);
    chunk_products(g, s->rows, n, s->tile, m);
}

/* --- a group ---------------------------------------------------------------------------- */

static stint_status gather_part(void *self, int64_t part, int thread)
{
    gather *g = self;
    gather_scratch *s = &g->scratch[thread];
    moments one = moments_at(s->one, g->columns);
    moments sum = moments_at(g->parts + part * moments_doubles(g->columns), g->columns);
    chunk_moments(g, (int)part, s, &one);
    moments_merge(&sum, &one);
    return STINT_OK;
}

static bool scratch_init(ctx *c, gather_scratch *s, int columns)
{
    s->rows = mem_new(c, TAG_MODEL, int32_t, COLFILE_CHUNK_ROWS);
    s->tile = mem_new(c, TAG_MODEL, double, TILE_ROWS *kernel_pad(columns));
    s->one = mem_new(c, TAG_MODEL, double, moments_doubles(columns));
    return s->rows && s->tile && s->one;
}

static void scratch_deinit(gather_scratch *s)
{
    mem_free(s->rows);
    mem_free(s->tile);
    mem_free(s->one);
}

/* A file is named by its training set only where features depend on it. */
static void group_path(const model_task *t, int set, int64_t group, char *path, size_t size)
{
    snprintf(path, size, "%s/moments-%03d-%06lld.bin", t->dir,
             features_fitted(t->table->features) ? set : 0, (long long)group);
}

static stint_status group_write(ctx *c, const char *path, const gather *g)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return fail_errno(c, "create", path);
    stint_status s = file_pwrite(c, fd, path, g->parts,
                                 (size_t)moments_file_bytes(g->columns, g->t->split->parts), 0);
    close(fd);
    return s;
}

static int64_t groups_of(int64_t chunks)
{
    return (chunks + MOMENTS_GROUP - 1) / MOMENTS_GROUP;
}

int64_t moments_tasks(const model_task *t)
{
    const table *of = t->table;
    return groups_of(of->file->chunks) * (features_fitted(of->features) ? of->split->folds + 1 : 1);
}

/* Training parts only: the test part is evaluated row by row. */
static stint_status group_gather(ctx *c, gather *g, int64_t group, pool *p)
{
    int threads = pool_threads(p), parts = g->t->split->parts;
    g->parts = mem_new(c, TAG_MODEL, double, parts *moments_doubles(g->columns));
    g->scratch = mem_new(c, TAG_MODEL, gather_scratch, threads);
    stint_status s = g->parts && g->scratch ? STINT_OK : STINT_ENOMEM;
    for (int i = 0; s == STINT_OK && i < threads; i++)
        s = scratch_init(c, &g->scratch[i], g->columns) ? STINT_OK : STINT_ENOMEM;
    int64_t end = (group + 1) * MOMENTS_GROUP;
    end = end < g->t->file->chunks ? end : g->t->file->chunks;
    for (g->chunk = group * MOMENTS_GROUP; s == STINT_OK && g->chunk < end; g->chunk++)
        s = parallel_for(p, parts, gather_part, g);
    for (int i = 0; g->scratch && i < threads; i++)
        scratch_deinit(&g->scratch[i]);
    mem_free(g->scratch);
    return s;
}

stint_status moments_gather(ctx *c, const model_task *t, int64_t task, pool *p)
{
    char path[4096];
    int64_t groups = groups_of(t->table->file->chunks);
    int set = (int)(task / groups);
    gather g = {.t = t->table,
                .state = t->states ? t->states->at + set * t->states->stride : NULL,
                .columns = t->table->n_features + table_outputs(t->table)};
    group_path(t, set, task % groups, path, sizeof path);
    stint_status s = group_gather(c, &g, task % groups, p);
    if (s == STINT_OK)
        s = group_write(c, path, &g);
    mem_free(g.parts);
    return s;
}

stint_status moments_of_part(ctx *c, const model_task *t, int set, int part, moments *out)
{
    int64_t groups = groups_of(t->table->file->chunks), doubles = moments_doubles(out->columns);
    bool backwards = fault_now(FAULT_MERGE_ORDER);
    for (int64_t i = 0; i < groups; i++) {
        char path[4096];
        file_map map;
        group_path(t, set, backwards ? groups - 1 - i : i, path, sizeof path);
        TRY(map_open(c, path, &map));
        /* the map is read-only; moments_merge only reads its second argument */
        moments m = moments_at((double *)(uintptr_t)map.at + part * doubles, out->columns);
        moments_merge(out, &m);
        map_close(&map);
    }
    return STINT_OK;
}

int64_t moments_file_bytes(int columns, int parts)
{
    return moments_doubles(columns) * parts * 8;
}

int64_t moments_gather_bytes(int columns, int parts, int threads)
{
    int64_t scratch = COLFILE_CHUNK_ROWS * 4 + TILE_ROWS * kernel_pad(columns) * 8 +
                      moments_doubles(columns) * 8 + 1024;
    return moments_file_bytes(columns, parts) + threads * scratch;
}

int64_t moments_disk_bytes(const model_shape *s)
{
    int64_t groups = groups_of(s->rows / COLFILE_CHUNK_ROWS + 1);
    return groups * (s->fitted ? s->folds + 1 : 1) *
           moments_file_bytes(s->features + s->outputs, s->parts);
}
