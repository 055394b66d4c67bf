/* Nets with the nth allocation failing, for n = 1, 2, … and later on ever further apart: an error,
 * the net as it was, nothing leaked, and then the same work as if nothing had been. */
#include "nn/net.h"

#include "base/fault.h"
#include "base/os/os.h"
#include "stint/fn.h"
#include "unit/fixture.h"

#ifdef STINT_FAULTS

enum { ALL = 300, SPREAD = 20, ROWS = 4, TIME = 3, IN = 2 };

static const char layers[] =
    "[{\"lstm\": {\"hidden\": 4, \"layer_norm\": true}}, {\"residual\": {\"layers\": [{\"linear\": "
    "{\"units\": 4, \"init\": \"orthogonal\"}}, \"tanh\", \"dropout\"]}}, {\"ema\": {\"learned\": "
    "true}}, {\"low_pass\": {}}, {\"attention\": {\"heads\": 2, \"dropout\": 0.1}}, "
    "{\"conv1d\": {\"channels\": 2, \"kernel\": 2}}, \"mean_time\", \"batch_norm\"]";

static char heard[1024];

static void hear(void *self, const char *line, bool transient)
{
    (void)self;
    if (!transient)
        snprintf(heard, sizeof heard, "%s", line);
}

/* What may fail: `out` is a result that is the same each time. */
typedef stint_status work(ctx *c, stint_net *n, double *out);

typedef struct work_case {
    const char *name;
    bool has_layers; /* the net it is given */
    work *work;
} work_case;

static stint_tensor *input(ctx *c)
{
    float x[ROWS * TIME * IN];
    for (int i = 0; i < ROWS * TIME * IN; i++)
        x[i] = sinf((float)i);
    return stint_tensor_new(c, STINT_F32, STINT_SHAPE(ROWS, TIME, IN), x);
}

static stint_status sum_of(stint_tensor *y, double *out)
{
    stint_tensor *sum = stint_sum(stint_square(y), STINT_ALL_AXES, false);
    *out = sum ? stint_item(sum) : NAN;
    return sum ? STINT_OK : STINT_EFAIL;
}

static stint_status add(ctx *c, stint_net *n, double *out)
{
    (void)c;
    TRY(stint_net_add_json(n, layers));
    *out = stint_net_weights(n);
    return STINT_OK;
}

static stint_status add_one(ctx *c, stint_net *n, double *out)
{
    (void)c;
    TRY(stint_net_add(n, "gru", 1, &(stint_setting){"hidden", "3"}));
    *out = stint_net_weights(n);
    return STINT_OK;
}

static stint_status apply(ctx *c, stint_net *n, double *out)
{
    return sum_of(stint_net_apply(n, input(c), false), out);
}

/* Of a net of its own: what a failed step drew has been drawn. */
static stint_status train(ctx *c, stint_net *n, double *out)
{
    stint_tensor *w[64], *g[64], *y;
    TRY(stint_net_renew(n, 3));
    int count = stint_net_weights(n);
    for (int i = 0; i < count; i++)
        w[i] = stint_net_weight(n, i, NULL, 0);
    y = stint_net_apply(n, input(c), true);
    stint_tensor *loss = stint_loss_of("huber", 0, NULL, y,
                                       stint_zeros(c, STINT_F32, 2, (const int64_t[]){ROWS, 2}));
    TRY(stint_gradients(1, &loss, NULL, count, w, g));
    return sum_of(g[0], out);
}

static stint_status carry(ctx *c, stint_net *n, double *out)
{
    TRY(stint_net_carry(n, ROWS));
    TRY(stint_net_reset(n));
    stint_status s = sum_of(stint_net_apply(n, input(c), false), out);
    stint_status off = stint_net_carry(n, 0);
    return s ? s : off;
}

