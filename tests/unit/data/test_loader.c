/* Batches are the same whoever fills them: order, bytes, places, ends. */
#include "base/fault.h"
#include "base/rng.h"
#include "stint/loader.h"
#include "unit/fixture.h"

enum { N = 1003, WIDTH = 9 };

static float data_x[N * WIDTH];
static int64_t data_y[N];

/* Once: while a loader is open its threads read. */
static void data_fill(void)
{
    for (int64_t i = 0; i < N; i++) {
        data_y[i] = i * 3;
        for (int64_t j = 0; j < WIDTH; j++)
            data_x[i * WIDTH + j] = (float)(i * WIDTH + j);
    }
}

static stint_samples samples_of(int64_t n)
{
    stint_samples s;
    stint_rows rows[] = {{data_x, STINT_F32, WIDTH, 0}, {data_y, STINT_I64, 0, 0}};
    assert_int_equal(stint_samples_rows(2, rows, n, &s), STINT_OK);
    return s;
}

static stint_loader *loader_of(fixture *t, int64_t n, const stint_loader_settings *settings)
{
    stint_samples s = samples_of(n);
    stint_loader *l = stint_loader_new(t->ctx, &s, settings);
    if (!l)
        fail_msg("%s", stint_message(t->ctx));
    return l;
}

static const stint_batch *next_of(stint_loader *l)
{
    const stint_batch *b;
    assert_int_equal(stint_loader_next(l, &b), STINT_OK);
    return b;
}

/* A batch is what its place says, to the byte. */
static void check_batch(const stint_loader *l, const stint_batch *b, int64_t epoch, int64_t number,
                        int64_t rows)
{
    assert_non_null(b);
    assert_int_equal(b->epoch, epoch);
    assert_int_equal(b->number, number);
    assert_int_equal(b->rows, rows);
    assert_in_range(b->slot, 0, stint_loader_slots(l) - 1);
    assert_int_equal((uintptr_t)b->data[0] % 64, 0);
    assert_int_equal((uintptr_t)b->data[1] % 64, 0);
    for (int64_t i = 0; i < rows; i++) {
        int64_t sample = b->index[i];
        assert_int_equal(sample, stint_loader_sample(l, epoch, b->first + i));
        assert_int_equal(((const int64_t *)b->data[1])[i], data_y[sample]);
        assert_memory_equal((const float *)b->data[0] + i * WIDTH, data_x + sample * WIDTH,
                            WIDTH * sizeof(float));
    }
}

/* An epoch of n samples from batch `number` on; seen counts them. */
static void check_epoch(stint_loader *l, int64_t n, int64_t batch, bool drop_last, int64_t epoch,
                        int64_t number, int *seen)
{
    int64_t whole = n / batch, last = drop_last ? 0 : n % batch;
    assert_int_equal(stint_loader_batches(l), whole + (last > 0));
    stint_loader_seek(l, epoch, number);
    for (int64_t i = number; i < whole + (last > 0); i++) {
        const stint_batch *b = next_of(l);
        check_batch(l, b, epoch, i, i < whole ? batch : last);
        assert_int_equal(b->first, i * batch);
        for (int64_t k = 0; seen && k < b->rows; k++)
            seen[b->index[k]]++;
    }
    for (int i = 0; i < 2; i++)
        assert_null(next_of(l));
}

/* --- order and bytes ------------------------------------------------------------------------- */

static const int64_t ns[] = {1, 5, 64, 300, N}, batches[] = {1, 7, 64, 5000};

static void every_sample_once(void **state)
{
    fixture *t = *state;
    for (int workers = 0; workers <= 3; workers += workers == 1 ? 2 : 1)
        for (size_t k = 0; k < 5 * 4 * 4; k++) {
            int64_t n = ns[k % 5], batch = batches[k / 5 % 4];
            bool shuffle = k / 20 % 2, drop_last = k / 40;
            int seen[N] = {0};
            stint_loader *l = loader_of(t, n,
                                        &(stint_loader_settings){.batch = batch,
                                                                 .shuffle = shuffle,
                                                                 .drop_last = drop_last,
                                                                 .seed = 5,
                                                                 .workers = workers,
                                                                 .prefetch = (int)(k % 4) + 1});
            for (int64_t epoch = 0; epoch < 3; epoch++)
                check_epoch(l, n, batch, drop_last, epoch, 0, seen);
            if (!drop_last)
                for (int64_t i = 0; i < n; i++)
                    assert_int_equal(seen[i], 3);
            for (int64_t i = 0; !shuffle && i < n; i++)
                assert_int_equal(stint_loader_sample(l, 2, i), i);
            stint_loader_free(l);
        }
}

