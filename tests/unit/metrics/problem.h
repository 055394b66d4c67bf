/* Seeded problems of each kind, drawn by the counter-based generator: row i is a function of the
 * seed and i alone. */
#ifndef UNIT_METRICS_PROBLEM_H
#define UNIT_METRICS_PROBLEM_H

#include "base/rng.h"
#include "metrics/metric.h"

#include "unit/fixture.h"

typedef struct problem {
    outcome_shape shape;
    int64_t stride;
    double *y, *prediction; /* [columns][stride] */
} problem;

static inline int problem_predictions(const outcome_shape *s)
{
    static const bool of_classes[TARGET_KINDS] = {[TARGET_CLASS] = true, [TARGET_LABELS] = true};
    return s->kind == TARGET_NUMBER ? s->targets : of_classes[s->kind] ? s->classes : 2;
}

static inline int problem_outputs(const outcome_shape *s)
{
    return s->kind == TARGET_CLASS ? 1 : problem_predictions(s);
}

static inline void problem_number(problem *p, rng r, int64_t i)
{
    for (int k = 0; k < p->shape.targets; k++) {
        uint64_t at = (uint64_t)(i * p->shape.targets + k) * 4;
        p->y[k * p->stride + i] = 5 + rng_normal(r, at);
        p->prediction[k * p->stride + i] = p->y[k * p->stride + i] + rng_normal(r, at + 2) / 3;
    }
}

/* Class k comes with a chance that grows with k; scores are normal, the true one's by 1 higher. */
static inline void problem_class(problem *p, rng r, int64_t i)
{
    int classes = p->shape.classes, actual = 0;
    uint64_t at = (uint64_t)i * 256;
    double u = rng_uniform(r, at) * classes * (classes + 1) / 2, sum = 0;
    while (u >= actual + 1 && actual < classes - 1)
        u -= ++actual;
    p->y[i] = actual;
    for (int k = 0; k < classes; k++)
        sum += p->prediction[k * p->stride + i] =
            exp(rng_normal(r, at + 2 + 2 * (uint64_t)k) + (k == actual));
    for (int k = 0; k < classes; k++)
        p->prediction[k * p->stride + i] /= sum;
}

static inline void problem_angle(problem *p, rng r, int64_t i)
{
    uint64_t at = (uint64_t)i * 8;
    double a = 6.283185307179586 * rng_uniform(r, at), b = a + rng_normal(r, at + 2) / 5,
           length = exp(rng_normal(r, at + 4));
    p->y[i] = sin(a);
    p->y[p->stride + i] = cos(a);
    p->prediction[i] = length * sin(b);
    p->prediction[p->stride + i] = length * cos(b);
}

/* Label k comes with a chance that falls with k; one row in 11 or so has none. */
static inline void problem_labels(problem *p, rng r, int64_t i)
{
    uint64_t at = (uint64_t)i * 256;
    bool some = rng_uniform(r, at + 255) < 0.91;
    for (int k = 0; k < p->shape.classes; k++) {
        bool is = some && rng_uniform(r, at + 4 * (uint64_t)k) < 0.6 / (k + 1);
        p->y[k * p->stride + i] = is;
        p->prediction[k * p->stride + i] =
            1 / (1 + exp(1 - 1.5 * is - rng_normal(r, at + 4 * (uint64_t)k + 2)));
    }
}

static inline problem problem_draw(outcome_shape shape, uint64_t seed)
{
    static void (*const draw[TARGET_KINDS])(problem *, rng, int64_t) = {
        [TARGET_NUMBER] = problem_number,
        [TARGET_CLASS] = problem_class,
        [TARGET_ANGLE] = problem_angle,
        [TARGET_LABELS] = problem_labels,
    };
    problem p = {.shape = shape, .stride = shape.rows + 3};
    p.y = calloc((size_t)(problem_outputs(&shape) * p.stride), sizeof(double));
    p.prediction = calloc((size_t)(problem_predictions(&shape) * p.stride), sizeof(double));
    for (int64_t i = 0; i < shape.rows; i++)
        draw[shape.kind](&p, (rng){seed, RNG_GENERATE}, i);
    return p;
}

static inline void problem_drop(problem *p)
{
    free(p->y);
    free(p->prediction);
}

/* All rows in blocks of `cut`. */
static inline void problem_add(const problem *p, int64_t cut, outcomes *o)
{
    for (int64_t from = 0; from < p->shape.rows; from += cut) {
        int64_t left = p->shape.rows - from;
        outcomes_add(o, p->y + from, p->prediction + from, left < cut ? left : cut, p->stride);
    }
}

static const outcome_shape problem_shapes[] = {
    {.kind = TARGET_NUMBER, .targets = 1, .rows = 1500, .keep = true},
    {.kind = TARGET_NUMBER, .targets = 3, .rows = 1500, .keep = true},
    {.kind = TARGET_CLASS, .classes = 2, .rows = 1500, .keep = true},
    {.kind = TARGET_CLASS, .classes = 5, .rows = 1500, .keep = true},
    {.kind = TARGET_ANGLE, .period = 24, .rows = 1500, .keep = true},
    {.kind = TARGET_LABELS, .classes = 4, .decode = {0.5, 0}, .rows = 1500, .keep = true},
    {.kind = TARGET_LABELS, .classes = 7, .decode = {0, 2}, .rows = 1500, .keep = true},
};
enum { PROBLEM_SHAPES = sizeof problem_shapes / sizeof problem_shapes[0] };

#endif
