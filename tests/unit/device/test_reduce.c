/* Reductions against loops over every point.  Where values are small whole numbers every sum is
 * exact, so results are compared for equality; where not, the orders of items with each other. */
#include "unit/device/steps_fixture.h"

#include "base/rng.h"

enum { X, Y, OUT, BIAS, PARTIAL, BUFFERS };
enum { MOST = 1 << 21 };
#include "unit/device/memory_fixture.h"

static const uint8_t dtypes[] = {STINT_F32, STINT_F64, STINT_I64};
static const element_op combines[] = {ELEMENT_ADD, ELEMENT_MAX, ELEMENT_MIN};

/* what is done to the values before, and to the results after */
typedef enum before_kind { PLAIN, PRODUCT, BEFORES } before_kind;

typedef struct problem {
    element_domain domain;
    element_op combine;
    before_kind before;
    element_space space;
    int kept;
    step_view x, y; /* y is multiplied in by PRODUCT */
} problem;

static void fill(uint8_t dtype, int buffer, int64_t n, bool whole)
{
    for (int64_t i = 0; i < n; i++) {
        double v = rng_uniform((rng){5, (uint64_t)buffer + 50}, (uint64_t)i);
        number_put(dtype, memory[buffer], i, whole ? floor(v * 15) - 7 : v);
    }
}

/* out = 2 combined + bias, bias over the last kept axis alone */
static void run(const problem *p, int order, reduce_args *a)
{
    static const element_code product = {ELEMENT_MUL, 2, 0, 1, 0},
                              finish = {ELEMENT_MUL_ADD, 3, 0, 2, 1};
    static const double two = 2;
    static const uint8_t third = 2, fourth = 3, first = 0;
    uint8_t dtype = dtypes[p->domain];
    uint8_t same[] = {dtype, dtype, dtype};
    element_program before = {.domain = p->domain,
                              .inputs = p->before == PLAIN ? 1 : 2,
                              .registers = p->before == PLAIN ? 1 : 3,
                              .codes = p->before == PLAIN ? 0 : 1,
                              .outputs = 1,
                              .in_dtype = same,
                              .code = &product,
                              .out_register = p->before == PLAIN ? &first : &third,
                              .out_dtype = same};
    element_program after = {.domain = p->domain,
                             .inputs = 2,
                             .constants = 1,
                             .registers = 4,
                             .codes = 1,
                             .outputs = 1,
                             .in_dtype = same,
                             .constant = &two,
                             .code = &finish,
                             .out_register = &fourth,
                             .out_dtype = same};
    element_space kept = p->space;
    kept.axes = p->kept;
    step_view out = view_contiguous(OUT, dtype, &kept), bias = {.buffer = BIAS, .dtype = dtype};
    if (p->kept > 0)
        bias.stride[p->kept - 1] = 1;
    step_view in[] = {p->x, p->y}, after_in[] = {{.buffer = -1}, bias};
    *a = (reduce_args){.space = p->space,
                       .kept = p->kept,
                       .combine = p->combine,
                       .before = {&before, in, NULL},
                       .after = {&after, after_in, &out}};
    memcpy(a->row_major, a->before.in[0].stride, sizeof a->row_major);
    reduce_cut(a);
    if (a->partial_bytes > 0)
        a->partial = PARTIAL;
    assert_true(a->partial_bytes <= MOST * 8);
    memset(memory[PARTIAL], 0xee, (size_t)a->partial_bytes);
    step_run(&step_reduce, a, memory, order);
}

static double two(element_op op, double a, double b)
{
    if (op == ELEMENT_ADD)
        return a + b;
    if (a != a || b != b)
        return NAN;
    return op == ELEMENT_MAX ? fmax(a, b) : fmin(a, b);
}

