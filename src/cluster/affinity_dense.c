#include "cluster/affinity_impl.h"
#include "cluster/affinity_tiles.h"

#include "base/mem.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* Dense affinities by tiles.  Tile (I, J), I ≤ J, serves both halves.  One pass over W gives the
 * degrees; a second keeps N, or every product makes its tiles anew.
 *
 * A pass goes over each tile once, for its rows and for its columns.  Rows of tiles are dealt out
 * to SLICES, each of which has sums of its own, [n]; these are added in order, so that sums do not
 * depend on who made them. */

enum { SLICES = 16 };

static int64_t blocks_of(int64_t n)
{
    return (n + TILE - 1) / TILE;
}

static int threads_of(const pool *p)
{
    return p ? pool_threads(p) : 1;
}

/* --- degrees ------------------------------------------------------------------------------- */

typedef struct counted {
    affinity_tiles *t;
    _Atomic int8_t *gaps; /* [n] a row has no affinity to some other */
    const double *x;
} counted;

static int64_t slices_of(int64_t n)
{
    int64_t blocks = blocks_of(n);
    return blocks < SLICES ? blocks : SLICES;
}

static stint_status each(affinity_tiles *t, int64_t items, pool_item *run, void *self)
{
    if (t->pool)
        return parallel_for(t->pool, items, run, self);
    for (int64_t i = 0; i < items; i++)
        TRY(run(self, i, 0));
    return STINT_OK;
}

/* out [n] = the sums of all slices */
static void add_slices(const affinity_tiles *t, double *out)
{
    memcpy(out, t->share, (size_t)t->n * sizeof *out);
    for (int64_t s = 1; s < slices_of(t->n); s++)
        for (int64_t i = 0; i < t->n; i++)
            out[i] += t->share[s * t->n + i];
}

static stint_status check_given(const affinity_tiles *t, int64_t row)
{
    for (int64_t j = 0; j < t->n; j++) {
        double w = t->given[row * t->n + j], back = t->given[j * t->n + row];
        if (!(w >= 0) || isinf(w))
            return fail(
                t->ctx, STINT_EDATA,
                "affinities: entry (%lld, %lld) is %g; it has to be finite and not negative",
                (long long)row, (long long)j, w);
        if (fabs(w - back) > 1e-10 * fmax(w, back))
            return fail(t->ctx, STINT_EDATA,
                        "affinities: not symmetric: (%lld, %lld) is %g, (%lld, %lld) is %g",
                        (long long)row, (long long)j, w, (long long)j, (long long)row, back);
    }
    return STINT_OK;
}

/* Sums and gaps of the rows of tile (i, j), and of its columns where it is not on the diagonal. */
static void count_tile(counted *s, int64_t i, int64_t j, const double *w, double *share)
{
    const affinity_tiles *t = s->t;
    int64_t rows = tile_rows(t, i), columns = tile_rows(t, j);
    int32_t missing[TILE] = {0};
    double *down = share + j * TILE, unused[TILE] = {0};
    if (i == j)
        down = unused;
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        int32_t none = 0;
        for (int64_t c = 0; c < columns; c++) {
            double value = w[r * TILE + c];
            sum += value;
            down[c] += value;
            none += value == 0;
            missing[c] += value == 0;
        }
        share[i * TILE + r] += sum;
        if (none > (i == j)) /* the diagonal is 0 */
            atomic_store_explicit(&s->gaps[i * TILE + r], 1, memory_order_relaxed);
    }
    for (int64_t c = 0; c < columns && i != j; c++)
        if (missing[c])
            atomic_store_explicit(&s->gaps[j * TILE + c], 1, memory_order_relaxed);
}

static stint_status count_slice(void *self, int64_t slice, int thread)
{
    counted *s = self;
    const affinity_tiles *t = s->t;
    double *w = t->scratch + (int64_t)thread * TILE_SCRATCH, *share = t->share + slice * t->n;
    memset(share, 0, (size_t)t->n * sizeof *share);
    for (int64_t i = slice; i < t->blocks; i += SLICES) {
        for (int64_t r = 0; r < tile_rows(t, i) && t->given; r++)
            TRY(check_given(t, i * TILE + r));
        for (int64_t j = i; j < t->blocks; j++) {
            tile_affinities(t, i, j, w);
            count_tile(s, i, j, w, share);
        }
    }
    return STINT_OK;
}

static stint_status find_degrees(affinity *a, counted *s)
{
    TRY(each(s->t, slices_of(a->n), count_slice, s));
    add_slices(s->t, a->root);
    for (int64_t i = 0; i < a->n; i++)
        a->root[i] = sqrt(a->root[i]);
    return STINT_OK;
}

