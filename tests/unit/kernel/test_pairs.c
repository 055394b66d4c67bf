/* Pools by two: every instruction set against each window by itself, of any number of windows in a
 * row; ties, NaNs and zeros of both signs among them; and none writes beyond its rows. */
#include "base/rng.h"
#include "kernel/kernel.h"
#include "kernel/pairs.h"
#include "unit/fixture.h"

enum { WINDOWS_MOST = 37, ROWS = 3, WIDTH_MOST = 2 * WINDOWS_MOST + 1, GUARD = 32, AT = 5 };
enum { ELEMENTS = 2 * ROWS * WIDTH_MOST + GUARD, FOUND = ROWS * WINDOWS_MOST + GUARD };

typedef struct room {
    float x[ELEMENTS], values[FOUND], put[ELEMENTS];
    int32_t index[FOUND];
} room;

static void fill(room *r)
{
    static const float among[] = {0, -0.0f, NAN, 1, 1, -1, 2};
    memset(r, 0x55, sizeof *r);
    for (int i = 0; i < ELEMENTS; i++)
        r->x[i] = among[rng_below((rng){11, 3}, (uint64_t)i, sizeof among / sizeof *among)];
}

static void run(const pairs_class *k, int64_t n, int64_t width, room *r)
{
    fill(r);
    k->greatest(r->x, width, AT, ROWS, n, r->index, r->values);
    k->put(r->values, r->index, AT, ROWS, n, width, r->put);
}

static void run_by_one(int64_t n, int64_t width, room *r)
{
    fill(r);
    for (int64_t q = 0; q < ROWS * n; q++) {
        int64_t first = 2 * (q / n) * width + 2 * (q % n);
        const int64_t places[] = {first, first + 1, first + width, first + width + 1};
        int64_t best = first;
        for (int i = 1; i < 4; i++)
            if (!isnan(r->x[best]) && !(r->x[places[i]] <= r->x[best]))
                best = places[i];
        r->index[q] = (int32_t)(best + AT);
        r->values[q] = r->x[best];
        for (int i = 0; i < 4; i++)
            r->put[places[i]] = 0;
        r->put[best] += r->x[best];
    }
}

static void pairs_are_windows_by_themselves(void **state)
{
    (void)state;
    static room want, got;
    const pairs_class *all[] = {&pairs_baseline, pairs()};
    for (int k = 0; k < 2; k++)
        for (int64_t n = 1; n <= WINDOWS_MOST; n++)
            for (int64_t width = 2 * n; width <= 2 * n + 1; width++) {
                run(all[k], n, width, &got);
                run_by_one(n, width, &want);
                if (memcmp(&got, &want, sizeof got) != 0)
                    fail_msg("%s differs: %d windows in rows of %d", all[k]->name, (int)n,
                             (int)width);
            }
}

static void the_table_is_as_asked(void **state)
{
    (void)state;
    static room want, got;
    run_by_one(9, 18, &want);
    const char *const names[] = {"baseline", "avx2", "avx512"};
    for (int i = 0; i < 3; i++) {
        setenv("STINT_ISA", names[i], 1);
        assert_string_equal(pairs()->name, kernel()->name);
        run(pairs(), 9, 18, &got);
        assert_memory_equal(&got, &want, sizeof got);
    }
    unsetenv("STINT_ISA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_windows_by_themselves),
        cmocka_unit_test(the_table_is_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
