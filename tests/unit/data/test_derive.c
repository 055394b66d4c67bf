/* Derived tables: columns by formula over series and chunks, the cache, what is refused, the way
 * into a saved model and back. */
#include "unit/data/bits_fixture.h"
#include "unit/data/derive_fixture.h"

#include "base/fault.h"
#include "data/filter.h"

#define M NAN

static const char *const names[] = {"id", "x", "z"};

static const double rows[3][6] = {{1, 1, 1, 2, 2, 2}, {1, 2, 3, 10, 20, 30}, {1, 0, 1, 2, 4, 5}};

#define COLUMNS(...)                                                                               \
    .columns = (const derive_column[]){__VA_ARGS__},                                               \
    .n_columns = (int)(sizeof((const derive_column[]){__VA_ARGS__}) / sizeof(derive_column))

static void columns_stay_within_their_series(void **state)
{
    fixture *t = *state;
    const derive_settings s = {.group = "id",
                               .time = "",
                               COLUMNS({"lag", "shift(x, 1)", "p"}, {"lead", "shift(x, -1)", "p"},
                                       {"sum", "cumsum(x) + lag * 0", "p"},
                                       {"mean", "moving_average(x, 2)", "p"},
                                       {"range", "minmax(x)", "p"})};
    fixture_file(t, names, &rows[0][0], 3, 6);
    derive_expect(t, &s, "lag", (double[]){M, 1, 2, M, 10, 20}, 6);
    derive_expect(t, &s, "lead", (double[]){2, 3, M, 20, 30, M}, 6);
    derive_expect(t, &s, "sum", (double[]){M, 3, 6, M, 30, 60}, 6);
    derive_expect(t, &s, "mean", (double[]){M, 1.5, 2.5, M, 15, 25}, 6);
    derive_expect(t, &s, "range", (double[]){0, 1 / 29.0, 2 / 29.0, 9 / 29.0, 19 / 29.0, 1}, 6);
    derive_expect(t, &s, "x", rows[1], 6);
}

/* Levels, calls within calls, and threads: the bytes are those of one thread. */
static void threads_do_not_show(void **state)
{
    fixture *t = *state;
    enum { N = 3 * COLFILE_CHUNK_ROWS / 2 };
    double *x = malloc(3 * N * sizeof *x), *y = malloc(N * sizeof *y);
    char made[2][HASH_TEXT_SIZE], path[4096];
    const derive_settings s = {
        .group = "id",
        .time = "",
        .seed = 3,
        COLUMNS({"a", "ema(x, 0.1) + noise(0.5)", "p"}, {"b", "rolling_std(x, 50)", "p"},
                {"c", "butter_zero(savgol(x, 11, 3), 2, 0.1) - a", "p"},
                {"d", "if(isnan(b), 0, b) / (abs(c) + 1)", "p"}, {"e", "shift(a, -3) - d", "p"})};
    for (int i = 0; i < N; i++) {
        x[i] = i / 30000;
        x[N + i] = sin(i * 0.01) + i % 5;
        x[2 * N + i] = 1;
    }
    fixture_file(t, names, x, 3, N);
    for (int threads = 0; threads < 2; threads++) {
        colfile f;
        pool *p = threads ? pool_new(t->ctx, 3) : NULL;
        assert_int_equal(derive_open(t->ctx, &t->file, t->fingerprint, &s, p, made[threads], path,
                                     sizeof path, &f),
                         STINT_OK);
        colfile_close(&f);
        pool_free(p);
        unlink(path);
    }
    assert_string_equal(made[0], made[1]);
    /* a filter over a series that crosses a chunk is the filter over an array */
    derive_column_values(
        t,
        &(derive_settings){.group = "", .time = "", COLUMNS({"f", "butter_zero(x, 3, 0.2)", "p"})},
        "f", y, N);
    butterworth b;
    butterworth_design(3, 0.2, &b);
    butterworth_zero_phase(&b, x + N, N);
    assert_memory_equal(y, x + N, N * sizeof *y);
    free(x);
    free(y);
}

