/* The rows of a column file as points: the same values by ranges, by numbers and one by one,
 * across chunks of different types; columns that cannot be points. */
#include "experiment/cluster_columns.h"

#include "base/rng.h"
#include "unit/fixture.h"

enum { ROWS = 2 * COLFILE_CHUNK_ROWS + 1000, COLUMNS = 5 };

static double cell(int64_t row, int column)
{
    if (column == 1)
        return (double)(row % 2);
    if (column == 2) /* wider from chunk to chunk */
        return (double)(row / COLFILE_CHUNK_ROWS) * 1000.5 + (double)(row % 200);
    return (double)(row * (column + 3) % 1009);
}

static const column_spec specs[COLUMNS + 1] = {
    {.name = "a", .kind = COLUMN_NUMBER},
    {.name = "flag", .kind = COLUMN_BOOL},
    {.name = "wide", .kind = COLUMN_NUMBER},
    {.name = "d", .kind = COLUMN_NUMBER},
    {.name = "e", .kind = COLUMN_NUMBER},
    {.name = "word",
     .kind = COLUMN_TEXT,
     .dictionary = (const char *const[]){"x"},
     .dictionary_n = 1},
};

static void make_file(fixture *t, char path[128])
{
    snprintf(path, 128, "%s/points.safetensors", t->dir);
    colfile_writer *w = colfile_create(t->ctx, path, specs, COLUMNS + 1, ROWS);
    double *x = malloc(COLUMNS * COLFILE_CHUNK_ROWS * sizeof *x);
    int8_t *flags = malloc(COLFILE_CHUNK_ROWS);
    int32_t *codes = calloc(COLFILE_CHUNK_ROWS, sizeof *codes);
    for (int64_t from = 0; from < ROWS; from += COLFILE_CHUNK_ROWS) {
        int64_t n = ROWS - from < COLFILE_CHUNK_ROWS ? ROWS - from : COLFILE_CHUNK_ROWS;
        column_chunk chunk[COLUMNS + 1] = {[1] = {.bools = flags}, [COLUMNS] = {.codes = codes}};
        for (int j = 0; j < COLUMNS; j++)
            for (int64_t i = 0; i < n; i++)
                x[j * COLFILE_CHUNK_ROWS + i] = cell(from + i, j);
        for (int64_t i = 0; i < n; i++)
            flags[i] = cell(from + i, 1) != 0;
        for (int j = 0; j < COLUMNS; j++)
            if (j != 1)
                chunk[j].numbers = x + j * COLFILE_CHUNK_ROWS;
        assert_int_equal(colfile_put(w, chunk, n), STINT_OK);
    }
    assert_int_equal(colfile_finish(w, NULL), STINT_OK);
    free(codes);
    free(flags);
    free(x);
}

static void rows_are_those_of_the_file(void **state)
{
    enum { MOST = 3000 };
    fixture *t = *state;
    const char *const drop[] = {"word", "d*", NULL};
    const int kept[] = {0, 1, 2, 4};
    char path[128];
    colfile f;
    arena a;
    cluster_columns k;
    make_file(t, path);
    assert_int_equal(colfile_open(t->ctx, path, &f), STINT_OK);
    arena_init(&a, t->ctx, TAG_TABLE);
    assert_int_equal(cluster_columns_open(t->ctx, &a, &f, drop, &k), STINT_OK);
    points p = cluster_columns_points(&k);
    assert_int_equal(p.n, ROWS);
    assert_int_equal(p.d, 4);
    assert_string_equal(p.names[3], "e");
    double *x = malloc(MOST * 4 * sizeof *x);
    int64_t *which = malloc(MOST * sizeof *which);
    static const int64_t ranges[][2] = {{0, 1},
                                        {0, MOST},
                                        {COLFILE_CHUNK_ROWS - 1, 2},
                                        {COLFILE_CHUNK_ROWS - 1500, MOST},
                                        {ROWS - 1, 1},
                                        {ROWS - MOST, MOST}};
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
        assert_int_equal(points_read(&p, ranges[r][0], ranges[r][1], x), STINT_OK);
        for (int64_t i = 0; i < ranges[r][1]; i++)
            for (int j = 0; j < 4; j++)
                assert_true(x[i * 4 + j] == cell(ranges[r][0] + i, kept[j]));
    }
    for (int64_t i = 0; i < MOST; i++) /* in runs, and back and forth */
        which[i] = i % 3 ? (int64_t)rng_below((rng){7, 7}, (uint64_t)i, ROWS) : (i * 43) % ROWS;
    assert_int_equal(points_pick(&p, which, MOST, x), STINT_OK);
    for (int64_t i = 0; i < MOST; i++)
        for (int j = 0; j < 4; j++)
            assert_true(x[i * 4 + j] == cell(which[i], kept[j]));
    free(which);
    free(x);
    arena_deinit(&a);
    colfile_close(&f);
}

static void columns_that_are_no_points_are_refused(void **state)
{
    static const struct {
        const char *drop[3], *says;
        stint_status status;
    } cases[] = {
        {{NULL}, "column \"word\" is text", STINT_EDATA},
        {{"wrod", NULL}, "did you mean \"word\"?", STINT_EUSAGE},
        {{"word", "zzz*", NULL}, "no such column", STINT_EUSAGE},
        {{"*", NULL}, "no column is left", STINT_EDATA},
    };
    fixture *t = *state;
    char path[128];
    colfile f;
    arena a;
    cluster_columns k;
    make_file(t, path);
    assert_int_equal(colfile_open(t->ctx, path, &f), STINT_OK);
    arena_init(&a, t->ctx, TAG_TABLE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(cluster_columns_open(t->ctx, &a, &f, cases[i].drop, &k), cases[i].status);
        assert_non_null(strstr(stint_message(t->ctx), cases[i].says));
        stint_clear(t->ctx);
    }
    arena_deinit(&a);
    colfile_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_those_of_the_file, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(columns_that_are_no_points_are_refused, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
