/* Nets: seeds, what failures leave, renewal, descriptions, diagnosis. */
#include "nn/net.h"
#include "stint/fn.h"
#include "stint/optim.h"

#include "unit/fixture.h"

/* Every class, over whole numbers [12], then [time, in], then images, then rows. */
static const char every_layer[] =
    "[{'embedding': {'count': 9, 'width': 8}}, {'conv1d': {'channels': 8, 'padding': 1}}, 'relu',"
    "{'pool1d': {'kernel': 2}}, {'lstm': {'hidden': 6, 'layer_norm': true}}, 'leaky_relu',"
    "{'gru': {'hidden': 8}}, 'elu', {'attention': {'dropout': 0.1}}, {'ema': {'learned': true}},"
    "{'low_pass': {'cutoff': 0.3}}, 'selu', {'reshape': {'channels': 2, 'height': 6, 'width': 4}},"
    "{'conv2d': {'channels': 4, 'padding': 1}}, 'batch_norm', 'gelu', {'group_norm': {'groups': "
    "2}}, {'residual': {'layers': [{'sequential': {'layers': ['silu', {'linear': {'units': 4, "
    "'init': 'orthogonal'}}, 'dropout']}}, 'sigmoid']}}, {'pool2d': {'kind': 'avg', 'kernel': 2, "
    "'padding': 1}}, {'residual': {'layers': []}}, 'tanh', 'softplus', 'hardtanh', 'softmax',"
    "'global_pool', 'layer_norm', {'linear': {'units': 6}}, 'flatten', 'log_softmax',"
    "{'reshape': {'height': 3, 'width': 2}}, {'conv2d': {'kernel': 1, 'channels': 3}},"
    "{'reshape': {'channels': 18}}, 'flatten']";

/* ' for " */
static const char *quoted(const char *text)
{
    static char out[4096];
    snprintf(out, sizeof out, "%s", text);
    for (char *at = out; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    return out;
}

static stint_net *every_net(ctx *c, int64_t seed)
{
    stint_net *n = stint_net_new(c, STINT_I32, STINT_SHAPE(12), seed);
    if (stint_net_add_json(n, quoted(every_layer)) != STINT_OK)
        fail_msg("%s", stint_message(c));
    return n;
}

static stint_net *net_of(ctx *c, int axes, const int64_t *shape, const char *layers)
{
    stint_net *n = stint_net_new(c, STINT_F32, axes, shape, 3);
    if (stint_net_add_json(n, quoted(layers)) != STINT_OK)
        fail_msg("%s: %s", layers, stint_message(c));
    return n;
}

/* Every weight and state of both is the same, bit for bit. */
static bool same_tensors(ctx *c, stint_net *a, stint_net *b)
{
    int n = stint_net_weights(a), m = stint_net_states(a);
    bool same = n == stint_net_weights(b) && m == stint_net_states(b);
    char p[64], q[64];
    for (int i = 0; same && i < n + m; i++) {
        stint_tensor *x =
            i < n ? stint_net_weight(a, i, p, sizeof p) : stint_net_state(a, i - n, p, sizeof p);
        stint_tensor *y =
            i < n ? stint_net_weight(b, i, q, sizeof q) : stint_net_state(b, i - n, q, sizeof q);
        size_t bytes = tensor_bytes(x);
        char *u = mem_alloc(c, TAG_BASE, bytes), *v = mem_alloc(c, TAG_BASE, bytes);
        assert_int_equal(stint_read(x, u, bytes), STINT_OK);
        assert_int_equal(stint_read(y, v, bytes), STINT_OK);
        same = strcmp(p, q) == 0 && memcmp(u, v, bytes) == 0;
        mem_free(u);
        mem_free(v);
    }
    return same;
}

/* ---- training through a traced step ---- */

typedef struct training {
    stint_net *net;
    stint_optimiser *optimiser;
} training;

enum { ROWS = 6, STEPS = 3, WEIGHTS = 64 };

static stint_status step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    training *t = self;
    stint_tensor *weight[WEIGHTS], *gradient[WEIGHTS];
    int n = stint_net_weights(t->net);
    for (int i = 0; i < n; i++)
        weight[i] = stint_net_weight(t->net, i, NULL, 0);
    out[0] = stint_loss_of("mse", 0, NULL, stint_net_apply(t->net, in[0], true), in[1]);
    TRY(stint_gradients(1, &out[0], NULL, n, weight, gradient));
    return stint_optimiser_update(t->optimiser, n, weight, gradient);
}

