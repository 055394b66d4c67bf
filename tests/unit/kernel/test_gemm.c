/* Every row of the table of matrix products gives the products of the reference, by every path
 * the bits of one chain over k, and hands each element over once. */
#include "kernel/gemm_class.h"

#include "base/rng.h"
#include "kernel/half.h"
#include "unit/fixture.h"

/* How an operand of rows × cols lies: its columns side by side, its rows, or neither. */
typedef enum lie { ROWS, TURNED, PADDED, LOOSE, LIES } lie;

typedef struct matrix {
    int64_t row, col, batch, elements;
    char *memory;
    const void *at[8];
} matrix;

static const struct {
    int64_t m, n, k, batches;
} shapes[] = {
    {0, 5, 3, 1},       {5, 0, 3, 1},     {5, 3, 0, 1},     {0, 0, 0, 2},      {1, 1, 1, 1},
    {1, 1, 300, 1},     {1, 100, 7, 1},   {100, 1, 7, 1},   {3, 37, 31, 1},    {2, 700, 67, 1},
    {37, 3, 31, 1},     {13, 17, 19, 1},  {12, 32, 256, 1}, {24, 64, 257, 1},  {32, 64, 30, 3},
    {64, 10, 50, 1},    {10, 64, 50, 1},  {30, 30, 1, 5},   {5, 5, 5, 8},      {127, 61, 263, 1},
    {131, 257, 270, 1}, {300, 70, 20, 2}, {48, 600, 33, 1}, {290, 530, 40, 1}, {9, 8, 700, 2},
    {7, 33, 1031, 1},
};
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST_BATCHES = 8 };

static int64_t element_bytes(element_domain d)
{
    return d == ELEMENT_F64 ? 8 : 4;
}

/* Values whose sums round at every step; NaN between the elements, so that reading them shows. */
static matrix make(element_domain d, int64_t rows, int64_t cols, int64_t batches, lie how,
                   uint64_t stream)
{
    static const int64_t pads[LIES] = {0, 0, 3, 1};
    int64_t step = how == LOOSE ? 2 : 1;
    int64_t inner = (how == TURNED ? rows : cols) * step + pads[how];
    matrix x = {.row = how == TURNED ? 1 : inner, .col = how == TURNED ? inner : step};
    x.batch = inner * (how == TURNED ? cols : rows) + 5;
    x.elements = x.batch * batches;
    x.memory = malloc((size_t)(x.elements * element_bytes(d)) + 1);
    for (int64_t i = 0; i < x.elements; i++)
        if (d == ELEMENT_F64)
            ((double *)x.memory)[i] = NAN;
        else
            ((float *)x.memory)[i] = NAN;
    for (int64_t b = 0; b < batches; b++) {
        x.at[b] = x.memory + b * x.batch * element_bytes(d);
        for (int64_t i = 0; i < rows * cols; i++) {
            int64_t at = b * x.batch + i / cols * x.row + i % cols * x.col;
            double v = rng_uniform((rng){7, stream}, (uint64_t)(b * rows * cols + i)) - 0.5;
            if (d == ELEMENT_F64)
                ((double *)x.memory)[at] = v;
            else
                ((float *)x.memory)[at] = (float)v;
        }
    }
    return x;
}

/* Where finished tiles go: every element once. */
typedef struct result {
    element_domain domain;
    int64_t m, n;
    char *value; /* [batches][m][n] */
    uint8_t *times;
    const gemm *g;
} result;

static void take_tile(void *self, int64_t batch, int64_t row, int64_t col, int64_t rows,
                      int64_t cols, void *acc, int64_t ld)
{
    result *r = self;
    int64_t bytes = element_bytes(r->domain);
    assert_true(rows <= r->g->tile_rows && cols <= r->g->tile_cols && cols <= ld);
    assert_true(row + rows <= r->m && col + cols <= r->n);
    assert_true(cols < r->n || ld == cols);
    for (int64_t i = 0; i < rows; i++) {
        int64_t to = (batch * r->m + row + i) * r->n + col;
        memcpy(r->value + to * bytes, (char *)acc + i * ld * bytes, (size_t)(cols * bytes));
        memset((char *)acc + i * ld * bytes, 0xff, (size_t)(cols * bytes)); /* it may be */
        for (int64_t j = 0; j < cols; j++)
            r->times[to + j]++;
    }
}

