/* The k nearest against sorting every distance: ties, duplicates, any k, any blocks, any threads,
 * any instruction set. */
#include "neighbors/neighbours.h"

#include "base/mem.h"
#include "base/rng.h"
#include "kernel/kernel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Rows of small whole numbers, so that many are equal and more are equally far. */
typedef struct problem {
    neighbours_settings s;
    int64_t queries, references;
    double *q, *x; /* [rows][features] */
} problem;

static double *make_rows(int64_t n, int64_t d, int levels, uint64_t stream)
{
    double *x = calloc((size_t)(n * d) + 1, sizeof *x);
    for (int64_t i = 0; i < n * d; i++) {
        double z = rng_normal((rng){11, stream}, (uint64_t)i);
        x[i] = levels ? floor(z * levels + 0.5) : z * (i % 5 ? 1 : 1e3);
    }
    return x;
}

static problem make(neighbour_metric metric, int64_t k, int64_t queries, int64_t references,
                    int64_t d, int levels)
{
    return (problem){{metric, d, k, queries},
                     queries,
                     references,
                     make_rows(queries, d, levels, 1),
                     make_rows(references, d, levels, 2)};
}

static void drop(problem *p)
{
    free(p->q);
    free(p->x);
}

/* Blocks of `cut` rows; `columns`: features far apart, as in a block of a table. */
static neighbour_rows block_of(const double *x, int64_t d, int64_t from, int64_t n, bool columns,
                               double *room)
{
    for (int64_t i = 0; columns && i < n; i++)
        for (int64_t j = 0; j < d; j++)
            room[j * n + i] = x[(from + i) * d + j];
    return columns ? (neighbour_rows){room, n, n, 1} : (neighbour_rows){x + from * d, n, 1, d};
}

static neighbour *search(ctx *c, const problem *p, pool *threads, int64_t cut, bool columns)
{
    int64_t d = p->s.features, all = p->queries * p->s.k;
    neighbour *list = calloc((size_t)all, sizeof *list);
    double *room = calloc((size_t)(cut * d), sizeof *room);
    neighbours *n;
    int64_t before = budget_live(ctx_budget(c));
    assert_int_equal(neighbours_open(c, &p->s, threads, &n), STINT_OK);
    assert_in_range(budget_live(ctx_budget(c)) - before, 1, neighbours_bytes(&p->s));
    for (int twice = 0; twice < 2; twice++) { /* nothing stays behind */
        neighbours_begin(n);
        for (int64_t from = 0; from < p->queries; from += cut) {
            int64_t some = p->queries - from < cut ? p->queries - from : cut;
            neighbour_rows rows = block_of(p->q, d, from, some, columns, room);
            neighbours_ask(n, &rows);
        }
        for (int64_t from = 0; from < p->references; from += cut) {
            int64_t some = p->references - from < cut ? p->references - from : cut;
            neighbour_rows rows = block_of(p->x, d, from, some, columns, room);
            neighbours_add(n, &rows);
        }
        memcpy(list, neighbours_take(n), (size_t)all * sizeof *list);
    }
    assert_ptr_equal(neighbours_take(n), neighbours_take(n));
    neighbours_close(n);
    free(room);
    return list;
}

/* --- the naive way ----------------------------------------------------------------------- */

static void direction(const double *row, int64_t d, double *to)
{
    double most = 0, sum = 0;
    for (int64_t j = 0; j < d; j++)
        most = fmax(most, fabs(row[j]));
    for (int64_t j = 0; j < d; j++) {
        to[j] = most > 0 ? row[j] / most : 0;
        sum += to[j] * to[j];
    }
    for (int64_t j = 0; j < d; j++)
        to[j] = most > 0 ? to[j] / sqrt(sum) : 0;
    to[d] = most == 0;
}

