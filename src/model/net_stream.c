#include "model/net_kind.h"
#include "model/net_saved.h"

#include <string.h>

/* Predictions of windows over rows that stream by: every row of the table is seen in its order, the
 * last window-1 are held, and those that are asked for are predicted in batches.
 *
 *     history  [ … window-1 rows before ][ rows of the block … ]     scaled, by input
 *
 * Rows of no part are in no series, as in a pack. */

typedef struct stream {
    net_model *m;
    const model_task *t;
    bool wanted[256];
    bool all; /* the table has no parts */
    int group;
    double cell;     /* of the row before */
    int64_t run;     /* rows of its series so far */
    float *history;  /* [room][features] */
    int64_t room, n; /* rows */
    int64_t waiting; /* of the batch */
    int64_t *row;    /* [ROWS_BLOCK] rows that wait */
    double *y, *out; /* [outputs], [predictions][ROWS_BLOCK] */
    int64_t outputs;
    rows_predicted *seen;
    void *self;
} stream;

static stint_status flush(stream *s)
{
    net_model *m = s->m;
    int64_t n = s->waiting;
    s->waiting = 0;
    if (n == 0)
        return STINT_OK;
    TRY(net_forward_run(&m->forward));
    net_decode(&m->data, m->scales.y_shift, m->scales.y_scale, m->forward.y, n, s->out, ROWS_BLOCK);
    return s->seen(s->self, &(rows_block){.row = s->row, .n = n, .y = s->y}, s->out);
}

/* Room for another row: what no window needs any more goes. */
static float *history_add(stream *s)
{
    int64_t width = s->m->data.features, keep = s->m->shape.window - 1;
    if (s->n == s->room) {
        memmove(s->history, s->history + (s->n - keep) * width,
                (size_t)(keep * width) * sizeof *s->history);
        s->n = keep;
    }
    return s->history + s->n++ * width;
}

/* The window that ends at the newest row; the series' first row, where it is short, is held: it is
 * no further back than the window. */
static void window_take(stream *s)
{
    net_model *m = s->m;
    int64_t width = m->data.features, length = m->shape.window;
    int64_t rows = s->run < length ? s->run : length, missing = length - rows;
    const float *first = s->history + (s->n - rows) * width;
    float *out = m->forward.x + s->waiting * m->forward.floats;
    for (int64_t i = 0; i < missing; i++)
        for (int64_t k = 0; k < width; k++)
            out[i * width + k] = m->scales.x_zero[k] ? 0 : first[k];
    memcpy(out + missing * width, first, (size_t)(rows * width) * sizeof *out);
}

static double group_cell(const stream *s, int64_t row)
{
    double cell = 0;
    int32_t in_chunk = (int32_t)(row % COLFILE_CHUNK_ROWS);
    if (s->group >= 0)
        colfile_gather(s->t->table->file, s->group, row / COLFILE_CHUNK_ROWS, &in_chunk, 1, &cell,
                       1);
    return cell;
}

static stint_status take_row(stream *s, const rows_block *b, int64_t i)
{
    const net_scales *scales = &s->m->scales;
    double cell = group_cell(s, b->row[i]);
    s->run = s->run > 0 && pack_same_series(cell, s->cell) ? s->run + 1 : 1;
    s->cell = cell;
    float *x = history_add(s);
    for (int64_t k = 0; k < s->m->data.features; k++)
        x[k] = net_input(scales, k, b->x[scales->x_order[k] * ROWS_BLOCK + i]);
    return STINT_OK;
}

static int part_of(const stream *s, int64_t row)
{
    return split_chunk(s->t->table->split, row / COLFILE_CHUNK_ROWS)[row % COLFILE_CHUNK_ROWS];
}

static stint_status stream_block(void *self, const rows_block *b)
{
    stream *s = self;
    for (int64_t i = 0; i < b->n; i++) {
        int part = s->all ? 0 : part_of(s, b->row[i]);
        if (part == SPLIT_NONE)
            continue;
        TRY(take_row(s, b, i));
        if (!s->all && !s->wanted[part])
            continue;
        window_take(s);
        s->row[s->waiting] = b->row[i];
        for (int64_t k = 0; k < s->outputs; k++)
            s->y[k * ROWS_BLOCK + s->waiting] = b->y[k * ROWS_BLOCK + i];
        if (++s->waiting == s->m->forward.batch)
            TRY(flush(s));
    }
    return STINT_OK;
}

static stint_status find_group(ctx *c, stream *s)
{
    const char *name = s->m->series;
    s->group = *name ? colfile_find(s->t->table->file, name) : -1;
    if (*name && s->group < 0)
        return fail(c, STINT_EDATA, "column \"%s\" is missing: the model tells series apart by it",
                    name);
    return STINT_OK;
}

static stint_status stream_rows(ctx *c, stream *s, const rows_pass *pass)
{
    const table *t = s->t->table;
    int predictions = pass->predictions ? pass->predictions : table_predictions(t);
    int64_t window = s->m->shape.window;
    s->outputs = t->n_targets > 0 ? table_outputs(t) : 0;
    s->room = 2 * (window - 1) + ROWS_BLOCK;
    s->history = mem_new(c, TAG_MODEL, float, s->room * s->m->data.features);
    s->row = mem_new(c, TAG_MODEL, int64_t, ROWS_BLOCK);
    s->y = mem_new(c, TAG_MODEL, double, (s->outputs + 1) * ROWS_BLOCK);
    s->out = mem_new(c, TAG_MODEL, double, (int64_t)predictions *ROWS_BLOCK);
    rows_pass every = *pass;
    every.part = ROWS_ALL;
    stint_status status = s->history && s->row && s->y && s->out ? STINT_OK : STINT_ENOMEM;
    if (status == STINT_OK)
        status = rows_each(c, s->t, &every, stream_block, s);
    if (status == STINT_OK)
        status = flush(s);
    mem_free(s->history);
    mem_free(s->row);
    mem_free(s->y);
    mem_free(s->out);
    return status;
}

/* --- rows by themselves ------------------------------------------------------------------------ */

typedef struct each_row {
    net_model *m;
    double *out;
    rows_predicted *seen;
    void *self;
} each_row;

static stint_status each_block(void *self, const rows_block *b)
{
    const each_row *e = self;
    net_predict(e->m, b, e->out);
    return e->seen(e->self, b, e->out);
}

static stint_status predict_each(ctx *c, net_model *m, const model_task *t, const rows_pass *pass,
                                 rows_predicted *seen, void *self)
{
    int predictions = pass->predictions ? pass->predictions : table_predictions(t->table);
    each_row e = {m, mem_new(c, TAG_MODEL, double, (int64_t)predictions *ROWS_BLOCK), seen, self};
    stint_status s = e.out ? rows_each(c, t, pass, each_block, &e) : STINT_ENOMEM;
    mem_free(e.out);
    return s;
}

stint_status net_predict_rows(ctx *c, void *model, const model_task *t, const rows_pass *pass,
                              rows_predicted *seen, void *self)
{
    net_model *m = model;
    const split *split = t->table->split;
    if (m->shape.window < 1)
        return predict_each(c, m, t, pass, seen, self);
    stream s = {.m = m, .t = t, .all = pass->part == ROWS_ALL, .seen = seen, .self = self};
    for (int part = 0; !s.all && part <= split->parts; part++)
        s.wanted[part] =
            pass->part == ROWS_TRAINING ? split_trains(split, pass->set, part) : part == pass->part;
    TRY(find_group(c, &s));
    return stream_rows(c, &s, pass);
}
