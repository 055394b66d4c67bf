/* Every row of the table of distances gives the bits of the reference; the reference is right. */
#include "kernel/apart.h"

#include "base/rng.h"
#include "unit/fixture.h"

enum { PANELS = 5, ROWS = PANELS * APART_PANEL, WIDEST = 40 };

static const apart_class *rows_[4];
static int n_rows;

static void find_rows(void)
{
    rows_[n_rows++] = &apart_baseline;
#if STINT_SIMD_X86
    if (__builtin_cpu_supports("avx2"))
        rows_[n_rows++] = &apart_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        rows_[n_rows++] = &apart_avx512;
#endif
}

typedef struct panels {
    _Alignas(64) double x[ROWS * WIDEST], low[ROWS * WIDEST], high[ROWS * WIDEST], s[ROWS],
        limit[ROWS];
    double q[WIDEST];
} panels;

static double number(uint64_t stream, int64_t i)
{
    double z = rng_normal((rng){3, stream}, (uint64_t)i);
    return i % 7 == 0 ? floor(z) : z * (i % 3 ? 1 : 1e4);
}

/* Every 11th place is empty. */
static panels *make(int64_t d)
{
    static panels p;
    for (int64_t i = 0; i < d; i++)
        p.q[i] = number(1, i);
    for (int64_t i = 0; i < ROWS; i++) {
        p.s[i] = i % 11 == 10 ? 0 : 1 + floor(100 * rng_uniform((rng){3, 5}, (uint64_t)i));
        p.limit[i] = i % 5 == 0 ? INFINITY : fabs(number(6, i)) * 30;
        for (int64_t j = 0; j < d; j++) {
            int64_t at = i / APART_PANEL * d * APART_PANEL + j * APART_PANEL + i % APART_PANEL;
            double a = number(2, at), b = number(4, at);
            p.x[at] = i % 11 == 10 ? INFINITY : a;
            p.low[at] = i % 11 == 10 ? INFINITY : fmin(a, b);
            p.high[at] = i % 11 == 10 ? -INFINITY : fmax(a, b);
        }
    }
    return &p;
}

static double naive(const panels *p, int64_t d, int64_t i, bool squares)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++) {
        double e =
            p->x[i / APART_PANEL * d * APART_PANEL + j * APART_PANEL + i % APART_PANEL] - p->q[j];
        sum += squares ? e * e : fabs(e);
    }
    return sum;
}

static void distances_are_sums_in_order(void **state)
{
    (void)state;
    double out[ROWS];
    for (int64_t d = 1; d <= WIDEST; d++)
        for (int k = 0; k < n_rows; k++)
            for (int squares = 0; squares < 2; squares++) {
                panels *p = make(d);
                (squares ? rows_[k]->squares : rows_[k]->sizes)(p->q, p->x, d, PANELS, out);
                for (int64_t i = 0; i < ROWS; i++)
                    if (out[i] != naive(p, d, i, squares))
                        fail_msg("%s: row %d of %d features", rows_[k]->name, (int)i, (int)d);
            }
}

static void relaxing_keeps_the_smaller(void **state)
{
    (void)state;
    for (int64_t d = 1; d <= WIDEST; d += 3)
        for (int k = 0; k < n_rows; k++)
            for (int squares = 0; squares < 2; squares++) {
                panels *p = make(d);
                _Alignas(64) double nearest[APART_PANEL];
                memcpy(nearest, p->limit, sizeof nearest);
                uint32_t bits = (squares ? rows_[k]->relax_squares
                                         : rows_[k]->relax_sizes)(p->q, p->x, d, nearest);
                for (int r = 0; r < APART_PANEL; r++) {
                    double want = naive(p, d, r, squares);
                    assert_true(nearest[r] == fmin(want, p->limit[r]));
                    assert_int_equal(bits >> r & 1, want < p->limit[r]);
                }
            }
}