/* The least row known to be connected with row i. */
static int32_t least_of(int32_t *to, int32_t i)
{
    while (to[i] != i) {
        to[i] = to[to[i]];
        i = to[i];
    }
    return i;
}

static void join_tile(const affinity_tiles *t, int64_t i, int64_t j, const double *w, int32_t *to)
{
    for (int64_t r = 0; r < tile_rows(t, i); r++)
        for (int64_t c = 0; c < tile_rows(t, j); c++) {
            if (w[r * TILE + c] == 0)
                continue;
            int32_t a = least_of(to, (int32_t)(i * TILE + r));
            int32_t b = least_of(to, (int32_t)(j * TILE + c));
            if (a < b)
                to[b] = a;
            else
                to[a] = b;
        }
}

/* The components of a graph in which every row has a gap (union-find, Tarjan 1975). */
static stint_status join(affinity *a, const affinity_tiles *t)
{
    int32_t *to = mem_new(a->ctx, TAG_MODEL, int32_t, a->n);
    if (!to)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < a->n; i++)
        to[i] = (int32_t)i;
    for (int64_t i = 0; i < t->blocks; i++)
        for (int64_t j = i; j < t->blocks; j++) {
            tile_affinities(t, i, j, t->scratch);
            join_tile(t, i, j, t->scratch, to);
        }
    for (int64_t i = 0; i < a->n; i++) { /* in the order of their least rows */
        int32_t least = least_of(to, (int32_t)i);
        a->component[i] = least == i ? (int32_t)a->components++ : a->component[least];
    }
    mem_free(to);
    return STINT_OK;
}

static stint_status find_components(affinity *a, const affinity_tiles *t,
                                    const _Atomic int8_t *gaps)
{
    for (int64_t i = 0; i < a->n; i++)
        if (!gaps[i]) { /* it is bound to all */
            a->components = 1;
            return STINT_OK;
        }
    return join(a, t);
}

/* --- opening ------------------------------------------------------------------------------- */

static void centre(double *x, int64_t n, int64_t d)
{
    for (int64_t j = 0; j < d; j++) {
        double mean = 0;
        for (int64_t i = 0; i < n; i++)
            mean += x[i * d + j];
        mean /= (double)n;
        for (int64_t i = 0; i < n; i++)
            x[i * d + j] -= mean;
    }
}

static stint_status read_rows(affinity_tiles *t, const cluster_task *task)
{
    points_directions directions;
    const points *p =
        t->kind == AFFINITY_COSINE ? points_directed(&directions, &task->points) : &task->points;
    TRY(points_read(p, 0, t->n, t->x));
    if (t->kind == AFFINITY_RBF)
        centre(t->x, t->n, t->d);
    for (int64_t i = 0; i < t->n; i++)
        for (int64_t j = 0; j < t->d; j++)
            t->square[i] += t->x[i * t->d + j] * t->x[i * t->d + j];
    return STINT_OK;
}

static int64_t kept_tiles(const affinity_tiles *t)
{
    return t->blocks * (t->blocks + 1) / 2;
}

static int64_t tile_number(const affinity_tiles *t, int64_t i, int64_t j)
{
    return i * (2 * t->blocks - i + 1) / 2 + j - i;
}

static stint_status keep_block(void *self, int64_t block, int thread)
{
    affinity_tiles *t = self;
    double *w = t->scratch + (int64_t)thread * TILE_SCRATCH;
    for (int64_t j = block; j < t->blocks; j++)
        tile_normalised(t, block, j, w, t->kept + tile_number(t, block, j) * TILE * TILE);
    return STINT_OK;
}

static stint_status fill(affinity *a, const cluster_task *task, bool keep)
{
    affinity_tiles *t = a->tiles;
    counted s = {.t = t, .gaps = mem_new(a->ctx, TAG_MODEL, _Atomic int8_t, a->n)};
    stint_status status = s.gaps ? STINT_OK : STINT_ENOMEM;
    if (!status && !t->given)
        status = read_rows(t, task);
    if (!status)
        status = cluster_at(task, "affinities", 0.02);
    if (!status)
        status = find_degrees(a, &s);
    if (!status)
        status = find_components(a, t, s.gaps);
    mem_free((void *)s.gaps);
    TRY(status);
    TRY(cluster_at(task, "affinities", 0.06));
    return keep ? each(t, t->blocks, keep_block, t) : STINT_OK;
}

