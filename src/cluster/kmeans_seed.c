#include "cluster/kmeans_run.h"

#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

/* Where a run begins: rows at random, or greedy k-means++ (Arthur & Vassilvitskii 2007): each
 * further centre is the one of 2 + ln k candidates, drawn in proportion to their squared distance
 * from the centres so far, that lowers the sum of these distances most.
 *
 * A candidate's scores in single precision rule out the rows that it is too far from; the others
 * get D.  So what a candidate would gain has the same bits on every backend. */
static double draw(const kmeans_run *r, int64_t index)
{
    rng g = {(uint64_t)r->params->seed, RNG_KMEANS_SEED};
    return rng_uniform(g, (uint64_t)r->number << 40 | (uint64_t)index);
}

/* --- rows in proportion ------------------------------------------------------------------ */

/* weight · closest, 0 also where the one is 0 and the other infinite */
static double share_of(const kmeans_run *r, const double *closest, int64_t row)
{
    double weight = kmeans_weight(r->data, row);
    return weight > 0 ? weight * (closest ? closest[row] : 1) : 0;
}

/* The row at which the running sum of weight · closest passes `target`; closest NULL = 1. */
static int64_t row_at(const kmeans_run *r, const double *closest, double target)
{
    const kmeans_data *m = r->data;
    int64_t item = 0, last = -1;
    double sum = 0;
    for (; item + 1 < m->items && sum + r->item_sum[item] <= target; item++)
        sum += r->item_sum[item];
    int64_t end = (item + 1) * m->item < m->n ? (item + 1) * m->item : m->n;
    for (int64_t i = item * m->item; i < end; i++) {
        double share = share_of(r, closest, i);
        if (!(share > 0))
            continue;
        last = i;
        sum += share;
        if (sum > target)
            return i;
    }
    /* rounding: the last that has a share, here or before */
    for (int64_t i = item * m->item; last < 0 && i-- > 0;)
        if (share_of(r, closest, i) > 0)
            last = i;
    return last < 0 ? 0 : last;
}

static double sum_items(const kmeans_run *r)
{
    double sum = 0;
    for (int64_t i = 0; i < r->data->items; i++)
        sum += r->item_sum[i];
    return sum;
}

static void weigh_items(kmeans_run *r)
{
    const kmeans_data *m = r->data;
    for (int64_t item = 0; item < m->items; item++) {
        int64_t end = (item + 1) * m->item < m->n ? (item + 1) * m->item : m->n;
        r->item_sum[item] = 0;
        for (int64_t i = item * m->item; i < end; i++)
            r->item_sum[item] += kmeans_weight(m, i);
    }
}

static stint_status place_center(kmeans_run *r, int64_t row, int64_t k)
{
    return points_pick(r->data->points, &row, 1, r->centers + k * r->data->d);
}

/* --- at random --------------------------------------------------------------------------- */

/* Rows already taken are marked in r->before; of a row drawn twice, the next free one that
 * weighs, else any. */
static int64_t free_row(const kmeans_run *r, int64_t from)
{
    int64_t n = r->data->n, any = from;
    for (int64_t step = 0; step < n; step++) {
        int64_t row = (from + step) % n;
        if (r->before[row])
            continue;
        if (kmeans_weight(r->data, row) > 0)
            return row;
        any = row;
    }
    return any;
}

stint_status kmeans_begin_random(kmeans_run *r)
{
    memset(r->before, 0, (size_t)r->data->n * sizeof *r->before);
    weigh_items(r);
    double all = sum_items(r);
    for (int64_t k = 0; k < r->k; k++) {
        int64_t row = free_row(r, row_at(r, NULL, draw(r, k) * all));
        r->before[row] = 1;
        TRY(place_center(r, row, k));
    }
    return STINT_OK;
}

/* --- k-means++ --------------------------------------------------------------------------- */

enum { TRIALS_MOST = 2 + 22 }; /* ln of the most rows */

typedef struct seeding {
    kmeans_run *run;
    kmeans_packed packed; /* the candidates */
    kmeans_error error;
    double *at;   /* [trials][d] */
    double *gain; /* [trials][items] */
    int64_t rows[TRIALS_MOST];
    int trials;
    int64_t chosen; /* of the trials, to be the centre; -1 = none yet */
    bool first;     /* there was no centre before */
} seeding;

/* Scores below which a row can gain: D < closest, and what rounding may hide. */
static void limits_of(const seeding *s, const kmeans_view *v, int64_t at, float *limit)
{
    const kmeans_run *r = s->run;
    double scale = r->data->scale * r->data->scale;
    for (int64_t i = 0; i < NEAREST_ROWS; i++) {
        if (at + i >= v->count) {
            limit[i] = -INFINITY;
            continue;
        }
        double norm = (double)v->norm[at + i], closest = r->closest[v->from + at + i] * scale;
        double score = (closest - norm * norm * (1 - 0x1p-18)) / 2;
        score += (double)kmeans_twice_error(&s->error, (float)norm);
        limit[i] = s->first || !(fabs(score) < 0x1p100)
                       ? INFINITY
                       : (float)(score + fabs(score) * 0x1p-20 + 0x1p-120);
    }
}