static void the_cache_knows_what_decides(void **state)
{
    fixture *t = *state;
    char made[HASH_TEXT_SIZE], paths[6][4096];
    colfile f;
    const derive_column a = {"a", "noise(1)", "p"}, b = {"a", "noise(2)", "q"};
    const derive_settings all[] = {
        {.group = "", .time = "", .columns = &a, .n_columns = 1},
        {.group = "", .time = "", .columns = &a, .n_columns = 1},
        {.group = "id", .time = "", .columns = &a, .n_columns = 1},
        {.group = "", .time = "", .columns = &a, .n_columns = 1, .seed = 1},
        {.group = "", .time = "", .columns = &b, .n_columns = 1},
        {.group = "", .time = "x", .columns = &a, .n_columns = 1, .every = 1},
    };
    fixture_file(t, names, &rows[0][0], 3, 6);
    for (int k = 0; k < 6; k++) {
        assert_int_equal(
            derive_open(t->ctx, &t->file, t->fingerprint, &all[k], NULL, made, paths[k], 4096, &f),
            STINT_OK);
        colfile_close(&f);
        for (int i = 0; i < k; i++)
            assert_int_equal(strcmp(paths[i], paths[k]) == 0, k == 1 && i == 0);
    }
}

static void resampled_rows_are_computed_with(void **state)
{
    fixture *t = *state;
    const double x[3][3] = {{0, 0, 0}, {20240101, 20240102, 20240105}, {1, 2, 5}};
    const derive_settings s = {
        .group = "",
        .time = "x",
        .every = 86400,
        .fill = RESAMPLE_LINEAR,
        COLUMNS({"lag", "shift(z, 1)", "p"}, {"dom", "day(x)", "p"}, {"next", "lag + 1", "p"})};
    fixture_file(t, names, &x[0][0], 3, 3);
    derive_expect(t, &s, "lag", (double[]){M, 1, 2, 3, 4}, 5);
    derive_expect(t, &s, "dom", (double[]){1, 2, 3, 4, 5}, 5);
    derive_expect(t, &s, "next", (double[]){M, 2, 3, 4, 5}, 5);
    derive_settings bad = s;
    bad.columns = (const derive_column[]){{"q", "1 / (z - 3)", "p"}};
    bad.n_columns = 1;
    derive_refused(t, &bad, STINT_EDATA, "t.parquet, resampled:row 3: column \"q\": division");
}

