#include "unit/graph/gradient_check.h"

#include "unit/graph/elements.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A difference is formed per output element and weighed afterwards, so that elements that do not
 * change contribute no rounding. */

static const double relative = 1e-6, absolute = 1e-8;

typedef double values[OP_INPUTS][OP_MOST_ELEMENTS];

/* The seeds of the second order: another pattern than op_weight's, for each input. */
static double second_weight(int input, int64_t i)
{
    return op_weight(3 * i + 7 * input + 5) + 0.03125;
}

bool gradient_is_checked(const op_case *c)
{
    bool has = false;
    for (int i = 0; i < c->inputs; i++)
        has |= op_input_has_gradient(c, i);
    return has && c->dtypes & OP_F64 && !(c->flags & (OP_NOT_NUMERIC | OP_ORACLE));
}

static void inputs_at(stint_context *ctx, const op_case *c, values x, stint_tensor **in)
{
    for (int i = 0; i < c->inputs; i++)
        in[i] = elements_tensor(ctx, op_input_dtype(&c->in[i], STINT_F64), c->in[i].axes,
                                c->in[i].shape, x[i]);
}

/* The graph of dF/dx for all differentiable inputs; NULL for others and where unconnected. */
static bool first_graph(stint_context *ctx, const op_case *c, stint_tensor *const *in,
                        stint_tensor **gradient)
{
    stint_tensor *out = op_case_build(c, in);
    return out && op_case_gradients(ctx, c, out, in, gradient) == STINT_OK;
}

/* The graph of dS/dx, from that of dF/dx. */
static bool second_graph(stint_context *ctx, const op_case *c, stint_tensor *const *in,
                         stint_tensor **gradient, stint_tensor **second)
{
    stint_tensor *targets[OP_INPUTS], *seeds[OP_INPUTS];
    double v[OP_MOST_ELEMENTS];
    int n = 0;
    for (int i = 0; i < c->inputs; i++) {
        second[i] = NULL;
        if (!gradient[i])
            continue;
        for (int64_t k = 0; k < op_input_count(&c->in[i]); k++)
            v[k] = second_weight(i, k);
        targets[n] = gradient[i];
        seeds[n++] = elements_tensor(ctx, STINT_F64, c->in[i].axes, c->in[i].shape, v);
    }
    return n == 0 || stint_gradients(n, targets, seeds, c->inputs, in, second) == STINT_OK;
}

/* The outputs that are to be differentiated, one after the other, weighed: of order 1 the case's
 * own, of order 2 its analytic gradient.  Their number, or -1. */
static int64_t evaluate(stint_context *ctx, const op_case *c, int order, values x, double *out)
{
    stint_tensor *in[OP_INPUTS], *of[OP_INPUTS] = {0};
    stint_scope *s = stint_scope_open(ctx);
    int64_t n = 0;
    inputs_at(ctx, c, x, in);
    bool ok = true;
    if (order == 1)
        ok = (of[0] = op_case_build(c, in)) != NULL;
    else
        ok = first_graph(ctx, c, in, of);
    for (int i = 0; ok && i < c->inputs; i++) {
        double *read = of[i] ? elements_read(of[i]) : NULL;
        ok = read || !of[i];
        for (int64_t k = 0; read && k < stint_tensor_count(of[i]); k++)
            out[n++] = read[k] * (order == 1 ? op_weight(k) : second_weight(i, k));
        free(read);
    }
    return stint_scope_close(s) == STINT_OK && ok ? n : -1;
}

enum { MOST_OUT = OP_INPUTS * OP_MOST_ELEMENTS };

static bool difference(stint_context *ctx, const op_case *c, int order, values x, double *at,
                       double *out)
{
    static double up[MOST_OUT], down[MOST_OUT];
    double h = c->step != 0 ? c->step : 0x1p-17, was = *at, sum = 0;
    *at = was + h;
    int64_t n = evaluate(ctx, c, order, x, up);
    *at = was - h;
    int64_t m = evaluate(ctx, c, order, x, down);
    *at = was;
    for (int64_t k = 0; k < n; k++)
        sum += up[k] - down[k];
    *out = sum / (2 * h);
    return n >= 0 && n == m;
}

