/* Nets in files: the same net again, and the differences to another. */
#include "nn/net.h"

#include "base/os/os.h"
#include "unit/fixture.h"

static const char layers[] = "[{\"linear\": {\"units\": 4}}, \"batch_norm\", \"dropout\","
                             "{\"linear\": {\"units\": 2, \"bias\": false}}]";

static stint_net *net_of(ctx *c, const char *of, int64_t seed)
{
    stint_net *n = stint_net_new(c, STINT_F32, STINT_SHAPE(3), seed);
    if (stint_net_add_json(n, of) != STINT_OK)
        fail_msg("%s", stint_message(c));
    return n;
}

/* Outputs in training, which move statistics and the generator, then not in training. */
static void outputs(ctx *c, stint_net *n, float out[16])
{
    float x[12];
    for (int i = 0; i < 12; i++)
        x[i] = sinf((float)i);
    stint_scope *s = stint_scope_open(c);
    stint_tensor *in = stint_tensor_new(c, STINT_F32, STINT_SHAPE(4, 3), x);
    assert_int_equal(stint_read(stint_net_apply(n, in, true), out, 8 * sizeof *out), STINT_OK);
    assert_int_equal(stint_read(stint_net_apply(n, in, false), out + 8, 8 * sizeof *out), STINT_OK);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void saved_and_loaded(void **state)
{
    fixture *t = *state;
    float want[16], got[16], fresh[16];
    stint_text a, b;
    stint_net *n = net_of(t->ctx, layers, 9);
    outputs(t->ctx, n, fresh);
    const char *path = fixture_path(t, "net");
    assert_int_equal(stint_net_save(n, path), STINT_OK);
    stint_net *m = stint_net_load(t->ctx, path);
    assert_string_equal(stint_message(t->ctx), "");
    assert_int_equal(stint_net_describe(n, &a), STINT_OK);
    assert_int_equal(stint_net_describe(m, &b), STINT_OK);
    assert_string_equal(a.at, b.at);
    outputs(t->ctx, n, want);
    outputs(t->ctx, m, got);
    assert_memory_equal(want, got, sizeof want);
    assert_true(memcmp(want, fresh, sizeof want) != 0);
    stint_text_free(&a);
    stint_text_free(&b);
    stint_net_free(n);
    stint_net_free(m);
}

/* Into a net that is there, from a file that holds more. */
static void read_from_a_checkpoint(void **state)
{
    fixture *t = *state;
    char name[8][64];
    const char *names[9] = {0};
    stint_tensor *tensors[9];
    float want[16], got[16];
    stint_net *n = net_of(t->ctx, layers, 9), *m = net_of(t->ctx, layers, 10);
    int k = 0;
    for (int i = 0; i < stint_net_weights(n); i++, k++)
        tensors[k] = stint_net_weight(n, i, name[k], sizeof name[k]);
    for (int i = 0; i < stint_net_states(n); i++, k++)
        tensors[k] = stint_net_state(n, i, name[k], sizeof name[k]);
    for (int i = 0; i < k; i++)
        names[i] = name[i];
    assert_int_equal(k, 8);
    names[k] = "optimiser.m.0";
    tensors[k++] = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(3));
    const char *path = fixture_path(t, "checkpoint.safetensors");
    assert_int_equal(stint_tensors_save(t->ctx, path, k, names, tensors), STINT_OK);
    stint_drop(tensors[8]);
    assert_int_equal(stint_net_read(m, path), STINT_OK);
    outputs(t->ctx, n, want);
    outputs(t->ctx, m, got);
    assert_memory_equal(want, got, sizeof want);
    stint_net_free(n);
    stint_net_free(m);
}

typedef struct other {
    const char *layers;
    const char *says[4];
} other;

