/* The path along rows: a result's values follow one another and are summed as a row. */
#include "device/reduce_parts.h"

/* Where value `number` of the one input lies. */
static const char *value_at(const bound_program *b, int64_t number, int64_t bytes)
{
    int64_t offset = 0;
    for (int k = b->space.axes - 1; k >= 0; k--) {
        offset += (k > 0 ? number % b->space.size[k] : number) * b->in[0].stride[k];
        number /= b->space.size[k];
    }
    return b->in[0].at + offset * bytes;
}

/* Do all values of a result lie side by side, and need no program, or are they squares of such? */
static bool rows_lie_there(const reduce_args *a, const bound_program *b, bool squares, int64_t q)
{
    int last = b->space.axes - 1;
    if (!squares && !reduce_is_plain(a))
        return false;
    return last < 0 || (b->in[0].stride[last] == 1 && b->space.size[last] % q == 0);
}

/* Many results of few values, all of them: as many as fit the tile. */
static void short_rows(const reduce_args *a, const reduce_part *part, bound_program *b,
                       int64_t bytes, reduce_scratch *s)
{
    int64_t q = part->q1, most = REDUCE_TILE / q;
    for (int64_t m = part->begin; m < part->end; m += most) {
        int64_t n = part->end - m < most ? part->end - m : most;
        reduce_make(b, m * q, (m + n) * q, s->tile, s);
        for (int64_t i = 0; i < n; i++)
            s->acc[m - part->begin + i] = reduce_run(a, q, s->tile + i * q * bytes);
    }
}

void reduce_rows(const reduce_args *a, const reduce_part *part, char *const *memory,
                 reduce_scratch *s)
{
    bound_program b;
    int64_t q = reduce_dropped(a), bytes = dtype_size(a->before.program->out_dtype[0]);
    if (q > 0)
        reduce_bind_before(a, memory, &b);
    bool squares = reduce_is_squares(a), there = q > 0 && rows_lie_there(a, &b, squares, q);
    if (q > 0 && !there && q <= REDUCE_TILE / 2) {
        short_rows(a, part, &b, bytes, s);
        return;
    }
    for (int64_t m = part->begin; m < part->end; m++) {
        reduced r = reduce_none(a);
        for (int64_t i = part->q0; i < part->q1; i += REDUCE_TILE) {
            int64_t n = part->q1 - i < REDUCE_TILE ? part->q1 - i : REDUCE_TILE;
            const char *x = s->tile;
            if (there)
                x = value_at(&b, m * q + i, bytes);
            else
                reduce_make(&b, m * q + i, m * q + i + n, s->tile, s);
            reduced more = squares && there ? (reduced){.f = row_sum_squares(b.p->domain, n, x)}
                                            : reduce_run(a, n, x);
            r = i == part->q0 ? more : reduce_two(a, r, more);
        }
        s->acc[m - part->begin] = r;
    }
}
