/* Moments: merged by parts they are those of the whole, and tasks gather what a direct pass does. */
#include "model/moments.h"

#include "base/rng.h"
#include "unit/fixture.h"

enum { COLUMNS = 3 };

static double value(int64_t row, int column)
{
    return 1e4 * (column + 1) +
           rng_normal((rng){5, (uint64_t)column}, (uint64_t)row) * (column + 1);
}

/* Of the rows `from`, `from` + step, … below `end`, in two passes. */
static void direct(int64_t from, int64_t end, int64_t step, moments *m)
{
    for (int i = 0; i < COLUMNS; i++) {
        *m->n = 0;
        for (int64_t r = from; r < end; r += step, ++*m->n)
            m->mean[i] += value(r, i);
        m->mean[i] /= *m->n;
    }
    for (int64_t r = from; r < end; r += step)
        for (int i = 0; i < COLUMNS; i++)
            for (int j = i; j < COLUMNS; j++)
                m->m2[i * m->ld + j] += (value(r, i) - m->mean[i]) * (value(r, j) - m->mean[j]);
}

static moments fresh(void)
{
    return moments_at(calloc((size_t)moments_doubles(COLUMNS), 8), COLUMNS);
}

static void assert_same_moments(const moments *a, const moments *b)
{
    assert_true(*a->n == *b->n);
    for (int i = 0; i < COLUMNS; i++) {
        assert_near(a->mean[i], b->mean[i], 1e-13);
        for (int j = 0; j < COLUMNS; j++) {
            double size = sqrt(moments_m2(b, i, i) * moments_m2(b, j, j));
            assert_true(fabs(moments_m2(a, i, j) - moments_m2(b, i, j)) <= 1e-11 * size);
        }
    }
}

static void merging_is_the_whole(void **state)
{
    (void)state;
    enum { N = 3000 };
    moments whole = fresh(), there = fresh(), back = fresh(), none = fresh();
    direct(0, N, 1, &whole);
    for (int k = 0; k < 10; k++) {
        moments a = fresh(), b = fresh();
        direct(k * k * 30, k == 9 ? N : (k + 1) * (k + 1) * 30, 1, &a);
        int back_k = 9 - k;
        direct(back_k * back_k * 30, back_k == 9 ? N : (back_k + 1) * (back_k + 1) * 30, 1, &b);
        moments_merge(&there, &a);
        moments_merge(&back, &b);
        moments_merge(&there, &none);
        free(a.n), free(b.n);
    }
    assert_same_moments(&there, &whole);
    assert_same_moments(&back, &whole); /* another order of rows: to tolerance */
    assert_true(moments_m2(&there, 2, 0) == moments_m2(&there, 0, 2));
    free(whole.n), free(there.n), free(back.n), free(none.n);
}

/* A table of more than one group of chunks would be 524 288 rows; two chunks suffice to see
 * chunks merge, and groups are merged the same way. */
static void gathered(void **state)
{
    fixture *t = *state;
    enum { ROWS = COLFILE_CHUNK_ROWS + 777, FOLDS = 3 };
    double *x = malloc(sizeof(double) * COLUMNS * ROWS);
    for (int64_t r = 0; r < ROWS; r++)
        for (int j = 0; j < COLUMNS; j++)
            x[j * ROWS + r] = value(r, j);
    fixture_table(t, x, COLUMNS, 1, ROWS,
                  &(split_settings){.test = 0.2, .folds = FOLDS, .seed = 1});
    model_task task = {.table = &t->table, .dir = t->dir};
    assert_int_equal(moments_tasks(&task), 1);
    double *bits[2] = {NULL};
    for (int threads = 1; threads <= 4; threads += 3) {
        pool *p = pool_new(t->ctx, threads);
        assert_int_equal(moments_gather(t->ctx, &task, 0, p), STINT_OK);
        pool_free(p);
        bits[threads > 1] = calloc((size_t)moments_doubles(COLUMNS) * FOLDS, 8);
        for (int part = 0; part < FOLDS; part++) {
            moments got = moments_at(bits[threads > 1] + part * moments_doubles(COLUMNS), COLUMNS);
            moments want = fresh();
            assert_int_equal(moments_of_part(t->ctx, &task, 0, part, &got), STINT_OK);
            for (int i = 0; i < COLUMNS; i++) {
                *want.n = 0;
                for (int64_t r = 0; r < ROWS; r++)
                    if (split_chunk(&t->split, r / COLFILE_CHUNK_ROWS)[r % COLFILE_CHUNK_ROWS] ==
                        part)
                        want.mean[i] += x[i * ROWS + r], ++*want.n;
                want.mean[i] /= *want.n;
            }
            for (int64_t r = 0; r < ROWS; r++)
                if (split_chunk(&t->split, r / COLFILE_CHUNK_ROWS)[r % COLFILE_CHUNK_ROWS] == part)
                    for (int i = 0; i < COLUMNS; i++)
                        for (int j = i; j < COLUMNS; j++)
                            want.m2[i * want.ld + j] +=
                                (x[i * ROWS + r] - want.mean[i]) * (x[j * ROWS + r] - want.mean[j]);
            assert_true(*got.n == (double)t->split.part_rows[part]);
            assert_same_moments(&got, &want);
            free(want.n);
        }
    }
    assert_memory_equal(bits[0], bits[1], (size_t)moments_doubles(COLUMNS) * FOLDS * 8);
    free(bits[0]), free(bits[1]), free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merging_is_the_whole),
        FIXTURE_TEST(gathered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
