#include "device/matmul_after.h"

#include <assert.h>

/* Matrix products: tiles by kernel/gemm.h, and on each, while it is in cache, the program that
 * follows.
 *
 * Batch axes over which b stays the same and the rows of a go on evenly are more rows of one
 * product.  `folded` axes before that of the rows are such; the others count batches. */

/* A matrix of so many bytes is in no near cache when it is read again. */
enum { BESIDE_BYTES = 3 << 20 };

static int folded_axes(const matmul_args *a)
{
    int row = a->space.axes - 2, n = 0;
    while (n < row && matmul_goes_on(&a->space, a->a.stride, row - n - 1) &&
           (a->space.size[row - n - 1] == 1 || a->b.stride[row - n - 1] == 0))
        n++;
    return n;
}

static int64_t sizes(const element_space *s, int from, int to)
{
    int64_t n = 1;
    for (int i = from; i < to; i++)
        n *= s->size[i];
    return n;
}

/* Whether input i of the program is a matrix as large as the product, and too large to lie in a
 * cache. */
static bool is_beside(const matmul_args *a, int i)
{
    const step_view *v = &a->after.in[i];
    const gemm *g = &a->gemm;
    int row = a->space.axes - 2;
    for (int x = row - folded_axes(a); x < row; x++)
        if (!matmul_goes_on(&a->space, v->stride, x))
            return false;
    return v->stride[row] != 0 && v->stride[row + 1] == 1 &&
           g->m * g->n * dtype_size(v->dtype) >= BESIDE_BYTES;
}

static gemm_stored stored_as(uint8_t dtype)
{
    return dtype == STINT_BF16 ? GEMM_BF16 : dtype == STINT_F16 ? GEMM_F16 : GEMM_DOMAIN;
}

void matmul_cut(matmul_args *a)
{
    int row = a->space.axes - 2, folded = folded_axes(a);
    assert(row >= 0);
    a->gemm = (gemm){.domain = a->a.dtype == STINT_F64 ? ELEMENT_F64 : ELEMENT_F32,
                     .a = stored_as(a->a.dtype),
                     .b = stored_as(a->b.dtype),
                     .m = sizes(&a->space, row - folded, row + 1),
                     .n = a->space.size[row + 1],
                     .k = a->k,
                     .batches = sizes(&a->space, 0, row - folded),
                     .a_row = a->a.stride[row],
                     .a_col = a->a.stride[row + 1],
                     .b_row = a->b.stride[row],
                     .b_col = a->b.stride[row + 1]};
    for (int i = 1; i < a->after.program->inputs && a->gemm.besides < GEMM_BESIDES; i++)
        a->gemm.besides += is_beside(a, i);
    gemm_cut(&a->gemm);
    assert(a->gemm.phases == 1 && a->gemm.shared_bytes == 0);
}

/* Whether the program only stores the product, as rows that tiles can be written to. */
static bool stores_alone(const matmul_after *p)
{
    const matmul_args *a = p->args;
    const element_program *after = a->after.program;
    const element_code *c = after->code;
    uint8_t dtype = a->gemm.domain == ELEMENT_F64 ? STINT_F64 : STINT_F32;
    if (after->outputs != 1 || after->out_dtype[0] != dtype || after->codes > 1)
        return false;
    if (after->codes == 0 ? after->out_register[0] != 0
                          : c->op != ELEMENT_COPY || c->a != 0 || c->out != after->out_register[0])
        return false;
    for (int i = p->batch_axes; i < p->row_axis; i++)
        if (!matmul_goes_on(&a->space, p->out[0].stride, i))
            return false;
    return p->out[0].stride[p->row_axis + 1] == 1 || a->gemm.n == 1;
}

