#include "cluster/kmeans_data.h"

#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { ITEM_ELEMENTS = 1 << 15, ITEM_ROWS = 1024 };

/* Squares of differences stay doubles, and normal ones, while elements are within these. */
static const double LEAST_RANGE = 0x1p-400, MOST_RANGE = 0x1p400;

int64_t kmeans_item_rows(int64_t d)
{
    int64_t rows = ITEM_ELEMENTS / d / NEAREST_ROWS * NEAREST_ROWS;
    return rows < NEAREST_ROWS ? NEAREST_ROWS : rows > ITEM_ROWS ? ITEM_ROWS : rows;
}

stint_status kmeans_each(pool *p, int thread, int64_t items, pool_item *run, void *self)
{
    if (p)
        return parallel_for(p, items, run, self);
    for (int64_t item = 0; item < items; item++)
        TRY(run(self, item, thread));
    return STINT_OK;
}

/* --- where rows are, and what of them ---------------------------------------------------- */

/* Of each column, by parts of the items, which are merged in order. */
typedef struct statistics {
    const kmeans_data *data;
    int64_t parts, rows; /* items of a part */
    double *sums;        /* [parts][4][d]: mean, Σ (x - mean)², least, most */
} statistics;

enum { STATISTICS_PARTS = 16 };

/* Chan, Golub & LeVeque 1983: `rows` more, whose mean and sum of squares are given. */
static void merge(int64_t d, double *into, double have, const double *from, double rows)
{
    for (int64_t j = 0; j < d; j++) {
        double delta = from[j] - into[j], all = have + rows;
        into[j] += delta * (rows / all);
        into[d + j] += from[d + j] + delta * delta * (have * rows / all);
        into[2 * d + j] = fmin(into[2 * d + j], from[2 * d + j]);
        into[3 * d + j] = fmax(into[3 * d + j], from[3 * d + j]);
    }
}

static void begin(int64_t d, double *sums)
{
    for (int64_t j = 0; j < d; j++) {
        sums[j] = sums[d + j] = 0;
        sums[2 * d + j] = INFINITY;
        sums[3 * d + j] = -INFINITY;
    }
}

static void view_statistics(int64_t d, const kmeans_view *v, double *sums)
{
    begin(d, sums);
    for (int64_t i = 0; i < v->count; i++)
        for (int64_t j = 0; j < d; j++) {
            double x = v->rows[i * d + j];
            sums[j] += x;
            sums[2 * d + j] = x < sums[2 * d + j] ? x : sums[2 * d + j];
            sums[3 * d + j] = x > sums[3 * d + j] ? x : sums[3 * d + j];
        }
    for (int64_t j = 0; j < d; j++)
        sums[j] /= (double)v->count;
    for (int64_t i = 0; i < v->count; i++)
        for (int64_t j = 0; j < d; j++) {
            double e = v->rows[i * d + j] - sums[j];
            sums[d + j] += e * e;
        }
}

static stint_status part_statistics(void *self, int64_t part, int thread)
{
    const statistics *s = self;
    const kmeans_data *m = s->data;
    double *sums = s->sums + part * 4 * m->d;
    double *own = s->sums + (s->parts + thread) * 4 * m->d;
    int64_t end = (part + 1) * s->rows < m->items ? (part + 1) * s->rows : m->items, have = 0;
    begin(m->d, sums);
    for (int64_t item = part * s->rows; item < end; item++) {
        kmeans_view v;
        TRY(kmeans_view_rows(m, item, thread, &v));
        view_statistics(m->d, &v, own);
        merge(m->d, sums, (double)have, own, (double)v.count);
        have += v.count;
    }
    return STINT_OK;
}

/* 2^-e so that |x - mean| ≤ 1, with the mean variance. */
static void conclude(kmeans_data *m, const double *all)
{
    double most = 0, variance = 0, far = 0;
    for (int64_t j = 0; j < m->d; j++) {
        double low = all[2 * m->d + j], high = all[3 * m->d + j];
        m->mean[j] = all[j];
        most = fmax(most, fmax(high - all[j], all[j] - low));
        far = fmax(far, fmax(fabs(high), fabs(low)));
        variance += all[m->d + j] / (double)m->n;
    }
    int exponent = 0;
    if (most > 0 && isfinite(most))
        frexp(most, &exponent);
    m->variance = variance / (double)m->d;
    m->out_of_range = (most != 0 && most < LEAST_RANGE) || !(far <= MOST_RANGE);
    m->scale = m->out_of_range ? 1 : ldexp(1, -exponent);
    m->longest = (float)(sqrt((double)m->d) * (1 + 0x1p-20));
}