/* What candidate t gains by the rows that bits name; when it is chosen, it does. */
static stint_status gain_rows(seeding *s, const kmeans_view *v, int64_t at, uint32_t bits, int t,
                              int thread, double *gain)
{
    kmeans_run *r = s->run;
    const kmeans_data *m = r->data;
    for (; bits; bits &= bits - 1) {
        int64_t row = v->from + at + __builtin_ctz(bits);
        const double *x;
        if (row >= v->from + v->count)
            break;
        TRY(kmeans_row(m, v, row, thread, &x));
        double square = kmeans_square(x, s->at + t * m->d, m->d);
        if (!s->first && !(square < r->closest[row]))
            continue;
        if (s->chosen >= 0)
            r->closest[row] = square;
        else if (kmeans_weight(m, row) > 0)
            *gain += kmeans_weight(m, row) * (r->closest[row] - square);
    }
    return STINT_OK;
}

static void sum_item(kmeans_run *r, int64_t item, const kmeans_view *v)
{
    r->item_sum[item] = 0;
    for (int64_t i = v->from; i < v->from + v->count; i++)
        r->item_sum[item] += share_of(r, r->closest, i);
}

static stint_status seed_item(void *self, int64_t item, int thread)
{
    seeding *s = self;
    kmeans_run *r = s->run;
    const kmeans_data *m = r->data;
    uint32_t *bits = m->scratch[thread].bits;
    int first = s->chosen >= 0 ? (int)s->chosen : 0, end = s->chosen >= 0 ? first + 1 : s->trials;
    float limit[NEAREST_ROWS];
    kmeans_view v;
    if (s->chosen >= 0 && !s->first && !(s->gain[s->chosen * m->items + item] > 0))
        return STINT_OK;
    TRY(kmeans_view_item(m, item, thread, &v));
    double gain[TRIALS_MOST] = {0};
    for (int64_t at = 0; at < v.count; at += NEAREST_ROWS) {
        limits_of(s, &v, at, limit);
        if (!s->packed.exact && !s->first)
            m->nearest->below(v.x + at * m->d, &s->packed.at, limit, bits);
        for (int t = first; t < end; t++)
            TRY(gain_rows(s, &v, at, s->packed.exact || s->first ? UINT32_MAX : bits[t], t, thread,
                          &gain[t]));
    }
    for (int t = first; t < end && s->chosen < 0; t++)
        s->gain[t * m->items + item] = gain[t];
    if (s->chosen >= 0)
        sum_item(r, item, &v);
    return STINT_OK;
}

static stint_status try_rows(seeding *s)
{
    const kmeans_run *r = s->run;
    const kmeans_data *m = r->data;
    TRY(points_pick(m->points, s->rows, s->trials, s->at));
    kmeans_pack(m, s->at, s->trials, &s->packed);
    s->error = kmeans_error_of(m->d, s->packed.longest);
    s->chosen = s->first ? 0 : -1;
    if (!s->first) {
        double most = -1;
        int64_t best = 0;
        TRY(kmeans_each(r->pool, r->thread, m->items, seed_item, s));
        for (int t = 0; t < s->trials; t++) {
            double gain = 0;
            for (int64_t i = 0; i < m->items; i++)
                gain += s->gain[t * m->items + i];
            if (gain > most) {
                most = gain;
                best = t;
            }
        }
        s->chosen = best;
    }
    TRY(kmeans_each(r->pool, r->thread, m->items, seed_item, s));
    s->first = false;
    return STINT_OK;
}

static stint_status seed_all(kmeans_run *r, seeding *s)
{
    int64_t draws = 0;
    int trials = 2 + (int)floor(log((double)r->k));
    weigh_items(r);
    s->rows[0] = row_at(r, NULL, draw(r, draws++) * sum_items(r));
    s->trials = 1;
    s->first = true;
    TRY(place_center(r, s->rows[0], 0));
    TRY(try_rows(s));
    for (int64_t k = 1; k < r->k; k++) {
        double all = sum_items(r);
        s->trials = trials;
        for (int t = 0; t < trials; t++)
            s->rows[t] = row_at(r, r->closest, draw(r, draws++) * all);
        TRY(try_rows(s));
        TRY(place_center(r, s->rows[s->chosen], k));
    }
    return STINT_OK;
}

stint_status kmeans_begin_plus_plus(kmeans_run *r)
{
    const kmeans_data *m = r->data;
    seeding s = {.run = r};
    stint_status status = kmeans_packed_init(m->ctx, TRIALS_MOST, m->d, &s.packed);
    s.at = mem_new(m->ctx, TAG_MODEL, double, TRIALS_MOST * m->d);
    s.gain = mem_new(m->ctx, TAG_MODEL, double, TRIALS_MOST * m->items);
    if (status == STINT_OK)
        status = s.at && s.gain ? seed_all(r, &s) : STINT_ENOMEM;
    kmeans_packed_deinit(&s.packed);
    mem_free(s.at);
    mem_free(s.gain);
    return status;
}
