/* Narrow storage: products read bf16 and f16 as they lie, with the bits of casting first, and what
 * a step keeps of its forward part takes half the memory. */
#include "stint/stint.h"

#include "unit/fixture.h"

/* ---- products */

enum { BATCHES = 2, M = 13, K = 37, N = 21 };

static const stint_dtype dtypes[] = {STINT_F32, STINT_BF16, STINT_F16};
enum { DTYPES = 3, PERMUTED = 2 };

/* A matrix of each batch, [BATCHES, rows, columns], stored as `d`, with its last axes turned in
 * memory where `turned`. */
static stint_tensor *operand(ctx *c, stint_dtype d, bool turned, int64_t rows, int64_t columns)
{
    float x[BATCHES * K * K];
    for (int64_t i = 0; i < BATCHES * rows * columns; i++)
        x[i] = (float)sin(0.7 * (double)(i + rows));
    stint_tensor *t = stint_tensor_new(
        c, STINT_F32, STINT_SHAPE(BATCHES, turned ? columns : rows, turned ? rows : columns), x);
    t = stint_cast(t, d);
    assert_int_equal(stint_realise(1, &t), STINT_OK);
    return t;
}

static stint_tensor *as_read(stint_tensor *x, bool turned)
{
    return turned ? stint_transpose(x, 1, 2) : x;
}

/* The product and its sum with a bias, of operands widened on the way or before. */
static void product(ctx *c, stint_tensor *const *in, const bool *turned, bool before, float *out)
{
    stint_tensor *wide[2], *y;
    for (int i = 0; i < 2; i++) {
        wide[i] = stint_cast(in[i], STINT_F32);
        if (before)
            assert_int_equal(stint_realise(1, &wide[i]), STINT_OK);
    }
    y = stint_matmul(as_read(wide[0], turned[0]), as_read(wide[1], turned[1]));
    y = stint_add_number(y, 0.25);
    if (stint_read(y, out, sizeof(float) * BATCHES * M * N) != STINT_OK)
        fail_msg("%s", stint_message(c));
}

