/* The same bits for one thread and for several, in work large enough to be shared. */
#include "unit/fixture.h"
#include "unit/graph/elements.h"
#include "base/rng.h"

enum { LARGE = 300000 };

static stint_tensor *numbers(stint_context *ctx, stint_dtype d, int axes, const int64_t *shape,
                             uint64_t seed)
{
    int64_t n = 1;
    for (int i = 0; i < axes; i++)
        n *= shape[i];
    double *x = malloc((size_t)n * sizeof *x);
    for (int64_t i = 0; i < n; i++) /* sums round at every step */
        x[i] = rng_normal((rng){seed, 5}, (uint64_t)i) * (i % 7 ? 1 : 1e3);
    stint_tensor *t = elements_tensor(ctx, d, axes, shape, x);
    free(x);
    return t;
}

static stint_tensor *indices(stint_context *ctx, int64_t n, int64_t below)
{
    int64_t *at = malloc((size_t)n * sizeof *at);
    for (int64_t i = 0; i < n; i++)
        at[i] = (int64_t)rng_below((rng){8, 8}, (uint64_t)i, (uint64_t)below);
    stint_tensor *t = stint_tensor_new(ctx, STINT_I64, 1, &n, at);
    free(at);
    return t;
}

static stint_tensor *chain(stint_context *c, stint_dtype d)
{
    stint_tensor *x = numbers(c, d, STINT_SHAPE(LARGE), 1), *y = numbers(c, d, STINT_SHAPE(1), 2);
    return stint_gelu(stint_add(stint_mul(stint_tanh(x), y), stint_sin(x)));
}

static stint_tensor *total(stint_context *c, stint_dtype d)
{
    return stint_sum(stint_square(numbers(c, d, STINT_SHAPE(LARGE), 3)), STINT_ALL_AXES, false);
}

static stint_tensor *columns(stint_context *c, stint_dtype d)
{
    return stint_variance(numbers(c, d, STINT_SHAPE(3001, 97), 4), 0, 1, false);
}

static stint_tensor *rows(stint_context *c, stint_dtype d)
{
    return stint_mean(numbers(c, d, STINT_SHAPE(97, 3001), 5), 1, false);
}

static stint_tensor *middle(stint_context *c, stint_dtype d)
{
    return stint_sum(numbers(c, d, STINT_SHAPE(7, 1000, 33), 6), 1, true);
}

static stint_tensor *strided(stint_context *c, stint_dtype d)
{
    return stint_sum(stint_transpose(numbers(c, d, STINT_SHAPE(1000, 300), 7), 0, 1), 1, false);
}

static stint_tensor *product(stint_context *c, stint_dtype d)
{
    return stint_matmul(numbers(c, d, STINT_SHAPE(257, 301), 8),
                        numbers(c, d, STINT_SHAPE(301, 129), 9));
}

static stint_tensor *deep_product(stint_context *c, stint_dtype d)
{
    return stint_matmul(numbers(c, d, STINT_SHAPE(17, 20000), 8),
                        numbers(c, d, STINT_SHAPE(20000, 5), 9));
}

static stint_tensor *batches(stint_context *c, stint_dtype d)
{
    return stint_matmul(numbers(c, d, STINT_SHAPE(13, 40, 50), 10),
                        stint_transpose(numbers(c, d, STINT_SHAPE(40, 50), 11), 0, 1));
}

static stint_tensor *normalised(stint_context *c, stint_dtype d)
{
    return stint_layer_norm(numbers(c, d, STINT_SHAPE(900, 333), 12), NULL, NULL, 1e-5);
}

static stint_tensor *batch_normalised(stint_context *c, stint_dtype d)
{
    stint_batch_norm_state s = {.training = true};
    return stint_batch_norm(numbers(c, d, STINT_SHAPE(64, 30, 100), 13), NULL, NULL, &s);
}

static stint_tensor *softmaxed(stint_context *c, stint_dtype d)
{
    return stint_softmax(numbers(c, d, STINT_SHAPE(900, 333), 14), -1);
}

