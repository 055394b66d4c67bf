/* State that is carried from apply to apply: a series in pieces is the series at once. */
#include "nn/net.h"
#include "stint/fn.h"

#include "unit/fixture.h"

enum { BATCH = 2, TIME = 21, IN = 3, MOST = BATCH * TIME * 8, GRADIENTS = 512 };

static const char *const nets[] = {
    "[{\"lstm\": {\"hidden\": 5}}]",
    "[{\"gru\": {\"hidden\": 5}}]",
    "[{\"lstm\": {\"hidden\": 4, \"layer_norm\": true}}, \"tanh\", {\"gru\": {\"hidden\": 6}}]",
    "[{\"ema\": {\"alpha\": 0.2}}]",
    "[{\"ema\": {\"learned\": true}}]",
    "[{\"low_pass\": {\"order\": 1, \"cutoff\": 0.6}}]",
    "[{\"low_pass\": {\"order\": 2, \"cutoff\": 0.15}}]",
    "[{\"residual\": {\"layers\": [{\"gru\": {\"hidden\": 3}}, {\"low_pass\": {}}]}}, \"ema\"]",
};

static void series(float x[BATCH][TIME][IN])
{
    for (int b = 0; b < BATCH; b++)
        for (int s = 0; s < TIME; s++)
            for (int i = 0; i < IN; i++)
                x[b][s][i] = sinf(0.7f * (float)s + (float)(3 * b + i)) + 0.5f * (float)(i - b);
}

/* Steps from … from + n of every row. */
static stint_tensor *piece(ctx *c, int from, int n)
{
    float x[BATCH][TIME][IN], part[BATCH * TIME * IN];
    series(x);
    for (int b = 0; b < BATCH; b++)
        memcpy(part + b * n * IN, x[b][from], sizeof(float) * (size_t)(n * IN));
    return stint_tensor_new(c, STINT_F32, STINT_SHAPE(BATCH, n, IN), part);
}

/* y [BATCH, n, width] into its place of out [BATCH][TIME][width] */
static void put(stint_tensor *y, int from, float *out)
{
    float part[MOST];
    int64_t n = stint_tensor_size(y, 1), width = stint_tensor_size(y, 2);
    assert_int_equal(stint_read(y, part, sizeof(float) * (size_t)(BATCH * n * width)), STINT_OK);
    for (int b = 0; b < BATCH; b++)
        memcpy(out + (b * TIME + from) * width, part + b * n * width,
               sizeof(float) * (size_t)(n * width));
}

static stint_status body(void *self, stint_tensor *const *in, stint_tensor **out)
{
    out[0] = stint_net_apply(self, in[0], false);
    return out[0] ? STINT_OK : STINT_EFAIL;
}

/* In pieces of n steps, eagerly or by a traced step. */
static void in_pieces(ctx *c, stint_net *net, int n, bool traced, float *out)
{
    stint_fn *f = stint_fn_new(c, body, net, 1, 1);
    for (int from = 0; from < TIME; from += n) {
        stint_scope *s = stint_scope_open(c);
        stint_tensor *x = piece(c, from, n), *y = NULL;
        if (traced)
            assert_int_equal(stint_fn_call(f, &x, &y), STINT_OK);
        else
            y = stint_net_apply(net, x, false);
        put(y, from, out);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
    stint_fn_free(f);
}

static stint_net *net_of(ctx *c, const char *layers)
{
    stint_net *n = stint_net_new(c, STINT_F32, STINT_SHAPE(TIME, IN), 11);
    if (stint_net_add_json(n, layers) != STINT_OK)
        fail_msg("%s: %s", layers, stint_message(c));
    return n;
}

static void close_to(const char *what, const float *got, const float *want, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (!(fabsf(got[i] - want[i]) <= 1e-6f * fmaxf(1, fabsf(want[i]))))
            fail_msg("%s: [%d] is %.9g, not %.9g", what, (int)i, (double)got[i], (double)want[i]);
}

static void pieces_are_the_whole(void **state)
{
    fixture *t = *state;
    static float want[MOST], got[MOST];
    static const int sizes[] = {1, 3, 7, TIME};
    for (size_t k = 0; k < sizeof nets / sizeof *nets; k++) {
        stint_net *n = net_of(t->ctx, nets[k]);
        int64_t shape[STINT_AXES];
        stint_net_output(n, shape);
        int64_t count = BATCH * TIME * shape[1];
        in_pieces(t->ctx, n, TIME, false, want);
        assert_int_equal(stint_net_carry(n, BATCH), STINT_OK);
        for (int i = 0; i < 8; i++) {
            memset(got, 0, sizeof got);
            in_pieces(t->ctx, n, sizes[i % 4], i >= 4, got);
            close_to(nets[k], got, want, count);
            assert_int_equal(stint_net_reset(n), STINT_OK);
        }
        /* without a reset it goes on from the end */
        in_pieces(t->ctx, n, TIME, false, got);
        in_pieces(t->ctx, n, TIME, false, got);
        assert_true(memcmp(got, want, sizeof(float) * (size_t)count) != 0);
        assert_int_equal(stint_net_carry(n, 0), STINT_OK);
        in_pieces(t->ctx, n, TIME, false, got);
        assert_memory_equal(got, want, sizeof(float) * (size_t)count);
        stint_net_free(n);
    }
}

/* Steps of a traced net, and resets, leave memory as it is. */
static void a_reset_allocates_nothing(void **state)
{
    fixture *t = *state;
    stint_net *n = net_of(t->ctx, nets[7]);
    assert_int_equal(stint_net_carry(n, BATCH), STINT_OK);
    stint_fn *f = stint_fn_new(t->ctx, body, n, 1, 1);
    stint_tensor *x = piece(t->ctx, 0, TIME), *y;
    int64_t held = 0, peak = 0;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(stint_fn_call(f, &x, &y), STINT_OK);
        assert_int_equal(stint_net_reset(n), STINT_OK);
        if (i > 0) {
            assert_int_equal(budget_live(ctx_budget(t->ctx)), held);
            assert_int_equal(budget_peak(ctx_budget(t->ctx)), peak);
        }
        held = budget_live(ctx_budget(t->ctx));
        peak = budget_peak(ctx_budget(t->ctx));
    }
    stint_drop(x);
    stint_fn_free(f);
    stint_net_free(n);
}