static void orders_differ_by_epoch_and_seed(void **state)
{
    fixture *t = *state;
    stint_loader *a =
        loader_of(t, N, &(stint_loader_settings){.batch = 10, .shuffle = true, .seed = 1});
    stint_loader *b =
        loader_of(t, N, &(stint_loader_settings){.batch = 77, .shuffle = true, .seed = 1});
    stint_loader *c =
        loader_of(t, N, &(stint_loader_settings){.batch = 10, .shuffle = true, .seed = 2});
    int epochs = 0, seeds = 0;
    for (int64_t i = 0; i < N; i++) {
        int64_t at = stint_loader_sample(a, 4, i);
        assert_int_equal(at, stint_loader_sample(b, 4, i)); /* whatever the batch */
        epochs += at == stint_loader_sample(a, 5, i);
        seeds += at == stint_loader_sample(c, 4, i);
    }
    assert_true(epochs < 10 && seeds < 10);
    assert_int_equal(stint_loader_sample(a, 0, -1), -1);
    assert_int_equal(stint_loader_sample(a, 0, N), -1);
    stint_loader_free(a);
    stint_loader_free(b);
    stint_loader_free(c);
}

/* --- places ---------------------------------------------------------------------------------- */

/* Seeks to wherever, from wherever: in the middle, back, to an end, to the next epoch. */
static void seeks_find_their_batch(void **state)
{
    fixture *t = *state;
    rng r = {9, 9};
    uint64_t draw = 0;
    for (int workers = 0; workers <= 3; workers++) {
        stint_loader *l = loader_of(t, N,
                                    &(stint_loader_settings){.batch = 100,
                                                             .shuffle = true,
                                                             .seed = -3,
                                                             .workers = workers,
                                                             .prefetch = 1 + workers});
        for (int i = 0; i < 150; i++) {
            int64_t epoch = (int64_t)rng_below(r, draw++, 4);
            int64_t at = (int64_t)rng_below(r, draw++, 12);
            int64_t steps = (int64_t)rng_below(r, draw++, 5);
            stint_loader_seek(l, epoch, at);
            for (; steps > 0 && at < 11; steps--, at++)
                check_batch(l, next_of(l), epoch, at, at < 10 ? 100 : 3);
            if (at >= 11)
                assert_null(next_of(l));
        }
        check_epoch(l, N, 100, false, 3, 4, NULL);
        check_epoch(l, N, 100, false, 4, 0, NULL);
        stint_loader_seek(l, 7, -5);
        check_batch(l, next_of(l), 7, 0, 100);
        stint_loader_seek(l, 7, INT64_MAX);
        assert_null(next_of(l));
        stint_loader_free(l);
    }
}

/* Samples that count how often they are filled. */
typedef struct counted {
    stint_samples rows;
    _Atomic int64_t filled;
} counted;

static void fill_counted(const stint_samples *s, const int64_t *index, int64_t n, void *const *out)
{
    counted *c = (counted *)s->self;
    c->filled += n;
    c->rows.fill(&c->rows, index, n, out);
}

/* Going on from an epoch's end drops nothing: what is filled is what is taken, and at most what
 * stands in the slots. */
static void epochs_go_on_without_loss(void **state)
{
    fixture *t = *state;
    static counted c;
    c.rows = samples_of(N);
    stint_samples s = c.rows;
    s.self = &c;
    s.fill = fill_counted;
    for (int workers = 0; workers <= 2; workers++) {
        c.filled = 0;
        stint_loader_settings settings = {
            .batch = 59, .shuffle = true, .workers = workers, .prefetch = 3};
        stint_loader *l = stint_loader_new(t->ctx, &s, &settings);
        assert_non_null(l);
        for (int64_t epoch = 0; epoch < 20; epoch++) {
            stint_loader_seek(l, epoch, 0);
            stint_loader_seek(l, epoch, 0); /* where it stands already */
            while (next_of(l))
                ;
        }
        stint_loader_facts f = stint_loader_report(l);
        assert_int_equal(f.rows, 20 * N);
        assert_int_equal(f.batches, 20 * N / 59);
        stint_loader_free(l);
        assert_in_range(c.filled, 20 * N, 20 * N + (workers > 0 ? 4 * 59 : 0));
    }
}