static double distance(neighbour_metric m, const double *a, const double *b, int64_t d)
{
    double sum = 0, u[80], v[80];
    if (m == NEIGHBOUR_COSINE) {
        direction(a, d, u);
        direction(b, d, v);
        a = u, b = v, d++;
    }
    for (int64_t j = 0; j < d; j++)
        sum += m == NEIGHBOUR_MANHATTAN ? fabs(a[j] - b[j]) : (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

static double finished(neighbour_metric m, double sum)
{
    return m == NEIGHBOUR_EUCLIDEAN ? sqrt(sum) : m == NEIGHBOUR_COSINE ? sum / 2 : sum;
}

static int nearer(const void *a, const void *b)
{
    const neighbour *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->reference > y->reference) - (x->reference < y->reference);
}

static void check(const problem *p, const neighbour *list)
{
    neighbour *all = calloc((size_t)p->references + 1, sizeof *all);
    int64_t d = p->s.features, k = p->s.k < p->references ? p->s.k : p->references;
    for (int64_t i = 0; i < p->queries; i++) {
        for (int64_t r = 0; r < p->references; r++)
            all[r] = (neighbour){distance(p->s.metric, p->q + i * d, p->x + r * d, d), r};
        qsort(all, (size_t)p->references, sizeof *all, nearer);
        for (int64_t j = 0; j < k; j++) {
            const neighbour *got = &list[i * p->s.k + j];
            double want = finished(p->s.metric, all[j].distance);
            if (got->reference != all[j].reference || got->distance != want)
                fail_msg("query %d: neighbour %d of %d is row %d at %.17g, not row %d at %.17g",
                         (int)i, (int)j, (int)p->s.k, (int)got->reference, got->distance,
                         (int)all[j].reference, want);
        }
    }
    free(all);
}

/* --- tests ------------------------------------------------------------------------------- */

static const char *const isas[] = {"baseline", "avx2", "avx512"};

static void every_k_of_tied_rows(void **state)
{
    ctx *c = *state;
    for (int m = 0; m < NEIGHBOUR_METRICS; m++)
        for (int64_t n = 1; n <= 40; n += n < 4 ? 1 : 6)
            for (int64_t k = 1; k <= n + 3; k++) {
                problem p = make((neighbour_metric)m, k, 6, n, 3, 1);
                neighbour *list = search(c, &p, NULL, 16, false);
                check(&p, list);
                free(list);
                drop(&p);
            }
}

static void every_size_on_every_instruction_set(void **state)
{
    ctx *c = *state;
    static const int64_t features[] = {1, 2, 15, 16, 17, 33, 64, 70};
    for (int isa = 0; isa < 3; isa++) {
        setenv("STINT_ISA", isas[isa], 1);
        for (int m = 0; m < NEIGHBOUR_METRICS; m++)
            for (int f = 0; f < 8; f++)
                for (int levels = 0; levels < 3; levels++) {
                    problem p =
                        make((neighbour_metric)m, 1 + 3 * f, 9 + f, 300, features[f], levels);
                    neighbour *list = search(c, &p, NULL, 128, f % 2);
                    check(&p, list);
                    free(list);
                    drop(&p);
                }
    }
    unsetenv("STINT_ISA");
}

static void any_blocks_and_threads_give_the_same_bits(void **state)
{
    ctx *c = *state;
    static const int64_t cuts[] = {1, 3, 16, 17, 1000, 5000};
    pool *threads = pool_new(c, 3);
    assert_non_null(threads);
    for (int m = 0; m < NEIGHBOUR_METRICS; m++)
        for (int levels = 0; levels < 2; levels++) {
            problem p = make((neighbour_metric)m, 7, 203, 4100, 9, levels);
            neighbour *want = search(c, &p, NULL, 4100, false);
            check(&p, want);
            for (int i = 0; i < 6; i++) {
                neighbour *list = search(c, &p, i % 2 ? threads : NULL, cuts[i], i > 2);
                assert_memory_equal(list, want, (size_t)(p.queries * p.s.k) * sizeof *list);
                free(list);
            }
            free(want);
            drop(&p);
        }
    pool_free(threads);
}

static void fewer_are_a_prefix_of_more(void **state)
{
    ctx *c = *state;
    problem p = make(NEIGHBOUR_EUCLIDEAN, 50, 20, 700, 4, 1);
    neighbour *most = search(c, &p, NULL, 100, false);
    for (p.s.k = 1; p.s.k < 50; p.s.k += 6) {
        neighbour *list = search(c, &p, NULL, 100, false);
        for (int64_t i = 0; i < p.queries; i++)
            assert_memory_equal(list + i * p.s.k, most + i * 50, (size_t)p.s.k * sizeof *list);
        free(list);
    }
    free(most);
    drop(&p);
}

static void distances_beyond_the_doubles_are_equal(void **state)
{
    ctx *c = *state;
    double q[] = {1e200}, x[] = {-1e200, 1e200, 0, -1e200};
    static const int64_t want[] = {1, 0, 2, 3};
    for (int isa = 0; isa < 3; isa++) {
        setenv("STINT_ISA", isas[isa], 1);
        for (int64_t k = 1; k <= 4; k++) {
            problem p = {{NEIGHBOUR_EUCLIDEAN, 1, k, 1}, 1, 4, q, x};
            neighbour *list = search(c, &p, NULL, 2, false);
            for (int64_t j = 0; j < k; j++)
                assert_int_equal(list[j].reference, want[j]);
            assert_true(list[0].distance == 0 && (k < 2 || isinf(list[1].distance)));
            free(list);
        }
    }
    unsetenv("STINT_ISA");
}

static void directions_of_any_length(void **state)
{
    ctx *c = *state;
    double q[] = {3e-300, 4e-300, 0, 0}, x[] = {0, 0, 3e300, 4e300, -6, -8, 8, -6};
    problem p = {{NEIGHBOUR_COSINE, 2, 4, 2}, 2, 4, q, x};
    neighbour *list = search(c, &p, NULL, 4, false);
    static const int64_t order[2][4] = {{1, 0, 3, 2}, {0, 1, 2, 3}};
    static const double far[2][4] = {{0, 1, 1, 2}, {0, 1, 1, 1}};
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 4; j++)
            assert_true(fabs(list[i * 4 + j].distance - far[i][j]) < 1e-15);
    assert_int_equal(list[0].reference, order[0][0]);
    assert_int_equal(list[3].reference, order[0][3]);
    assert_int_equal(list[4].reference, order[1][0]);
    free(list);
}

static int context_open(void **state)
{
    *state = stint_open(NULL);
    return *state ? 0 : -1;
}

static int context_close(void **state)
{
    int64_t left = mem_live_blocks(ctx_budget(*state), NULL, 0, 0);
    stint_close(*state);
    return left != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_k_of_tied_rows),
        cmocka_unit_test(every_size_on_every_instruction_set),
        cmocka_unit_test(any_blocks_and_threads_give_the_same_bits),
        cmocka_unit_test(fewer_are_a_prefix_of_more),
        cmocka_unit_test(distances_beyond_the_doubles_are_equal),
        cmocka_unit_test(directions_of_any_length),
    };
    return cmocka_run_group_tests(tests, context_open, context_close);
}
