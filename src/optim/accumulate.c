#include "optim/optim.h"

#include "base/mem.h"
#include "graph/graph.h"

/* Gradients of a large batch, from the mean gradients g_b of its micro-batches of r_b rows:
 *
 *     Σ r_b g_b / Σ r_b
 *
 * which is exact where the last one is smaller, unlike the mean of means.  Sums are f32 for
 * narrower weights; the rows are an f64 scalar in the graph, since a traced step that adds is
 * replayed without being seen. */

struct stint_accumulator {
    ctx *ctx;
    int n;
    stint_tensor *rows;
    stint_tensor **sum; /* [n] */
    stint_dtype *dtype; /* [n] of the weights */
};

stint_accumulator *stint_accumulator_new(stint_context *ctx, int n, stint_tensor *const *weight)
{
    stint_accumulator *a = mem_new(ctx, TAG_MODEL, stint_accumulator, 1);
    if (!a)
        return NULL;
    *a = (stint_accumulator){.ctx = ctx, .n = n};
    a->rows = stint_keep(stint_zeros(ctx, STINT_F64, STINT_SCALAR));
    graph_own(a->rows, "state of an accumulator");
    a->sum = mem_new(ctx, TAG_MODEL, stint_tensor *, n);
    a->dtype = mem_new(ctx, TAG_MODEL, stint_dtype, n);
    bool whole = a->rows && a->sum && a->dtype;
    for (int i = 0; whole && i < n; i++) {
        a->dtype[i] = stint_tensor_dtype(weight[i]);
        stint_dtype wide = a->dtype[i] == STINT_F64 ? STINT_F64 : STINT_F32;
        a->sum[i] = optim_zeros(ctx, wide, weight[i]);
        graph_own(a->sum[i], "state of an accumulator");
        whole = a->sum[i] != NULL;
    }
    if (whole)
        return a;
    stint_accumulator_free(a);
    return NULL;
}

void stint_accumulator_free(stint_accumulator *a)
{
    if (!a)
        return;
    for (int i = 0; a->sum && i < a->n; i++)
        stint_drop(a->sum[i]);
    stint_drop(a->rows);
    mem_free(a->sum);
    mem_free(a->dtype);
    mem_free(a);
}

stint_status stint_accumulator_add(stint_accumulator *a, int64_t rows,
                                   stint_tensor *const *gradient)
{
    if (!a)
        return STINT_EUSAGE;
    TRY(ctx_status(a->ctx)); /* a gradient may be NULL because it failed */
    if (rows < 1)
        return fail(a->ctx, STINT_EUSAGE, "accumulate: gradients of %lld rows", (long long)rows);
    stint_scope *s = stint_scope_open(a->ctx);
    stint_no_grad_open(a->ctx);
    stint_add_(a->rows, stint_scalar(a->ctx, STINT_F64, (double)rows));
    for (int i = 0; i < a->n; i++)
        if (gradient[i]) {
            stint_tensor *g = stint_cast(gradient[i], stint_tensor_dtype(a->sum[i]));
            stint_add_(a->sum[i], stint_mul_number(g, (double)rows));
        }
    stint_no_grad_close(a->ctx);
    return stint_scope_close(s);
}

/* t = 0 */
static void clear(stint_tensor *t)
{
    int64_t shape[STINT_AXES];
    int axes = optim_shape(t, shape);
    stint_assign(t, stint_full(stint_tensor_context(t), stint_tensor_dtype(t), axes, shape, 0));
}

stint_status stint_accumulator_take(stint_accumulator *a, stint_tensor **gradient)
{
    if (!a)
        return STINT_EUSAGE;
    TRY(ctx_status(a->ctx));
    stint_scope *s = stint_scope_open(a->ctx);
    stint_no_grad_open(a->ctx);
    /* of no rows: zeros */
    stint_tensor *rows = stint_maximum(a->rows, stint_scalar(a->ctx, STINT_F64, 1));
    for (int i = 0; i < a->n; i++) {
        stint_tensor *mean = stint_div(a->sum[i], stint_cast(rows, stint_tensor_dtype(a->sum[i])));
        gradient[i] = stint_cast(mean, a->dtype[i]);
        clear(a->sum[i]);
    }
    clear(a->rows);
    stint_no_grad_close(a->ctx);
    return optim_scope_close(a->ctx, s, a->n, gradient);
}
