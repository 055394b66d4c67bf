#include "device/sequence_rows.h"

#include "kernel/gemm_class.h"

#include <assert.h>
#include <string.h>

/* Products of few rows, again and again by the same weights: those are packed once, in panels as
 * wide as what kernel/gemm_class.h reads without packing them itself. */

enum { ROWS_MOST = 24, ROWS_LEAST = 8, ITEMS_WANTED = 4 };

static int64_t bytes_of(const sequence_args *a)
{
    return a->domain == ELEMENT_F64 ? 8 : 4;
}

static int64_t gates_of(const sequence_args *a)
{
    return sequence_parts_of[a->cell].gates * a->hidden;
}

/* The product is [rows][depth] [depth][columns]. */
static int64_t depth_of(const sequence_args *a)
{
    return a->back ? gates_of(a) : a->hidden;
}

static int64_t columns_of(const sequence_args *a)
{
    return a->back ? a->hidden : gates_of(a);
}

static int64_t width_of(const sequence_args *a)
{
    return GEMM_PANEL_BYTES / bytes_of(a);
}

/* Not a power of two apart, which would put rows into few sets of the cache. */
static int64_t product_row(const sequence_args *a)
{
    return (a->panels + 1) * width_of(a);
}

static int64_t aligned(int64_t elements)
{
    return (elements + 15) / 16 * 16;
}

/* Places in the shared buffer; returns its end. */
static int64_t lay_out(const sequence_args *a, char *base, sequence_room *room)
{
    const struct {
        char **at;
        int64_t elements;
    } parts[] = {
        {&room->panels, a->panels * depth_of(a) * width_of(a)},
        {&room->vector, 3 * a->hidden},
        {&room->products, a->batch * product_row(a)},
        {&room->keep_h, a->back ? a->batch * a->hidden : 0},
        {&room->keep_c, a->back ? a->batch * a->hidden : 0},
    };
    int64_t end = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i].at = base ? base + end : NULL;
        end += aligned(parts[i].elements) * bytes_of(a);
    }
    return end;
}

static int64_t parts(int64_t n, int64_t size)
{
    return (n + size - 1) / size;
}

void sequence_cut(sequence_args *a, bool back)
{
    sequence_room room;
    a->back = back;
    a->path = gemm_class_best();
    int64_t items = parts(a->batch, ROWS_MOST);
    if (items < ITEMS_WANTED) {
        int64_t small = parts(a->batch, ROWS_LEAST);
        items = small < ITEMS_WANTED ? small : ITEMS_WANTED;
    }
    a->rows = items > 0 ? parts(a->batch, items) : 1;
    a->panels = parts(columns_of(a), width_of(a));
    a->shared_bytes = lay_out(a, NULL, &room);
}

int sequence_phases(const void *args)
{
    (void)args;
    return 2;
}

int64_t sequence_items(const sequence_args *a, int phase)
{
    return phase == 0 ? a->panels : a->panels > 0 ? parts(a->batch, a->rows) : 0;
}

void sequence_pack(const sequence_args *a, int64_t panel, char *const *memory)
{
    sequence_room room;
    lay_out(a, memory[a->shared], &room);
    element_view w = view_at(&a->w, memory);
    int64_t width = width_of(a), depth = depth_of(a), first = panel * width;
    int64_t left = columns_of(a) - first, n = left < width ? left : width;
    int64_t row = w.stride[a->back], col = w.stride[!a->back], bytes = bytes_of(a);
    char *to = room.panels + panel * depth * width * bytes;
    for (int64_t k = 0; k < depth; k++, to += width * bytes) {
        const char *from = w.at + (k * row + first * col) * bytes;
        assert(from);
        memset(to, 0, (size_t)(width * bytes));
        if (bytes == 4)
            for (int64_t j = 0; j < n; j++)
                ((float *)(void *)to)[j] = ((const float *)(const void *)from)[j * col];
        else
            for (int64_t j = 0; j < n; j++)
                ((double *)(void *)to)[j] = ((const double *)(const void *)from)[j * col];
    }
}

void sequence_bind(sequence_rows *r, const sequence_args *a, int64_t item, char *const *memory,
                   void *scratch)
{
    *r = (sequence_rows){.a = a,
                         .parts = sequence_parts_of[a->cell],
                         .lengths = view_at(&a->lengths, memory),
                         .bytes = bytes_of(a),
                         .product_row = product_row(a),
                         .begin = item * a->rows,
                         .end = (item + 1) * a->rows,
                         .scratch = scratch};
    if (r->end > a->batch)
        r->end = a->batch;
    lay_out(a, memory[a->shared], &r->room);
}

void sequence_product(const sequence_rows *r, const void *a, int64_t a_row)
{
    static_assert((ROWS_MOST * 8 + GEMM_PANEL_BYTES) * GEMM_DEPTH <= PLAN_SCRATCH_BYTES,
                  "the scratch of a thread");
    const sequence_args *s = r->a;
    int64_t width = width_of(s), depth = depth_of(s);
    gemm_part p = {.rows = r->end - r->begin,
                   .cols = width,
                   .k = depth,
                   .a = a,
                   .a_row = a_row,
                   .a_col = 1,
                   .b_row = width,
                   .b_col = 1,
                   .c_row = r->product_row,
                   .scratch = r->scratch};
    for (int64_t i = 0; i < s->panels; i++) {
        p.b = r->room.panels + i * depth * width * r->bytes;
        p.c = sequence_product_of(r, r->begin) + i * width * r->bytes;
        gemm_table[s->path]->run[s->domain](&p);
    }
}

bool sequence_is_over(const sequence_rows *r, int64_t t, int64_t b)
{
    const void *at = r->lengths.at;
    int64_t i = b * r->lengths.stride[0];
    if (!at)
        return false;
    return t >
           (r->a->lengths.dtype == STINT_I32 ? ((const int32_t *)at)[i] : ((const int64_t *)at)[i]);
}

void sequence_gather(const sequence_rows *r, const char *from, int64_t stride, int64_t n, char *to)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(to + i * r->bytes, from + i * stride * r->bytes, (size_t)r->bytes);
}

/* "lstm, 100 steps of [64,128], by rows of 16" */
void sequence_describe(const sequence_args *a, str *out)
{
    static const char *const text[SEQUENCE_CELLS] = {"lstm", "gru"};
    str_addf(out, "%s, %lld steps of [%lld,%lld], by rows of %lld", text[a->cell],
             (long long)a->time, (long long)a->batch, (long long)a->hidden, (long long)a->rows);
}