/* What is carried in may be needed for gradients after it was written over. */
static stint_status gradient_body(void *self, stint_tensor *const *in, stint_tensor **out)
{
    stint_net *n = self;
    stint_tensor *w[16];
    int count = stint_net_weights(n);
    for (int i = 0; i < count; i++)
        w[i] = stint_net_weight(n, i, NULL, 0);
    stint_tensor *loss = stint_mean(stint_net_apply(n, in[0], true), STINT_ALL_AXES, false);
    return stint_gradients(1, &loss, NULL, count, w, out);
}

static void gradients_of(ctx *c, stint_net *n, stint_fn *f, float out[GRADIENTS])
{
    stint_tensor *x = piece(c, 0, TIME), *g[16];
    if (stint_fn_call(f, &x, g) != STINT_OK)
        fail_msg("%s", stint_message(c));
    for (int i = 0; i < stint_net_weights(n); out += stint_tensor_count(g[i++]))
        assert_int_equal(stint_read(g[i], out, 4 * (size_t)stint_tensor_count(g[i])), STINT_OK);
    stint_drop(x);
}

static void check_gradients(fixture *t, const char *layers, stint_recompute how)
{
    static float want[GRADIENTS], a[GRADIENTS], b[GRADIENTS];
    stint_net *n = net_of(t->ctx, layers);
    int count = stint_net_weights(n);
    stint_fn *plain = stint_fn_new(t->ctx, gradient_body, n, 1, count);
    stint_fn *carries = stint_fn_new(t->ctx, gradient_body, n, 1, count);
    assert_int_equal(stint_fn_recompute(carries, how, 1 << 30), STINT_OK);
    gradients_of(t->ctx, n, plain, want);
    assert_int_equal(stint_net_carry(n, BATCH), STINT_OK);
    gradients_of(t->ctx, n, carries, a);
    assert_memory_equal(a, want, sizeof a);
    gradients_of(t->ctx, n, carries, b);
    assert_true(memcmp(a, b, sizeof a) != 0);
    assert_int_equal(stint_net_reset(n), STINT_OK);
    gradients_of(t->ctx, n, carries, b);
    assert_memory_equal(a, b, sizeof a);
    stint_fn_free(plain);
    stint_fn_free(carries);
    stint_net_free(n);
}

static void gradients_bear_what_is_written_over(void **state)
{
    static const stint_recompute how[] = {STINT_KEEP_ALL, STINT_RECOMPUTE_BLOCKS,
                                          STINT_RECOMPUTE_SELECTIVE};
    static const int learning[] = {0, 1, 2, 4, 7};
    for (int i = 0; i < 15; i++)
        check_gradients(*state, nets[learning[i % 5]], how[i / 5]);
}

