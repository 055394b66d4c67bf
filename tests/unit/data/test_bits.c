/* Encoders of packed bits: what they set is what hashlib sets (tests/oracle/bits.json, made by
 * tools/oracle_bits.py), what is wrong with a cell is said, and unpacking gives it back. */
#include "base/fault.h"
#include "base/utf8.h"
#include "data/bits_impl.h"

#include "unit/fixture.h"

static json_t *oracle_read(ctx *c)
{
    str text;
    str_init(&text, c, TAG_BASE);
    assert_int_equal(file_read(c, STINT_SOURCE_DIR "/tests/oracle/bits.json", &text), STINT_OK);
    json_t *all = json_parse(c, "oracle", text.at, text.len);
    assert_non_null(all);
    str_deinit(&text);
    return all;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int64_t int_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
    return n;
}

/* The bits of a text as '0' and '1'; NULL = refused, and `why` says why. */
static const char *encode(ctx *c, const bits_encoder *e, const char *text, char why[160])
{
    static char out[BITS_WIDTH_MOST + 1];
    uint8_t packed[BITS_WIDTH_MOST / 8];
    bits_work *w;
    int64_t len = (int64_t)strlen(text), width = bits_width(e, text, len);
    memset(packed, 0xFF, sizeof packed);
    assert_int_equal(bits_open(c, e, &w), STINT_OK);
    bool good = bits_encode(w, text, len, width, packed, why, 160);
    /* once more, now that the grams are known */
    assert_int_equal(bits_encode(w, text, len, width, packed, why, 160), good);
    bits_close(w);
    for (int64_t i = width; good && i < (width + 7) / 8 * 8; i++)
        assert_int_equal(packed[i / 8] >> (7 - i % 8) & 1, 0);
    bits_text(packed, width, out);
    return good ? out : NULL;
}

static void hmacs_of_rfc_4231(void **state)
{
    fixture *t = *state;
    json_t *all = oracle_read(t->ctx), *item;
    size_t i;
    json_array_foreach(json_object_get(all, "hmac"), i, item)
    {
        uint8_t key[256], text[256], want[HMAC_BYTES], mac[HMAC_BYTES];
        size_t key_len = from_hex(text_of(item, "key"), key);
        size_t len = from_hex(text_of(item, "text"), text);
        from_hex(text_of(item, "mac"), want);
        assert_true(hmac_sha256(key, key_len, text, len, mac));
        assert_memory_equal(mac, want, HMAC_BYTES);
    }
    assert_int_equal(i, 6);
    json_array_foreach(json_object_get(all, "digest"), i, item)
    {
        char digest[BITS_DIGEST_SIZE];
        assert_int_equal(bits_digest(t->ctx, text_of(item, "key"), digest), STINT_OK);
        assert_string_equal(digest, text_of(item, "digest"));
    }
    json_decref(all);
}

static void blooms_are_the_oracle_s(void **state)
{
    fixture *t = *state;
    json_t *all = oracle_read(t->ctx), *item;
    char why[160];
    size_t i;
    json_array_foreach(json_object_get(all, "bloom"), i, item)
    {
        bits_encoder e = {.kind = BITS_BLOOM,
                          .width = int_of(item, "width"),
                          .hashes = int_of(item, "hashes"),
                          .key = text_of(item, "key")};
        assert_string_equal(encode(t->ctx, &e, text_of(item, "text"), why), text_of(item, "bits"));
    }
    assert_true(i > 50);
    json_decref(all);
}

