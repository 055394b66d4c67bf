#include "data/pack_impl.h"

#include <string.h>
#include <unistd.h>

/* Chunks in parallel, each written where its rows belong, which counts of the parts tell. */

/* Lists of rows by part, in the order of PACK_TRAIN … PACK_TEST, and all rows before them. */
enum { ALL, TRAIN, HELD_OUT, TEST, LISTS };

typedef struct writer {
    ctx *ctx;
    const table *t;
    const double *state;
    const pack *p;
    const pack_scaling *scaling;
    pack_target to;
    const int64_t *at;      /* [PACK_ARRAYS] places in the file */
    bool in[LISTS][256];    /* by part */
    int64_t (*from)[LISTS]; /* [chunks] rows of each list in the chunks before */
    pack_room *rooms;       /* [threads] */
    struct room {
        float *x, *y; /* [room][features], [room][outputs] */
        uint8_t *x_bits, *y_bits;
        int32_t *classes;
        int64_t *rows, *list; /* [room] */
    } * own;                  /* [threads] */
} writer;

typedef struct chunk_writer {
    const writer *w;
    const struct room *own;
    int64_t n[LISTS]; /* rows of each list so far, from the table's beginning */
} chunk_writer;

static stint_status put(const writer *w, pack_array array, int64_t row, int64_t n, int64_t bytes,
                        const void *at)
{
    if (n * bytes == 0)
        return STINT_OK;
    return file_pwrite(w->ctx, w->to.fd, w->to.path, at, (size_t)(n * bytes),
                       w->at[array] + row * bytes);
}

/* --- values of a block --------------------------------------------------------------------- */

static void take_dense(const writer *w, const pack_block *b, float *out)
{
    int64_t width = w->p->features;
    const pack_scaling *s = w->scaling;
    for (int64_t k = 0; k < width; k++) {
        const double *x = b->x + s->order[k] * b->room;
        double shift = s->shift[k], scale = s->scale[k];
        for (int64_t i = 0; i < b->n; i++)
            out[i * width + k] = (float)((x[i] - shift) / scale);
    }
}

static void take_numbers(const writer *w, const pack_block *b, float *out)
{
    int64_t width = w->p->outputs;
    for (int64_t k = 0; k < width; k++)
        for (int64_t i = 0; i < b->n; i++)
            out[i * width + k] =
                (float)((b->y[k * b->room + i] - w->scaling->y_shift[k]) / w->scaling->y_scale[k]);
}

/* Columns first … first+n-1 of x, which are 0 and 1, most significant bit first. */
static void take_bits(const double *x, const int *order, int64_t bits, const pack_block *b,
                      uint8_t *out)
{
    int64_t bytes = (bits + 7) / 8;
    memset(out, 0, (size_t)(b->n * bytes));
    for (int64_t k = 0; k < bits; k++) {
        const double *column = x + (order ? order[k] : k) * b->room;
        for (int64_t i = 0; i < b->n; i++)
            if (column[i] != 0)
                out[i * bytes + k / 8] |= (uint8_t)(0x80 >> (k % 8));
    }
}

static stint_status write_targets(const chunk_writer *o, const pack_block *b)
{
    const writer *w = o->w;
    const pack *p = w->p;
    int64_t row = o->n[ALL];
    if (p->kind == TARGET_CLASS) {
        for (int64_t i = 0; i < b->n; i++)
            o->own->classes[i] = (int32_t)b->y[i];
        return put(w, PACK_CLASSES, row, b->n, 4, o->own->classes);
    }
    if (p->kind == TARGET_LABELS) {
        take_bits(b->y, NULL, p->outputs, b, o->own->y_bits);
        return put(w, PACK_Y_BITS, row, b->n, (p->outputs + 7) / 8, o->own->y_bits);
    }
    take_numbers(w, b, o->own->y);
    return put(w, PACK_Y, row, b->n, p->outputs * 4, o->own->y);
}

static stint_status write_lists(chunk_writer *o, const pack_block *b)
{
    static const pack_array arrays[LISTS] = {
        [TRAIN] = PACK_TRAIN, [HELD_OUT] = PACK_HELD_OUT, [TEST] = PACK_TEST};
    const writer *w = o->w;
    const uint8_t *parts = split_chunk(w->t->split, b->chunk);
    for (int k = TRAIN; k < LISTS; k++) {
        int64_t n = 0;
        for (int64_t i = 0; i < b->n; i++)
            if (w->in[k][parts[b->rows[i]]])
                o->own->list[n++] = o->n[ALL] + i;
        TRY(put(w, arrays[k], o->n[k], n, 8, o->own->list));
        o->n[k] += n;
    }
    return STINT_OK;
}

