#include "device/matmul_after.h"

#include <string.h>

/* Runs are as long as can be, since each costs as much as some hundred elements: a tile of whole
 * rows is one line where the operands are lines or one value.  An operand that repeats a row,
 * like a bias, is laid out several times, and the tile is that many rows at a time. */

bool matmul_goes_on(const element_space *s, const int64_t *stride, int axis)
{
    int64_t rows = 1;
    for (int i = axis + 1; i < s->axes - 1; i++)
        rows *= s->size[i];
    return s->size[axis] == 1 || stride[axis] == stride[s->axes - 2] * rows;
}

int64_t matmul_row_offset(const matmul_after *p, const element_view *v, int64_t row)
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

static bool rows_go_on(const matmul_after *p, const element_view *v)
{
    for (int i = p->batch_axes; i < p->row_axis; i++)
        if (!matmul_goes_on(&p->args->space, v->stride, i))
            return false;
    return true;
}

static matmul_lie lie_of(const matmul_after *p, const element_view *v)
{
    int64_t n = p->args->gemm.n, row = v->stride[p->row_axis], col = v->stride[p->row_axis + 1];
    if (!rows_go_on(p, v))
        return LIE_LOOSE;
    if (row == 0 && (col == 0 || n == 1))
        return LIE_ONE;
    if (row == n && (col == 1 || n == 1))
        return LIE_LINE;
    return row == 0 && col == 1 && n <= MATMUL_REPEATED ? LIE_ROW : LIE_LOOSE;
}

void matmul_after_bind(matmul_after *p, char *const *memory)
{
    const step_program *after = &p->args->after;
    views_at(after->program->outputs, after->out, memory, p->out);
    p->flat = p->even = true;
    p->repeats = false;
    for (int i = 1; i < after->program->inputs; i++) {
        p->in[i] = view_at(&after->in[i], memory);
        p->lie[i] = (uint8_t)lie_of(p, &p->in[i]);
        p->flat = p->flat && p->lie[i] != LIE_LOOSE;
        p->repeats = p->repeats || p->lie[i] == LIE_ROW;
        p->even = p->even && rows_go_on(p, &p->in[i]);
    }
    for (int o = 0; o < after->program->outputs; o++) {
        p->flat = p->flat && lie_of(p, &p->out[o]) == LIE_LINE;
        p->even = p->even && rows_go_on(p, &p->out[o]);
    }
}

/* The part of an operand that is over a tile from (row, col) on */
static element_view over_tile(const matmul_after *p, const element_view *v, uint8_t dtype,
                              int64_t row, int64_t col)
{
    const int64_t *stride = &v->stride[p->row_axis];
    int64_t n = matmul_row_offset(p, v, row) + col * stride[1];
    return (element_view){v->at + n * dtype_size(dtype), {stride[0], stride[1]}};
}

/* Rows that are taken together: whole blocks of the program's, where n allows it. */
static int64_t rows_together(const matmul_after *p, int64_t rows, int64_t n)
{
    int64_t most = MATMUL_REPEATED / n, even = 16;
    if (!p->repeats || rows <= most)
        return rows;
    while (even > 1 && n * (even / 2) % 16 == 0)
        even /= 2;
    return most >= even ? most / even * even : most;
}

/* `rows` times the row of n elements at `at`, in `to`. */
static void lay_out(char *to, const char *at, int64_t n, int64_t rows, int64_t bytes)
{
    size_t row = (size_t)(n * bytes), all = row * (size_t)rows, done = row;
    memcpy(to, at, row);
    for (size_t more; done < all; done += more) { /* what is there, once more */
        more = all - done < done ? all - done : done;
        memcpy(to + done, to, more);
    }
}

/* `times` lines of `rows` whole rows; the operands move on behind them. */
static void run_lines(const matmul_after *p, int64_t times, int64_t rows, element_view *in,
                      element_view *out)
{
    const element_program *after = p->args->after.program;
    int64_t line = rows * p->args->gemm.n;
    const element_space s = {.axes = 2, .size = {times, line}};
    for (int i = 0; i < after->inputs; i++) {
        in[i].stride[0] = i == 0 || p->lie[i] == LIE_LINE ? line : 0;
        in[i].stride[1] = i == 0 || p->lie[i] != LIE_ONE;
    }
    for (int o = 0; o < after->outputs; o++)
        out[o].stride[0] = line, out[o].stride[1] = 1;
    element_run_space(after, &s, 0, times * line, in, out, p->scratch);
    for (int i = 0; i < after->inputs; i++)
        if (in[i].stride[0] != 0)
            in[i].at += times * line * dtype_size(after->in_dtype[i]);
    for (int o = 0; o < after->outputs; o++)
        out[o].at += times * line * dtype_size(after->out_dtype[o]);
}

static void run_flat(const matmul_after *p, int64_t rows, element_view *in, element_view *out)
{
    const element_program *after = p->args->after.program;
    int64_t n = p->args->gemm.n, together = rows_together(p, rows, n);
    char *copy = p->scratch + ELEMENT_SCRATCH_BYTES;
    for (int i = 1; i < after->inputs; i++)
        if (p->lie[i] == LIE_ROW && together > 1) {
            lay_out(copy, in[i].at, n, together, dtype_size(after->in_dtype[i]));
            in[i].at = copy;
            copy += MATMUL_REPEATED * 8;
        }
    run_lines(p, rows / together, together, in, out);
    if (rows % together > 0)
        run_lines(p, 1, rows % together, in, out);
}

/* Rows that do not go on over folded axes are run one by one. */
void matmul_after_tile(void *self, int64_t batch, int64_t row, int64_t col, int64_t rows,
                       int64_t cols, void *acc, int64_t ld)
{
    matmul_after *p = self;
    const element_program *after = p->args->after.program;
    int64_t n = p->args->gemm.n, bytes = p->args->gemm.domain == ELEMENT_F64 ? 8 : 4;
    bool flat = p->flat && cols == n && ld == n;
    int64_t together = p->even ? rows : 1;
    element_view in[ELEMENT_MOST_REGISTERS], out[ELEMENT_MOST_REGISTERS];
    (void)batch;
    for (int64_t done = 0; done < rows; done += together) {
        in[0] = (element_view){(char *)acc + done * ld * bytes, {ld, 1}};
        for (int i = 1; i < after->inputs; i++)
            in[i] = over_tile(p, &p->in[i], after->in_dtype[i], row + done, col);
        for (int o = 0; o < after->outputs; o++)
            out[o] = over_tile(p, &p->out[o], after->out_dtype[o], row + done, col);
        if (flat) {
            run_flat(p, together, in, out);
            continue;
        }
        const element_space tile = {.axes = 2, .size = {together, cols}};
        element_run_space(after, &tile, 0, together * cols, in, out, p->scratch);
    }
}
