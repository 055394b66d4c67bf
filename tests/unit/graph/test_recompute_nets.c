/* Recomputation within a budget on nets of several kinds: gradients are the same bits as when all
 * is kept; less budget never means a larger slab nor fewer flops computed again; the slab fits
 * wherever any plan does; what is planned is what is allocated. */
#include "stint/stint.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { WEIGHTS_MOST = 200, BUDGETS = 20 };

typedef struct net net;
typedef struct net_kind {
    const char *name;
    void (*make)(net *n); /* weights and the input */
    stint_tensor *(*loss)(const net *n);
    double half_more; /* the most flops computed again within half, as a share of all others */
    double least; /* the slab without any budget, at most this share of what keeping all takes */
} net_kind;

struct net {
    stint_context *c;
    const net_kind *kind;
    stint_tensor *generator, *in, *w[WEIGHTS_MOST];
    int weights;
};

static stint_tensor *normal(net *n, double deviation, int axes, const int64_t *shape)
{
    stint_tensor *x = stint_normal(n->generator, STINT_F32, axes, shape, 0, deviation);
    assert_int_equal(stint_realise(1, &x), STINT_OK);
    return stint_keep(x);
}

static void add(net *n, double deviation, int axes, const int64_t *shape)
{
    n->w[n->weights++] = normal(n, deviation, axes, shape);
}

/* ---- the nets */

static void make_mlp(net *n)
{
    n->in = normal(n, 1, STINT_SHAPE(64, 32));
    for (int i = 0; i < 6; i++) {
        add(n, 0.2, STINT_SHAPE(32, 32));
        add(n, 0.2, STINT_SHAPE(32));
    }
}

static stint_tensor *mlp(const net *n)
{
    stint_tensor *x = n->in;
    for (int i = 0; i < n->weights; i += 2)
        x = stint_gelu(stint_linear(x, n->w[i], n->w[i + 1]));
    return stint_mse(x, n->in, STINT_REDUCE_MEAN);
}

static void make_deep(net *n)
{
    n->in = normal(n, 1, STINT_SHAPE(2, 256));
    for (int i = 0; i < 200; i++)
        add(n, 0.1, STINT_SHAPE(256, 256));
}

static stint_tensor *deep(const net *n)
{
    stint_tensor *x = n->in;
    for (int i = 0; i < n->weights; i++)
        x = stint_tanh(stint_matmul(x, n->w[i]));
    return stint_mse(x, n->in, STINT_REDUCE_MEAN);
}

static void make_cnn(net *n)
{
    n->in = normal(n, 1, STINT_SHAPE(2, 3, 8, 8));
    for (int i = 0; i < 6; i++) {
        add(n, 0.2, STINT_SHAPE(6, i ? 6 : 3, 3, 3));
        add(n, 0.2, STINT_SHAPE(6));
    }
    add(n, 0.2, STINT_SHAPE(6 * 4 * 4, 5));
}

static stint_tensor *cnn(const net *n)
{
    stint_convolution around = {.padding = {1, 1}};
    stint_tensor *x = n->in;
    for (int i = 0; i < 12; i += 2)
        x = stint_gelu(stint_conv2d(x, n->w[i], n->w[i + 1], &around));
    x = stint_max_pool2d(x, &(stint_pooling){.kernel = {2, 2}});
    x = stint_matmul(stint_reshape(x, STINT_SHAPE(2, 6 * 4 * 4)), n->w[12]);
    return stint_mean(stint_square(stint_log_softmax(x, -1)), STINT_ALL_AXES, false);
}

static void make_lstm(net *n)
{
    n->in = normal(n, 1, STINT_SHAPE(4, 10, 12));
    for (int i = 0; i < 3; i++) {
        add(n, 0.3, STINT_SHAPE(12, 48));
        add(n, 0.3, STINT_SHAPE(12, 48));
        add(n, 0.3, STINT_SHAPE(48));
    }
}

static stint_tensor *lstm(const net *n)
{
    stint_tensor *x = n->in;
    for (int i = 0; i < n->weights; i += 3)
        x = stint_lstm(x, n->w[i], n->w[i + 1], n->w[i + 2], NULL);
    return stint_mse(x, n->in, STINT_REDUCE_MEAN);
}

enum { BATCH = 2, LENGTH = 48, WIDTH = 256, HEADS = 8, HIDDEN = 1024 };

static void make_transformer(net *n)
{
    n->in = normal(n, 1, STINT_SHAPE(BATCH * LENGTH, WIDTH));
    for (int i = 0; i < 4; i++)
        add(n, 0.06, STINT_SHAPE(WIDTH, WIDTH));
    add(n, 0.06, STINT_SHAPE(WIDTH, HIDDEN));
    add(n, 0.06, STINT_SHAPE(HIDDEN));
    add(n, 0.03, STINT_SHAPE(HIDDEN, WIDTH));
    for (int i = 0; i < 4; i++)
        add(n, 1, STINT_SHAPE(WIDTH));
}

static stint_tensor *heads(stint_tensor *x, stint_tensor *w)
{
    x = stint_reshape(stint_matmul(x, w), STINT_SHAPE(BATCH, LENGTH, HEADS, WIDTH / HEADS));
    return stint_permute(x, (int[]){0, 2, 1, 3});
}

