/* Second derivatives against central differences of gradients, in f64, over a table of functions;
 * products with Jacobians against the Jacobian; what they cost. */
#include "unit/fixture.h"

#include "stint/derivatives.h"
#include "stint/fn.h"

#include "base/rng.h"
#include "base/mem.h"

enum { SOURCES = 3, MOST = 64 };

/* A function of up to three sources of the given shapes. */
typedef struct function_case {
    const char *name;
    stint_function *f;
    int sources;
    struct {
        int axes;
        int64_t shape[3];
    } source[SOURCES];
} function_case;

typedef struct point {
    ctx *ctx;
    const function_case *of;
    stint_tensor *x[SOURCES], *generator;
} point;

/* ---- functions */

static stint_tensor *cubes(void *self)
{
    const point *p = self;
    return stint_pow_number(p->x[0], 3); /* not a scalar: its sum counts */
}

static stint_tensor *linear(void *self)
{
    const point *p = self;
    return stint_sum(stint_mul_number(p->x[0], 3), STINT_ALL_AXES, false);
}

/* quadratic in the first, the second unconnected */
static stint_tensor *half_connected(void *self)
{
    const point *p = self;
    return stint_sum(stint_square(p->x[0]), STINT_ALL_AXES, false);
}

static stint_tensor *rosenbrock(void *self)
{
    const point *p = self;
    int64_t n = stint_tensor_count(p->x[0]);
    stint_tensor *a = stint_slice(p->x[0], 0, 0, n - 1, 1), *b = stint_slice(p->x[0], 0, 1, n, 1);
    stint_tensor *curve = stint_square(stint_sub(b, stint_square(a)));
    return stint_sum(
        stint_add(stint_square(stint_add_number(stint_neg(a), 1)), stint_mul_number(curve, 100)),
        STINT_ALL_AXES, false);
}

static stint_tensor *perceptron(void *self)
{
    const point *p = self;
    stint_tensor *hidden = stint_tanh(stint_linear(p->x[0], p->x[1], NULL));
    return stint_mean(stint_square(stint_matmul(hidden, p->x[2])), STINT_ALL_AXES, false);
}

static stint_tensor *classifier(void *self)
{
    const point *p = self;
    stint_tensor *labels =
        stint_tensor_new(p->ctx, STINT_I64, STINT_SHAPE(4), (const int64_t[]){0, 2, 1, 2});
    return stint_cross_entropy(stint_linear(p->x[0], p->x[1], p->x[2]), labels, STINT_REDUCE_MEAN);
}

static stint_tensor *logistic(void *self)
{
    const point *p = self;
    stint_tensor *targets =
        stint_tensor_new(p->ctx, STINT_F64, STINT_SHAPE(4, 1), (const double[]){0, 1, 1, 0});
    return stint_bce_with_logits(stint_matmul(p->x[0], p->x[1]), targets, STINT_REDUCE_SUM);
}

static stint_tensor *normalised(void *self)
{
    const point *p = self;
    stint_tensor *y = stint_layer_norm(p->x[0], p->x[1], p->x[2], 1e-5);
    return stint_sum(stint_mul(stint_sigmoid(y), stint_square(p->x[0])), STINT_ALL_AXES, false);
}

static stint_tensor *attention(void *self)
{
    const point *p = self;
    stint_tensor *scores = stint_matmul(p->x[0], stint_transpose(p->x[1], 0, 1));
    return stint_sum(stint_square(stint_matmul(stint_softmax(scores, -1), p->x[2])), STINT_ALL_AXES,
                     false);
}

static stint_tensor *indexed(void *self)
{
    const point *p = self;
    stint_tensor *at =
        stint_tensor_new(p->ctx, STINT_I64, STINT_SHAPE(4), (const int64_t[]){1, 0, 2, 1});
    stint_tensor *rows = stint_gather(p->x[0], at, 0);
    return stint_log_sum_exp(stint_reshape(stint_mul(rows, stint_exp(rows)), 1, (int64_t[]){-1}), 0,
                             false);
}

