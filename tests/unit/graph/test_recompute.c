/* Recomputation: the same bits under every policy, less memory the less is kept, a budget kept
 * where it can be. */
#include "stint/stint.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { LAYERS = 24, WIDTH = 16, ROWS = 12, WEIGHTS = LAYERS + 1 };

typedef struct net {
    stint_tensor *w[WEIGHTS], *generator;
    bool normed, dropped;
} net;

static stint_tensor *layer(const net *m, stint_tensor *x, int i)
{
    stint_tensor *y = stint_tanh(stint_matmul(x, m->w[i]));
    if (m->normed)
        y = stint_layer_norm(stint_add(y, x), NULL, NULL, 1e-5);
    if (m->dropped && i % 5 == 2)
        y = stint_dropout(y, 0.25, m->generator);
    return y;
}

static stint_status step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    net *m = self;
    stint_tensor *g[WEIGHTS], *x = in[0];
    for (int i = 0; i < LAYERS; i++)
        x = layer(m, x, i);
    x = stint_add(x, m->w[LAYERS]);
    out[0] = stint_mean(stint_square(x), STINT_ALL_AXES, false);
    stint_status s = stint_gradients(1, out, NULL, WEIGHTS, m->w, g);
    for (int i = 0; i < WEIGHTS && !s; i++)
        stint_sub_(m->w[i], stint_mul_number(g[i], 0.1));
    return s;
}

static double number(int i)
{
    return sin(1 + 7.3 * i) / 3;
}

static stint_tensor *filled(stint_context *c, int64_t rows, int64_t columns, int from)
{
    float x[WIDTH * WIDTH];
    for (int i = 0; i < rows * columns; i++)
        x[i] = (float)number(from + i);
    return stint_tensor_new(c, STINT_F32, STINT_SHAPE(rows, columns), x);
}

typedef struct outcome {
    float weight[WEIGHTS][WIDTH * WIDTH], loss[3];
    stint_plan_facts facts;
} outcome;

/* Three steps under a policy. */
static void train(const net *like, stint_recompute how, int64_t value, stint_dtype storage,
                  outcome *o)
{
    stint_context *c = stint_open(NULL);
    stint_scope *s = stint_scope_open(c);
    net m = *like;
    stint_tensor *in[1] = {filled(c, ROWS, WIDTH, 0)}, *loss;
    memset(o, 0, sizeof *o);
    for (int i = 0; i < WEIGHTS; i++)
        m.w[i] = filled(c, i < LAYERS ? WIDTH : 1, WIDTH, 100 * i);
    m.generator = stint_generator(c, 3);
    stint_fn *f = stint_fn_new(c, step, &m, 1, 1);
    assert_int_equal(stint_fn_recompute(f, how, value), STINT_OK);
    assert_int_equal(stint_fn_storage(f, storage), STINT_OK);
    for (int i = 0; i < 3; i++) {
        if (stint_fn_call(f, in, &loss) != STINT_OK)
            fail_msg("%s", stint_message(c));
        o->loss[i] = (float)stint_item(loss);
    }
    assert_int_equal(stint_fn_facts(f, &o->facts), STINT_OK);
    for (int i = 0; i < WEIGHTS; i++)
        assert_int_equal(
            stint_read(m.w[i], o->weight[i], (size_t)stint_tensor_count(m.w[i]) * sizeof(float)),
            STINT_OK);
    stint_fn_free(f);
    assert_int_equal(stint_scope_close(s), STINT_OK);
    stint_close(c);
}

static const net nets[] = {{.normed = false}, {.normed = true}, {.normed = true, .dropped = true}};
enum { NETS = sizeof nets / sizeof *nets };

static const struct {
    const char *name;
    stint_recompute how;
    int64_t value;
    bool smaller; /* than keeping all */
} policies[] = {
    {"blocks of 1", STINT_RECOMPUTE_BLOCKS, 1, false},
    {"blocks of 5", STINT_RECOMPUTE_BLOCKS, 5, true},
    {"one block", STINT_RECOMPUTE_BLOCKS, 1000, false},
    {"selective, the products", STINT_RECOMPUTE_SELECTIVE, 2 * ROWS *WIDTH *WIDTH, false},
    {"selective, nothing", STINT_RECOMPUTE_SELECTIVE, INT64_MAX, false},
    {"no budget", STINT_RECOMPUTE_BUDGET, 0, true},
    {"half a budget", STINT_RECOMPUTE_BUDGET, ROWS *WIDTH * 4 * LAYERS / 2, true},
    {"all the budget", STINT_RECOMPUTE_BUDGET, INT64_MAX, false},
};