static void what_cannot_be_is_told(void **state)
{
    fixture *t = *state;
    static const struct {
        derive_column column;
        stint_status status;
        const char *message;
    } all[] = {
        {{"r", "x / z", "a.yaml:2:3"},
         STINT_EDATA,
         "t.parquet:row 2: column \"r\": division by zero: \"z\" is 0 (position 5); guard it"},
        {{"r", "log(x - 3)", "a.yaml:2:3"},
         STINT_EDATA,
         "row 1: column \"r\": \"log(x - 3)\" is no finite number where \"x - 3\" is -2 (position "
         "5)"},
        {{"r", "1 + savgol(z, 5, 2)", "a.yaml:2:3"},
         STINT_EDATA,
         "row 1: column \"r\": \"savgol(z, 5, 2)\" needs 5 rows in one piece, and the piece that "
         "begins here has 3"},
        {{"r", "cumsum(1e308 * (x > 0))", "a.yaml:2:3"},
         STINT_EDATA,
         "row 2: column \"r\": \"cumsum(1e308 * (x > 0))\" grows beyond the doubles (position 1)"},
        {{"r", "1 + diff(1e308 * sign(x - 1.5), -1)", "a.yaml:2:3"},
         STINT_EDATA,
         "row 1: column \"r\": \"diff(1e308 * sign(x - 1.5), -1)\" grows beyond the doubles"},
        {{"r", "q + 1", "a.yaml:2:3"},
         STINT_EUSAGE,
         "a.yaml:2:3: columns.r: position 1: unknown column \"q\""},
        {{"r", "2 * idd", "a.yaml:2:3"},
         STINT_EUSAGE,
         "position 5: unknown column \"idd\"; did you "},
        {{"r", "r + 1", "a.yaml:2:3"}, STINT_EUSAGE, "the column \"r\" is not made yet"},
        {{"x", "1", "a.yaml:2:3"},
         STINT_EUSAGE,
         "a.yaml:2:3: columns.x: there is a column of that name already"},
        {{"r", "x +", "a.yaml:2:3"}, STINT_EUSAGE, "columns.r: position 4: the formula ends"},
        {{"r", "year(z) + year(x)", "a.yaml:2:3"}, STINT_OK, NULL},
    };
    fixture_file(t, names, &rows[0][0], 3, 6);
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        const derive_settings s = {
            .group = "id", .time = "", .columns = &all[k].column, .n_columns = 1};
        double y[64];
        if (all[k].message)
            derive_refused(t, &s, all[k].status, all[k].message);
        else
            derive_column_values(t, &s, "r", y, 64);
    }
    static const char *const words[] = {"2024-01-01", "soon"};
    derive_text_file(t, words, names, (double[]){1, 2}, 1, 2);
    derive_refused(t, &(derive_settings){.group = "", .time = "", COLUMNS({"r", "text + 1", "p"})},
                   STINT_EUSAGE, "position 1: the column \"text\" is text");
    derive_refused(t, &(derive_settings){.group = "", .time = "", COLUMNS({"r", "day(text)", "p"})},
                   STINT_EDATA, "row 2: column \"text\": \"soon\" is no time");
}

/* Whole numbers that no double holds are copied, not computed with. */
static void other_columns_are_copied_exactly(void **state)
{
    fixture *t = *state;
    static const char *const words[] = {"a", NULL, "b"};
    derive_text_file(t, words, &names[1], (double[]){1, 2, 3}, 1, 3);
    colfile f;
    const derive_settings s = {.group = "", .time = "", COLUMNS({"y", "x + 1", "p"})};
    assert_int_equal(derive_try(t, &s, &f), STINT_OK);
    assert_int_equal(f.columns[0].kind, COLUMN_TEXT);
    assert_string_equal(f.columns[0].hash, t->file.columns[0].hash);
    assert_string_equal(f.columns[1].hash, t->file.columns[1].hash);
    assert_int_equal(f.n_columns, 3);
    assert_non_null(json_object_get(f.extra, "files"));
    colfile_close(&f);
}

static void what_is_read_is_listed(void **state)
{
    fixture *t = *state;
    const derive_settings s = {
        .group = "id",
        .time = "time",
        COLUMNS({"a", "x + year(time)", "p"}, {"b", "a + x + y", "p"}, {"c", "a", "p"})};
    const char *const *names_read = derive_reads(t->ctx, &t->arena, &s);
    static const char *const want[] = {"id", "time", "x", "y", NULL};
    for (int i = 0; i < 5; i++)
        assert_true(want[i] ? strcmp(names_read[i], want[i]) == 0 : names_read[i] == NULL);
    const derive_settings bad = {.group = "", .time = "", COLUMNS({"a", "(", "p"})};
    assert_null(derive_reads(t->ctx, &t->arena, &bad));
    assert_message(t, "p: columns.a: position 2");
}