static void steps_of(ctx *c, stint_fn *f, float loss[STEPS])
{
    int32_t x[ROWS * 12];
    float y[ROWS * 18];
    for (int i = 0; i < ROWS * 12; i++)
        x[i] = i * 5 % 9;
    for (int i = 0; i < ROWS * 18; i++)
        y[i] = cosf((float)i);
    stint_tensor *in[2] = {stint_tensor_new(c, STINT_I32, STINT_SHAPE(ROWS, 12), x),
                           stint_tensor_new(c, STINT_F32, STINT_SHAPE(ROWS, 18), y)};
    for (int i = 0; i < STEPS; i++) {
        stint_tensor *out = NULL;
        if (stint_fn_call(f, in, &out) != STINT_OK)
            fail_msg("%s", stint_message(c));
        loss[i] = (float)stint_item(out);
    }
    stint_drop(in[0]);
    stint_drop(in[1]);
}

typedef struct trained {
    training t;
    stint_fn *f;
} trained;

static void train_open(ctx *c, trained *of, int64_t seed)
{
    of->t = (training){every_net(c, seed), stint_optimiser_new(c, "sgd", 0, NULL)};
    of->f = stint_fn_new(c, step, &of->t, 2, 1);
}

static void train_close(trained *of)
{
    stint_fn_free(of->f);
    stint_optimiser_free(of->t.optimiser);
    stint_net_free(of->t.net);
}

/* A renewed net trains through the step that was traced before as a new one does. */
static void renewed_is_new(void **state)
{
    fixture *t = *state;
    float first[STEPS], again[STEPS], other[STEPS];
    trained a, b;
    train_open(t->ctx, &a, 5);
    steps_of(t->ctx, a.f, first);
    assert_int_equal(stint_net_renew(a.t.net, 6), STINT_OK);
    train_open(t->ctx, &b, 6);
    assert_true(same_tensors(t->ctx, a.t.net, b.t.net));
    steps_of(t->ctx, a.f, other);
    steps_of(t->ctx, b.f, again);
    assert_memory_equal(other, again, sizeof other);
    assert_true(memcmp(first, other, sizeof first) != 0);
    assert_int_equal(stint_net_renew(a.t.net, 5), STINT_OK);
    steps_of(t->ctx, a.f, again);
    assert_memory_equal(first, again, sizeof first);
    train_close(&a);
    train_close(&b);
}

/* The same seed gives the same bits, and a layer more changes none before it. */
static void seeds_decide(void **state)
{
    fixture *t = *state;
    stint_net *a = every_net(t->ctx, 5), *b = every_net(t->ctx, 5), *c = every_net(t->ctx, 6);
    assert_true(same_tensors(t->ctx, a, b));
    assert_false(same_tensors(t->ctx, a, c));
    stint_net_free(b);
    stint_net_free(c);
    float x[8], y[8];
    b = net_of(t->ctx, STINT_SHAPE(4), "[{'linear': {'units': 2}}, {'linear': {'units': 2}}]");
    c = net_of(t->ctx, STINT_SHAPE(4), "[{'linear': {'units': 2}}]");
    assert_int_equal(stint_read(stint_net_weight(b, 0, NULL, 0), x, sizeof x), STINT_OK);
    assert_int_equal(stint_read(stint_net_weight(c, 0, NULL, 0), y, sizeof y), STINT_OK);
    assert_memory_equal(x, y, sizeof x);
    stint_net_free(a);
    stint_net_free(b);
    stint_net_free(c);
}

/* Kept tensors too, which closing a context does not report. */
static void freed_nets_leave_nothing(void **state)
{
    fixture *t = *state;
    int64_t held = 0;
    for (int i = 0; i < 3; i++) {
        stint_net *n = every_net(t->ctx, 5);
        assert_int_equal(stint_net_carry(n, 4), STINT_OK);
        stint_net_free(n);
        if (i > 1)
            assert_int_equal(budget_live(ctx_budget(t->ctx)), held);
        held = budget_live(ctx_budget(t->ctx));
    }
}

/* ---- how weights begin ---- */

