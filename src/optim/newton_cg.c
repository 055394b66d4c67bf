#include "optim/descent.h"
#include "optim/optim.h"

#include "base/mem.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Newton's method whose systems H d = -g are solved by conjugate gradients, as far as it pays
 * (Nocedal & Wright 2006, algorithm 7.1): to |H d + g| ≤ min(1/2, √|g|) |g|, or until a direction
 * of no positive curvature shows; then d is what there is so far, and steepest descent if that is
 * nothing.  It always descends, and a line search from step 1 does the rest.  The Hessian is only
 * ever multiplied with.  Vectors are host memory in f64, in one block:
 *
 *     [ began | x | g | d | x' | g' | r | p | Hp ]   N doubles each
 *
 * r = H d + g is the residual, p the search direction of conjugate gradients. */

typedef struct settings {
    double learning_rate, weight_decay, max_iter, max_products, tolerance_grad, tolerance_change;
} settings;

static const param newton_cg_params[] = {
    PARAM_F64(settings, learning_rate, 1, 1e-12, 1e6, "the step that a line search tries first"),
    PARAM_F64(settings, weight_decay, 0, 0, 1e6, "L2 penalty: half of it times the squares"),
    PARAM_INT(settings, max_iter, 100, 0, 1e9, "the most iterations"),
    PARAM_INT(settings, max_products, 200, 1, 1e9, "the most Hessian products of an iteration"),
    PARAM_F64(settings, tolerance_grad, 1e-7, 0, 1e300, "end where no slope is more than this"),
    PARAM_F64(settings, tolerance_change, 1e-9, 0, 1e300,
              "end when neither the loss nor a weight changes more than this"),
    PARAM_END,
};

enum { VECTORS = DESCENT_VECTORS + 3 };

typedef struct newton {
    descent at;
    double rate, max_products;
    double *r, *p, *hp; /* [n] */
} newton;

static stint_status newton_init(newton *m)
{
    int64_t n = m->at.n;
    double *block = mem_new(m->at.ctx, TAG_MODEL, double, VECTORS *n + 1);
    if (!block)
        return STINT_ENOMEM;
    m->r = descent_place(&m->at, block);
    m->p = m->r + n;
    m->hp = m->p + n;
    return STINT_OK;
}

static void begin_direction(newton *m)
{
    for (int64_t i = 0; i < m->at.n; i++) {
        m->at.d[i] = 0;
        m->r[i] = m->at.g[i];
        m->p[i] = -m->at.g[i];
    }
}

/* d, at the weights as they are. */
static stint_status find_direction(newton *m)
{
    begin_direction(m);
    double rr = descent_dot(m->at.n, m->r, m->r), norm = sqrt(rr);
    double enough = fmin(0.5, sqrt(norm)) * norm;
    for (int k = 0; k < (int)m->max_products && sqrt(rr) > enough; k++) {
        TRY(weights_product(m->at.weights, m->p, m->hp));
        double along = descent_dot(m->at.n, m->p, m->hp);
        if (!(along > DBL_EPSILON * descent_dot(m->at.n, m->p, m->p))) {
            if (k == 0)
                memcpy(m->at.d, m->p, (size_t)m->at.n * sizeof *m->at.d);
            return STINT_OK;
        }
        double a = rr / along, before = rr;
        for (int64_t i = 0; i < m->at.n; i++) {
            m->at.d[i] += a * m->p[i];
            m->r[i] += a * m->hp[i];
        }
        rr = descent_dot(m->at.n, m->r, m->r);
        for (int64_t i = 0; i < m->at.n; i++)
            m->p[i] = rr / before * m->p[i] - m->r[i];
    }
    return STINT_OK;
}

/* Rounding may leave no descent. */
static double slope_of(newton *m)
{
    double slope = descent_dot(m->at.n, m->at.g, m->at.d);
    if (slope < 0)
        return slope;
    for (int64_t i = 0; i < m->at.n; i++)
        m->at.d[i] = -m->at.g[i];
    return -descent_dot(m->at.n, m->at.g, m->at.g);
}

/* One iteration; *ended where there is nothing more to gain. */
static stint_status newton_step(void *self, bool *ended)
{
    newton *m = self;
    line_point p;
    TRY(find_direction(m));
    TRY(descent_search(&m->at, slope_of(m), m->rate, &p));
    *ended = !(p.f < m->at.value) /* as low as rounding allows */ || descent_move(&m->at, &p);
    return STINT_OK;
}

static stint_status newton_minimise(ctx *c, const void *self, double rate, stint_loss *loss,
                                    void *loss_self, int n, stint_tensor *const *weight,
                                    int *iterations)
{
    const settings *set = self;
    weights w = {.ctx = c,
                 .loss = loss,
                 .loss_self = loss_self,
                 .decay = set->weight_decay,
                 .n = n,
                 .weight = weight};
    newton m = {.at = {.ctx = c,
                       .name = "newton_cg",
                       .max_iter = set->max_iter,
                       .tolerance_grad = set->tolerance_grad,
                       .tolerance_change = set->tolerance_change},
                .rate = rate,
                .max_products = set->max_products};
    descent_init(&m.at, &w);
    stint_status s = weights_init(&w);
    if (s == STINT_OK)
        s = newton_init(&m);
    if (s == STINT_OK)
        s = descent_run(&m.at, newton_step, &m, iterations);
    mem_free(m.at.began);
    weights_deinit(&w);
    return s;
}

const optim_class optim_newton_cg = {
    .name = "newton_cg",
    .size = sizeof(settings),
    .params = newton_cg_params,
    .minimise = newton_minimise,
};