static void run_all(const gemm *g, const gemm_operands *o)
{
    void *thread = aligned_alloc(64, GEMM_THREAD_BYTES);
    memset(thread, 0xff, GEMM_THREAD_BYTES);
    for (int phase = 0; phase < g->phases; phase++)
        for (int64_t item = g->items[phase] - 1; item >= 0; item--)
            gemm_run(g, phase, item, o, thread);
    free(thread);
}

/* [batches][m][n], by tiles, or straight into memory */
static char *product(gemm *g, const matrix *a, const matrix *b, bool direct)
{
    int64_t bytes = element_bytes(g->domain), each = g->m * g->n, pad = direct ? 3 : 0;
    int64_t all = g->batches * g->m * (g->n + pad);
    result r = {.domain = g->domain, .m = g->m, .n = g->n, .g = g};
    void *out[MOST_BATCHES];
    g->a_row = a->row, g->a_col = a->col, g->b_row = b->row, g->b_col = b->col;
    g->besides = a->row == 1 ? 2 : 0;
    gemm_cut(g);
    assert_true(g->thread_bytes <= GEMM_THREAD_BYTES);
    r.value = malloc((size_t)(all * bytes) + 1);
    r.times = calloc((size_t)all + 1, 1);
    memset(r.value, 0xff, (size_t)(all * bytes));
    void *shared = aligned_alloc(64, (g->shared_bytes + 64) / 64 * 64);
    for (int64_t i = 0; i < g->batches; i++)
        out[i] = r.value + i * g->m * (g->n + pad) * bytes;
    const gemm_beside beside = {r.value, g->n * bytes, bytes};
    const gemm_beside besides[2] = {beside, beside};
    gemm_operands o = {a->at, b->at,  direct ? out : NULL, g->n + pad, shared, take_tile,
                       &r,    besides};
    run_all(g, &o);
    for (int64_t i = 0; i < each * g->batches && !direct; i++)
        assert_int_equal(r.times[i], 1);
    for (int64_t i = 0; i < g->batches * g->m && direct; i++) {
        for (int64_t j = 0; j < pad * bytes; j++) /* nothing beyond a row */
            assert_int_equal((uint8_t)r.value[(i * (g->n + pad) + g->n) * bytes + j], 0xff);
        memmove(r.value + i * g->n * bytes, r.value + i * (g->n + pad) * bytes,
                (size_t)(g->n * bytes));
    }
    free(shared), free(r.times);
    return r.value;
}

static double value(element_domain d, const char *x, int64_t i)
{
    return d == ELEMENT_F64 ? ((const double *)x)[i] : (double)((const float *)x)[i];
}

/* Rounding of each product and each sum: k² terms at worst, √k as it comes. */
static void assert_close(const gemm *g, const char *got, const char *want, const char *what)
{
    double unit = g->domain == ELEMENT_F64 ? 0x1p-53 : 0x1p-24;
    double limit = 16 * unit * ((double)g->k + 4);
    for (int64_t i = 0; i < g->batches * g->m * g->n; i++)
        if (!(fabs(value(g->domain, got, i) - value(g->domain, want, i)) <= limit))
            fail_msg("%s: [%d,%d,%d] element %d: %g is not %g", what, (int)g->m, (int)g->n,
                     (int)g->k, (int)i, value(g->domain, got, i), value(g->domain, want, i));
}

static gemm shape_of(int i, element_domain d)
{
    return (gemm){.domain = d,
                  .m = shapes[i].m,
                  .n = shapes[i].n,
                  .k = shapes[i].k,
                  .batches = shapes[i].batches};
}