static void settings_go_with_the_model(void **state)
{
    fixture *t = *state;
    derive_settings again;
    str text;
    const derive_settings s = {.group = "id",
                               .time = "time",
                               .every = 0.1,
                               .by = RESAMPLE_MAX,
                               .fill = RESAMPLE_LINEAR,
                               .seed = 77,
                               COLUMNS({"a", "x + `b c`", "p"}, {"b", "a ^ 2", "p"})};
    str_init(&text, t->ctx, TAG_BASE);
    json_out j = emit_begin(&text, false);
    emit_object(&j, NULL);
    derive_emit(&j, &s);
    emit_object_end(&j);
    json_t *saved = json_parse(t->ctx, "model.json", text.at, text.len);
    assert_int_equal(derive_load(t->ctx, &t->arena, saved, &again), STINT_OK);
    assert_true(again.every == 0.1 && again.by == RESAMPLE_MAX && again.fill == RESAMPLE_LINEAR &&
                again.seed == 77 && again.n_columns == 2);
    assert_string_equal(again.group, "id");
    assert_string_equal(again.columns[1].formula, "a ^ 2");
    json_decref(saved);
    str_deinit(&text);
    json_t *none = json_object();
    assert_int_equal(derive_load(t->ctx, &t->arena, none, &again), STINT_OK);
    assert_false(derive_is_needed(&again));
    json_decref(none);
    static const char *const damaged[] = {
        "{\"derive\":{}}",
        "{\"derive\":{\"group\":\"\",\"time\":\"\",\"every\":1,\"by\":\"mean\",\"fill\":\"none\","
        "\"seed\":0,\"columns\":[]}}",
        "{\"derive\":{\"group\":\"\",\"time\":\"\",\"every\":0,\"by\":\"man\",\"fill\":\"none\","
        "\"seed\":0,\"columns\":[]}}",
        "{\"derive\":{\"group\":\"\",\"time\":\"\",\"every\":0,\"by\":\"mean\",\"fill\":\"none\","
        "\"seed\":0,\"columns\":[{\"name\":\"a\"}]}}"};
    for (int k = 0; k < 4; k++) {
        saved = json_parse(t->ctx, "model.json", damaged[k], strlen(damaged[k]));
        assert_int_equal(derive_load(t->ctx, &t->arena, saved, &again), STINT_EDATA);
        assert_message(t, "\"derive\" is not what a run writes");
        json_decref(saved);
    }
}

static void rows_that_are_whole_are_kept(void **state)
{
    fixture *t = *state;
    static const char *const words[] = {"a", "b", NULL, "a"};
    const double x[2][4] = {{1, M, 3, 4}, {5, 6, 7, M}};
    static const int all[] = {1, 2}, first[] = {0};
    char path[256];
    spill numbers;
    int64_t kept;
    double got[4];
    colfile f;
    derive_text_file(t, words, names, &x[0][0], 2, 4);
    snprintf(path, sizeof path, "%s/whole", t->dir);
    assert_int_equal(derive_whole(t->ctx, &t->file, all, 0, path, &numbers, &kept), STINT_OK);
    assert_true(kept == 4 && !numbers.at && !file_exists(path));
    assert_int_equal(derive_whole(t->ctx, &t->file, all, 2, path, &numbers, &kept), STINT_OK);
    assert_int_equal(kept, 2);
    assert_true(((int64_t *)numbers.at)[0] == 0 && ((int64_t *)numbers.at)[1] == 2);
    spill_close(&numbers);
    assert_int_equal(colfile_open(t->ctx, path, &f), STINT_OK);
    colfile_read(&f, 1, 0, 0, 2, got, 1);
    assert_true(f.rows == 2 && got[0] == 1 && got[1] == 3);
    colfile_read(&f, 0, 0, 0, 2, got, 1);
    assert_true(got[0] == 0 && got[1] != got[1]);
    colfile_close(&f);
    assert_int_equal(derive_whole(t->ctx, &t->file, first, 1, path, &numbers, &kept), STINT_OK);
    assert_int_equal(kept, 3);
    spill_close(&numbers);
    derive_text_file(t, (const char *const[]){NULL, NULL}, names, (double[]){1, 2}, 1, 2);
    assert_int_equal(derive_whole(t->ctx, &t->file, first, 1, path, &numbers, &kept), STINT_EDATA);
    assert_message(t, "the data have to begin earlier");
}

