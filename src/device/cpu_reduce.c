/* Reductions: along rows or down columns of values, whichever a row-major value favours; cut into chunks
 * where few results have many values.
 *
 *     phase 0    chunks × blocks of results: each chunk's results into `partial` [chunks][M]
 *     phase 1    blocks of results: chunks combined in order, then `after`
 *
 * With one chunk, phase 0 finishes. */
#include "device/reduce_parts.h"

#include <assert.h>

enum {
    ROWS_CHUNK = 2 * REDUCE_TILE, /* values */
    ROWS_FEW = 64,                /* results; more are work enough without chunks */
    COLUMNS_CHUNK = 1 << 16,      /* values of a block of results */
    COLUMNS_FEW = 1 << 16,
    ITEM = 1 << 14, /* values of an item along rows */
    NEAR = 16,      /* values apart that still share cache lines */
};

int64_t reduce_chunk(const reduce_args *a)
{
    int64_t m = reduce_kept(a), q = reduce_dropped(a), chunk = ROWS_CHUNK, few = ROWS_FEW;
    if (a->path == REDUCE_COLUMNS) {
        int64_t width = m < 1 ? 1 : m < REDUCE_RESULTS ? m : REDUCE_RESULTS;
        chunk = (COLUMNS_CHUNK / width + ROW_FOLD - 1) / ROW_FOLD * ROW_FOLD;
        few = COLUMNS_FEW;
    }
    return m < few && q > 2 * chunk ? chunk : q;
}

/* Nanoseconds that a value costs, as measured in the rough: runs of `before` that begin, strides,
 * and the row or the columns that it goes into. */
static double path_cost(const reduce_args *a, int path)
{
    int64_t stride[1][STINT_AXES];
    element_space s = reduce_space(a, path);
    reduce_strides(a, path, a->row_major, stride[0]);
    element_merge(&s, 1, stride);
    int64_t run = s.axes > 0 ? s.size[s.axes - 1] : 1;
    int64_t step = s.axes > 0 ? stride[0][s.axes - 1] : 1;
    double cost = 30.0 / (double)(run < ELEMENT_BLOCK ? run : ELEMENT_BLOCK);
    cost += step <= 1 ? 0.2 : step <= NEAR ? 0.6 : 2.5;
    return cost + (path == REDUCE_ROWS ? 20.0 / (double)reduce_dropped(a)
                                       : 3.0 / (double)reduce_kept(a) + 0.1);
}

/* Results that are worked on at once. */
static int64_t block_of(const reduce_args *a)
{
    int64_t q = reduce_dropped(a), n = REDUCE_RESULTS;
    if (a->path == REDUCE_ROWS)
        n = a->chunks > 1 || q >= ITEM ? 1 : ITEM / (q < 1 ? 1 : q);
    return n < REDUCE_RESULTS ? n : REDUCE_RESULTS;
}

static int64_t pieces(int64_t n, int64_t of)
{
    return (n + of - 1) / of;
}

void reduce_cut(reduce_args *a)
{
    int64_t m = reduce_kept(a), q = reduce_dropped(a);
    assert(a->before.program->outputs == 1);
    a->path = REDUCE_ROWS;
    if (m > 0 && q > 0 && path_cost(a, REDUCE_COLUMNS) < path_cost(a, REDUCE_ROWS))
        a->path = REDUCE_COLUMNS;
    a->chunks = q > 0 ? pieces(q, reduce_chunk(a)) : 1;
    a->items[0] = pieces(m, block_of(a)) * a->chunks;
    a->items[1] = a->chunks > 1 ? pieces(m, REDUCE_RESULTS) : 0;
    a->partial_bytes = a->chunks > 1 ? a->chunks * m * (int64_t)sizeof(reduced) : 0;
    a->partial = -1;
}

static int reduce_phases(const void *args)
{
    const reduce_args *a = args;
    return a->chunks > 1 ? 2 : 1;
}

static int64_t reduce_items(const void *args, int phase)
{
    const reduce_args *a = args;
    return a->items[phase];
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void run_chunk(const reduce_args *a, int64_t item, char *const *memory, reduce_scratch *s)
{
    int64_t m = reduce_kept(a), q = reduce_dropped(a), block = block_of(a);
    int64_t chunk = item / pieces(m, block), length = reduce_chunk(a);
    reduce_part part = {.begin = item % pieces(m, block) * block, .q0 = chunk * length};
    part.end = least(m, part.begin + block);
    part.q1 = least(q, part.q0 + length);
    (a->path == REDUCE_ROWS ? reduce_rows : reduce_columns)(a, &part, memory, s);
    if (a->chunks > 1)
        memcpy((reduced *)memory[a->partial] + chunk * m + part.begin, s->acc,
               (size_t)(part.end - part.begin) * sizeof(reduced));
    else
        reduce_finish(a, part.begin, part.end, memory, s);
}

static void run_combine(const reduce_args *a, int64_t item, char *const *memory, reduce_scratch *s)
{
    int64_t m = reduce_kept(a), begin = item * REDUCE_RESULTS;
    int64_t end = least(m, begin + REDUCE_RESULTS);
    const reduced *partial = (const reduced *)memory[a->partial];
    element_domain d = a->before.program->domain == ELEMENT_I64 ? ELEMENT_I64 : ELEMENT_F64;
    memcpy(s->acc, partial + begin, (size_t)(end - begin) * sizeof(reduced));
    for (int64_t c = 1; c < a->chunks; c++) {
        const void *row[] = {partial + c * m + begin};
        row_fold(a->combine, d, end - begin, 1, row, s->acc);
    }
    reduce_finish(a, begin, end, memory, s);
}

static void reduce_run_item(const void *args, int phase, int64_t item, char *const *memory,
                            void *scratch)
{
    static_assert(sizeof(reduce_scratch) <= PLAN_SCRATCH_BYTES, "the scratch of a thread");
    (phase == 0 ? run_chunk : run_combine)(args, item, memory, scratch);
}

static void reduce_describe(const void *args, str *out)
{
    const reduce_args *a = args;
    str_addf(out, "%s [", element_ops[a->combine].text);
    for (int k = 0; k < a->space.axes; k++)
        str_addf(out, k == a->kept ? "|%lld" : k ? ",%lld" : "%lld", (long long)a->space.size[k]);
    str_addf(out, "] %s, %lld chunks", a->path == REDUCE_ROWS ? "along rows" : "down columns",
             (long long)a->chunks);
}

const step_class step_reduce = {
    .name = "reduce",
    .phases = reduce_phases,
    .items = reduce_items,
    .run = reduce_run_item,
    .describe = reduce_describe,
};
