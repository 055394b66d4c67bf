#include "cluster/kmeans_run.h"

#include <math.h>
#include <string.h>

/* New centres.  The sums of a cluster's rows are kept from round to round, and rows that changed
 * their label move from one to the other: few do, once the first rounds are over.  Whatever found
 * the labels, the same rows move in the same order, so that the centres have the same bits.
 *
 * Rows are cut into parts by their number alone; each part's rows add up in order, and the parts
 * in theirs.  Every so many rounds the sums are made afresh, so that rounding does not pile up. */

enum { AFRESH_EVERY = 16, FEW = 4 /* a part of the rows: more that move are not worth it */ };

static int64_t part_end(const kmeans_run *r, int64_t part)
{
    int64_t end = (part + 1) * r->part_items * r->data->item;
    return end < r->data->n ? end : r->data->n;
}

static stint_status count_part(void *self, int64_t part, int thread)
{
    kmeans_run *r = self;
    int64_t changed = 0;
    (void)thread;
    for (int64_t i = part * r->part_items * r->data->item; i < part_end(r, part); i++)
        changed += r->labels[i] != r->before[i];
    r->changed[part] = changed;
    return STINT_OK;
}

stint_status kmeans_count_changes(kmeans_run *r, int64_t *changed)
{
    TRY(kmeans_each(r->pool, r->thread, r->n_parts, count_part, r));
    *changed = 0;
    for (int64_t part = 0; part < r->n_parts; part++)
        *changed += r->changed[part];
    return STINT_OK;
}

/* --- sums -------------------------------------------------------------------------------- */

typedef double four __attribute__((vector_size(32), aligned(8), may_alias));

static void add(const kmeans_data *m, const double *x, double weight, double sign, double *sum)
{
    const double *mean = m->mean;
    int64_t d = m->d, j = 0;
    double w = weight * sign;
    for (; j + 4 <= d; j += 4)
        *(four *)(sum + j) += w * (*(const four *)(x + j) - *(const four *)(mean + j));
    for (; j < d; j++)
        sum[j] += w * (x[j] - mean[j]);
    sum[d] += w;
    sum[d + 1] += weight > 0 ? sign : 0;
}

static stint_status move_row(kmeans_run *r, const kmeans_view *v, int64_t row, int thread,
                             bool afresh, double *part)
{
    const kmeans_data *m = r->data;
    double weight = kmeans_weight(m, row);
    const double *x;
    TRY(kmeans_row(m, v, row, thread, &x));
    if (!afresh)
        add(m, x, weight, -1, part + r->before[row] * (m->d + 2));
    add(m, x, weight, 1, part + r->labels[row] * (m->d + 2));
    r->before[row] = r->labels[row];
    return STINT_OK;
}

typedef struct moving {
    kmeans_run *run;
    bool afresh;
} moving;

static stint_status move_part(void *self, int64_t part, int thread)
{
    const moving *mv = self;
    kmeans_run *r = mv->run;
    const kmeans_data *m = r->data;
    double *sums = r->parts + part * r->k * (m->d + 2);
    memset(sums, 0, (size_t)(r->k * (m->d + 2)) * sizeof *sums);
    if (!mv->afresh && r->changed[part] == 0)
        return STINT_OK;
    for (int64_t i = part * r->part_items; i < (part + 1) * r->part_items && i < m->items; i++) {
        kmeans_view v = {.from = i * m->item};
        int64_t end = (i + 1) * m->item < m->n ? (i + 1) * m->item : m->n;
        if (mv->afresh || m->direct)
            TRY(kmeans_view_rows(m, i, thread, &v));
        for (int64_t row = v.from; row < end; row++)
            if (mv->afresh || r->labels[row] != r->before[row])
                TRY(move_row(r, &v, row, thread, mv->afresh, sums));
    }
    return STINT_OK;
}

static stint_status move_rows(kmeans_run *r, int64_t changed)
{
    moving mv = {r, !r->weighed || r->round % AFRESH_EVERY == 0 || changed > r->data->n / FEW};
    int64_t size = r->k * (r->data->d + 2);
    TRY(kmeans_each(r->pool, r->thread, r->n_parts, move_part, &mv));
    if (mv.afresh)
        memset(r->sums, 0, (size_t)size * sizeof *r->sums);
    for (int64_t part = 0; part < r->n_parts; part++)
        for (int64_t i = 0; (mv.afresh || r->changed[part] > 0) && i < size; i++)
            r->sums[i] += r->parts[part * size + i];
    r->weighed = true;
    return STINT_OK;
}

/* --- centres ----------------------------------------------------------------------------- */

/* To length 1; false where it has none. */
static bool direct(double *x, int64_t d)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++)
        sum += x[j] * x[j];
    for (int64_t j = 0; sum > 0 && j < d; j++)
        x[j] /= sqrt(sum);
    return sum > 0;
}

static void center_of(const kmeans_run *r, const double *sum, const double *former, double *out)
{
    const kmeans_data *m = r->data;
    bool has = sum[m->d] > 0 && sum[m->d + 1] > 0;
    for (int64_t j = 0; j < m->d; j++)
        out[j] = has ? m->mean[j] + sum[j] / sum[m->d] : former[j];
    if (has && (int)r->params->metric == KMEANS_COSINE && !direct(out, m->d))
        memcpy(out, former, (size_t)m->d * sizeof *out);
}

static int64_t count_empty(const kmeans_run *r, const double *sums)
{
    int64_t empty = 0;
    for (int64_t k = 0; k < r->k; k++)
        empty += sums[k * (r->data->d + 2) + r->data->d + 1] <= 0;
    return empty;
}

stint_status kmeans_update(kmeans_run *r, int64_t changed, double *shift)
{
    int64_t d = r->data->d, size = r->k * (d + 2);
    double *sums = r->sums, *swap = r->former;
    TRY(move_rows(r, changed));
    if ((r->empty = count_empty(r, sums)) > 0) {
        sums = r->parts; /* free until the next round */
        memcpy(sums, r->sums, (size_t)size * sizeof *sums);
        TRY(kmeans_fill_empty(r, sums));
    }
    r->former = r->centers;
    r->centers = swap;
    *shift = 0;
    for (int64_t k = 0; k < r->k; k++) {
        center_of(r, sums + k * (d + 2), r->former + k * d, r->centers + k * d);
        double square = kmeans_square(r->centers + k * d, r->former + k * d, d);
        r->moved[k] = sqrt(square) * r->data->scale * (1 + 0x1p-30);
        *shift += square;
    }
    r->round++;
    return STINT_OK;
}

/* --- inertia ----------------------------------------------------------------------------- */

static stint_status inertia_item(void *self, int64_t item, int thread)
{
    kmeans_run *r = self;
    const kmeans_data *m = r->data;
    kmeans_view v;
    double sum = 0;
    TRY(kmeans_view_rows(m, item, thread, &v));
    for (int64_t i = 0; i < v.count; i++) {
        double weight = kmeans_weight(m, v.from + i);
        const double *center = r->centers + r->labels[v.from + i] * m->d;
        if (weight > 0) /* or what it weighs may be infinite */
            sum += weight * kmeans_square(v.rows + i * m->d, center, m->d);
    }
    r->item_sum[item] = sum;
    return STINT_OK;
}

stint_status kmeans_inertia(kmeans_run *r, double *out)
{
    TRY(kmeans_each(r->pool, r->thread, r->data->items, inertia_item, r));
    *out = 0;
    for (int64_t i = 0; i < r->data->items; i++)
        *out += r->item_sum[i];
    return STINT_OK;
}
