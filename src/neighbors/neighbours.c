#include "neighbors/neighbours.h"

#include "base/mem.h"
#include "kernel/kernel.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Queries lie in groups, references in panels, so that a kernel call streams through memory:
 *
 *     q [groups][d][KERNEL_QUERIES]        x [panels][d][KERNEL_PANEL], one piece at a time
 *
 * Each query keeps a heap with its farthest neighbour on top.  Once it is full, that distance is
 * the query's limit, below which the kernel reports; references come in ascending order, so an
 * equal distance is never nearer.  The heap orders by (distance, number), which no two neighbours
 * share: what it holds in the end does not depend on how it was filled.
 *
 * Cosine works on directions: rows of length 1 with one more feature, which is 1 where a row of
 * zeros has none of its own. */

typedef struct metric_row {
    bool squares; /* sums of squares, else of sizes */
    bool directions;
    double (*distance)(double sum);
} metric_row;

static double as_it_is(double sum)
{
    return sum;
}

static double half(double sum)
{
    return sum / 2;
}

static const metric_row metrics[NEIGHBOUR_METRICS] = {
    [NEIGHBOUR_EUCLIDEAN] = {.squares = true, .distance = sqrt},
    [NEIGHBOUR_MANHATTAN] = {.distance = as_it_is},
    [NEIGHBOUR_COSINE] = {.squares = true, .directions = true, .distance = half},
};

const char *const neighbour_metric_names[] = {
    [NEIGHBOUR_EUCLIDEAN] = "euclidean",
    [NEIGHBOUR_MANHATTAN] = "manhattan",
    [NEIGHBOUR_COSINE] = "cosine",
    [NEIGHBOUR_METRICS] = NULL,
};

struct neighbours {
    const metric_row *metric;
    kernel_near *near;
    pool *pool;
    int64_t features, d; /* as given, and with the one of directions */
    int64_t k, most;     /* queries */
    int64_t queries, references;
    bool taken;
    double *q;       /* [groups][d][KERNEL_QUERIES] */
    double *limit;   /* [groups][KERNEL_QUERIES] */
    neighbour *list; /* [most][k], heaps until they are taken */
    int64_t *held;   /* [most] neighbours in each */
    double *x;       /* [panels][d][KERNEL_PANEL] */
    int64_t panels;  /* that there is room for */
};

/* --- memory ------------------------------------------------------------------------------ */

enum {
    PIECE_DOUBLES = 1 << 15, /* references in the second-level cache, read by every group */
    GROUPS_AT_ONCE = 16,     /* of one thread's turn */
};

static int64_t groups_of(int64_t queries)
{
    return (queries + KERNEL_QUERIES - 1) / KERNEL_QUERIES;
}

static int64_t panels_of(int64_t d)
{
    int64_t panels = PIECE_DOUBLES / (d * KERNEL_PANEL);
    return panels < 1 ? 1 : panels;
}

int64_t neighbours_bytes(const neighbours_settings *s)
{
    int64_t d = s->features + metrics[s->metric].directions;
    int64_t padded = groups_of(s->queries) * KERNEL_QUERIES;
    return 6 * 128 + (int64_t)sizeof(neighbours) + padded * (d + 1) * 8 +
           s->queries * s->k * (int64_t)sizeof(neighbour) + s->queries * 8 +
           panels_of(d) * d * KERNEL_PANEL * 8;
}

stint_status neighbours_open(ctx *c, const neighbours_settings *s, pool *p, neighbours **out)
{
    neighbours *n = *out = mem_new(c, TAG_MODEL, neighbours, 1);
    if (!n)
        return STINT_ENOMEM;
    n->metric = &metrics[s->metric];
    n->near = n->metric->squares ? kernel()->near_squares : kernel()->near_sizes;
    n->pool = p;
    n->features = s->features;
    n->d = s->features + n->metric->directions;
    n->k = s->k;
    n->most = s->queries;
    n->panels = panels_of(n->d);
    int64_t padded = groups_of(n->most) * KERNEL_QUERIES;
    n->q = mem_new(c, TAG_MODEL, double, padded * n->d);
    n->limit = mem_new(c, TAG_MODEL, double, padded);
    n->list = mem_new(c, TAG_MODEL, neighbour, n->most * n->k);
    n->held = mem_new(c, TAG_MODEL, int64_t, n->most);
    n->x = mem_new(c, TAG_MODEL, double, n->panels * n->d * KERNEL_PANEL);
    if (n->q && n->limit && n->list && n->held && n->x)
        return STINT_OK;
    neighbours_close(n);
    *out = NULL;
    return STINT_ENOMEM;
}

void neighbours_close(neighbours *n)
{
    if (!n)
        return;
    mem_free(n->q);
    mem_free(n->limit);
    mem_free(n->list);
    mem_free(n->held);
    mem_free(n->x);
    mem_free(n);
}

/* --- rows into groups and panels --------------------------------------------------------- */

/* One row of a group or panel, elements `width` apart, to length 1.  Divided by its largest
 * element first, so that no square overflows. */
static void direct(double *row, int64_t features, int64_t width)
{
    double most = 0, sum = 0;
    for (int64_t j = 0; j < features; j++)
        most = fmax(most, fabs(row[j * width]));
    row[features * width] = most == 0;
    for (int64_t j = 0; j < features && most > 0; j++) {
        row[j * width] /= most;
        sum += row[j * width] * row[j * width];
    }
    double length = sqrt(sum);
    for (int64_t j = 0; j < features && most > 0; j++)
        row[j * width] /= length;
}