static stint_status measure(kmeans_data *m, pool *p)
{
    int64_t rows = (m->items + STATISTICS_PARTS - 1) / STATISTICS_PARTS;
    statistics s = {.data = m, .rows = rows, .parts = (m->items + rows - 1) / rows};
    s.sums = mem_new(m->ctx, TAG_MODEL, double, (s.parts + m->threads) * 4 * m->d);
    if (!s.sums)
        return STINT_ENOMEM;
    stint_status status = kmeans_each(p, 0, s.parts, part_statistics, &s);
    int64_t each = rows * m->item;
    for (int64_t i = 1; i < s.parts && status == STINT_OK; i++) {
        int64_t count = m->n - i * each < each ? m->n - i * each : each;
        merge(m->d, s.sums, (double)(i * each), s.sums + i * 4 * m->d, (double)count);
    }
    if (status == STINT_OK)
        conclude(m, s.sums);
    mem_free(s.sums);
    return status;
}

/* --- panels ------------------------------------------------------------------------------ */

/* One row into a lane. */
static float place(const kmeans_data *m, const double *row, float *lane)
{
    double square = 0;
    for (int64_t j = 0; j < m->d; j++) {
        double x = (row[j] - m->mean[j]) * m->scale;
        lane[j * NEAREST_ROWS] = (float)x;
        square += x * x;
    }
    return m->out_of_range ? 0 : (float)(sqrt(square) * (1 + 0x1p-20));
}

static void convert(const kmeans_data *m, const double *rows, int64_t count, float *x, float *norm)
{
    for (int64_t i = 0; i < count; i++)
        norm[i] = place(m, rows + i * m->d,
                        x + i / NEAREST_ROWS * m->d * NEAREST_ROWS + i % NEAREST_ROWS);
    for (int64_t i = count; i % NEAREST_ROWS; i++) {
        float *lane = x + i / NEAREST_ROWS * m->d * NEAREST_ROWS + i % NEAREST_ROWS;
        for (int64_t j = 0; j < m->d; j++)
            lane[j * NEAREST_ROWS] = 0;
        norm[i] = 0;
    }
}

stint_status kmeans_view_rows(const kmeans_data *m, int64_t item, int thread, kmeans_view *v)
{
    int64_t from = item * m->item, left = m->n - from;
    *v = (kmeans_view){.from = from, .count = left < m->item ? left : m->item};
    v->rows = m->direct ? m->direct + from * m->d : m->scratch[thread].rows;
    return m->direct ? STINT_OK : points_read(m->points, from, v->count, m->scratch[thread].rows);
}

stint_status kmeans_view_item(const kmeans_data *m, int64_t item, int thread, kmeans_view *v)
{
    int64_t from = item * m->item, left = m->n - from;
    const kmeans_scratch *s = &m->scratch[thread];
    if (m->x) {
        *v = (kmeans_view){.from = from,
                           .count = left < m->item ? left : m->item,
                           .x = m->x + from * m->d,
                           .norm = m->norm + from,
                           .rows = m->direct ? m->direct + from * m->d : NULL};
        return STINT_OK;
    }
    TRY(kmeans_view_rows(m, item, thread, v));
    convert(m, v->rows, v->count, s->x, s->norm);
    v->x = s->x;
    v->norm = s->norm;
    return STINT_OK;
}

stint_status kmeans_row(const kmeans_data *m, const kmeans_view *v, int64_t row, int thread,
                        const double **x)
{
    if (v->rows) {
        *x = v->rows + (row - v->from) * m->d;
        return STINT_OK;
    }
    *x = m->scratch[thread].exact;
    return points_pick(m->points, &row, 1, m->scratch[thread].exact);
}

static stint_status keep_item(void *self, int64_t item, int thread)
{
    kmeans_data *m = self;
    kmeans_view v;
    TRY(kmeans_view_rows(m, item, thread, &v));
    convert(m, v.rows, v.count, m->x + v.from * m->d, m->norm + v.from);
    return STINT_OK;
}

/* Feature by feature: rows of one panel share its lines. */
static void gather_kept(const kmeans_data *m, const int64_t *rows, int n, float *panel)
{
    const float *from[NEAREST_ROWS];
    for (int i = 0; i < n; i++)
        from[i] = m->x + rows[i] / NEAREST_ROWS * m->d * NEAREST_ROWS + rows[i] % NEAREST_ROWS;
    for (int64_t j = 0; j < m->d * NEAREST_ROWS; j += NEAREST_ROWS)
        for (int i = 0; i < n; i++)
            panel[j + i] = from[i][j];
}

stint_status kmeans_gather(const kmeans_data *m, const int64_t *rows, int n, int thread,
                           float norm[NEAREST_ROWS])
{
    const kmeans_scratch *s = &m->scratch[thread];
    memset(norm, 0, NEAREST_ROWS * sizeof *norm);
    if (m->x) {
        gather_kept(m, rows, n, s->panel);
        for (int i = 0; i < n; i++)
            norm[i] = m->norm[rows[i]];
        return STINT_OK;
    }
    if (!m->direct)
        TRY(points_pick(m->points, rows, n, s->exact));
    for (int i = 0; i < n; i++)
        norm[i] =
            place(m, m->direct ? m->direct + rows[i] * m->d : s->exact + i * m->d, s->panel + i);
    return STINT_OK;
}