/* Bits stay with their rows, over a chunk's end too. */
static void bits_of_rows_that_are_whole(void **state)
{
    fixture *t = *state;
    enum { N = COLFILE_CHUNK_ROWS + 9, LAG = 3 };
    const derive_settings s = {.group = "", .time = "", COLUMNS({"lag", "shift(y, 3)", "p"})};
    static const int needed[] = {3};
    const char *path = fixture_path(t, "whole");
    char made[HASH_TEXT_SIZE], derived[4096];
    spill numbers;
    int64_t kept;
    colfile in, lagged, f;
    bits_file(t, path, &fp_encoder, &name_encoder, N);
    assert_int_equal(colfile_open(t->ctx, path, &in), STINT_OK);
    assert_int_equal(derive_open(t->ctx, &in, "bits", &s, NULL, made, derived, 4096, &lagged),
                     STINT_OK);
    assert_int_equal(derive_whole(t->ctx, &lagged, needed, 1, path, &numbers, &kept), STINT_OK);
    assert_int_equal(kept, N - LAG);
    assert_int_equal(colfile_open(t->ctx, path, &f), STINT_OK);
    for (int64_t i = 0; i < kept; i++)
        for (int64_t k = 0; k < FP_WIDTH; k++) {
            const uint8_t *row = colfile_bits(&f, 1, i / COLFILE_CHUNK_ROWS) +
                                 i % COLFILE_CHUNK_ROWS * ((FP_WIDTH + 7) / 8);
            assert_int_equal(row[k / 8] >> (7 - k % 8) & 1, fp_bit(i + LAG, k));
        }
    spill_close(&numbers);
    colfile_close(&f);
    colfile_close(&lagged);
    colfile_close(&in);
}

/* Private memory is what was foretold at most, and does not grow with the rows. */
static void memory_is_as_foretold(void **state)
{
    fixture *t = *state;
    enum { N = 5 * COLFILE_CHUNK_ROWS };
    double *x = malloc(3 * N * sizeof *x);
    const derive_settings s = {
        .group = "id",
        .time = "x",
        .every = 1,
        .fill = RESAMPLE_LINEAR,
        COLUMNS({"a", "butter_zero(z, 4, 0.1) + shift(z, 5000)", "p"},
                {"b", "savgol(a, 501, 3)", "p"},
                {"c", "rolling_max(rolling_min(rolling_max(rolling_min(z, 1e5), 1e5), 1e5), 1e5)",
                 "p"})};
    for (int i = 0; i < N; i++) {
        x[i] = i / 100000;
        x[N + i] = i;
        x[2 * N + i] = i % 1000;
    }
    fixture_file(t, names, x, 3, N);
    free(x);
    ctx *child = ctx_child(t->ctx, "derive", derive_bytes(&s, 3, 1));
    assert_non_null(child);
    char made[HASH_TEXT_SIZE], path[4096];
    colfile f;
    if (derive_open(child, &t->file, t->fingerprint, &s, NULL, made, path, sizeof path, &f) !=
        STINT_OK)
        fail_msg("%s", stint_message(t->ctx));
    colfile_close(&f);
    ctx_free_child(child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(columns_stay_within_their_series),
        FIXTURE_TEST(threads_do_not_show),
        FIXTURE_TEST(the_cache_knows_what_decides),
        FIXTURE_TEST(resampled_rows_are_computed_with),
        FIXTURE_TEST(what_cannot_be_is_told),
        FIXTURE_TEST(other_columns_are_copied_exactly),
        FIXTURE_TEST(what_is_read_is_listed),
        FIXTURE_TEST(settings_go_with_the_model),
        FIXTURE_TEST(rows_that_are_whole_are_kept),
        FIXTURE_TEST(bits_of_rows_that_are_whole),
        FIXTURE_TEST(memory_is_as_foretold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
