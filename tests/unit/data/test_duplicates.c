/* Equal rows, counted in one pass or in many, are those that a sort would find. */
#include "data/duplicates.h"

#include "data/colfile.h"
#include "unit/fixture.h"

static duplicate_facts count(fixture *t, const uint64_t *hashes, int64_t rows)
{
    row_hashes *r;
    duplicate_facts d;
    assert_int_equal(row_hashes_open(t->ctx, t->dir, rows, &r), STINT_OK);
    for (int64_t chunk = 0; chunk * COLFILE_CHUNK_ROWS < rows; chunk++) {
        int64_t from = chunk * COLFILE_CHUNK_ROWS, n = rows - from;
        n = n < COLFILE_CHUNK_ROWS ? n : COLFILE_CHUNK_ROWS;
        assert_int_equal(row_hashes_put(r, chunk, hashes + from, n), STINT_OK);
    }
    assert_int_equal(row_hashes_count(r, &d), STINT_OK);
    row_hashes_close(r);
    assert_false(file_exists(fixture_path(t, "row-hashes.bin")));
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
    duplicate_facts d = count(t, h, ROWS);
    assert_int_equal(d.duplicates, DISTINCT);
    assert_int_equal(d.first, DISTINCT - 1);
    assert_int_equal(d.second, DISTINCT);
    d = count(t, h, DISTINCT);
    assert_int_equal(d.duplicates, 0);
    assert_true(row_hashes_bytes(ROWS) < 40 << 20);
    free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(few_rows),
        cmocka_unit_test(equal_values_hash_equally),
        FIXTURE_TEST(many_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
