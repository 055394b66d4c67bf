/* Steps of recurrent nets: every instruction set and domain against the reference, of any number
 * of units and of some rows of a batch; and none writes to other rows or beyond. */
#include "base/rng.h"
#include "kernel/gemm_class.h"
#include "kernel/sequence.h"
#include "unit/fixture.h"

enum { UNITS_MOST = 70, BATCH = 9, PARTS = 6, GUARD = 16 };
enum { VALUES = BATCH * PARTS * UNITS_MOST, INPUTS = 7, OUTPUTS = 3 };
enum { WEIGHTS = 4 * UNITS_MOST * UNITS_MOST, PANELS = 4 * UNITS_MOST * 2 * 128 };
enum { OF_INPUT = 5, INPUT_PANELS = 4 * OF_INPUT * 2 * 128 };

static const int64_t some[] = {7, 0, 1, 5, 3, 8, 2}; /* rows */

typedef struct room {
    double in[INPUTS][VALUES], w[WEIGHTS];
    double out[OUTPUTS][VALUES + GUARD];
    double panels[PANELS], input_panels[INPUT_PANELS];
} room;

/* What a step sees: f64 as it is, f32 rounded */
static void put(double *x, int64_t n, element_domain d)
{
    for (int64_t i = 0; i < n && d == ELEMENT_F32; i++) {
        float v = (float)x[i];
        memcpy((char *)x + i * 4, &v, sizeof v);
    }
}

static void take(double *x, int64_t n, element_domain d)
{
    for (int64_t i = n - 1; i >= 0 && d == ELEMENT_F32; i--) {
        float v;
        memcpy(&v, (char *)x + i * 4, sizeof v);
        x[i] = (double)v;
    }
}

/* Of either domain */
static double number(uint64_t seed, int64_t i)
{
    return (double)(float)rng_normal((rng){seed, 5}, (uint64_t)i);
}

static void fill(room *r)
{
    for (int k = 0; k < INPUTS; k++)
        for (int64_t i = 0; i < VALUES; i++)
            r->in[k][i] = number(31 + (uint64_t)k, i) / 2;
    for (int64_t i = 0; i < WEIGHTS; i++)
        r->w[i] = number(30, i) / 8;
    for (int k = 0; k < OUTPUTS; k++)
        for (int64_t i = 0; i < VALUES + GUARD; i++)
            r->out[k][i] = 0.25;
    for (int i = 0; i < 4; i++) /* large arguments, too */
        r->in[0][i] = i % 2 ? 200 : -200;
    r->in[0][4] = -(double)INFINITY;
    r->in[0][5] = (double)INFINITY;
}

/* As the header has it: of w [depth][gates h], or back of its transpose */
static int64_t pack(const sequence_class *k, sequence_cell cell, int64_t h, int64_t depth,
                    bool back, const double *w, double *to)
{
    int64_t gates = sequence_parts_of[cell].gates, columns = gates * h, at = 0;
    int64_t width = (back ? SEQUENCE_BACK_VECTORS : 1) * k->lanes;
    for (int64_t j = 0; j < h; j += width)
        for (int64_t p = 0; p < (back ? columns : depth); p++)
            for (int64_t g = 0; g < (back ? 1 : gates); g++)
                for (int64_t u = j; u < j + width; u++)
                    to[at++] = u >= h ? 0 : w[back ? u * columns + p : p * columns + g * h + u];
    return at;
}

typedef struct how {
    sequence_cell cell;
    int64_t h, rows;
    bool back, given, next, first, made;
} how;

static void forth(const sequence_class *k, const how *x, room *r)
{
    k->step[x->cell](&(sequence_step){.h = x->h,
                                      .rows = x->rows,
                                      .row = some,
                                      .panels = r->panels,
                                      .gates = x->made ? NULL : r->in[0],
                                      .gates_row = 4 * x->h + 3,
                                      .input = {.inputs = OF_INPUT,
                                                .x = r->in[0],
                                                .x_row = OF_INPUT + 2,
                                                .panels = r->input_panels,
                                                .bias = x->given ? r->in[1] : NULL},
                                      .bias = r->in[2],
                                      .before = r->in[3],
                                      .after = r->out[0]});
}

