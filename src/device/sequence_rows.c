#include "device/sequence_rows.h"

#include "kernel/gemm_class.h"

#include <string.h>

/* Rows take the same weights again and again: those are packed once. */

enum { ROWS_LEAST = 12, ITEMS_WANTED = 4 };

static int64_t bytes_of(const sequence_args *a)
{
    return a->domain == ELEMENT_F64 ? 8 : 4;
}

static int64_t parts(int64_t n, int64_t size)
{
    return (n + size - 1) / size;
}

/* A panel is [depth][groups][width], of units width apart from those of the next: the columns of
 * a gate forward; rows of w are its columns back. */
typedef struct panel_shape {
    int64_t depth, groups, width;
} panel_shape;

static panel_shape shape_of(const sequence_args *a)
{
    int64_t gates = sequence_parts_of[a->cell].gates;
    int64_t lanes = sequence_of(a->path, a->domain)->lanes;
    if (a->back)
        return (panel_shape){gates * a->hidden, 1, SEQUENCE_BACK_VECTORS * lanes};
    return (panel_shape){a->hidden, gates, lanes};
}

static panel_shape shape_of_inputs(const sequence_args *a)
{
    panel_shape s = shape_of(a);
    s.depth = a->inputs;
    return s;
}

static int64_t elements_of(panel_shape s)
{
    return s.depth * s.groups * s.width;
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
    } places[] = {
        {&room->panels, a->panels * elements_of(shape_of(a))},
        {&room->vector, 3 * a->hidden},
        {&room->inputs, a->panels * elements_of(shape_of_inputs(a))},
        {&room->input_bias, a->inputs > 0 ? sequence_parts_of[a->cell].gates * a->hidden : 0},
        {&room->keep_h, a->back ? a->batch * a->hidden : 0},
        {&room->keep_c, a->back ? a->batch * a->hidden : 0},
    };
    int64_t end = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        *places[i].at = base ? base + end : NULL;
        end += aligned(places[i].elements) * bytes_of(a);
    }
    return end;
}

void sequence_cut(sequence_args *a, bool back)
{
    sequence_room room;
    a->back = back;
    a->path = gemm_class_best();
    int64_t items = parts(a->batch, SEQUENCE_ROWS_MOST), more = a->batch / ROWS_LEAST;
    more = more < ITEMS_WANTED ? more : ITEMS_WANTED;
    items = items > more ? items : more;
    a->rows = items > 0 ? parts(a->batch, items) : 1;
    a->panels = parts(a->hidden, shape_of(a).width);
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

/* n columns of w, a row of it `row` bytes behind the other, to columns of a panel. */
static void pack_columns(const sequence_args *a, const char *from, int64_t row, int64_t col,
                         int64_t n, panel_shape s, char *to)
{
    int64_t bytes = bytes_of(a), to_row = s.groups * s.width;
    if (row == bytes && col % bytes == 0) {
        gemm_table[a->path]->turn[a->domain](from, col / bytes, n, s.depth, to, to_row);
        return;
    }
    for (int64_t k = 0; k < s.depth; k++, from += row, to += to_row * bytes)
        if (col == bytes)
            memcpy(to, from, (size_t)(n * bytes));
        else
            for (int64_t j = 0; j < n; j++)
                memcpy(to + j * bytes, from + j * col, (size_t)bytes);
}

/* Of w, [depth][groups hidden] or its transpose, a panel of those at `to` */
static void pack_panel(const sequence_args *a, const element_view *w, panel_shape s, int64_t panel,
                       char *to)
{
    int64_t first = panel * s.width, left = a->hidden - first, n = left < s.width ? left : s.width;
    int64_t bytes = bytes_of(a), row = w->stride[a->back] * bytes;
    int64_t col = w->stride[!a->back] * bytes;
    to += panel * elements_of(s) * bytes;
    if (n < s.width)
        memset(to, 0, (size_t)(elements_of(s) * bytes));
    for (int64_t g = 0; g < s.groups; g++)
        pack_columns(a, w->at + (g * a->hidden + first) * col, row, col, n, s,
                     to + g * s.width * bytes);
}

void sequence_pack(const sequence_args *a, int64_t panel, char *const *memory)
{
    sequence_room room;
    lay_out(a, memory[a->shared], &room);
    element_view w = view_at(&a->w, memory);
    pack_panel(a, &w, shape_of(a), panel, room.panels);
}

void sequence_pack_inputs(const sequence_args *a, const step_view *w, int64_t panel,
                          char *const *memory)
{
    sequence_room room;
    lay_out(a, memory[a->shared], &room);
    element_view at = view_at(w, memory);
    pack_panel(a, &at, shape_of_inputs(a), panel, room.inputs);
}

void sequence_bind(sequence_rows *r, const sequence_args *a, int64_t item, char *const *memory)
{
    *r = (sequence_rows){.a = a,
                         .cells = sequence_of(a->path, a->domain),
                         .parts = sequence_parts_of[a->cell],
                         .lengths = view_at(&a->lengths, memory),
                         .bytes = bytes_of(a),
                         .begin = item * a->rows,
                         .end = (item + 1) * a->rows};
    if (r->end > a->batch)
        r->end = a->batch;
    lay_out(a, memory[a->shared], &r->room);
    sequence_divide(r, 0);
}

static int64_t length_of(const sequence_rows *r, int64_t b)
{
    const void *at = r->lengths.at;
    int64_t i = b * r->lengths.stride[0];
    if (!at)
        return r->a->time;
    return r->a->lengths.dtype == STINT_I32 ? ((const int32_t *)at)[i] : ((const int64_t *)at)[i];
}

void sequence_divide(sequence_rows *r, int64_t t)
{
    int64_t last = r->end - r->begin;
    r->live = 0;
    for (int64_t b = r->begin; b < r->end; b++)
        if (t == 0 || t <= length_of(r, b))
            r->row[r->live++] = b;
        else
            r->row[--last] = b;
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
    if (a->inputs > 0)
        str_addf(out, ", of %lld inputs", (long long)a->inputs);
}