/* Rows from … from+count-1 to places place … of to [·][d][width]. */
static void pack(const neighbours *n, const neighbour_rows *rows, int64_t from, int64_t count,
                 double *to, int64_t place, int64_t width)
{
    for (int64_t i = 0; i < count; i++, place++) {
        const double *row = rows->x + (from + i) * rows->row_stride;
        double *at = to + place / width * n->d * width + place % width;
        for (int64_t j = 0; j < n->features; j++)
            at[j * width] = row[j * rows->feature_stride];
        if (n->metric->directions)
            direct(at, n->features, width);
    }
}

void neighbours_begin(neighbours *n)
{
    n->queries = n->references = 0;
    n->taken = false;
    for (int64_t i = 0; i < groups_of(n->most) * KERNEL_QUERIES; i++)
        n->limit[i] = -INFINITY;
}

void neighbours_ask(neighbours *n, const neighbour_rows *rows)
{
    assert(!n->references && !n->taken && n->queries + rows->n <= n->most);
    pack(n, rows, 0, rows->n, n->q, n->queries, KERNEL_QUERIES);
    for (int64_t i = n->queries; i < n->queries + rows->n; i++) {
        n->limit[i] = NAN;
        n->held[i] = 0;
    }
    n->queries += rows->n;
}

/* --- heaps ------------------------------------------------------------------------------- */

static bool farther(const neighbour *a, const neighbour *b)
{
    return a->distance > b->distance || (a->distance == b->distance && a->reference > b->reference);
}

/* Let `new` sink from the top of a heap of `count`, whose top is free. */
static void sink(neighbour *heap, int64_t count, neighbour new)
{
    int64_t at = 0, child;
    while ((child = 2 * at + 1) < count) {
        child += child + 1 < count && farther(&heap[child + 1], &heap[child]);
        if (!farther(&heap[child], &new))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = new;
}

static void rise(neighbour *heap, int64_t at, neighbour new)
{
    while (at > 0 && farther(&new, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = new;
}

static void offer(neighbours *n, int64_t query, neighbour new)
{
    neighbour *heap = n->list + query * n->k;
    int64_t held = n->held[query];
    if (isnan(new.distance)) /* infinities met in a sum */
        new.distance = INFINITY;
    if (held < n->k)
        rise(heap, n->held[query]++, new);
    else if (new.distance < heap[0].distance)
        sink(heap, n->k, new);
    if (n->held[query] == n->k)
        n->limit[query] = heap[0].distance;
}

/* --- the search -------------------------------------------------------------------------- */

typedef struct piece {
    neighbours *n;
    int64_t references; /* in n->x */
} piece;

/* Bits of the first `references` of a panel, for every query. */
static uint64_t bits_of(int64_t references)
{
    uint64_t one = references < KERNEL_PANEL ? ((uint64_t)1 << references) - 1 : 0xffff, all = 0;
    for (int i = 0; i < KERNEL_QUERIES; i++)
        all |= one << i * KERNEL_PANEL;
    return all;
}

static void search_group(const piece *p, int64_t group)
{
    neighbours *n = p->n;
    const double *q = n->q + group * n->d * KERNEL_QUERIES;
    double *limit = n->limit + group * KERNEL_QUERIES;
    double distance[KERNEL_QUERIES * KERNEL_PANEL];
    int64_t panels = (p->references + KERNEL_PANEL - 1) / KERNEL_PANEL;
    uint64_t near;
    for (int64_t at = 0; at < panels; at++) {
        at +=
            n->near(q, n->x + at * n->d * KERNEL_PANEL, n->d, panels - at, limit, distance, &near);
        if (at == panels)
            return;
        for (near &= bits_of(p->references - at * KERNEL_PANEL); near; near &= near - 1) {
            int bit = __builtin_ctzll(near);
            offer(
                n, group * KERNEL_QUERIES + bit / KERNEL_PANEL,
                (neighbour){distance[bit], n->references + at * KERNEL_PANEL + bit % KERNEL_PANEL});
        }
    }
}

static stint_status search_groups(void *self, int64_t item, int thread)
{
    const piece *p = self;
    int64_t groups = groups_of(p->n->queries), first = item * GROUPS_AT_ONCE;
    int64_t end = first + GROUPS_AT_ONCE < groups ? first + GROUPS_AT_ONCE : groups;
    (void)thread;
    for (int64_t group = first; group < end; group++)
        search_group(p, group);
    return STINT_OK;
}

static void search(const piece *p)
{
    int64_t items = (groups_of(p->n->queries) + GROUPS_AT_ONCE - 1) / GROUPS_AT_ONCE;
    if (p->n->pool)
        (void)parallel_for(p->n->pool, items, search_groups, (void *)p); /* no item fails */
    for (int64_t item = 0; !p->n->pool && item < items; item++)
        (void)search_groups((void *)p, item, 0);
}

void neighbours_add(neighbours *n, const neighbour_rows *rows)
{
    assert(!n->taken);
    int64_t room = n->panels * KERNEL_PANEL;
    for (int64_t from = 0; from < rows->n; from += room) {
        piece p = {n, rows->n - from < room ? rows->n - from : room};
        pack(n, rows, from, p.references, n->x, 0, KERNEL_PANEL);
        search(&p);
        n->references += p.references;
    }
}

const neighbour *neighbours_take(neighbours *n)
{
    for (int64_t i = 0; !n->taken && i < n->queries; i++) {
        neighbour *heap = n->list + i * n->k;
        for (int64_t left = n->held[i]; left > 1; left--) {
            neighbour farthest = heap[0];
            sink(heap, left - 1, heap[left - 1]);
            heap[left - 1] = farthest;
        }
        for (int64_t j = 0; j < n->held[i]; j++)
            heap[j].distance = n->metric->distance(heap[j].distance);
    }
    n->taken = true;
    return n->list;
}