static const other others[] = {
    {"[{\"linear\": {\"units\": 4}}, \"batch_norm\", \"dropout\"]",
     {"another net; unknown: 3.linear.weight"}},
    {"[{\"linear\": {\"units\": 4}}, \"batch_norm\", \"dropout\",{\"linear\": {\"units\": 2}}]",
     {"another net; missing: 3.linear.bias"}},
    {"[{\"linear\": {\"units\": 5}}, \"batch_norm\", \"dropout\",{\"linear\": {\"units\": 2, "
     "\"bias\": false}}]",
     {"another net; shapes differ: 0.linear.weight is F32 [3,4], the net's F32 [3,5]",
      "1.batch_norm.bias is F32 [4], the net's F32 [5]", " and 2 more"}},
    {"[\"dropout\"]", {"missing: 0.dropout.generator; unknown: ", " and 3 more"}},
};

static void differences_are_listed(void **state)
{
    fixture *t = *state;
    char path[256];
    stint_net *n = net_of(t->ctx, layers, 9);
    assert_int_equal(stint_net_save(n, fixture_path(t, "net")), STINT_OK);
    snprintf(path, sizeof path, "%s", fixture_path(t, "net.safetensors"));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        stint_net *m = net_of(t->ctx, others[i].layers, 4);
        int count = stint_net_weights(m);
        float before[64] = {0}, after[64] = {0};
        stint_tensor *w = count ? stint_net_weight(m, 0, NULL, 0) : NULL;
        if (w)
            assert_int_equal(stint_read(w, before, 4 * (size_t)stint_tensor_count(w)), STINT_OK);
        assert_int_equal(stint_net_read(m, path), STINT_EDATA);
        for (int k = 0; others[i].says[k]; k++)
            if (!strstr(stint_message(t->ctx), others[i].says[k]))
                fail_msg("\"%s\" is not in \"%s\"", others[i].says[k], stint_message(t->ctx));
        stint_clear(t->ctx);
        if (w)
            assert_int_equal(stint_read(w, after, 4 * (size_t)stint_tensor_count(w)), STINT_OK);
        assert_memory_equal(before, after, sizeof before);
        stint_net_free(m);
    }
    stint_net_free(n);
}

static void write_text(fixture *t, const char *name, const char *text)
{
    assert_int_equal(file_write_atomic(t->ctx, fixture_path(t, name), text, strlen(text)),
                     STINT_OK);
}

static void bad_files_are_refused(void **state)
{
    fixture *t = *state;
    static const struct {
        const char *json, *tensors, *message;
    } cases[] = {
        {"{", "", "net.json:1:"},
        {"{\"dtype\": \"f32\"}", "", "not a net"},
        {"{\"dtype\": \"f33\", \"shape\": [3], \"seed\": 1, \"layers\": []}", "", "not a net"},
        {"{\"dtype\": \"f32\", \"shape\": [0], \"seed\": 1, \"layers\": []}", "", "at least 1"},
        {"{\"dtype\": \"f32\", \"shape\": [3], \"seed\": 1, \"layers\": [\"rulu\"]}", "",
         "\"relu\""},
        {"{\"dtype\": \"f32\", \"shape\": [3], \"seed\": 1, \"layers\": [\"relu\"]}", "12345678",
         "its header is cut off"},
        {"{\"dtype\": \"f32\", \"shape\": [3], \"seed\": 1, \"layers\": [\"relu\"]}", "1234",
         "its header is cut off"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text(t, "net.json", cases[i].json);
        write_text(t, "net.safetensors", cases[i].tensors);
        assert_null(stint_net_load(t->ctx, fixture_path(t, "net")));
        assert_message(t, cases[i].message);
    }
    assert_null(stint_net_load(t->ctx, fixture_path(t, "none")));
    assert_message(t, "none.json");
    stint_net *n = net_of(t->ctx, layers, 1);
    assert_int_equal(stint_net_save(n, fixture_path(t, "nowhere/net")), STINT_EIO);
    stint_clear(t->ctx);
    stint_net_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(saved_and_loaded),
        FIXTURE_TEST(read_from_a_checkpoint),
        FIXTURE_TEST(differences_are_listed),
        FIXTURE_TEST(bad_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