/* Slow to fill, so that a seek comes while every slot is being filled. */
static void fill_slowly(const stint_samples *s, const int64_t *index, int64_t n, void *const *out)
{
    counted *c = (counted *)s->self;
    for (int64_t i = 0; i < n; i++) {
        void *rows[] = {(float *)out[0] + i * WIDTH, (int64_t *)out[1] + i};
        usleep(5);
        c->rows.fill(&c->rows, index + i, 1, rows);
    }
}

static void seeks_wait_for_what_is_being_filled(void **state)
{
    fixture *t = *state;
    static counted c;
    c.rows = samples_of(N);
    stint_samples s = c.rows;
    s.self = &c;
    s.fill = fill_slowly;
    stint_loader_settings settings = {.batch = 20, .shuffle = true, .workers = 3, .prefetch = 2};
    stint_loader *l = stint_loader_new(t->ctx, &s, &settings);
    assert_non_null(l);
    for (int64_t i = 0; i < 60; i++) {
        stint_loader_seek(l, i % 3, i * 7 % 40);
        check_batch(l, next_of(l), i % 3, i * 7 % 40, 20);
        if (i % 2)
            check_batch(l, next_of(l), i % 3, i * 7 % 40 + 1, 20);
    }
    stint_loader_free(l);
}

static void batches_can_be_resized(void **state)
{
    fixture *t = *state;
    static const int64_t sizes[] = {20, 100, 3, 500, 5000, 1, 64};
    for (int workers = 0; workers <= 3; workers += 3) {
        stint_loader *l = loader_of(
            t, N, &(stint_loader_settings){.batch = 50, .shuffle = true, .workers = workers});
        int64_t before = 50, epoch = 0;
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            stint_loader_seek(l, epoch, 0);
            check_batch(l, next_of(l), epoch, 0, before < N ? before : N);
            assert_int_equal(stint_loader_resize(l, sizes[k]), STINT_OK);
            if (before * 2 < N) /* until the next seek, as before */
                check_batch(l, next_of(l), epoch, 1, before);
            check_epoch(l, N, sizes[k], false, ++epoch, 0, NULL);
            before = sizes[k];
        }
        assert_int_equal(stint_loader_resize(l, 0), STINT_EUSAGE);
        assert_message(t, "a batch of 0 samples");
        stint_loader_free(l);
    }
}

/* --- weights --------------------------------------------------------------------------------- */

static void weighted_samples_have_their_chances(void **state)
{
    fixture *t = *state;
    static const double weight[] = {1, 0, 2, 5, 2};
    enum { DRAWS = 20000 };
    for (int workers = 0; workers <= 2; workers += 2) {
        int seen[N] = {0};
        stint_loader *l = loader_of(
            t, 5,
            &(stint_loader_settings){
                .batch = 64, .seed = 3, .weights = weight, .draws = DRAWS, .workers = workers});
        check_epoch(l, DRAWS, 64, false, 0, 0, seen);
        for (int i = 0; i < 5; i++)
            assert_true(fabs(seen[i] - weight[i] * DRAWS / 10) <= 5 * sqrt(DRAWS * 0.25));
        assert_int_equal(seen[1], 0);
        stint_loader_free(l);
    }
    stint_loader *l = loader_of(t, 5, &(stint_loader_settings){.batch = 2, .weights = weight});
    check_epoch(l, 5, 2, false, 3, 1, NULL);
    stint_loader_free(l);
}

/* --- threads --------------------------------------------------------------------------------- */

/* Freed, or sent elsewhere, while threads fill. */
static void freed_at_any_moment(void **state)
{
    fixture *t = *state;
    for (int i = 0; i < 200; i++) {
        stint_loader *l = loader_of(
            t, N,
            &(stint_loader_settings){
                .batch = 200, .shuffle = true, .workers = 1 + i % 4, .prefetch = 1 + i % 3});
        for (int k = 0; k < i % 7; k++)
            (void)next_of(l);
        if (i % 5 == 0)
            stint_loader_seek(l, i, i % 4);
        stint_loader_free(l);
    }
    stint_loader_free(NULL);
}

static void two_loaders_take_turns(void **state)
{
    fixture *t = *state;
    stint_loader_settings train = {.batch = 32, .shuffle = true, .workers = 1};
    stint_loader_settings validate = {.batch = 100, .workers = 1};
    stint_loader *a = loader_of(t, 800, &train), *b = loader_of(t, 203, &validate);
    for (int64_t epoch = 0; epoch < 5; epoch++) {
        check_epoch(a, 800, 32, false, epoch, 0, NULL);
        check_epoch(b, 203, 100, false, epoch, 0, NULL);
    }
    stint_loader_free(a);
    stint_loader_free(b);
}

