/* Transcendental functions of f32 keep their bounds all over their arguments, and libm's values
 * at the ends. */
#include "unit/kernel/element_cases.h"

enum { CHUNK = ELEMENT_BLOCK };

static const element_class *classes[ISAS];
static int n_classes;

typedef struct math_case {
    element_op op;
    double (*of)(double);
    double units;    /* of 2^-24 relative */
    double absolute; /* for arguments up to `most` */
    double most;
} math_case;

static double rsqrt_of(double x)
{
    return 1 / sqrt(x);
}

static double reciprocal_of(double x)
{
    return 1 / x;
}

static double sigmoid_of(double x)
{
    return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}

static const math_case cases[] = {
    {ELEMENT_SQRT, sqrt, 1},
    {ELEMENT_RSQRT, rsqrt_of, 4},
    {ELEMENT_RECIPROCAL, reciprocal_of, 1},
    {ELEMENT_EXP, exp, 4},
    {ELEMENT_EXPM1, expm1, 4},
    {ELEMENT_LOG, log, 4},
    {ELEMENT_LOG1P, log1p, 4},
    {ELEMENT_SIN, sin, 4, 2e-7, 1e4},
    {ELEMENT_COS, cos, 4, 2e-7, 1e4},
    {ELEMENT_TANH, tanh, 4},
    {ELEMENT_ERF, erf, 4},
    {ELEMENT_SIGMOID, sigmoid_of, 4},
};

/* How far off in units of what is allowed; below 2^-126 a step of the format is allowed too. */
static double excess(const math_case *m, float x, float got)
{
    double want = m->of((double)x);
    if ((float)want == got || (want != want && got != got))
        return 0;
    if (m->absolute > 0 && fabs((double)x) <= m->most)
        return fabs((double)got - want) / m->absolute;
    return fabs((double)got - want) / (m->units * 0x1p-24 * fabs(want) + 0x1p-149);
}

static double worst_of(const math_case *m, const element_class *k, uint32_t first, uint32_t step,
                       int64_t count, float *where)
{
    _Alignas(64) float x[CHUNK], y[CHUNK];
    double worst = 0;
    for (int64_t i = 0; i < count; i += CHUNK) {
        for (int64_t j = 0; j < CHUNK; j++) {
            uint32_t u = first + (uint32_t)(i + j) * step;
            memcpy(&x[j], &u, sizeof u);
        }
        element_fn_of(k, ELEMENT_F32, m->op)(CHUNK, y, x, NULL, NULL);
        for (int64_t j = 0; j < CHUNK; j++) {
            double e = excess(m, x[j], y[j]);
            if (!(e <= worst))
                worst = e, *where = x[j];
        }
    }
    return worst;
}

static void functions_keep_their_bounds(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int k = 0; k < n_classes; k++) {
            float where = 0;
            double worst = worst_of(&cases[c], classes[k], 0, 20011, (1 << 18) - CHUNK, &where);
            if (!(worst <= 1))
                fail_msg("%s, %s: %.2f times the bound at %a", classes[k]->name,
                         element_ops[cases[c].op].text, worst, (double)where);
        }
}

int main(void)
{
    n_classes = element_classes(classes);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_keep_their_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