/* Eagerly the apply before may still wait to be computed: it is no part of the gradient. */
static void gradients_end_at_what_is_carried(void **state)
{
    fixture *t = *state;
    enum { W = 3, BYTES = 3 * 20 * 4 };
    float want[60], got[60];
    stint_net *n = net_of(t->ctx, nets[0]);
    stint_fn *f = stint_fn_new(t->ctx, gradient_body, n, 1, W);
    stint_tensor *x = piece(t->ctx, 0, TIME), *g[W];
    assert_int_equal(stint_net_carry(n, BATCH), STINT_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(stint_fn_call(f, &x, g), STINT_OK);
    assert_int_equal(stint_read(g[0], want, BYTES), STINT_OK);
    assert_int_equal(stint_net_reset(n), STINT_OK);
    stint_scope *s = stint_scope_open(t->ctx);
    for (int i = 0; i < 2; i++)
        assert_int_equal(gradient_body(n, &x, g), STINT_OK);
    assert_int_equal(stint_read(g[0], got, BYTES), STINT_OK);
    assert_int_equal(stint_scope_close(s), STINT_OK);
    close_to("gradient", got, want, 60);
    stint_drop(x);
    stint_fn_free(f);
    stint_net_free(n);
}

/* One step at a time without a traced one: what waits to be computed does not grow. */
static void eager_steps_hold_no_more(void **state)
{
    fixture *t = *state;
    for (size_t k = 0; k < sizeof nets / sizeof *nets; k++) {
        stint_net *n = net_of(t->ctx, nets[k]);
        float y[64];
        int64_t held = 0;
        assert_int_equal(stint_net_carry(n, BATCH), STINT_OK);
        for (int i = 0; i < 24; i++) {
            stint_scope *s = stint_scope_open(t->ctx);
            stint_tensor *out = stint_net_apply(n, piece(t->ctx, i % TIME, 1), false);
            assert_int_equal(stint_read(out, y, 4 * (size_t)stint_tensor_count(out)), STINT_OK);
            assert_int_equal(stint_scope_close(s), STINT_OK);
            if (i == 12)
                held = budget_live(ctx_budget(t->ctx));
        }
        assert_int_equal(budget_live(ctx_budget(t->ctx)), held);
        stint_net_free(n);
    }
}

/* A piece that a later layer cannot take leaves what is carried as it was. */
static void a_failed_apply_carries_nothing(void **state)
{
    fixture *t = *state;
    float want[BATCH * 2], got[BATCH * 2];
    stint_net *n = net_of(t->ctx, "[{\"lstm\": {\"hidden\": 4}}, \"flatten\", {\"linear\": "
                                  "{\"units\": 2}}]");
    stint_scope *s = stint_scope_open(t->ctx);
    assert_int_equal(stint_net_carry(n, BATCH), STINT_OK);
    stint_tensor *whole = piece(t->ctx, 0, TIME);
    assert_int_equal(stint_read(stint_net_apply(n, whole, false), want, sizeof want), STINT_OK);
    assert_int_equal(stint_net_reset(n), STINT_OK);
    assert_null(stint_net_apply(n, piece(t->ctx, 0, 3), false));
    assert_message(t, "reshape");
    assert_int_equal(stint_read(stint_net_apply(n, whole, false), got, sizeof got), STINT_OK);
    assert_memory_equal(want, got, sizeof want);
    assert_int_equal(stint_scope_close(s), STINT_OK);
    stint_net_free(n);
}

static void other_batches_are_refused(void **state)
{
    fixture *t = *state;
    stint_net *n = net_of(t->ctx, nets[0]);
    stint_scope *s = stint_scope_open(t->ctx);
    assert_int_equal(stint_net_carry(n, 5), STINT_OK);
    assert_null(stint_net_apply(n, piece(t->ctx, 0, TIME), false));
    assert_message(t, "carried for batches of 5 rows, not of 2");
    assert_int_equal(stint_net_carry(n, -1), STINT_EUSAGE);
    assert_message(t, "a batch of -1 rows");
    assert_int_equal(stint_net_add(n, "last", 0, NULL), STINT_EUSAGE);
    assert_message(t, "before state is carried");
    assert_int_equal(stint_net_carry(NULL, 1), STINT_EUSAGE);
    assert_int_equal(stint_net_reset(NULL), STINT_EUSAGE);
    assert_int_equal(stint_scope_close(s), STINT_OK);
    stint_net_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(pieces_are_the_whole),
        FIXTURE_TEST(a_reset_allocates_nothing),
        FIXTURE_TEST(gradients_bear_what_is_written_over),
        FIXTURE_TEST(gradients_end_at_what_is_carried),
        FIXTURE_TEST(eager_steps_hold_no_more),
        FIXTURE_TEST(a_failed_apply_carries_nothing),
        FIXTURE_TEST(other_batches_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
