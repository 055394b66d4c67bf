#include "data/generate.h"

#include <math.h>

/* Two half circles that reach into each other: with t uniform in [0, π],
 *
 *     label 0   (cos t, sin t)
 *     label 1   (1 - cos t, 1/2 - sin t)                     both with normal noise. */

enum { LABEL, TURN, CELL };

static const double pi = 3.141592653589793;

typedef struct moons {
    double rows, seed, noise;
} moons;

static const param moons_params[] = {
    GENERATE_PARAM_ROWS(moons, 1000),
    GENERATE_PARAM_SEED(moons),
    PARAM_F64(moons, noise, 0.1, 0, 1e6, "deviation of the noise on x0 and x1"),
    PARAM_END,
};

static stint_status moons_begin(generated *g)
{
    TRY(generate_columns(g, 3));
    g->columns[0].name = "x0";
    g->columns[1].name = "x1";
    g->columns[2].name = "label";
    return STINT_OK;
}

static void moons_fill(generated *g, int64_t from, int64_t n, double *out, int64_t stride)
{
    const moons *m = g->self;
    for (int64_t i = 0; i < n; i++, out++) {
        uint64_t row = (uint64_t)(from + i);
        int64_t label = generate_label(g, LABEL, from + i, 2);
        double t = pi * rng_uniform(generate_rng(g, TURN), row);
        double x = label ? 1 - cos(t) : cos(t), y = label ? 0.5 - sin(t) : sin(t);
        out[0] = x + m->noise * rng_normal(generate_rng(g, CELL), 2 * row);
        out[stride] = y + m->noise * rng_normal(generate_rng(g, CELL), 2 * row + 1);
        out[2 * stride] = (double)label;
    }
}

static void moons_describe(const generated *g, json_out *j)
{
    (void)g;
    emit_string(j, "target", "label");
    emit_string(j, "label_0", "(cos t, sin t) + noise * e");
    emit_string(j, "label_1", "(1 - cos t, 0.5 - sin t) + noise * e");
    emit_string(j, "t", "uniform from 0 to pi");
}

const generator_class generator_moons = {
    .name = "moons",
    .summary = "two half circles that reach into each other",
    .about = "  Columns x0, x1, label (0 or 1, equally many).\n",
    .bytes = sizeof(moons),
    .params = moons_params,
    .begin = moons_begin,
    .fill = moons_fill,
    .describe = moons_describe,
};