/* The matrices that the program reads from memory as it does the product. */
static void find_besides(const matmul_after *p, gemm_beside *beside)
{
    const matmul_args *a = p->args;
    int n = 0;
    for (int i = 1; n < a->gemm.besides; i++) {
        const element_view *v = &p->in[i];
        int64_t bytes = dtype_size(a->after.program->in_dtype[i]);
        if (is_beside(a, i))
            beside[n++] = (gemm_beside){.at = v->at + matmul_row_offset(p, v, 0) * bytes,
                                        .row_bytes = v->stride[p->row_axis] * bytes,
                                        .element_bytes = bytes};
    }
}

static void run_batch(matmul_after *p, int64_t batch, int64_t tile, char *const *memory,
                      void *scratch)
{
    const matmul_args *args = p->args;
    element_view x = view_at(&args->a, memory), y = view_at(&args->b, memory);
    int64_t bytes = args->gemm.domain == ELEMENT_F64 ? 8 : 4, b_offset = 0;
    for (int i = p->batch_axes - 1; i >= 0; i--) {
        p->at[i] = batch % args->space.size[i];
        batch /= args->space.size[i];
        b_offset += p->at[i] * y.stride[i];
    }
    const void *a = x.at + matmul_row_offset(p, &x, 0) * dtype_size(args->a.dtype);
    const void *b = y.at + b_offset * dtype_size(args->b.dtype);
    gemm_beside beside[GEMM_BESIDES];
    gemm_operands o = {.a = &a, .b = &b, .tile = matmul_after_tile, .self = p, .beside = beside};
    find_besides(p, beside);
    void *direct;
    if (stores_alone(p)) {
        direct = p->out[0].at + matmul_row_offset(p, &p->out[0], 0) * bytes;
        o.direct = &direct;
        o.direct_row = p->out[0].stride[p->row_axis];
    }
    gemm one = args->gemm;
    one.batches = 1;
    gemm_run(&one, 0, tile, &o, scratch);
}

/* Several items a batch, or several batches an item. */
static void matmul_run(const void *args, int phase, int64_t item, char *const *memory,
                       void *scratch)
{
    static_assert(GEMM_THREAD_BYTES + MATMUL_AFTER_BYTES <= PLAN_SCRATCH_BYTES, "of a thread");
    const matmul_args *a = args;
    const gemm *g = &a->gemm;
    int row = a->space.axes - 2;
    matmul_after p; /* some kilobytes, not all of them used */
    (void)phase;
    p.args = a;
    p.row_axis = row;
    p.batch_axes = row - folded_axes(a);
    p.scratch = (char *)scratch + GEMM_THREAD_BYTES;
    matmul_after_bind(&p, memory);
    if (g->items[0] >= g->batches) {
        int64_t each = g->items[0] / g->batches;
        run_batch(&p, item / each, item % each, memory, scratch);
        return;
    }
    int64_t together = (g->batches + g->items[0] - 1) / g->items[0];
    for (int64_t i = item * together; i < (item + 1) * together && i < g->batches; i++)
        run_batch(&p, i, 0, memory, scratch);
}

static int64_t matmul_items(const void *args, int phase)
{
    const matmul_args *a = args;
    (void)phase;
    return a->gemm.items[0];
}

/* "[64,256] = [64,784] x [784,256] of bf16 and f32, 3 operations" */
static void matmul_describe(const void *args, str *out)
{
    const matmul_args *a = args;
    const gemm *g = &a->gemm;
    if (g->batches > 1)
        str_addf(out, "%lld of ", (long long)g->batches);
    str_addf(out, "[%lld,%lld] = [%lld,%lld] x [%lld,%lld]", (long long)g->m, (long long)g->n,
             (long long)g->m, (long long)g->k, (long long)g->k, (long long)g->n);
    if (g->a || g->b)
        str_addf(out, " of %s and %s", stint_dtype_text((stint_dtype)a->a.dtype),
                 stint_dtype_text((stint_dtype)a->b.dtype));
    if (a->after.program->codes > 0)
        str_addf(out, ", %d operations", a->after.program->codes);
}

const step_class step_matmul = {
    .name = "matmul", .items = matmul_items, .run = matmul_run, .describe = matmul_describe};
