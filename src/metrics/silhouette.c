#include "metrics/clustering.h"
#include "metrics/label_codes.h"

#include "base/mem.h"
#include "base/rng.h"
#include "kernel/distance_sums.h"

#include <math.h>
#include <string.h>

/* The references stand sorted by cluster and stream by in blocks, as panels that belong to one
 * cluster each; the last of a cluster may have places free.  So a kernel's sums go to one cluster
 * at a time, and a row needs only three numbers:
 *
 *     under_way   of distances to the cluster that streams by
 *     own         of those to its own
 *     nearest     the least mean of those to another
 *
 * Blocks are cut by the number of features alone. */

enum {
    BLOCK_DOUBLES = 1 << 15, /* references in the second-level cache, read by every query */
    QUERIES_AT_ONCE = 32,    /* of one thread's turn */
    LANES = KERNEL_QUERIES * KERNEL_PANEL,
};

typedef struct panel {
    int32_t cluster;
    int count;    /* references in it */
    bool last;    /* of its cluster */
    int64_t from; /* the first, in `sorted` */
} panel;

typedef struct work {
    const labelled *l;
    distance_sums *sums;
    label_codes codes;                 /* of the rows that take part */
    int64_t n;                         /* of those */
    int64_t *drawn;                    /* [n] ascending; NULL = all */
    int64_t *sorted;                   /* [n] rows by cluster */
    double *under_way, *own, *nearest; /* [n] */
    panel *panels;                     /* [most] of the block */
    int64_t n_panels, most;
    double *x;    /* [most][d][KERNEL_PANEL] */
    double *room; /* [threads] of read and packed rows */
    int64_t room_of_one;
} work;

/* --- memory ------------------------------------------------------------------------------ */

static int64_t row_of(const work *w, int64_t i)
{
    return w->drawn ? w->drawn[i] : i;
}

/* Each row in turn is drawn with the share of those still wanted (Knuth, algorithm S). */
static stint_status draw(ctx *c, work *w, const silhouette_settings *s)
{
    rng r = {s->seed, RNG_SILHOUETTE};
    w->n = w->l->n;
    if (s->sample <= 0 || s->sample >= w->l->n)
        return STINT_OK;
    w->n = s->sample;
    if (!(w->drawn = mem_new(c, TAG_MODEL, int64_t, w->n)))
        return STINT_ENOMEM;
    for (int64_t row = 0, at = 0; at < w->n; row++)
        if ((int64_t)rng_below(r, (uint64_t)row, (uint64_t)(w->l->n - row)) < w->n - at)
            w->drawn[at++] = row;
    return STINT_OK;
}

static stint_status sort_rows(ctx *c, work *w)
{
    int64_t *next = mem_new(c, TAG_MODEL, int64_t, w->codes.k), at = 0;
    if (!next)
        return STINT_ENOMEM;
    for (int64_t k = 0; k < w->codes.k; k++) {
        next[k] = at;
        at += w->codes.sizes[k];
    }
    for (int64_t i = 0; i < w->n; i++)
        w->sorted[next[w->codes.code[i]]++] = row_of(w, i);
    mem_free(next);
    return STINT_OK;
}

static stint_status open_work(ctx *c, work *w)
{
    int64_t d = w->l->d, threads = w->l->pool ? pool_threads(w->l->pool) : 1;
    int64_t panels = BLOCK_DOUBLES / (d * KERNEL_PANEL);
    w->most = panels < 1 ? 1 : panels;
    w->room_of_one = (QUERIES_AT_ONCE + KERNEL_QUERIES) * d;
    w->sums = distance_sums_of(kernel());
    w->sorted = mem_new(c, TAG_MODEL, int64_t, w->n);
    w->under_way = mem_new(c, TAG_MODEL, double, w->n);
    w->own = mem_new(c, TAG_MODEL, double, w->n);
    w->nearest = mem_new(c, TAG_MODEL, double, w->n);
    w->panels = mem_new(c, TAG_MODEL, panel, w->most);
    w->x = mem_new(c, TAG_MODEL, double, w->most *d *KERNEL_PANEL);
    w->room = mem_new(c, TAG_MODEL, double, threads * w->room_of_one);
    if (!w->sorted || !w->under_way || !w->own || !w->nearest || !w->panels || !w->x || !w->room)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < w->n; i++)
        w->nearest[i] = INFINITY;
    return sort_rows(c, w);
}

static void close_work(work *w)
{
    void *const blocks[] = {w->drawn,   w->sorted, w->under_way, w->own,
                            w->nearest, w->panels, w->x,         w->room};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mem_free(blocks[i]);
    label_codes_deinit(&w->codes);
}

/* --- references into panels -------------------------------------------------------------- */

/* Row i of `rows` becomes lane i of `width`. */
static void turn(const double *rows, int64_t count, int64_t d, int64_t width, double *out)
{
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < d; j++)
            out[j * width + i] = rows[i * d + j];
}

static stint_status fill_panel(void *self, int64_t item, int thread)
{
    work *w = self;
    const panel *p = &w->panels[item];
    double *rows = w->room + thread * w->room_of_one;
    TRY(w->l->rows(w->l->self, w->sorted + p->from, p->count, rows));
    turn(rows, p->count, w->l->d, KERNEL_PANEL, w->x + item * w->l->d * KERNEL_PANEL);
    return STINT_OK;
}

/* The next block: panels from reference *at of cluster *k on; false when there are no more. */
static bool next_block(work *w, int64_t *at, int64_t *k, int64_t *end)
{
    for (w->n_panels = 0; w->n_panels < w->most && *at < w->n; w->n_panels++) {
        if (*at == *end)
            *end += w->codes.sizes[++*k];
        int64_t count = *end - *at < KERNEL_PANEL ? *end - *at : KERNEL_PANEL;
        w->panels[w->n_panels] = (panel){
            .cluster = (int32_t)*k, .count = (int)count, .last = *at + count == *end, .from = *at};
        *at += count;
    }
    return w->n_panels > 0;
}

