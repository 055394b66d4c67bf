/* Convolutions in one step against the same as products of written-out windows, values, gradients
 * and gradients of gradients; the same bits for any number of threads; batches of nothing; what
 * is refused. */
#include "stint/derivatives.h"
#include "unit/fixture.h"
#include "unit/graph/elements.h"

#include "base/rng.h"
#include "graph/graph.h"
#include "graph/windows.h"

typedef struct shape {
    int64_t batch, channels, height, width, out, kernel[2], stride[2], padding[2], dilation[2];
    int64_t groups;
} shape;

/* Several blocks of windows, of elements and of channels; parts of the batch, of rows; strides,
 * gaps, groups; windows too wide for one step. */
static const shape shapes[] = {
    {2, 3, 28, 28, 8, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 1},
    {37, 3, 14, 14, 5, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 1},
    {2, 40, 9, 11, 20, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 1},
    {2, 128, 7, 7, 24, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 2},
    {4, 6, 21, 40, 20, {3, 3}, {2, 2}, {1, 1}, {1, 1}, 1},
    {1, 2, 5, 700, 3, {2, 5}, {1, 1}, {0, 2}, {1, 1}, 1},
    {3, 4, 17, 19, 6, {3, 2}, {2, 3}, {2, 1}, {1, 2}, 2},
    {2, 6, 10, 10, 6, {5, 5}, {1, 2}, {2, 2}, {1, 1}, 6},
    {1, 1, 40, 40, 2, {19, 17}, {1, 1}, {3, 4}, {1, 1}, 1},
    {1, 2, 20, 20, 300, {1, 1}, {1, 1}, {0, 0}, {1, 1}, 1},
    {1, 1, 400, 300, 2, {2, 2}, {7, 5}, {0, 3}, {390, 290}, 1},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static stint_tensor *numbers(ctx *c, stint_dtype d, const int64_t *size, uint64_t seed)
{
    int64_t n = size[0] * size[1] * size[2] * size[3];
    double *x = malloc((size_t)(n + 1) * sizeof *x);
    for (int64_t i = 0; i < n; i++)
        x[i] = rng_normal((rng){seed, 5}, (uint64_t)i);
    stint_tensor *t = elements_tensor(c, d, 4, size, x);
    free(x);
    return t;
}

typedef struct results {
    stint_tensor *at[5]; /* y; its gradients by x and w; those of their squares' sum */
} results;

static bool differentiate(stint_tensor *x, stint_tensor *w, results *r)
{
    stint_tensor *in[2] = {x, w}, *seed = stint_sin(r->at[0]), *squares[2];
    if (stint_gradients(1, r->at, &seed, 2, in, r->at + 1) != STINT_OK)
        return false;
    for (int i = 0; i < 2; i++)
        squares[i] = stint_square(r->at[1 + i]);
    return stint_gradients(2, squares, NULL, 2, in, r->at + 3) == STINT_OK;
}

static results run(ctx *c, const shape *s, stint_dtype d, bool expanded)
{
    stint_tensor *x = numbers(c, d, (int64_t[]){s->batch, s->channels, s->height, s->width}, 1);
    stint_tensor *w =
        numbers(c, d, (int64_t[]){s->out, s->channels / s->groups, s->kernel[0], s->kernel[1]}, 2);
    results r = {{NULL}};
    if (expanded) {
        window_plan p = {.stride = {s->stride[0], s->stride[1]},
                         .padding = {s->padding[0], s->padding[1]},
                         .dilation = {s->dilation[0], s->dilation[1]}};
        p.groups = s->groups;
        r.at[0] = graph_tensor(x, build_convolve_expanded(graph_node(x), graph_node(w), &p));
    } else {
        stint_convolution how = {{s->stride[0], s->stride[1]},
                                 {s->padding[0], s->padding[1]},
                                 {s->dilation[0], s->dilation[1]},
                                 s->groups};
        r.at[0] = stint_conv2d(x, w, NULL, &how);
    }
    if (!differentiate(x, w, &r))
        fail_msg("%s", stint_message(c));
    return r;
}

static double largest(const double *x, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

static void one_step_is_its_expansion(void **state)
{
    fixture *t = *state;
    for (int k = 0; k < SHAPES; k++)
        for (stint_dtype d = STINT_F32; d <= STINT_F64; d++) {
            stint_scope *s = stint_scope_open(t->ctx);
            results got = run(t->ctx, &shapes[k], d, false),
                    want = run(t->ctx, &shapes[k], d, true);
            for (int i = 0; i < 5; i++) {
                int64_t n = stint_tensor_count(want.at[i]);
                double *a = elements_read(got.at[i]), *b = elements_read(want.at[i]);
                assert_true(a && b && stint_tensor_count(got.at[i]) == n);
                double bound = 400 * element_precision(d) * largest(b, n);
                for (int64_t e = 0; e < n; e++)
                    if (!(fabs(a[e] - b[e]) <= bound))
                        fail_msg("shape %d, %s, result %d: element %lld is %.9g, not %.9g", k,
                                 stint_dtype_text(d), i, (long long)e, a[e], b[e]);
                free(a);
                free(b);
            }
            assert_int_equal(stint_scope_close(s), STINT_OK);
        }
}

static void *bytes_with(int threads, const shape *s, int result, int64_t *size)
{
    stint_context *c = stint_open(&(stint_options){.threads = threads});
    assert_non_null(c);
    results r = run(c, s, STINT_F32, false);
    void *bytes = elements_bytes(r.at[result]);
    assert_non_null(bytes);
    *size = elements_size(r.at[result]);
    stint_close(c);
    return bytes;
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    for (int k = 0; k < SHAPES; k++)
        for (int i = 0; i < 5; i++) {
            int64_t size, other;
            void *want = bytes_with(1, &shapes[k], i, &size);
            for (int threads = 2; threads <= 3; threads++) {
                void *got = bytes_with(threads, &shapes[k], i, &other);
                assert_int_equal(size, other);
                assert_memory_equal(got, want, (size_t)size);
                free(got);
            }
            free(want);
        }
}

static void no_batch_gives_nothing_and_gradients_of_zero(void **state)
{
    fixture *t = *state;
    static const shape none = {0, 2, 6, 6, 3, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 1};
    stint_scope *s = stint_scope_open(t->ctx);
    results r = run(t->ctx, &none, STINT_F32, false);
    assert_int_equal(stint_tensor_count(r.at[0]), 0);
    double *by_w = elements_read(r.at[2]);
    assert_non_null(by_w);
    assert_true(largest(by_w, stint_tensor_count(r.at[2])) == 0);
    free(by_w);
    stint_tensor *pooled = stint_max_pool2d(r.at[1], &(stint_pooling){.kernel = {2, 2}});
    assert_int_equal(stint_tensor_count(pooled), 0);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* Of no rows, no queries, no keys; second derivatives, too. */
static void nets_of_nothing(void **state)
{
    fixture *t = *state;
    static const int64_t sizes[][3] = {{0, 3, 4}, {2, 0, 4}, {2, 3, 0}}; /* batch, queries, keys */
    for (int k = 0; k < 3; k++) {
        const int64_t *n = sizes[k];
        stint_scope *s = stint_scope_open(t->ctx);
        stint_tensor *q = numbers(t->ctx, STINT_F32, (int64_t[]){1, n[0], n[1], 2}, 1);
        stint_tensor *keys = numbers(t->ctx, STINT_F32, (int64_t[]){1, n[0], n[2], 2}, 2);
        stint_tensor *in[2] = {q, keys}, *product[2];
        stint_tensor *y =
            stint_attention(q, keys, keys, NULL, &(stint_attention_how){.causal = true});
        assert_non_null(y);
        assert_int_equal(stint_hessian_vector(stint_square(y), 2, in, in, product), STINT_OK);
        assert_int_equal(stint_realise(2, product), STINT_OK);
        double *x = elements_read(product[0]);
        for (int64_t i = 0; i < stint_tensor_count(q); i++)
            assert_true(x[i] == 0 || n[2] > 0);
        free(x);
        stint_tensor *none = numbers(t->ctx, STINT_F32, (int64_t[]){0, 4, 6, 6}, 3), *g;
        y = stint_group_norm(none, 2, NULL, NULL, 1e-5);
        y = stint_avg_pool2d(y, &(stint_pooling){.kernel = {2, 2}, .ignore_padding = true});
        y = stint_adaptive_avg_pool2d(y, (int64_t[]){2, 1});
        assert_int_equal(stint_hessian_vector(stint_square(y), 1, &none, &none, &g), STINT_OK);
        assert_int_equal(stint_realise(1, &g), STINT_OK);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* ---- what is refused */

static stint_tensor *channels_differ(stint_tensor *x)
{
    return stint_conv2d(x, stint_slice(x, 1, 0, 1, 1), NULL, NULL);
}

static stint_tensor *no_window(stint_tensor *x)
{
    return stint_conv2d(x, x, NULL, &(stint_convolution){.dilation = {9, 9}, .groups = 1});
}

static stint_tensor *bad_groups(stint_tensor *x)
{
    return stint_conv2d(x, x, NULL, &(stint_convolution){.groups = 3});
}

static stint_tensor *wide_padding(stint_tensor *x)
{
    return stint_max_pool2d(x, &(stint_pooling){.kernel = {2, 2}, .padding = {2, 0}});
}

static stint_tensor *no_kernel(stint_tensor *x)
{
    return stint_avg_pool2d(x, &(stint_pooling){.stride = {1, 1}});
}

static stint_tensor *one_axis(stint_tensor *x)
{
    return stint_conv1d(x, x, NULL, NULL);
}

static stint_tensor *long_window(stint_tensor *x)
{
    return stint_window(x, 3, 3, 1, 2);
}

static stint_tensor *odd_groups(stint_tensor *x)
{
    return stint_group_norm(x, 3, NULL, NULL, 1e-5);
}

static stint_tensor *keys_differ(stint_tensor *x)
{
    return stint_attention(x, stint_slice(x, 3, 0, 2, 1), x, NULL, NULL);
}

static const struct {
    stint_tensor *(*call)(stint_tensor *x);
    const char *says;
} wrong[] = {
    {channels_differ, "conv2d: channels differ: [1,2,4,4] by [1,1,4,4]"},
    {no_window, "conv2d: "},
    {bad_groups, "conv2d: groups do not divide the channels of both: [1,2,4,4] by [1,2,4,4]"},
    {wide_padding, "max_pool2d: no window fits"},
    {no_kernel, "avg_pool2d: a kernel of 0"},
    {one_axis, "conv1d: of [batch, channels, n]"},
    {long_window, "window: no window of 3 elements, 2 apart, in axis 3 of [1,2,4,4]"},
    {odd_groups, "group_norm: 3 groups"},
    {keys_differ, "attention: q [..,T,D]"},
};

static void wrong_calls_say_why(void **state)
{
    fixture *t = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        stint_tensor *x = numbers(t->ctx, STINT_F32, (int64_t[]){1, 2, 4, 4}, 1);
        stint_tensor *got = wrong[i].call(x);
        assert_null(got);
        if (!strstr(stint_message(t->ctx), wrong[i].says))
            fail_msg("%s, not %s", stint_message(t->ctx), wrong[i].says);
        stint_clear(t->ctx);
        (void)stint_scope_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(one_step_is_its_expansion),
        cmocka_unit_test(threads_do_not_change_bits),
        FIXTURE_TEST(no_batch_gives_nothing_and_gradients_of_zero),
        FIXTURE_TEST(nets_of_nothing),
        FIXTURE_TEST(wrong_calls_say_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