static char *product_by(const char *class, int shape, element_domain d, lie la, lie lb, bool direct)
{
    gemm g = shape_of(shape, d);
    matrix a = make(d, g.m, g.k, g.batches, la, 1), b = make(d, g.k, g.n, g.batches, lb, 2);
    setenv("STINT_ISA", class, 1);
    char *out = product(&g, &a, &b, direct);
    unsetenv("STINT_ISA");
    free(a.memory), free(b.memory);
    return out;
}

static void products_are_those_of_the_reference(void **state)
{
    (void)state;
    int n = gemm_classes();
    for (int s = 0; s < SHAPES; s++)
        for (int d = 0; d < 2; d++) {
            gemm g = shape_of(s, (element_domain)d);
            size_t bytes = (size_t)(g.batches * g.m * g.n * element_bytes(g.domain));
            char *want = product_by("ref", s, g.domain, ROWS, ROWS, false);
            for (int class = 1; class < n; class ++) {
                char *first = NULL;
                for (int way = 0; way < LIES * LIES * 2; way++) {
                    char *got = product_by(gemm_table[class]->name, s, g.domain, (lie)(way % LIES),
                                           (lie)(way / LIES % LIES), way >= LIES * LIES);
                    assert_close(&g, got, want, gemm_table[class]->name);
                    if (class == 1) /* no fused multiply-adds: the reference's very bits */
                        assert_memory_equal(got, want, bytes);
                    if (first && memcmp(got, first, bytes) != 0)
                        fail_msg("%s: bits of [%d,%d,%d] differ when the operands lie otherwise",
                                 gemm_table[class]->name, (int)g.m, (int)g.n, (int)g.k);
                    if (first)
                        free(got);
                    else
                        first = got;
                }
                free(first);
            }
            free(want);
        }
}

static void the_reference_is_the_product(void **state)
{
    (void)state;
    const double a[6] = {1, 2, 3, 4, 5, 6}, b[6] = {7, 8, 9, 10, 11, 12};
    const double want[4] = {58, 64, 139, 154};
    double c[4];
    gemm_ref.run[ELEMENT_F64](&(gemm_part){2, 2, 3, a, b, 3, 1, 2, 1, c, 2, NULL});
    assert_memory_equal(c, want, sizeof want);
    const float af[6] = {1, 4, 2, 5, 3, 6}, bf[6] = {7, 9, 11, 8, 10, 12};
    float cf[4];
    gemm_ref.run[ELEMENT_F32](&(gemm_part){2, 2, 3, af, bf, 1, 2, 1, 3, cf, 2, NULL});
    for (int i = 0; i < 4; i++)
        assert_true(cf[i] == (float)want[i]);
}

/* ---- narrow operands */

/* The narrow elements of a matrix, lying as its own do, in `to`; its own are rounded to them.
 * Some are infinite, some denormal. */
static matrix narrowed(matrix *x, gemm_stored how)
{
    static const float odd[] = {INFINITY, -0.0F, 0x1p-24F, -0x1.8p-130F, 65504.0F};
    matrix y = *x;
    y.memory = malloc((size_t)x->elements * 2 + 1);
    for (int64_t i = 0; i < x->elements; i++) {
        float *wide = (float *)x->memory + i;
        if (*wide == *wide && i % 97 == 11)
            *wide = odd[i / 97 % 5];
        uint16_t h = how == GEMM_BF16 ? bf16_from_f32(*wide) : f16_from_f32(*wide);
        *wide = how == GEMM_BF16 ? f32_from_bf16(h) : f32_from_f16(h);
        memcpy(y.memory + 2 * i, &h, 2);
    }
    for (int64_t b = 0; b < MOST_BATCHES; b++)
        y.at[b] = y.memory + b * x->batch * 2;
    return y;
}