static stint_status save_and_load(ctx *c, stint_net *n, double *out)
{
    TRY(stint_net_save(n, "faults.net"));
    stint_net *m = stint_net_load(c, "faults.net");
    stint_status s = m ? apply(c, m, out) : ctx_status(c);
    stint_net_free(m);
    return s;
}

static stint_status say(ctx *c, stint_net *n, double *out)
{
    stint_text a, b;
    TRY(stint_net_describe(n, &a));
    *out = (double)a.len;
    stint_text_free(&a);
    TRY(stint_net_summary(n, &a));
    stint_status s = stint_net_reference(c, NULL, &b);
    *out += (double)a.len;
    stint_text_free(&a);
    if (s == STINT_OK)
        stint_text_free(&b);
    return s;
}

static const work_case cases[] = {
    {"add", false, add},    {"add one", true, add_one}, {"apply", true, apply},
    {"train", true, train}, {"carry", true, carry},     {"save", true, save_and_load},
    {"say", true, say},
};

static stint_net *net_for(ctx *c, const work_case *k)
{
    stint_net *n = stint_net_new(c, STINT_F32, STINT_SHAPE(TIME, IN), 3);
    assert_non_null(n);
    if (k->has_layers)
        assert_int_equal(stint_net_add_json(n, k->work == add_one ? "[\"relu\"]" : layers),
                         STINT_OK);
    return n;
}

static stint_status within_scope(ctx *c, const work_case *k, stint_net *n, double *out)
{
    stint_scope *s = stint_scope_open(c);
    if (!s)
        return STINT_ENOMEM;
    stint_status status = k->work(c, n, out), closed = stint_scope_close(s);
    return closed ? closed : status;
}

/* The failing nth, then all again; false when there is no nth allocation. */
static bool survives(const work_case *k, int at, double want)
{
    char spec[32];
    double got = 0;
    stint_text before, after;
    heard[0] = '\0';
    stint_context *c = stint_open(&(stint_options){.sink = hear, .threads = 1});
    stint_net *n = net_for(c, k);
    assert_int_equal(stint_net_describe(n, &before), STINT_OK);
    snprintf(spec, sizeof spec, "*:alloc:%d", at);
    fault_arm(spec);
    stint_status s = within_scope(c, k, n, &got);
    bool waits = false;
    for (int i = 0; i < at && !waits; i++)
        waits = fault_now(FAULT_ALLOC);
    fault_arm(NULL);
    if (s == STINT_OK ? got != want : waits || ctx_status(c) != STINT_ENOMEM)
        fail_msg("%s: allocation %d: status %d: %s", k->name, at, (int)s, stint_message(c));
    stint_clear(c);
    assert_int_equal(stint_net_describe(n, &after), STINT_OK);
    if (s != STINT_OK && strcmp(before.at, after.at) != 0)
        fail_msg("%s: allocation %d: the net changed", k->name, at);
    stint_text_free(&before);
    stint_text_free(&after);
    if (s != STINT_OK || k->work == train || k->work == apply)
        s = within_scope(c, k, n, &got);
    if (s != STINT_OK || got != want)
        fail_msg("%s: after allocation %d: %g, not %g: %s", k->name, at, got, want,
                 stint_message(c));
    stint_net_free(n);
    stint_close(c);
    if (heard[0])
        fail_msg("%s: allocation %d: left behind: %s", k->name, at, heard);
    return !waits;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double want = 0;
        stint_context *c = stint_open(&(stint_options){.threads = 1});
        stint_net *m = net_for(c, &cases[i]);
        assert_int_equal(within_scope(c, &cases[i], m, &want), STINT_OK);
        stint_net_free(m);
        stint_close(c);
        int n = 1;
        while (survives(&cases[i], n, want))
            n += n < ALL ? 1 : n / SPREAD;
        assert_true(n > 3);
    }
    (void)remove("faults.net.json");
    (void)remove("faults.net.safetensors");
}

#else

static void every_allocation_may_fail(void **state)
{
    (void)state;
    skip();
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
