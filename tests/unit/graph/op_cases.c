#include "unit/graph/op_cases.h"

#include "base/rng.h"
#include "unit/graph/elements.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Drawn values lie on a grid of as many cells as elements, in an order that the case's name
 * decides, so that no two of an input tie; inputs are a fraction of a cell apart, so that
 * elements of two inputs do not tie either. */

static const op_case *const parts[] = {
    op_cases_pairs,     op_cases_maps,        op_cases_reductions, op_cases_shapes,
    op_cases_indexing,  op_cases_linear,      op_cases_losses,     op_cases_in_place,
    op_cases_sequences, op_cases_convolution, op_cases_attention,
};
enum { PARTS = sizeof parts / sizeof *parts };

const op_case *op_case_at(int i)
{
    for (int p = 0; p < PARTS; p++)
        for (const op_case *c = parts[p]; c->name; c++)
            if (i-- == 0)
                return c;
    return NULL;
}

int op_case_count(void)
{
    int n = 0;
    while (op_case_at(n))
        n++;
    return n;
}

const op_case *op_case_find(const char *name)
{
    for (int i = 0; i < op_case_count(); i++)
        if (!strcmp(op_case_at(i)->name, name))
            return op_case_at(i);
    return NULL;
}

stint_tensor *op_case_build(const op_case *c, stint_tensor *const *in)
{
    if (c->unary)
        return c->unary(in[0]);
    if (c->binary)
        return c->binary(in[0], in[1]);
    if (c->reduction)
        return c->reduction(in[0], c->at.axis, c->at.keep);
    if (c->by_axis)
        return c->by_axis(in[0], c->at.axis);
    if (c->loss)
        return c->loss(in[0], in[1], c->at.how);
    return c->build(c, in);
}

stint_dtype op_input_dtype(const op_input *in, stint_dtype d)
{
    return in->fixed_dtype ? in->dtype : d;
}

bool op_input_has_gradient(const op_case *c, int i)
{
    return c->in[i].differentiable && !(c->flags & (OP_TO_BOOL | OP_TO_I64 | OP_ORACLE));
}

int64_t op_input_count(const op_input *in)
{
    int64_t n = 1;
    for (int i = 0; i < in->axes; i++)
        n *= in->shape[i];
    return n;
}

static uint64_t seed_of(const char *name)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a */
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 1099511628211u;
    return h;
}

static void shuffle(int64_t *order, int64_t n, rng r)
{
    for (int64_t i = 0; i < n; i++)
        order[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)rng_below(r, (uint64_t)i, (uint64_t)i + 1), was = order[i];
        order[i] = order[j];
        order[j] = was;
    }
}

static double away_from_kink(const op_input *in, double x)
{
    if (in->has_kink && fabs(x - in->kink) < 0.05)
        return in->kink + (x < in->kink ? -0.0625 : 0.0625);
    return x;
}

void op_case_draw(const op_case *c, int i, double *out)
{
    const op_input *in = &c->in[i];
    int64_t n = op_input_count(in), order[OP_MOST_ELEMENTS];
    rng r = {seed_of(c->name), (uint64_t)i + 100};
    shuffle(order, n, r);
    for (int64_t k = 0; k < n; k++) {
        double cell = ((double)order[k] + 0.4 + 0.17 * i) / (double)n;
        double x = in->low + cell * (in->high - in->low);
        if (in->kind == OP_SPREAD)
            x = away_from_kink(in, nearbyint(x * 1024) / 1024);
        else if (in->kind == OP_SIGNS)
            x = order[k] % 2 ? 1 : -1;
        else /* in order, so that every one comes */
            x = in->low + (double)(order[k] % ((int64_t)(in->high - in->low) + 1));
        out[k] = x;
    }
}

double op_weight(int64_t i)
{
    return ((double)(i * 37 % 23) - 11.5) / 8;
}

static double value_in(stint_dtype d, double x)
{
    if (d == STINT_I32 || d == STINT_I64)
        return trunc(3 * x);
    if (d == STINT_U8)
        return trunc(3 * fabs(x));
    return d == STINT_BOOL ? x > 0 : element_round(d, x);
}

void op_case_values(const op_case *c, int i, stint_dtype d, double *out)
{
    op_case_draw(c, i, out);
    for (int64_t k = 0; c->in[i].kind == OP_SPREAD && k < op_input_count(&c->in[i]); k++)
        out[k] = value_in(d, out[k]);
}

void op_case_inputs(stint_context *ctx, const op_case *c, stint_dtype d, stint_tensor **in)
{
    double x[OP_MOST_ELEMENTS];
    for (int i = 0; i < c->inputs; i++) {
        op_case_values(c, i, d, x);
        in[i] =
            elements_tensor(ctx, op_input_dtype(&c->in[i], d), c->in[i].axes, c->in[i].shape, x);
    }
}

stint_tensor *op_weights(stint_context *ctx, const stint_tensor *like)
{
    double w[OP_MOST_ELEMENTS * 4];
    int64_t shape[STINT_AXES];
    int axes = stint_tensor_axes(like);
    for (int i = 0; i < axes; i++)
        shape[i] = stint_tensor_size(like, i);
    for (int64_t i = 0; i < stint_tensor_count(like); i++)
        w[i] = op_weight(i);
    return elements_tensor(ctx, stint_tensor_dtype(like), axes, shape, w);
}

stint_status op_case_gradients(stint_context *ctx, const op_case *c, stint_tensor *out,
                               stint_tensor *const *in, stint_tensor **gradient)
{
    stint_tensor *seed = op_weights(ctx, out), *sources[OP_INPUTS], *found[OP_INPUTS];
    int n = 0, k = 0;
    for (int i = 0; i < c->inputs; i++)
        if (op_input_has_gradient(c, i))
            sources[n++] = in[i];
    stint_status s = stint_gradients(1, &out, &seed, n, sources, found);
    for (int i = 0; i < c->inputs; i++)
        gradient[i] = op_input_has_gradient(c, i) ? found[k++] : NULL;
    return s;
}