/* Each gate's block is orthogonal by itself. */
static void check_orthogonal(stint_tensor *w, int gates)
{
    enum { H = 12 };
    float q[H][4 * H];
    assert_int_equal(stint_read(w, q, sizeof(float) * H * H * (size_t)gates), STINT_OK);
    const float *at = &q[0][0];
    for (int g = 0; g < gates; g++)
        for (int i = 0; i < H; i++)
            for (int j = 0; j <= i; j++) {
                double dot = 0;
                for (int k = 0; k < H; k++)
                    dot += (double)at[i * gates * H + g * H + k] * at[j * gates * H + g * H + k];
                if (!(fabs(dot - (i == j)) < 1e-6))
                    fail_msg("gate %d: rows %d, %d: %g", g, i, j, dot);
            }
}

static void recurrent_nets_begin_well(void **state)
{
    fixture *t = *state;
    char name[64];
    float bias[48], w[5 * 48];
    stint_net *n = net_of(t->ctx, STINT_SHAPE(4, 5), "[{'lstm': {'hidden': 12}}]");
    stint_net *g = net_of(t->ctx, STINT_SHAPE(4, 5), "[{'gru': {'hidden': 12}}]");
    stint_net *f =
        net_of(t->ctx, STINT_SHAPE(4, 5), "[{'lstm': {'hidden': 12, 'forget_bias': -0.5}}]");
    check_orthogonal(stint_net_weight(n, 1, name, sizeof name), 4);
    assert_string_equal(name, "0.lstm.weight_recurrent");
    check_orthogonal(stint_net_weight(g, 1, NULL, 0), 3);
    assert_int_equal(stint_read(stint_net_weight(n, 2, NULL, 0), bias, sizeof bias), STINT_OK);
    for (int i = 0; i < 48; i++)
        assert_true(bias[i] == (i / 12 == 1 ? 1.f : 0.f));
    assert_int_equal(stint_read(stint_net_weight(f, 2, NULL, 0), bias, sizeof bias), STINT_OK);
    assert_true(bias[12] == -0.5f && bias[0] == 0);
    assert_int_equal(stint_read(stint_net_weight(n, 0, NULL, 0), w, sizeof w), STINT_OK);
    double most = 0, bound = sqrt(6.0 / (5 + 48));
    for (int i = 0; i < 5 * 48; i++)
        most = fmax(most, fabs((double)w[i]));
    assert_true(most <= bound && most > 0.95 * bound);
    stint_net_free(n);
    stint_net_free(g);
    stint_net_free(f);
}

/* ---- descriptions ---- */

static void described_and_made_again(void **state)
{
    fixture *t = *state;
    stint_text a, b;
    stint_net *n = every_net(t->ctx, -7);
    assert_int_equal(stint_net_describe(n, &a), STINT_OK);
    json_t *all = json_parse(t->ctx, "description", a.at, a.len);
    assert_int_equal(json_integer_value(json_object_get(all, "seed")), -7);
    char *layers = json_dumps(json_object_get(all, "layers"), 0);
    stint_net *m = stint_net_new(t->ctx, STINT_I32, STINT_SHAPE(12), -7);
    assert_int_equal(stint_net_add_json(m, layers), STINT_OK);
    assert_int_equal(stint_net_describe(m, &b), STINT_OK);
    assert_string_equal(a.at, b.at);
    assert_true(same_tensors(t->ctx, n, m));
    for (int i = 0; layer_table[i]; i++) {
        char key[64];
        snprintf(key, sizeof key, "\"%s\": {", layer_table[i]->name);
        bool held = strstr(a.at, key) != NULL;
        for (const param *p = layer_table[i]->params; held && p->name; p++)
            held = strstr(strstr(a.at, key), p->name) != NULL;
        if (!held && strcmp(key, "\"last\": {") != 0 && strcmp(key, "\"mean_time\": {") != 0)
            fail_msg("%s is not in the description with all it has", key);
    }
    free(layers);
    json_decref(all);
    stint_text_free(&a);
    stint_text_free(&b);
    stint_net_free(n);
    stint_net_free(m);
}