static stint_tensor *transformer(const net *n)
{
    stint_tensor *const *w = n->w, *x = n->in;
    stint_tensor *h = stint_layer_norm(x, w[7], w[8], 1e-5);
    stint_tensor *y = stint_attention(heads(h, w[0]), heads(h, w[1]), heads(h, w[2]), NULL, NULL);
    y = stint_reshape(stint_permute(y, (int[]){0, 2, 1, 3}), STINT_SHAPE(BATCH * LENGTH, WIDTH));
    x = stint_add(x, stint_matmul(y, w[3]));
    h = stint_linear(stint_layer_norm(x, w[9], w[10], 1e-5), w[4], w[5]);
    x = stint_add(x, stint_matmul(stint_gelu(h), w[6]));
    return stint_mse(x, n->in, STINT_REDUCE_MEAN);
}

static const net_kind kinds[] = {
    {"mlp", make_mlp, mlp, 0.10, 0.5},
    {"200 layers", make_deep, deep, 0.20, 0.2},
    {"cnn", make_cnn, cnn, 1, 1},
    {"lstm", make_lstm, lstm, 1, 1},
    {"transformer", make_transformer, transformer, 0.25, 0.6},
};

/* ---- steps */

static stint_status step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    net *n = self;
    (void)in;
    out[0] = n->kind->loss(n);
    return stint_gradients(1, out, NULL, n->weights, n->w, out + 1);
}

typedef struct outcome {
    float *value; /* loss and gradients, one after the other */
    int64_t values;
    stint_plan_facts facts;
} outcome;

static void run(net *n, stint_recompute how, int64_t value, outcome *o)
{
    stint_tensor *out[WEIGHTS_MOST + 1];
    stint_fn *f = stint_fn_new(n->c, step, n, 0, n->weights + 1);
    assert_int_equal(stint_fn_recompute(f, how, value), STINT_OK);
    if (stint_fn_call(f, NULL, out) != STINT_OK)
        fail_msg("%s: %s", n->kind->name, stint_message(n->c));
    assert_int_equal(stint_fn_facts(f, &o->facts), STINT_OK);
    for (int i = 0; i <= n->weights; i++)
        o->values += stint_tensor_count(out[i]);
    float *to = o->value = malloc((size_t)o->values * sizeof *to);
    for (int i = 0; i <= n->weights; i++) {
        size_t bytes = (size_t)stint_tensor_count(out[i]) * sizeof *to;
        assert_int_equal(stint_read(out[i], to, bytes), STINT_OK);
        to += stint_tensor_count(out[i]);
    }
    stint_fn_free(f);
}

static double share_again(const outcome *o)
{
    return o->facts.recomputed_flops / (o->facts.flops - o->facts.recomputed_flops);
}

/* Of one budget, beside keeping all, the budget above it, and none. */
static void check(const net *n, int64_t budget, const outcome *all, int64_t least,
                  const stint_plan_facts *above, const outcome *o)
{
    const stint_plan_facts *f = &o->facts;
    assert_int_equal(o->values, all->values);
    if (memcmp(o->value, all->value, (size_t)all->values * sizeof(float)) != 0)
        fail_msg("%s, %lld bytes: other bits", n->kind->name, (long long)budget);
    if (f->planned_bytes > (budget > least ? budget : least))
        fail_msg("%s, %lld bytes: a slab of %lld, the least is %lld", n->kind->name,
                 (long long)budget, (long long)f->planned_bytes, (long long)least);
    if (f->planned_bytes > above->planned_bytes || f->recomputed_flops < above->recomputed_flops)
        fail_msg("%s, %lld bytes: a slab of %lld and %g flops again, of more budget %lld and %g",
                 n->kind->name, (long long)budget, (long long)f->planned_bytes, f->recomputed_flops,
                 (long long)above->planned_bytes, above->recomputed_flops);
    assert_int_equal(f->planned_bytes, f->allocated_bytes);
}

static void check_budgets(net *n)
{
    outcome all = {0}, none = {0};
    run(n, STINT_KEEP_ALL, 0, &all);
    run(n, STINT_RECOMPUTE_BUDGET, 0, &none);
    int64_t whole = all.facts.planned_bytes, least = none.facts.planned_bytes;
    stint_plan_facts above = all.facts;
    assert_true((double)least <= n->kind->least * (double)whole);
    for (int i = BUDGETS; i >= 0; i--) {
        outcome o = {0};
        int64_t budget = whole * i / BUDGETS;
        run(n, STINT_RECOMPUTE_BUDGET, budget, &o);
        check(n, budget, &all, least, &above, &o);
        if (i == BUDGETS)
            assert_int_equal(o.facts.recomputed_nodes, 0);
        if (i == BUDGETS / 2 && share_again(&o) > n->kind->half_more)
            fail_msg("%s: %g of the flops again within half", n->kind->name, share_again(&o));
        above = o.facts;
        free(o.value);
    }
    free(all.value);
    free(none.value);
}

static void less_budget_is_less_slab_and_more_flops(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        net n = {.c = stint_open(NULL), .kind = &kinds[k]};
        stint_scope *s = stint_scope_open(n.c);
        n.generator = stint_generator(n.c, 5);
        kinds[k].make(&n);
        check_budgets(&n);
        if (stint_scope_close(s) != STINT_OK)
            fail_msg("%s: %s", kinds[k].name, stint_message(n.c));
        for (int i = 0; i < n.weights; i++)
            stint_drop(n.w[i]);
        stint_drop(n.in);
        stint_close(n.c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(less_budget_is_less_slab_and_more_flops)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
