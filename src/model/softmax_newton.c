#include "linalg/product.h"
#include "model/softmax_descent.h"

#include <math.h>
#include <string.h>

/* Newton's method with the exact Hessian. */

void softmax_factor(int n, const double *a, double *factor)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = a[i * n + i] > most ? a[i * n + i] : most;
    most = most > 0 ? most : 1;
    double raise = 1e-13;
    for (int tries = 0; tries < 8; tries++, raise *= 100) {
        memcpy(factor, a, (size_t)n * (size_t)n * sizeof *a);
        for (int64_t i = 0; i < n; i++)
            factor[i * n + i] += raise * (a[i * n + i] + 1e-3 * most);
        if (cholesky_factor(n, factor))
            return;
    }
    memset(factor, 0, (size_t)n * (size_t)n * sizeof *a);
    for (int64_t i = 0; i < n; i++)
        factor[i * n + i] = sqrt(most);
}

stint_status softmax_step(softmax_loss *l, softmax_point *at, softmax_point *next,
                          const double *direction, bool *moved)
{
    double slope = softmax_dot(l, at->gradient, direction);
    double noise = 1e-14 * (fabs(at->value) + (double)l->set->n);
    *moved = false;
    if (!(slope < 0))
        return STINT_OK;
    for (double t = 1; t > 1e-12;) {
        for (int64_t i = 0; i < (int64_t)l->columns * l->p; i++)
            next->w[i] = at->w[i] + t * direction[i];
        TRY(softmax_loss_at(l, next));
        double rise = next->value - at->value;
        if (rise <= 1e-4 * t * slope + noise) {
            softmax_point before = *at;
            *at = *next;
            *next = before;
            *moved = true;
            return STINT_OK;
        }
        double lowest = -slope * t / (2 * (rise - slope * t)); /* of the parabola; of t */
        t *= lowest > 0.1 ? fmin(lowest, 0.5) : 0.1;
    }
    return STINT_OK;
}

/* Adding one vector to the columns of all classes changes no probability, so the Hessian is
 * flat that way, which no step takes: it is given the curvature of the feature itself. */
static void fill_flat(const softmax_loss *l, double *hessian)
{
    int64_t width = (int64_t)l->columns * l->p;
    for (int j = 0; l->columns > 1 && j < l->p; j++) {
        double mean = 0;
        for (int k = 0; k < l->columns; k++)
            mean += hessian[(k * l->p + j) * (width + 1)] / l->columns;
        for (int a = 0; a < l->columns; a++)
            for (int b = a; b < l->columns; b++)
                hessian[(a * l->p + j) * width + b * l->p + j] += mean / l->columns;
    }
}

static stint_status newton_run(softmax_loss *l, const softmax_settings *s, softmax_point *at,
                               softmax_point *next, double *factor, double *step, softmax_fit *out)
{
    int all = l->columns * l->p;
    bool moved = true;
    TRY(softmax_loss_at(l, at));
    for (out->iterations = 0; out->iterations < s->max_iter && moved; out->iterations++) {
        if (softmax_steepness(l, at) <= s->tol)
            break;
        fill_flat(l, at->hessian);
        softmax_factor(all, at->hessian, factor);
        for (int i = 0; i < all; i++)
            step[i] = -at->gradient[i];
        cholesky_solve(all, factor, 1, step);
        TRY(softmax_step(l, at, next, step, &moved));
    }
    return STINT_OK;
}

stint_status softmax_newton(softmax_loss *l, const softmax_settings *s, softmax_point *at,
                            softmax_fit *out)
{
    int64_t all = (int64_t)l->columns * l->p;
    softmax_point next = {NULL};
    double *factor = mem_new(l->ctx, TAG_MODEL, double, all *all);
    double *step = mem_new(l->ctx, TAG_MODEL, double, all);
    stint_status status = factor && step ? softmax_point_init(l, &next) : STINT_ENOMEM;
    if (status == STINT_OK)
        status = newton_run(l, s, at, &next, factor, step, out);
    softmax_point_deinit(&next);
    mem_free(factor);
    mem_free(step);
    return status;
}