static stint_tensor *scattered(stint_context *c, stint_dtype d)
{
    return stint_scatter_add(numbers(c, d, STINT_SHAPE(20000, 9), 15), indices(c, 20000, 100), 0,
                             100);
}

static stint_tensor *gathered(stint_context *c, stint_dtype d)
{
    return stint_gather(numbers(c, d, STINT_SHAPE(100, 9), 16), indices(c, 30000, 100), 0);
}

static stint_tensor *drawn(stint_context *c, stint_dtype d)
{
    return stint_normal(stint_generator(c, 3), d, STINT_SHAPE(LARGE), 1, 2);
}

/* A loss and its gradient: what training repeats. */
static stint_tensor *gradient(stint_context *c, stint_dtype d)
{
    stint_tensor *x = numbers(c, d, STINT_SHAPE(500, 60), 17),
                 *w = numbers(c, d, STINT_SHAPE(60, 10), 18), *found;
    stint_tensor *loss =
        stint_cross_entropy(stint_matmul(x, w), indices(c, 500, 10), STINT_REDUCE_MEAN);
    return stint_gradients(1, &loss, NULL, 1, &w, &found) == STINT_OK ? found : NULL;
}

/* The gradient of a recurrent net's weights, [h, gates h]. */
static stint_tensor *recurrent(stint_context *c, stint_dtype d, bool gru)
{
    int64_t n = gru ? 90 : 120;
    stint_tensor *x = numbers(c, d, STINT_SHAPE(50, 9, 8), 19),
                 *wi = stint_mul_number(numbers(c, d, STINT_SHAPE(8, n), 20), 1e-3),
                 *w = stint_mul_number(numbers(c, d, STINT_SHAPE(30, n), 21), 1e-2), *found;
    stint_tensor *y =
        gru ? stint_gru(x, wi, w, NULL, NULL, NULL) : stint_lstm(x, wi, w, NULL, NULL);
    return stint_gradients(1, &y, NULL, 1, &w, &found) == STINT_OK ? found : NULL;
}

static stint_tensor *an_lstm(stint_context *c, stint_dtype d)
{
    return recurrent(c, d, false);
}

static stint_tensor *a_gru(stint_context *c, stint_dtype d)
{
    return recurrent(c, d, true);
}

typedef stint_tensor *work(stint_context *c, stint_dtype d);
static const struct {
    const char *name;
    work *of;
} works[] = {
    {"a chain", chain},
    {"a sum", total},
    {"a variance of columns", columns},
    {"a mean of rows", rows},
    {"a sum over a middle axis", middle},
    {"a sum of a transposed matrix", strided},
    {"a product", product},
    {"a deep product", deep_product},
    {"batched products", batches},
    {"layer norm", normalised},
    {"batch norm", batch_normalised},
    {"softmax", softmaxed},
    {"scatter", scattered},
    {"gather", gathered},
    {"random numbers", drawn},
    {"a gradient", gradient},
    {"an lstm", an_lstm},
    {"a gru", a_gru},
};
enum { WORKS = sizeof works / sizeof *works };

static void *bytes_with(int threads, work *of, stint_dtype d, int64_t *size)
{
    stint_context *c = stint_open(&(stint_options){.threads = threads});
    assert_non_null(c);
    stint_tensor *t = of(c, d);
    void *bytes = elements_bytes(t);
    if (!bytes)
        fail_msg("%s", stint_message(c));
    *size = elements_size(t);
    stint_close(c);
    return bytes;
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    int bad = 0;
    for (int k = 0; k < WORKS; k++)
        for (stint_dtype d = STINT_F32; d <= STINT_F64; d++) {
            int64_t size, other;
            char *want = bytes_with(1, works[k].of, d, &size);
            for (int threads = 2; threads <= 4; threads++) {
                char *got = bytes_with(threads, works[k].of, d, &other);
                if (size != other || memcmp(got, want, (size_t)size) != 0) {
                    print_error("%s: %s: %d threads: other bits\n", works[k].name,
                                stint_dtype_text(d), threads);
                    bad++;
                }
                free(got);
            }
            free(want);
        }
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_do_not_change_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
