/* Every operation against PyTorch's values and gradients (tests/oracle/ops_*.json, made by
 * tools/oracle_ops.py), in f32 and f64. */
#include "base/json.h"
#include "base/os/os.h"

#include "unit/fixture.h"
#include "unit/graph/elements.h"
#include "unit/graph/op_cases.h"

static const char *const files[] = {"pairs",     "maps",    "reductions", "shapes",
                                    "indexing",  "linear",  "losses",     "in_place",
                                    "sequences", "windows", "attention"};
enum { FILES = sizeof files / sizeof *files };

static json_t *oracle_read(ctx *c, const char *name)
{
    char path[512];
    str text;
    str_init(&text, c, TAG_BASE);
    snprintf(path, sizeof path, STINT_SOURCE_DIR "/tests/oracle/ops_%s.json", name);
    assert_int_equal(file_read(c, path, &text), STINT_OK);
    json_t *all = json_parse(c, path, text.at, (size_t)text.len);
    assert_non_null(all);
    str_deinit(&text);
    return all;
}

static double number(const json_t *v)
{
    return json_is_string(v) ? strtod(json_string_value(v), NULL) : json_number_value(v);
}

static int64_t numbers(const json_t *list, double *out)
{
    size_t i;
    json_t *v;
    assert_true(json_array_size(list) <= 4 * OP_MOST_ELEMENTS);
    json_array_foreach(list, i, v) out[i] = number(v);
    return (int64_t)json_array_size(list);
}

static int shape_of(const json_t *described, int64_t *shape)
{
    const json_t *list = json_array_get(described, 0);
    for (size_t i = 0; i < json_array_size(list); i++)
        shape[i] = json_integer_value(json_array_get(list, i));
    return (int)json_array_size(list);
}

/* How far from the truth: units of half a last place, of the element and of the largest one, but
 * of no more than 1; results below the normal range may be 0. */
static double allowed(stint_dtype d, unsigned flags, double want, double largest)
{
    double units = d == STINT_F64 ? 64 : 40, precision = element_precision(d);
    double common = flags & OP_RELATIVE ? 0 : precision * fmin(1, largest);
    return units * (precision * fabs(want) + common) + element_least(d);
}

static double largest_of(const double *x, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(x[i]))
            most = fmax(most, fabs(x[i]));
    return most;
}

static bool near(double got, double want, double error)
{
    if (isnan(want))
        return isnan(got);
    return got == want || fabs(got - want) <= error;
}

/* `what` of a case, in a dtype, is these numbers. */
static int differs(const op_case *c, stint_dtype d, const char *what, stint_tensor *t,
                   const double *want, int64_t n)
{
    double *got = elements_read(t), largest = largest_of(want, n);
    stint_dtype own = t ? stint_tensor_dtype(t) : d;
    int bad = !got || stint_tensor_count(t) != n;
    for (int64_t i = 0; !bad && i < n; i++) {
        double w = element_round(own, want[i]);
        if (near(got[i], w, isinf(w) ? 0 : allowed(own, c->flags, w, largest)))
            continue;
        print_error("%s: %s: %s: element %d is %.17g, not %.17g\n", c->name, stint_dtype_text(d),
                    what, (int)i, got[i], w);
        bad = 1;
    }
    if (!got)
        print_error("%s: %s: %s: no value: %s\n", c->name, stint_dtype_text(d), what,
                    t ? stint_message(stint_tensor_context(t)) : "none built");
    free(got);
    return bad;
}

static int shape_differs(const op_case *c, const stint_tensor *t, const json_t *described)
{
    int64_t shape[STINT_AXES];
    int axes = shape_of(described, shape), bad = axes != stint_tensor_axes(t);
    for (int i = 0; i < axes; i++)
        bad |= shape[i] != stint_tensor_size(t, i);
    if (bad)
        print_error("%s: another shape\n", c->name);
    return bad;
}

static int gradients_differ(ctx *x, const op_case *c, const json_t *want, stint_dtype d,
                            stint_tensor *out, stint_tensor **in)
{
    double values[4 * OP_MOST_ELEMENTS];
    stint_tensor *gradient[OP_INPUTS];
    int bad = op_case_gradients(x, c, out, in, gradient) != STINT_OK;
    for (int i = 0; !bad && i < c->inputs; i++) {
        const json_t *one = json_array_get(want, (size_t)i);
        char what[32];
        snprintf(what, sizeof what, "gradient %d", i);
        if (json_is_null(one) == c->in[i].differentiable)
            fail_msg("%s: the table and the oracle differ on input %d", c->name, i);
        if (!json_is_null(one))
            bad |= differs(c, d, what, gradient[i], values, numbers(one, values));
    }
    if (bad)
        print_error("%s: %s: %s\n", c->name, stint_dtype_text(d), stint_message(x));
    return bad;
}

