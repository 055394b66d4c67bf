/* The column file: what is written reads back to the same bits, and what was damaged is
 * refused. */
#include "data/colfile.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define PATH "test_colfile.columns"

static int setup(void **state)
{
    *state = stint_open(NULL);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    stint_close(*state);
    unlink(PATH);
    return 0;
}

/* One number column of n rows, in whole chunks and a rest. */
static void write_numbers(ctx *c, const double *x, int64_t n)
{
    column_spec spec = {.name = "x", .kind = COLUMN_NUMBER};
    colfile_writer *w = colfile_create(c, PATH, &spec, 1, n);
    assert_non_null(w);
    for (int64_t at = 0, k; at < n; at += k) {
        k = n - at < COLFILE_CHUNK_ROWS ? n - at : COLFILE_CHUNK_ROWS;
        assert_int_equal(colfile_put(w, &(column_chunk){.numbers = x + at}, k), STINT_OK);
    }
    assert_int_equal(colfile_finish(w, NULL), STINT_OK);
}

static uint64_t bits(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static void numbers_take_the_narrowest_type(void **state)
{
    ctx *c = *state;
    static const struct {
        double x[3];
        column_type type;
    } cases[] = {
        {{0, 1, 255}, TYPE_U8},           {{0, 1, 256}, TYPE_I32},
        {{-1, 1, 2}, TYPE_I32},           {{INT32_MIN, INT32_MAX, 0}, TYPE_I32},
        {{2147483648.0, 0, 0}, TYPE_F32}, {{2147483649.0, 0, 0}, TYPE_F64},
        {{-0.0, 1, 2}, TYPE_F32},         {{NAN, 1, 2}, TYPE_F32},
        {{NAN, 0.1, 2}, TYPE_F64},        {{0.5, INFINITY, -INFINITY}, TYPE_F32},
        {{0.1, 1, 2}, TYPE_F64},          {{9007199254740993.0, 1e300, 5e-324}, TYPE_F64},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        colfile f;
        double out[3];
        write_numbers(c, cases[i].x, 3);
        assert_int_equal(colfile_open(c, PATH, &f), STINT_OK);
        assert_int_equal(f.blocks[0].type, cases[i].type);
        colfile_read(&f, 0, 0, 0, 3, out, 1);
        for (int k = 0; k < 3; k++)
            assert_true(bits(out[k]) == bits(cases[i].x[k]) ||
                        (isnan(out[k]) && isnan(cases[i].x[k])));
        colfile_close(&f);
    }
}

static void integers_keep_every_bit(void **state)
{
    ctx *c = *state;
    static const struct {
        int64_t x[2];
        column_type type;
    } cases[] = {
        {{0, 255}, TYPE_U8},
        {{-1, 255}, TYPE_I32},
        {{INT32_MIN, INT32_MAX}, TYPE_I32},
        {{(INT64_C(1) << 53) + 1, INT64_MIN + 1}, TYPE_I64},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        column_spec spec = {.name = "id", .kind = COLUMN_NUMBER};
        colfile f;
        colfile_writer *w = colfile_create(c, PATH, &spec, 1, 2);
        assert_int_equal(colfile_put(w, &(column_chunk){.integers = cases[i].x}, 2), STINT_OK);
        assert_int_equal(colfile_finish(w, NULL), STINT_OK);
        assert_int_equal(colfile_open(c, PATH, &f), STINT_OK);
        assert_int_equal(f.blocks[0].type, cases[i].type);
        if (cases[i].type == TYPE_I64)
            assert_memory_equal(f.blocks[0].at, cases[i].x, sizeof cases[i].x);
        colfile_close(&f);
    }
}

static void bools_texts_and_hashes(void **state)
{
    ctx *c = *state;
    static const char *const words[] = {"red", "", "gr\"\xC3\xBC\\n"};
    static const int8_t whole[] = {1, 0, 1}, holed[] = {1, -1, 0};
    static const int32_t codes[] = {2, -1, 1}, none[] = {-1, -1, -1};
    static const int64_t hashes[] = {INT64_MIN, 0, 7};
    column_spec specs[] = {
        {.name = "whole", .kind = COLUMN_BOOL},
        {.name = "holed \"\\\n", .kind = COLUMN_BOOL},
        {.name = "text", .kind = COLUMN_TEXT, .dictionary = words, .dictionary_n = 3},
        {.name = "none", .kind = COLUMN_TEXT},
        {.name = "pad/0", .kind = COLUMN_HASH},
    };
    column_chunk chunk[] = {
        {.bools = whole}, {.bools = holed}, {.codes = codes}, {.codes = none}, {.hashes = hashes}};
    colfile f;
    double out[3];
    colfile_writer *w = colfile_create(c, PATH, specs, 5, 3);
    assert_int_equal(colfile_put(w, chunk, 3), STINT_OK);
    assert_int_equal(colfile_finish(w, "{\"from\":\"here\"}"), STINT_OK);
    assert_int_equal(colfile_open(c, PATH, &f), STINT_OK);
    assert_int_equal(f.n_columns, 5);
    assert_int_equal(f.rows, 3);
    for (int j = 0; j < 5; j++) {
        assert_string_equal(f.columns[j].name, specs[j].name);
        assert_int_equal(f.columns[j].kind, specs[j].kind);
        assert_int_equal((uintptr_t)f.blocks[j].at % 64, 0);
        assert_int_equal(colfile_find(&f, specs[j].name), j);
    }
    assert_int_equal(f.blocks[0].type, TYPE_BOOL);
    assert_int_equal(f.blocks[1].type, TYPE_U8);
    colfile_read(&f, 1, 0, 0, 3, out, 1);
    assert_true(out[0] == 1 && isnan(out[1]) && out[2] == 0);
    assert_int_equal(f.columns[2].dictionary_n, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(f.columns[2].dictionary[i], words[i]);
    assert_int_equal(f.columns[3].dictionary_n, 0);
    colfile_gather(&f, 2, 0, (const int32_t[]){2, 1, 0}, 3, out, 1);
    assert_true(out[0] == 1 && isnan(out[1]) && out[2] == 2);
    colfile_read(&f, 4, 0, 0, 2, out, 1);
    assert_true(out[0] == (double)INT64_MIN && isnan(out[1]));
    assert_string_equal(json_string_value(json_object_get(f.extra, "from")), "here");
    assert_int_equal(colfile_find(&f, "absent"), -1);
    colfile_close(&f);
}

static void many_chunks_and_strides(void **state)
{
    ctx *c = *state;
    enum { ROWS = 2 * COLFILE_CHUNK_ROWS + 1 };
    double *x = malloc(ROWS * sizeof *x), out[8] = {0};
    colfile f;
    for (int64_t i = 0; i < ROWS; i++)
        x[i] = i < COLFILE_CHUNK_ROWS ? (double)(i % 200) : (double)i + 0.25;
    write_numbers(c, x, ROWS);
    assert_int_equal(colfile_open(c, PATH, &f), STINT_OK);
    assert_int_equal(f.chunks, 3);
    assert_int_equal(f.blocks[0].type, TYPE_U8);
    assert_int_equal(f.blocks[1].type, TYPE_F32);
    assert_int_equal(colfile_chunk_rows(&f, 1), COLFILE_CHUNK_ROWS);
    assert_int_equal(colfile_chunk_rows(&f, 2), 1);
    colfile_read(&f, 0, 1, 10, 4, out, 2);
    for (int i = 0; i < 4; i++)
        assert_true(out[2 * i] == x[COLFILE_CHUNK_ROWS + 10 + i]);
    colfile_close(&f);
    free(x);
}

/* Equal content has equal hashes, whatever stands beside it; names and order count only in the
 * fingerprint. */
static void hashes_are_of_the_content(void **state)
{
    ctx *c = *state;
    static const char *const words[] = {"a", "b"};
    static const int32_t codes[] = {0, 1, -1};
    column_spec specs[] = {
        {.name = "x", .kind = COLUMN_NUMBER},
        {.name = "t", .kind = COLUMN_TEXT, .dictionary = words, .dictionary_n = 2},
        {.name = "u", .kind = COLUMN_NUMBER},
    };
    double x[] = {0.1, 2, NAN}, u[] = {0.1, 2, 3};
    column_chunk chunk[] = {{.numbers = x}, {.codes = codes}, {.numbers = u}};
    char all[HASH_TEXT_SIZE], some[HASH_TEXT_SIZE], hash[3][HASH_TEXT_SIZE];
    for (int n = 3; n > 0; n--) {
        colfile f;
        bool good = false;
        colfile_writer *w = colfile_create(c, PATH, specs, n, 3);
        assert_int_equal(colfile_put(w, chunk, 3), STINT_OK);
        assert_int_equal(colfile_finish(w, NULL), STINT_OK);
        assert_int_equal(colfile_open(c, PATH, &f), STINT_OK);
        for (int j = 0; j < n; j++) {
            if (n == 3)
                strcpy(hash[j], f.columns[j].hash);
            assert_string_equal(f.columns[j].hash, hash[j]);
            assert_int_equal(colfile_check_column(c, &f, j, &good), STINT_OK);
            assert_true(good);
        }
        if (n == 3)
            assert_int_equal(colfile_fingerprint(c, &f, (int[]){0}, 1, all), STINT_OK);
        assert_int_equal(colfile_fingerprint(c, &f, (int[]){0}, 1, some), STINT_OK);
        assert_string_equal(all, some);
        colfile_close(&f);
    }
    assert_string_not_equal(hash[0], hash[2]);
}

static void too_many_rows_are_refused(void **state)
{
    ctx *c = *state;
    column_spec spec = {.name = "x", .kind = COLUMN_NUMBER};
    colfile_writer *w = colfile_create(c, PATH, &spec, 1, 1);
    assert_int_equal(colfile_put(w, &(column_chunk){.numbers = (double[]){1, 2}}, 2), STINT_EFAIL);
    colfile_abandon(w);
    assert_int_not_equal(access(PATH, F_OK), 0);
    stint_clear(c);
}

static void unfinished_is_no_file(void **state)
{
    ctx *c = *state;
    column_spec spec = {.name = "x", .kind = COLUMN_NUMBER};
    colfile f;
    colfile_writer *w = colfile_create(c, PATH, &spec, 1, 2);
    assert_int_equal(colfile_put(w, &(column_chunk){.numbers = (double[]){1, 2}}, 2), STINT_OK);
    assert_int_equal(colfile_open(c, PATH, &f), STINT_EDATA);
    assert_non_null(strstr(stint_message(c), PATH));
    colfile_abandon(w);
    stint_clear(c);
}

/* Every byte of the header changed in turn, and the file cut at every length: either the
 * file is refused, or what it says is still within its bounds. */
static void damage_is_refused_or_harmless(void **state)
{
    ctx *c = *state;
    static const char *const words[] = {"a", "b"};
    static const int32_t codes[] = {0, 1, -1};
    column_spec specs[] = {
        {.name = "x", .kind = COLUMN_NUMBER},
        {.name = "t", .kind = COLUMN_TEXT, .dictionary = words, .dictionary_n = 2},
    };
    column_chunk chunk[] = {{.numbers = (double[]){0.1, 2, NAN}}, {.codes = codes}};
    str whole, part;
    str_init(&whole, c, TAG_BASE);
    str_init(&part, c, TAG_BASE);
    colfile_writer *w = colfile_create(c, PATH, specs, 2, 3);
    assert_int_equal(colfile_put(w, chunk, 3), STINT_OK);
    assert_int_equal(colfile_finish(w, "{}"), STINT_OK);
    assert_int_equal(file_read(c, PATH, &whole), STINT_OK);
    int refused = 0;
    for (size_t i = 0; i < whole.len; i++) {
        colfile f;
        double out[3];
        bool cut = i % 2;
        str_clear(&part);
        str_add_bytes(&part, whole.at, cut ? i : whole.len);
        if (!cut)
            part.at[i] = (char)(part.at[i] ^ (1 << i % 7));
        FILE *file = fopen(PATH, "wb");
        assert_int_equal(fwrite(part.at, 1, part.len, file), part.len);
        fclose(file);
        stint_status s = colfile_open(c, PATH, &f);
        refused += s != STINT_OK;
        assert_true(s == STINT_OK || s == STINT_EDATA || s == STINT_EIO);
        assert_false(cut && s == STINT_OK);
        if (s == STINT_OK) {
            for (int j = 0; j < f.n_columns; j++)
                colfile_read(&f, j, 0, 0, colfile_chunk_rows(&f, 0), out, 1);
            colfile_close(&f);
        }
        stint_clear(c);
    }
    assert_true(refused > (int)whole.len / 2);
    str_deinit(&whole);
    str_deinit(&part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_take_the_narrowest_type, setup, teardown),
        cmocka_unit_test_setup_teardown(integers_keep_every_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(bools_texts_and_hashes, setup, teardown),
        cmocka_unit_test_setup_teardown(many_chunks_and_strides, setup, teardown),
        cmocka_unit_test_setup_teardown(hashes_are_of_the_content, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_rows_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(unfinished_is_no_file, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_is_refused_or_harmless, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
