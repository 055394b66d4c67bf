/* The scores of every row of the nearest table are within the bound that the header states, and
 * what is said of them is what they are. */
#include "kernel/nearest.h"

#include "base/rng.h"
#include "unit/fixture.h"

static const nearest_class *classes[4];
static int n_classes;

static void find_classes(void)
{
    classes[n_classes++] = &nearest_ref;
    classes[n_classes++] = &nearest_baseline;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        classes[n_classes++] = &nearest_avx2;
    if (__builtin_cpu_supports("avx512f"))
        classes[n_classes++] = &nearest_avx512;
}

typedef struct search {
    nearest_centers at;
    int64_t k;
    float *x, *c, *half, *plain; /* plain [k][d], not negated */
} search;

/* Small whole numbers are exact in every class; others round. */
static float number(bool whole, uint64_t stream, uint64_t index)
{
    double z = rng_normal((rng){9, stream}, index);
    return (float)(whole ? floor(z * 3) : z);
}

static search make(int64_t d, int64_t k, int width, bool whole)
{
    search s = {.k = k, .at = {.d = d, .width = width, .blocks = (k + width - 1) / width}};
    int64_t places = s.at.blocks * width;
    s.x = aligned_alloc(64, (size_t)(d * NEAREST_ROWS) * sizeof(float));
    s.c = calloc((size_t)(places * d), sizeof(float));
    s.half = calloc((size_t)places, sizeof(float));
    s.plain = calloc((size_t)(k * d), sizeof(float));
    for (int64_t i = 0; i < d * NEAREST_ROWS; i++)
        s.x[i] = number(whole, 1, (uint64_t)i);
    for (int64_t i = 0; i < places; i++) {
        double square = 0;
        for (int64_t j = 0; i < k && j < d; j++) {
            float c = s.plain[i * d + j] = number(whole, 2, (uint64_t)(i * d + j));
            s.c[i / width * d * width + j * width + i % width] = -c;
            square += (double)c * (double)c;
        }
        s.half[i] = i < k ? (float)(square / 2) : INFINITY;
    }
    s.at.c = s.c;
    s.at.half = s.half;
    return s;
}

static void drop(search *s)
{
    free(s->x);
    free(s->c);
    free(s->half);
    free(s->plain);
}

/* The score in doubles, and the bound of its error in single. */
static double score(const search *s, int row, int64_t k, double *error)
{
    double dot = 0, size = 0, m = ((double)s->at.d + 4) * 0x1p-24;
    for (int64_t j = 0; j < s->at.d; j++) {
        double e = (double)s->x[j * NEAREST_ROWS + row] * (double)s->plain[k * s->at.d + j];
        dot += e;
        size += fabs(e);
    }
    *error = m / (1 - m) * ((double)s->half[k] + size);
    return (double)s->half[k] - dot;
}

static void check_best(const search *s, const nearest_class *n)
{
    float best[NEAREST_ROWS], second[NEAREST_ROWS];
    int32_t index[NEAREST_ROWS];
    n->best(s->x, &s->at, best, second, index);
    for (int i = 0; i < NEAREST_ROWS; i++) {
        double own, least = INFINITY, most = INFINITY, error;
        assert_in_range(index[i], 0, s->k - 1);
        own = score(s, i, index[i], &error);
        assert_true(fabs((double)best[i] - own) <= error);
        for (int64_t k = 0; k < s->k; k++) {
            double z = score(s, i, k, &error);
            assert_true((double)best[i] <= z + error);
            if (k == index[i])
                continue;
            least = fmin(least, z - error); /* of the others */
            most = fmin(most, z + error);
        }
        if (s->k == 1)
            assert_true(isinf(second[i]));
        else
            assert_true((double)second[i] >= least && (double)second[i] <= most);
    }
}

static void check_below(const search *s, const nearest_class *n)
{
    int64_t places = s->at.blocks * s->at.width;
    uint32_t *bits = calloc((size_t)places, sizeof *bits);
    float limit[NEAREST_ROWS];
    for (int i = 0; i < NEAREST_ROWS; i++)
        limit[i] = i % 7 == 3 ? NAN : i % 7 == 4 ? -INFINITY : (float)(i - 12) / 4;
    n->below(s->x, &s->at, limit, bits);
    for (int64_t k = 0; k < s->k; k++)
        for (int i = 0; i < NEAREST_ROWS; i++) {
            double error, z = score(s, i, k, &error);
            bool bit = bits[k] >> i & 1;
            if (isnan(limit[i]))
                assert_true(bit);
            else if (z + error < (double)limit[i])
                assert_true(bit);
            else if (z - error >= (double)limit[i])
                assert_false(bit);
        }
    free(bits);
}

static void scores_are_within_their_bound(void **state)
{
    static const int64_t dims[] = {1, 2, 3, 5, 16, 33, 100}, counts[] = {1, 2, 3, 7, 12, 13, 40};
    (void)state;
    for (int c = 0; c < n_classes; c++)
        for (size_t i = 0; i < sizeof dims / sizeof *dims; i++)
            for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
                for (int width = 1; width <= classes[c]->width; width++) {
                    search s = make(dims[i], counts[k], width, (i + k) % 2);
                    check_best(&s, classes[c]);
                    check_below(&s, classes[c]);
                    drop(&s);
                }
}

/* Where every score is exact, all classes answer alike: the first of equal centres. */
static void whole_numbers_agree(void **state)
{
    (void)state;
    for (int64_t k = 1; k < 30; k += 4) {
        float best[2][NEAREST_ROWS], second[2][NEAREST_ROWS];
        int32_t index[2][NEAREST_ROWS];
        search s = make(6, k, 4, true);
        nearest_ref.best(s.x, &s.at, best[0], second[0], index[0]);
        for (int c = 1; c < n_classes; c++) {
            classes[c]->best(s.x, &s.at, best[1], second[1], index[1]);
            assert_memory_equal(best[0], best[1], sizeof best[0]);
            assert_memory_equal(second[0], second[1], sizeof second[0]);
            assert_memory_equal(index[0], index[1], sizeof index[0]);
        }
        drop(&s);
    }
}

static void one_row_for_each_instruction_set(void **state)
{
    (void)state;
    assert_ptr_equal(nearest_for(&kernel_baseline), &nearest_baseline);
    assert_non_null(nearest_for(kernel()));
}

int main(void)
{
    find_classes();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_within_their_bound),
        cmocka_unit_test(whole_numbers_agree),
        cmocka_unit_test(one_row_for_each_instruction_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
