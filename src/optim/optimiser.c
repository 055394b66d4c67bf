#include "optim/optim.h"

#include "base/mem.h"
#include "graph/graph.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* An optimiser: a class with its settings, and what it keeps between updates.
 *
 *     t, rate      f64 scalars that updates read in the graph, so that a traced step replays
 *     states       [weights][OPTIM_STATES] kept tensors like the weights; NULL = not used
 *
 * They are made by the first update.  t counts updates, whichever weights had gradients. */

struct stint_optimiser {
    ctx *ctx;
    const optim_class *class;
    void *self; /* the class's struct */
    double rate_value;
    int weights; /* -1 = not updated yet */
    stint_tensor *t, *rate;
    stint_tensor **states;
};

static const double *learning_rate(const stint_optimiser *o)
{
    assert(strcmp(o->class->params[0].name, "learning_rate") == 0);
    return (const double *)(const void *)((const char *)o->self + o->class->params[0].offset);
}

stint_optimiser *stint_optimiser_new(stint_context *ctx, const char *name, int n,
                                     const stint_setting *settings)
{
    const optim_class *class = optim_find(ctx, name);
    stint_optimiser *o = class ? mem_new(ctx, TAG_MODEL, stint_optimiser, 1) : NULL;
    if (!o)
        return NULL;
    *o = (stint_optimiser){.ctx = ctx, .class = class, .weights = -1};
    o->self = mem_alloc(ctx, TAG_MODEL, class->size);
    if (!o->self || params_read(ctx, name, class->params, settings, n, o->self) != STINT_OK ||
        (class->check && class->check(ctx, o->self) != STINT_OK)) {
        stint_optimiser_free(o);
        return NULL;
    }
    o->rate_value = *learning_rate(o);
    return o;
}

static void forget_states(stint_optimiser *o)
{
    for (int i = 0; o->states && i < o->weights * OPTIM_STATES; i++)
        stint_drop(o->states[i]);
    mem_free(o->states);
    stint_drop(o->t);
    stint_drop(o->rate);
    o->states = NULL;
    o->t = o->rate = NULL;
    o->weights = -1;
}

void stint_optimiser_free(stint_optimiser *o)
{
    if (!o)
        return;
    forget_states(o);
    mem_free(o->self);
    mem_free(o);
}

/* ---- states ---- */

static stint_status make_states(stint_optimiser *o, int n, stint_tensor *const *weight)
{
    unsigned uses = o->class->uses(o->self);
    o->weights = n;
    o->states = mem_new(o->ctx, TAG_MODEL, stint_tensor *, (int64_t)n * OPTIM_STATES);
    o->t = stint_keep(stint_zeros(o->ctx, STINT_F64, STINT_SCALAR));
    o->rate = stint_keep(stint_tensor_new(o->ctx, STINT_F64, STINT_SCALAR, &o->rate_value));
    graph_own(o->t, "state of an optimiser");
    graph_own(o->rate, "state of an optimiser");
    bool whole = o->states && o->t && o->rate;
    for (int i = 0; whole && i < n * OPTIM_STATES; i++)
        if (uses >> i % OPTIM_STATES & 1) {
            const stint_tensor *w = weight[i / OPTIM_STATES];
            o->states[i] = optim_zeros(o->ctx, stint_tensor_dtype(w), w);
            whole = o->states[i] != NULL;
            graph_own(o->states[i], "state of an optimiser");
        }
    if (whole)
        return STINT_OK;
    forget_states(o);
    return ctx_status(o->ctx);
}

static bool alike(const stint_tensor *a, const stint_tensor *b)
{
    bool same = stint_tensor_dtype(a) == stint_tensor_dtype(b) &&
                stint_tensor_axes(a) == stint_tensor_axes(b);
    for (int i = 0; same && i < stint_tensor_axes(a); i++)
        same = stint_tensor_size(a, i) == stint_tensor_size(b, i);
    return same;
}

