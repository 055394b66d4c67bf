/* Training with the nth allocation failing, for every n: an error, nothing leaked, and the same
 * context then trains as if nothing had been. */
#include "unit/fixture.h"
#include "unit/graph/alloc_faults.h"
#include "unit/graph/mlp.h"

#ifdef STINT_FAULTS

enum { CALLS = 2 };

static stint_status train_traced(ctx *c, const void *self, float *loss)
{
    (void)self;
    mlp m;
    stint_tensor *in[2], *out;
    if (!mlp_init(&m, c))
        return STINT_ENOMEM;
    stint_scope *scope = stint_scope_open(c);
    mlp_batch(c, 0, in);
    stint_fn *f = stint_fn_new(c, mlp_step, &m, 2, 1);
    stint_status s = f && in[0] && in[1] ? stint_fn_warm_up(f, in) : STINT_ENOMEM;
    for (int k = 0; !s && k < CALLS; k++)
        s = stint_fn_call(f, in, &out);
    if (!s)
        s = stint_read(out, loss, sizeof *loss);
    stint_fn_free(f);
    stint_status closed = stint_scope_close(scope);
    mlp_deinit(&m);
    return s ? s : closed;
}

static stint_status train_eagerly(ctx *c, const void *self, float *loss)
{
    (void)self;
    mlp m;
    stint_status s = STINT_OK;
    if (!mlp_init(&m, c))
        return STINT_ENOMEM;
    for (int k = 0; !s && k < CALLS; k++) {
        stint_tensor *in[2], *out;
        stint_scope *scope = stint_scope_open(c);
        mlp_batch(c, 0, in);
        s = mlp_step(&m, in, &out);
        if (!s)
            s = stint_read(out, loss, sizeof *loss);
        stint_status closed = stint_scope_close(scope);
        s = s ? s : closed;
    }
    mlp_deinit(&m);
    return s;
}

static stint_status train_with_tape(ctx *c, const void *self, float *loss)
{
    (void)self;
    mlp m;
    stint_tensor *in[2], *gradient[MLP_WEIGHTS];
    if (!mlp_init(&m, c))
        return STINT_ENOMEM;
    stint_scope *scope = stint_scope_open(c);
    stint_tape *tape = stint_tape_open(c);
    for (int i = 0; tape && i < MLP_WEIGHTS; i++)
        stint_tape_watch(tape, m.w[i]);
    mlp_batch(c, 0, in);
    stint_tensor *logits =
        stint_linear(stint_tanh(stint_linear(in[0], m.w[0], m.w[1])), m.w[2], m.w[3]);
    stint_tensor *of = stint_cross_entropy(logits, in[1], STINT_REDUCE_MEAN);
    stint_status s = tape ? stint_read(of, loss, sizeof *loss) : STINT_ENOMEM;
    if (!s)
        s = stint_tape_gradient(tape, of, MLP_WEIGHTS, m.w, gradient);
    if (!s)
        s = stint_realise(MLP_WEIGHTS, gradient);
    if (!s)
        s = stint_read(stint_sum(gradient[0], STINT_ALL_AXES, false), loss, sizeof *loss);
    stint_tape_close(tape);
    stint_status closed = stint_scope_close(scope);
    mlp_deinit(&m);
    return s ? s : closed;
}

/* A step of two input shapes: a sum in place of what the body makes, a weight from outside. */
static stint_status add_up(void *self, stint_tensor *const *in, stint_tensor **out)
{
    stint_tensor *w = *(stint_tensor **)self;
    stint_context *c = stint_tensor_context(w);
    stint_tensor *sum = stint_zeros(c, STINT_F32, STINT_SCALAR);
    stint_tensor *parts[] = {stint_softmax(in[0], -1), stint_transpose(in[0], 0, 1)};
    stint_add_(sum, stint_sum(parts[0], STINT_ALL_AXES, false));
    stint_add_(sum, stint_sum(stint_matmul(in[0], parts[1]), STINT_ALL_AXES, false));
    stint_add_(w, sum);
    out[0] = stint_alias(w);
    return sum ? STINT_OK : STINT_ENOMEM;
}

static stint_status call_shapes(stint_fn *f, stint_context *c, stint_tensor **out)
{
    for (int64_t n = 2; n < 4; n++)
        for (int k = 0; k < 2; k++) {
            stint_tensor *in = stint_full(c, STINT_F32, STINT_SHAPE(n, 5), 0.5);
            stint_status s = in ? stint_fn_call(f, &in, out) : STINT_ENOMEM;
            if (s)
                return s;
        }
    return STINT_OK;
}

static char file[64];

static stint_status shapes_and_files(ctx *c, const void *self, float *loss)
{
    (void)self;
    stint_tensor *out, *w = stint_keep(stint_zeros(c, STINT_F32, STINT_SCALAR));
    stint_scope *scope = w ? stint_scope_open(c) : NULL;
    stint_fn *f = scope ? stint_fn_new(c, add_up, &w, 1, 1) : NULL;
    const char *names[] = {"w", "out"};
    stint_tensor *back[2];
    stint_status s = f ? call_shapes(f, c, &out) : STINT_ENOMEM;
    if (!s)
        s = stint_tensors_save(c, file, 2, names, (stint_tensor *[]){w, out});
    if (!s)
        s = stint_tensors_load(c, file, 2, names, back);
    if (!s)
        s = stint_read(stint_add(back[0], stint_mul_number(back[1], 2)), loss, sizeof *loss);
    stint_fn_free(f);
    stint_status closed = scope ? stint_scope_close(scope) : STINT_ENOMEM;
    stint_drop(w);
    return s ? s : closed;
}

static void traced_training(void **state)
{
    (void)state;
    every_allocation_may_fail(train_traced, "traced", NULL);
}

static void eager_training(void **state)
{
    (void)state;
    every_allocation_may_fail(train_eagerly, "eager", NULL);
}

static void a_tape(void **state)
{
    (void)state;
    every_allocation_may_fail(train_with_tape, "tape", NULL);
}

static void two_shapes_and_a_file(void **state)
{
    (void)state;
    snprintf(file, sizeof file, "faults.XXXXXX");
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    close(fd);
    every_allocation_may_fail(shapes_and_files, "shapes and files", NULL);
    unlink(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_shapes_and_a_file),
        cmocka_unit_test(traced_training),
        cmocka_unit_test(eager_training),
        cmocka_unit_test(a_tape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("skipped: no fault injection in this build");
    return 77;
}

#endif