static void summed_up(void **state)
{
    fixture *t = *state;
    stint_text text;
    stint_net *n = net_of(t->ctx, STINT_SHAPE(3),
                          "[{'linear': {'units': 8}}, {'residual': {'layers': ['relu']}}]");
    assert_int_equal(stint_net_summary(n, &text), STINT_OK);
    static const char *const lines[] = {
        "f32                             [3]",
        "0       linear                  [8]                       32\n",
        "1       residual                [8]                        0\n",
        "  1.0     relu                  [8]                        0\n",
        "in all                                                    32\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(text.at, lines[i]))
            fail_msg("\"%s\" is not in\n%s", lines[i], text.at);
    stint_text_free(&text);
    stint_net_free(n);
}

static void referred_to(void **state)
{
    fixture *t = *state;
    stint_text text;
    assert_int_equal(stint_net_reference(t->ctx, NULL, &text), STINT_OK);
    for (int i = 0; layer_table[i]; i++)
        assert_non_null(strstr(text.at, layer_table[i]->help));
    for (int i = 0; loss_table[i]; i++)
        assert_non_null(strstr(text.at, loss_table[i]->help));
    stint_text_free(&text);
    assert_int_equal(stint_net_reference(t->ctx, "lstm", &text), STINT_OK);
    assert_non_null(strstr(text.at, "--forget-bias"));
    assert_null(strstr(text.at, "gru"));
    stint_text_free(&text);
    assert_int_equal(stint_net_reference(t->ctx, "lstn", &text), STINT_EUSAGE);
    assert_message(t, "did you mean \"lstm\"?");
}

/* ---- what fails ---- */

typedef struct refusal {
    int axes;
    int64_t shape[4];
    const char *layers, *message;
} refusal;

static const refusal refusals[] = {
    {1, {4}, "['linera']", "net: layer 1: there is no layer \"linera\"; did you mean \"linear\"?"},
    {1,
     {4},
     "[{'linear': {'unit': 3}}]",
     "net: layer 1, linear has no parameter \"unit\"; did you"},
    {1, {4}, "[{'linear': {'units': 0}}]", "net: layer 1, linear: units is \"0\""},
    {1, {4}, "[{'linear': 3}]", "item 0, linear: parameters are {parameter: value}"},
    {1, {4}, "[3]", "item 0 is neither a layer's name nor"},
    {1, {4}, "'relu'", "not a list of layers"},
    {1, {4}, "[", "layers:1:"},
    {1, {4}, "[{'lstm': {}}]", "net: layer 1, lstm: takes samples [time,in], not [4]"},
    {2, {4, 3}, "[{'linear': {'units': 9}}, 'conv2d']", "layer 2, conv2d: takes samples [channels"},
    {3,
     {2, 4, 3},
     "[{'conv2d': {'kernel': 5, 'kernel_width': 2}}]",
     "[5,2] does not fit into [2,4,3]"},
    {3, {3, 4, 4}, "[{'conv2d': {'groups': 2}}]", "2 groups do not divide 3 channels into 16"},
    {2, {4, 3}, "[{'conv1d': {'kernel': 3, 'dilation': 2}}]", "[3] does not fit into [4,3]"},
    {2, {4, 3}, "[{'pool1d': {'kernel': 5}}]", "a window of 5 does not fit into [4,3]"},
    {2, {4, 3}, "[{'pool1d': {'padding': 2}}]", "padding 2 is more than half"},
    {2, {4, 3}, "['batch_norm']", "takes samples [channels,h,w] or [in], not [4,3]"},
    {3, {3, 4, 4}, "[{'group_norm': {'groups': 2}}]", "2 groups do not divide 3 channels"},
    {1, {4}, "[{'embedding': {'count': 3}}]", "takes i32 or i64, not f32"},
    {2, {4, 6}, "['attention']", "4 heads do not divide a width of 6"},
    {1, {4}, "[{'reshape': {'width': 5}}]", "[4] has not as many elements as [1,1,5]"},
    {1, {4}, "[{'hardtanh': {'low': 2}}]", "low is 2, above high, 1"},
    {1, {4}, "['residual']", "net: layer 1, residual: has no layers"},
    {3,
     {1, 1 << 30, 256},
     "[{'conv2d': {'kernel': 1, 'channels': 4096}}]",
     "makes samples of [4096,1073741824,256], which are too large"},
    {1, {4}, "[{'residual': {'layers': [{'linear': {'units': 3}}]}}]", "make [3] of [4], which"},
    {1, {4}, "[{'residual': {'layers': ['relu', {'linaer': {}}]}}]", "net: layer 1.1: there is no"},
    {0, {0}, "['softmax']", "takes samples [..,in], not []"},
    {2, {4, 3}, "[{'ema': {'alpha': 1, 'learned': true}}]", "alpha is 1; what is learned"},
};

/* Everything that a failed add made is given back, and the net says the same of itself. */
static void a_failed_add_leaves_no_trace(void **state)
{
    fixture *t = *state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const refusal *r = &refusals[i];
        stint_text before, after;
        stint_net *n = net_of(t->ctx, r->axes, r->shape, "['relu']");
        stint_net *m = net_of(t->ctx, r->axes, r->shape, "['relu']");
        assert_int_equal(stint_net_describe(n, &before), STINT_OK);
        const char *layers = quoted(r->layers);
        int64_t held = -1;
        for (int k = 0; k < 2; k++) { /* once for what stays: room of vectors, the message */
            assert_int_not_equal(stint_net_add_json(n, layers), STINT_OK);
            assert_message(t, r->message);
            if (k > 0)
                assert_int_equal(budget_live(ctx_budget(t->ctx)), held);
            held = budget_live(ctx_budget(t->ctx));
        }
        assert_int_equal(stint_net_describe(n, &after), STINT_OK);
        assert_string_equal(before.at, after.at);
        stint_text_free(&before);
        stint_text_free(&after);
        if (r->axes > 0) {
            const char *more = "[{'linear': {'units': 2}}]";
            assert_int_equal(stint_net_add_json(n, quoted(more)), STINT_OK);
            assert_int_equal(stint_net_add_json(m, quoted(more)), STINT_OK);
            assert_true(same_tensors(t->ctx, n, m));
        }
        stint_net_free(n);
        stint_net_free(m);
    }
}

