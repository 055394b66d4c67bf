/* Columns of bits in a column file: they read back, their hash tells how they were made, and
 * damage is refused. */
#include "unit/data/bits_fixture.h"

static const char *path_of(fixture *t)
{
    return fixture_path(t, "bits");
}

static void bits_read_back(void **state)
{
    fixture *t = *state;
    enum { ROWS = COLFILE_CHUNK_ROWS + 77 };
    colfile f;
    bool good;
    bits_file(t, path_of(t), &fp_encoder, &name_encoder, ROWS);
    assert_int_equal(colfile_open(t->ctx, path_of(t), &f), STINT_OK);
    assert_int_equal(f.columns[1].kind, COLUMN_BITS);
    assert_int_equal(f.columns[1].width, FP_WIDTH);
    assert_string_equal(f.columns[1].bits[10], "10");
    assert_string_equal(f.columns[2].bits[63], "bloom 63");
    assert_true(bits_same(f.columns[2].encoder, &name_encoder));
    for (int64_t r = 0; r < ROWS; r += 1 + r % 91) {
        const uint8_t *rows = colfile_bits(&f, 1, r / COLFILE_CHUNK_ROWS);
        int64_t at = r % COLFILE_CHUNK_ROWS;
        double share, ones = 0;
        for (int i = 0; i < FP_WIDTH; i++) {
            int bit = rows[at * 2 + i / 8] >> (7 - i % 8) & 1;
            assert_int_equal(bit, fp_bit(r, i));
            ones += bit;
        }
        colfile_read(&f, 1, r / COLFILE_CHUNK_ROWS, at, 1, &share, 1);
        assert_true(share == ones / FP_WIDTH);
    }
    for (int j = 0; j < 3; j++) {
        assert_int_equal(colfile_check_column(t->ctx, &f, j, &good), STINT_OK);
        assert_true(good);
    }
    colfile_close(&f);
}

/* The same bytes made in another way are another column. */
static void hashes_tell_the_encoder(void **state)
{
    fixture *t = *state;
    bits_encoder other = name_encoder;
    char hash[HASH_TEXT_SIZE];
    colfile f;
    other.digest = "fedcba9876543210fedcba9876543210";
    bits_file(t, path_of(t), &fp_encoder, &name_encoder, 10);
    assert_int_equal(colfile_open(t->ctx, path_of(t), &f), STINT_OK);
    strcpy(hash, f.columns[2].hash);
    colfile_close(&f);
    bits_file(t, path_of(t), &fp_encoder, &other, 10);
    assert_int_equal(colfile_open(t->ctx, path_of(t), &f), STINT_OK);
    assert_string_not_equal(hash, f.columns[2].hash);
    colfile_close(&f);
}

static void write_file(const char *path, const str *bytes)
{
    FILE *file = fopen(path, "wb");
    assert_int_equal(fwrite(bytes->at, 1, bytes->len, file), bytes->len);
    fclose(file);
}

/* A bit behind a row's last would make equal rows differ. */
static void a_bit_behind_the_last_is_refused(void **state)
{
    fixture *t = *state;
    colfile f;
    str bytes;
    bits_file(t, path_of(t), &fp_encoder, &name_encoder, 10);
    assert_int_equal(colfile_open(t->ctx, path_of(t), &f), STINT_OK);
    size_t at = (size_t)(colfile_bits(&f, 1, 0) - f.map.at);
    colfile_close(&f);
    str_init(&bytes, t->ctx, TAG_BASE);
    assert_int_equal(file_read(t->ctx, path_of(t), &bytes), STINT_OK);
    bytes.at[at + 7] |= 1;
    write_file(path_of(t), &bytes);
    assert_int_equal(colfile_open(t->ctx, path_of(t), &f), STINT_EDATA);
    assert_message(t, "damaged");
    str_deinit(&bytes);
}

/* What stands in the header for a digest is copied into other files, whose room is reckoned. */
static void a_digest_that_is_none_is_refused(void **state)
{
    fixture *t = *state;
    static const char *const digests[] = {"", "0123456789abcdef0123456789abcdeF",
                                          "0123456789abcdef0123456789abcdef0"};
    colfile f;
    for (int i = 0; i < 3; i++) {
        bits_encoder other = name_encoder;
        other.digest = digests[i];
        bits_file(t, path_of(t), &fp_encoder, &other, 10);
        assert_int_equal(colfile_open(t->ctx, path_of(t), &f), STINT_EDATA);
        assert_message(t, "damaged");
    }
}

/* Every byte of the header changed in turn: refused, or harmless. */
static void damage_is_refused_or_harmless(void **state)
{
    fixture *t = *state;
    str whole, part;
    int refused = 0;
    str_init(&whole, t->ctx, TAG_BASE);
    str_init(&part, t->ctx, TAG_BASE);
    bits_file(t, path_of(t), &fp_encoder, &name_encoder, 3);
    assert_int_equal(file_read(t->ctx, path_of(t), &whole), STINT_OK);
    size_t used = (size_t)(strstr(whole.at + 8, "}  ") - whole.at);
    for (size_t i = 0; i < used; i++) {
        colfile f;
        double out[3];
        str_clear(&part);
        str_add_bytes(&part, whole.at, whole.len);
        part.at[i] = (char)(part.at[i] ^ (1 << i % 7));
        write_file(path_of(t), &part);
        stint_status s = colfile_open(t->ctx, path_of(t), &f);
        refused += s != STINT_OK;
        if (s == STINT_OK) {
            for (int j = 0; j < f.n_columns; j++)
                colfile_read(&f, j, 0, 0, colfile_chunk_rows(&f, 0), out, 1);
            colfile_close(&f);
        }
        stint_clear(t->ctx);
    }
    assert_true(refused > (int)used / 2);
    str_deinit(&whole);
    str_deinit(&part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(bits_read_back),
        FIXTURE_TEST(hashes_tell_the_encoder),
        FIXTURE_TEST(a_bit_behind_the_last_is_refused),
        FIXTURE_TEST(a_digest_that_is_none_is_refused),
        FIXTURE_TEST(damage_is_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