static int64_t base_bytes(const cluster_task *task, const affinity_settings *s)
{
    int64_t n = cluster_rows(task), d = s->kind == AFFINITY_PRECOMPUTED ? 0 : task->points.d;
    return n * (d + 1 + slices_of(n)) * 8 + n * 5 +
           threads_of(task->pool) * (int64_t)TILE_SCRATCH * 8 + 4096;
}

int64_t affinity_dense_bytes(const cluster_task *task, const affinity_settings *s, int64_t *least)
{
    int64_t blocks = blocks_of(cluster_rows(task));
    int64_t kept = blocks * (blocks + 1) / 2 * TILE * TILE * (int64_t)sizeof(float);
    *least = base_bytes(task, s);
    return *least + kept <= s->memory ? *least + kept : *least;
}

stint_status affinity_open_dense(affinity *a, const cluster_task *task, const affinity_settings *s)
{
    int64_t least, d = s->kind == AFFINITY_PRECOMPUTED ? 0 : task->points.d;
    affinity_tiles *t = a->tiles = mem_new(a->ctx, TAG_MODEL, affinity_tiles, 1);
    if (!t)
        return STINT_ENOMEM;
    *t = (affinity_tiles){.n = a->n,
                          .d = d,
                          .blocks = blocks_of(a->n),
                          .kind = s->kind,
                          .gamma = s->gamma,
                          .root = a->root,
                          .given = task->pairs.dense,
                          .pool = task->pool,
                          .ctx = a->ctx};
    bool keep = affinity_dense_bytes(task, s, &least) > least;
    t->x = mem_new(a->ctx, TAG_MODEL, double, a->n *d);
    t->square = mem_new(a->ctx, TAG_MODEL, double, a->n);
    t->scratch = mem_new(a->ctx, TAG_MODEL, double, threads_of(t->pool) * (int64_t)TILE_SCRATCH);
    t->share = mem_new(a->ctx, TAG_MODEL, double, slices_of(a->n) * a->n);
    if (keep)
        t->kept = mem_new(a->ctx, TAG_MODEL, float, kept_tiles(t) * TILE * TILE);
    if (!t->x || !t->square || !t->scratch || !t->share || (keep && !t->kept))
        return STINT_ENOMEM;
    return fill(a, task, keep);
}

void affinity_close_dense(affinity_tiles *t)
{
    if (!t)
        return;
    mem_free(t->x);
    mem_free(t->square);
    mem_free(t->kept);
    mem_free(t->scratch);
    mem_free(t->share);
    mem_free(t);
}

/* --- products ------------------------------------------------------------------------------ */

/* Row r of a tile, t: Σ_c t[c] x[c], in LANES chains; and down[c] += t[c] by. */
static double row_and_column(const float *t, int64_t columns, const double *x, double by,
                             double *down)
{
    enum { LANES = 8 };
    double sum[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= columns; c += LANES)
        for (int l = 0; l < LANES; l++) {
            double value = (double)t[c + l];
            sum[l] += value * x[c + l];
            down[c + l] += value * by;
        }
    for (; c < columns; c++) {
        sum[0] += (double)t[c] * x[c];
        down[c] += (double)t[c] * by;
    }
    for (int l = 1; l < LANES; l++)
        sum[0] += sum[l];
    return sum[0];
}

static stint_status multiply_slice(void *self, int64_t slice, int thread)
{
    const counted *s = self;
    const affinity_tiles *t = s->t;
    double *w = t->scratch + (int64_t)thread * TILE_SCRATCH, *share = t->share + slice * t->n;
    float *made = (float *)(w + TILE_SCRATCH - TILE_SCRATCH_FLOATS);
    memset(share, 0, (size_t)t->n * sizeof *share);
    for (int64_t i = slice; i < t->blocks; i += SLICES)
        for (int64_t j = i; j < t->blocks; j++) {
            const float *tile = t->kept ? t->kept + tile_number(t, i, j) * TILE * TILE : made;
            double unused[TILE] = {0}, *down = i == j ? unused : share + j * TILE;
            if (!t->kept)
                tile_normalised(t, i, j, w, made);
            for (int64_t r = 0; r < tile_rows(t, i); r++)
                share[i * TILE + r] += row_and_column(tile + r * TILE, tile_rows(t, j),
                                                      s->x + j * TILE, s->x[i * TILE + r], down);
        }
    return STINT_OK;
}

stint_status affinity_apply_dense(const affinity *a, const double *x, double *y)
{
    counted s = {.t = a->tiles, .x = x};
    TRY(each(a->tiles, slices_of(a->n), multiply_slice, &s));
    add_slices(a->tiles, y);
    return STINT_OK;
}
