#include "optim/descent.h"
#include "optim/optim.h"

#include "base/mem.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* L-BFGS (Nocedal 1980): the direction -H g, where H is the inverse Hessian that the last few
 * pairs s = x' - x, y = g' - g imply, from a multiple of the identity, y·s / y·y of the last pair
 * (Nocedal & Wright 2006, algorithm 7.4 and equation 7.20).  Vectors are host memory in f64; all
 * lie in one block:
 *
 *     [ began | x | g | d | x' | g' | s of each pair | y of each pair ]   N doubles each */

typedef struct settings {
    double learning_rate, weight_decay, history, max_iter, tolerance_grad, tolerance_change;
} settings;

static const param lbfgs_params[] = {
    PARAM_F64(settings, learning_rate, 1, 1e-12, 1e6, "the step that a line search tries first"),
    PARAM_F64(settings, weight_decay, 0, 0, 1e6, "L2 penalty: half of it times the squares"),
    PARAM_INT(settings, history, 10, 1, 1000, "pairs of changes that are remembered"),
    PARAM_INT(settings, max_iter, 100, 0, 1e9, "the most iterations"),
    PARAM_F64(settings, tolerance_grad, 1e-7, 0, 1e300, "end where no slope is more than this"),
    PARAM_F64(settings, tolerance_change, 1e-9, 0, 1e300,
              "end when neither the loss nor a weight changes more than this"),
    PARAM_END,
};

typedef struct lbfgs {
    descent at;
    double rate;
    double *s, *y;      /* [history][n], a ring */
    double *ys, *along; /* [history] y·s; scratch */
    int room, pairs, newest;
} lbfgs;

static void add_scaled(int64_t n, double *to, double a, const double *x)
{
    for (int64_t i = 0; i < n; i++)
        to[i] += a * x[i];
}

static stint_status lbfgs_init(lbfgs *m, int history)
{
    int64_t n = m->at.n;
    m->room = history;
    double *block =
        mem_new(m->at.ctx, TAG_MODEL, double, (DESCENT_VECTORS + 2 * (int64_t)m->room) * n);
    m->ys = mem_new(m->at.ctx, TAG_MODEL, double, 2 * (int64_t)m->room);
    m->at.began = block; /* what is freed, after a failure too */
    if (!block || !m->ys)
        return STINT_ENOMEM;
    m->along = m->ys + m->room;
    m->s = descent_place(&m->at, block);
    m->y = m->s + m->room * n;
    return STINT_OK;
}

/* d = -H g by the two-loop recursion */
static void find_direction(lbfgs *m)
{
    int64_t n = m->at.n;
    for (int64_t i = 0; i < n; i++)
        m->at.d[i] = -m->at.g[i];
    for (int k = 0; k < m->pairs; k++) {
        int i = (m->newest - k + m->room) % m->room;
        m->along[i] = descent_dot(n, m->s + i * n, m->at.d) / m->ys[i];
        add_scaled(n, m->at.d, -m->along[i], m->y + i * n);
    }
    const double *y = m->y + m->newest * n;
    double scale = m->pairs ? m->ys[m->newest] / descent_dot(n, y, y) : 1;
    for (int64_t i = 0; i < n; i++)
        m->at.d[i] *= scale;
    for (int k = m->pairs - 1; k >= 0; k--) {
        int i = (m->newest - k + m->room) % m->room;
        add_scaled(n, m->at.d, m->along[i] - descent_dot(n, m->y + i * n, m->at.d) / m->ys[i],
                   m->s + i * n);
    }
}

/* Of no use where the curvature along it is lost in rounding. */
static void remember_pair(lbfgs *m)
{
    int64_t n = m->at.n;
    int at = m->pairs ? (m->newest + 1) % m->room : 0;
    double *s = m->s + at * n, *y = m->y + at * n;
    for (int64_t i = 0; i < n; i++) {
        s[i] = m->at.next_x[i] - m->at.x[i];
        y[i] = m->at.next_g[i] - m->at.g[i];
    }
    m->ys[at] = descent_dot(n, y, s);
    if (!(m->ys[at] > DBL_EPSILON * descent_dot(n, y, y))) {
        if (m->pairs == m->room) /* the oldest was overwritten */
            m->pairs--;
        return;
    }
    m->newest = at;
    m->pairs += m->pairs < m->room;
}

static double first_step(const lbfgs *m)
{
    double sum = 0;
    for (int64_t i = 0; i < m->at.n && !m->pairs; i++)
        sum += fabs(m->at.g[i]);
    return m->rate * (sum > 1 ? 1 / sum : 1);
}

/* One iteration; *ended where there is nothing more to gain. */
static stint_status lbfgs_step(void *self, bool *ended)
{
    lbfgs *m = self;
    descent *at = &m->at;
    line_point p;
    find_direction(m);
    double slope = descent_dot(at->n, at->g, at->d);
    if (!(slope < 0)) {
        m->pairs = 0;
        find_direction(m);
        slope = descent_dot(at->n, at->g, at->d);
    }
    TRY(descent_search(at, slope, first_step(m), &p));
    if (!(p.f < at->value)) { /* a poor model of the curvature, or as low as rounding allows */
        *ended = m->pairs == 0;
        m->pairs = 0;
        return STINT_OK;
    }
    remember_pair(m);
    *ended = descent_move(at, &p);
    return STINT_OK;
}

static stint_status lbfgs_minimise(ctx *c, const void *self, double rate, stint_loss *loss,
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
    lbfgs m = {.at = {.ctx = c,
                      .name = "lbfgs",
                      .max_iter = set->max_iter,
                      .tolerance_grad = set->tolerance_grad,
                      .tolerance_change = set->tolerance_change},
               .rate = rate};
    descent_init(&m.at, &w);
    stint_status status = weights_init(&w);
    if (status == STINT_OK)
        status = lbfgs_init(&m, (int)set->history);
    if (status == STINT_OK)
        status = descent_run(&m.at, lbfgs_step, &m, iterations);
    mem_free(m.at.began);
    mem_free(m.ys);
    weights_deinit(&w);
    return status;
}

const optim_class optim_lbfgs = {
    .name = "lbfgs",
    .size = sizeof(settings),
    .params = lbfgs_params,
    .minimise = lbfgs_minimise,
};