static void check(const problem *p)
{
    reduce_args a;
    uint8_t dtype = dtypes[p->domain];
    element_space kept = p->space;
    kept.axes = p->kept;
    int64_t m = points(&kept), q = m > 0 ? points(&p->space) / m : 0;
    double *want = calloc((size_t)m + 1, sizeof *want);
    for (int64_t i = 0; i < m * q; i++) {
        double v = number_at(dtype, memory[X], place(&p->space, &p->x, i));
        if (p->before == PRODUCT)
            v *= number_at(dtype, memory[Y], place(&p->space, &p->y, i));
        want[i / q] = i % q == 0 ? v : two(p->combine, want[i / q], v);
    }
    for (int order = 0; order < ORDERS; order++) {
        memset(memory[OUT], 0x55, (size_t)(m + 1) * 8);
        run(p, order, &a);
        for (int64_t i = 0; i < m; i++) {
            int64_t width = p->kept > 0 ? p->space.size[p->kept - 1] : 1;
            double w = 2 * want[i] + number_at(dtype, memory[BIAS], i % width);
            double got = number_at(dtype, memory[OUT], i);
            if (!(got == w || (got != got && w != w)))
                fail_msg("%s of [%d,%d,%d], %d kept, domain %d, before %d, path %d: [%d] %.9g is "
                         "not %.9g",
                         element_ops[p->combine].text, (int)p->space.size[0], (int)p->space.size[1],
                         (int)p->space.size[2], p->kept, (int)p->domain, (int)p->before, a.path,
                         (int)i, got, w);
        }
    }
    free(want);
}

/* x over axes of `size` in memory, those of `subset` reduced; y spans the last axis alone. */
static problem problem_of(const int64_t size[3], int subset, bool backwards)
{
    problem p = {.space.axes = 3};
    element_space whole = {.axes = 3, .size = {size[0], size[1], size[2]}};
    step_view x = view_contiguous(X, 0, &whole);
    if (backwards) /* the first axis is innermost */
        x.stride[0] = 1, x.stride[1] = size[0], x.stride[2] = size[0] * size[1];
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < 3; k++)
            if ((subset >> k & 1) == pass) {
                int at = p.kept + (pass ? p.space.size[7]++ : 0);
                p.space.size[at] = size[k];
                p.x.stride[at] = x.stride[k];
                p.y.stride[at] = k == 2;
                p.kept += !pass;
            }
    p.space.size[7] = 0;
    p.x.buffer = X, p.y.buffer = Y;
    return p;
}

static const int64_t shapes[][3] = {
    {1, 1, 1},    {1, 1, 7},     {2, 3, 5},    {3, 4, 16},    {8, 9, 10},    {5, 1, 257},
    {1, 300, 1},  {32, 1, 64},   {7, 17, 33},  {300, 2, 3},   {2, 3, 300},   {1, 1, 1023},
    {1, 1, 8192}, {1, 3, 16384}, {4, 2, 1025}, {17, 1, 1100}, {1, 1, 33000}, {1000, 1, 3},
};

static void every_subset_of_axes(void **state)
{
    (void)state;
    for (int d = 0; d < 3; d++) {
        fill(dtypes[d], X, 200000, true);
        fill(dtypes[d], Y, 40000, true);
        fill(dtypes[d], BIAS, 40000, true);
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            for (int subset = 0; subset < 8; subset++)
                for (int c = 0; c < 3; c++)
                    for (int b = 0; b < 4; b++) {
                        problem p = problem_of(shapes[s], subset, b & 1);
                        p.domain = (element_domain)d;
                        p.combine = combines[c];
                        p.before = (before_kind)(b / 2);
                        p.x.dtype = p.y.dtype = dtypes[d];
                        check(&p);
                    }
    }
}

/* Few results of many values: chunks, along rows and down columns. */
static void chunks(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {
        {1, 1, 32768}, {1, 1, 32769}, {1, 1, 49153}, {1, 3, 40000},  {1, 1, 1000003},
        {40000, 1, 3}, {20000, 1, 8}, {700, 1, 257}, {130, 3, 1100},
    };
    int several = 0, paths[2] = {0};
    for (int d = 0; d < 3; d++) {
        fill(dtypes[d], X, 1100000, true);
        fill(dtypes[d], Y, 1100000, true);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (int subset = 1; subset < 8; subset += 3)
                for (int c = 0; c < 2; c++) {
                    problem p = problem_of(sizes[s], subset, false);
                    p.domain = (element_domain)d;
                    p.combine = combines[c];
                    p.before = (before_kind)(s % 2);
                    p.x.dtype = p.y.dtype = dtypes[d];
                    reduce_args a;
                    check(&p);
                    run(&p, 0, &a);
                    several += a.chunks > 1;
                    paths[a.path] += a.chunks > 1;
                    assert_true((a.chunks > 1) == (a.partial_bytes > 0));
                }
    }
    assert_true(several > 0 && paths[0] > 0 && paths[1] > 0);
}

static void nothing_to_add(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {{0, 3, 4}, {3, 0, 4}, {3, 4, 0}};
    for (int d = 0; d < 3; d++)
        for (int s = 0; s < 3; s++)
            for (int subset = 0; subset < 8; subset++) {
                problem p = problem_of(sizes[s], subset, false);
                p.domain = (element_domain)d;
                p.combine = ELEMENT_ADD;
                p.x.dtype = p.y.dtype = dtypes[d];
                fill(dtypes[d], BIAS, 64, true);
                check(&p);
            }
}

