#include "optim/line_search.h"
#include "optim/optim.h"
#include "optim/weights.h"

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

enum { VECTORS = 9 };

typedef struct newton {
    ctx *ctx;
    const settings *set;
    weights *weights;
    objective f;
    double rate, value;
    int64_t n;
    double *began, *x, *g, *d, *next_x, *next_g, *r, *p, *hp; /* [n] */
} newton;

static double dot(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double largest(int64_t n, const double *x)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

static stint_status newton_init(newton *m)
{
    m->began = mem_new(m->ctx, TAG_MODEL, double, VECTORS * m->n + 1);
    if (!m->began)
        return STINT_ENOMEM;
    double **vectors[] = {&m->x, &m->g, &m->d, &m->next_x, &m->next_g, &m->r, &m->p, &m->hp};
    for (int i = 0; i < VECTORS - 1; i++)
        *vectors[i] = m->began + (i + 1) * m->n;
    return STINT_OK;
}

static void begin_direction(newton *m)
{
    for (int64_t i = 0; i < m->n; i++) {
        m->d[i] = 0;
        m->r[i] = m->g[i];
        m->p[i] = -m->g[i];
    }
}

/* d, at the weights as they are. */
static stint_status find_direction(newton *m)
{
    begin_direction(m);
    double rr = dot(m->n, m->r, m->r), norm = sqrt(rr);
    double enough = fmin(0.5, sqrt(norm)) * norm;
    for (int k = 0; k < (int)m->set->max_products && sqrt(rr) > enough; k++) {
        TRY(weights_product(m->weights, m->p, m->hp));
        double along = dot(m->n, m->p, m->hp);
        if (!(along > DBL_EPSILON * dot(m->n, m->p, m->p))) {
            if (k == 0)
                memcpy(m->d, m->p, (size_t)m->n * sizeof *m->d);
            return STINT_OK;
        }
        double a = rr / along, before = rr;
        for (int64_t i = 0; i < m->n; i++) {
            m->d[i] += a * m->p[i];
            m->r[i] += a * m->hp[i];
        }
        rr = dot(m->n, m->r, m->r);
        for (int64_t i = 0; i < m->n; i++)
            m->p[i] = rr / before * m->p[i] - m->r[i];
    }
    return STINT_OK;
}

/* Rounding may leave no descent. */
static double slope_of(newton *m)
{
    double slope = dot(m->n, m->g, m->d);
    if (slope < 0)
        return slope;
    for (int64_t i = 0; i < m->n; i++)
        m->d[i] = -m->g[i];
    return -dot(m->n, m->g, m->g);
}

/* One iteration; *ended where there is nothing more to gain. */
static stint_status iterate(newton *m, bool *ended)
{
    line_point p, start = {.f = m->value};
    TRY(find_direction(m));
    start.slope = slope_of(m);
    double longest = largest(m->n, m->d);
    TRY(line_search_run(&(line_search){.objective = &m->f,
                                       .origin = m->x,
                                       .direction = m->d,
                                       .start = start,
                                       .shortest = m->set->tolerance_change / longest,
                                       .x = m->next_x,
                                       .gradient = m->next_g},
                        m->rate, &p));
    if (!(p.f < start.f)) { /* as low as rounding allows */
        *ended = true;
        return STINT_OK;
    }
    memcpy(m->x, m->next_x, (size_t)m->n * sizeof *m->x);
    memcpy(m->g, m->next_g, (size_t)m->n * sizeof *m->g);
    m->value = p.f;
    *ended =
        p.step * longest <= m->set->tolerance_change || start.f - p.f <= m->set->tolerance_change;
    return STINT_OK;
}

static stint_status descend(newton *m, int *iterations)
{
    bool ended = false;
    TRY(m->f.value(m->f.self, m->x, &m->value, m->g));
    if (!isfinite(m->value))
        return fail(m->ctx, STINT_EFAIL, "newton_cg: the loss is not finite at the start");
    for (; !ended && *iterations < m->set->max_iter; ++*iterations) {
        if (ctx_interrupted(m->ctx))
            return fail(m->ctx, STINT_EINTERRUPT, "stopped");
        if (largest(m->n, m->g) <= m->set->tolerance_grad)
            break;
        TRY(iterate(m, &ended));
    }
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
    newton m = {.ctx = c, .set = set, .weights = &w, .rate = rate, .n = weights_count(&w)};
    m.f = (objective){m.n, &w, weights_value};
    stint_status s = weights_init(&w);
    if (s == STINT_OK)
        s = newton_init(&m);
    if (s == STINT_OK)
        s = weights_get(&w, m.began);
    if (s == STINT_OK) {
        memcpy(m.x, m.began, (size_t)m.n * sizeof *m.x);
        s = descend(&m, iterations);
        /* where it ends, or where it began after a failure */
        stint_status put = weights_put(&w, s == STINT_OK ? m.x : m.began);
        s = s == STINT_OK ? put : s;
    }
    mem_free(m.began);
    weights_deinit(&w);
    return s;
}

const optim_class optim_newton_cg = {
    .name = "newton_cg",
    .size = sizeof(settings),
    .params = newton_cg_params,
    .minimise = newton_minimise,
};
