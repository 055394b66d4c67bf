#include "data/generate.h"

#include <math.h>

/* A circle within another: with t uniform in [0, 2π) and radius r = 1 for label 0, `factor`
 * for label 1, (r cos t, r sin t) with normal noise. */

enum { LABEL, TURN, CELL };

static const double two_pi = 6.283185307179586;

typedef struct circles {
    double rows, seed, noise, factor;
} circles;

static const param circles_params[] = {
    GENERATE_PARAM_ROWS(circles, 1000),
    GENERATE_PARAM_SEED(circles),
    PARAM_F64(circles, noise, 0.05, 0, 1e6, "deviation of the noise on x0 and x1"),
    PARAM_F64(circles, factor, 0.8, 0, 1, "radius of the inner circle; the outer one's is 1"),
    PARAM_END,
};

static stint_status circles_begin(generated *g)
{
    TRY(generate_columns(g, 3));
    g->columns[0].name = "x0";
    g->columns[1].name = "x1";
    g->columns[2].name = "label";
    return STINT_OK;
}

static void circles_fill(generated *g, int64_t from, int64_t n, double *out, int64_t stride)
{
    const circles *c = g->self;
    for (int64_t i = 0; i < n; i++, out++) {
        uint64_t row = (uint64_t)(from + i);
        int64_t label = generate_label(g, LABEL, from + i, 2);
        double t = two_pi * rng_uniform(generate_rng(g, TURN), row), r = label ? c->factor : 1;
        out[0] = r * cos(t) + c->noise * rng_normal(generate_rng(g, CELL), 2 * row);
        out[stride] = r * sin(t) + c->noise * rng_normal(generate_rng(g, CELL), 2 * row + 1);
        out[2 * stride] = (double)label;
    }
}

static void circles_describe(const generated *g, json_out *j)
{
    const circles *c = g->self;
    emit_string(j, "target", "label");
    emit_string(j, "formula", "(r cos t, r sin t) + noise * e, r the radius of the label");
    emit_string(j, "t", "uniform from 0 to 2 pi");
    emit_array(j, "radii");
    emit_double(j, NULL, 1);
    emit_double(j, NULL, c->factor);
    emit_array_end(j);
}

const generator_class generator_circles = {
    .name = "circles",
    .summary = "a circle within another",
    .about = "  Columns x0, x1, label (0 outside, 1 inside, equally many).\n",
    .bytes = sizeof(circles),
    .params = circles_params,
    .begin = circles_begin,
    .fill = circles_fill,
    .describe = circles_describe,
};