static void grams_are_the_oracle_s(void **state)
{
    fixture *t = *state;
    json_t *all = oracle_read(t->ctx), *item;
    char why[160];
    size_t i;
    json_array_foreach(json_object_get(all, "grams"), i, item)
    {
        bits_encoder e = {.kind = BITS_GRAMS,
                          .width = (int64_t)strlen(text_of(item, "bits")),
                          .alphabet = text_of(item, "alphabet")};
        assert_string_equal(encode(t->ctx, &e, text_of(item, "text"), why), text_of(item, "bits"));
    }
    assert_true(i > 50);
    json_array_foreach(json_object_get(all, "fold"), i, item)
    {
        uint32_t code = (uint32_t)json_integer_value(json_array_get(item, 0));
        uint32_t to = (uint32_t)json_integer_value(json_array_get(item, 1));
        assert_int_equal(bits_fold(code), to);
        assert_int_equal(bits_fold(to), to);
    }
    json_decref(all);
}

/* Every width, so that every rest of eight is met. */
static void strings_come_back(void **state)
{
    fixture *t = *state;
    char text[101], why[160];
    uint64_t seed = 1;
    for (int64_t width = 1; width <= 100; width++) {
        for (int64_t i = 0; i < width; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[i] = (char)('0' + (seed >> 60 & 1));
        }
        text[width] = '\0';
        assert_string_equal(encode(t->ctx, &(bits_encoder){.kind = BITS_STRING}, text, why), text);
    }
}

