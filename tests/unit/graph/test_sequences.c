/* Recurrent nets: the operations against what they are written out, of the first and the second
 * order; lengths, states, and no time at all. */
#include "stint/derivatives.h"
#include "stint/fn.h"

#include "graph/graph.h"
#include "graph/sequence.h"
#include "base/rng.h"
#include "unit/fixture.h"
#include "unit/graph/elements.h"

enum { INPUTS = 4 };

static stint_tensor *numbers(ctx *c, stint_dtype d, int axes, const int64_t *shape, uint64_t seed)
{
    int64_t n = 1;
    for (int i = 0; i < axes; i++)
        n *= shape[i];
    double *x = malloc((size_t)(n + 1) * sizeof *x);
    for (int64_t i = 0; i < n; i++)
        x[i] = rng_normal((rng){seed, 5}, (uint64_t)i) / 2;
    stint_tensor *t = elements_tensor(c, d, axes, shape, x);
    free(x);
    return t;
}

static bool is_near(stint_tensor *a, stint_tensor *b, double error)
{
    double *x = elements_read(a), *y = elements_read(b), most = 1;
    bool ok = x && y && stint_tensor_count(a) == stint_tensor_count(b);
    for (int64_t i = 0; ok && i < stint_tensor_count(a); i++)
        most = fmax(most, fabs(y[i]));
    for (int64_t i = 0; ok && i < stint_tensor_count(a); i++)
        ok = fabs(x[i] - y[i]) <= error * most;
    free(x);
    free(y);
    return ok;
}

/* ---- written out */

typedef struct made {
    stint_tensor *in[INPUTS], *value, *seed, *first[INPUTS], *second[INPUTS];
} made;

static node *of_nodes(op_code op, stint_tensor *const *in, stint_tensor *lengths)
{
    node *n[INPUTS + 1];
    for (int i = 0; i < INPUTS; i++)
        n[i] = graph_node(in[i]);
    n[INPUTS] = graph_node(lengths);
    return node_make(n[0]->graph, op, INPUTS + (lengths != NULL), n, NULL);
}

/* Gradients of m->value, and of a weighed sum of those. */
static void differentiate(ctx *c, stint_dtype d, made *m)
{
    stint_tensor *seeds[INPUTS];
    assert_int_equal(stint_gradients(1, &m->value, &m->seed, INPUTS, m->in, m->first), STINT_OK);
    for (int i = 0; i < INPUTS; i++) {
        int64_t shape[STINT_AXES];
        assert_non_null(m->first[i]);
        for (int k = 0; k < stint_tensor_axes(m->first[i]); k++)
            shape[k] = stint_tensor_size(m->first[i], k);
        seeds[i] = numbers(c, d, stint_tensor_axes(m->first[i]), shape, 20 + (uint64_t)i);
    }
    assert_int_equal(stint_gradients(INPUTS, m->first, seeds, INPUTS, m->in, m->second), STINT_OK);
}

