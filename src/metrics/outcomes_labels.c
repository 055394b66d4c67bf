#include "metrics/outcomes_impl.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The shared pass over labels: label by label through a block of rows, so that columns are read as
 * they lie, then row by row.  All but the losses and the rows' ratios is counted in whole numbers;
 * memory does not depend on the rows. */

/* Of each row of a block. */
typedef struct label_rows {
    double loss[LABEL_BLOCK];                               /* Σ over labels */
    int32_t a[LABEL_BLOCK], p[LABEL_BLOCK], t[LABEL_BLOCK]; /* came, predicted, both */
    bool undefined[LABEL_BLOCK];
} label_rows;

static void add_label(outcomes *o, int k, const double *y, const double *p, int64_t n,
                      label_rows *r)
{
    const uint8_t *given = o->decoded + k * n;
    int64_t came = 0, predicted = 0, hit = 0;
    for (int64_t i = 0; i < n; i++) {
        bool is = y[i] == 1;
        double q = is ? p[i] : 1 - p[i];
        r->undefined[i] |= isnan(q) || !(is || y[i] == 0);
        r->loss[i] -= log(fmin(fmax(q, DBL_EPSILON), 1 - DBL_EPSILON));
        r->a[i] += is;
        r->p[i] += given[i];
        r->t[i] += is & given[i];
        came += is;
        predicted += given[i];
        hit += is & given[i];
    }
    o->came[k] += came;
    o->predicted[k] += predicted;
    o->hit[k] += hit;
}

static void keep_label(outcomes *o, int k, const double *y, const double *p, int64_t n)
{
    int64_t at = k * o->shape.rows + o->n;
    memcpy(o->kept + at, p, (size_t)n * sizeof *p);
    for (int64_t i = 0; i < n; i++)
        o->cells[at + i] = y[i] == 1;
}

static void add_ratio(label_sums *s, label_ratio which, int64_t of, int64_t in)
{
    double v = of ? (double)of / (double)in : 0;
    exact_add(&s->ratio[which], v);
    s->ratio_squares[which] += v * v;
}

static void add_row(label_sums *s, int64_t a, int64_t p, int64_t t, double loss)
{
    int64_t wrong = a + p - 2 * t;
    s->some += a + p > 0;
    s->equal += wrong == 0;
    s->wrong += wrong;
    s->wrong_squares += wrong * wrong;
    s->aa += a * a, s->pp += p * p, s->tt += t * t;
    s->ap += a * p, s->at += a * t, s->pt += p * t;
    add_ratio(s, LABEL_PRECISION, t, p);
    add_ratio(s, LABEL_RECALL, t, a);
    add_ratio(s, LABEL_F1, 2 * t, a + p);
    add_ratio(s, LABEL_JACCARD, t, a + p - t);
    exact_add(&s->loss, loss);
    s->loss_squares += loss * loss;
}

void outcomes_add_labels(outcomes *o, const double *y, const double *prediction, int64_t n,
                         int64_t stride)
{
    label_rows r = {0};
    int labels = o->shape.classes;
    labels_decode(&o->shape.decode, labels, prediction, n, stride, o->decoded);
    for (int k = 0; k < labels; k++) {
        const double *actual = y + k * stride, *p = prediction + k * stride;
        add_label(o, k, actual, p, n, &r);
        if (o->shape.keep)
            keep_label(o, k, actual, p, n);
    }
    for (int64_t i = 0; i < n; i++)
        if (r.undefined[i])
            o->undefined++;
        else
            add_row(&o->labels, r.a[i], r.p[i], r.t[i], r.loss[i] / labels);
}