static stint_status write_block(void *self, const pack_block *b)
{
    chunk_writer *o = self;
    const writer *w = o->w;
    const pack *p = w->p;
    int64_t row = o->n[ALL];
    take_dense(w, b, o->own->x);
    TRY(put(w, PACK_X, row, b->n, p->features * 4, o->own->x));
    take_bits(b->x, w->scaling->order + p->features, p->bits, b, o->own->x_bits);
    TRY(put(w, PACK_X_BITS, row, b->n, p->bits_bytes, o->own->x_bits));
    TRY(write_targets(o, b));
    for (int64_t i = 0; i < b->n; i++)
        o->own->rows[i] = b->chunk * COLFILE_CHUNK_ROWS + b->rows[i];
    TRY(put(w, PACK_ROW, row, b->n, 8, o->own->rows));
    TRY(write_lists(o, b));
    o->n[ALL] += b->n;
    return STINT_OK;
}

static stint_status write_chunk(void *self, int64_t chunk, int thread)
{
    const writer *w = self;
    chunk_writer o = {.w = w, .own = &w->own[thread]};
    memcpy(o.n, w->from[chunk], sizeof o.n);
    return pack_each(w->t, w->state, w->in[ALL], chunk, &w->rooms[thread], write_block, &o);
}

/* --- series -------------------------------------------------------------------------------- */

/* One thread: a row's series is known from the row before. */
static stint_status write_starts(const writer *w, int column)
{
    const table *t = w->t;
    int32_t *rows = w->rooms[0].rows;
    double *cells = w->rooms[0].y; /* a column of it, at least */
    int64_t room = w->rooms[0].room, row = 0, start = 0;
    double before = 0;
    for (int64_t chunk = 0; chunk < t->file->chunks; chunk++) {
        const uint8_t *parts = split_chunk(t->split, chunk);
        int64_t in_chunk = colfile_chunk_rows(t->file, chunk);
        for (int64_t i = 0, n = 0; i < in_chunk; i++) {
            rows[n] = (int32_t)i;
            n += w->in[ALL][parts[i]];
            if (n == 0 || (n < room && i + 1 < in_chunk))
                continue;
            colfile_gather(t->file, column, chunk, rows, n, cells, 1);
            for (int64_t k = 0; k < n; k++) {
                start = row + k == 0 || !pack_same_series(cells[k], before) ? row + k : start;
                before = cells[k];
                w->own[0].list[k] = start;
            }
            TRY(put(w, PACK_START, row, n, 8, w->own[0].list));
            row += n;
            n = 0;
        }
    }
    return STINT_OK;
}

/* --- all of it ----------------------------------------------------------------------------- */

static void count_lists(writer *w)
{
    int64_t n[LISTS] = {0};
    const table *t = w->t;
    for (int64_t chunk = 0; chunk < t->file->chunks; chunk++) {
        const uint8_t *parts = split_chunk(t->split, chunk);
        int64_t rows = colfile_chunk_rows(t->file, chunk);
        memcpy(w->from[chunk], n, sizeof n);
        for (int64_t i = 0; i < rows; i++)
            for (int k = 0; k < LISTS; k++)
                n[k] += w->in[k][parts[i]];
    }
}

static bool rooms_init(writer *w, int threads)
{
    const pack *p = w->p;
    bool whole = true;
    for (int i = 0; whole && i < threads; i++) {
        struct room *r = &w->own[i];
        whole = pack_room_init(w->ctx, p->features + p->bits, p->outputs, &w->rooms[i]);
        int64_t n = w->rooms[i].room, label_bytes = (p->outputs + 7) / 8;
        r->x = mem_new(w->ctx, TAG_TABLE, float, n * p->features);
        r->y = mem_new(w->ctx, TAG_TABLE, float, n * p->outputs);
        r->x_bits = mem_new(w->ctx, TAG_TABLE, uint8_t, n * p->bits_bytes);
        r->y_bits = mem_new(w->ctx, TAG_TABLE, uint8_t, n * label_bytes);
        r->classes = mem_new(w->ctx, TAG_TABLE, int32_t, n);
        r->rows = mem_new(w->ctx, TAG_TABLE, int64_t, n);
        r->list = mem_new(w->ctx, TAG_TABLE, int64_t, n);
        whole = whole && r->x && r->y && r->x_bits && r->y_bits && r->classes && r->rows && r->list;
    }
    return whole;
}

