/* Steps run in order and phases in order; every item runs once, on a thread with scratch of its
 * own; the number of threads changes nothing. */
#include "device/device.h"

#include "base/os/os.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { STEPS = 4, PHASES = 3, MOST_ITEMS = 64, MOST_THREADS = 4 };

/* What a fake step saw. */
typedef struct fake {
    int threads, phases, number;
    int64_t items[PHASES];
    atomic_int runs[PHASES][MOST_ITEMS];
    atomic_int done[PHASES], out_of_order, bad_scratch, away;
    struct fake *before;
} fake;

static char *first_scratch;           /* the caller's */
static atomic_int held[MOST_THREADS]; /* of each thread's scratch: items that use it now */
static _Thread_local bool is_caller;

static int fake_phases(const void *args)
{
    return ((const fake *)args)->phases;
}

static int64_t fake_items(const void *args, int phase)
{
    return ((const fake *)args)->items[phase];
}

static bool is_complete(const fake *f, int phase)
{
    return f->done[phase] == f->items[phase];
}

/* All of a scratch is the item's alone while it runs. */
static bool use_scratch(char *scratch, int threads, char mark)
{
    int64_t thread = (scratch - first_scratch) / PLAN_SCRATCH_BYTES;
    if (scratch != first_scratch + thread * PLAN_SCRATCH_BYTES || thread < 0 || thread >= threads ||
        (uintptr_t)scratch % PLAN_ALIGN != 0 || atomic_fetch_add(&held[thread], 1) != 0)
        return false;
    scratch[0] = scratch[PLAN_SCRATCH_BYTES - 1] = mark;
    usleep(mark % 8 == 0 ? 50 : 0);
    bool kept = scratch[0] == mark && scratch[PLAN_SCRATCH_BYTES - 1] == mark;
    atomic_fetch_sub(&held[thread], 1);
    return kept;
}

/* Each element of step k of memory[1] depends on all phases of the steps before. */
static void fake_run(const void *args, int phase, int64_t item, char *const *memory, void *scratch)
{
    fake *f = (fake *)args;
    if (phase > 0 && !is_complete(f, phase - 1))
        atomic_fetch_add(&f->out_of_order, 1);
    for (int i = 0; f->before && i < f->before->phases; i++)
        if (!is_complete(f->before, i))
            atomic_fetch_add(&f->out_of_order, 1);
    if (!is_caller)
        atomic_fetch_add(&f->away, 1);
    if (!use_scratch(scratch, f->threads, (char)item))
        atomic_fetch_add(&f->bad_scratch, 1);
    int64_t *out = (int64_t *)memory[1] + f->number * MOST_ITEMS;
    const int64_t *in = (const int64_t *)memory[0];
    out[item] = out[item] * 31 + in[item] + phase + (f->before ? out[item - MOST_ITEMS] : 0);
    atomic_fetch_add(&f->runs[phase][item], 1);
    atomic_fetch_add(&f->done[phase], 1);
}

static const step_class fake_step = {
    .name = "fake", .phases = fake_phases, .items = fake_items, .run = fake_run};
static const step_class one_phase_step = {.name = "one", .items = fake_items, .run = fake_run};

/* Below 20 us of work a step stays on its caller's thread. */
static const struct {
    double flops, bytes;
    bool shared;
} work[STEPS] = {{1e9, 0, true}, {1e3, 1e3, false}, {0, 1e8, true}, {0, 0, false}};

static void fakes_make(int threads, fake *f, plan_step *steps)
{
    for (int i = 0; i < STEPS; i++) {
        f[i] = (fake){.threads = threads,
                      .phases = i == 2 ? 1 : PHASES,
                      .number = i,
                      .items = {MOST_ITEMS, 1, 7 * i},
                      .before = i > 0 ? &f[i - 1] : NULL};
        steps[i] = (plan_step){.class = i == 2 ? &one_phase_step : &fake_step,
                               .args = &f[i],
                               .flops = work[i].flops,
                               .bytes = work[i].bytes};
    }
}

