/* Gradient flow: what is measured is what the gradients and activations are; nets made ill are
 * found to be; the account is bounded, restored to the bit, and told in four formats. */
#include "stint/optim.h"
#include "train/flow_impl.h"

#include "unit/fixture.h"

enum { ROWS = 32, WIDE = 16, SEEN_MOST = 16, WEIGHTS_MOST = 64, STEPS = 5 };

typedef struct net_step {
    stint_net *net;
    flow *flow;   /* NULL = off */
    bool plain;   /* stint_net_apply instead */
    bool outputs; /* activations and gradients are outputs too */
    int seen, n;  /* activations, weights */
    stint_fn *fn;
    stint_tensor *in[2], *out[1 + SEEN_MOST + WEIGHTS_MOST], *activation[SEEN_MOST];
} net_step;

static void see(void *self, const layer *l, stint_tensor *out)
{
    net_step *s = self;
    if (s->flow)
        flow_saw(s->flow, l, out);
    if (s->outputs && l->class->is_activation)
        s->activation[s->seen++] = out;
}

static stint_status body(void *self, stint_tensor *const *in, stint_tensor **out)
{
    net_step *s = self;
    stint_tensor *gradient[WEIGHTS_MOST], *weight[WEIGHTS_MOST];
    s->seen = 0;
    s->n = stint_net_weights(s->net);
    stint_tensor *y = s->plain                ? stint_net_apply(s->net, in[0], true)
                      : s->flow || s->outputs ? net_apply_seen(s->net, in[0], true, see, s)
                                              : net_apply_seen(s->net, in[0], true, NULL, NULL);
    char name[64];
    for (int i = 0; i < s->n; i++)
        weight[i] = stint_net_weight(s->net, i, name, sizeof name);
    out[0] = stint_mse(y, in[1], STINT_REDUCE_MEAN);
    TRY(stint_gradients(1, out, NULL, s->n, weight, gradient));
    if (s->flow)
        TRY(flow_gradients(s->flow, s->n, gradient));
    for (int i = 0; s->outputs && i < s->seen; i++)
        out[1 + i] = s->activation[i];
    for (int i = 0; s->outputs && i < s->n; i++)
        out[1 + s->seen + i] = gradient[i];
    return STINT_OK;
}

static stint_net *net_of(ctx *c, const char *layers)
{
    stint_net *n = stint_net_new(c, STINT_F32, STINT_SHAPE(WIDE), 3);
    char name[64], copy[1024];
    snprintf(copy, sizeof copy, "%s", layers);
    for (char *at = copy, *word; (word = strtok(at, " ")); at = NULL) {
        char *units = strchr(word, ':');
        stint_setting s[2] = {{"units", units ? units + 1 : NULL},
                              {"high", units ? units + 1 : ""}};
        if (units)
            *units = '\0';
        snprintf(name, sizeof name, "%s", word);
        bool linear = strcmp(word, "linear") == 0;
        assert_int_equal(stint_net_add(n, name, units != NULL, linear ? s : s + 1), STINT_OK);
    }
    return n;
}

/* Weights times `scale`, of every so many biases one is `bias`. */
static void change(stint_net *n, double scale, double bias, size_t every)
{
    static float w[WIDE * WIDE];
    char name[64];
    for (int i = 0; i < stint_net_weights(n); i++) {
        stint_tensor *t = stint_net_weight(n, i, name, sizeof name);
        size_t bytes = (size_t)stint_tensor_count(t) * sizeof *w;
        assert_int_equal(stint_read(t, w, bytes), STINT_OK);
        bool is_bias = stint_tensor_axes(t) == 1;
        for (size_t k = 0; k < bytes / sizeof *w; k++)
            w[k] = is_bias ? (float)(k % every ? 0 : bias) : w[k] * (float)scale;
        assert_int_equal(stint_write(t, w, bytes), STINT_OK);
    }
}

