#include "optim/descent.h"

#include <math.h>
#include <string.h>

double descent_dot(int64_t n, const double *a, const double *b)
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

void descent_init(descent *m, weights *w)
{
    m->weights = w;
    m->n = weights_count(w);
    m->f = (objective){m->n, w, weights_value};
}

double *descent_place(descent *m, double *block)
{
    double **const vectors[DESCENT_VECTORS] = {&m->began, &m->x,      &m->g,
                                               &m->d,     &m->next_x, &m->next_g};
    for (int i = 0; i < DESCENT_VECTORS; i++)
        *vectors[i] = block + i * m->n;
    return block + DESCENT_VECTORS * m->n;
}

stint_status descent_search(descent *m, double slope, double first_step, line_point *found)
{
    m->longest = largest(m->n, m->d);
    return line_search_run(&(line_search){.objective = &m->f,
                                          .origin = m->x,
                                          .direction = m->d,
                                          .start = {.f = m->value, .slope = slope},
                                          .shortest = m->tolerance_change / m->longest,
                                          .x = m->next_x,
                                          .gradient = m->next_g},
                           first_step, found);
}

bool descent_move(descent *m, const line_point *found)
{
    double fall = m->value - found->f;
    memcpy(m->x, m->next_x, (size_t)m->n * sizeof *m->x);
    memcpy(m->g, m->next_g, (size_t)m->n * sizeof *m->g);
    m->value = found->f;
    return found->step * m->longest <= m->tolerance_change || fall <= m->tolerance_change;
}

static stint_status descend(descent *m, descent_step *step, void *self, int *iterations)
{
    bool ended = false;
    TRY(m->f.value(m->f.self, m->x, &m->value, m->g));
    if (!isfinite(m->value))
        return fail(m->ctx, STINT_EFAIL, "%s: the loss is not finite at the start", m->name);
    for (; !ended && *iterations < m->max_iter; ++*iterations) {
        if (ctx_interrupted(m->ctx))
            return fail(m->ctx, STINT_EINTERRUPT, "stopped");
        if (largest(m->n, m->g) <= m->tolerance_grad)
            break;
        TRY(step(self, &ended));
    }
    return STINT_OK;
}

stint_status descent_run(descent *m, descent_step *step, void *self, int *iterations)
{
    TRY(weights_get(m->weights, m->began));
    memcpy(m->x, m->began, (size_t)m->n * sizeof *m->x);
    stint_status status = descend(m, step, self, iterations);
    stint_status put = weights_put(m->weights, status == STINT_OK ? m->x : m->began);
    return status == STINT_OK ? put : status;
}