static stint_status check_weight(const stint_optimiser *o, int i, const stint_tensor *w,
                                 const stint_tensor *g, const stint_tensor *curvature)
{
    const char *name = o->class->name, *dtype = stint_dtype_text(stint_tensor_dtype(w));
    if (!w)
        return fail(o->ctx, STINT_EUSAGE, "%s: weight %d is NULL", name, i);
    if (stint_tensor_dtype(w) != STINT_F32 && stint_tensor_dtype(w) != STINT_F64)
        return fail(o->ctx, STINT_EUSAGE, "%s: weight %d is %s; weights are f32 or f64", name, i,
                    dtype);
    if ((g && !alike(w, g)) || (curvature && !alike(w, curvature)))
        return fail(o->ctx, STINT_EUSAGE, "%s: %s %d has not the shape and dtype of its weight",
                    name, g && !alike(w, g) ? "gradient" : "curvature", i);
    for (int k = 0; o->states && k < OPTIM_STATES; k++) {
        const stint_tensor *state = o->states[i * OPTIM_STATES + k];
        if (state && !alike(w, state))
            return fail(o->ctx, STINT_EUSAGE, "%s: weight %d is not that of the first update", name,
                        i);
    }
    return STINT_OK;
}

static stint_status check_update(const stint_optimiser *o, int n, stint_tensor *const *weight,
                                 stint_tensor *const *gradient, stint_tensor *const *curvature)
{
    TRY(ctx_status(o->ctx)); /* a gradient may be NULL because it failed */
    if (!o->class->update)
        return fail(o->ctx, STINT_EUSAGE, "%s: call stint_optimiser_minimise", o->class->name);
    if (o->class->curvature != !!curvature)
        return fail(o->ctx, STINT_EUSAGE, "%s: call stint_optimiser_update%s", o->class->name,
                    curvature ? "" : "_curvature");
    if (o->weights >= 0 && n != o->weights)
        return fail(o->ctx, STINT_EUSAGE, "%s: %d weights, the first update had %d", o->class->name,
                    n, o->weights);
    for (int i = 0; i < n; i++)
        TRY(check_weight(o, i, weight[i], gradient[i], curvature ? curvature[i] : NULL));
    return STINT_OK;
}

/* ---- updates ---- */

static stint_tensor *curvature_of(const stint_optimiser *o, const stint_tensor *w,
                                  stint_tensor *curvature)
{
    int64_t shape[STINT_AXES];
    int axes = optim_shape(w, shape);
    return curvature ? curvature : stint_full(o->ctx, stint_tensor_dtype(w), axes, shape, 0);
}

stint_status optim_check_condition(ctx *c, const char *what, const stint_tensor *t)
{
    TRY(ctx_status(c)); /* it may be NULL because it failed */
    if (!t || stint_tensor_dtype(t) != STINT_BOOL || stint_tensor_axes(t) != 0)
        return fail(c, STINT_EUSAGE, "%s: the condition of an update is a bool scalar", what);
    return STINT_OK;
}

/* What an update is given beside the weights: NULL = nothing. */
typedef struct update_with {
    stint_tensor *condition;
    stint_tensor *const *curvature;
} update_with;

static void update_all(stint_optimiser *o, const update_with *with, int n,
                       stint_tensor *const *weight, stint_tensor *const *gradient)
{
    optim_step s = {.ctx = o->ctx, .rate = o->rate};
    s.t =
        optim_assign(&(optim_view){.condition = with->condition}, o->t, stint_add_number(o->t, 1));
    stint_tensor *scalar[2][OPTIM_SCALARS];
    o->class->begin(o->self, &s);
    for (int k = 0; k < OPTIM_SCALARS; k++) {
        scalar[STINT_F64][k] = s.scalar[k];
        scalar[STINT_F32][k] = stint_cast(s.scalar[k], STINT_F32);
    }
    for (int i = 0; i < n; i++) {
        if (!gradient[i])
            continue;
        optim_view v = {
            .w = weight[i],
            .g = gradient[i],
            .state = o->states + (int64_t)i * OPTIM_STATES,
            .condition = with->condition,
        };
        if (with->curvature)
            v.curvature = curvature_of(o, v.w, with->curvature[i]);
        memcpy(v.scalar, scalar[stint_tensor_dtype(v.w)], sizeof v.scalar);
        o->class->update(o->self, &v);
    }
}