/* --- memory ------------------------------------------------------------------------------ */

bool kmeans_is_direct(const cluster_task *t, bool directions)
{
    return !directions && t->points.f64 && t->points.stride == t->points.d;
}

static int64_t bytes_of(int64_t n, size_t size)
{
    return mem_cost((size_t)n * size);
}

int64_t kmeans_data_bytes(const kmeans_data_plan *p)
{
    int64_t item = kmeans_item_rows(p->d), panel = p->d * NEAREST_ROWS;
    int64_t padded = (p->n + NEAREST_ROWS - 1) / NEAREST_ROWS * NEAREST_ROWS;
    int64_t each = 2 * bytes_of(panel, 4) + bytes_of(panel, 8) + bytes_of(item, 4) +
                   bytes_of(p->centers + NEAREST_WIDTH, 4);
    if (!p->direct)
        each += bytes_of(item * p->d, 8);
    if (!p->keep)
        each += bytes_of(item * p->d, 4) + bytes_of(item, 4);
    return bytes_of(p->d, 8) + bytes_of(p->threads, sizeof(kmeans_scratch)) + p->threads * each +
           bytes_of((STATISTICS_PARTS + p->threads) * 4 * p->d, 8) +
           (p->keep ? bytes_of(padded * p->d, 4) + bytes_of(padded, 4) : 0);
}

static bool make_scratch(kmeans_data *m, bool keep, kmeans_scratch *s)
{
    int64_t panel = m->d * NEAREST_ROWS;
    s->panel = mem_new(m->ctx, TAG_MODEL, float, panel);
    s->doubt = mem_new(m->ctx, TAG_MODEL, float, panel);
    s->exact = mem_new(m->ctx, TAG_MODEL, double, panel);
    s->list = mem_new(m->ctx, TAG_MODEL, int32_t, m->item);
    s->bits = mem_new(m->ctx, TAG_MODEL, uint32_t, m->centers + NEAREST_WIDTH);
    bool made = s->panel && s->doubt && s->exact && s->list && s->bits;
    if (!m->direct)
        made = made && (s->rows = mem_new(m->ctx, TAG_MODEL, double, m->item * m->d));
    if (!keep)
        made = made && (s->x = mem_new(m->ctx, TAG_MODEL, float, m->item * m->d)) &&
               (s->norm = mem_new(m->ctx, TAG_MODEL, float, m->item));
    return made;
}

static bool make(kmeans_data *m, bool keep)
{
    int64_t padded = (m->n + NEAREST_ROWS - 1) / NEAREST_ROWS * NEAREST_ROWS;
    m->mean = mem_new(m->ctx, TAG_MODEL, double, m->d);
    m->scratch = mem_new(m->ctx, TAG_MODEL, kmeans_scratch, m->threads);
    bool made = m->mean && m->scratch;
    for (int i = 0; made && i < m->threads; i++)
        made = make_scratch(m, keep, &m->scratch[i]);
    if (made && keep)
        made = (m->x = mem_new(m->ctx, TAG_MODEL, float, padded * m->d)) &&
               (m->norm = mem_new(m->ctx, TAG_MODEL, float, padded));
    return made;
}

stint_status kmeans_data_open(ctx *c, const cluster_task *t, bool directions, bool keep,
                              int64_t centers, pool *p, kmeans_data *m)
{
    *m = (kmeans_data){.ctx = c, .n = t->points.n, .d = t->points.d, .centers = centers};
    m->points = directions ? points_directed(&m->directions, &t->points) : &t->points;
    m->weights = t->weights;
    m->backend = t->backend;
    m->nearest = t->backend == &backend_scalar ? &nearest_ref : nearest_for(t->backend->kernel());
    m->item = kmeans_item_rows(m->d);
    m->items = (m->n + m->item - 1) / m->item;
    m->direct = kmeans_is_direct(t, directions) ? t->points.f64 : NULL;
    m->threads = p ? pool_threads(p) : 1;
    stint_status s = make(m, keep) ? measure(m, p) : STINT_ENOMEM;
    if (s == STINT_OK && keep)
        s = kmeans_each(p, 0, m->items, keep_item, m);
    if (s != STINT_OK)
        kmeans_data_close(m);
    return s;
}

void kmeans_data_close(kmeans_data *m)
{
    for (int i = 0; m->scratch && i < m->threads; i++) {
        const kmeans_scratch *s = &m->scratch[i];
        void *const parts[] = {s->rows,  s->x,     s->norm, s->panel,
                               s->doubt, s->exact, s->list, s->bits};
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
            mem_free(parts[k]);
    }
    mem_free(m->scratch);
    mem_free(m->mean);
    mem_free(m->x);
    mem_free(m->norm);
    *m = (kmeans_data){0};
}
