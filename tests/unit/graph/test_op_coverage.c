/* The case table has all there is: every row of ops.def is in the graph of some case or of its
 * gradients, and every operation that tensor.h declares is called by some part of the table. */
#include "base/os/os.h"
#include "graph/graph.h"
#include "graph/mutate.h"
#include "unit/fixture.h"
#include "unit/graph/op_cases.h"

#include <ctype.h>
#include <glob.h>

/* Marks the operations that a graph is made of, down to what was there before `first`. */
static void mark(const node *n, bool *seen)
{
    seen[n->op] = true;
    for (int i = 0; i < n->inputs; i++)
        if (n->in[i])
            mark(n->in[i], seen);
}

static void mark_tensor(const stint_tensor *t, bool *seen)
{
    if (t)
        mark(graph_node(t), seen);
}

static void mark_case(ctx *c, const op_case *of, bool *seen)
{
    stint_tensor *in[OP_INPUTS], *gradient[OP_INPUTS];
    stint_scope *s = stint_scope_open(c);
    stint_dtype d = of->dtypes & OP_F64 ? STINT_F64 : STINT_BOOL;
    while (!(of->dtypes & 1u << d))
        d--;
    op_case_inputs(c, of, d, in);
    stint_tensor *out = op_case_build(of, in);
    mark_tensor(out, seen);
    bool has = false;
    for (int i = 0; i < of->inputs; i++)
        has |= op_input_has_gradient(of, i);
    if (out && has && d == STINT_F64 && op_case_gradients(c, of, out, in, gradient) == STINT_OK)
        for (int i = 0; i < of->inputs; i++)
            mark_tensor(gradient[i], seen);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* Drawn: test_op_random has them. */
static const char *const drawn[] = {"random", "uniform", "normal", "dropout", "generator"};
/* Handles of what there is, or of memory or numbers: no operation to differentiate. */
static const char *const made[] = {"tensor_new", "wrap",   "zeros", "full",
                                   "scalar",     "arange", "keep",  "alias"};

static bool is_among(const char *name, int n, const char *const *list)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(name, list[i]))
            return true;
    return false;
}

#define LISTED(name, list) is_among(name, (int)(sizeof list / sizeof *list), list)

static void every_operation_has_a_case(void **state)
{
    fixture *t = *state;
    bool seen[OPS] = {false};
    int missing = 0;
    for (int i = 0; i < op_case_count(); i++)
        mark_case(t->ctx, op_case_at(i), seen);
    for (int op = 0; op < graph_op_count(); op++)
        if (!seen[op] && !LISTED(graph_op_name(op), drawn)) {
            print_error("no case has %s\n", graph_op_name(op));
            missing++;
        }
    assert_int_equal(missing, 0);
}

/* ---- what tensor.h declares */

/* All parts of the table, one after the other */
static void read_table(ctx *c, str *out)
{
    glob_t found;
    assert_int_equal(glob(STINT_SOURCE_DIR "/tests/unit/graph/op_cases*.c", 0, NULL, &found), 0);
    assert_true(found.gl_pathc > 8);
    for (size_t i = 0; i < found.gl_pathc; i++)
        assert_int_equal(file_read(c, found.gl_pathv[i], out), STINT_OK);
    globfree(&found);
}

static bool is_called(const char *text, const char *name)
{
    char full[80];
    int n = snprintf(full, sizeof full, "stint_%s", name);
    for (const char *at = text; (at = strstr(at, full)); at += n)
        if (!isalnum((unsigned char)at[n]) && at[n] != '_')
            return true;
    return false;
}

static void every_public_operation_has_a_case(void **state)
{
    static const char declares[] = "STINT_API stint_tensor *stint_";
    fixture *t = *state;
    char name[64];
    int operations = 0, missing = 0;
    str cases, header;
    str_init(&cases, t->ctx, TAG_BASE);
    str_init(&header, t->ctx, TAG_BASE);
    read_table(t->ctx, &cases);
    assert_int_equal(file_read(t->ctx, STINT_SOURCE_DIR "/include/stint/tensor.h", &header),
                     STINT_OK);
    for (const char *at = header.at; (at = strstr(at, declares)); operations++) {
        at += sizeof declares - 1;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "("), at);
        if (LISTED(name, drawn) || LISTED(name, made) || is_called(cases.at, name))
            continue;
        print_error("no case calls stint_%s\n", name);
        missing++;
    }
    str_deinit(&cases);
    str_deinit(&header);
    assert_true(operations > 100);
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(every_operation_has_a_case),
        FIXTURE_TEST(every_public_operation_has_a_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
