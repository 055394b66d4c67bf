/* Leaks of training programs: every one is suspected, of the function that made it and by what
 * holds it; of programs that leak nothing, nothing is suspected.  Counts, and reports. */
#include "unit/graph/leak_cases.h"

#include "stint/memory.h"

#include "base/fault.h"
#include "base/json.h"
#include "base/os/os.h"
#include "graph/graph_impl.h"

/* ---- running them */

/* A scope a step, but where the scope is the leak. */
static void run(world *w, const leak_case *of, int steps)
{
    for (int i = 0; i < steps; i++) {
        stint_scope *s = of->opens_scope ? NULL : stint_scope_open(w->ctx);
        mlp_batch(w->ctx, i, w->in);
        if (of->step(w, i) != STINT_OK)
            fail_msg("%s: step %d: %s", of->name, i, stint_message(w->ctx));
        if (s)
            assert_int_equal(stint_scope_close(s), STINT_OK);
        assert_int_equal(stint_memory_checkpoint(w->ctx, "step"), STINT_OK);
        if (i % EPOCH == EPOCH - 1)
            assert_int_equal(stint_memory_checkpoint(w->ctx, "epoch"), STINT_OK);
    }
}

static bool is_of(const stint_memory_leak *leak, const char *function)
{
    return strncmp(leak->made_by, function, strlen(function)) == 0 &&
           leak->made_by[strlen(function)] == '+';
}

static bool holds_symbol(const stint_memory_leak *leak, const char *function)
{
    char name[128];
    for (int i = 0; i < leak->frames; i++)
        if (symbol_name(leak->frame[i], name, sizeof name) && strcmp(name, function) == 0)
            return true;
    return false;
}

static void seeded_leaks_are_found(void **state)
{
    fixture *t = *state;
    int bad = 0;
    int n_leaks = 0;
    for (const leak_case *of = leaks_seeded; of->name; of++, n_leaks++) {
        static world w;
        stint_scope *outer = stint_scope_open(t->ctx);
        world_open(t->ctx, &w);
        assert_int_equal(stint_memory_start(t->ctx), STINT_OK);
        run(&w, of, 40);
        int n = stint_memory_suspects(t->ctx);
        bool right = n > 0, held = false;
        for (int k = 0; k < n; k++) {
            stint_memory_leak leak;
            assert_int_equal(stint_memory_suspect(t->ctx, k, &leak), STINT_OK);
            right &= holds_symbol(&leak, of->name);
            held |= strstr(leak.holder, of->holder) != NULL;
            if (k == 0)
                right &= is_of(&leak, of->name) || strncmp(leak.made_by, "stint_", 6) != 0;
        }
        if (!right || !held) {
            stint_text report = {0};
            assert_int_equal(stint_memory_report(t->ctx, STINT_MEMORY_TEXT, &report), STINT_OK);
            print_error("%s: %s\n%s\n", of->name, right ? "the holder" : "the site", report.at);
            stint_text_free(&report);
            bad++;
        }
        stint_memory_stop(t->ctx);
        world_close(&w, outer);
    }
    assert_int_equal(bad, 0);
    assert_true(n_leaks >= 30);
}

static void clean_loops_are_not_suspected(void **state)
{
    fixture *t = *state;
    static const int steps[] = {13, 60};
    int bad = 0, runs = 0;
    for (int i = 0; leaks_none[i / 2].name; i++, runs++) {
        static world w;
        stint_scope *outer = stint_scope_open(t->ctx);
        world_open(t->ctx, &w);
        assert_int_equal(stint_memory_start(t->ctx), STINT_OK);
        run(&w, &leaks_none[i / 2], steps[i % 2]);
        if (stint_memory_suspects(t->ctx) != 0) {
            stint_text report = {0};
            assert_int_equal(stint_memory_report(t->ctx, STINT_MEMORY_TEXT, &report), STINT_OK);
            print_error("%s, %d steps:\n%s\n", leaks_none[i / 2].name, steps[i % 2], report.at);
            stint_text_free(&report);
            bad++;
        }
        stint_memory_stop(t->ctx);
        world_close(&w, outer);
    }
    assert_true(runs >= 70);
    assert_int_equal(bad, 0);
}

/* ---- use, changes, reports */

static void changes_are_counted(void **state)
{
    fixture *t = *state;
    stint_memory_change change;
    assert_int_equal(stint_memory_checkpoint(t->ctx, "a"), STINT_EUSAGE);
    assert_message(t, "memory: the profiler is off: call stint_memory_start");
    assert_int_equal(stint_memory_start(t->ctx), STINT_OK);
    assert_int_equal(stint_memory_checkpoint(t->ctx, "a"), STINT_OK);
    stint_tensor *x = stint_keep(stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(100)));
    assert_int_equal(stint_memory_checkpoint(t->ctx, "b"), STINT_OK);
    assert_int_equal(stint_memory_delta(t->ctx, "a", "b", &change), STINT_OK);
    assert_int_equal(change.tensors, 1);
    assert_int_equal(change.nodes, 1);
    assert_int_equal(change.values, 400);
    assert_true(change.bytes > 400);
    stint_drop(x);
    assert_int_equal(stint_memory_checkpoint(t->ctx, "b"), STINT_OK);
    assert_int_equal(stint_memory_delta(t->ctx, "b", "b", &change), STINT_OK);
    assert_true(change.tensors == -1 && change.nodes == -1 && change.values == -400);
    assert_int_equal(stint_memory_delta(t->ctx, "a", "c", &change), STINT_EUSAGE);
    assert_message(t, "there is no checkpoint \"c\"");
    bool found = false;
    for (int i = 0; i < stint_memory_tags(); i++) {
        stint_memory_use u = stint_memory_tag(t->ctx, i);
        assert_true(u.live >= 0 && u.peak >= u.live);
        found |= strcmp(u.tag, "tensor") == 0 && u.peak >= 400;
    }
    assert_true(found);
}

