/* Orders are permutations, and look like uniform ones; weighted draws have their chances. */
#include "data/alias.h"
#include "data/order.h"
#include "unit/fixture.h"

enum { MOST = 3000 };

static int64_t *taken(int64_t n, uint64_t seed, uint64_t epoch, int64_t *out)
{
    order o;
    order_init(&o, n, seed, epoch);
    order_take(&o, 0, n, out);
    return out;
}

/* Within 5 deviations of chi-square with so many degrees of freedom. */
static void assert_chi_square(double chi, double freedom, const char *what)
{
    if (fabs(chi - freedom) > 5 * sqrt(2 * freedom))
        fail_msg("%s: chi-square %.1f at %.0f degrees of freedom", what, chi, freedom);
}

static double chi_square(const double *count, int64_t cells, double expected)
{
    double chi = 0;
    for (int64_t i = 0; i < cells; i++)
        chi += (count[i] - expected) * (count[i] - expected) / expected;
    return chi;
}

/* --- permutations ---------------------------------------------------------------------------- */

static void every_value_comes_once(void **state)
{
    (void)state;
    static const int64_t sizes[] = {1,   2,   3,   7,   8,    255,  256,  257,   258,   272,
                                    273, 289, 290, 999, 1023, 1024, 1025, 65535, 65536, 65537};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
        for (uint64_t epoch = 0; epoch < 3; epoch++) {
            int64_t n = sizes[k], *at = calloc((size_t)n, sizeof *at);
            char *seen = calloc((size_t)n, 1);
            taken(n, 7, epoch, at);
            for (int64_t i = 0; i < n; i++) {
                assert_in_range(at[i], 0, n - 1);
                assert_int_equal(seen[at[i]]++, 0);
            }
            free(seen);
            free(at);
        }
}

/* Any piece of an order is that of the whole, for every place in a block of lanes. */
static void pieces_are_of_the_whole(void **state)
{
    (void)state;
    static const int64_t sizes[] = {5, 200, 257, 1000, MOST};
    int64_t all[MOST], piece[64];
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        order o;
        order_init(&o, sizes[k], 3, 4);
        order_take(&o, 0, sizes[k], all);
        for (int64_t first = 0; first < sizes[k]; first += 1 + first / 40)
            for (int64_t count = 0; count <= 64 && first + count <= sizes[k]; count += 7) {
                order_take(&o, first, count, piece);
                assert_memory_equal(piece, all + first, (size_t)count * sizeof *piece);
            }
    }
}

/* Values far beyond 32 bits: distinct, in range, and spread over all of it. */
static void huge_domains(void **state)
{
    (void)state;
    static const int64_t sizes[] = {(INT64_C(1) << 40) + 17, (INT64_C(1) << 62) - 1, INT64_MAX};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        order o;
        int64_t at[2048];
        double count[16] = {0};
        order_init(&o, sizes[k], 1, 1);
        order_take(&o, 0, 1024, at);
        order_take(&o, sizes[k] - 1024, 1024, at + 1024);
        for (int i = 0; i < 2048; i++) {
            assert_true(at[i] >= 0 && at[i] < sizes[k]);
            count[at[i] / (sizes[k] / 16 + 1)]++;
            for (int j = 0; j < i; j++)
                assert_true(at[i] != at[j]);
        }
        assert_chi_square(chi_square(count, 16, 128), 15, "huge");
    }
}

/* --- are they uniform? ----------------------------------------------------------------------- */

static int64_t factorial(int64_t n)
{
    return n <= 1 ? 1 : n * factorial(n - 1);
}

/* Lehmer's number of a permutation: 0 … n!-1 */
static int64_t rank_of(const int64_t *at, int64_t n)
{
    int64_t rank = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t less = 0;
        for (int64_t j = i + 1; j < n; j++)
            less += at[j] < at[i];
        rank = rank * (n - i) + less;
    }
    return rank;
}

/* Over seeds, and over epochs of one seed. */
static void small_orders_are_equally_frequent(void **state)
{
    (void)state;
    static double count[40320];
    for (int64_t n = 1; n <= 8; n++)
        for (int by_epoch = 0; by_epoch < 2; by_epoch++) {
            int64_t cells = factorial(n), tries = cells < 200 ? 20000 : cells * 20, at[8];
            memset(count, 0, sizeof count);
            for (int64_t i = 0; i < tries; i++)
                count[rank_of(taken(n, by_epoch ? 5 : (uint64_t)i, by_epoch ? (uint64_t)i : 5, at),
                              n)]++;
            double chi = chi_square(count, cells, (double)tries / (double)cells);
            if (cells > 1)
                assert_chi_square(chi, (double)(cells - 1), "small");
        }
}

