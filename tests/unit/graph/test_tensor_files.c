/* Tensors in safetensors files: every dtype and shape comes back, bit for bit. */
#include "unit/fixture.h"
#include "unit/graph/elements.h"

enum { DTYPES = STINT_BOOL + 1 };

static const double samples[6] = {0, 1, 100, 3, 0, 2};

static void every_dtype_comes_back(void **state)
{
    fixture *t = *state;
    stint_tensor *out[DTYPES], *back[DTYPES];
    const char *names[DTYPES];
    stint_scope *s = stint_scope_open(t->ctx);
    for (int d = 0; d < DTYPES; d++) {
        names[d] = stint_dtype_text((stint_dtype)d);
        out[d] = elements_tensor(t->ctx, (stint_dtype)d, STINT_SHAPE(2, 3), samples);
    }
    const char *path = fixture_path(t, "all.safetensors");
    assert_int_equal(stint_tensors_save(t->ctx, path, DTYPES, names, out), STINT_OK);
    assert_int_equal(stint_tensors_load(t->ctx, path, DTYPES, names, back), STINT_OK);
    for (int d = 0; d < DTYPES; d++) {
        char *a = elements_bytes(out[d]), *b = elements_bytes(back[d]);
        assert_int_equal(stint_tensor_dtype(back[d]), d);
        assert_int_equal(stint_tensor_axes(back[d]), 2);
        assert_int_equal(stint_tensor_size(back[d], 1), 3);
        assert_memory_equal(a, b, (size_t)elements_size(out[d]));
        free(a);
        free(b);
    }
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* What is pending is computed, views are written row-major, some are loaded in another order. */
static void shapes_and_views_come_back(void **state)
{
    fixture *t = *state;
    static const char *const names[] = {"a.weight", "scalar", "none", "turned"}, *const wanted[] = {
                                                                                     "turned",
                                                                                     "scalar",
                                                                                     "none"};
    static const double nan_too[6] = {NAN, INFINITY, -0.0, 1e-310, 5, 6};
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = elements_tensor(t->ctx, STINT_F64, STINT_SHAPE(2, 3), nan_too), *back[3];
    stint_tensor *const out[] = {stint_neg(x), stint_scalar(t->ctx, STINT_F32, 2.5),
                                 stint_zeros(t->ctx, STINT_F16, STINT_SHAPE(0, 4)),
                                 stint_transpose(x, 0, 1)};
    const char *path = fixture_path(t, "shapes.safetensors");
    assert_int_equal(stint_tensors_save(t->ctx, path, 4, names, out), STINT_OK);
    assert_int_equal(stint_tensors_save(t->ctx, path, 4, names, out), STINT_OK); /* over it */
    assert_int_equal(stint_tensors_load(t->ctx, path, 3, wanted, back), STINT_OK);
    double *turned = elements_read(back[0]);
    assert_true(isnan(turned[0]) && turned[1] == 1e-310 && turned[2] == INFINITY && turned[3] == 5);
    assert_true(signbit(turned[4]));
    free(turned);
    assert_int_equal(stint_tensor_size(back[0], 0), 3);
    assert_int_equal(stint_tensor_axes(back[1]), 0);
    assert_true(stint_item(back[1]) == 2.5);
    assert_int_equal(stint_tensor_count(back[2]), 0);
    assert_int_equal(stint_tensor_size(back[2], 1), 4);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void what_is_missing_is_said(void **state)
{
    fixture *t = *state;
    const char *name = "w", *other = "bias";
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = stint_scalar(t->ctx, STINT_F32, 1), *back = x;
    char path[256];
    snprintf(path, sizeof path, "%s", fixture_path(t, "one.safetensors"));
    assert_int_equal(stint_tensors_save(t->ctx, path, 1, &name, &x), STINT_OK);
    assert_int_equal(stint_tensors_load(t->ctx, path, 1, &other, &back), STINT_EDATA);
    assert_non_null(strstr(stint_message(t->ctx), "one.safetensors"));
    assert_message(t, "bias");
    assert_int_equal(stint_tensors_load(t->ctx, fixture_path(t, "absent"), 1, &name, &back),
                     STINT_EIO);
    assert_message(t, "absent");
    assert_int_equal(stint_tensors_save(t->ctx, fixture_path(t, "no/such/folder"), 1, &name, &x),
                     STINT_EIO);
    assert_message(t, "no/such/folder");
    stint_tensor *none = NULL;
    assert_int_not_equal(stint_tensors_save(t->ctx, path, 1, &name, &none), STINT_OK);
    stint_clear(t->ctx);
    assert_int_equal(stint_tensors_load(t->ctx, path, 1, &name, &back), STINT_OK);
    assert_true(stint_item(back) == 1); /* the failed save left the file alone */
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void damaged_files_are_refused(void **state)
{
    fixture *t = *state;
    static const struct {
        const char *bytes;
        size_t n;
    } damaged[] = {
        {"", 0},
        {"\x10\0\0\0", 4},
        {"\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10},
        {"\2\0\0\0\0\0\0\0{]", 10},
        {"\x3b\0\0\0\0\0\0\0"
         "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}   \0\0\0\0",
         8 + 59 + 4},
        {"\x3b\0\0\0\0\0\0\0"
         "{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,4]}}    \0\0\0\0",
         8 + 59 + 4},
        {"\x3b\0\0\0\0\0\0\0"
         "{\"w\":{\"dtype\":\"Q99\",\"shape\":[1],\"data_offsets\":[0,4]}}    \0\0\0\0",
         8 + 59 + 4},
    };
    const char *name = "w", *path = fixture_path(t, "damaged.safetensors");
    stint_scope *s = stint_scope_open(t->ctx);
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        stint_tensor *back;
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(damaged[i].bytes, 1, damaged[i].n, f), damaged[i].n);
        fclose(f);
        if (stint_tensors_load(t->ctx, path, 1, &name, &back) != STINT_EDATA)
            fail_msg("file %d: %s", (int)i, stint_message(t->ctx));
        assert_message(t, "damaged.safetensors");
    }
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(every_dtype_comes_back),
        FIXTURE_TEST(shapes_and_views_come_back),
        FIXTURE_TEST(what_is_missing_is_said),
        FIXTURE_TEST(damaged_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