static void workers_by_cores(void **state)
{
    fixture *t = *state;
    int cores = cpu_count();
    stint_loader *l =
        loader_of(t, N, &(stint_loader_settings){.batch = 10, .workers = -1, .prefetch = 64});
    stint_loader_facts f = stint_loader_report(l);
    assert_in_range(f.workers, cores < 2 ? 0 : 1, cores < 8 ? 1 : cores / 4);
    assert_int_equal(f.prefetch, f.workers ? 64 : 0);
    assert_int_equal(stint_loader_slots(l), f.prefetch + 1);
    assert_true(f.bytes >= (f.prefetch + 1) * 10 * (WIDTH * 4 + 8 + 8));
    stint_loader_free(l);
}

/* --- memory and errors ----------------------------------------------------------------------- */

/* Next allocates nothing, an epoch's end neither. */
static void next_allocates_nothing(void **state)
{
    fixture *t = *state;
    for (int workers = 0; workers <= 2; workers++) {
        stint_loader *l = loader_of(
            t, N, &(stint_loader_settings){.batch = 30, .shuffle = true, .workers = workers});
#ifdef STINT_FAULTS
        fault_arm("*:alloc:1");
#endif
        int64_t live = budget_live(ctx_budget(t->ctx));
        for (int64_t epoch = 0; epoch < 4; epoch++)
            check_epoch(l, N, 30, false, epoch, 0, NULL);
        stint_loader_seek(l, 2, 5);
        assert_non_null(next_of(l));
        assert_int_equal(stint_loader_resize(l, 20), STINT_OK);
        check_epoch(l, N, 20, false, 2, 0, NULL);
        assert_int_equal(budget_live(ctx_budget(t->ctx)), live);
#ifdef STINT_FAULTS
        assert_true(fault_now(FAULT_ALLOC)); /* none has used it */
        fault_arm(NULL);
#endif
        stint_loader_free(l);
    }
}

/* Where the budget has not room for all slots there are fewer, at least one; where not for one, an
 * error. */
static void a_small_budget_prefetches_less(void **state)
{
    (void)state;
    enum { BATCH = 500, SLOT = BATCH * (WIDTH * 4 + 8 + 8) };
    stint_samples s = samples_of(N);
    int before = 0, refused = 0, met = 0;
    for (int64_t bytes = SLOT / 2; bytes < 8 * SLOT; bytes += SLOT / 3) {
        fixture heard = {.log = ""};
        heard.ctx = stint_open(&(stint_options){
            .memory_bytes = bytes + 4096, .sink = fixture_hear, .sink_self = &heard});
        stint_loader *l = stint_loader_new(
            heard.ctx, &s,
            &(stint_loader_settings){.batch = BATCH, .shuffle = true, .workers = 2, .prefetch = 4});
        if (l) {
            int slots = stint_loader_slots(l);
            assert_in_range(slots, before > 1 ? before : 1, 5);
            assert_true(slots == 5 || (slots + 2) * SLOT > bytes);
            assert_int_equal(stint_loader_report(l).prefetch, slots - 1);
            check_epoch(l, N, BATCH, false, 0, 0, NULL);
            check_epoch(l, N, BATCH, false, 1, 0, NULL);
            assert_string_equal(stint_message(heard.ctx), "");
            met += slots != before;
            before = slots;
        } else {
            assert_int_equal(before, 0);
            assert_message(&heard, "memory");
            refused++;
        }
        stint_loader_free(l);
        stint_close(heard.ctx);
        assert_string_equal(heard.log, "");
    }
    assert_int_equal(before, 5);
    assert_int_equal(met, 5);
    assert_true(refused > 0);
}

/* A size that the budget refuses leaves the loader as it was. */
static void a_refused_resize_changes_nothing(void **state)
{
    (void)state;
    stint_samples s = samples_of(N);
    fixture heard = {.log = ""};
    heard.ctx = stint_open(
        &(stint_options){.memory_bytes = 32768, .sink = fixture_hear, .sink_self = &heard});
    for (int workers = 0; workers <= 2; workers += 2) {
        stint_loader *l = stint_loader_new(
            heard.ctx, &s,
            &(stint_loader_settings){.batch = 100, .shuffle = true, .workers = workers});
        assert_non_null(l);
        check_batch(l, next_of(l), 0, 0, 100);
        assert_int_equal(stint_loader_resize(l, N), STINT_ENOMEM);
        stint_clear(heard.ctx);
        check_batch(l, next_of(l), 0, 1, 100);
        check_epoch(l, N, 100, false, 1, 0, NULL);
        stint_loader_free(l);
    }
    stint_close(heard.ctx);
    assert_string_equal(heard.log, "");
}