static void product_of_narrow(int shape, int how, bool direct)
{
    const gemm_stored a_how = (gemm_stored)(how % GEMM_STORED);
    const gemm_stored b_how = (gemm_stored)(how / GEMM_STORED % GEMM_STORED);
    const lie la = (lie)(how / (GEMM_STORED * GEMM_STORED) % LIES);
    const lie lb = (lie)(how / (GEMM_STORED * GEMM_STORED * LIES));
    gemm g = shape_of(shape, ELEMENT_F32);
    matrix a = make(g.domain, g.m, g.k, g.batches, la, 1);
    matrix b = make(g.domain, g.k, g.n, g.batches, lb, 2);
    matrix narrow_a = a, narrow_b = b;
    if (a_how)
        narrow_a = narrowed(&a, a_how);
    if (b_how)
        narrow_b = narrowed(&b, b_how);
    char *want = product(&g, &a, &b, direct);
    g = shape_of(shape, ELEMENT_F32);
    g.a = a_how, g.b = b_how;
    char *got = product(&g, &narrow_a, &narrow_b, direct);
    if (memcmp(got, want, (size_t)(g.batches * g.m * g.n) * 4) != 0)
        fail_msg("[%d,%d,%d] stored as %d and %d, lying as %d and %d: other bits", (int)g.m,
                 (int)g.n, (int)g.k, (int)a_how, (int)b_how, (int)la, (int)lb);
    if (a_how)
        free(narrow_a.memory);
    if (b_how)
        free(narrow_b.memory);
    free(a.memory), free(b.memory), free(got), free(want);
}

static void narrow_operands_give_the_bits_of_wide_ones(void **state)
{
    (void)state;
    int classes = gemm_classes(), ways = GEMM_STORED * GEMM_STORED * LIES * LIES;
    for (int class = 0; class < classes; class ++) {
        setenv("STINT_ISA", gemm_table[class]->name, 1);
        for (int s = 0; s < SHAPES; s++) {
            bool large = shapes[s].m * shapes[s].n * shapes[s].k > 200000;
            for (int way = 1; way < ways; way += large ? 13 : 1)
                product_of_narrow(s, way, way & 1);
        }
    }
    unsetenv("STINT_ISA");
}

/* Row i of a product of any number of rows or columns has the bits of that of the largest. */
static void bits_depend_on_the_row_and_column_alone(void **state)
{
    (void)state;
    enum { M = 290, N = 530, K = 300 };
    static const int64_t some[] = {1, 2, 3, 7, 11, 13, 31, 100, 265};
    int classes = gemm_classes(), count = sizeof some / sizeof *some;
    matrix a = make(ELEMENT_F32, M, K, 1, ROWS, 3), b = make(ELEMENT_F32, K, N, 1, ROWS, 4);
    for (int class = 1; class < classes; class ++) {
        setenv("STINT_ISA", gemm_table[class]->name, 1);
        gemm whole = {.m = M, .n = N, .k = K, .batches = 1};
        float *want = (float *)product(&whole, &a, &b, false);
        for (int i = 0; i < count * count; i++) {
            gemm g = {.m = some[i % count], .n = some[i / count], .k = K, .batches = 1};
            matrix x = a, y = b;
            x.at[0] = (const float *)a.at[0] + (M - g.m) * K; /* the last rows and columns */
            y.at[0] = (const float *)b.at[0] + (N - g.n);
            float *got = (float *)product(&g, &x, &y, i & 1);
            for (int64_t r = 0; r < g.m; r++)
                assert_memory_equal(got + r * g.n, want + (M - g.m + r) * N + N - g.n,
                                    (size_t)g.n * sizeof(float));
            free(got);
        }
        free(want);
    }
    unsetenv("STINT_ISA");
    free(a.memory), free(b.memory);
}

static void the_environment_asks_for_less(void **state)
{
    (void)state;
    int n = gemm_classes();
    assert_int_equal(gemm_class_best(), n - 1);
    for (int i = 0; i < n; i++) {
        setenv("STINT_ISA", gemm_table[i]->name, 1);
        assert_int_equal(gemm_class_best(), i);
    }
    setenv("STINT_ISA", "abacus", 1);
    assert_int_equal(gemm_class_best(), n - 1);
    unsetenv("STINT_ISA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_is_the_product),
        cmocka_unit_test(products_are_those_of_the_reference),
        cmocka_unit_test(narrow_operands_give_the_bits_of_wide_ones),
        cmocka_unit_test(bits_depend_on_the_row_and_column_alone),
        cmocka_unit_test(the_environment_asks_for_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
