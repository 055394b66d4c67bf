/* Smoothing of predictions as they come: equal to the filters over whole series, however the series
 * is cut, each from its own first value. */
#include "experiment/smoother.h"

#include "data/filter.h"
#include "unit/fixture.h"

#include <math.h>

enum { N = 97, OUTPUTS = 3, STRIDE = 128 };

static void make_series(double *x, int seed)
{
    for (int i = 0; i < N; i++)
        x[i] = 5 + 3 * sin(0.1 * i * (seed + 1)) + 0.3 * ((i * 37 + seed * 11) % 17);
}

/* The same, of all values at once. */
static void smooth_whole(const config_stream *how, double *x)
{
    double mean = x[0];
    butterworth design;
    if ((stream_filter)how->filter == STREAM_EMA)
        ema_run(how->alpha, &mean, x, N);
    if ((stream_filter)how->filter != STREAM_BUTTERWORTH)
        return;
    butterworth_design((int)how->order, how->cutoff, &design);
    butterworth_state state = butterworth_begin(&design, x[0]);
    butterworth_run(&design, &state, x, N);
}

static const config_stream ways[] = {
    {.filter = STREAM_PLAIN},
    {.filter = STREAM_EMA, .alpha = 0.2},
    {.filter = STREAM_EMA, .alpha = 1},
    {.filter = STREAM_BUTTERWORTH, .order = 1, .cutoff = 0.3},
    {.filter = STREAM_BUTTERWORTH, .order = 2, .cutoff = 0.1},
    {.filter = STREAM_BUTTERWORTH, .order = 5, .cutoff = 0.05},
};
enum { WAYS = sizeof ways / sizeof *ways };

/* Series of each output in pieces of `piece`; the second series has the outputs in another order. */
static void check_pieces(fixture *t, const config_stream *how, int piece)
{
    stream_smoother *s;
    double want[N], x[OUTPUTS * STRIDE], got[OUTPUTS][N];
    assert_int_equal(smoother_open(t->ctx, how, OUTPUTS, &s), STINT_OK);
    for (int series = 0; series < 2; series++) {
        smoother_reset(s);
        for (int at = 0; at < N; at += piece) {
            int n = N - at < piece ? N - at : piece;
            for (int k = 0; k < OUTPUTS; k++) {
                make_series(want, (k + series) % OUTPUTS);
                memcpy(x + (size_t)k * STRIDE, want + at, (size_t)n * sizeof *x);
            }
            smoother_run(s, x, STRIDE, n);
            for (int k = 0; k < OUTPUTS; k++)
                memcpy(got[k] + at, x + (size_t)k * STRIDE, (size_t)n * sizeof *x);
        }
        for (int k = 0; k < OUTPUTS; k++) {
            make_series(want, (k + series) % OUTPUTS);
            smooth_whole(how, want);
            assert_memory_equal(got[k], want, sizeof want);
        }
    }
    smoother_close(s);
}

static void pieces_and_series(void **state)
{
    fixture *t = *state;
    static const int pieces[] = {1, 7, 64, N};
    for (int w = 0; w < WAYS; w++)
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++)
            check_pieces(t, &ways[w], pieces[p]);
}

static void a_constant_stays_from_the_first_value(void **state)
{
    fixture *t = *state;
    for (int w = 0; w < WAYS; w++) {
        stream_smoother *s;
        double x[N];
        for (int i = 0; i < N; i++)
            x[i] = -7.25;
        assert_int_equal(smoother_open(t->ctx, &ways[w], 1, &s), STINT_OK);
        smoother_run(s, x, N, N);
        for (int i = 0; i < N; i++)
            assert_near(x[i], -7.25, 1e-12);
        smoother_close(s);
    }
}

static void what_is_plain_needs_nothing(void **state)
{
    fixture *t = *state;
    stream_smoother *s = (stream_smoother *)t;
    double x[2] = {1, 2};
    assert_int_equal(smoother_open(t->ctx, &ways[0], 1, &s), STINT_OK);
    assert_null(s);
    smoother_reset(s);
    smoother_run(s, x, 2, 2);
    assert_true(x[0] == 1 && x[1] == 2);
    smoother_close(s);
}

/* No rows begin nothing: the first value is the first that comes. */
static void no_rows_are_no_beginning(void **state)
{
    fixture *t = *state;
    stream_smoother *s;
    double x[1] = {99};
    assert_int_equal(smoother_open(t->ctx, &ways[1], 1, &s), STINT_OK);
    smoother_run(s, x, 1, 0);
    x[0] = 4;
    smoother_run(s, x, 1, 1);
    assert_near(x[0], 4, 1e-15);
    smoother_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(pieces_and_series),
        FIXTURE_TEST(a_constant_stays_from_the_first_value),
        FIXTURE_TEST(what_is_plain_needs_nothing),
        FIXTURE_TEST(no_rows_are_no_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