static void back(const sequence_class *k, const how *x, room *r)
{
    sequence_back s = {.h = x->h,
                       .rows = x->rows,
                       .row = some,
                       .panels = r->panels,
                       .kept = x->first ? NULL : r->in[1],
                       .before = x->first ? NULL : r->in[2],
                       .of_a = x->given ? r->in[3] : NULL,
                       .of_c = x->given ? r->in[4] : NULL,
                       .of_h = x->given ? r->in[5] : NULL,
                       .of_a_row = 4 * x->h,
                       .of_c_row = x->h + 1,
                       .of_h_row = x->h,
                       .next = x->next ? r->in[6] : NULL,
                       .keep_h = r->out[1],
                       .keep_c = r->out[2],
                       .out = r->out[0]};
    (x->first ? k->first : k->back)[x->cell](&s);
}

static void run(int path, element_domain d, const how *x, room *r)
{
    const sequence_class *k = sequence_of(path, d);
    fill(r);
    memset(r->panels, 0, sizeof r->panels);
    memset(r->input_panels, 0, sizeof r->input_panels);
    assert_true(pack(k, x->cell, x->h, x->h, x->back, r->w, r->panels) <= PANELS);
    if (x->made) { /* of other weights; finite inputs */
        assert_true(pack(k, x->cell, x->h, OF_INPUT, false, r->w + 1, r->input_panels) <=
                    INPUT_PANELS);
        for (int i = 0; i < 6; i++)
            r->in[0][i] = i - 2.5;
    }
    for (int i = 0; i < INPUTS; i++)
        put(r->in[i], VALUES, d);
    for (int i = 0; i < OUTPUTS; i++)
        put(r->out[i], VALUES + GUARD, d);
    put(r->panels, PANELS, d);
    put(r->input_panels, INPUT_PANELS, d);
    (x->back ? back : forth)(k, x, r);
    for (int i = 0; i < OUTPUTS; i++)
        take(r->out[i], VALUES + GUARD, d);
}

static void compare(int path, element_domain d, const how *x)
{
    static room want, got;
    double error = d == ELEMENT_F32 ? 4e-6 : 1e-13;
    run(0, ELEMENT_F64, x, &want);
    run(path, d, x, &got);
    for (int o = 0; o < OUTPUTS; o++)
        for (int i = 0; i < VALUES + GUARD; i++) {
            double y = want.out[o][i], z = got.out[o][i];
            if (!(fabs(z - y) <= error * fmax(1, fabs(y))))
                fail_msg(
                    "%s f%d, cell %d, %d units, %d rows, %d %d %d %d %d: out %d, %d is %g, not %g",
                    gemm_table[path]->name, d == ELEMENT_F32 ? 32 : 64, (int)x->cell, (int)x->h,
                    (int)x->rows, x->back, x->given, x->next, x->first, x->made, o, i, z, y);
        }
}

static void steps_are_the_references(void **state)
{
    (void)state;
    static const int64_t units[] = {1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 48, UNITS_MOST};
    for (int path = 0; path < gemm_classes(); path++)
        for (size_t u = 0; u < sizeof units / sizeof *units; u++)
            for (int bits = 0; bits < 64; bits++) {
                how x = {.cell = bits & 1 ? SEQUENCE_GRU : SEQUENCE_LSTM,
                         .h = units[u],
                         .rows = 1 + (bits + (int)u) % 7,
                         .back = bits & 2,
                         .given = bits & 4,
                         .next = bits & 8,
                         .first = bits & 16};
                if (x.back || bits < 2)
                    compare(path, bits & 32 ? ELEMENT_F64 : ELEMENT_F32, &x);
                if (bits < 2)
                    compare(path, ELEMENT_F64, &x);
                x.made = !x.back && !x.next && !x.first;
                if (x.made)
                    compare(path, bits & 32 ? ELEMENT_F64 : ELEMENT_F32, &x);
            }
}

/* A row's bits are the same whichever rows are beside it. */
static void rows_are_alone(void **state)
{
    (void)state;
    static room all, one;
    for (int bits = 0; bits < 4; bits++) {
        how x = {.cell = bits & 1 ? SEQUENCE_GRU : SEQUENCE_LSTM,
                 .h = UNITS_MOST,
                 .rows = 7,
                 .back = bits & 2,
                 .next = true};
        run(gemm_class_best(), ELEMENT_F32, &x, &all);
        for (int rows = 1; rows < 7; rows++) {
            x.rows = rows;
            run(gemm_class_best(), ELEMENT_F32, &x, &one);
            int64_t parts =
                x.back ? sequence_parts_of[x.cell].back : sequence_parts_of[x.cell].kept;
            for (int i = 0; i < rows; i++)
                assert_memory_equal(one.out[0] + some[i] * parts * x.h,
                                    all.out[0] + some[i] * parts * x.h,
                                    (size_t)(parts * x.h) * sizeof(double));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_are_the_references),
                                       cmocka_unit_test(rows_are_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