static void other_inputs_are_refused(void **state)
{
    fixture *t = *state;
    stint_net *n = net_of(t->ctx, STINT_SHAPE(3), "['relu']");
    stint_scope *s = stint_scope_open(t->ctx);
    assert_null(stint_net_apply(n, stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(2, 4)), false));
    assert_message(t, "takes a batch of f32 [3], not of f32 [4]");
    assert_null(stint_net_apply(n, stint_zeros(t->ctx, STINT_I32, STINT_SHAPE(2, 3)), false));
    assert_message(t, "takes a batch of f32 [3], not of i32 [3]");
    assert_null(stint_net_apply(n, NULL, false));
    assert_message(t, "there is no input");
    assert_null(stint_net_apply(NULL, NULL, false));
    assert_null(stint_net_new(t->ctx, STINT_F32, STINT_SHAPE(0), 1));
    assert_message(t, "a sample's size is at least 1, not 0");
    assert_null(stint_net_new(t->ctx, STINT_F32, STINT_SHAPE(INT64_MAX, 3), 1));
    assert_message(t, "samples of [9223372036854775807,3] are too large");
    assert_int_equal(stint_net_add(NULL, "relu", 0, NULL), STINT_EUSAGE);
    assert_int_equal(stint_net_output(NULL, NULL), -1);
    assert_int_equal(stint_scope_close(s), STINT_OK);
    stint_net_free(n);
}

/* As deep as layers may stand, every name is still its own. */
static void names_of_the_deepest_layers(void **state)
{
    fixture *t = *state;
    char layers[1024] = "['attention', 'gru']", outer[1024], name[64], other[64];
    int depth = 0;
    stint_net *n = NULL;
    for (;; depth++) {
        stint_net *deeper = stint_net_new(t->ctx, STINT_F32, STINT_SHAPE(2, 4), 3);
        if (stint_net_add_json(deeper, quoted(layers)) != STINT_OK) {
            stint_net_free(deeper);
            break;
        }
        stint_net_free(n);
        n = deeper;
        snprintf(outer, sizeof outer, "[{'sequential': {'layers': %.900s}}]", layers);
        strcpy(layers, outer);
    }
    assert_message(t, "layers within layers, too deep");
    assert_true(depth >= 10);
    for (int i = 0; i < stint_net_weights(n); i++)
        for (int k = 0; k < i; k++) {
            (void)stint_net_weight(n, i, name, sizeof name);
            (void)stint_net_weight(n, k, other, sizeof other);
            assert_string_not_equal(name, other);
        }
    stint_net_free(n);
}