static void bad_cells_are_refused(void **state)
{
    fixture *t = *state;
    static const bits_encoder of8 = {.kind = BITS_STRING, .width = 8},
                              of12 = {.kind = BITS_STRING, .width = 12},
                              strict = {.kind = BITS_GRAMS,
                                        .width = 9,
                                        .alphabet = "abc",
                                        .strict = true};
    static const struct {
        const bits_encoder *encoder;
        const char *text, *why;
    } cases[] = {
        {&of8, "", "the cell is empty, where 8 bits are needed"},
        {&of8, "0110x110", "character 5 is 'x', not 0 or 1"},
        {&of8, "0110211", "character 5 is '2', not 0 or 1"},
        {&of8, "01\xC3\xA9 0110", "character 3 is '\xC3\xA9', not 0 or 1"},
        {&of8, "01101\t10", "character 6 is the control character 9, not 0 or 1"},
        {&of8, "0110111", "7 bits, where 8 are needed: all cells need one length"},
        {&of8, "011011100", "9 bits, where 8 are needed: all cells need one length"},
        {&of8, "0110111000000000000000x", "character 23 is 'x', not 0 or 1"},
        {&of12, "01101110000p", "character 12 is 'p', not 0 or 1"},
        {&of12, "01101110", "8 bits, where 12 are needed: all cells need one length"},
        {&of12, "0110111001101110", "16 bits, where 12 are needed: all cells need one length"},
        {&strict, "ab\xC3\xA9", "character 3 is '\xC3\xA9', which is not in data.grams.alphabet"},
        {&strict, "abcd", "character 4 is 'd', which is not in data.grams.alphabet"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char why[160] = "";
        assert_null(encode(t->ctx, cases[i].encoder, cases[i].text, why));
        assert_string_equal(why, cases[i].why);
    }
}

static void settings_have_limits(void **state)
{
    fixture *t = *state;
    static char long_alphabet[300];
    static const struct {
        bits_encoder encoder;
        const char *why;
    } cases[] = {
        {{.kind = BITS_STRING, .width = 65537}, "65537 bits, where 1 to 65536 are possible"},
        {{.kind = BITS_STRING, .width = -1}, "-1 bits, where 1 to 65536 are possible"},
        {{.kind = BITS_BLOOM, .width = 4, .hashes = 1, .key = "k"},
         "the width of a Bloom filter is at least 8 bits"},
        {{.kind = BITS_BLOOM, .width = 8, .hashes = 0, .key = "k"},
         "a two-gram sets 1 to 1024 bits"},
        {{.kind = BITS_BLOOM, .width = 8, .hashes = 1025, .key = "k"},
         "a two-gram sets 1 to 1024 bits"},
        {{.kind = BITS_BLOOM, .width = 8, .hashes = 1, .key = ""}, "the key is empty"},
        {{.kind = BITS_GRAMS, .width = 0, .alphabet = ""}, "an alphabet has 1 to 256 characters"},
        {{.kind = BITS_GRAMS, .width = 9, .alphabet = "aba"},
         "a character stands twice in the alphabet"},
        {{.kind = BITS_GRAMS, .width = 8, .alphabet = "abc"},
         "the width is not the alphabet's length squared"},
        {{.kind = BITS_GRAMS, .width = 9, .alphabet = "\xFF"}, "the alphabet is not UTF-8 text"},
        {{.kind = BITS_GRAMS, .width = 9, .alphabet = long_alphabet},
         "an alphabet has 1 to 256 characters"},
    };
    memset(long_alphabet, 'a', sizeof long_alphabet - 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char why[160] = "";
        bits_work *w;
        assert_false(bits_check(&cases[i].encoder, why, sizeof why));
        assert_string_equal(why, cases[i].why);
        assert_int_equal(bits_open(t->ctx, &cases[i].encoder, &w), STINT_EUSAGE);
        assert_null(w);
        stint_clear(t->ctx);
    }
}

/* More two-grams than are kept give the same bits as a few do. */
static void grams_beyond_the_kept_ones(void **state)
{
    fixture *t = *state;
    bits_encoder e = {.kind = BITS_BLOOM, .width = 1024, .hashes = 1024, .key = "k"};
    bits_work *many, *fresh;
    char why[160];
    assert_int_equal(bits_open(t->ctx, &e, &many), STINT_OK);
    for (uint32_t i = 0; i < 3000; i++) {
        char text[16];
        uint8_t a[128], b[128];
        int n = utf8_put(text, 0x4E00 + i);
        n += utf8_put(text + n, 'a' + i % 26);
        assert_true(bits_encode(many, text, n, 1024, a, why, sizeof why));
        if (i % 500 != 499)
            continue;
        assert_int_equal(bits_open(t->ctx, &e, &fresh), STINT_OK);
        assert_true(bits_encode(fresh, text, n, 1024, b, why, sizeof why));
        assert_memory_equal(a, b, sizeof a);
        bits_close(fresh);
    }
    bits_close(many);
}

static void names_of_bits(void **state)
{
    static const bits_encoder bits = {.kind = BITS_STRING, .width = 9},
                              bloom = {.kind = BITS_BLOOM, .width = 9},
                              grams = {.kind = BITS_GRAMS, .width = 9, .alphabet = "a\xC3\xA9z"};
    static const struct {
        const bits_encoder *encoder;
        int64_t bit;
        const char *name;
    } cases[] = {
        {&bits, 3, "3"},
        {&bloom, 3, "bloom 3"},
        {&grams, 0, "aa"},
        {&grams, 2, "az"},
        {&grams, 3,
         "\xC3\xA9"
         "a"},
        {&grams, 8, "zz"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[64];
        bits_name(cases[i].encoder, cases[i].bit, name, sizeof name);
        assert_string_equal(name, cases[i].name);
    }
}

static void encoders_are_kept(void **state)
{
    fixture *t = *state;
    static const bits_encoder all[] = {
        {.column = "x", .kind = BITS_STRING, .width = 37},
        {.kind = BITS_STRING},
        {.column = "n*",
         .kind = BITS_BLOOM,
         .width = 64,
         .hashes = 3,
         .key = "sesame",
         .digest = "0123456789abcdef0123456789abcdef"},
        {.kind = BITS_GRAMS, .width = 4, .alphabet = "\"\xC3\xA9", .strict = true},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        str text;
        bits_encoder back;
        str_init(&text, t->ctx, TAG_BASE);
        json_out j = emit_begin(&text, false);
        bits_emit(&j, NULL, &all[i]);
        assert_null(strstr(text.at, "sesame"));
        json_t *saved = json_parse(t->ctx, "encoder", text.at, text.len);
        assert_true(bits_take(&t->arena, saved, &back));
        assert_true(bits_same(&back, &all[i]));
        assert_null(back.key);
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            assert_int_equal(bits_same(&back, &all[k]), i == k);
        json_decref(saved);
        str_deinit(&text);
    }
    json_t *strange = json_pack("{s:s}", "kind", "colour");
    assert_false(bits_take(&t->arena, strange, &(bits_encoder){0}));
    json_decref(strange);
}

/* By rows, by columns, and a choice of rows and bits, in both types. */
static void unpacking(void **state)
{
    enum { ROWS = 5, WIDTH = 21, BYTES = 3 };
    uint8_t packed[ROWS][BYTES];
    float f32[ROWS][WIDTH + 2];
    double by_row[ROWS][WIDTH + 1], by_column[WIDTH][ROWS], some[6][3];
    static const int32_t rows[] = {4, 0, 2};
    (void)state;
    for (int r = 0; r < ROWS; r++)
        for (int b = 0; b < BYTES; b++)
            packed[r][b] = (uint8_t)(37 * r + 101 * b + 13 * r * b);
    bits_unpack_f32(packed[0], BYTES, ROWS, WIDTH, f32[0], WIDTH + 2);
    bits_unpack_f64(packed[0], BYTES, ROWS, WIDTH, by_row[0], 1, WIDTH + 1);
    bits_unpack_f64(packed[0], BYTES, ROWS, WIDTH, by_column[0], ROWS, 1);
    bits_gather_f64(packed[0], BYTES, rows, 3, 5, 11, some[0], 3, 1);
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < WIDTH; i++) {
            int bit = packed[r][i / 8] >> (7 - i % 8) & 1;
            assert_true(f32[r][i] == (float)bit);
            assert_true(by_row[r][i] == bit);
            assert_true(by_column[i][r] == bit);
        }
    for (int k = 0; k < 3; k++)
        for (int i = 5; i < 11; i++)
            assert_true(some[i - 5][k] == (packed[rows[k]][i / 8] >> (7 - i % 8) & 1));
    bits_gather_f64(packed[0], BYTES, rows, 3, 0, WIDTH, by_row[0], 1, WIDTH + 1);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < WIDTH; i++)
            assert_true(by_row[k][i] == (packed[rows[k]][i / 8] >> (7 - i % 8) & 1));
}

