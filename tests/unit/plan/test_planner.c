/* The planner: buffers that live at once never overlap, memory is taken over only where that is
 * allowed, and the slab is no larger than it has to be where that is known. */
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const step_class nothing = {.name = "nothing"};

/* A step as text: "0 1>2" reads b0 and b1 and writes b2; "1>2@1" may put b2 in b1's place. */
static void add_step(plan *p, const char *text)
{
    plan_use use[16];
    int n = 0;
    bool write = false;
    for (const char *at = text; *at; at++) {
        if (*at == '>')
            write = true;
        else if (*at == '@')
            use[n - 1].may_replace = *++at - '0';
        else if (*at != ' ')
            use[n++] = (plan_use){*at - '0', write, -1};
    }
    assert_int_equal(plan_step_add(p, &nothing, NULL, use, n, 0, 0), STINT_OK);
}

typedef struct plan_row {
    const char *name;
    int64_t bytes[8];     /* of buffers, up to 0; negative = external */
    const char *steps[8]; /* up to NULL */
    int64_t slab;
    int in_place[8]; /* in_place_of + 1 */
} plan_row;

static const plan_row rows[] = {
    {"a chain needs two", {100, 100, 100, 100}, {">0", "0>1", "1>2", "2>3"}, 256, {0}},
    {"in place it needs one", {64, 64, 64}, {">0", "0>1@0", "1>2@1"}, 64, {0, 1, 2}},
    {"not while another step reads it", {64, 64}, {">0", "0>1@0", "0 1>"}, 128, {0}},
    {"not into another size", {64, 128}, {">0", "0>1@0", "1>"}, 192, {0}},
    {"not twice by one step", {64, 64, 64}, {">0", "0>1@0 2@0", "1 2>"}, 128, {0, 1, 0}},
    {"not outside the slab", {-64, 64, 64}, {"0>1@0", "1>2"}, 128, {0}},
    {"external ones take no place", {-4096, 64}, {"0>1"}, 64, {0}},
    {"a gap is used again", {256, 64, 128, 128}, {">0", "0>1", "1>2", "1>3", "2 3>"}, 320, {0}},
    {"two steps may write one", {64, 64}, {">0", ">0", "0>1"}, 128, {0}},
    {"nothing", {0}, {NULL}, 0, {0}},
    {"largest first", {64, 128, 64}, {">0 1", "1>", "0>2", "2>"}, 192, {0}},
};

static void plans_are_as_small_as_they_can_be(void **state)
{
    stint_context *c = stint_open(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const plan_row *r = &rows[i];
        plan *p = plan_new(c);
        for (int b = 0; r->bytes[b]; b++) {
            int64_t bytes = r->bytes[b];
            assert_int_equal(plan_buffer_add(p, bytes < 0 ? -bytes : bytes, bytes < 0, NULL), b);
        }
        for (int s = 0; r->steps[s]; s++)
            add_step(p, r->steps[s]);
        assert_int_equal(plan_finish(p), STINT_OK);
        if (p->slab_bytes != r->slab)
            fail_msg("%s: a slab of %lld", r->name, (long long)p->slab_bytes);
        for (int64_t b = 0; b < p->buffers.n; b++)
            if (p->buffers.at[b].in_place_of != r->in_place[b] - 1)
                fail_msg("%s: buffer %d is in place of %d", r->name, (int)b,
                         p->buffers.at[b].in_place_of);
        plan_free(p);
    }
    stint_close(c);
}

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* Buffers in random use; each is written before it is read. */
static plan *random_plan(stint_context *c, uint64_t seed)
{
    plan *p = plan_new(c);
    int steps = 2 + (int)(next(&seed) % 60);
    for (int s = 0; s < steps; s++) {
        plan_use use[6];
        int n = 0, made = (int)p->buffers.n;
        for (int k = (int)(next(&seed) % 4); made > 0 && k > 0; k--)
            use[n++] = (plan_use){(int32_t)(made - 1 - (int)(next(&seed) % (made < 8 ? made : 8))),
                                  false, -1};
        int32_t out =
            plan_buffer_add(p, (int64_t)(1 + next(&seed) % 5) * 100, next(&seed) % 8 == 0, NULL);
        bool replaces = n > 0 && next(&seed) % 2;
        use[n] = (plan_use){out, true, replaces ? use[0].buffer : -1};
        assert_int_equal(plan_step_add(p, &nothing, NULL, use, n + 1, 0, 0), STINT_OK);
    }
    assert_int_equal(plan_finish(p), STINT_OK);
    return p;
}

static bool overlap(const plan_buffer *a, const plan_buffer *b)
{
    return a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

static void check_plan(const plan *p)
{
    int64_t end = 0;
    for (int64_t i = 0; i < p->buffers.n; i++) {
        const plan_buffer *a = &p->buffers.at[i];
        if (a->external)
            continue;
        assert_int_equal(a->offset % PLAN_ALIGN, 0);
        end = a->offset + a->bytes > end ? a->offset + a->bytes : end;
        if (a->in_place_of >= 0) {
            const plan_buffer *old = &p->buffers.at[a->in_place_of];
            assert_int_equal(old->offset, a->offset);
            assert_int_equal(old->bytes, a->bytes);
            assert_int_equal(old->last, a->first);
        }
        for (int64_t j = 0; j < i; j++) {
            const plan_buffer *b = &p->buffers.at[j];
            bool together = !b->external && a->first <= b->last && b->first <= a->last;
            assert_true(!together || !overlap(a, b) || a->in_place_of == j);
        }
    }
    assert_int_equal(p->slab_bytes, (end + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN);
}

static void what_lives_at_once_lies_apart(void **state)
{
    stint_context *c = stint_open(NULL);
    (void)state;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        plan *p = random_plan(c, seed);
        check_plan(p);
        plan_free(p);
    }
    stint_close(c);
}

static void a_plan_can_be_read(void **state)
{
    stint_context *c = stint_open(NULL);
    plan *p = plan_new(c);
    str text, dot;
    (void)state;
    str_init(&text, c, TAG_BASE);
    str_init(&dot, c, TAG_BASE);
    assert_int_equal(plan_buffer_add(p, 128, true, "x"), 0);
    assert_int_equal(plan_buffer_add(p, 64, false, "y"), 1);
    add_step(p, "0>1");
    add_step(p, "1>");
    assert_int_equal(plan_finish(p), STINT_OK);
    plan_list(p, &text);
    plan_dot(p, &dot);
    assert_non_null(strstr(text.at, "2 steps, 2 buffers, a slab of 64 bytes"));
    assert_non_null(strstr(text.at, "writes b1:y, reads b0:x"));
    assert_non_null(strstr(dot.at, "s0 -> s1 [label=\"64 B\"]"));
    assert_non_null(strstr(dot.at, "b0 -> s0"));
    str_deinit(&text);
    str_deinit(&dot);
    plan_free(p);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_are_as_small_as_they_can_be),
        cmocka_unit_test(what_lives_at_once_lies_apart),
        cmocka_unit_test(a_plan_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