static void begin(net_step *s, ctx *c, stint_net *net, flow *f, int outputs)
{
    int64_t shape[STINT_AXES];
    *s = (net_step){.net = net, .flow = f, .outputs = outputs > 1};
    stint_tensor *g = stint_generator(c, 5);
    stint_net_output(net, shape);
    s->in[0] = stint_normal(g, STINT_F32, STINT_SHAPE(ROWS, WIDE), 0, 1);
    s->in[1] = stint_normal(g, STINT_F32, STINT_SHAPE(ROWS, shape[0]), 0, 1);
    assert_int_equal(stint_realise(2, s->in), STINT_OK);
    s->fn = stint_fn_new(c, body, s, 2, outputs);
}

static void run(net_step *s, int steps)
{
    for (int i = 0; i < steps; i++) {
        assert_int_equal(stint_fn_call(s->fn, s->in, s->out), STINT_OK);
        if (s->flow)
            assert_int_equal(flow_take(s->flow, 10 * i), STINT_OK);
    }
}

/* ---- what is measured ---- */

static double norm_of(stint_tensor *t)
{
    static float g[WIDE * WIDE];
    double sum = 0;
    size_t bytes = (size_t)stint_tensor_count(t) * sizeof *g;
    assert_int_equal(stint_read(t, g, bytes), STINT_OK);
    for (size_t i = 0; i < bytes / sizeof *g; i++)
        sum += (double)g[i] * g[i];
    return sqrt(sum);
}

static double share_of(stint_tensor *t, double low, double high, bool dead)
{
    static float y[ROWS * WIDE];
    int64_t units = stint_tensor_size(t, 1), many = 0;
    assert_int_equal(stint_read(t, y, (size_t)(ROWS * units) * sizeof *y), STINT_OK);
    for (int64_t u = 0; u < units; u++) {
        int64_t at_bound = 0, zero = 0;
        for (int64_t r = 0; r < ROWS; r++) {
            at_bound += y[r * units + u] <= low + 0.01 || y[r * units + u] >= high - 0.01;
            zero += y[r * units + u] == 0;
        }
        many += dead ? (zero == ROWS ? ROWS : 0) : at_bound;
    }
    return (double)many / (double)(ROWS * units);
}

static void test_measures(void **state)
{
    fixture *t = *state;
    stint_scope *scope = stint_scope_open(t->ctx);
    static const struct {
        double low, high;
        bool dead;
    } acts[4] = {{0, 0, true}, {-1, 1, false}, {0, 1, false}, {-1, 3, false}};
    stint_net *n = net_of(t->ctx, "linear:16 relu linear:16 tanh linear:16 sigmoid linear:16 "
                                  "hardtanh:3 linear:2");
    change(n, 2, -12, 4); /* some relus die, some outputs saturate */
    flow *f = flow_new(t->ctx, n);
    net_step s;
    begin(&s, t->ctx, n, f, 1 + 4 + 10);
    run(&s, 1);
    assert_int_equal(s.seen, 4);
    assert_int_equal(s.n, 10);
    int linears = 0, activations = 0;
    for (int64_t i = 0; i < f->probes.n; i++) {
        const flow_probe *p = &f->probes.at[i];
        double want;
        if (p->measure == FLOW_NORM) {
            stint_tensor *const *g = s.out + 5 + 2 * linears++;
            want = fmax(log10(hypot(norm_of(g[0]), norm_of(g[1]))), FLOW_LOG_LEAST);
        } else {
            int a = activations++;
            want = share_of(s.out[1 + a], acts[a].low, acts[a].high, acts[a].dead);
            assert_int_equal(p->measure, acts[a].dead ? FLOW_DEAD : FLOW_SATURATED);
            assert_true(want > 0.02 && want < 1);
        }
        assert_float_equal(p->account.last, want, 1e-5);
    }
    assert_int_equal(linears, 5);
    stint_fn_free(s.fn);
    flow_free(f);
    stint_net_free(n);
    assert_int_equal(stint_scope_close(scope), STINT_OK);
}