static void every_policy_gives_the_same_bits(void **state)
{
    static outcome all, some;
    (void)state;
    for (int n = 0; n < NETS; n++) {
        train(&nets[n], STINT_KEEP_ALL, 0, STINT_F32, &all);
        assert_true(all.loss[2] < all.loss[0]);
        assert_int_equal(all.facts.recomputed_nodes, 0);
        for (size_t p = 0; p < sizeof policies / sizeof *policies; p++) {
            train(&nets[n], policies[p].how, policies[p].value, STINT_F32, &some);
            if (memcmp(all.weight, some.weight, sizeof all.weight) != 0 ||
                memcmp(all.loss, some.loss, sizeof all.loss) != 0)
                fail_msg("net %d, %s: other bits", n, policies[p].name);
            if (policies[p].smaller && some.facts.planned_bytes >= all.facts.planned_bytes)
                fail_msg("net %d, %s: %lld bytes, %lld when all is kept", n, policies[p].name,
                         (long long)some.facts.planned_bytes, (long long)all.facts.planned_bytes);
            assert_int_equal(some.facts.planned_bytes, some.facts.allocated_bytes);
        }
    }
}

static void less_budget_never_means_a_higher_peak(void **state)
{
    static outcome o;
    (void)state;
    for (int n = 0; n < NETS; n++) {
        train(&nets[n], STINT_KEEP_ALL, 0, STINT_F32, &o);
        int64_t all = o.facts.planned_bytes, peak = INT64_MAX;
        double again = 0;
        train(&nets[n], STINT_RECOMPUTE_BUDGET, 0, STINT_F32, &o);
        int64_t least = o.facts.planned_bytes;
        for (int i = 20; i >= 0; i--) {
            int64_t budget = all * i / 20;
            train(&nets[n], STINT_RECOMPUTE_BUDGET, budget, STINT_F32, &o);
            assert_true(o.facts.planned_bytes <= (budget > least ? budget : least));
            assert_true(o.facts.planned_bytes <= peak);
            assert_true(o.facts.recomputed_flops >= again);
            peak = o.facts.planned_bytes;
            again = o.facts.recomputed_flops;
        }
        assert_true(again > 0);
    }
}

static void narrow_storage_halves_what_is_kept(void **state)
{
    static outcome wide, narrow;
    static const stint_dtype dtypes[] = {STINT_BF16, STINT_F16};
    (void)state;
    for (int d = 0; d < 2; d++) {
        train(&nets[0], STINT_KEEP_ALL, 0, STINT_F32, &wide);
        train(&nets[0], STINT_KEEP_ALL, 0, dtypes[d], &narrow);
        assert_true(narrow.facts.planned_bytes < 0.65 * (double)wide.facts.planned_bytes);
        for (int i = 0; i < 3; i++)
            assert_true(fabs(narrow.loss[i] - wide.loss[i]) < 0.02 * wide.loss[i]);
        outcome *again = calloc(1, sizeof *again);
        train(&nets[0], STINT_RECOMPUTE_BLOCKS, 5, dtypes[d], again);
        assert_memory_equal(again->weight, narrow.weight, sizeof narrow.weight);
        free(again);
    }
}

static void policies_are_checked(void **state)
{
    stint_context *c = stint_open(NULL);
    net m = {0};
    stint_fn *f = stint_fn_new(c, step, &m, 1, 1);
    (void)state;
    assert_int_equal(stint_fn_recompute(f, STINT_RECOMPUTE_BLOCKS, -1), STINT_EUSAGE);
    assert_non_null(strstr(stint_message(c), "recompute: policy 1 with value -1"));
    stint_clear(c);
    assert_int_equal(stint_fn_storage(f, STINT_I32), STINT_EUSAGE);
    assert_non_null(strstr(stint_message(c), "f32, bf16 or f16, not i32"));
    stint_fn_free(f);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_policy_gives_the_same_bits),
        cmocka_unit_test(less_budget_never_means_a_higher_peak),
        cmocka_unit_test(narrow_storage_halves_what_is_kept),
        cmocka_unit_test(policies_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
