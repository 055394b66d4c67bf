/* The cells of recurrent nets: every instruction set against the reference, of any number of
 * units; and none writes beyond them. */
#include "base/rng.h"
#include "kernel/kernel.h"
#include "kernel/sequence.h"
#include "unit/fixture.h"

enum { UNITS_MOST = 37, PARTS = 6, ROOM = UNITS_MOST * PARTS, GUARD = 16 };

typedef struct room {
    float in[6][ROOM];
    float out[3][ROOM + GUARD];
} room;

static void fill(room *r)
{
    for (int k = 0; k < 6; k++)
        for (int i = 0; i < ROOM; i++)
            r->in[k][i] = (float)rng_normal((rng){31, 5}, (uint64_t)(k * ROOM + i));
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < ROOM + GUARD; i++)
            r->out[k][i] = (float)(0.25 * (k + 1));
    for (int i = 0; i < 4; i++) /* large arguments, too */
        r->in[0][i] = (float)(i % 2 ? 200 : -200);
}

static void run(const sequence_class *k, sequence_cell cell, int64_t h, bool back, bool given,
                room *r)
{
    fill(r);
    sequence_step forth = {.h = h,
                           .product = r->in[0],
                           .gates = r->in[1],
                           .bias = r->in[2],
                           .before = r->in[3],
                           .after = r->out[0]};
    sequence_back from = {.h = h,
                          .kept = r->in[1],
                          .before = r->in[2],
                          .of_a = given ? r->in[3] : NULL,
                          .of_c = given ? r->in[4] : NULL,
                          .of_h = given ? r->in[5] : NULL,
                          .product = r->in[0],
                          .keep_h = r->out[1],
                          .keep_c = r->out[2],
                          .out = r->out[0]};
    if (back)
        k->back[cell](&from);
    else
        k->step[cell](&forth);
}

static void cells_are_the_references(void **state)
{
    (void)state;
    static room want, got;
    const sequence_class *all[] = {&sequence_baseline, sequence_of(ELEMENT_F32)};
    for (int k = 0; k < 2; k++)
        for (int64_t h = 1; h <= UNITS_MOST; h++)
            for (int how = 0; how < 8; how++) {
                sequence_cell cell = how & 1 ? SEQUENCE_GRU : SEQUENCE_LSTM;
                run(&sequence_ref_f32, cell, h, how & 2, how & 4, &want);
                run(all[k], cell, h, how & 2, how & 4, &got);
                for (int o = 0; o < 3; o++)
                    for (int i = 0; i < ROOM + GUARD; i++) {
                        double error = fabs((double)got.out[o][i] - (double)want.out[o][i]);
                        if (!(error <= 2e-6 * fmax(1, fabs((double)want.out[o][i]))))
                            fail_msg("%s, %d, %d units: out %d, element %d is %g, not %g",
                                     all[k]->name, how, (int)h, o, i, (double)got.out[o][i],
                                     (double)want.out[o][i]);
                    }
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cells_are_the_references)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