/* Packed bits, and floats of other widths, are f32 from the first layer on. */
static void other_dtypes_are_widened(void **state)
{
    fixture *t = *state;
    static const uint8_t bytes[4] = {0, 1, 7, 255};
    static const double doubles[4] = {0, 1, 7, 255};
    float y[4];
    static const stint_dtype dtypes[] = {STINT_U8, STINT_F64};
    for (int i = 0; i < 2; i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        stint_net *n = stint_net_new(t->ctx, dtypes[i], STINT_SHAPE(2), 1);
        stint_tensor *x = stint_tensor_new(t->ctx, dtypes[i], STINT_SHAPE(2, 2),
                                           i ? (const void *)doubles : bytes);
        assert_int_equal(stint_net_add(n, "relu", 0, NULL), STINT_OK);
        assert_int_equal(stint_read(stint_net_apply(n, x, false), y, sizeof y), STINT_OK);
        for (int k = 0; k < 4; k++)
            assert_true(y[k] == (float)bytes[k]);
        stint_net_free(n);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* ---- diagnosis ---- */

static void hear(void *self, const layer *l, stint_tensor *out)
{
    char *heard = self;
    assert_int_equal(stint_tensor_size(out, 0), 2);
    snprintf(heard + strlen(heard), 64, "%s %s, ", l->path, l->class->name);
}

static void all_layers_are_seen(void **state)
{
    fixture *t = *state;
    char heard[256] = "";
    stint_net *n = net_of(t->ctx, STINT_SHAPE(3),
                          "['tanh', {'residual': {'layers': [{'sequential': {'layers': ['elu']}},"
                          "'relu']}}, 'selu']");
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(2, 3));
    assert_non_null(net_apply_seen(n, x, true, hear, heard));
    assert_string_equal(heard, "0 tanh, 1.0.0 elu, 1.0 sequential, 1.1 relu, 1 residual, 2 selu, ");
    assert_int_equal(stint_scope_close(s), STINT_OK);
    stint_net_free(n);
}

/* In training dropout drops, drawing other numbers each time; else nothing is drawn. */
static void dropout_is_for_training(void **state)
{
    fixture *t = *state;
    enum { N = 4096 };
    static float x[N], a[N], b[N];
    int64_t drawn[2];
    stint_net *n = net_of(t->ctx, STINT_SHAPE(N), "[{'dropout': {'p': 0.25}}]");
    stint_scope *s = stint_scope_open(t->ctx);
    for (int i = 0; i < N; i++)
        x[i] = 1;
    stint_tensor *in = stint_tensor_new(t->ctx, STINT_F32, STINT_SHAPE(1, N), x);
    assert_int_equal(stint_read(stint_net_apply(n, in, false), a, sizeof a), STINT_OK);
    assert_memory_equal(a, x, sizeof a);
    assert_int_equal(stint_read(stint_net_state(n, 0, NULL, 0), drawn, sizeof drawn), STINT_OK);
    assert_int_equal(drawn[1], 0);
    assert_int_equal(stint_read(stint_net_apply(n, in, true), a, sizeof a), STINT_OK);
    assert_int_equal(stint_read(stint_net_apply(n, in, true), b, sizeof b), STINT_OK);
    assert_true(memcmp(a, b, sizeof a) != 0);
    int zeros = 0;
    for (int i = 0; i < N; i++)
        zeros += a[i] == 0;
    assert_true(zeros > N / 4 - 150 && zeros < N / 4 + 150); /* 5 deviations of 28 */
    assert_int_equal(stint_scope_close(s), STINT_OK);
    stint_net_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(renewed_is_new),
        FIXTURE_TEST(seeds_decide),
        FIXTURE_TEST(freed_nets_leave_nothing),
        FIXTURE_TEST(recurrent_nets_begin_well),
        FIXTURE_TEST(described_and_made_again),
        FIXTURE_TEST(summed_up),
        FIXTURE_TEST(referred_to),
        FIXTURE_TEST(a_failed_add_leaves_no_trace),
        FIXTURE_TEST(other_inputs_are_refused),
        FIXTURE_TEST(names_of_the_deepest_layers),
        FIXTURE_TEST(other_dtypes_are_widened),
        FIXTURE_TEST(all_layers_are_seen),
        FIXTURE_TEST(dropout_is_for_training),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