static void oracle_inputs(ctx *x, const op_case *c, const json_t *list, stint_dtype d,
                          stint_tensor **in)
{
    double values[4 * OP_MOST_ELEMENTS];
    int64_t shape[STINT_AXES];
    if ((int)json_array_size(list) != c->inputs)
        fail_msg("%s: the table and the oracle differ on the number of inputs", c->name);
    for (int i = 0; i < c->inputs; i++) {
        const json_t *described = json_array_get(list, (size_t)i);
        int axes = shape_of(described, shape);
        numbers(json_array_get(described, 1), values);
        if (axes != c->in[i].axes || memcmp(shape, c->in[i].shape, (size_t)axes * 8) != 0)
            fail_msg("%s: the table and the oracle differ on the shape of input %d", c->name, i);
        in[i] = elements_tensor(x, op_input_dtype(&c->in[i], d), axes, shape, values);
    }
}

static int case_differs(ctx *x, const op_case *c, const json_t *record, stint_dtype d)
{
    double want[4 * OP_MOST_ELEMENTS];
    stint_tensor *in[OP_INPUTS];
    const json_t *described = json_object_get(record, "out"),
                 *gradients = json_object_get(record, "grad");
    stint_scope *s = stint_scope_open(x);
    oracle_inputs(x, c, json_object_get(record, "in"), d, in);
    stint_tensor *out = op_case_build(c, in);
    int64_t n = numbers(json_array_get(described, 1), want);
    int bad = differs(c, d, "value", out, want, n) || shape_differs(c, out, described);
    if (!bad && gradients) { /* of the value just read, which must not have forgotten its graph */
        out = op_case_build(c, in);
        bad = gradients_differ(x, c, gradients, d, out, in);
    }
    bad |= stint_scope_close(s) != STINT_OK;
    stint_clear(x);
    return bad;
}

static bool oracle_takes(const op_case *c, stint_dtype d)
{
    return c->dtypes & (1u << d) || c->dtypes == OP_BOOL; /* whose inputs are of fixed dtypes */
}

static void values_are_the_oracles(void **state)
{
    fixture *t = *state;
    int bad = 0, compared = 0;
    const char *name;
    json_t *record;
    for (int f = 0; f < FILES; f++) {
        json_t *all = oracle_read(t->ctx, files[f]);
        json_object_foreach(json_object_get(all, "cases"), name, record)
        {
            const op_case *c = op_case_find(name);
            if (!c)
                fail_msg("the table has no case \"%s\"", name);
            for (stint_dtype d = STINT_F32; d <= STINT_F64; d++)
                if (oracle_takes(c, d))
                    bad += case_differs(t->ctx, c, record, d);
            compared++;
        }
        json_decref(all);
    }
    assert_int_equal(compared, op_case_count());
    assert_int_equal(bad, 0);
}

static void names_are_unique(void **state)
{
    (void)state;
    for (int i = 0; i < op_case_count(); i++)
        if (op_case_find(op_case_at(i)->name) != op_case_at(i))
            fail_msg("two cases \"%s\"", op_case_at(i)->name);
}

/* Leaves, and what only moves or converts, against what was put in. */
static void makers_make(void **state)
{
    fixture *t = *state;
    double zeros[6] = {0}, fulls[6] = {-3, -3, -3, -3, -3, -3}, steps[6] = {0, 1, 2, 3, 4, 5};
    static const double five = 5;
    for (stint_dtype d = 0; d <= STINT_BOOL; d++) {
        stint_scope *s = stint_scope_open(t->ctx);
        double full = d == STINT_U8 || d == STINT_BOOL ? 1 : -3;
        for (int i = 0; i < 6; i++)
            fulls[i] = full;
        op_case c = {.name = stint_dtype_text(d), .flags = OP_RELATIVE};
        int bad =
            differs(&c, d, "new", stint_tensor_new(t->ctx, d, STINT_SHAPE(2, 3), NULL), zeros, 6);
        bad |= differs(&c, d, "zeros", stint_zeros(t->ctx, d, STINT_SHAPE(6)), zeros, 6);
        bad |= differs(&c, d, "full", stint_full(t->ctx, d, STINT_SHAPE(3, 2), full), fulls, 6);
        if (d != STINT_BOOL) {
            bad |= differs(&c, d, "arange", stint_arange(t->ctx, d, 6), steps, 6);
            bad |= differs(&c, d, "scalar", stint_scalar(t->ctx, d, 5), &five, 1);
            assert_true(stint_item(stint_scalar(t->ctx, d, 5)) == 5);
        }
        assert_int_equal(bad, 0);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(names_are_unique),
        FIXTURE_TEST(makers_make),
        FIXTURE_TEST(values_are_the_oracles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
