/* Labels from probabilities: thresholds, the k likeliest against a plain search, ties. */
#include "base/labels.h"
#include "base/rng.h"

#include "unit/fixture.h"

#include <string.h>

enum { LABELS = 37, ROWS = 50, STRIDE = 53 };

/* The k-th label is held if fewer than top_k are likelier, or as likely and before it. */
static int is_among(const double *p, int label, int top_k)
{
    int before = 0;
    for (int k = 0; k < LABELS; k++)
        before +=
            p[k * STRIDE] > p[label * STRIDE] || (p[k * STRIDE] == p[label * STRIDE] && k < label);
    return before < top_k;
}

static void the_likeliest_are_those_of_a_plain_search(void **state)
{
    (void)state;
    static double p[LABELS * STRIDE];
    uint8_t out[LABELS * ROWS];
    for (uint64_t steps = 2; steps < 2000; steps *= 30) {
        for (int i = 0; i < LABELS * STRIDE; i++)
            p[i] = floor(rng_uniform((rng){steps, RNG_GENERATE}, (uint64_t)i) * (double)steps);
        for (int top_k = 1; top_k <= LABELS; top_k += 4) {
            labels_decode(&(label_decode){0.5, top_k}, LABELS, p, ROWS, STRIDE, out);
            for (int i = 0; i < ROWS; i++)
                for (int k = 0; k < LABELS; k++)
                    assert_int_equal(out[k * ROWS + i], is_among(p + i, k, top_k));
        }
    }
}

static void a_threshold_is_reached(void **state)
{
    (void)state;
    static const double p[] = {0.3, 0.29, NAN, 1};
    uint8_t out[4];
    labels_decode(&(label_decode){0.3, 0}, 2, p, 2, 2, out);
    assert_memory_equal(out, ((uint8_t[]){1, 0, 0, 1}), 4);
}

static void nothing_is_read_beyond_the_labels(void **state)
{
    (void)state;
    static const double p[] = {0.1, 0.2};
    uint8_t out[2] = {7, 7};
    labels_decode(&(label_decode){0.5, 5}, 2, p, 1, 1, out);
    assert_memory_equal(out, ((uint8_t[]){1, 1}), 2);
    labels_decode(&(label_decode){0.5, 1}, 2, p, 0, 1, out);
    assert_memory_equal(out, ((uint8_t[]){1, 1}), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_likeliest_are_those_of_a_plain_search),
        cmocka_unit_test(a_threshold_is_reached),
        cmocka_unit_test(nothing_is_read_beyond_the_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
