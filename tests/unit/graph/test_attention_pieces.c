/* Attention whose scores are large is worked on in pieces of the batch: values and gradients are
 * those of one call for each row of it, bit for bit. */
#include "stint/stint.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { BATCH = 6, T = 701, D = 3, N = BATCH * T * D };

typedef struct outcome {
    float y[N], gradient[3][N];
} outcome;

static stint_tensor *filled(stint_context *c, int which)
{
    float *x = malloc(N * sizeof *x);
    for (int i = 0; i < N; i++)
        x[i] = (float)sin(1 + which + 0.37 * i);
    stint_tensor *t = stint_tensor_new(c, STINT_F32, STINT_SHAPE(BATCH, T, D), x);
    free(x);
    return t;
}

/* Every third key is hidden, from every second row of the batch. */
static stint_tensor *mask_of(stint_context *c)
{
    bool *seen = malloc(BATCH * T);
    for (int b = 0; b < BATCH; b++)
        for (int s = 0; s < T; s++)
            seen[b * T + s] = s % 3 || b % 2;
    stint_tensor *t = stint_tensor_new(c, STINT_BOOL, STINT_SHAPE(BATCH, 1, T), seen);
    free(seen);
    return t;
}

static stint_tensor *row_by_row(stint_tensor *const *x, stint_tensor *mask,
                                const stint_attention_how *how)
{
    stint_tensor *y[BATCH];
    for (int b = 0; b < BATCH; b++)
        y[b] = stint_attention(stint_slice(x[0], 0, b, b + 1, 1), stint_slice(x[1], 0, b, b + 1, 1),
                               stint_slice(x[2], 0, b, b + 1, 1),
                               mask ? stint_slice(mask, 0, b, b + 1, 1) : NULL, how);
    return stint_concat(BATCH, y, 0);
}

static void run(bool whole, bool masked, bool causal, outcome *out)
{
    stint_context *c = stint_open(NULL);
    stint_scope *scope = stint_scope_open(c);
    stint_tensor *x[3], *g[3], *mask = masked ? mask_of(c) : NULL;
    for (int i = 0; i < 3; i++)
        x[i] = filled(c, i);
    stint_attention_how how = {.causal = causal};
    stint_tensor *y =
        whole ? stint_attention(x[0], x[1], x[2], mask, &how) : row_by_row(x, mask, &how);
    stint_tensor *loss = stint_sum(stint_mul(y, stint_square(y)), STINT_ALL_AXES, false);
    assert_int_equal(stint_gradients(1, &loss, NULL, 3, x, g), STINT_OK);
    assert_int_equal(stint_read(y, out->y, sizeof out->y), STINT_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(stint_read(g[i], out->gradient[i], sizeof out->gradient[i]), STINT_OK);
    assert_int_equal(stint_scope_close(scope), STINT_OK);
    stint_close(c);
}

static void same_as_row_by_row(void **state)
{
    (void)state;
    outcome *o = malloc(2 * sizeof *o);
    for (int how = 0; how < 4; how++) {
        run(true, how & 1, how & 2, &o[0]);
        run(false, how & 1, how & 2, &o[1]);
        assert_true(isfinite(o[0].y[N - 1]) && o[0].gradient[0][N - 1] != 0);
        assert_memory_equal(&o[0], &o[1], sizeof o[0]);
    }
    free(o);
}

static void a_mask_of_another_batch_is_refused(void **state)
{
    (void)state;
    stint_context *c = stint_open(NULL);
    stint_tensor *x = filled(c, 0), *mask = stint_zeros(c, STINT_F32, STINT_SHAPE(5, 1, T));
    assert_null(stint_attention(x, x, x, mask, NULL));
    assert_non_null(strstr(stint_message(c), "the mask does not broadcast"));
    stint_drop(x);
    stint_drop(mask);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_row_by_row),
        cmocka_unit_test(a_mask_of_another_batch_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
