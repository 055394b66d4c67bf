/* Second derivatives and Jacobians against central differences, in f64, over a table of functions
 * and nets; what they cost. */
#include "unit/fixture.h"
#include "unit/graph/derivative_cases.h"

#include "stint/fn.h"

enum { SOURCES = DERIVATIVE_SOURCES, MOST = DERIVATIVE_MOST };

typedef derivative_point point;

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

/* A vector for each source, their elements one after the other. */
static void vectors_of(const point *p, double *v, stint_tensor **vector)
{
    for (int i = 0, at = 0; i < p->of->sources; i++) {
        int64_t count = stint_tensor_count(p->x[i]);
        for (int64_t k = 0; k < count; k++)
            v[at + k] = derivative_draw(9, at + k);
        vector[i] = stint_tensor_new(p->ctx, STINT_F64, p->of->source[i].axes,
                                     p->of->source[i].shape, v + at);
        at += (int)count;
    }
}

static void check_products(const point *p, int64_t n, const double *want)
{
    stint_tensor *vector[SOURCES], *out[SOURCES];
    double v[MOST], got[MOST];
    int64_t at = 0;
    vectors_of(p, v, vector);
    stint_tensor *f = p->of->f((void *)p);
    assert_int_equal(stint_hessian_vector(f, p->of->sources, p->x, vector, out), STINT_OK);
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
    for (int i = 0; i < derivative_case_count(); i++) {
        const derivative_case *c = derivative_case_at(i);
        stint_scope *s = stint_scope_open(t->ctx);
        point p = derivative_point_of(t->ctx, c);
        stint_tensor *hessian, *diagonal[SOURCES];
        int64_t n = hessian_by_differences(&p, want);
        check_products(&p, n, want);
        assert_int_equal(stint_hessian(t->ctx, c->f, &p, c->sources, p.x, &hessian), STINT_OK);
        assert_int_equal(values_of(hessian, got), n * n);
        double most = 0;
        for (int64_t k = 0; k < n * n; k++) {
            most = fmax(most, fabs(got[k]));
            assert_close(c->name, "hessian", k, got[k], want[k]);
            double other = got[k % n * n + k / n];
            if (!(fabs(got[k] - other) <= 1e-12 * fmax(fabs(other), 1)))
                fail_msg("%s: not symmetric: %.17g and %.17g", c->name, got[k], other);
        }
        assert_true(most > 1e-2 || c->is_linear);
        assert_int_equal(stint_hessian_diagonal(t->ctx, c->f, &p, c->sources, p.x, diagonal),
                         STINT_OK);
        double d[MOST];
        for (int64_t k = 0, at = 0; k < c->sources; k++) {
            int64_t count = values_of(diagonal[k], d);
            for (int64_t j = 0; j < count; j++, at++)
                assert_true(d[j] == got[at * n + at]);
        }
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* What connects of H v, at p: its number. */
static int product_of(const point *p, stint_tensor *const *vector, stint_tensor **out)
{
    stint_tensor *f = p->of->f((void *)p), *all[SOURCES];
    int n = 0;
    assert_int_equal(stint_hessian_vector(f, p->of->sources, p->x, vector, all), STINT_OK);
    for (int i = 0; i < p->of->sources; i++)
        if (all[i])
            out[n++] = all[i];
    return n;
}

/* Σ H v at p, its elements weighed by 1, 2, 3, … */
static double weighed_product(const point *p, stint_tensor *const *vector)
{
    stint_tensor *out[SOURCES];
    double x[MOST], sum = 0;
    stint_scope *s = stint_scope_open(p->ctx);
    int n = product_of(p, vector, out);
    for (int i = 0, at = 0; i < n; i++) {
        int64_t count = values_of(out[i], x);
        for (int64_t k = 0; k < count; k++)
            sum += x[k] * ++at;
    }
    assert_int_equal(stint_scope_close(s), STINT_OK);
    return sum;
}

static void check_third(const point *p)
{
    static const double h = 0x1p-17;
    stint_tensor *vector[SOURCES], *product[SOURCES], *seed[SOURCES], *third[SOURCES];
    double v[MOST], x[MOST], got[MOST];
    vectors_of(p, v, vector);
    int n = product_of(p, vector, product);
    for (int i = 0, at = 0; i < n; i++) {
        stint_tensor *ones = stint_arange(p->ctx, STINT_F64, stint_tensor_count(product[i]));
        int64_t shape[STINT_AXES];
        for (int k = 0; k < stint_tensor_axes(product[i]); k++)
            shape[k] = stint_tensor_size(product[i], k);
        seed[i] =
            stint_reshape(stint_add_number(ones, at + 1), stint_tensor_axes(product[i]), shape);
        at += (int)stint_tensor_count(product[i]);
    }
    assert_int_equal(stint_gradients(n, product, seed, p->of->sources, p->x, third), STINT_OK);
    for (int i = 0; i < p->of->sources; i++) {
        int64_t count = values_of(p->x[i], x);
        memset(got, 0, sizeof got);
        if (third[i])
            values_of(third[i], got);
        for (int64_t k = 0; k < count; k++) {
            double was = x[k], side[2];
            for (int up = 0; up < 2; up++) {
                x[k] = was + (up ? h : -h);
                assert_int_equal(stint_write(p->x[i], x, (size_t)count * 8), STINT_OK);
                side[up] = weighed_product(p, vector);
            }
            x[k] = was;
            assert_close(p->of->name, "third", k, got[k], (side[1] - side[0]) / (2 * h));
        }
        assert_int_equal(stint_write(p->x[i], x, (size_t)count * 8), STINT_OK);
    }
}

static void third_derivatives_are_those_of_differences(void **state)
{
    fixture *t = *state;
    for (int i = 0; i < derivative_case_count(); i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        point p = derivative_point_of(t->ctx, derivative_case_at(i));
        if (!p.of->is_linear)
            check_third(&p);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* All Jacobians side by side: want[r * n + k] = d f[r] / d source element k.  The rows. */
static int64_t jacobian_by_differences(const point *p, int64_t n, double *out)
{
    static const double h = 0x1p-17;
    double x[MOST], up[MOST], down[MOST];
    int64_t rows = 0, column = 0;
    for (int i = 0; i < p->of->sources; i++) {
        int64_t count = values_of(p->x[i], x);
        for (int64_t k = 0; k < count; k++, column++) {
            double was = x[k];
            x[k] = was + h;
            assert_int_equal(stint_write(p->x[i], x, (size_t)count * 8), STINT_OK);
            rows = values_of(p->of->f((void *)p), up);
            x[k] = was - h;
            assert_int_equal(stint_write(p->x[i], x, (size_t)count * 8), STINT_OK);
            values_of(p->of->f((void *)p), down);
            x[k] = was;
            for (int64_t r = 0; r < rows; r++)
                out[r * n + column] = (up[r] - down[r]) / (2 * h);
        }
        assert_int_equal(stint_write(p->x[i], x, (size_t)count * 8), STINT_OK);
    }
    return rows;
}

/* Products with vectors, forwards, against rows of the Jacobian times them. */
static void check_forward(const point *p, int64_t n, int64_t rows, const double *want)
{
    stint_tensor *vector[SOURCES], *f = p->of->f((void *)p), *product;
    double v[MOST], got[MOST] = {0};
    vectors_of(p, v, vector);
    assert_int_equal(stint_jacobian_vector(1, &f, p->of->sources, p->x, vector, &product),
                     STINT_OK);
    values_of(product, got);
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t k = 0; k < n; k++)
            sum += want[r * n + k] * v[k];
        assert_close(p->of->name, "forward product", r, got[r], sum);
    }
}

static void check_jacobian(point *p)
{
    static double want[MOST * MOST], got[MOST * MOST];
    int64_t n = 0, column = 0;
    stint_tensor *jacobian[SOURCES];
    for (int i = 0; i < p->of->sources; i++)
        n += stint_tensor_count(p->x[i]);
    int64_t rows = jacobian_by_differences(p, n, want);
    check_forward(p, n, rows, want);
    assert_int_equal(stint_jacobian(p->ctx, p->of->f, p, p->of->sources, p->x, jacobian), STINT_OK);
    for (int i = 0; i < p->of->sources; i++) {
        int64_t count = stint_tensor_count(p->x[i]);
        int axes = stint_tensor_axes(jacobian[i]) - stint_tensor_axes(p->x[i]);
        for (int k = 0; k < stint_tensor_axes(p->x[i]); k++)
            assert_int_equal(stint_tensor_size(jacobian[i], axes + k),
                             stint_tensor_size(p->x[i], k));
        assert_int_equal(values_of(jacobian[i], got), rows * count);
        for (int64_t r = 0; r < rows; r++)
            for (int64_t k = 0; k < count; k++)
                assert_close(p->of->name, "jacobian", r * n + column + k, got[r * count + k],
                             want[r * n + column + k]);
        column += count;
    }
}

static void jacobians_are_those_of_differences(void **state)
{
    fixture *t = *state;
    for (int i = 0; i < derivative_case_count(); i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        point p = derivative_point_of(t->ctx, derivative_case_at(i));
        check_jacobian(&p);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* The sum over the same draws of what the estimate says. */
static void estimate(point *p, int draws, int each, double *sum)
{
    double one[MOST];
    for (int d = 0; d < draws / each; d++) {
        stint_tensor *out[SOURCES];
        stint_scope *s = stint_scope_open(p->ctx);
        int64_t at = 0;
        assert_int_equal(stint_hessian_diagonal_estimate(p->of->f(p), p->of->sources, p->x,
                                                         p->generator, each, out),
                         STINT_OK);
        for (int i = 0; i < p->of->sources; i++) {
            int64_t count = stint_tensor_count(p->x[i]);
            memset(one, 0, sizeof one);
            if (out[i])
                values_of(out[i], one);
            for (int64_t j = 0; j < count; j++)
                sum[at++] += one[j] / (draws / each);
        }
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* Exact, by one draw, where the Hessian is diagonal; else the mean is its diagonal, within five
 * of the deviations that theory says. */
static void the_estimate_is_unbiased(void **state)
{
    fixture *t = *state;
    enum { DRAWS = 400 };
    static double hessian[MOST * MOST];
    for (int k = 0; k < derivative_case_count(); k++) {
        const derivative_case *c = derivative_case_at(k);
        stint_scope *s = stint_scope_open(t->ctx);
        point p = derivative_point_of(t->ctx, c);
        stint_tensor *whole;
        double sum[MOST] = {0};
        assert_int_equal(stint_hessian(t->ctx, c->f, &p, c->sources, p.x, &whole), STINT_OK);
        values_of(whole, hessian);
        int64_t n = stint_tensor_size(whole, 0);
        estimate(&p, c->is_diagonal ? 1 : DRAWS, c->is_diagonal ? 1 : 20, sum);
        for (int64_t i = 0; i < n; i++) {
            double variance = 0, want = hessian[i * n + i];
            for (int64_t j = 0; j < n; j++)
                variance += j != i ? 2 * hessian[i * n + j] * hessian[i * n + j] : 0;
            double limit = 5 * sqrt(variance / DRAWS) + 1e-12 * fmax(1, fabs(want));
            assert_true(!c->is_diagonal || variance == 0);
            if (!(fabs(sum[i] - want) <= limit))
                fail_msg("%s: diagonal %d is estimated as %g, not %g ± %g", c->name, (int)i, sum[i],
                         want, limit);
        }
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
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
    const derivative_case *cubes = derivative_case_at(0);
    point p = derivative_point_of(t->ctx, cubes);
    stint_tensor *out[2], *f = cubes->f(&p), *wide = stint_zeros(t->ctx, STINT_F64, STINT_SHAPE(4));
    stint_tensor *narrow = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(4));
    assert_int_equal(stint_hessian_vector(f, 1, p.x, &wide, out), STINT_EUSAGE);
    assert_message(t, "hessian product: vector 0 is f64 [4], its source f64 [2,3]");
    assert_null(out[0]);
    assert_int_equal(stint_hessian_diagonal_estimate(f, 1, p.x, p.generator, 0, out), STINT_EUSAGE);
    assert_message(t, "0 draws; at least one");
    assert_int_equal(stint_hessian(t->ctx, nothing, &p, 1, p.x, out), STINT_EUSAGE);
    assert_message(t, "derivatives: the function is NULL");
    assert_int_equal(stint_jacobian(t->ctx, whole_numbers, &p, 1, p.x, out), STINT_EUSAGE);
    assert_message(t, "jacobian: the function is i64");
    assert_int_equal(
        stint_hessian(t->ctx, cubes->f, &p, 2, (stint_tensor *[]){p.x[0], narrow}, out),
        STINT_EUSAGE);
    assert_message(t, "source 1 is f32; sources are floats of one dtype");
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(second_derivatives_are_those_of_differences),
        FIXTURE_TEST(third_derivatives_are_those_of_differences),
        FIXTURE_TEST(jacobians_are_those_of_differences),
        FIXTURE_TEST(the_estimate_is_unbiased),
        FIXTURE_TEST(a_product_costs_at_most_four_gradients),
        FIXTURE_TEST(misuse_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