static bool differences(stint_context *ctx, const op_case *c, int order,
                        double out[OP_INPUTS][OP_MOST_ELEMENTS])
{
    static values x;
    for (int i = 0; i < c->inputs; i++)
        op_case_draw(c, i, x[i]);
    for (int i = 0; i < c->inputs; i++)
        for (int64_t k = 0; op_input_has_gradient(c, i) && k < op_input_count(&c->in[i]); k++)
            if (!difference(ctx, c, order, x, &x[i][k], &out[i][k]))
                return false;
    return true;
}

/* A gradient of zeros would let any rule pass.  Of two scalars, one may have none: a maximum. */
static bool says_something(const op_case *c, const gradient_truth *t, char *why, size_t size)
{
    for (int i = 0; i < c->inputs; i++) {
        double most = 0;
        for (int64_t k = 0; k < op_input_count(&c->in[i]); k++)
            most = fmax(most, fabs(t->first[i][k]));
        bool may_be_zero = op_input_count(&c->in[i]) == 1 && c->inputs > 1;
        if (!op_input_has_gradient(c, i) || may_be_zero ||
            (c->flags & OP_FLAT ? most < 1e-6 : most > 1e-3))
            continue;
        snprintf(why, size, "%s: the gradient of input %d is %g at most", c->name, i, most);
        return false;
    }
    return true;
}

bool gradient_by_differences(stint_context *ctx, const op_case *c, gradient_truth *out, char *why,
                             size_t size)
{
    memset(out, 0, sizeof *out);
    out->has_first = differences(ctx, c, 1, out->first);
    if (out->has_first && !says_something(c, out, why, size))
        return false;
    out->has_second = c->flags & OP_SMOOTH && differences(ctx, c, 2, out->second);
    if (out->has_first && out->has_second == !!(c->flags & OP_SMOOTH))
        return true;
    snprintf(why, size, "%s: cannot be computed: %s", c->name, stint_message(ctx));
    return false;
}

static bool close_to(double got, double want)
{
    return fabs(got - want) <= relative * fmax(fabs(got), fabs(want)) + absolute;
}

/* One order, over all inputs.  No gradient counts as zeros. */
static bool agree(const op_case *c, const char *order, stint_tensor **gradient,
                  const double truth[OP_INPUTS][OP_MOST_ELEMENTS], char *why, size_t size)
{
    bool ok = true;
    for (int i = 0; ok && i < c->inputs; i++) {
        if (!op_input_has_gradient(c, i))
            continue;
        double *got = gradient[i] ? elements_read(gradient[i]) : NULL;
        if (gradient[i] && !got) {
            snprintf(why, size, "%s: %s gradient %d has no value: %s", c->name, order, i,
                     stint_message(stint_tensor_context(gradient[i])));
            return false;
        }
        for (int64_t k = 0; ok && k < op_input_count(&c->in[i]); k++) {
            double g = got ? got[k] : 0;
            ok = close_to(g, truth[i][k]);
            if (!ok)
                snprintf(why, size, "%s: %s gradient %d, element %d is %.12g; by differences %.12g",
                         c->name, order, i, (int)k, g, truth[i][k]);
        }
        free(got);
    }
    return ok;
}

bool gradient_agrees(stint_context *ctx, const op_case *c, const gradient_truth *truth, char *why,
                     size_t size)
{
    stint_tensor *in[OP_INPUTS], *first[OP_INPUTS], *second[OP_INPUTS];
    stint_scope *s = stint_scope_open(ctx);
    op_case_inputs(ctx, c, STINT_F64, in);
    bool ok = first_graph(ctx, c, in, first);
    if (ok && truth->has_second)
        ok = second_graph(ctx, c, in, first, second);
    if (!ok)
        snprintf(why, size, "%s: no gradients: %s", c->name, stint_message(ctx));
    ok = ok && agree(c, "first", first, truth->first, why, size) &&
         (!truth->has_second || agree(c, "second", second, truth->second, why, size));
    (void)stint_scope_close(s);
    stint_clear(ctx);
    return ok;
}
