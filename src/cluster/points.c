#include "cluster/points.h"

#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* --- reading ----------------------------------------------------------------------------- */

static void read_row(const points *p, int64_t row, double *out)
{
    if (p->f64)
        memcpy(out, p->f64 + row * p->stride, (size_t)p->d * sizeof *out);
    else
        for (int64_t j = 0; j < p->d; j++)
            out[j] = (double)p->f32[row * p->stride + j];
}

stint_status points_read(const points *p, int64_t from, int64_t count, double *out)
{
    assert(from >= 0 && count >= 0 && from + count <= p->n);
    if (p->rows)
        return p->rows(p->self, from, count, out);
    if (p->f64 && p->stride == p->d) {
        memcpy(out, p->f64 + from * p->d, (size_t)(count * p->d) * sizeof *out);
        return STINT_OK;
    }
    for (int64_t i = 0; i < count; i++)
        read_row(p, from + i, out + i * p->d);
    return STINT_OK;
}

stint_status points_pick(const points *p, const int64_t *which, int64_t count, double *out)
{
    if (p->gather)
        return p->gather(p->self, which, count, out);
    for (int64_t i = 0; i < count; i++) {
        if (p->rows)
            TRY(p->rows(p->self, which[i], 1, out + i * p->d));
        else
            read_row(p, which[i], out + i * p->d);
    }
    return STINT_OK;
}

/* --- checking ---------------------------------------------------------------------------- */

enum { CHECK_DOUBLES = 1 << 14 };

typedef struct check {
    const points *points;
    int64_t rows;          /* of an item */
    double *room;          /* [threads][rows][d], for rows that lie nowhere as doubles */
    _Atomic int64_t first; /* element that is not finite; the lowest of those seen */
} check;

static int64_t first_bad(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i] * 0; /* NaN as soon as one is not finite */
    for (int64_t i = 0; isnan(sum) && i < n; i++)
        if (!isfinite(x[i]))
            return i;
    return n;
}

/* The same, eight sums at once. */
static int64_t first_bad_f64(const double *x, int64_t n)
{
    enum { LANES = 8 };
    double sum[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            sum[l] += x[i + l] * 0;
    for (int l = 1; l < LANES; l++)
        sum[0] += sum[l];
    if (isnan(sum[0]))
        return first_bad(x, n);
    return i + first_bad(x + i, n - i);
}

static void note_bad(check *k, int64_t element)
{
    int64_t known = atomic_load(&k->first);
    while (element < known && !atomic_compare_exchange_weak(&k->first, &known, element))
        ;
}

static stint_status check_item(void *self, int64_t item, int thread)
{
    check *k = self;
    const points *p = k->points;
    int64_t from = item * k->rows, count = p->n - from < k->rows ? p->n - from : k->rows;
    if (p->f64) {
        bool dense = p->stride == p->d;
        for (int64_t i = 0; i < (dense ? 1 : count); i++) {
            int64_t n = dense ? count * p->d : p->d;
            int64_t bad = first_bad_f64(p->f64 + (from + i) * p->stride, n);
            if (bad < n) {
                note_bad(k, (from + i) * p->d + bad);
                return STINT_OK;
            }
        }
        return STINT_OK;
    }
    double *room = k->room + thread * k->rows * p->d;
    TRY(points_read(p, from, count, room));
    int64_t bad = first_bad_f64(room, count * p->d);
    if (bad < count * p->d)
        note_bad(k, from * p->d + bad);
    return STINT_OK;
}

static stint_status refuse(ctx *c, const points *p, int64_t element)
{
    int64_t row = element / p->d, column = element % p->d;
    char place[256], name[64];
    double x[1];
    if (p->name_row)
        p->name_row(p->self, row, place, sizeof place);
    else
        snprintf(place, sizeof place, "row %lld", (long long)row);
    snprintf(name, sizeof name, "column %lld", (long long)column);
    double *values = mem_new(c, TAG_MODEL, double, p->d);
    if (!values)
        return STINT_ENOMEM;
    stint_status s = points_read(p, row, 1, values);
    x[0] = values[column];
    mem_free(values);
    TRY(s);
    return fail(c, STINT_EDATA,
                "%s: %s%s%s is %s; clustering takes finite numbers: drop the row or fill it in",
                place, p->names ? "\"" : "", p->names ? p->names[column] : name,
                p->names ? "\"" : "", isnan(x[0]) ? "not a number (missing?)" : "infinite");
}

stint_status points_check(ctx *c, const points *p, pool *threads)
{
    int n_threads = threads ? pool_threads(threads) : 1;
    check k = {.points = p, .rows = p->d < CHECK_DOUBLES ? CHECK_DOUBLES / p->d : 1};
    int64_t items = (p->n + k.rows - 1) / k.rows;
    stint_status s = STINT_OK;
    atomic_init(&k.first, INT64_MAX);
    if (!p->f64 && !(k.room = mem_new(c, TAG_MODEL, double, n_threads *k.rows * p->d)))
        return STINT_ENOMEM;
    if (threads)
        s = parallel_for(threads, items, check_item, &k);
    for (int64_t item = 0; !threads && s == STINT_OK && item < items; item++)
        s = check_item(&k, item, 0);
    mem_free(k.room);
    TRY(s);
    int64_t first = atomic_load(&k.first);
    return first == INT64_MAX ? STINT_OK : refuse(c, p, first);
}

/* --- all of them ------------------------------------------------------------------------- */

static bool lies_whole(const points *p)
{
    return p->f64 && p->stride == p->d;
}

int64_t points_bytes(const points *p)
{
    return lies_whole(p) ? 0 : mem_cost((size_t)(p->n * p->d) * sizeof(double));
}

stint_status points_load(ctx *c, const points *p, const double **x, double **made)
{
    *made = NULL;
    *x = p->f64;
    if (lies_whole(p))
        return STINT_OK;
    if (!(*made = mem_new(c, TAG_MODEL, double, p->n * p->d)))
        return STINT_ENOMEM;
    stint_status s = points_read(p, 0, p->n, *made);
    *x = *made;
    if (s != STINT_OK) {
        mem_free(*made);
        *made = NULL;
    }
    return s;
}

/* --- directions -------------------------------------------------------------------------- */

/* To length 1; divided by its largest element first, so that no square leaves the doubles. */
static void direct(double *x, int64_t count, int64_t d)
{
    for (int64_t i = 0; i < count; i++, x += d) {
        double most = 0, sum = 0;
        for (int64_t j = 0; j < d; j++)
            most = fmax(most, fabs(x[j]));
        if (most == 0)
            continue;
        for (int64_t j = 0; j < d; j++) {
            x[j] /= most;
            sum += x[j] * x[j];
        }
        double length = sqrt(sum);
        for (int64_t j = 0; j < d; j++)
            x[j] /= length;
    }
}

static stint_status directed_rows(void *self, int64_t from, int64_t count, double *out)
{
    const points_directions *d = self;
    TRY(points_read(&d->of, from, count, out));
    direct(out, count, d->of.d);
    return STINT_OK;
}

static stint_status directed_pick(void *self, const int64_t *which, int64_t count, double *out)
{
    const points_directions *d = self;
    TRY(points_pick(&d->of, which, count, out));
    direct(out, count, d->of.d);
    return STINT_OK;
}

const points *points_directed(points_directions *d, const points *of)
{
    d->of = *of;
    d->as = (points){.n = of->n,
                     .d = of->d,
                     .stride = of->d,
                     .rows = directed_rows,
                     .gather = directed_pick,
                     .self = d,
                     .names = of->names};
    return &d->as;
}
