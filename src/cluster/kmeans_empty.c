#include "cluster/kmeans_run.h"

#include "base/mem.h"

#include <math.h>

/* A cluster that lost its last row begins again at the row that is farthest from its own centre;
 * of several such clusters, the lower takes the farther row.  As scikit-learn does it, but that a
 * row already at its centre, or the last of its cluster, stays. */

typedef struct far_row {
    double square;
    int64_t row;
} far_row;

static bool farther(const far_row *a, const far_row *b)
{
    return a->square > b->square || (a->square == b->square && a->row < b->row);
}

/* Of each thread the farthest rows it met, the least far on top of a heap: by (distance, row) no
 * two are alike, so the farthest of all are the same whoever met them. */
typedef struct farthest {
    kmeans_run *run;
    int64_t most;
    far_row *heap; /* [threads][most] */
    int64_t *held; /* [threads] */
} farthest;

static void sink(far_row *heap, int64_t count, far_row new)
{
    int64_t at = 0, child;
    while ((child = 2 * at + 1) < count) {
        child += child + 1 < count && farther(&heap[child], &heap[child + 1]);
        if (!farther(&new, &heap[child]))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = new;
}

static void offer(far_row *heap, int64_t most, int64_t *held, far_row new)
{
    if (*held == most) {
        if (farther(&new, &heap[0]))
            sink(heap, most, new);
        return;
    }
    int64_t at = (*held)++;
    for (; at > 0 && farther(&heap[(at - 1) / 2], &new); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = new;
}

static stint_status find_item(void *self, int64_t item, int thread)
{
    farthest *f = self;
    const kmeans_run *r = f->run;
    const kmeans_data *m = r->data;
    kmeans_view v;
    TRY(kmeans_view_rows(m, item, thread, &v));
    for (int64_t i = 0; i < v.count; i++) {
        int64_t row = v.from + i;
        double square = kmeans_square(v.rows + i * m->d, r->centers + r->labels[row] * m->d, m->d);
        if (square > 0 && kmeans_weight(m, row) > 0)
            offer(f->heap + thread * f->most, f->most, &f->held[thread], (far_row){square, row});
    }
    return STINT_OK;
}

/* All threads' into the first heap, which is then sorted: the farthest first. */
static void collect(farthest *f)
{
    for (int t = 1; t < f->run->data->threads; t++)
        for (int64_t i = 0; i < f->held[t]; i++)
            offer(f->heap, f->most, &f->held[0], f->heap[t * f->most + i]);
    for (int64_t left = f->held[0]; left > 1; left--) {
        far_row least = f->heap[0];
        sink(f->heap, left - 1, f->heap[left - 1]);
        f->heap[left - 1] = least;
    }
}

static stint_status take(const farthest *f, double *sums)
{
    const kmeans_run *r = f->run;
    const kmeans_data *m = r->data;
    int64_t d = m->d, next = 0;
    for (int64_t k = 0; k < r->k; k++) {
        double *to = sums + k * (d + 2);
        if (to[d + 1] > 0)
            continue;
        while (next < f->held[0] && sums[r->labels[f->heap[next].row] * (d + 2) + d + 1] <= 1)
            next++;
        if (next == f->held[0])
            return STINT_OK;
        int64_t row = f->heap[next++].row;
        double *from = sums + r->labels[row] * (d + 2), weight = kmeans_weight(m, row);
        const double *x;
        kmeans_view v = {.from = 0, .rows = m->direct};
        TRY(kmeans_row(m, &v, row, r->thread, &x));
        for (int64_t j = 0; j < d; j++) {
            to[j] = weight * (x[j] - m->mean[j]);
            from[j] -= to[j];
        }
        to[d] = weight;
        to[d + 1] = 1;
        from[d] -= weight;
        from[d + 1] -= 1;
    }
    return STINT_OK;
}

stint_status kmeans_fill_empty(kmeans_run *r, double *sums)
{
    const kmeans_data *m = r->data;
    int threads = m->threads;
    farthest f = {r, 2 * r->empty < m->n ? 2 * r->empty : m->n, NULL, NULL};
    f.heap = mem_new(m->ctx, TAG_MODEL, far_row, threads * f.most);
    f.held = mem_new(m->ctx, TAG_MODEL, int64_t, threads);
    stint_status s = f.heap && f.held ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK)
        s = kmeans_each(r->pool, r->thread, m->items, find_item, &f);
    if (s == STINT_OK) {
        collect(&f);
        s = take(&f, sums);
    }
    mem_free(f.heap);
    mem_free(f.held);
    return s;
}
