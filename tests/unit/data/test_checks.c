/* Checks of a table: what forbids a fit, what is warned of, and where it stands. */
#include "data/checks.h"

#include "unit/fixture.h"

enum { ROWS = 8 };

static stint_status run(fixture *t, const double *x, int64_t rows, duplicates_policy policy,
                        checks *out)
{
    fixture_table(t, x, 3, 1, rows, NULL);
    pool *p = pool_new(t->ctx, 2);
    stint_status s = checks_run(t->ctx, &t->table, policy, t->dir, p, out);
    pool_free(p);
    assert_false(file_exists(fixture_path(t, "row-hashes.bin")));
    return s;
}

static void fill(double *x)
{
    for (int i = 0; i < 3 * ROWS; i++)
        x[i] = i * i % 29;
}

static void good(void **state)
{
    fixture *t = *state;
    double x[3 * ROWS];
    checks out;
    fill(x);
    assert_int_equal(run(t, x, ROWS, DUPLICATES_WARN, &out), STINT_OK);
    for (int i = 0; i < CHECKS; i++) {
        assert_int_equal(out.at[i].result, CHECK_PASSED);
        assert_true(out.at[i].name[0] && out.at[i].details[0]);
    }
}

static void missing_and_infinite(void **state)
{
    fixture *t = *state;
    static const struct {
        double bad[2];
        const char *message;
    } cases[] = {
        {{NAN, 1}, "t.parquet:row 4: column \"b\": missing (1 such in this column)"},
        {{INFINITY, 1}, "t.parquet:row 4: column \"b\": infinite (1 such"},
        {{1, -INFINITY}, "t.parquet:row 7: column \"b\": infinite (1 such"},
        {{NAN, INFINITY}, "t.parquet:row 4: column \"b\": missing or infinite (2 such"},
    };
    double x[3 * ROWS];
    checks out;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fill(x);
        x[ROWS + 3] = cases[i].bad[0];
        x[ROWS + 6] = cases[i].bad[1];
        assert_int_equal(run(t, x, ROWS, DUPLICATES_IGNORE, &out), STINT_EDATA);
        assert_message(t, cases[i].message);
    }
    fill(x);
    x[2 * ROWS] = NAN;
    assert_int_equal(run(t, x, ROWS, DUPLICATES_IGNORE, &out), STINT_EDATA);
    assert_message(t, "row 1: column \"c\": missing");
}

static void constant_columns(void **state)
{
    fixture *t = *state;
    double x[3 * ROWS];
    checks out;
    fill(x);
    for (int i = 0; i < ROWS; i++)
        x[i] = 4;
    assert_int_equal(run(t, x, ROWS, DUPLICATES_WARN, &out), STINT_OK);
    assert_int_equal(out.at[CHECK_CONSTANT].result, CHECK_WARNED);
    assert_non_null(strstr(out.at[CHECK_CONSTANT].details, "\"a\" is 4 in every row"));
    for (int i = 0; i < ROWS; i++)
        x[ROWS + i] = 0.1;
    assert_int_equal(run(t, x, ROWS, DUPLICATES_WARN, &out), STINT_OK);
    assert_string_equal(out.at[CHECK_CONSTANT].details,
                        "2 columns are constant, the first is \"a\": 4 in every row; "
                        "they cannot help");
    fill(x);
    for (int i = 0; i < ROWS; i++)
        x[2 * ROWS + i] = -1.5;
    assert_int_equal(run(t, x, ROWS, DUPLICATES_WARN, &out), STINT_EDATA);
    assert_message(t, "target \"c\" is -1.5 in all 8 rows");
    for (int i = 0; i < ROWS; i++)
        x[i] = NAN;
    assert_int_equal(run(t, x, ROWS, DUPLICATES_WARN, &out), STINT_EDATA);
    assert_message(t, "column \"a\" is missing in all 8 rows; list it under data.drop");
}

static void duplicate_rows(void **state)
{
    fixture *t = *state;
    double x[3 * ROWS];
    checks out;
    fill(x);
    for (int j = 0; j < 3; j++)
        x[j * ROWS + 5] = x[j * ROWS + 2];
    assert_int_equal(run(t, x, ROWS, DUPLICATES_WARN, &out), STINT_OK);
    assert_int_equal(out.at[CHECK_DUPLICATES].result, CHECK_WARNED);
    assert_non_null(strstr(out.at[CHECK_DUPLICATES].details, "row 6 repeats row 3"));
    assert_int_equal(run(t, x, ROWS, DUPLICATES_IGNORE, &out), STINT_OK);
    assert_int_equal(out.at[CHECK_DUPLICATES].result, CHECK_PASSED);
    assert_int_equal(run(t, x, ROWS, DUPLICATES_ERROR, &out), STINT_EDATA);
    assert_message(t, "row 6: column \"a\": the row repeats row 3");
    x[5] += 1e-9; /* nearly equal is not equal */
    assert_int_equal(run(t, x, ROWS, DUPLICATES_ERROR, &out), STINT_OK);
}

static void the_last_chunk_is_looked_at(void **state)
{
    fixture *t = *state;
    enum { MANY = COLFILE_CHUNK_ROWS + 9 };
    double *x = malloc(sizeof(double) * 3 * MANY);
    checks out;
    for (int i = 0; i < 3 * MANY; i++)
        x[i] = i;
    x[MANY + MANY - 2] = NAN;
    assert_int_equal(run(t, x, MANY, DUPLICATES_WARN, &out), STINT_EDATA);
    assert_message(t, "row 65544: column \"b\": missing");
    x[MANY + MANY - 2] = 0.5;
    for (int j = 0; j < 3; j++)
        x[j * MANY + MANY - 1] = x[j * MANY];
    assert_int_equal(run(t, x, MANY, DUPLICATES_ERROR, &out), STINT_EDATA);
    assert_message(t, "row 65545: column \"a\": the row repeats row 1");
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(good),
        FIXTURE_TEST(missing_and_infinite),
        FIXTURE_TEST(constant_columns),
        FIXTURE_TEST(duplicate_rows),
        FIXTURE_TEST(the_last_chunk_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