static void loaders_that_cannot_be(void **state)
{
    fixture *t = *state;
    stint_samples made = samples_of(N);
    static const double negative[N] = {-1};
    static const struct {
        int64_t n;
        int arrays;
        stint_dtype dtype;
        stint_loader_settings settings;
        const char *why;
    } cases[] = {
        {0, 1, STINT_F32, {.batch = 1}, "no samples"},
        {4, 0, STINT_F32, {.batch = 1}, "0 arrays"},
        {4, 5, STINT_F32, {.batch = 1}, "5 arrays"},
        {4, 1, (stint_dtype)77, {.batch = 1}, "array 0"},
        {4, 1, STINT_F32, {.batch = 0}, "a batch of 0 samples"},
        {4, 1, STINT_F32, {.batch = 1, .workers = -2}, "workers -2"},
        {4, 1, STINT_F32, {.batch = 1, .prefetch = -1}, "prefetch -1"},
        {4, 1, STINT_F32, {.batch = 1, .draws = -1}, "draws -1"},
        {N, 1, STINT_F32, {.batch = 1, .weights = negative}, "weight 0 is -1"},
        {INT64_MAX, 1, STINT_F32, {.batch = INT64_MAX}, "has no room"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        stint_samples s = samples_of(N);
        s.n = cases[k].n;
        s.arrays = cases[k].arrays;
        s.array[0].dtype = cases[k].dtype;
        assert_null(stint_loader_new(t->ctx, &s, &cases[k].settings));
        assert_message(t, cases[k].why);
    }

    const stint_batch *b = &(stint_batch){.rows = 1};
    assert_null(stint_loader_new(t->ctx, &made, NULL));
    assert_null(stint_loader_new(NULL, &made, &(stint_loader_settings){.batch = 1}));
    stint_loader_seek(NULL, 0, 0);
    assert_int_equal(stint_loader_next(NULL, &b), STINT_EUSAGE);
    assert_null(b);
    assert_int_equal(stint_loader_resize(NULL, 4), STINT_EUSAGE);
    assert_int_equal(stint_loader_batches(NULL), 0);
    assert_int_equal(stint_loader_slots(NULL), 0);
    assert_int_equal(stint_loader_sample(NULL, 0, 0), -1);
    assert_int_equal(stint_loader_report(NULL).bytes, 0);
}

/* Nothing left behind wherever memory is short. */
static void shortages_leave_nothing(void **state)
{
    (void)state;
#ifdef STINT_FAULTS
    static double weight[N];
    stint_samples s = samples_of(N);
    for (int i = 0; i < N; i++)
        weight[i] = i;
    int n = 1;
    for (bool went_off = true; went_off; n++) {
        char fault[32];
        fixture heard = {.log = ""};
        ctx *c = stint_open(&(stint_options){.sink = fixture_hear, .sink_self = &heard});
        snprintf(fault, sizeof fault, "*:alloc:%d", n);
        fault_arm(fault);
        stint_loader *l = stint_loader_new(
            c, &s, &(stint_loader_settings){.batch = 10, .weights = weight, .workers = 2});
        stint_status resized = l ? stint_loader_resize(l, 400) : STINT_ENOMEM;
        went_off = resized != STINT_OK;
        fault_arm(NULL);
        stint_clear(c);
        if (l)
            check_epoch(l, N, resized ? 10 : 400, false, 0, 0, NULL);
        stint_loader_free(l);
        stint_close(c);
        assert_string_equal(heard.log, "");
    }
    assert_in_range(n, 8, 20);
#endif
}

int main(void)
{
    data_fill();
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(every_sample_once),
        FIXTURE_TEST(orders_differ_by_epoch_and_seed),
        FIXTURE_TEST(seeks_find_their_batch),
        FIXTURE_TEST(epochs_go_on_without_loss),
        FIXTURE_TEST(seeks_wait_for_what_is_being_filled),
        FIXTURE_TEST(batches_can_be_resized),
        FIXTURE_TEST(weighted_samples_have_their_chances),
        FIXTURE_TEST(freed_at_any_moment),
        FIXTURE_TEST(two_loaders_take_turns),
        FIXTURE_TEST(workers_by_cores),
        FIXTURE_TEST(next_allocates_nothing),
        cmocka_unit_test(a_small_budget_prefetches_less),
        cmocka_unit_test(a_refused_resize_changes_nothing),
        FIXTURE_TEST(loaders_that_cannot_be),
        cmocka_unit_test(shortages_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