static void rooms_deinit(writer *w, int threads)
{
    for (int i = 0; w->rooms && w->own && i < threads; i++) {
        pack_room_deinit(&w->rooms[i]);
        mem_free(w->own[i].x);
        mem_free(w->own[i].y);
        mem_free(w->own[i].x_bits);
        mem_free(w->own[i].y_bits);
        mem_free(w->own[i].classes);
        mem_free(w->own[i].rows);
        mem_free(w->own[i].list);
    }
    mem_free(w->rooms);
    mem_free(w->own);
    mem_free(w->from);
}

static stint_status write_facts(const writer *w)
{
    const pack *p = w->p;
    int64_t facts[PACK_FACTS_N] = {[FACT_FORMAT] = PACK_FORMAT,
                                   [FACT_KIND] = p->kind,
                                   [FACT_BITS] = p->bits,
                                   [FACT_OUTPUTS] = p->outputs};
    TRY(put(w, PACK_FACTS, 0, PACK_FACTS_N, 8, facts));
    TRY(put(w, PACK_SHIFT, 0, p->features, 8, w->scaling->shift));
    TRY(put(w, PACK_SCALE, 0, p->features, 8, w->scaling->scale));
    TRY(put(w, PACK_Y_SHIFT, 0, p->outputs, 8, w->scaling->y_shift));
    return put(w, PACK_Y_SCALE, 0, p->outputs, 8, w->scaling->y_scale);
}

static stint_status write_all(writer *w, pool *workers, const pack_settings *s)
{
    const table *t = w->t;
    int group = s->group && *s->group ? colfile_find(t->file, s->group) : -1;
    if (s->group && *s->group && (group < 0 || t->file->columns[group].kind == COLUMN_BITS))
        return fail(w->ctx, STINT_EUSAGE, "series.group: column \"%s\" %s", s->group,
                    group < 0 ? "is not there" : "holds bits, which tell no series apart");
    for (int part = 0; part <= t->split->parts; part++) {
        w->in[ALL][part] = true;
        w->in[TRAIN][part] = split_trains(t->split, s->set, part);
        w->in[HELD_OUT][part] =
            s->set < t->split->folds && part == split_held_out(t->split, s->set);
        w->in[TEST][part] = part == t->split->parts;
    }
    count_lists(w);
    TRY(write_facts(w));
    TRY(parallel_for(workers, t->file->chunks, write_chunk, w));
    return group < 0 ? STINT_OK : write_starts(w, group); /* else the file's zeros */
}

stint_status pack_write(ctx *c, const table *t, const double *state, const pack_settings *s,
                        pool *workers, const pack *p, const pack_scaling *scaling, pack_target to)
{
    safetensor arrays[PACK_ARRAYS];
    int64_t at[PACK_ARRAYS + 1];
    int threads = pool_threads(workers);
    writer w = {.ctx = c, .t = t, .state = state, .p = p, .scaling = scaling, .to = to, .at = at};
    str header;
    pack_arrays(p, arrays);
    str_init(&header, c, TAG_TABLE);
    stint_status status = pack_header(arrays, &header, at);
    uint64_t bytes = header.len;
    if (status == STINT_OK && ftruncate(to.fd, at[PACK_ARRAYS]) != 0)
        status = fail_errno(c, "write", to.path);
    if (status == STINT_OK)
        status = file_pwrite(c, to.fd, to.path, &bytes, sizeof bytes, 0);
    if (status == STINT_OK)
        status = file_pwrite(c, to.fd, to.path, header.at, header.len, sizeof bytes);
    str_deinit(&header);
    w.from = mem_alloc(c, TAG_TABLE, sizeof *w.from * (size_t)(t->file->chunks + 1));
    w.rooms = mem_new(c, TAG_TABLE, pack_room, threads);
    w.own = mem_new(c, TAG_TABLE, struct room, threads);
    if (status == STINT_OK)
        status = w.from && w.rooms && w.own && rooms_init(&w, threads) ? STINT_OK : STINT_ENOMEM;
    if (status == STINT_OK)
        status = write_all(&w, workers, s);
    rooms_deinit(&w, threads);
    return status;
}
