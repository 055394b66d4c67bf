/* Plain functions, and the table of all. */
#include "unit/graph/derivative_cases.h"

#include "base/rng.h"

static stint_tensor *cubes(void *self)
{
    const derivative_point *p = self;
    return stint_pow_number(p->x[0], 3);
}

static stint_tensor *linear(void *self)
{
    const derivative_point *p = self;
    return stint_sum(stint_mul_number(p->x[0], 3), STINT_ALL_AXES, false);
}

/* quadratic in the first, the second unconnected */
static stint_tensor *half_connected(void *self)
{
    const derivative_point *p = self;
    return stint_sum(stint_square(p->x[0]), STINT_ALL_AXES, false);
}

static stint_tensor *rosenbrock(void *self)
{
    const derivative_point *p = self;
    int64_t n = stint_tensor_count(p->x[0]);
    stint_tensor *a = stint_slice(p->x[0], 0, 0, n - 1, 1), *b = stint_slice(p->x[0], 0, 1, n, 1);
    stint_tensor *curve = stint_square(stint_sub(b, stint_square(a)));
    return stint_sum(
        stint_add(stint_square(stint_add_number(stint_neg(a), 1)), stint_mul_number(curve, 100)),
        STINT_ALL_AXES, false);
}

static stint_tensor *perceptron(void *self)
{
    const derivative_point *p = self;
    stint_tensor *hidden = stint_tanh(stint_linear(p->x[0], p->x[1], NULL));
    return stint_mean(stint_square(stint_matmul(hidden, p->x[2])), STINT_ALL_AXES, false);
}

static stint_tensor *classifier(void *self)
{
    const derivative_point *p = self;
    stint_tensor *labels =
        stint_tensor_new(p->ctx, STINT_I64, STINT_SHAPE(4), (const int64_t[]){0, 2, 1, 2});
    return stint_cross_entropy(stint_linear(p->x[0], p->x[1], p->x[2]), labels, STINT_REDUCE_MEAN);
}

static stint_tensor *logistic(void *self)
{
    const derivative_point *p = self;
    stint_tensor *targets =
        stint_tensor_new(p->ctx, STINT_F64, STINT_SHAPE(4, 1), (const double[]){0, 1, 1, 0});
    return stint_bce_with_logits(stint_matmul(p->x[0], p->x[1]), targets, STINT_REDUCE_SUM);
}

static stint_tensor *normalised(void *self)
{
    const derivative_point *p = self;
    stint_tensor *y = stint_layer_norm(p->x[0], p->x[1], p->x[2], 1e-5);
    return stint_sum(stint_mul(stint_sigmoid(y), stint_square(p->x[0])), STINT_ALL_AXES, false);
}

static stint_tensor *attention(void *self)
{
    const derivative_point *p = self;
    stint_tensor *scores = stint_matmul(p->x[0], stint_transpose(p->x[1], 0, 1));
    return stint_sum(stint_square(stint_matmul(stint_softmax(scores, -1), p->x[2])), STINT_ALL_AXES,
                     false);
}

static stint_tensor *indexed(void *self)
{
    const derivative_point *p = self;
    stint_tensor *at =
        stint_tensor_new(p->ctx, STINT_I64, STINT_SHAPE(4), (const int64_t[]){1, 0, 2, 1});
    stint_tensor *rows = stint_gather(p->x[0], at, 0);
    return stint_log_sum_exp(stint_reshape(stint_mul(rows, stint_exp(rows)), 1, (int64_t[]){-1}), 0,
                             false);
}

/* h = sigmoid(z) ∘ h + (1 - sigmoid(z)) ∘ tanh(x w + h w), over three steps */
static stint_tensor *recurrent(void *self)
{
    const derivative_point *p = self;
    stint_tensor *h = p->x[2];
    for (int t = 0; t < 3; t++) {
        stint_tensor *x = stint_slice(p->x[0], 0, t, t + 1, 1);
        stint_tensor *z = stint_sigmoid(stint_add(x, stint_matmul(h, p->x[1])));
        stint_tensor *new = stint_tanh(stint_sub(x, stint_matmul(h, p->x[1])));
        h = stint_add(stint_mul(z, h), stint_mul(stint_add_number(stint_neg(z), 1), new));
    }
    return stint_sum(stint_square(h), STINT_ALL_AXES, false);
}

const derivative_case derivative_functions[] = {
    {"cubes", cubes, 1, {{2, {2, 3}}}, .is_diagonal = true},
    {"linear", linear, 1, {{1, {5}}}, .is_linear = true, .is_diagonal = true},
    {"half connected", half_connected, 2, {{1, {3}}, {1, {2}}}, .is_diagonal = true},
    {"rosenbrock", rosenbrock, 1, {{1, {5}}}},
    {"perceptron", perceptron, 3, {{2, {4, 3}}, {2, {3, 5}}, {2, {5, 2}}}},
    {"classifier", classifier, 3, {{2, {4, 2}}, {2, {2, 3}}, {1, {3}}}},
    {"logistic", logistic, 2, {{2, {4, 3}}, {2, {3, 1}}}},
    {"normalised", normalised, 3, {{2, {3, 4}}, {1, {4}}, {1, {4}}}},
    {"attention", attention, 3, {{2, {3, 2}}, {2, {4, 2}}, {2, {4, 2}}}},
    {"indexed", indexed, 1, {{2, {3, 2}}}},
    {"recurrent", recurrent, 3, {{2, {3, 2}}, {2, {2, 2}}, {2, {1, 2}}}},
    {.name = NULL},
};

static const derivative_case *const parts[] = {derivative_functions, derivative_nets};

const derivative_case *derivative_case_at(int i)
{
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
        for (const derivative_case *c = parts[p]; c->name; c++)
            if (i-- == 0)
                return c;
    return NULL;
}

int derivative_case_count(void)
{
    int n = 0;
    while (derivative_case_at(n))
        n++;
    return n;
}

double derivative_draw(uint64_t stream, int64_t i)
{
    return rng_normal((rng){stream, RNG_GENERATE}, (uint64_t)i) * 0.5 + 0.1;
}

derivative_point derivative_point_of(stint_context *ctx, const derivative_case *of)
{
    derivative_point p = {.ctx = ctx, .of = of, .generator = stint_generator(ctx, 3)};
    double x[DERIVATIVE_MOST];
    for (int i = 0; i < of->sources; i++) {
        int64_t count = 1;
        for (int k = 0; k < of->source[i].axes; k++)
            count *= of->source[i].shape[k];
        for (int64_t k = 0; k < count; k++)
            x[k] = derivative_draw(1 + (uint64_t)i, k);
        p.x[i] = stint_tensor_new(ctx, STINT_F64, of->source[i].axes, of->source[i].shape, x);
    }
    return p;
}
