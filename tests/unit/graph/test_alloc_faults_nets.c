/* Nets of every heavy operation with the nth allocation failing, for every n: traced, within a
 * budget, in narrow storage; and their second derivatives. */
#include "stint/derivatives.h"
#include "stint/fn.h"
#include "unit/fixture.h"
#include "unit/graph/alloc_faults.h"

#ifdef STINT_FAULTS

enum { WEIGHTS = 3 };

typedef struct net net;

typedef struct weight {
    int axes;
    int64_t shape[4];
} weight;

typedef struct net_case {
    const char *name;
    stint_tensor *(*y)(const net *m);
    const weight *w; /* [WEIGHTS] */
    stint_recompute how;
    int64_t value;
    stint_dtype storage; /* 0 = f32 */
    bool product;        /* with the Hessian, and not the gradient */
} net_case;

struct net {
    ctx *ctx;
    const net_case *of;
    stint_tensor *w[WEIGHTS];
};

static stint_tensor *lstm(const net *m)
{
    stint_tensor *last_h, *last_c, *both[2];
    stint_tensor *lengths =
        stint_tensor_new(m->ctx, STINT_I64, STINT_SHAPE(2), (const int64_t[]){2, 1});
    stint_sequence s = {.lengths = lengths, .last_h = &last_h, .last_c = &last_c};
    both[0] = stint_lstm(m->w[0], m->w[1], m->w[2], NULL, &s);
    both[1] = stint_expand_axis(stint_mul(last_h, last_c), 1);
    return stint_concat(2, both, 1);
}

static stint_tensor *gru(const net *m)
{
    stint_tensor *last;
    stint_sequence s = {.last_h = &last};
    return stint_gru(m->w[0], m->w[1], m->w[2], NULL, NULL, &s) ? last : NULL;
}

static stint_tensor *images(const net *m)
{
    static const stint_convolution groups = {{2, 1}, {1, 1}, {1, 1}, 2};
    stint_tensor *y = stint_relu(stint_conv2d(m->w[0], m->w[1], NULL, NULL));
    y = stint_max_pool2d(y, &(stint_pooling){.kernel = {2, 2}, .stride = {1, 1}});
    y = stint_group_norm(stint_conv2d(y, m->w[2], NULL, &groups), 2, NULL, NULL, 1e-5);
    return stint_adaptive_avg_pool2d(y, (const int64_t[]){2, 1});
}

static stint_tensor *attention(const net *m)
{
    stint_tensor *y =
        stint_attention(m->w[0], m->w[1], m->w[2], NULL, &(stint_attention_how){.causal = true});
    return stint_layer_norm(stint_add(y, m->w[2]), NULL, NULL, 1e-5);
}

/* Enough layers for there to be something to give up. */
static stint_tensor *deep(const net *m)
{
    stint_tensor *x = m->w[0];
    for (int i = 0; i < 4; i++)
        x = stint_tanh(stint_matmul(x, m->w[1 + i % 2]));
    return x;
}

static const weight lstm_weights[] = {{3, {2, 2, 2}}, {2, {2, 8}}, {2, {2, 8}}};
static const weight gru_weights[] = {{3, {2, 2, 2}}, {2, {2, 6}}, {2, {2, 6}}};
static const weight kernels[] = {{4, {1, 2, 5, 5}}, {4, {4, 2, 2, 2}}, {4, {4, 2, 2, 1}}};
static const weight heads[] = {{2, {3, 4}}, {2, {3, 4}}, {2, {3, 4}}};
static const weight layers[] = {{2, {4, 8}}, {2, {8, 8}}, {2, {8, 8}}};

static const net_case cases[] = {
    {"lstm", lstm, lstm_weights},
    {"gru", gru, gru_weights},
    {"images", images, kernels},
    {"attention", attention, heads},
    {"no budget", deep, layers, STINT_RECOMPUTE_BUDGET, 0},
    {"blocks", deep, layers, STINT_RECOMPUTE_BLOCKS, 2},
    {"bf16", deep, layers, .storage = STINT_BF16},
    {"f16 within a budget", deep, layers, STINT_RECOMPUTE_BUDGET, 0, .storage = STINT_F16},
    {"images, bf16, selective", images, kernels, STINT_RECOMPUTE_SELECTIVE, 500, STINT_BF16},
    {"lstm, second order", lstm, lstm_weights, .product = true},
    {"images, second order", images, kernels, .product = true},
};

static stint_status step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    net *m = self;
    stint_tensor *g[WEIGHTS];
    (void)in;
    out[0] = stint_mean(stint_square(m->of->y(m)), STINT_ALL_AXES, false);
    stint_status s = m->of->product ? stint_hessian_vector(out[0], WEIGHTS, m->w, m->w, g)
                                    : stint_gradients(1, out, NULL, WEIGHTS, m->w, g);
    for (int i = 0; i < WEIGHTS && !s; i++)
        s = stint_sub_(m->w[i], stint_mul_number(g[i], 0.1)) ? STINT_OK : STINT_EFAIL;
    return s;
}

static bool weights_of(net *m)
{
    bool ok = true;
    for (int i = 0; i < WEIGHTS; i++) {
        float x[64];
        int64_t n = 1;
        for (int k = 0; k < m->of->w[i].axes; k++)
            n *= m->of->w[i].shape[k];
        for (int64_t k = 0; k < n; k++)
            x[k] = (float)sin(1 + 7.3 * (double)k + i) / 2;
        m->w[i] = stint_tensor_new(m->ctx, STINT_F32, m->of->w[i].axes, m->of->w[i].shape, x);
        ok &= m->w[i] != NULL;
    }
    return ok;
}

static stint_status train(ctx *c, const void *self, float *loss)
{
    const net_case *of = self;
    net m = {.ctx = c, .of = of};
    stint_tensor *out;
    stint_scope *scope = stint_scope_open(c);
    stint_fn *f = scope && weights_of(&m) ? stint_fn_new(c, step, &m, 0, 1) : NULL;
    stint_status s = f ? stint_fn_recompute(f, of->how, of->value) : STINT_ENOMEM;
    if (!s && of->storage)
        s = stint_fn_storage(f, of->storage);
    for (int k = 0; !s && k < 2; k++)
        s = stint_fn_call(f, NULL, &out);
    if (!s)
        s = stint_read(out, loss, sizeof *loss);
    stint_fn_free(f);
    stint_status closed = scope ? stint_scope_close(scope) : STINT_ENOMEM;
    return s ? s : closed;
}

static void every_net_survives(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        every_allocation_may_fail(train, cases[i].name, &cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_net_survives)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("skipped: no fault injection in this build");
    return 77;
}

#endif