/* Off is the plain net; on adds nodes, and the loss keeps its bits. */
static void test_off(void **state)
{
    fixture *t = *state;
    stint_scope *scope = stint_scope_open(t->ctx);
    stint_net *n = net_of(t->ctx, "linear:16 relu linear:16 tanh linear:2");
    flow *f = flow_new(t->ctx, n);
    stint_plan_facts facts[3];
    float loss[3];
    for (int k = 0; k < 3; k++) { /* plain, off, on */
        net_step s;
        begin(&s, t->ctx, n, k == 2 ? f : NULL, 1);
        s.plain = k == 0;
        run(&s, 1);
        assert_int_equal(stint_fn_facts(s.fn, &facts[k]), STINT_OK);
        assert_int_equal(stint_read(s.out[0], &loss[k], sizeof loss[k]), STINT_OK);
        stint_fn_free(s.fn);
    }
    assert_int_equal(facts[0].nodes, facts[1].nodes);
    assert_int_equal(facts[0].steps, facts[1].steps);
    assert_true(facts[2].nodes > facts[1].nodes);
    assert_true(loss[0] == loss[1] && loss[1] == loss[2]);
    flow_free(f);
    stint_net_free(n);
    assert_int_equal(stint_scope_close(scope), STINT_OK);
}

/* ---- what is found ---- */

#define DEEP(a) "linear:16 " a " linear:16 " a " linear:16 " a " linear:16 " a " linear:16 " a " "
#define DEEPER  DEEP("sigmoid") DEEP("sigmoid") "linear:2"

static const struct ill_case {
    const char *layers;
    double scale, bias;
    const char *path, *kind; /* kind NULL = none is ill */
    double severe, health;   /* at least, at most; at least of the healthy */
} ills[] = {
    {DEEP("relu") "linear:2", 1.5, 0, NULL, NULL, 0, 0.8},
    {DEEP("tanh") "linear:2", 1, 0, NULL, NULL, 0, 0.8},
    {DEEPER, 0.3, 0, "0", "vanishing", 0.9, 0.1},
    {DEEP("relu") "linear:2", 60, 0, "0", "exploding", 0.9, 0.1},
    {"linear:16 relu linear:2", 1, -1e3, "1", "dead", 1, 0},
    {"linear:16 relu linear:2", 1, -1e3, "0", "vanishing", 1, 0},
    {"linear:16 tanh linear:2", 50, 0, "1", "saturated", 0.8, 0.6},
    {"linear:16 sigmoid linear:2", 50, 0, "1", "saturated", 0.6, 0.65},
    {"linear:16 relu linear:2", 1e20, 0, "0", "exploding", 1, 0}, /* not finite */
};

static void test_findings(void **state)
{
    fixture *t = *state;
    for (size_t i = 0; i < sizeof ills / sizeof *ills; i++) {
        const struct ill_case *ill = &ills[i];
        stint_scope *scope = stint_scope_open(t->ctx);
        stint_net *n = net_of(t->ctx, ill->layers);
        change(n, ill->scale, ill->bias, 1);
        flow *f = flow_new(t->ctx, n);
        assert_true(flow_health(f) == 1); /* nothing measured yet */
        net_step s;
        begin(&s, t->ctx, n, f, 1);
        run(&s, STEPS);
        bool found = false;
        for (int64_t k = 0; k < f->probes.n; k++) {
            flow_finding of = flow_find(&f->probes.at[k]);
            assert_true(of.severity >= 0 && of.severity <= 1);
            assert_int_equal(of.kind != NULL, of.severity > 0);
            found |= of.kind && ill->kind && !strcmp(of.kind, ill->kind) &&
                     !strcmp(f->probes.at[k].layer->path, ill->path) &&
                     of.severity >= ill->severe && strlen(of.advice) > 20;
        }
        double health = flow_health(f);
        if (found != (ill->kind != NULL) ||
            (ill->kind ? health > ill->health : health < ill->health)) {
            str text;
            str_init(&text, t->ctx, TAG_BASE);
            flow_write_text(f, &text);
            fail_msg("case %zu:\n%s", i, text.at);
        }
        stint_fn_free(s.fn);
        flow_free(f);
        stint_net_free(n);
        assert_int_equal(stint_scope_close(scope), STINT_OK);
    }
}