static void check_fake(const fake *f)
{
    assert_int_equal(f->out_of_order, 0);
    assert_int_equal(f->bad_scratch, 0);
    for (int phase = 0; phase < PHASES; phase++)
        for (int64_t i = 0; i < MOST_ITEMS; i++)
            assert_int_equal(f->runs[phase][i], phase < f->phases && i < f->items[phase]);
    if (!work[f->number].shared || f->threads == 1)
        assert_int_equal(f->away, 0);
}

/* A step of one item runs on the caller's thread, which has the first scratch. */
static void find_run(const void *args, int phase, int64_t item, char *const *memory, void *scratch)
{
    (void)args, (void)phase, (void)item, (void)memory;
    first_scratch = scratch;
}

static int64_t one_item(const void *args, int phase)
{
    (void)args, (void)phase;
    return 1;
}

static const step_class find_step = {.name = "find", .items = one_item, .run = find_run};

static void run_fakes(device *d, int64_t *out)
{
    fake f[STEPS];
    plan_step find = {.class = &find_step, .flops = 1e12}, steps[STEPS];
    int64_t in[MOST_ITEMS];
    for (int i = 0; i < MOST_ITEMS; i++)
        in[i] = i * i + 1;
    fakes_make(device_threads(d), f, steps);
    char *const memory[] = {(char *)in, (char *)out};
    plan p = {.steps = {.at = &find, .n = 1}};
    device_run(d, &p, memory);
    p.steps.at = steps;
    p.steps.n = STEPS;
    device_run(d, &p, memory);
    for (int i = 0; i < STEPS; i++)
        check_fake(&f[i]);
}

static void steps_and_phases_run_in_order(void **state)
{
    (void)state;
    static int64_t want[STEPS * MOST_ITEMS];
    ctx *c = stint_open(NULL);
    is_caller = true;
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        device *d = device_new(c, threads);
        assert_int_equal(device_threads(d), threads);
        int64_t live = budget_live(ctx_budget(c)), peak = budget_peak(ctx_budget(c));
        assert_true(live >= (int64_t)threads * PLAN_SCRATCH_BYTES);
        for (int again = 0; again < 10; again++) {
            int64_t out[STEPS * MOST_ITEMS] = {0};
            run_fakes(d, out);
            if (threads == 1 && again == 0)
                memcpy(want, out, sizeof out);
            assert_memory_equal(out, want, sizeof out);
        }
        assert_int_equal(budget_live(ctx_budget(c)), live);
        assert_int_equal(budget_peak(ctx_budget(c)), peak); /* running allocates nothing */
        device_free(d);
    }
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

/* Both items wait for each other: on one thread they could not. */
static void meet(const void *args, int phase, int64_t item, char *const *memory, void *scratch)
{
    atomic_int *there = (atomic_int *)args;
    (void)phase, (void)item, (void)memory, (void)scratch;
    atomic_fetch_add(there, 1);
    while (atomic_load(there) < 2)
        usleep(10);
}

static int64_t two_items(const void *args, int phase)
{
    (void)args, (void)phase;
    return 2;
}

static void large_steps_are_shared(void **state)
{
    (void)state;
    static const step_class class = {.name = "meet", .items = two_items, .run = meet};
    ctx *c = stint_open(NULL);
    device *d = device_new(c, 2);
    for (int i = 0; i < STEPS; i++) {
        atomic_int there = 0;
        plan_step step = {&class, &there, .flops = work[i].flops, .bytes = work[i].bytes};
        if (work[i].shared)
            device_run(d, &(plan){.steps = {.at = &step, .n = 1}}, NULL);
    }
    device_free(d);
    stint_close(c);
}

static void an_empty_plan_runs(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    device *d = device_new(c, 0);
    assert_int_equal(device_threads(d), cpu_count());
    device_run(d, &(plan){0}, NULL);
    device_free(d);
    device_free(NULL);
    stint_close(c);
}

static void shortage_gives_no_device(void **state)
{
    (void)state;
    ctx *c = stint_open(&(stint_options){.memory_bytes = 2 * (int64_t)PLAN_SCRATCH_BYTES});
    assert_null(device_new(c, 3));
    assert_int_equal(ctx_status(c), STINT_ENOMEM);
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_and_phases_run_in_order),
        cmocka_unit_test(large_steps_are_shared),
        cmocka_unit_test(an_empty_plan_runs),
        cmocka_unit_test(shortage_gives_no_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
