/* The gradient check is itself checked: each rule's results are negated in turn, and some case
 * must then disagree with its differences. */
#include "graph/mutate.h"
#include "unit/fixture.h"
#include "unit/graph/gradient_check.h"

#ifdef STINT_FAULTS

/* Rules that give zeros, negated, still do. */
static const char *const zero_rules[] = {"sign", "step"};

static bool gives_zeros(const char *name)
{
    for (size_t i = 0; i < sizeof zero_rules / sizeof *zero_rules; i++)
        if (!strcmp(name, zero_rules[i]))
            return true;
    return false;
}

typedef struct checked_cases {
    int n;
    const op_case **of;
    gradient_truth *truth;
} checked_cases;

static checked_cases all_checked(ctx *c)
{
    char why[512];
    size_t most = (size_t)op_case_count();
    checked_cases all = {0, calloc(most, sizeof *all.of), calloc(most, sizeof *all.truth)};
    for (int i = 0; i < op_case_count(); i++) {
        all.of[all.n] = op_case_at(i);
        if (gradient_is_checked(all.of[all.n]) &&
            gradient_by_differences(c, all.of[all.n], &all.truth[all.n], why, sizeof why))
            all.n++;
        stint_clear(c);
    }
    return all;
}

static int disagreements(ctx *c, const checked_cases *all, int most)
{
    int bad = 0;
    char why[512];
    for (int i = 0; i < all->n && bad < most; i++)
        bad += !gradient_agrees(c, all->of[i], &all->truth[i], why, sizeof why);
    return bad;
}

static void every_negated_rule_is_caught(void **state)
{
    fixture *t = *state;
    checked_cases all = all_checked(t->ctx);
    int missed = 0, mutated = 0;
    graph_mutate_gradient = -1;
    assert_int_equal(disagreements(t->ctx, &all, all.n), 0);
    for (int op = 0; op < graph_op_count(); op++) {
        if (!graph_op_has_gradient(op) || gives_zeros(graph_op_name(op)))
            continue;
        graph_mutate_gradient = op;
        mutated++;
        if (disagreements(t->ctx, &all, 1) == 0) {
            print_error("no case notices the gradient of %s negated\n", graph_op_name(op));
            missed++;
        }
    }
    graph_mutate_gradient = -1;
    free(all.of);
    free(all.truth);
    assert_int_equal(missed, 0);
    assert_true(mutated > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(every_negated_rule_is_caught)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("skipped: no fault injection in this build");
    return 77;
}

#endif