static void reports_say_the_same(void **state)
{
    fixture *t = *state;
    static world w;
    stint_text text = {0};
    assert_int_equal(stint_memory_report(t->ctx, STINT_MEMORY_TEXT, &text), STINT_OK);
    assert_non_null(strstr(text.at, "the profiler is off"));
    stint_text_free(&text);
    stint_scope *outer = stint_scope_open(t->ctx);
    world_open(t->ctx, &w);
    assert_int_equal(stint_memory_start(t->ctx), STINT_OK);
    run(&w, &leaks_seeded[0], 20);
    assert_int_equal(stint_memory_report(t->ctx, STINT_MEMORY_TEXT, &text), STINT_OK);
    assert_non_null(strstr(text.at, "suspected leaks: 1\n1. 20 tensors, 20 nodes, 80 bytes, more "
                                    "at 19 checkpoints \"step\"\n"));
    assert_non_null(strstr(text.at, "leak_kept_loss+0x"));
    stint_text_free(&text);
    assert_int_equal(stint_memory_report(t->ctx, STINT_MEMORY_JSON, &text), STINT_OK);
    json_t *all = json_parse(t->ctx, "report", text.at, text.len);
    assert_non_null(all);
    const json_t *one = json_array_get(json_object_get(all, "suspects"), 0);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(one, "live"), "tensors")),
                     20);
    assert_true(json_array_size(json_object_get(one, "stack")) > 2);
    assert_int_equal(json_array_size(json_object_get(all, "checkpoints")), 2);
    json_decref(all);
    stint_text_free(&text);
    world_close(&w, outer); /* the profiler is left on: it goes with the context */
}

#ifdef STINT_FAULTS
static stint_status twice(void *self, stint_tensor *const *in, stint_tensor **out)
{
    (void)self;
    out[0] = stint_mul_number(in[0], 2);
    return STINT_OK;
}

/* Something more of every kind that is counted */
static stint_status grow(ctx *c, stint_fn *f, stint_tape *tape, int step)
{
    stint_tensor *out, *x = stint_keep(stint_zeros(c, STINT_F32, STINT_SHAPE(step + 1)));
    stint_scope *s = x ? stint_scope_open(c) : NULL;
    if (!s || !f || !tape)
        return ctx_status(c);
    stint_tape_watch(tape, x);
    TRY(stint_fn_call(f, &x, &out));
    if (!stint_add_(x, out) || isnan(stint_item(stint_sum(out, 0, false))))
        return ctx_status(c);
    return stint_memory_checkpoint(c, "step");
}

static stint_status look(ctx *c)
{
    stint_memory_change change;
    stint_memory_leak leak;
    stint_text text = {0};
    int n = stint_memory_suspects(c);
    for (int i = 0; i < n; i++)
        TRY(stint_memory_suspect(c, i, &leak));
    TRY(stint_memory_delta(c, "step", "step", &change));
    for (int how = STINT_MEMORY_TEXT; how <= STINT_MEMORY_JSON; how++) {
        TRY(stint_memory_report(c, (stint_memory_format)how, &text));
        stint_text_free(&text);
    }
    return n < 0 ? ctx_status(c) : STINT_OK;
}

/* The nth allocation fails, for all n: nothing is left behind, and memory was short. */
static stint_status profiled_work(ctx *c)
{
    TRY(stint_memory_start(c));
    stint_scope *s = stint_scope_open(c);
    stint_tape *tape = stint_tape_open(c);
    stint_fn *f = stint_fn_new(c, twice, NULL, 1, 1);
    stint_status status = s ? STINT_OK : ctx_status(c);
    for (int i = 0; !status && i < 8; i++)
        status = grow(c, f, tape, i);
    status = status ? status : look(c);
    stint_fn_free(f);
    stint_tape_close(tape);
    stint_status closed = s ? stint_scope_close(s) : status;
    return status ? status : closed;
}

static bool fails_at(int n)
{
    char fault[32];
    fixture heard = {.log = ""};
    ctx *c = stint_open(&(stint_options){.sink = fixture_hear, .sink_self = &heard});
    assert_non_null(c);
    snprintf(fault, sizeof fault, "*:alloc:%d", n);
    fault_arm(fault);
    stint_status s = profiled_work(c);
    bool failed = true;
    for (int k = 0; k < n && failed; k++)
        failed = !fault_now(FAULT_ALLOC); /* it had gone off, if not now */
    fault_arm(NULL);
    assert_true(s == STINT_OK || s == STINT_ENOMEM);
    graph *g = ctx_attached(c);
    while (g && g->kept.handles)
        stint_drop(g->kept.handles);
    stint_memory_stop(c);
    stint_close(c);
    assert_string_equal(heard.log, "");
    return failed;
}

static void shortages_are_survived(void **state)
{
    (void)state;
    int n = 1;
    while (fails_at(n))
        n++;
    assert_true(n > 200 && n < 10000);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(seeded_leaks_are_found),     FIXTURE_TEST(clean_loops_are_not_suspected),
        FIXTURE_TEST(changes_are_counted),        FIXTURE_TEST(reports_say_the_same),
#ifdef STINT_FAULTS
        cmocka_unit_test(shortages_are_survived),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
