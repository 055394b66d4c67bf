#include "optim/line_search.h"
#include "optim/optim.h"
#include "optim/weights.h"

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

enum { VECTORS = 6 };

typedef struct lbfgs {
    ctx *ctx;
    const settings *set;
    objective f;
    double rate;
    int64_t n;
    double *began, *x, *g, *d, *next_x, *next_g; /* [n] */
    double *s, *y;                               /* [history][n], a ring */
    double *ys, *along;                          /* [history] y·s; scratch */
    int room, pairs, newest;
    double value;
} lbfgs;

static double dot(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void add_scaled(int64_t n, double *to, double a, const double *x)
{
    for (int64_t i = 0; i < n; i++)
        to[i] += a * x[i];
}

static double largest(int64_t n, const double *x)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

static stint_status lbfgs_init(lbfgs *m)
{
    m->room = (int)m->set->history;
    m->began = mem_new(m->ctx, TAG_MODEL, double, (VECTORS + 2 * (int64_t)m->room) * m->n);
    m->ys = mem_new(m->ctx, TAG_MODEL, double, 2 * (int64_t)m->room);
    if (!m->began || !m->ys)
        return STINT_ENOMEM;
    m->along = m->ys + m->room;
    double **vectors[] = {&m->x, &m->g, &m->d, &m->next_x, &m->next_g, &m->s};
    for (int i = 0; i < VECTORS; i++)
        *vectors[i] = m->began + (i + 1) * m->n;
    m->y = m->s + m->room * m->n;
    return STINT_OK;
}

/* d = -H g by the two-loop recursion */
static void find_direction(lbfgs *m)
{
    int64_t n = m->n;
    for (int64_t i = 0; i < n; i++)
        m->d[i] = -m->g[i];
    for (int k = 0; k < m->pairs; k++) {
        int i = (m->newest - k + m->room) % m->room;
        m->along[i] = dot(n, m->s + i * n, m->d) / m->ys[i];
        add_scaled(n, m->d, -m->along[i], m->y + i * n);
    }
    const double *y = m->y + m->newest * n;
    double scale = m->pairs ? m->ys[m->newest] / dot(n, y, y) : 1;
    for (int64_t i = 0; i < n; i++)
        m->d[i] *= scale;
    for (int k = m->pairs - 1; k >= 0; k--) {
        int i = (m->newest - k + m->room) % m->room;
        add_scaled(n, m->d, m->along[i] - dot(n, m->y + i * n, m->d) / m->ys[i], m->s + i * n);
    }
}

/* Of no use where the curvature along it is lost in rounding. */
static void remember_pair(lbfgs *m)
{
    int64_t n = m->n;
    int at = m->pairs ? (m->newest + 1) % m->room : 0;
    double *s = m->s + at * n, *y = m->y + at * n;
    for (int64_t i = 0; i < n; i++) {
        s[i] = m->next_x[i] - m->x[i];
        y[i] = m->next_g[i] - m->g[i];
    }
    m->ys[at] = dot(n, y, s);
    if (!(m->ys[at] > DBL_EPSILON * dot(n, y, y))) {
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
    for (int64_t i = 0; i < m->n && !m->pairs; i++)
        sum += fabs(m->g[i]);
    return m->rate * (sum > 1 ? 1 / sum : 1);
}

/* One iteration; *ended where there is nothing more to gain. */
static stint_status iterate(lbfgs *m, bool *ended)
{
    line_point p, start = {.f = m->value};
    find_direction(m);
    start.slope = dot(m->n, m->g, m->d);
    if (!(start.slope < 0)) {
        m->pairs = 0;
        find_direction(m);
        start.slope = dot(m->n, m->g, m->d);
    }
    double longest = largest(m->n, m->d);
    TRY(line_search_run(&(line_search){.objective = &m->f,
                                       .origin = m->x,
                                       .direction = m->d,
                                       .start = start,
                                       .shortest = m->set->tolerance_change / longest,
                                       .x = m->next_x,
                                       .gradient = m->next_g},
                        first_step(m), &p));
    if (!(p.f < start.f)) { /* a poor model of the curvature, or as low as rounding allows */
        *ended = m->pairs == 0;
        m->pairs = 0;
        return STINT_OK;
    }
    remember_pair(m);
    memcpy(m->x, m->next_x, (size_t)m->n * sizeof *m->x);
    memcpy(m->g, m->next_g, (size_t)m->n * sizeof *m->g);
    m->value = p.f;
    *ended =
        p.step * longest <= m->set->tolerance_change || start.f - p.f <= m->set->tolerance_change;
    return STINT_OK;
}

static stint_status descend(lbfgs *m, int *iterations)
{
    bool ended = false;
    TRY(m->f.value(m->f.self, m->x, &m->value, m->g));
    if (!isfinite(m->value))
        return fail(m->ctx, STINT_EFAIL, "lbfgs: the loss is not finite at the start");
    for (; !ended && *iterations < m->set->max_iter; ++*iterations) {
        if (ctx_interrupted(m->ctx))
            return fail(m->ctx, STINT_EINTERRUPT, "stopped");
        if (largest(m->n, m->g) <= m->set->tolerance_grad)
            break;
        TRY(iterate(m, &ended));
    }
    return STINT_OK;
}

/* Where it ends, or where it began after a failure. */
static stint_status settle(lbfgs *m, weights *w, stint_status status)
{
    stint_status put = weights_put(w, status == STINT_OK ? m->x : m->began);
    return status == STINT_OK ? put : status;
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
    lbfgs m = {.ctx = c, .set = set, .rate = rate, .n = weights_count(&w)};
    m.f = (objective){m.n, &w, weights_value};
    stint_status status = weights_init(&w);
    if (status == STINT_OK)
        status = lbfgs_init(&m);
    if (status == STINT_OK)
        status = weights_get(&w, m.began);
    if (status == STINT_OK) {
        memcpy(m.x, m.began, (size_t)m.n * sizeof *m.x);
        status = settle(&m, &w, descend(&m, iterations));
    }
    mem_free(m.began);
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
