#include "model/softmax_descent.h"

#include <math.h>
#include <string.h>

int64_t softmax_fit_bytes(int d, int classes)
{
    int64_t columns = classes == 2 ? 1 : classes, p = d + 1, all = columns * p;
    bool newton = softmax_set_newton(d, classes);
    int64_t scores = (int64_t)classes * SOFTMAX_BLOCK + 2 * SOFTMAX_BLOCK;
    int64_t hessian = newton ? scores + p * SOFTMAX_BLOCK + 3 * all * all + all
                             : softmax_lbfgs_doubles(columns, p);
    return (p + scores + 4 * all + hessian) * 8 + 32 * 128;
}

/* Scores that give every class its share of the rows, where intercepts allow it. */
static void start(const softmax_loss *l, double *w)
{
    const softmax_set *s = l->set;
    double mean = 0;
    if (!s->intercept)
        return;
    for (int k = 0; k < s->rows.classes; k++)
        mean += s->count[k] ? log((double)s->count[k]) / s->present : 0;
    for (int k = 0; l->columns > 1 && k < s->rows.classes; k++)
        if (s->count[k])
            w[(int64_t)s->place[k] * l->p + s->rows.d] = log((double)s->count[k]) - mean;
    if (l->columns == 1)
        w[s->rows.d] = log((double)s->count[1] / (double)s->count[0]);
}

/* Back to features as they come: w·(x - mean)/scale + b = coef·x + intercept. */
static void unscale(const softmax_set *s, const double *w, double *coef, double *intercept)
{
    *intercept = s->intercept ? w[s->rows.d] : 0;
    for (int j = 0; j < s->rows.d; j++) {
        coef[j] = w[j] / s->scale[j];
        *intercept -= coef[j] * s->mean[j];
    }
}

static void settle(const softmax_set *s, const double *w, softmax_fit *out)
{
    int d = s->rows.d;
    if (s->rows.classes == 2) {
        unscale(s, w, out->coef, out->intercept);
        return;
    }
    for (int k = 0; k < s->rows.classes; k++)
        if (s->place[k] >= 0)
            unscale(s, w + (int64_t)s->place[k] * s->p, out->coef + (int64_t)k * d,
                    &out->intercept[k]);
        else
            out->intercept[k] = SOFTMAX_NEVER;
}

/* One class: it is certain. */
static void settle_certain(const softmax_set *s, softmax_fit *out)
{
    for (int k = 0; k < s->rows.classes; k++)
        if (s->rows.classes > 2)
            out->intercept[k] = s->count[k] ? 0 : SOFTMAX_NEVER;
        else if (s->count[k])
            out->intercept[0] = k == 1 ? -SOFTMAX_NEVER : SOFTMAX_NEVER;
    out->converged = true;
    out->iterations = 0;
    out->value = out->steepness = 0;
}

stint_status softmax_fit_run(ctx *c, softmax_set *set, const softmax_settings *s, softmax_fit *out)
{
    softmax_loss l;
    softmax_point at = {NULL};
    out->columns = set->rows.classes == 2 ? 1 : set->rows.classes;
    memset(out->coef, 0, (size_t)out->columns * (size_t)set->rows.d * sizeof *out->coef);
    memset(out->intercept, 0, (size_t)out->columns * sizeof *out->intercept);
    if (set->present < 2) {
        settle_certain(set, out);
        return STINT_OK;
    }
    TRY(softmax_loss_init(c, set, s->alpha, &l));
    stint_status status = softmax_point_init(&l, &at);
    if (status == STINT_OK) {
        start(&l, at.w);
        status = (set->gram ? softmax_lbfgs : softmax_newton)(&l, s, &at, out);
    }
    if (status == STINT_OK) {
        settle(set, at.w, out);
        out->value = at.value;
        out->steepness = softmax_steepness(&l, &at);
        out->converged = out->steepness <= s->tol;
    }
    softmax_point_deinit(&at);
    softmax_loss_deinit(&l);
    return status;
}