static void nan_and_infinity(void **state)
{
    (void)state;
    static const int64_t size[3] = {9, 70, 300};
    for (int d = 0; d < 2; d++)
        for (int subset = 0; subset < 8; subset++)
            for (int c = 0; c < 3; c++) {
                problem p = problem_of(size, subset, false);
                p.domain = (element_domain)d;
                p.combine = combines[c];
                p.x.dtype = p.y.dtype = dtypes[d];
                fill(dtypes[d], X, 9 * 70 * 300, true);
                number_put(dtypes[d], memory[X], 5, NAN);
                number_put(dtypes[d], memory[X], 88888, INFINITY);
                number_put(dtypes[d], memory[X], 150001, -INFINITY);
                number_put(dtypes[d], memory[X], 188888, NAN);
                check(&p);
            }
}

/* Sums that round: the same bits whatever the order of items, and near the exact sum. */
static void sums_that_round(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {
        {1, 1, 1000003}, {1000, 1, 1000}, {1, 1000, 1000}, {100000, 1, 10}, {1000000, 1, 1}};
    fill(STINT_F32, X, 1100000, false);
    fill(STINT_F32, Y, 1100000, false);
    for (size_t i = 0; i < 1100000; i++)
        ((float *)memory[BIAS])[i] = 0;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int b = 0; b < 4; b++)
            for (int subset = 1; subset < 8; subset += 3) {
                static float first[1100000];
                problem p = problem_of(sizes[s], subset, b & 1);
                p.combine = ELEMENT_ADD;
                p.before = (before_kind)(b / 2);
                p.x.dtype = p.y.dtype = STINT_F32;
                element_space kept = p.space;
                kept.axes = p.kept;
                int64_t m = points(&kept), q = points(&p.space) / m;
                reduce_args a;
                for (int order = 0; order < ORDERS; order++) {
                    run(&p, order, &a);
                    if (order == 0)
                        memcpy(first, memory[OUT], (size_t)m * 4);
                    assert_memory_equal(memory[OUT], first, (size_t)m * 4);
                }
                for (int64_t i = 0; i < m; i += m / 7 + 1) {
                    double exact = 0;
                    for (int64_t k = 0; k < q; k++) {
                        float x = ((float *)memory[X])[place(&p.space, &p.x, i * q + k)];
                        float y = ((float *)memory[Y])[place(&p.space, &p.y, i * q + k)];
                        exact += (double)(p.before == PRODUCT ? x * y : x);
                    }
                    assert_near((double)first[i], 2 * exact, 4 * 0x1p-24);
                }
            }
}

/* Values through a program that leaves them as they are: the bits are those of memory's. */
static void a_program_before_changes_no_bits(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {{1000, 1, 10}, {37, 3, 500},  {1, 5, 1100},
                                       {9, 1, 4097},  {1, 1, 70001}, {100000, 1, 7}};
    int compared = 0;
    fill(STINT_F32, X, 1100000, false);
    for (int64_t i = 0; i < 1100000; i++) {
        ((float *)memory[X])[i] -= 0.5f; /* sums that are small show what rounded */
        ((float *)memory[BIAS])[i] = 0;
        ((float *)memory[Y])[i] = 1;
    }
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int subset = 0; subset < 8; subset++) {
            static float first[1100000];
            reduce_args plain, made;
            problem p = problem_of(sizes[s], subset, false);
            p.combine = ELEMENT_ADD;
            p.x.dtype = p.y.dtype = STINT_F32;
            memcpy(p.y.stride, p.x.stride, sizeof p.y.stride);
            element_space kept = p.space;
            kept.axes = p.kept;
            size_t bytes = (size_t)points(&kept) * sizeof *first;
            run(&p, 0, &plain);
            memcpy(first, memory[OUT], bytes);
            p.before = PRODUCT;
            run(&p, 0, &made);
            if (made.path != plain.path)
                continue;
            assert_memory_equal(memory[OUT], first, bytes);
            compared++;
        }
    assert_true(compared > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_subset_of_axes), cmocka_unit_test(chunks),
        cmocka_unit_test(nothing_to_add),       cmocka_unit_test(nan_and_infinity),
        cmocka_unit_test(sums_that_round),      cmocka_unit_test(a_program_before_changes_no_bits),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