/* h = sigmoid(z) ∘ h + (1 - sigmoid(z)) ∘ tanh(x w + h w), over three steps */
static stint_tensor *recurrent(void *self)
{
    const point *p = self;
    stint_tensor *h = p->x[2];
    for (int t = 0; t < 3; t++) {
        stint_tensor *x = stint_slice(p->x[0], 0, t, t + 1, 1);
        stint_tensor *z = stint_sigmoid(stint_add(x, stint_matmul(h, p->x[1])));
        stint_tensor *new = stint_tanh(stint_sub(x, stint_matmul(h, p->x[1])));
        h = stint_add(stint_mul(z, h), stint_mul(stint_add_number(stint_neg(z), 1), new));
    }
    return stint_sum(stint_square(h), STINT_ALL_AXES, false);
}

static const function_case cases[] = {
    {"cubes", cubes, 1, {{2, {2, 3}}}},
    {"linear", linear, 1, {{1, {5}}}},
    {"half connected", half_connected, 2, {{1, {3}}, {1, {2}}}},
    {"rosenbrock", rosenbrock, 1, {{1, {5}}}},
    {"perceptron", perceptron, 3, {{2, {4, 3}}, {2, {3, 5}}, {2, {5, 2}}}},
    {"classifier", classifier, 3, {{2, {4, 2}}, {2, {2, 3}}, {1, {3}}}},
    {"logistic", logistic, 2, {{2, {4, 3}}, {2, {3, 1}}}},
    {"normalised", normalised, 3, {{2, {3, 4}}, {1, {4}}, {1, {4}}}},
    {"attention", attention, 3, {{2, {3, 2}}, {2, {4, 2}}, {2, {4, 2}}}},
    {"indexed", indexed, 1, {{2, {3, 2}}}},
    {"recurrent", recurrent, 3, {{2, {3, 2}}, {2, {2, 2}}, {2, {1, 2}}}},
};

enum { CASES = sizeof cases / sizeof cases[0] };

/* ---- points */

static double draw(uint64_t stream, int64_t i)
{
    return rng_normal((rng){stream, RNG_GENERATE}, (uint64_t)i) * 0.5 + 0.1;
}

static point point_of(ctx *c, const function_case *of)
{
    point p = {.ctx = c, .of = of, .generator = stint_generator(c, 3)};
    double x[MOST];
    for (int i = 0; i < of->sources; i++) {
        stint_tensor *zeros = stint_zeros(c, STINT_F64, of->source[i].axes, of->source[i].shape);
        for (int64_t k = 0; k < stint_tensor_count(zeros); k++)
            x[k] = draw(1 + (uint64_t)i, k);
        assert_int_equal(stint_write(zeros, x, (size_t)stint_tensor_count(zeros) * 8), STINT_OK);
        p.x[i] = zeros;
    }
    return p;
}

static int64_t values_of(stint_tensor *t, double *out)
{
    size_t bytes = (size_t)stint_tensor_count(t) * sizeof *out;
    assert_int_equal(stint_read(t, out, bytes), STINT_OK);
    return stint_tensor_count(t);
}

/* The gradients of all sources, one after the other; their number. */
static int64_t gradient_at(const point *p, double *out)
{
    stint_tensor *f = p->of->f((void *)p), *gradient[SOURCES];
    int64_t n = 0;
    assert_int_equal(stint_gradients(1, &f, NULL, p->of->sources, p->x, gradient), STINT_OK);
    for (int i = 0; i < p->of->sources; i++) {
        int64_t count = stint_tensor_count(p->x[i]);
        memset(out + n, 0, (size_t)count * sizeof *out);
        n += gradient[i] ? values_of(gradient[i], out + n) : count;
    }
    return n;
}

/* Row r: (gradient(x + h e_r) - gradient(x - h e_r)) / 2h.  N. */
static int64_t hessian_by_differences(const point *p, double *out)
{
    static const double h = 0x1p-17;
    double x[MOST], up[MOST], down[MOST];
    int64_t n = 0, row = 0;
    for (int i = 0; i < p->of->sources; i++) {
        int64_t count = values_of(p->x[i], x);
        for (int64_t k = 0; k < count; k++, row++) {
            double was = x[k];
            x[k] = was + h;
            assert_int_equal(stint_write(p->x[i], x, (size_t)count * 8), STINT_OK);
            n = gradient_at(p, up);
            x[k] = was - h;
            assert_int_equal(stint_write(p->x[i], x, (size_t)count * 8), STINT_OK);
            gradient_at(p, down);
            x[k] = was;
            for (int64_t j = 0; j < n; j++)
                out[row * n + j] = (up[j] - down[j]) / (2 * h);
        }
        assert_int_equal(stint_write(p->x[i], x, (size_t)count * 8), STINT_OK);
    }
    return n;
}

