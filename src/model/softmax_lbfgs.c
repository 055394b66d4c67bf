#include "linalg/product.h"
#include "model/softmax_descent.h"

#include <float.h>
#include <string.h>

/* L-BFGS (Nocedal 1980) where the Hessian would be large.  Instead of a multiple of the identity
 * it starts from the inverse of Böhning and Lindsay's bound (1988)
 *
 *     H ≤ b Σ x x' + penalty, for each class alike, b = 1/2, of two classes 1/4
 *
 * to which b times the number of rows is added: directions in which rows hardly differ are not
 * gone far along before the others are known.  It is factored once a fit.  The first step lowers
 * the objective without a search, features that vary together do not slow the descent, and a pass
 * over the rows gives all that an iteration needs. */

enum { PAIRS = 10 };

typedef struct lbfgs {
    softmax_loss *l;
    int64_t all;
    int pairs, last;
    double *steps, *changes;     /* [PAIRS][all] of w, of the gradient */
    double dots[PAIRS];          /* step · change */
    double scale;                /* of the bound's inverse, by the last pair */
    double *factor;              /* [p][p] */
    double *direction, *scratch; /* [all] */
} lbfgs;

int64_t softmax_lbfgs_doubles(int64_t columns, int64_t p)
{
    return (2 * PAIRS + 2) * columns * p + 2 * p * p;
}

static stint_status lbfgs_init(softmax_loss *l, lbfgs *m)
{
    int p = l->p;
    int64_t all = (int64_t)l->columns * p, square = (int64_t)p * p;
    double most = l->columns == 1 ? 0.25 : 0.5;
    double *bound = mem_new(l->ctx, TAG_MODEL, double, square);
    *m = (lbfgs){
        .l = l,
        .all = all,
        .scale = 1,
        .steps = mem_new(l->ctx, TAG_MODEL, double, PAIRS *all),
        .changes = mem_new(l->ctx, TAG_MODEL, double, PAIRS *all),
        .factor = mem_new(l->ctx, TAG_MODEL, double, square),
        .direction = mem_new(l->ctx, TAG_MODEL, double, all),
        .scratch = mem_new(l->ctx, TAG_MODEL, double, all),
    };
    bool whole = bound && m->steps && m->changes && m->factor && m->direction && m->scratch;
    for (int64_t i = 0; whole && i < square; i++)
        bound[i] = most * l->set->gram[i];
    for (int64_t j = 0; whole && j < p; j++)
        bound[j * (p + 1)] += most * (double)l->set->n + l->penalty[j];
    if (whole)
        softmax_factor(p, bound, m->factor);
    mem_free(bound);
    return whole ? STINT_OK : STINT_ENOMEM;
}

static void lbfgs_deinit(lbfgs *m)
{
    mem_free(m->steps);
    mem_free(m->changes);
    mem_free(m->factor);
    mem_free(m->direction);
    mem_free(m->scratch);
}

static void add(const lbfgs *m, double a, const double *x, double *y)
{
    for (int64_t i = 0; i < m->all; i++)
        y[i] += a * x[i];
}

/* The two-loop recursion; pair i of those kept, the oldest first. */
static int pair_at(const lbfgs *m, int i)
{
    return (m->last - m->pairs + 1 + i + PAIRS) % PAIRS;
}

static void find_direction(lbfgs *m, const double *gradient)
{
    const softmax_loss *l = m->l;
    double along[PAIRS], *q = m->direction;
    for (int64_t i = 0; i < m->all; i++)
        q[i] = -gradient[i];
    for (int i = m->pairs - 1; i >= 0; i--) {
        int at = pair_at(m, i);
        along[i] = softmax_dot(l, m->steps + at * m->all, q) / m->dots[at];
        add(m, -along[i], m->changes + at * m->all, q);
    }
    cholesky_solve(l->p, m->factor, l->columns, q);
    for (int64_t i = 0; i < m->all; i++)
        q[i] *= m->scale;
    for (int i = 0; i < m->pairs; i++) {
        int at = pair_at(m, i);
        double back = softmax_dot(l, m->changes + at * m->all, q) / m->dots[at];
        add(m, along[i] - back, m->steps + at * m->all, q);
    }
}

/* Remember the step from `before` to `now`, unless rounding has left nothing of its curvature. */
static void remember(lbfgs *m, const softmax_point *before, const softmax_point *now)
{
    int at = (m->last + 1) % PAIRS;
    double *step = m->steps + at * m->all, *change = m->changes + at * m->all;
    for (int64_t i = 0; i < m->all; i++) {
        step[i] = now->w[i] - before->w[i];
        change[i] = now->gradient[i] - before->gradient[i];
    }
    memcpy(m->scratch, change, (size_t)m->all * sizeof *change);
    cholesky_solve(m->l->p, m->factor, m->l->columns, m->scratch);
    double dot = softmax_dot(m->l, step, change), size = softmax_dot(m->l, change, m->scratch);
    if (!(dot > DBL_EPSILON * size) || !(size > 0))
        return;
    m->dots[at] = dot;
    m->scale = dot / size;
    m->last = at;
    m->pairs += m->pairs < PAIRS;
}

static stint_status lbfgs_run(lbfgs *m, const softmax_settings *s, softmax_point *at,
                              softmax_point *next, softmax_fit *out)
{
    softmax_loss *l = m->l;
    TRY(softmax_loss_at(l, at));
    for (out->iterations = 0; out->iterations < s->max_iter; out->iterations++) {
        bool moved;
        if (softmax_steepness(l, at) <= s->tol)
            break;
        find_direction(m, at->gradient);
        TRY(softmax_step(l, at, next, m->direction, &moved));
        if (moved)
            remember(m, next, at);
        else if (m->pairs == 0)
            break;
        else
            m->pairs = 0, m->scale = 1;
    }
    return STINT_OK;
}

stint_status softmax_lbfgs(softmax_loss *l, const softmax_settings *s, softmax_point *at,
                           softmax_fit *out)
{
    lbfgs m;
    softmax_point next = {NULL};
    stint_status status = lbfgs_init(l, &m);
    if (status == STINT_OK)
        status = softmax_point_init(l, &next);
    if (status == STINT_OK)
        status = lbfgs_run(&m, s, at, &next, out);
    softmax_point_deinit(&next);
    lbfgs_deinit(&m);
    return status;
}