/* Ill for a while and then well again is well. */
static void test_recovers(void **state)
{
    (void)state;
    flow_probe p = {.measure = FLOW_NORM, .account.every = 1};
    flow_account_add(&p.account, FLOW_LOG_MOST);
    assert_string_equal(flow_find(&p).kind, "exploding");
    for (int i = 0; i < 12; i++)
        flow_account_add(&p.account, -1);
    assert_null(flow_find(&p).kind);
    assert_true(p.account.most == FLOW_LOG_MOST);
}

/* ---- the account ---- */

static void test_history(void **state)
{
    (void)state;
    static const int64_t lengths[] = {1, 255, 256, 257, 512, 513, 1000, 100000};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        int64_t n = lengths[k];
        flow_account a = {.every = 1};
        for (int64_t i = 0; i < n; i++)
            flow_account_add(&a, (double)i);
        int64_t points = flow_account_points(&a);
        assert_int_equal(a.n, n);
        assert_true(points <= FLOW_HISTORY && (n < FLOW_HISTORY || points > FLOW_HISTORY / 2));
        assert_true(a.every * points >= n && a.every * (points - 1) < n);
        for (int64_t i = 0; i < points; i++) {
            int64_t from = i * a.every, to = from + a.every < n ? from + a.every : n;
            assert_float_equal(a.history[i], 0.5 * (double)(from + to - 1), 1e-9 * (double)n);
        }
        assert_float_equal(a.mean, 0.5 * (double)(n - 1), 1e-9 * (double)n);
        assert_true(a.least == 0 && a.most == (double)(n - 1) && a.last == a.most);
    }
}

static void written(const flow *f, stint_flow_format how, str *out, ctx *c)
{
    str_init(out, c, TAG_BASE);
    assert_int_equal(flow_report(f, how, out), STINT_OK);
}

static void test_restore(void **state)
{
    fixture *t = *state;
    stint_scope *scope = stint_scope_open(t->ctx);
    stint_net *n = net_of(t->ctx, "linear:16 relu linear:16 tanh linear:2");
    flow *f = flow_new(t->ctx, n), *again = flow_new(t->ctx, n);
    net_step s;
    begin(&s, t->ctx, n, f, 1);
    run(&s, 300);
    str saved, told, retold;
    str_init(&saved, t->ctx, TAG_BASE);
    json_out j = emit_begin(&saved, false);
    flow_emit(f, &j);
    json_t *root = json_parse(t->ctx, "saved", saved.at, saved.len);
    assert_int_equal(flow_restore(again, root), STINT_OK);
    for (int k = 0; k < 2; k++) { /* as saved, and a measurement later */
        written(f, STINT_FLOW_JSON, &told, t->ctx);
        written(again, STINT_FLOW_JSON, &retold, t->ctx);
        assert_string_equal(told.at, retold.at);
        str_deinit(&told);
        str_deinit(&retold);
        for (int64_t i = 0; i < f->probes.n; i++) {
            flow_account_add(&f->probes.at[i].account, 0.1);
            flow_account_add(&again->probes.at[i].account, 0.1);
        }
    }
    stint_net *other = net_of(t->ctx, "linear:16 leaky_relu linear:16 tanh linear:2");
    flow *of_other = flow_new(t->ctx, other);
    assert_int_equal(flow_restore(of_other, root), STINT_EDATA);
    assert_non_null(strstr(stint_message(t->ctx), "layer 1, leaky_relu"));
    stint_clear(t->ctx);
    assert_int_equal(flow_restore(again, json_object_get(root, "probes")), STINT_EDATA);
    stint_clear(t->ctx);
    json_decref(root);
    str_deinit(&saved);
    stint_fn_free(s.fn);
    flow_free(f);
    flow_free(again);
    flow_free(of_other);
    stint_net_free(n);
    stint_net_free(other);
    assert_int_equal(stint_scope_close(scope), STINT_OK);
}

/* ---- formats ---- */

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

