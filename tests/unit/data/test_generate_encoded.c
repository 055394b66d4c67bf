/* The generator of encoded names keeps its promise: a two-gram sets its bits in every row that has
 * it, and a file of text says what a column file does. */
#include "data/bits.h"
#include "stint/data.h"

#include "unit/fixture.h"

static void generate(fixture *t, const char *to, const stint_setting *settings, int n)
{
    char path[256];
    stint_text about;
    snprintf(path, sizeof path, "%s", fixture_path(t, to));
    stint_generate_request r = {
        .name = "encoded", .settings = settings, .n_settings = n, .to = path, .json = true};
    assert_int_equal(stint_generate(t->ctx, &r, &about), STINT_OK);
    stint_text_free(&about);
}

static void open_table(fixture *t, const stint_setting *settings, int n)
{
    generate(t, "t.safetensors", settings, n);
    assert_int_equal(colfile_open(t->ctx, fixture_path(t, "t.safetensors"), &t->file), STINT_OK);
    t->has_file = true;
}

static const char *text_of(const fixture *t, int64_t row)
{
    double code;
    colfile_read(&t->file, 2, 0, row, 1, &code, 1);
    return t->file.columns[2].dictionary[(int64_t)code];
}

/* The bits that all rows with a two-gram share are its own, `hashes` of them. */
static void two_grams_set_their_bits(void **state)
{
    fixture *t = *state;
    enum { ROWS = 3000, WIDTH = 1000, BYTES = 125, GRAMS = 26 * 26 };
    static uint8_t common[GRAMS][BYTES];
    static int seen[GRAMS];
    const stint_setting settings[] = {{"rows", "3000"}, {"noise", "0"}};
    memset(common, 0xFF, sizeof common);
    open_table(t, settings, 2);
    assert_int_equal(t->file.columns[1].width, WIDTH);
    const uint8_t *rows = colfile_bits(&t->file, 1, 0);
    for (int64_t r = 0; r < ROWS; r++)
        for (const char *p = text_of(t, r); p[1]; p++) {
            int gram = (p[0] - 'a') * 26 + p[1] - 'a';
            seen[gram]++;
            for (int b = 0; b < BYTES; b++)
                common[gram][b] &= rows[r * BYTES + b];
        }
    int known = 0;
    for (int gram = 0; gram < GRAMS; gram++) {
        int ones = 0;
        for (int b = 0; b < BYTES; b++)
            ones += __builtin_popcount(common[gram][b]);
        if (seen[gram] < 30)
            continue;
        known++;
        assert_true(ones >= 8 && ones <= 25);
    }
    assert_true(known > 100);
}

static void noise_turns_bits_over(void **state)
{
    fixture *t = *state;
    enum { ROWS = 2000, WIDTH = 1000, BYTES = 125 };
    const stint_setting clean[] = {{"rows", "2000"}, {"noise", "0"}},
                        noisy[] = {{"rows", "2000"}, {"noise", "0.05"}};
    uint8_t *was = malloc(ROWS * BYTES);
    int64_t turned = 0;
    open_table(t, clean, 2);
    memcpy(was, colfile_bits(&t->file, 1, 0), ROWS * BYTES);
    fixture_drop_table(t);
    open_table(t, noisy, 2);
    const uint8_t *now = colfile_bits(&t->file, 1, 0);
    for (int64_t i = 0; i < ROWS * BYTES; i++)
        turned += __builtin_popcount(was[i] ^ now[i]);
    free(was);
    assert_near((double)turned / ((double)ROWS * WIDTH), 0.05, 0.02);
}

static void text_says_what_the_column_file_does(void **state)
{
    fixture *t = *state;
    const stint_setting settings[] = {{"rows", "200"}, {"bits", "77"}};
    str csv, want;
    char bits[78];
    str_init(&csv, t->ctx, TAG_BASE);
    str_init(&want, t->ctx, TAG_BASE);
    generate(t, "t.csv", settings, 2);
    assert_int_equal(file_read(t->ctx, fixture_path(t, "t.csv"), &csv), STINT_OK);
    open_table(t, settings, 2);
    str_add(&want, "id,bits,text\n");
    for (int64_t r = 0; r < 200; r++) {
        bits_text(colfile_bits(&t->file, 1, 0) + r * 10, 77, bits);
        str_addf(&want, "%lld,%s,%s\n", (long long)r + 1, bits, text_of(t, r));
    }
    assert_string_equal(csv.at, want.at);
    str_deinit(&csv);
    str_deinit(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(two_grams_set_their_bits),
        FIXTURE_TEST(noise_turns_bits_over),
        FIXTURE_TEST(text_says_what_the_column_file_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