static void products_have_the_bits_of_casting_first(void **state)
{
    fixture *t = *state;
    static float got[BATCHES * M * N], want[BATCHES * M * N];
    for (int i = 0; i < DTYPES * DTYPES * PERMUTED * PERMUTED; i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        const bool turned[] = {i / 9 % 2, i / 18};
        stint_tensor *in[] = {operand(t->ctx, dtypes[i % 3], turned[0], M, K),
                              operand(t->ctx, dtypes[i / 3 % 3], turned[1], K, N)};
        product(t->ctx, in, turned, true, want);
        product(t->ctx, in, turned, false, got);
        assert_memory_equal(got, want, sizeof want);
        assert_true(want[0] != 0.25F);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* ---- memory */

enum { LAYERS_MOST = 200, WEIGHTS_MOST = 2 * LAYERS_MOST };

/* Layers relu(x w + b) of the widths given, and cross entropy; or `deep` of one width, and the
 * mean of squares; or, with `hidden`, blocks x + gelu(norm(x) w + b) v + c. */
typedef struct net {
    const char *name;
    int layers;
    int64_t rows, width[4], hidden;
    bool deep;
    stint_tensor *w[WEIGHTS_MOST];
    int weights;
    stint_optimiser *adam;
} net;

static const net nets[] = {
    {"digits", 3, 64, {64, 128, 64, 10}, 0, false, {NULL}, 0, NULL},
    {"mnist", 3, 64, {784, 256, 128, 10}, 0, false, {NULL}, 0, NULL},
    {"deep", 200, 128, {256}, 0, true, {NULL}, 0, NULL},
    {"blocks", 12, 512, {256}, 1024, true, {NULL}, 0, NULL},
};
enum { NETS = sizeof nets / sizeof *nets };

static stint_tensor *layer(const net *n, stint_tensor *x, int i)
{
    int each = n->hidden > 0 ? 6 : 2;
    stint_tensor *const *w = n->w + (ptrdiff_t)i * each;
    if (n->hidden > 0) {
        stint_tensor *inner = stint_linear(stint_layer_norm(x, w[4], w[5], 1e-5), w[0], w[1]);
        return stint_add(x, stint_linear(stint_gelu(inner), w[2], w[3]));
    }
    stint_tensor *y = stint_linear(x, w[0], w[1]);
    return n->deep || i + 1 < n->layers ? stint_relu(y) : y;
}

static stint_status step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    const net *n = self;
    stint_tensor *gradient[WEIGHTS_MOST], *x = in[0];
    for (int i = 0; i < n->layers; i++)
        x = layer(n, x, i);
    out[0] = n->deep ? stint_mse(x, in[0], STINT_REDUCE_MEAN)
                     : stint_cross_entropy(x, in[1], STINT_REDUCE_MEAN);
    TRY(stint_gradients(1, out, NULL, n->weights, n->w, gradient));
    return stint_optimiser_update(n->adam, n->weights, n->w, gradient);
}

static void add_weight(ctx *c, net *n, int64_t rows, int64_t columns)
{
    n->w[n->weights++] = rows > 0 ? stint_zeros(c, STINT_F32, STINT_SHAPE(rows, columns))
                                  : stint_zeros(c, STINT_F32, STINT_SHAPE(columns));
}

static void add_weights(ctx *c, net *n)
{
    for (int i = 0; i < n->layers; i++) {
        int64_t in = n->width[n->deep ? 0 : i], out = n->width[n->deep ? 0 : i + 1];
        out = n->hidden > 0 ? n->hidden : out;
        add_weight(c, n, in, out);
        add_weight(c, n, 0, out);
        if (n->hidden == 0)
            continue;
        add_weight(c, n, out, in);
        for (int k = 0; k < 3; k++)
            add_weight(c, n, 0, in);
    }
}

/* What lives in the slab across the step that writes the loss, the one external buffer of four
 * bytes that only one step uses: what the forward part keeps for the gradients. */
static int64_t kept_bytes(const char *plan)
{
    const char *buffers = strstr(plan, "\nbuffer ");
    long long number, bytes, offset, kept = 0;
    int first, last, boundary = -1;
    assert_non_null(buffers);
    for (const char *at = strchr(buffers + 1, '\n'); at; at = strchr(at + 1, '\n'))
        if (sscanf(at, "%lld 4 external %d-%d", &number, &first, &last) == 3 && first == last)
            boundary = first;
    assert_true(boundary > 0);
    for (const char *at = strchr(buffers + 1, '\n'); at; at = strchr(at + 1, '\n'))
        if (sscanf(at, "%lld %lld %lld %d-%d", &number, &bytes, &offset, &first, &last) == 5 &&
            first <= boundary && last > boundary)
            kept += bytes;
    return kept;
}

typedef struct memory {
    int64_t slab, kept;
} memory;

static memory memory_of(ctx *c, const net *like, stint_dtype storage)
{
    stint_scope *s = stint_scope_open(c);
    static net n;
    n = *like;
    add_weights(c, &n);
    n.adam = stint_optimiser_new(c, "adam", 0, NULL);
    stint_tensor *in[] = {stint_zeros(c, STINT_F32, STINT_SHAPE(n.rows, n.width[0])),
                          stint_zeros(c, STINT_I32, STINT_SHAPE(n.rows))};
    stint_fn *f = stint_fn_new(c, step, &n, n.deep ? 1 : 2, 1);
    stint_plan_facts facts;
    stint_text plan = {0};
    assert_int_equal(stint_fn_storage(f, storage), STINT_OK);
    if (stint_fn_warm_up(f, in) != STINT_OK)
        fail_msg("%s", stint_message(c));
    assert_int_equal(stint_fn_facts(f, &facts), STINT_OK);
    assert_int_equal(stint_plan_text(f, &plan), STINT_OK);
    memory m = {facts.planned_bytes, kept_bytes(plan.at)};
    stint_text_free(&plan);
    stint_fn_free(f);
    stint_optimiser_free(n.adam);
    assert_int_equal(stint_scope_close(s), STINT_OK);
    return m;
}

static void what_is_kept_takes_half(void **state)
{
    fixture *t = *state;
    for (int i = 0; i < NETS; i++) {
        memory wide = memory_of(t->ctx, &nets[i], STINT_F32);
        for (int d = 1; d < DTYPES; d++) {
            memory narrow = memory_of(t->ctx, &nets[i], dtypes[d]);
            if ((double)narrow.kept > 0.51 * (double)wide.kept ||
                (double)narrow.slab > 0.51 * (double)wide.slab)
                fail_msg("%s, %s: %lld bytes kept and a slab of %lld, in f32 %lld and %lld",
                         nets[i].name, stint_dtype_text(dtypes[d]), (long long)narrow.kept,
                         (long long)narrow.slab, (long long)wide.kept, (long long)wide.slab);
            if (getenv("STINT_TEST_SAYS"))
                print_message("%s %s kept %lld of %lld slab %lld of %lld\n", nets[i].name,
                              stint_dtype_text(dtypes[d]), (long long)narrow.kept,
                              (long long)wide.kept, (long long)narrow.slab, (long long)wide.slab);
        }
    }
}

/* ---- norms */

/* What a norm's scale and shift make is made of f32, whatever is kept for its gradient. */
static stint_status normed(void *self, stint_tensor *const *in, stint_tensor **out)
{
    stint_tensor *const *w = self, *gradient[2];
    out[0] = stint_layer_norm(in[0], w[0], w[1], 1e-5);
    out[1] = stint_mean(stint_square(out[0]), STINT_ALL_AXES, false);
    TRY(stint_gradients(1, out + 1, NULL, 2, w, gradient));
    out[2] = gradient[0];
    return STINT_OK;
}

static void norms_are_rounded_behind(void **state)
{
    fixture *t = *state;
    float x[M * N], y[2][M * N], g[2][N];
    for (int i = 0; i < M * N; i++)
        x[i] = (float)sin(i);
    stint_tensor *w[] = {stint_full(t->ctx, STINT_F32, STINT_SHAPE(N), 1.5),
                         stint_full(t->ctx, STINT_F32, STINT_SHAPE(N), 0.25)};
    stint_tensor *in = stint_tensor_new(t->ctx, STINT_F32, STINT_SHAPE(M, N), x), *out[3];
    assert_int_equal(stint_realise(2, w), STINT_OK);
    for (int d = 0; d < 2; d++) {
        stint_fn *f = stint_fn_new(t->ctx, normed, w, 1, 3);
        assert_int_equal(stint_fn_storage(f, dtypes[d]), STINT_OK);
        assert_int_equal(stint_fn_call(f, &in, out), STINT_OK);
        assert_int_equal(stint_read(out[0], y[d], sizeof y[d]), STINT_OK);
        assert_int_equal(stint_read(out[2], g[d], sizeof g[d]), STINT_OK);
        stint_fn_free(f);
    }
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    assert_memory_not_equal(g[0], g[1], sizeof g[0]);
    for (int i = 0; i < N; i++)
        assert_true(fabs(g[0][i] - g[1][i]) <= 0.01 * fabs(g[0][i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(products_have_the_bits_of_casting_first),
        FIXTURE_TEST(what_is_kept_takes_half),
        FIXTURE_TEST(norms_are_rounded_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
