#include "optim/optim.h"

#include "base/mem.h"
#include "graph/graph.h"

#include <assert.h>
#include <stdio.h>

/* Dynamic loss scaling (Micikevicius et al. 2018, section 3.2), with the rule of PyTorch's
 * GradScaler:
 *
 *     overflow     scale = backoff scale,  good = 0
 *     otherwise    good = good + 1;  where that is `interval`:  scale = growth scale,  good = 0
 *
 * The scale keeps to the powers of two that f32 has at full precision, 2^-126 … 2^127.
 *
 * State is f64 scalars in the graph, as an optimiser's t is, so that a traced step changes them
 * when it is replayed and one small kernel does.  An overflow is found by g - g, which is 0 but for
 * infinities and NaN: one reduction for each gradient, whose results add up to 0 or to NaN. */

enum { SCALE, GOOD, SKIPS, SKIPPED, STATES };
static const char *const names[STATES] = {"scale", "good", "skips", "skipped"};

struct stint_scaler {
    ctx *ctx;
    double scale, growth, backoff, interval, most_skips;
    stint_tensor *state[STATES];
};

static const double lowest = 0x1p-126, highest = 0x1p127;

static const param scaler_params[] = {
    PARAM_F64(stint_scaler, scale, 65536, 0x1p-126, 0x1p127, "what the loss is multiplied by"),
    PARAM_F64(stint_scaler, growth, 2, 1, 1e6, "of the scale, after `interval` good steps"),
    PARAM_F64(stint_scaler, backoff, 0.5, 1e-6, 1, "of the scale, after an overflow"),
    PARAM_INT(stint_scaler, interval, 2000, 1, 9e15, "good steps in a row before it grows"),
    PARAM_INT(stint_scaler, most_skips, 5, 1, 9e15, "steps skipped in a row that are an error"),
    PARAM_END,
};

stint_scaler *stint_scaler_new(stint_context *ctx, int n, const stint_setting *settings)
{
    stint_scaler *s = mem_new(ctx, TAG_MODEL, stint_scaler, 1);
    if (!s)
        return NULL;
    bool whole = params_read(ctx, "scaler", scaler_params, settings, n, s) == STINT_OK;
    s->ctx = ctx;
    for (int i = 0; whole && i < STATES; i++) {
        double start = i == SCALE ? s->scale : 0;
        s->state[i] = stint_keep(stint_tensor_new(ctx, STINT_F64, STINT_SCALAR, &start));
        graph_own(s->state[i], "state of a scaler");
        whole = s->state[i] != NULL;
    }
    if (whole)
        return s;
    stint_scaler_free(s);
    return NULL;
}

void stint_scaler_free(stint_scaler *s)
{
    if (!s)
        return;
    for (int i = 0; i < STATES; i++)
        stint_drop(s->state[i]);
    mem_free(s);
}

/* ---- the step ---- */

stint_tensor *stint_scaler_scale(stint_scaler *s, stint_tensor *loss)
{
    return s && loss ? stint_mul(loss, stint_cast(s->state[SCALE], stint_tensor_dtype(loss)))
                     : NULL;
}

static stint_tensor *unscaled(const stint_scaler *s, stint_tensor *g)
{
    stint_dtype d = stint_tensor_dtype(g) == STINT_F64 ? STINT_F64 : STINT_F32;
    return stint_div(stint_cast(g, d), stint_cast(s->state[SCALE], d));
}

/* Whether Σ over all gradients and their elements g - g is 0 */
static stint_tensor *all_finite(ctx *c, int n, stint_tensor *const *gradient)
{
    stint_tensor *zero = stint_scalar(c, STINT_F32, 0), *sum = zero;
    for (int i = 0; i < n; i++)
        if (gradient[i]) {
            stint_tensor *none = stint_sub(gradient[i], gradient[i]);
            none = stint_sum(none, STINT_ALL_AXES, false);
            sum = stint_add(sum, stint_cast(none, STINT_F32));
        }
    return stint_equal(sum, zero);
}

stint_status stint_scaler_unscale(stint_scaler *s, int n, stint_tensor **gradient,
                                  stint_tensor **finite)
{
    *finite = NULL;
    if (!s)
        return STINT_EUSAGE;
    TRY(ctx_status(s->ctx)); /* a gradient may be NULL because it failed */
    stint_scope *scope = stint_scope_open(s->ctx);
    stint_no_grad_open(s->ctx);
    for (int i = 0; i < n; i++)
        gradient[i] = gradient[i] ? unscaled(s, gradient[i]) : NULL;
    stint_no_grad_close(s->ctx);
    TRY(optim_scope_close(s->ctx, scope, n, gradient));
    scope = stint_scope_open(s->ctx);
    stint_no_grad_open(s->ctx);
    *finite = all_finite(s->ctx, n, gradient);
    stint_no_grad_close(s->ctx);
    return optim_scope_close(s->ctx, scope, 1, finite);
}

static void change(const stint_scaler *s, stint_tensor *finite)
{
    stint_tensor *const *old = s->state;
    stint_tensor *zero = stint_scalar(s->ctx, STINT_F64, 0);
    stint_tensor *interval = stint_scalar(s->ctx, STINT_F64, s->interval);
    stint_tensor *good = stint_add_number(old[GOOD], 1);
    stint_tensor *grown = stint_less_equal(interval, good);
    stint_tensor *scale = stint_where(grown, stint_mul_number(old[SCALE], s->growth), old[SCALE]);
    scale = stint_where(finite, scale, stint_mul_number(old[SCALE], s->backoff));
    good = stint_where(finite, stint_where(grown, zero, good), zero);
    stint_tensor *skips = stint_where(finite, zero, stint_add_number(old[SKIPS], 1));
    stint_tensor *skipped = stint_where(finite, old[SKIPPED], stint_add_number(old[SKIPPED], 1));
    stint_assign(old[SCALE], stint_clamp(scale, lowest, highest));
    stint_assign(old[GOOD], good);
    stint_assign(old[SKIPS], skips);
    stint_assign(old[SKIPPED], skipped);
}

stint_status stint_scaler_update(stint_scaler *s, stint_tensor *finite)
{
    if (!s)
        return STINT_EUSAGE;
    TRY(optim_check_condition(s->ctx, "scaler", finite));
    TRY(graph_catch_up(STATES, s->state)); /* the counters, which no step reads */
    stint_scope *scope = stint_scope_open(s->ctx);
    stint_no_grad_open(s->ctx);
    change(s, finite);
    stint_no_grad_close(s->ctx);
    return stint_scope_close(scope);
}

/* ---- between steps ---- */

stint_status stint_scaler_check(stint_scaler *s)
{
    if (!s)
        return STINT_EUSAGE;
    double skips = stint_item(s->state[SKIPS]);
    TRY(ctx_status(s->ctx));
    if (skips < s->most_skips)
        return STINT_OK;
    return fail(s->ctx, STINT_EFAIL,
                "loss scaling: gradients overflowed in %g steps in a row, the last at a scale of "
                "%g; the loss or a weight is probably not finite",
                skips, stint_item(s->state[SCALE]) / s->backoff);
}

int stint_scaler_states(const stint_scaler *s)
{
    return s ? STATES : 0;
}

stint_tensor *stint_scaler_state(stint_scaler *s, int i, char *name, size_t size)
{
    assert(i >= 0 && i < STATES);
    snprintf(name, size, "%s", names[i]);
    return s->state[i];
}