/* The bound is the distance to the nearest corner or side, and never above that to a row inside. */
static void boxes_bound_what_is_in_them(void **state)
{
    (void)state;
    for (int64_t d = 1; d <= WIDEST; d += 3)
        for (int squares = 0; squares < 2; squares++) {
            panels *p = make(d);
            _Alignas(64) double limit[APART_PANEL];
            for (int r = 0; r < APART_PANEL; r++) {
                double sum = naive(p, d, r, squares); /* x is one of its box's corners' values */
                limit[r] = nextafter(sum, INFINITY);
            }
            uint32_t want = 0;
            for (int k = 0; k < n_rows; k++) {
                apart_boxes *near = squares ? rows_[k]->boxes_squares : rows_[k]->boxes_sizes;
                uint32_t bits = near(p->q, p->low, p->high, d, limit);
                assert_int_equal(bits, 0xffff & ~(1u << 10)); /* where the place is empty */
                bits = near(p->q, p->low, p->high, d, p->limit);
                want = k == 0 ? bits : want;
                assert_int_equal(bits, want);
                memset(limit, 0, sizeof limit);
                assert_int_equal(near(p->q, p->low, p->high, d, limit), 0);
                for (int r = 0; r < APART_PANEL; r++)
                    limit[r] = nextafter(naive(p, d, r, squares), INFINITY);
            }
        }
}

static void ward_weighs_by_size(void **state)
{
    (void)state;
    for (int64_t d = 1; d <= WIDEST; d += 3)
        for (int k = 0; k < n_rows; k++) {
            panels *p = make(d);
            double out[APART_PANEL], limit = 3 * naive(p, d, 3, true);
            uint32_t bits = rows_[k]->ward(p->q, p->x, d, 7, p->s, limit, out);
            uint32_t boxes = rows_[k]->ward_boxes(p->q, p->low, p->high, d, 7, p->s, limit);
            assert_int_equal(boxes,
                             apart_baseline.ward_boxes(p->q, p->low, p->high, d, 7, p->s, limit));
            assert_int_equal(bits & ~boxes, 0);
            assert_int_equal((bits | boxes) >> 10 & 1, 0); /* the empty place */
            for (int r = 0; r < APART_PANEL; r++) {
                double want = naive(p, d, r, true) * (7 * p->s[r] / (7 + p->s[r]));
                if (r == 10)
                    continue;
                assert_true(out[r] == want);
                assert_int_equal(bits >> r & 1, want <= limit);
            }
        }
}

static void rows_of_numbers(void **state)
{
    (void)state;
    double x[200], y[200], want[200];
    for (int64_t n = 1; n < 150; n++)
        for (int k = 0; k < n_rows; k++) {
            for (int64_t i = 0; i < n + 1; i++) {
                x[i] = floor(4 * fabs(number(8, i)));
                y[i] = i % 9 ? fabs(number(9, i)) : INFINITY;
            }
            int64_t first = 0;
            for (int64_t i = 0; i < n; i++)
                first = x[i] < x[first] ? i : first;
            assert_int_equal(rows_[k]->least(x, n), first);
            memcpy(want, y, sizeof y);
            rows_[k]->roots(y, n);
            for (int64_t i = 0; i < n + 1; i++)
                assert_true(y[i] == (i < n ? sqrt(want[i]) : want[i]));
            memcpy(y, want, sizeof y);
            rows_[k]->most(x, y, n);
            for (int64_t i = 0; i < n + 1; i++)
                assert_true(y[i] == (i < n ? fmax(x[i], want[i]) : want[i]));
            memcpy(y, want, sizeof y);
            rows_[k]->mean(x, y, n, 3, 5);
            for (int64_t i = 0; i < n + 1; i++)
                assert_true(y[i] == (i < n ? (3 * x[i] + 5 * want[i]) / 8 : want[i]));
        }
}

static void each_instruction_set_has_its_row(void **state)
{
    (void)state;
    assert_ptr_equal(apart_of(&kernel_baseline), &apart_baseline);
    assert_string_equal(apart_of(kernel())->name, kernel()->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_sums_in_order),
        cmocka_unit_test(relaxing_keeps_the_smaller),
        cmocka_unit_test(boxes_bound_what_is_in_them),
        cmocka_unit_test(ward_weighs_by_size),
        cmocka_unit_test(rows_of_numbers),
        cmocka_unit_test(each_instruction_set_has_its_row),
    };
    find_rows();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