static void assert_close(const char *name, const char *what, int64_t i, double got, double want)
{
    if (!(fabs(got - want) <= 2e-6 * fmax(fabs(got), fabs(want)) + 2e-8))
        fail_msg("%s: %s: element %lld is %.12g, not %.12g", name, what, (long long)i, got, want);
}

/* ---- tests */

static void check_products(const point *p, int64_t n, const double *want)
{
    stint_tensor *vector[SOURCES], *out[SOURCES];
    double v[MOST], got[MOST];
    int64_t at = 0;
    for (int i = 0; i < p->of->sources; i++) {
        int64_t count = stint_tensor_count(p->x[i]);
        for (int64_t k = 0; k < count; k++)
            v[at + k] = draw(9, at + k);
        vector[i] = stint_tensor_new(p->ctx, STINT_F64, p->of->source[i].axes,
                                     p->of->source[i].shape, v + at);
        at += count;
    }
    stint_tensor *f = p->of->f((void *)p);
    assert_int_equal(stint_hessian_vector(f, p->of->sources, p->x, vector, out), STINT_OK);
    at = 0;
    for (int i = 0; i < p->of->sources; i++) {
        int64_t count = stint_tensor_count(p->x[i]);
        memset(got, 0, sizeof got);
        if (out[i])
            values_of(out[i], got);
        for (int64_t k = 0; k < count; k++, at++) {
            double sum = 0;
            for (int64_t j = 0; j < n; j++)
                sum += want[at * n + j] * v[j];
            assert_close(p->of->name, "product", at, got[k], sum);
        }
    }
}

