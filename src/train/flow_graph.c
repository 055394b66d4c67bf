#include "train/flow_impl.h"

#include <string.h>

/* What a step measures, as part of its graph: scalars that are assigned in place, so that a traced
 * step does it at each call and allocates nothing.
 *
 *     norm        Σ g² over all weights of a layer; the root is taken outside the graph
 *     saturated   the share of outputs within 1 - class.saturated of a bound
 *     dead        the share of units with max |y| = 0 over the batch; a unit is a place on the last
 *                 axis, of images [batch, channels, h, w] a channel */

/* What an activation's outputs lie between: what its parameters say, or what it always is. */
typedef struct bounds {
    double low, high;
} bounds;

static bounds bounds_of(const layer *l)
{
    bounds b = {strcmp(l->class->name, "sigmoid") == 0 ? 0 : -1, 1};
    const param *low = param_find(l->class->params, "low");
    const param *high = param_find(l->class->params, "high");
    if (low && high) {
        memcpy(&b.low, (const char *)l->self + low->offset, sizeof b.low);
        memcpy(&b.high, (const char *)l->self + high->offset, sizeof b.high);
    }
    return b;
}

static stint_tensor *share(stint_tensor *condition)
{
    return stint_mean(stint_cast(condition, STINT_F32), STINT_ALL_AXES, false);
}

static stint_tensor *saturated(const layer *l, stint_tensor *y)
{
    bounds b = bounds_of(l);
    double centre = (b.low + b.high) / 2, most = (b.high - b.low) / 2 - (1 - l->class->saturated);
    stint_tensor *from = stint_abs(centre != 0 ? stint_add_number(y, -centre) : y);
    stint_tensor *bound = stint_scalar(stint_tensor_context(y), stint_tensor_dtype(y), most);
    return share(stint_less_equal(bound, from));
}

static stint_tensor *dead(stint_tensor *y)
{
    stint_tensor *most = stint_abs(y);
    bool images = stint_tensor_axes(y) == 4;
    while (stint_tensor_axes(most) > (images ? 2 : 1))
        most = stint_max(most, images ? -1 : 0, false);
    if (images)
        most = stint_max(most, 0, false);
    stint_tensor *zero = stint_scalar(stint_tensor_context(y), stint_tensor_dtype(y), 0);
    return share(stint_equal(most, zero));
}

void flow_saw(void *self, const layer *l, stint_tensor *out)
{
    flow *f = self;
    if (!out || !l->class->is_activation)
        return; /* of a failure the context tells */
    stint_scope *scope = stint_scope_open(f->ctx);
    stint_no_grad_open(f->ctx);
    for (int64_t i = 0; i < f->probes.n; i++) {
        const flow_probe *p = &f->probes.at[i];
        if (p->layer == l && p->measure == FLOW_SATURATED)
            stint_assign(p->measured, saturated(l, out));
        else if (p->layer == l && p->measure == FLOW_DEAD)
            stint_assign(p->measured, dead(out));
    }
    stint_no_grad_close(f->ctx);
    (void)stint_scope_close(scope); /* a failure stays in the context */
}

/* Down columns first: of a wide matrix that is the quicker order. */
static stint_tensor *sum_of_squares(stint_tensor *g)
{
    stint_tensor *sum = stint_square(g);
    while (stint_tensor_axes(sum) > 0)
        sum = stint_sum(sum, 0, false);
    return stint_cast(sum, STINT_F32);
}

/* Σ over the weights of probe `i`; NULL where none of them has a gradient. */
static stint_tensor *squares_of(const flow *f, int i, stint_tensor *const *gradient)
{
    stint_tensor *sum = NULL;
    for (int64_t k = 0; k < f->owner.n; k++)
        if (f->owner.at[k] == i && gradient[k]) {
            stint_tensor *squares = sum_of_squares(gradient[k]);
            sum = sum ? stint_add(sum, squares) : squares;
        }
    return sum;
}

stint_status flow_gradients(flow *f, int n, stint_tensor *const *gradient)
{
    TRY(ctx_status(f->ctx)); /* a gradient may be NULL because it failed */
    if (n != f->owner.n)
        return fail(f->ctx, STINT_EUSAGE, "gradient flow: %d gradients, the net has %lld weights",
                    n, (long long)f->owner.n);
    stint_scope *scope = stint_scope_open(f->ctx);
    stint_no_grad_open(f->ctx);
    for (int64_t i = 0; i < f->probes.n; i++) {
        stint_tensor *sum = squares_of(f, (int)i, gradient);
        if (sum)
            stint_assign(f->probes.at[i].measured, sum);
    }
    stint_no_grad_close(f->ctx);
    return stint_scope_close(scope);
}
