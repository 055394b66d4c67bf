/* Equal rows, counted in one pass or in many, are those that a sort would find. */
#include "data/duplicates.h"

#include "data/colfile.h"
#include "unit/fixture.h"

static row_hashes *hashes_open(fixture *t, const uint64_t *hashes, int64_t rows)
{
    row_hashes *r;
    uint64_t *copy = malloc(sizeof *copy * COLFILE_CHUNK_ROWS);
    assert_int_equal(row_hashes_open(t->ctx, t->dir, "row-hashes", rows, &r), STINT_OK);
    for (int64_t chunk = 0; chunk * COLFILE_CHUNK_ROWS < rows; chunk++) {
        int64_t from = chunk * COLFILE_CHUNK_ROWS, n = rows - from;
        n = n < COLFILE_CHUNK_ROWS ? n : COLFILE_CHUNK_ROWS;
        memcpy(copy, hashes + from, (size_t)n * sizeof *copy);
        assert_int_equal(row_hashes_put(r, chunk, copy, n), STINT_OK);
    }
    free(copy);
    return r;
}

static void hashes_close(fixture *t, row_hashes *r)
{
    row_hashes_close(r);
    assert_false(file_exists(fixture_path(t, "row-hashes.bin")));
    assert_false(file_exists(fixture_path(t, "row-hashes-first.bin")));
}

static duplicate_facts count_by(fixture *t, row_hashes *r, const uint64_t *kept, int threads)
{
    duplicate_facts d;
    pool *p = pool_new(t->ctx, threads);
    assert_int_equal(row_hashes_count(r, kept, p, &d), STINT_OK);
    pool_free(p);
    return d;
}

static duplicate_facts count(fixture *t, const uint64_t *hashes, int64_t rows)
{
    row_hashes *r = hashes_open(t, hashes, rows);
    duplicate_facts d = count_by(t, r, NULL, 2);
    hashes_close(t, r);
    return d;
}

static void few_rows(void **state)
{
    fixture *t = *state;
    duplicate_facts d = count(t, (uint64_t[]){5, 6, 7, 8}, 4);
    assert_int_equal(d.duplicates, 0);
    assert_int_equal(d.second, -1);
    d = count(t, (uint64_t[]){5, 0, 7, 0, 7, 0}, 6);
    assert_int_equal(d.duplicates, 3);
    assert_int_equal(d.first, 1);
    assert_int_equal(d.second, 3);
}

static void the_first_equal_row_that_is_kept_is_told(void **state)
{
    fixture *t = *state;
    row_hashes *r = hashes_open(t, (uint64_t[]){5, 0, 7, 0, 7, 0}, 6);
    static const int64_t all[] = {0, 1, 2, 1, 2, 1}, some[] = {0, 1, 2, 3, 2, 3};
    int64_t first[6];
    duplicate_facts d = count_by(t, r, NULL, 1);
    assert_int_equal(d.duplicates, 3);
    assert_int_equal(row_hashes_first(r, 0, 6, first), STINT_OK);
    assert_memory_equal(first, all, sizeof all);
    d = count_by(t, r, (uint64_t[]){0x3d}, 1); /* without row 1 */
    assert_int_equal(d.duplicates, 2);
    assert_int_equal(d.first, 2);
    assert_int_equal(row_hashes_first(r, 0, 6, first), STINT_OK);
    assert_memory_equal(first, some, sizeof some);
    hashes_close(t, r);
}

/* Numbers of few digits differ in few bits, and these in the same ones. */
static void small_whole_numbers_hash_apart(void **state)
{
    fixture *t = *state;
    enum { SIDE = 100, ROWS = SIDE * SIDE * SIDE };
    uint64_t *h = malloc(sizeof *h * ROWS);
    double *x = malloc(sizeof *x * ROWS);
    row_hashes_clear(h, ROWS);
    for (int by = 1; by < ROWS; by *= SIDE) {
        for (int i = 0; i < ROWS; i++)
            x[i] = i / by % SIDE;
        row_hashes_mix(h, x, ROWS);
    }
    assert_int_equal(count(t, h, ROWS).duplicates, 0);
    free(x);
    free(h);
}

static void equal_values_hash_equally(void **state)
{
    (void)state;
    uint64_t h[4];
    row_hashes_clear(h, 4);
    row_hashes_mix(h, (double[]){0.0, -0.0, NAN, -NAN}, 4);
    assert_true(h[0] == h[1] && h[2] == h[3] && h[0] != h[2]);
    row_hashes_clear(h, 2);
    row_hashes_mix(h, (double[]){1, 2}, 2);
    row_hashes_mix(h, (double[]){2, 1}, 2); /* the columns' order counts */
    assert_true(h[0] != h[1]);
}

/* So many rows that they take several passes; every one of them once more at the end. */
static void many_passes(void **state)
{
    fixture *t = *state;
    enum { DISTINCT = 700000, ROWS = 2 * DISTINCT };
    uint64_t *h = malloc(sizeof *h * ROWS);
    for (int64_t i = 0; i < DISTINCT; i++) {
        row_hashes_clear(h + i, 1);
        row_hashes_mix(h + i, (double[]){(double)i}, 1);
        h[ROWS - 1 - i] = h[i];
    }
    row_hashes *r = hashes_open(t, h, ROWS);
    duplicate_facts d = count_by(t, r, NULL, 3);
    assert_true(budget_peak(ctx_budget(t->ctx)) <= row_hashes_bytes(ROWS, 3) + 16384);
    assert_int_equal(d.duplicates, DISTINCT);
    assert_int_equal(d.first, DISTINCT - 1);
    assert_int_equal(d.second, DISTINCT);
    int64_t *first = malloc(sizeof *first * COLFILE_CHUNK_ROWS);
    for (int64_t chunk = 0; chunk * COLFILE_CHUNK_ROWS < ROWS; chunk++) {
        int64_t from = chunk * COLFILE_CHUNK_ROWS, n = ROWS - from;
        n = n < COLFILE_CHUNK_ROWS ? n : COLFILE_CHUNK_ROWS;
        assert_int_equal(row_hashes_first(r, chunk, n, first), STINT_OK);
        for (int64_t i = 0; i < n; i++)
            assert_int_equal(first[i], from + i < DISTINCT ? from + i : ROWS - 1 - from - i);
    }
    hashes_close(t, r);
    d = count(t, h, DISTINCT);
    assert_int_equal(d.duplicates, 0);
    assert_true(row_hashes_bytes(ROWS, 16) < 40 << 20);
    free(first);
    free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(few_rows),
        FIXTURE_TEST(the_first_equal_row_that_is_kept_is_told),
        FIXTURE_TEST(small_whole_numbers_hash_apart),
        cmocka_unit_test(equal_values_hash_equally),
        FIXTURE_TEST(many_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