#ifdef STINT_FAULTS

/* The nth allocation fails, for every n: nothing is left behind, and nothing half made works. */
static void short_memory(void **state)
{
    fixture *t = *state;
    static const bits_encoder all[] = {
        {.kind = BITS_STRING, .width = 8},
        {.kind = BITS_BLOOM, .width = 64, .hashes = 3, .key = "k"},
        {.kind = BITS_GRAMS, .width = 4, .alphabet = "01"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        bool failed = true;
        for (int n = 1; failed; n++) {
            char fault[32], why[160];
            uint8_t out[8];
            bits_work *w;
            snprintf(fault, sizeof fault, "*:alloc:%d", n);
            fault_arm(fault);
            failed = bits_open(t->ctx, &all[i], &w) != STINT_OK;
            assert_int_equal(failed, w == NULL);
            if (!failed)
                assert_true(bits_encode(w, "01100110", 8, all[i].width, out, why, sizeof why));
            fault_arm(NULL);
            bits_close(w);
            stint_clear(t->ctx);
            assert_true(n < 50);
        }
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(hmacs_of_rfc_4231),
        FIXTURE_TEST(blooms_are_the_oracle_s),
        FIXTURE_TEST(grams_are_the_oracle_s),
        FIXTURE_TEST(strings_come_back),
        FIXTURE_TEST(bad_cells_are_refused),
        FIXTURE_TEST(settings_have_limits),
        FIXTURE_TEST(grams_beyond_the_kept_ones),
        cmocka_unit_test(names_of_bits),
        FIXTURE_TEST(encoders_are_kept),
        cmocka_unit_test(unpacking),
#ifdef STINT_FAULTS
        FIXTURE_TEST(short_memory),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