static void second_derivatives_are_those_of_differences(void **state)
{
    fixture *t = *state;
    static double want[MOST * MOST], got[MOST * MOST];
    for (int i = 0; i < CASES; i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        point p = point_of(t->ctx, &cases[i]);
        stint_tensor *hessian, *diagonal[SOURCES];
        int64_t n = hessian_by_differences(&p, want);
        check_products(&p, n, want);
        assert_int_equal(stint_hessian(t->ctx, cases[i].f, &p, cases[i].sources, p.x, &hessian),
                         STINT_OK);
        assert_int_equal(values_of(hessian, got), n * n);
        double most = 0;
        for (int64_t k = 0; k < n * n; k++) {
            most = fmax(most, fabs(got[k]));
            assert_close(cases[i].name, "hessian", k, got[k], want[k]);
            double other = got[k % n * n + k / n];
            if (!(fabs(got[k] - other) <= 1e-12 * fmax(fabs(other), 1)))
                fail_msg("%s: not symmetric: %.17g and %.17g", cases[i].name, got[k], other);
        }
        assert_true(most > 1e-2 || cases[i].f == linear);
        assert_int_equal(
            stint_hessian_diagonal(t->ctx, cases[i].f, &p, cases[i].sources, p.x, diagonal),
            STINT_OK);
        double d[MOST];
        for (int64_t k = 0, at = 0; k < cases[i].sources; k++) {
            int64_t count = values_of(diagonal[k], d);
            for (int64_t j = 0; j < count; j++, at++)
                assert_true(d[j] == got[at * n + at]);
        }
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

static stint_tensor *two_layers(void *self)
{
    const point *p = self;
    return stint_softmax(stint_matmul(stint_tanh(p->x[0]), p->x[1]), -1);
}

static void jacobians_agree(void **state)
{
    fixture *t = *state;
    static const function_case of = {"two layers", two_layers, 2, {{2, {2, 3}}, {2, {3, 4}}}};
    static const double h = 0x1p-17;
    stint_scope *s = stint_scope_open(t->ctx);
    point p = point_of(t->ctx, &of);
    stint_tensor *jacobian[2], *product, *f, *vector[2];
    double j[2][8 * 12], v[2][12], up[8], down[8], got[8], want[8] = {0};
    assert_int_equal(stint_jacobian(t->ctx, two_layers, &p, 2, p.x, jacobian), STINT_OK);
    assert_int_equal(stint_tensor_axes(jacobian[1]), 4);
    assert_int_equal(stint_tensor_size(jacobian[1], 1), 4);
    assert_int_equal(stint_tensor_size(jacobian[1], 2), 3);
    for (int i = 0; i < 2; i++) {
        double x[12];
        int64_t n = values_of(p.x[i], x);
        assert_int_equal(values_of(jacobian[i], j[i]), 8 * n);
        for (int64_t k = 0; k < n; k++) {
            double was = x[k];
            v[i][k] = draw(20 + (uint64_t)i, k);
            x[k] = was + h;
            assert_int_equal(stint_write(p.x[i], x, (size_t)n * 8), STINT_OK);
            values_of(two_layers(&p), up);
            x[k] = was - h;
            assert_int_equal(stint_write(p.x[i], x, (size_t)n * 8), STINT_OK);
            values_of(two_layers(&p), down);
            x[k] = was;
            for (int64_t r = 0; r < 8; r++) {
                assert_close("jacobian", "row", r, j[i][r * n + k], (up[r] - down[r]) / (2 * h));
                want[r] += j[i][r * n + k] * v[i][k];
            }
        }
        assert_int_equal(stint_write(p.x[i], x, (size_t)n * 8), STINT_OK);
        vector[i] = stint_tensor_new(t->ctx, STINT_F64, 2, of.source[i].shape, v[i]);
    }
    f = two_layers(&p);
    assert_int_equal(stint_jacobian_vector(1, &f, 2, p.x, vector, &product), STINT_OK);
    values_of(product, got);
    for (int r = 0; r < 8; r++)
        assert_close("jacobian", "product", r, got[r], want[r]);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* Exact where the Hessian is diagonal; else its mean is, and its variance what theory says. */
static void the_estimate_is_unbiased(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    point p = point_of(t->ctx, &cases[0]);
    stint_tensor *f = cubes(&p), *out;
    double x[6], got[6];
    assert_int_equal(stint_hessian_diagonal_estimate(f, 1, p.x, p.generator, 1, &out), STINT_OK);
    values_of(p.x[0], x);
    values_of(out, got);
    for (int i = 0; i < 6; i++)
        assert_near(got[i], 6 * x[i], 1e-13);
    for (int k = 3; k < CASES; k++) { /* beyond those whose Hessians are diagonal */
        enum { DRAWS = 1000 };
        static double hessian[MOST * MOST];
        stint_scope *inner = stint_scope_open(t->ctx);
        point q = point_of(t->ctx, &cases[k]);
        stint_tensor *whole, *estimate[SOURCES];
        assert_int_equal(stint_hessian(t->ctx, cases[k].f, &q, cases[k].sources, q.x, &whole),
                         STINT_OK);
        values_of(whole, hessian);
        int64_t n = stint_tensor_size(whole, 0), at = 0;
        double sum[MOST] = {0}, one[MOST];
        for (int d = 0; d < DRAWS / 20; d++) {
            stint_scope *draws = stint_scope_open(t->ctx);
            f = cases[k].f(&q);
            assert_int_equal(stint_hessian_diagonal_estimate(f, cases[k].sources, q.x, q.generator,
                                                             20, estimate),
                             STINT_OK);
            at = 0;
            for (int i = 0; i < cases[k].sources; i++) {
                int64_t count = values_of(estimate[i], one);
                for (int64_t j = 0; j < count; j++)
                    sum[at++] += one[j] / (DRAWS / 20);
            }
            assert_int_equal(stint_scope_close(draws), STINT_OK);
        }
        for (int64_t i = 0; i < n; i++) {
            double variance = 0;
            for (int64_t j = 0; j < n; j++)
                variance += j != i ? 2 * hessian[i * n + j] * hessian[i * n + j] : 0;
            double limit = 5 * sqrt(variance / DRAWS) + 1e-12;
            if (!(fabs(sum[i] - hessian[i * n + i]) <= limit))
                fail_msg("%s: diagonal %d is estimated as %g, not %g ± %g", cases[k].name, (int)i,
                         sum[i], hessian[i * n + i], limit);
        }
        assert_int_equal(stint_scope_close(inner), STINT_OK);
    }
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* ---- cost */

enum { LAYERS = 3 };

typedef struct net {
    ctx *ctx;
    stint_tensor *w[LAYERS], *v[LAYERS], *x, *y;
    bool product; /* and not the gradient */
} net;

static stint_status net_step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    net *m = self;
    (void)in;
    stint_tensor *h = m->x;
    for (int i = 0; i < LAYERS; i++)
        h = stint_matmul(i ? stint_tanh(h) : h, m->w[i]);
    stint_tensor *loss = stint_cross_entropy(h, m->y, STINT_REDUCE_MEAN);
    return m->product ? stint_hessian_vector(loss, LAYERS, m->w, m->v, out)
                      : stint_gradients(1, &loss, NULL, LAYERS, m->w, out);
}

static double flops_of(net *m, bool product)
{
    stint_plan_facts facts;
    m->product = product;
    stint_fn *f = stint_fn_new(m->ctx, net_step, m, 0, LAYERS);
    assert_int_equal(stint_fn_warm_up(f, NULL), STINT_OK);
    assert_int_equal(stint_fn_facts(f, &facts), STINT_OK);
    stint_fn_free(f);
    return facts.flops;
}

static void a_product_costs_at_most_four_gradients(void **state)
{
    fixture *t = *state;
    static const int64_t sizes[][LAYERS + 1] = {{64, 64, 64, 10}, {8, 32, 16, 4}, {256, 64, 64, 3}};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        stint_scope *s = stint_scope_open(t->ctx);
        net m = {.ctx = t->ctx,
                 .x = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(32, sizes[k][0])),
                 .y = stint_zeros(t->ctx, STINT_I64, STINT_SHAPE(32))};
        for (int i = 0; i < LAYERS; i++) {
            m.w[i] = stint_zeros(t->ctx, STINT_F32, 2, sizes[k] + i);
            m.v[i] = stint_zeros(t->ctx, STINT_F32, 2, sizes[k] + i);
        }
        double gradient = flops_of(&m, false), product = flops_of(&m, true);
        if (!(product <= 4 * gradient && product > 1.5 * gradient))
            fail_msg("net %d: a product is %.0f flops, a gradient %.0f: %.2f", (int)k, product,
                     gradient, product / gradient);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* ---- errors */

static stint_tensor *nothing(void *self)
{
    (void)self;
    return NULL;
}

static stint_tensor *whole_numbers(void *self)
{
    return stint_cast(((point *)self)->x[0], STINT_I64);
}

static void misuse_is_refused(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    point p = point_of(t->ctx, &cases[0]);
    stint_tensor *out[2], *f = cubes(&p), *wide = stint_zeros(t->ctx, STINT_F64, STINT_SHAPE(4));
    stint_tensor *narrow = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(4));
    assert_int_equal(stint_hessian_vector(f, 1, p.x, &wide, out), STINT_EUSAGE);
    assert_message(t, "gradients: seed 0 is f64 [4], its target f64 [2,3]");
    assert_null(out[0]);
    assert_int_equal(stint_hessian_diagonal_estimate(f, 1, p.x, p.generator, 0, out), STINT_EUSAGE);
    assert_message(t, "0 draws; at least one");
    assert_int_equal(stint_hessian(t->ctx, nothing, &p, 1, p.x, out), STINT_EUSAGE);
    assert_message(t, "derivatives: the function is NULL");
    assert_int_equal(stint_jacobian(t->ctx, whole_numbers, &p, 1, p.x, out), STINT_EUSAGE);
    assert_message(t, "jacobian: the function is i64");
    assert_int_equal(stint_hessian(t->ctx, cubes, &p, 2, (stint_tensor *[]){p.x[0], narrow}, out),
                     STINT_EUSAGE);
    assert_message(t, "source 1 is f32; sources are floats of one dtype");
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(second_derivatives_are_those_of_differences),
        FIXTURE_TEST(jacobians_agree),
        FIXTURE_TEST(the_estimate_is_unbiased),
        FIXTURE_TEST(a_product_costs_at_most_four_gradients),
        FIXTURE_TEST(misuse_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