static stint_status update(stint_optimiser *o, const update_with *with, int n,
                           stint_tensor *const *weight, stint_tensor *const *gradient)
{
    if (!o)
        return STINT_EUSAGE;
    TRY(check_update(o, n, weight, gradient, with->curvature));
    if (o->weights < 0)
        TRY(make_states(o, n, weight));
    TRY(graph_catch_up(1, &o->t)); /* which not every class reads */
    stint_scope *s = stint_scope_open(o->ctx);
    if (!s)
        return ctx_status(o->ctx);
    stint_no_grad_open(o->ctx);
    update_all(o, with, n, weight, gradient);
    stint_no_grad_close(o->ctx);
    return stint_scope_close(s);
}

stint_status stint_optimiser_update(stint_optimiser *o, int n, stint_tensor *const *weight,
                                    stint_tensor *const *gradient)
{
    return update(o, &(update_with){0}, n, weight, gradient);
}

stint_status stint_optimiser_update_curvature(stint_optimiser *o, int n,
                                              stint_tensor *const *weight,
                                              stint_tensor *const *gradient,
                                              stint_tensor *const *curvature)
{
    return update(o, &(update_with){.curvature = curvature}, n, weight, gradient);
}

stint_status stint_optimiser_update_if(stint_optimiser *o, stint_tensor *condition, int n,
                                       stint_tensor *const *weight, stint_tensor *const *gradient)
{
    if (!o)
        return STINT_EUSAGE;
    TRY(optim_check_condition(o->ctx, o->class->name, condition));
    return update(o, &(update_with){.condition = condition}, n, weight, gradient);
}

stint_status stint_optimiser_minimise(stint_optimiser *o, stint_loss *loss, void *self, int n,
                                      stint_tensor *const *weight, int *iterations)
{
    *iterations = 0;
    if (!o)
        return STINT_EUSAGE;
    TRY(ctx_status(o->ctx));
    if (!o->class->minimise)
        return fail(o->ctx, STINT_EUSAGE, "%s: call stint_optimiser_update", o->class->name);
    for (int i = 0; i < n; i++)
        TRY(check_weight(o, i, weight[i], NULL, NULL));
    return o->class->minimise(o->ctx, o->self, o->rate_value, loss, self, n, weight, iterations);
}

/* ---- the rate, and states for checkpoints ---- */

stint_status stint_optimiser_set_rate(stint_optimiser *o, double rate)
{
    if (!o)
        return STINT_EUSAGE;
    if (!(rate >= 0 && isfinite(rate)))
        return fail(o->ctx, STINT_EUSAGE, "%s: a learning rate of %g", o->class->name, rate);
    if (o->rate)
        TRY(stint_write(o->rate, &rate, sizeof rate));
    o->rate_value = rate;
    return STINT_OK;
}

double stint_optimiser_rate(const stint_optimiser *o)
{
    return o ? o->rate_value : (double)NAN;
}

/* States of one weight: the same ones for all. */
static int states_each(const stint_optimiser *o)
{
    int n = 0;
    for (int k = 0; o->weights > 0 && k < OPTIM_STATES; k++)
        n += o->states[k] != NULL;
    return n;
}

int stint_optimiser_states(const stint_optimiser *o)
{
    return !o || o->weights < 0 ? 0 : 1 + o->weights * states_each(o);
}

stint_tensor *stint_optimiser_state(stint_optimiser *o, int i, char *name, size_t size)
{
    assert(i >= 0 && i < stint_optimiser_states(o));
    if (i == 0) {
        snprintf(name, size, "t");
        return o->t;
    }
    int each = states_each(o), weight = (i - 1) / each, left = (i - 1) % each, k = 0;
    stint_tensor **states = o->states + (int64_t)weight * OPTIM_STATES;
    while (!states[k] || left-- > 0)
        k++;
    snprintf(name, size, "%s.%d", o->class->states[k], weight);
    return states[k];
}