static void operations_are_their_expansions(void **state)
{
    fixture *t = *state;
    static const struct {
        int64_t time, batch, h;
    } sizes[] = {{5, 3, 19}, {3, 37, 8}, {1, 1, 1}};
    for (int k = 0; k < 3 * 2 * 2 * 2; k++) {
        op_code op = k & 1 ? OP_LSTM : OP_GRU;
        stint_dtype d = k & 2 ? STINT_F64 : STINT_F32;
        int64_t time = sizes[k / 8].time, batch = sizes[k / 8].batch, h = sizes[k / 8].h;
        sequence_parts p = sequence_parts_of[op_table[op].code];
        stint_scope *s = stint_scope_open(t->ctx);
        stint_tensor *lengths = NULL;
        double at[64];
        for (int64_t i = 0; i < batch; i++)
            at[i] = (double)(i % (time + 1));
        if (k & 4)
            lengths = elements_tensor(t->ctx, STINT_I64, STINT_SHAPE(batch), at);
        made fused = {.in = {numbers(t->ctx, d, STINT_SHAPE(time, batch, p.gates * h), 2),
                             numbers(t->ctx, d, STINT_SHAPE(h, p.gates * h), 3),
                             numbers(t->ctx, d, STINT_SHAPE(batch, h), 4),
                             op == OP_LSTM ? numbers(t->ctx, d, STINT_SHAPE(batch, h), 5)
                                           : numbers(t->ctx, d, STINT_SHAPE(3 * h), 5)},
                      .seed = numbers(t->ctx, d, STINT_SHAPE(time + 1, batch, p.kept * h), 6)};
        made apart = fused;
        graph *g = graph_of(t->ctx);
        fused.value = graph_tensor_of(g, of_nodes(op, fused.in, lengths));
        apart.value = graph_tensor_of(g, sequence_expand(graph_node(fused.value)));
        differentiate(t->ctx, d, &fused);
        differentiate(t->ctx, d, &apart);
        double error = d == STINT_F64 ? 1e-13 : 4e-6;
        if (!is_near(fused.value, apart.value, error))
            fail_msg("%s %d: other values: %s", op_table[op].text, k, stint_message(t->ctx));
        for (int i = 0; i < INPUTS; i++)
            if (!is_near(fused.first[i], apart.first[i], error) ||
                !is_near(fused.second[i], apart.second[i], 4 * error))
                fail_msg("%s %d: other gradients of input %d", op_table[op].text, k, i);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* ---- as callers see it */

typedef struct parameters {
    stint_tensor *w_input, *w, *bias;
} parameters;

static parameters parameters_of(ctx *c, int gates, int64_t in, int64_t h)
{
    return (parameters){numbers(c, STINT_F32, STINT_SHAPE(in, gates * h), 7),
                        numbers(c, STINT_F32, STINT_SHAPE(h, gates * h), 8),
                        numbers(c, STINT_F32, STINT_SHAPE(gates * h), 9)};
}

static bool same_bytes(stint_tensor *a, stint_tensor *b)
{
    void *x = elements_bytes(a), *y = elements_bytes(b);
    bool same =
        x && y && elements_size(a) == elements_size(b) && !memcmp(x, y, (size_t)elements_size(a));
    free(x);
    free(y);
    return same;
}

static stint_tensor *net(bool gru, stint_tensor *x, const parameters *p, const stint_sequence *s)
{
    return gru ? stint_gru(x, p->w_input, p->w, p->bias, p->bias, s)
               : stint_lstm(x, p->w_input, p->w, p->bias, s);
}

static void rows_do_not_depend_on_the_batch(void **state)
{
    fixture *t = *state;
    enum { ROWS = 45 };
    for (int gru = 0; gru < 2; gru++) {
        stint_scope *s = stint_scope_open(t->ctx);
        parameters p = parameters_of(t->ctx, gru ? 3 : 4, 3, 33);
        stint_tensor *x = numbers(t->ctx, STINT_F32, STINT_SHAPE(ROWS, 6, 3), 10);
        stint_tensor *all = net(gru, x, &p, NULL);
        for (int64_t b = 0; b < ROWS; b += 11) {
            stint_tensor *one = net(gru, stint_slice(x, 0, b, b + 1, 1), &p, NULL);
            assert_true(same_bytes(stint_slice(all, 0, b, b + 1, 1), one));
        }
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* A row of some length is that row cut off there. */
static void lengths_cut_rows_off(void **state)
{
    fixture *t = *state;
    static const double lengths[5] = {0, 4, 2, 1, 3};
    for (int gru = 0; gru < 2; gru++) {
        stint_scope *s = stint_scope_open(t->ctx);
        parameters p = parameters_of(t->ctx, gru ? 3 : 4, 3, 5);
        stint_tensor *x = numbers(t->ctx, STINT_F32, STINT_SHAPE(5, 4, 3), 11), *last, *c;
        stint_tensor *h0 = numbers(t->ctx, STINT_F32, STINT_SHAPE(5, 5), 12);
        stint_sequence how = {.h0 = h0,
                              .lengths = elements_tensor(t->ctx, gru ? STINT_I32 : STINT_I64,
                                                         STINT_SHAPE(5), lengths),
                              .last_h = &last,
                              .last_c = gru ? NULL : &c};
        stint_tensor *y = net(gru, x, &p, &how);
        for (int64_t b = 0; b < 5; b++) {
            int64_t n = (int64_t)lengths[b];
            stint_tensor *own, *own_c;
            stint_sequence alone = {.h0 = stint_slice(h0, 0, b, b + 1, 1),
                                    .last_h = &own,
                                    .last_c = gru ? NULL : &own_c};
            stint_tensor *short_x = stint_slice(stint_slice(x, 0, b, b + 1, 1), 1, 0, n, 1);
            stint_tensor *want = stint_pad(net(gru, short_x, &p, &alone), 1, 0, 4 - n, 0);
            assert_true(same_bytes(stint_slice(y, 0, b, b + 1, 1), want));
            assert_true(same_bytes(stint_slice(last, 0, b, b + 1, 1), own));
            if (!gru)
                assert_true(same_bytes(stint_slice(c, 0, b, b + 1, 1), own_c));
        }
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

static void states_carry_on(void **state)
{
    fixture *t = *state;
    for (int gru = 0; gru < 2; gru++) {
        stint_scope *s = stint_scope_open(t->ctx);
        parameters p = parameters_of(t->ctx, gru ? 3 : 4, 2, 20);
        stint_tensor *x = numbers(t->ctx, STINT_F32, STINT_SHAPE(3, 5, 2), 13), *h, *c = NULL;
        stint_sequence first = {.last_h = &h, .last_c = gru ? NULL : &c};
        stint_tensor *y[2] = {net(gru, stint_slice(x, 1, 0, 2, 1), &p, &first), NULL};
        y[1] = net(gru, stint_slice(x, 1, 2, 5, 1), &p, &(stint_sequence){.h0 = h, .c0 = c});
        assert_true(same_bytes(stint_concat(2, y, 1), net(gru, x, &p, NULL)));
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* The step makes gates of few inputs itself, those of many a product before it: zeros more of
 * inputs change no bit of a chain, so both say the same. */
static void gates_are_products_wherever_they_are_made(void **state)
{
    fixture *t = *state;
    enum { FEW = 3, MANY = 40, HIDDEN = 21 };
    for (int bits = 0; bits < 8; bits++) {
        bool gru = bits & 1;
        stint_dtype d = bits & 4 ? STINT_F64 : STINT_F32;
        int64_t columns = (gru ? 3 : 4) * HIDDEN;
        stint_scope *s = stint_scope_open(t->ctx);
        parameters p = {numbers(t->ctx, d, STINT_SHAPE(FEW, columns), 16),
                        numbers(t->ctx, d, STINT_SHAPE(HIDDEN, columns), 17),
                        bits & 2 ? numbers(t->ctx, d, STINT_SHAPE(columns), 18) : NULL};
        stint_tensor *x = numbers(t->ctx, d, STINT_SHAPE(29, 4, FEW), 19), *y[2], *dw[2];
        parameters more = p;
        more.w_input = stint_pad(p.w_input, 0, 0, MANY - FEW, 0);
        y[0] = net(gru, x, &p, NULL);
        y[1] = net(gru, stint_pad(x, 2, 0, MANY - FEW, 0), &more, NULL);
        for (int k = 0; k < 2; k++)
            assert_int_equal(stint_gradients(1, &y[k], NULL, 1, &p.w_input, &dw[k]), STINT_OK);
        assert_true(same_bytes(y[0], y[1]));
        assert_true(is_near(dw[0], dw[1], d == STINT_F64 ? 1e-13 : 1e-5));
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

static stint_status last_output(void *self, stint_tensor *const *in, stint_tensor **out)
{
    out[0] = net(false, in[0], self, NULL);
    return out[0] ? STINT_OK : STINT_EFAIL;
}

static void a_plan_says_who_makes_the_gates(void **state)
{
    fixture *t = *state;
    for (int64_t inputs = 32; inputs <= 33; inputs++) {
        stint_scope *s = stint_scope_open(t->ctx);
        parameters p = parameters_of(t->ctx, 4, inputs, 8);
        stint_tensor *x = numbers(t->ctx, STINT_F32, STINT_SHAPE(2, 3, inputs), 20), *y;
        stint_fn *f = stint_fn_new(t->ctx, last_output, &p, 1, 1);
        stint_text plan;
        assert_int_equal(stint_fn_call(f, &x, &y), STINT_OK);
        assert_int_equal(stint_plan_text(f, &plan), STINT_OK);
        assert_int_equal(strstr(plan.at, ", of 32 inputs") != NULL, inputs == 32);
        assert_int_equal(strstr(plan.at, "  matmul  ") != NULL, inputs == 33);
        stint_text_free(&plan);
        stint_fn_free(f);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

static void nothing_to_do(void **state)
{
    fixture *t = *state;
    static const int64_t shapes[][4] = {{3, 0, 2, 4}, {0, 3, 2, 4}, {3, 2, 0, 4}, {3, 2, 2, 0}};
    for (int k = 0; k < 8; k++) {
        bool gru = k % 2;
        const int64_t *n = shapes[k / 2];
        stint_scope *s = stint_scope_open(t->ctx);
        parameters p = parameters_of(t->ctx, gru ? 3 : 4, n[2], n[3]);
        stint_tensor *h0 = numbers(t->ctx, STINT_F32, STINT_SHAPE(n[0], n[3]), 14), *last, *dw;
        stint_sequence how = {.h0 = h0, .last_h = &last};
        stint_tensor *y =
            net(gru, numbers(t->ctx, STINT_F32, STINT_SHAPE(n[0], n[1], n[2]), 15), &p, &how);
        assert_int_equal(stint_tensor_count(y), n[0] * n[1] * n[3]);
        assert_int_equal(stint_gradients(1, &last, NULL, 1, &p.w, &dw), STINT_OK);
        void *bytes = elements_bytes(dw);
        assert_non_null(bytes);
        free(bytes);
        if (n[1] == 0)
            assert_true(same_bytes(last, h0));
        stint_tensor *curved = stint_square(
            net(gru, numbers(t->ctx, STINT_F32, STINT_SHAPE(n[0], n[1], n[2]), 15), &p, NULL));
        stint_tensor *sources[] = {p.w, p.w_input}, *product[2], *forward;
        assert_int_equal(stint_hessian_vector(curved, 2, sources, sources, product), STINT_OK);
        assert_int_equal(stint_jacobian_vector(1, &curved, 2, sources, sources, &forward),
                         STINT_OK);
        for (int i = 0; i < 2; i++)
            assert_true(!product[i] || stint_realise(1, &product[i]) == STINT_OK);
        assert_true(!forward || stint_realise(1, &forward) == STINT_OK);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* Refusals name the operation and the shapes. */
static void refusals_say_why(void **state)
{
    fixture *t = *state;
    ctx *c = t->ctx;
#define F32(...) stint_zeros(c, STINT_F32, STINT_SHAPE(__VA_ARGS__))
#define LIST(X)                                                                                    \
    X(stint_lstm(F32(2, 3), F32(3, 8), F32(2, 8), NULL, NULL),                                     \
      "lstm: of floats [batch, time, in] by w_recurrent [h, 4 h], not of f32 [2,3] by [2,8]")      \
    X(stint_lstm(F32(2, 3, 4), F32(3, 8), F32(2, 8), NULL, NULL),                                  \
      "lstm: w_input is [4,8], not [3,8]")                                                         \
    X(stint_gru(F32(2, 3, 4), F32(4, 8), F32(2, 8), NULL, NULL, NULL),                             \
      "gru: w_recurrent is [2,6], not [2,8]")                                                      \
    X(stint_gru(F32(2, 3, 4), F32(4, 6), F32(2, 6), NULL, F32(8), NULL),                           \
      "gru: bias_recurrent is [6], not [8]")                                                       \
    X(stint_gru(F32(2, 3, 4), F32(4, 6), F32(2, 6), NULL, NULL,                                    \
                &(stint_sequence){.c0 = F32(2, 2)}),                                               \
      "gru: c0 is an lstm's")                                                                      \
    X(stint_lstm(F32(2, 3, 4), F32(4, 8), F32(2, 8), NULL, &(stint_sequence){.lengths = F32(2)}),  \
      "lstm: lengths are i32 or i64 [2], not f32 [2]")                                             \
    X(stint_lstm(F32(2, 3, 4), stint_zeros(c, STINT_F64, STINT_SHAPE(4, 8)), F32(2, 8), NULL,      \
                 NULL),                                                                            \
      "lstm: w_input is f64, x is f32")
#define X(call, message)                                                                           \
    {                                                                                              \
        stint_scope *s = stint_scope_open(c);                                                      \
        assert_null(call);                                                                         \
        assert_string_equal(stint_message(c), message);                                            \
        assert_int_equal(stint_scope_close(s), STINT_EUSAGE);                                      \
        stint_clear(c);                                                                            \
    }
    LIST(X)
#undef X
    assert_null(stint_lstm(NULL, NULL, NULL, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(operations_are_their_expansions),
        FIXTURE_TEST(rows_do_not_depend_on_the_batch),
        FIXTURE_TEST(lengths_cut_rows_off),
        FIXTURE_TEST(states_carry_on),
        FIXTURE_TEST(gates_are_products_wherever_they_are_made),
        FIXTURE_TEST(a_plan_says_who_makes_the_gates),
        FIXTURE_TEST(nothing_to_do),
        FIXTURE_TEST(refusals_say_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