/* --- queries ----------------------------------------------------------------------------- */

/* In a fixed tree. */
static double fold(double *lanes)
{
    for (int width = KERNEL_PANEL / 2; width > 0; width /= 2)
        for (int r = 0; r < width; r++)
            lanes[r] += lanes[r + width];
    return lanes[0];
}

/* sums [KERNEL_QUERIES][KERNEL_PANEL] over the panels from … end-1, of one cluster. */
static void sum_run(const work *w, const double *q, int64_t from, int64_t end, double *sums)
{
    int64_t d = w->l->d, whole = end - from - (w->panels[end - 1].count < KERNEL_PANEL);
    const double *x = w->x + from * d * KERNEL_PANEL;
    double last[LANES] = {0};
    memset(sums, 0, LANES * sizeof *sums);
    w->sums(q, x, d, whole, sums);
    if (from + whole == end)
        return;
    w->sums(q, x + whole * d * KERNEL_PANEL, d, 1, last);
    for (int i = 0; i < KERNEL_QUERIES; i++)
        for (int r = 0; r < w->panels[end - 1].count; r++)
            sums[i * KERNEL_PANEL + r] += last[i * KERNEL_PANEL + r];
}

static void settle(work *w, int64_t i, int32_t cluster)
{
    double mean = w->under_way[i] / (double)w->codes.sizes[cluster];
    if (w->codes.code[i] == cluster)
        w->own[i] = w->under_way[i];
    else if (mean < w->nearest[i])
        w->nearest[i] = mean;
    w->under_way[i] = 0;
}

/* Up to KERNEL_QUERIES queries from `from` on, q [d][KERNEL_QUERIES], against the block. */
static void ask_group(work *w, const double *q, int64_t from, int64_t count)
{
    double sums[LANES];
    for (int64_t p = 0, end; p < w->n_panels; p = end) {
        for (end = p + 1; end < w->n_panels && !w->panels[end - 1].last;)
            end++;
        sum_run(w, q, p, end, sums);
        for (int64_t i = 0; i < count; i++) {
            w->under_way[from + i] += fold(sums + i * KERNEL_PANEL);
            if (w->panels[end - 1].last)
                settle(w, from + i, w->panels[p].cluster);
        }
    }
}

static stint_status ask(void *self, int64_t item, int thread)
{
    work *w = self;
    int64_t which[QUERIES_AT_ONCE] = {0}, from = item * QUERIES_AT_ONCE, d = w->l->d;
    int64_t count = w->n - from < QUERIES_AT_ONCE ? w->n - from : QUERIES_AT_ONCE;
    double *rows = w->room + thread * w->room_of_one, *q = rows + QUERIES_AT_ONCE * d;
    for (int64_t i = 0; i < count; i++)
        which[i] = row_of(w, from + i);
    TRY(w->l->rows(w->l->self, which, count, rows));
    for (int64_t i = 0; i < count; i += KERNEL_QUERIES) {
        int64_t some = count - i < KERNEL_QUERIES ? count - i : KERNEL_QUERIES;
        turn(rows + i * d, some, d, KERNEL_QUERIES, q);
        ask_group(w, q, from + i, some);
    }
    return STINT_OK;
}

/* --- the whole --------------------------------------------------------------------------- */

static stint_status each_item(const work *w, int64_t items, pool_item *run)
{
    if (w->l->pool)
        return parallel_for(w->l->pool, items, run, (void *)w);
    for (int64_t item = 0; item < items; item++)
        TRY(run((void *)w, item, 0));
    return STINT_OK;
}

static stint_status stream(ctx *c, work *w)
{
    int64_t at = 0, k = -1, end = 0;
    while (next_block(w, &at, &k, &end)) {
        if (ctx_interrupted(c))
            return fail(c, STINT_EINTERRUPT, "silhouette: interrupted");
        TRY(each_item(w, w->n_panels, fill_panel));
        TRY(each_item(w, (w->n + QUERIES_AT_ONCE - 1) / QUERIES_AT_ONCE, ask));
    }
    return STINT_OK;
}

/* 0 of a row alone, and where all distances are 0. */
static double silhouette_of(const work *w, int64_t i)
{
    int64_t size = w->codes.sizes[w->codes.code[i]];
    if (size == 1)
        return 0;
    double a = w->own[i] / ((double)size - 1), b = w->nearest[i];
    double s = (b - a) / fmax(a, b);
    return isnan(s) ? 0 : s;
}

static void finish(const work *w, double *each, double *out)
{
    double sum = 0;
    for (int64_t i = 0; each && i < w->l->n; i++)
        each[i] = NAN;
    for (int64_t i = 0; i < w->n; i++) {
        double s = silhouette_of(w, i);
        if (each)
            each[row_of(w, i)] = s;
        sum += s;
    }
    *out = sum / (double)w->n;
}

stint_status clustering_silhouette(ctx *c, const labelled *l, const silhouette_settings *s,
                                   double *each, double *out)
{
    work w = {.l = l};
    stint_status status = draw(c, &w, s);
    if (status == STINT_OK)
        status = label_codes_init(c, l->labels, w.drawn, w.n, &w.codes);
    if (status == STINT_OK)
        status = label_codes_check(c, "silhouette", &w.codes);
    if (status == STINT_OK)
        status = open_work(c, &w);
    if (status == STINT_OK)
        status = stream(c, &w);
    if (status == STINT_OK)
        finish(&w, each, out);
    close_work(&w);
    return status;
}