/* Where a value stands, and what follows it, in cells of 16 by 16, over many epochs. */
static void places_and_pairs_are_uniform(void **state)
{
    (void)state;
    static const int64_t sizes[] = {257, 272, 300, 1000, MOST};
    enum { CELLS = 16, EPOCHS = 400 };
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        int64_t n = sizes[k], at[MOST];
        double place[CELLS * CELLS] = {0}, pair[CELLS * CELLS] = {0}, size[CELLS] = {0};
        double chi_place = 0, chi_pair = 0;
        for (int64_t i = 0; i < n; i++)
            size[i * CELLS / n]++;
        for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
            taken(n, 11, epoch, at);
            for (int64_t i = 0; i < n; i++) {
                place[i * CELLS / n * CELLS + at[i] * CELLS / n]++;
                if (i % 2 == 0 && i + 1 < n)
                    pair[at[i] * CELLS / n * CELLS + at[i + 1] * CELLS / n]++;
            }
        }
        for (int i = 0; i < CELLS; i++)
            for (int j = 0; j < CELLS; j++) {
                double fits = size[i] * size[j], both = i == j ? size[i] * (size[i] - 1) : fits;
                double p = EPOCHS * fits / (double)n;
                double q = EPOCHS * (double)(n / 2) * both / ((double)n * (double)(n - 1));
                chi_place += pow(place[i * CELLS + j] - p, 2) / p;
                chi_pair += pow(pair[i * CELLS + j] - q, 2) / q;
            }
        assert_chi_square(chi_place, (CELLS - 1) * (CELLS - 1), "places");
        assert_chi_square(chi_pair, CELLS * CELLS - 1, "pairs");
    }
}

/* Neighbours in the data do not stay neighbours: the step from one value to the next takes every
 * residue; one that the rounds left alone would stand out. */
static void steps_are_uniform(void **state)
{
    (void)state;
    static const int64_t sizes[] = {257, 300, 1000};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        static double count[1000];
        int64_t n = sizes[k], at[MOST];
        memset(count, 0, sizeof count);
        for (uint64_t epoch = 0; epoch < 400; epoch++) {
            taken(n, 23, epoch, at);
            for (int64_t i = 0; i + 1 < n; i++)
                count[(at[i + 1] - at[i] + n) % n]++;
        }
        double expected = 400.0 * (double)(n - 1) / (double)(n - 1);
        assert_true(count[0] == 0);
        assert_chi_square(chi_square(count + 1, n - 1, expected), (double)(n - 2), "steps");
    }
}

static double correlation(const int64_t *a, const int64_t *b, int64_t n)
{
    double mean = (double)(n - 1) / 2, both = 0, one = 0;
    for (int64_t i = 0; i < n; i++) {
        both += ((double)a[i] - mean) * ((double)b[i] - mean);
        one += ((double)a[i] - mean) * ((double)a[i] - mean);
    }
    return both / one;
}

/* Of n values by chance the correlation is normal, of deviation 1/sqrt(n-1); the mean distance
 * from a value's own place is (n² - 1) / 3n. */
static void epochs_and_seeds_do_not_correlate(void **state)
{
    (void)state;
    enum { N = MOST, TRIES = 200 };
    static int64_t at[N], next[N], other[N], own[N];
    double epochs = 0, seeds = 0, places = 0, distance = 0, fixed = 0;
    for (int64_t i = 0; i < N; i++)
        own[i] = i;
    for (uint64_t t = 0; t < TRIES; t++) {
        epochs += correlation(taken(N, 1, t, at), taken(N, 1, t + 1, next), N);
        seeds += correlation(at, taken(N, 2, t, other), N);
        places += correlation(at, own, N);
        for (int64_t i = 0; i < N; i++) {
            distance += fabs((double)(at[i] - i)) / N / TRIES;
            fixed += (double)(at[i] == next[i]) / TRIES;
        }
    }
    double most = 5 / sqrt((double)N * TRIES); /* of the mean of TRIES */
    assert_true(fabs(epochs / TRIES) < most);
    assert_true(fabs(seeds / TRIES) < most);
    assert_true(fabs(places / TRIES) < most);
    double expected = ((double)N * N - 1) / (3.0 * N);
    assert_true(fabs(distance - expected) < 5 * N * 0.3 / sqrt((double)N * TRIES));
    assert_true(fabs(fixed - 1) < 5 / sqrt(TRIES)); /* of a permutation, 1 ± 1 */
}

/* --- draws ----------------------------------------------------------------------------------- */