/* Elements nest and close, attributes are quoted, one element is the root. */
static bool is_well_formed(const char *xml)
{
    char open[16][32];
    int depth = 0, roots = 0;
    for (const char *at = xml; (at = strchr(at, '<')); at++) {
        const char *end = strchr(at, '>'), *name = at + 1 + (at[1] == '/');
        size_t n = strcspn(name, " />");
        int quotes = 0;
        if (!end || n == 0 || n >= sizeof *open || depth >= 15)
            return false;
        for (const char *c = at; c < end; c++)
            quotes += *c == '"';
        if (quotes % 2 != 0 || memchr(at + 1, '<', (size_t)(end - at - 1)))
            return false;
        if (at[1] == '/') {
            if (depth == 0 || strlen(open[--depth]) != n || memcmp(open[depth], name, n) != 0)
                return false;
        } else if (end[-1] != '/') {
            roots += depth == 0;
            snprintf(open[depth++], sizeof *open, "%.*s", (int)n, name);
        }
    }
    return depth == 0 && roots == 1;
}

static void check_json(const str *text, const flow *f, ctx *c)
{
    json_t *root = json_parse(c, "flow", text->at, text->len);
    assert_non_null(root);
    assert_float_equal(json_number_or_nan(root, "health"), flow_health(f), 0);
    const json_t *probes = json_object_get(root, "probes"),
                 *findings = json_object_get(root, "findings");
    assert_int_equal(json_array_size(probes), f->probes.n);
    assert_true(json_array_size(findings) >= 2);
    for (size_t i = 0; i < json_array_size(probes); i++) {
        const json_t *one = json_array_get(probes, i);
        const flow_account *a = &f->probes.at[i].account;
        assert_float_equal(json_number_or_nan(one, "mean"), a->mean, 0);
        assert_int_equal(json_array_size(json_object_get(one, "history")), flow_account_points(a));
    }
    for (size_t i = 0; i < json_array_size(findings); i++)
        assert_true(json_number_or_nan(json_array_get(findings, i), "severity") > 0);
    json_decref(root);
}

static void check_formats(const flow *f, ctx *c, bool ill)
{
    str text;
    written(f, STINT_FLOW_TEXT, &text, c);
    assert_non_null(strstr(text.at, "gradient flow: health "));
    assert_int_equal(count(text.at, "gradient norm"), ill ? 2 : 0);
    assert_int_equal(strstr(text.at, "1 relu: dead, severity 1.00: ") != NULL, ill);
    str_deinit(&text);
    written(f, STINT_FLOW_JSON, &text, c);
    if (ill)
        check_json(&text, f, c);
    str_deinit(&text);
    written(f, STINT_FLOW_DOT, &text, c);
    assert_int_equal(strncmp(text.at, "digraph flow {\n", 15), 0);
    assert_int_equal(count(text.at, "{"), count(text.at, "}"));
    assert_int_equal(count(text.at, " [label="), f->probes.n);
    assert_int_equal(count(text.at, " -> "), f->probes.n - 1);
    str_deinit(&text);
    written(f, STINT_FLOW_SVG, &text, c);
    assert_true(is_well_formed(text.at));
    assert_non_null(strstr(text.at, "<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert_int_equal(strstr(text.at, ">dead</text>") != NULL, ill);
    assert_null(strstr(text.at, "nan"));
    str_deinit(&text);
}

static void test_formats(void **state)
{
    fixture *t = *state;
    stint_scope *scope = stint_scope_open(t->ctx);
    stint_net *n = net_of(t->ctx, "linear:16 relu linear:2");
    change(n, 1, -1e3, 1);
    flow *f = flow_new(t->ctx, n);
    check_formats(f, t->ctx, false); /* before anything was measured */
    net_step s;
    begin(&s, t->ctx, n, f, 1);
    run(&s, STEPS);
    check_formats(f, t->ctx, true);
    str text;
    str_init(&text, t->ctx, TAG_BASE);
    assert_int_equal(flow_report(f, (stint_flow_format)9, &text), STINT_EUSAGE);
    stint_clear(t->ctx);
    stint_fn_free(s.fn);
    flow_free(f);
    stint_net_free(n);
    assert_int_equal(stint_scope_close(scope), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_measures),    FIXTURE_TEST(test_off),
        FIXTURE_TEST(test_findings),    cmocka_unit_test(test_recovers),
        cmocka_unit_test(test_history), FIXTURE_TEST(test_restore),
        FIXTURE_TEST(test_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
