/* Features of packed bits: one a bit, named, read like any other, and saved with how they were
 * made. */
#include "unit/data/bits_fixture.h"
#include "unit/data/features_fixture.h"

enum { ROWS = 2500 };

static void open_table(fixture *t)
{
    fixture_drop_table(t);
    bits_file(t, fixture_path(t, "bits"), &fp_encoder, &name_encoder, ROWS);
    assert_int_equal(colfile_open(t->ctx, fixture_path(t, "bits"), &t->file), STINT_OK);
    t->has_file = true;
}

static void a_bit_is_a_feature(void **state)
{
    fixture *t = *state;
    features *f;
    open_table(t);
    assert_int_equal(features_of(t, &(features_settings){.period = 360}, &f), STINT_OK);
    assert_int_equal(features_count(f), 1 + FP_WIDTH + NAME_WIDTH);
    assert_string_equal(features_name(f, 0), "y");
    assert_string_equal(features_name(f, 4), "fp 3");
    assert_string_equal(features_name(f, FP_WIDTH + 6), "name bloom 5");
    double *x = features_values(f, NULL, false, &t->file);
    for (int64_t i = 0; i < FP_WIDTH; i++)
        for (int64_t r = 0; r < ROWS; r++)
            assert_true(x[(1 + i) * ROWS + r] == fp_bit(r, i));
    for (int64_t i = 0; i < NAME_WIDTH; i++)
        for (int64_t r = 0; r < ROWS; r++)
            assert_true(x[(1 + FP_WIDTH + i) * ROWS + r] ==
                        ((uint8_t)(r * 7 + i / 8 * 13) >> (7 - i % 8) & 1));
    free(x);
}

/* Products, scales and fills: a bit is a number like any other, but never missing. */
static void bits_are_scaled_and_multiplied(void **state)
{
    fixture *t = *state;
    static double parts[ROWS];
    static const feature_pair pairs[] = {{"fp 0", "fp 1"}};
    features_settings s = {.scale = SCALE_STANDARD,
                           .fill = FILL_MEAN,
                           .keep = (const char *const[]){"fp", "y", NULL},
                           .interactions = pairs,
                           .n_interactions = 1};
    features_states states;
    features *f;
    open_table(t);
    for (int r = 0; r < ROWS; r++)
        parts[r] = r % 3;
    features_parts(t, parts, ROWS, 2);
    assert_int_equal(features_of(t, &s, &f), STINT_OK);
    assert_true(features_take_missing(f, 0));
    assert_false(features_take_missing(f, 1));
    assert_int_equal(features_states_of(t, f, true, 2, &states), STINT_OK);
    double *x = features_values(f, states.at + 2 * states.stride, true, &t->file);
    for (int i = 0; i < features_count(f); i++) {
        double sum = 0, squares = 0, n = 0;
        for (int r = 0; r < ROWS; r++)
            if (parts[r] < 2) {
                sum += x[i * ROWS + r];
                squares += x[i * ROWS + r] * x[i * ROWS + r];
                n++;
            }
        assert_true(fabs(sum / n) < 1e-9);
        assert_true(fabs(squares / n - 1) < 1e-9 || squares == 0);
    }
    free(x);
    features_states_close(&states);
}

static void no_list_takes_bits(void **state)
{
    fixture *t = *state;
    const char *const fp[] = {"fp", NULL};
    const features_settings all[] = {
        {.onehot = fp}, {.log = fp}, {.bins = fp, .bins_n = 3}, {.angles = fp, .period = 360}};
    open_table(t);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        features *f;
        assert_int_not_equal(features_of(t, &all[i], &f), STINT_OK);
        assert_message(t, "column \"fp\" holds bits");
    }
}

static json_t *save(fixture *t)
{
    features *f;
    str text;
    open_table(t);
    assert_int_equal(features_of(t, &(features_settings){.period = 360}, &f), STINT_OK);
    str_init(&text, t->ctx, TAG_BASE);
    json_out j = emit_begin(&text, false);
    emit_object(&j, NULL);
    features_emit(&j, f, NULL);
    emit_object_end(&j);
    json_t *saved = json_parse(t->ctx, "model.json", text.at, text.len);
    str_deinit(&text);
    return saved;
}

static stint_status load(fixture *t, const json_t *saved, const bits_encoder *fp,
                         const bits_encoder *name)
{
    colfile file;
    features *f;
    const double *fitted;
    int extra;
    bits_file(t, fixture_path(t, "new"), fp, name, 20);
    assert_int_equal(colfile_open(t->ctx, fixture_path(t, "new"), &file), STINT_OK);
    stint_status s = features_load(t->ctx, &t->arena, saved, &file, &f, &fitted, &extra);
    colfile_close(&file);
    return s;
}

static void encoders_go_with_a_model(void **state)
{
    fixture *t = *state;
    json_t *saved = save(t);
    bits_encoder *list, other = name_encoder;
    int n;
    assert_int_equal(features_saved_encoders(t->ctx, &t->arena, saved, &list, &n), STINT_OK);
    assert_int_equal(n, 2);
    assert_string_equal(list[0].column, "fp");
    assert_true(bits_same(&list[0], &fp_encoder));
    assert_true(bits_same(&list[1], &name_encoder));
    assert_null(list[1].key);
    if (load(t, saved, &fp_encoder, &name_encoder) != STINT_OK)
        fail_msg("%s", stint_message(t->ctx));
    other.digest = "fedcba9876543210fedcba9876543210";
    assert_int_equal(load(t, saved, &fp_encoder, &other), STINT_EDATA);
    assert_message(t, "column \"name\" is not encoded as the model's training data were: bloom");
    other = fp_encoder;
    other.width = FP_WIDTH + 1; /* as many bytes */
    assert_int_equal(load(t, saved, &other, &name_encoder), STINT_EDATA);
    assert_message(t, "column \"fp\" is not encoded as the model's training data were: bits of 11");
    json_decref(saved);
}

/* A key of the environment is taken if it is the one, and refused if not. */
static void keys_are_known_by_their_digests(void **state)
{
    fixture *t = *state;
    char digest[BITS_DIGEST_SIZE];
    assert_int_equal(bits_digest(t->ctx, "sesame", digest), STINT_OK);
    bits_encoder list[] = {fp_encoder, name_encoder};
    list[1].column = "name";
    list[1].digest = digest;
    unsetenv(BITS_KEY_VARIABLE);
    assert_int_equal(bits_find_key(t->ctx, &t->arena, "it", list, 2), STINT_OK);
    assert_null(list[1].key);
    setenv(BITS_KEY_VARIABLE, "other", 1);
    assert_int_equal(bits_find_key(t->ctx, &t->arena, "it", list, 2), STINT_EUSAGE);
    assert_message(t, "STINT_BLOOM_KEY: column \"name\" of it was encoded with another key");
    setenv(BITS_KEY_VARIABLE, "sesame", 1);
    assert_int_equal(bits_find_key(t->ctx, &t->arena, "it", list, 2), STINT_OK);
    assert_string_equal(list[1].key, "sesame");
    unsetenv(BITS_KEY_VARIABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_bit_is_a_feature),
        FIXTURE_TEST(bits_are_scaled_and_multiplied),
        FIXTURE_TEST(no_list_takes_bits),
        FIXTURE_TEST(encoders_go_with_a_model),
        FIXTURE_TEST(keys_are_known_by_their_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