static void draws_have_their_chances(void **state)
{
    static const double cases[][6] = {{1, 1, 1, 1, 1, 1},         {1, 0, 0, 0, 0, 0},
                                      {0, 0, 0, 0, 0, 2},         {1, 2, 3, 4, 5, 6},
                                      {1e-3, 1, 1, 1, 1, 1},      {100, 1, 0, 1, 0, 3},
                                      {1e300, 1e299, 0, 0, 0, 0}, {1e-300, 0, 3e-300, 0, 0, 0}};
    enum { DRAWS = 60000 };
    static int64_t at[DRAWS];
    fixture *t = *state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        double sum = 0, count[6] = {0}, chi = 0;
        int chances = 0;
        alias a;
        assert_int_equal(alias_open(t->ctx, cases[k], 6, &a), STINT_OK);
        alias_take(&a, 5, 6, 0, DRAWS, at);
        for (int i = 0; i < DRAWS; i++)
            count[at[i]]++;
        for (int i = 0; i < 6; i++)
            sum += cases[k][i];
        for (int i = 0; i < 6; i++) {
            double expected = cases[k][i] / sum * DRAWS;
            if (cases[k][i] == 0)
                assert_true(count[i] == 0);
            else
                chi += pow(count[i] - expected, 2) / expected, chances++;
        }
        if (chances > 1)
            assert_chi_square(chi, chances - 1, "draws");
        alias_close(&a);
    }
}

/* Of many unequal weights, the table's own chances are right to rounding. */
static void alias_tables_are_exact(void **state)
{
    enum { N = 1000 };
    static double weight[N], chance[N];
    fixture *t = *state;
    double sum = 0;
    alias a;
    for (int i = 0; i < N; i++)
        sum += weight[i] = i % 7 == 0 ? 0 : pow(1.01, i);
    assert_int_equal(alias_open(t->ctx, weight, N, &a), STINT_OK);
    for (int i = 0; i < N; i++) {
        double own = a.column[i].other == i ? 1 : (double)a.column[i].below * 0x1p-64;
        chance[i] += own / N;
        chance[a.column[i].other] += (1 - own) / N;
    }
    for (int i = 0; i < N; i++)
        assert_true(fabs(chance[i] - weight[i] / sum) < 1e-12);
    alias_close(&a);
}

static void draws_differ_by_epoch_and_piece_together(void **state)
{
    static const double weight[] = {1, 2, 3, 4};
    fixture *t = *state;
    int64_t all[500], piece[100], next[500];
    int same = 0;
    alias a;
    assert_int_equal(alias_open(t->ctx, weight, 4, &a), STINT_OK);
    alias_take(&a, 1, 1, 0, 500, all);
    alias_take(&a, 1, 2, 0, 500, next);
    alias_take(&a, 1, 1, 137, 100, piece);
    assert_memory_equal(piece, all + 137, sizeof piece);
    for (int i = 0; i < 500; i++)
        same += all[i] == next[i];
    assert_in_range(same, 100, 200); /* 30 % by chance */
    alias_close(&a);
}

/* Of two draws that follow each other each pair comes as often as its chances say. */
static void draws_are_independent(void **state)
{
    static const double weight[] = {1, 2, 3, 4};
    enum { DRAWS = 40000 };
    static int64_t at[DRAWS];
    fixture *t = *state;
    alias a;
    assert_int_equal(alias_open(t->ctx, weight, 4, &a), STINT_OK);
    alias_take(&a, 8, 8, 0, DRAWS, at);
    for (int first = 0; first < 2; first++) {
        double count[16] = {0}, chi = 0, pairs = DRAWS / 2 - first;
        for (int i = first; i + 1 < DRAWS; i += 2)
            count[at[i] * 4 + at[i + 1]]++;
        for (int i = 0; i < 16; i++) {
            double expected = pairs * weight[i / 4] * weight[i % 4] / 100;
            chi += pow(count[i] - expected, 2) / expected;
        }
        assert_chi_square(chi, 15, "pairs of draws");
    }
    alias_close(&a);
}

static void weights_that_cannot_be(void **state)
{
    fixture *t = *state;
    static const struct {
        double weight[2];
        const char *why;
    } cases[] = {{{0, 0}, "sum is 0"},
                 {{1, -1}, "weight 1 is -1"},
                 {{NAN, 1}, "weight 0 is nan"},
                 {{1, INFINITY}, "weight 1 is inf"},
                 {{1.7e308, 1.7e308}, "sum is inf"}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        alias a;
        assert_int_equal(alias_open(t->ctx, cases[k].weight, 2, &a), STINT_EUSAGE);
        assert_message(t, cases[k].why);
        alias_close(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_comes_once),
        cmocka_unit_test(pieces_are_of_the_whole),
        cmocka_unit_test(huge_domains),
        cmocka_unit_test(small_orders_are_equally_frequent),
        cmocka_unit_test(places_and_pairs_are_uniform),
        cmocka_unit_test(steps_are_uniform),
        cmocka_unit_test(epochs_and_seeds_do_not_correlate),
        FIXTURE_TEST(draws_have_their_chances),
        FIXTURE_TEST(alias_tables_are_exact),
        FIXTURE_TEST(draws_differ_by_epoch_and_piece_together),
        FIXTURE_TEST(draws_are_independent),
        FIXTURE_TEST(weights_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
