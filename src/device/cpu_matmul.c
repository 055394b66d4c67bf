#include "device/views.h"

#include <assert.h>
#include <string.h>

/* Matrix products: tiles by kernel/gemm.h, and on each, while it is in cache, the program that
 * follows.
 *
 * Batch axes over which b stays the same and the rows of a go on evenly are more rows of one
 * product.  `folded` axes before that of the rows are such; the others count batches. */

typedef struct product {
    const matmul_args *args;
    int row_axis, folded, batch_axes;
    bool flat; /* every operand of the program is one line, or one value */
    element_view a, b;
    element_view in[ELEMENT_MOST_REGISTERS], out[ELEMENT_MOST_REGISTERS];
    int64_t at[STINT_AXES]; /* the batch */
    char *scratch;          /* of the program */
} product;

/* Whether the axis before `axis` goes on where `axis` ends. */
static bool goes_on(const element_space *s, const int64_t *stride, int axis)
{
    return s->size[axis - 1] == 1 || stride[axis - 1] == stride[axis] * s->size[axis];
}

static int folded_axes(const matmul_args *a)
{
    int row = a->space.axes - 2, n = 0;
    while (n < row && goes_on(&a->space, a->a.stride, row - n) &&
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

void matmul_cut(matmul_args *a)
{
    int row = a->space.axes - 2, folded = folded_axes(a);
    assert(row >= 0);
    a->gemm = (gemm){.domain = a->a.dtype == STINT_F64 ? ELEMENT_F64 : ELEMENT_F32,
                     .m = sizes(&a->space, row - folded, row + 1),
                     .n = a->space.size[row + 1],
                     .k = a->k,
                     .batches = sizes(&a->space, 0, row - folded),
                     .a_row = a->a.stride[row],
                     .a_col = a->a.stride[row + 1],
                     .b_row = a->b.stride[row],
                     .b_col = a->b.stride[row + 1]};
    gemm_cut(&a->gemm);
    assert(a->gemm.phases == 1 && a->gemm.shared_bytes == 0);
}

/* Elements from a view's first to a row of the batch at hand. */
static int64_t row_offset(const product *p, const element_view *v, int64_t row)
{
    int64_t n = 0;
    for (int i = p->batch_axes; i-- > 0;)
        n += p->at[i] * v->stride[i];
    for (int i = p->row_axis; i > p->batch_axes; i--) {
        n += row % p->args->space.size[i] * v->stride[i];
        row /= p->args->space.size[i];
    }
    return n + row * v->stride[p->batch_axes];
}

/* Operands of the program over a tile: rows × cols from (row, col), products at acc. */
static void finish_rows(product *p, int64_t row, int64_t col, const element_space *tile, char *acc,
                        int64_t ld)
{
    const element_program *after = p->args->after.program;
    element_view in[ELEMENT_MOST_REGISTERS], out[ELEMENT_MOST_REGISTERS];
    int axis = p->row_axis;
    in[0] = (element_view){acc, {ld, 1}};
    for (int i = 1; i < after->inputs; i++) {
        const element_view *v = &p->in[i];
        int64_t n = row_offset(p, v, row) + col * v->stride[axis + 1];
        in[i] = (element_view){v->at + n * dtype_size(after->in_dtype[i]),
                               {v->stride[axis], v->stride[axis + 1]}};
    }
    for (int o = 0; o < after->outputs; o++) {
        const element_view *v = &p->out[o];
        int64_t n = row_offset(p, v, row) + col * v->stride[axis + 1];
        out[o] = (element_view){v->at + n * dtype_size(after->out_dtype[o]),
                                {v->stride[axis], v->stride[axis + 1]}};
    }
    if (p->flat && col == 0 && ld == p->args->gemm.n) {
        const element_space line = {.axes = 1, .size = {tile->size[0] * ld}};
        in[0].stride[0] = 1;
        for (int i = 1; i < after->inputs; i++)
            in[i].stride[0] = p->in[i].stride[axis] != 0;
        for (int o = 0; o < after->outputs; o++)
            out[o].stride[0] = 1;
        element_run_space(after, &line, 0, line.size[0], in, out, p->scratch);
        return;
    }
    element_run_space(after, tile, 0, tile->size[0] * tile->size[1], in, out, p->scratch);
}

/* Rows of a narrow tile, one behind the other. */
static void close_up(char *acc, int64_t rows, int64_t width, int64_t step)
{
    for (int64_t i = 1; i < rows; i++)
        memmove(acc + i * width, acc + i * step, (size_t)width);
}

/* Rows that are folded batches may lie anywhere: those go one by one. */
static void finish_tile(void *self, int64_t batch, int64_t row, int64_t col, int64_t rows,
                        int64_t cols, void *acc, int64_t ld)
{
    product *p = self;
    int64_t bytes = p->args->gemm.domain == ELEMENT_F64 ? 8 : 4;
    (void)batch;
    if (p->flat && cols == p->args->gemm.n && cols < ELEMENT_BLOCK && ld != cols) {
        close_up(acc, rows, cols * bytes, ld * bytes);
        ld = cols;
    }
    int64_t together = p->folded ? 1 : rows;
    const element_space tile = {.axes = 2, .size = {together, cols}};
    for (int64_t i = 0; i < rows; i += together)
        finish_rows(p, row + i, col, &tile, (char *)acc + i * ld * bytes, ld);
}

/* Whether a matrix of n columns lies as one line, or is one value. */
static bool is_line(const element_view *v, int axis, int64_t n, bool one)
{
    if (one && v->stride[axis] == 0 && v->stride[axis + 1] == 0)
        return true;
    return v->stride[axis] == n && (v->stride[axis + 1] == 1 || n == 1);
}

static bool is_flat(const product *p)
{
    const element_program *after = p->args->after.program;
    bool flat = p->folded == 0;
    for (int i = 1; i < after->inputs; i++)
        flat = flat && is_line(&p->in[i], p->row_axis, p->args->gemm.n, true);
    for (int o = 0; o < after->outputs; o++)
        flat = flat && is_line(&p->out[o], p->row_axis, p->args->gemm.n, false);
    return flat;
}

/* Whether the program only stores the product, as rows that tiles can be written to. */
static bool stores_alone(const product *p)
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
    for (int i = p->row_axis; i > p->batch_axes; i--)
        if (!goes_on(&a->space, p->out[0].stride, i))
            return false;
    return p->out[0].stride[p->row_axis + 1] == 1 || a->gemm.n == 1;
}

static void run_batch(product *p, int64_t batch, int64_t tile)
{
    const gemm *g = &p->args->gemm;
    gemm one = *g;
    int64_t bytes = g->domain == ELEMENT_F64 ? 8 : 4, b_offset = 0;
    for (int i = p->batch_axes - 1; i >= 0; i--) {
        p->at[i] = batch % p->args->space.size[i];
        batch /= p->args->space.size[i];
        b_offset += p->at[i] * p->b.stride[i];
    }
    const void *a = p->a.at + row_offset(p, &p->a, 0) * bytes, *b = p->b.at + b_offset * bytes;
    gemm_operands o = {.a = &a, .b = &b, .tile = finish_tile, .self = p};
    void *direct;
    if (stores_alone(p)) {
        direct = p->out[0].at + row_offset(p, &p->out[0], 0) * bytes;
        o.direct = &direct;
        o.direct_row = p->out[0].stride[p->row_axis];
    }
    one.batches = 1;
    gemm_run(&one, 0, tile, &o, p->scratch - GEMM_THREAD_BYTES);
}

/* Several items a batch, or several batches an item. */
static void matmul_run(const void *args, int phase, int64_t item, char *const *memory,
                       void *scratch)
{
    const matmul_args *a = args;
    const gemm *g = &a->gemm;
    product p = {.args = a, .row_axis = a->space.axes - 2, .folded = folded_axes(a)};
    (void)phase;
    p.batch_axes = p.row_axis - p.folded;
    p.a = view_at(&a->a, memory);
    p.b = view_at(&a->b, memory);
    p.scratch = (char *)scratch + GEMM_THREAD_BYTES;
    views_at(a->after.program->outputs, a->after.out, memory, p.out);
    for (int i = 1; i < a->after.program->inputs; i++)
        p.in[i] = view_at(&a->after.in[i], memory);
    p.flat = is_flat(&p);
    if (g->items[0] >= g->batches) {
        int64_t each = g->items[0] / g->batches;
        run_batch(&p, item / each, item % each);
        return;
    }
    int64_t together = (g->batches + g->items[0] - 1) / g->items[0];
    for (int64_t i = item * together; i < (item + 1) * together && i < g->batches; i++)
        run_batch(&p, i, 0);
}

static int64_t matmul_items(const void *args, int phase)
{
    const matmul_args *a = args;
    (void)phase;
    return a->gemm.items[0];
}

/* "[64,256] = [64,784] x [784,256], 3 operations" */
static void matmul_describe(const void *args, str *out)
{
    const matmul_args *a = args;
    const gemm *g = &a->gemm;
    if (g->batches > 1)
        str_addf(out, "%lld of ", (long long)g->batches);
    str_addf(out, "[%lld,%lld] = [%lld,%lld] x [%lld,%lld]", (long long)g->m, (long long)g->n,
             (long long)g->m, (long long)g->k, (long long)g->k, (long long)g->n);
    if (a->after.program->codes > 0)
        str_addf(out, ", %d operations", a->after.program->codes);
}

const step_class step_matmul = {
    .name = "matmul", .items = matmul_items, .run = matmul_run, .describe = matmul_describe};
