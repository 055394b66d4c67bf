#include "optim/optim.h"

#include <math.h>

/* Clipping (Pascanu, Mikolov, Bengio 2013).  The scale is min(1, most / (norm + 1e-6)), as
 * PyTorch's clip_grad_norm_ has it; it is NaN where the norm is.  Everything stays in the graph:
 * the sums of squares are reductions, the scaling is element-wise. */

static const double norm_eps = 1e-6;

static stint_context *context_of(int n, stint_tensor *const *gradient)
{
    for (int i = 0; i < n; i++)
        if (gradient[i])
            return stint_tensor_context(gradient[i]);
    return NULL;
}

/* What norms are computed in: f64 where a gradient is, else f32. */
static stint_dtype dtype_of(int n, stint_tensor *const *gradient)
{
    for (int i = 0; i < n; i++)
        if (gradient[i] && stint_tensor_dtype(gradient[i]) == STINT_F64)
            return STINT_F64;
    return STINT_F32;
}

/* √ Σ over all gradients and their elements g² */
static stint_tensor *common_norm(stint_context *c, int n, stint_tensor *const *gradient)
{
    stint_dtype d = dtype_of(n, gradient);
    stint_scope *s = stint_scope_open(c);
    stint_tensor *sum = stint_scalar(c, d, 0);
    for (int i = 0; i < n; i++)
        if (gradient[i]) {
            stint_tensor *square = stint_square(stint_cast(gradient[i], d));
            sum = stint_add(sum, stint_sum(square, STINT_ALL_AXES, false));
        }
    stint_tensor *norm = stint_sqrt(sum);
    return optim_scope_close(c, s, 1, &norm) == STINT_OK ? norm : NULL;
}

/* min(1, most / (norm + 1e-6)), scalars of one dtype */
static stint_tensor *scale_to(stint_context *c, stint_tensor *most, stint_tensor *norm)
{
    stint_tensor *one = stint_scalar(c, stint_tensor_dtype(norm), 1);
    return stint_minimum(one, stint_div(most, stint_add_number(norm, norm_eps)));
}

/* g scale in the scale's dtype, rounded once to g's */
static stint_tensor *scaled(stint_tensor *g, stint_tensor *scale)
{
    stint_tensor *wide = stint_cast(g, stint_tensor_dtype(scale));
    return stint_cast(stint_mul(wide, scale), stint_tensor_dtype(g));
}

/* The end of clipping by a norm: temporaries since `s` go, and the norm where nobody wants it. */
static stint_status scale_all(stint_context *c, stint_scope *s, int n, stint_tensor **gradient,
                              stint_tensor *scale, stint_tensor *norm, stint_tensor **norm_out)
{
    for (int i = 0; i < n; i++)
        gradient[i] = gradient[i] ? scaled(gradient[i], scale) : NULL;
    stint_status status = optim_scope_close(c, s, n, gradient);
    if (norm_out)
        *norm_out = norm;
    else
        stint_drop(norm);
    return status;
}

stint_status stint_clip_by_norm(int n, stint_tensor **gradient, double most, stint_tensor **norm)
{
    stint_context *c = context_of(n, gradient);
    if (norm)
        *norm = NULL;
    if (!c)
        return STINT_OK;
    TRY(ctx_status(c));
    if (!(most > 0))
        return fail(c, STINT_EUSAGE, "clip: a norm of at most %g", most);
    stint_tensor *now = common_norm(c, n, gradient);
    stint_scope *s = stint_scope_open(c);
    stint_tensor *limit = stint_scalar(c, dtype_of(n, gradient), most);
    return scale_all(c, s, n, gradient, scale_to(c, limit, now), now, norm);
}

stint_status stint_clip_by_value(int n, stint_tensor **gradient, double most)
{
    stint_context *c = context_of(n, gradient);
    if (!c)
        return STINT_OK;
    TRY(ctx_status(c));
    if (!(most > 0))
        return fail(c, STINT_EUSAGE, "clip: values of at most %g", most);
    for (int i = 0; i < n; i++)
        if (gradient[i])
            gradient[i] = stint_clamp(gradient[i], -most, most);
    return ctx_status(c);
}

/* ---- adaptive ---- */

/* The history's numbers, f32 [1] each. */
typedef struct moments {
    stint_tensor *count, *mean, *squares;
} moments;

static moments moments_of(stint_tensor *history)
{
    return (moments){.count = stint_slice(history, 0, 0, 1, 1),
                     .mean = stint_slice(history, 0, 1, 2, 1),
                     .squares = stint_slice(history, 0, 2, 3, 1)};
}

/* mean + 2 √(squares / (count - 1)) */
static stint_tensor *expected_most(moments h)
{
    stint_tensor *variance = stint_div(h.squares, stint_add_number(h.count, -1));
    return stint_add(h.mean, stint_mul_number(stint_sqrt(variance), 2));
}

/* Welford 1962: delta = x - mean, mean' = mean + delta / count', squares' = squares + delta (x -
 * mean').  As it was where x is not finite. */
static void count_norm(stint_tensor *history, moments h, stint_tensor *x)
{
    stint_context *c = stint_tensor_context(history);
    stint_tensor *finite = stint_less(x, stint_scalar(c, STINT_F32, (double)INFINITY));
    stint_tensor *delta = stint_sub(x, h.mean), *count = stint_add_number(h.count, 1);
    stint_tensor *mean = stint_add(h.mean, stint_div(delta, count));
    stint_tensor *squares = stint_add(h.squares, stint_mul(delta, stint_sub(x, mean)));
    stint_tensor *next = stint_concat(3, (stint_tensor *[]){count, mean, squares}, 0);
    stint_assign(history, stint_where(finite, next, history));
}

static bool is_history(const stint_tensor *t)
{
    return t && stint_tensor_dtype(t) == STINT_F32 && stint_tensor_axes(t) == 1 &&
           stint_tensor_count(t) == 3;
}

stint_status stint_clip_adaptive(int n, stint_tensor **gradient, stint_tensor *history, int warm_up,
                                 stint_tensor **norm)
{
    stint_context *c = context_of(n, gradient);
    if (norm)
        *norm = NULL;
    if (!c)
        return STINT_OK;
    TRY(ctx_status(c));
    if (!is_history(history))
        return fail(c, STINT_EUSAGE, "clip: the history of norms is f32 [3]");
    if (warm_up < 2)
        return fail(c, STINT_EUSAGE, "clip: a warm-up of %d norms; a deviation takes 2", warm_up);
    stint_tensor *now = common_norm(c, n, gradient);
    stint_scope *s = stint_scope_open(c);
    moments h = moments_of(history);
    stint_tensor *warm = stint_less_equal(stint_scalar(c, STINT_F32, warm_up), h.count);
    stint_tensor *limit = stint_cast(expected_most(h), stint_tensor_dtype(now));
    stint_tensor *one = stint_scalar(c, stint_tensor_dtype(now), 1);
    stint_tensor *scale = stint_where(warm, scale_to(c, limit, now), one);
    scale = stint_squeeze_axis(scale, 0);
    count_norm(history, h, stint_cast(now, STINT_F32));
    return scale_all(c, s, n, gradient, scale, now, norm);
}
