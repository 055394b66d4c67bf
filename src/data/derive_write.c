#include "data/derive_write.h"

#include "base/progress.h"

/* One chunk of all columns is in flight, as in ingest.  What the writer takes as it lies in a map
 * (doubles, whole numbers, codes, hashes) is not copied. */

typedef struct writing {
    ctx *ctx;
    const colfile *in;
    const derived_column *columns;
    column_chunk *chunks; /* [n] */
    void **rooms;         /* [n] of COLFILE_CHUNK_ROWS * 8 bytes, NULL = not needed yet */
    int64_t chunk, rows;  /* in flight */
} writing;

int64_t derived_write_bytes(int columns)
{
    int64_t chunk = mem_cost(COLFILE_CHUNK_ROWS * 8);
    return (columns + 2) * (chunk + (int64_t)sizeof(column_chunk) + 1024);
}

column_spec derived_spec(const colfile_column *of)
{
    return (column_spec){.name = of->name,
                         .kind = of->kind,
                         .dictionary = of->dictionary,
                         .dictionary_n = of->dictionary_n,
                         .encoder = of->encoder};
}

stint_status derived_extra(const colfile *in, const char *what, str *out)
{
    const json_t *files = json_object_get(in->extra, "files");
    const char *path = json_string_value(json_object_get(json_array_get(files, 0), "path"));
    str name;
    str_init(&name, out->ctx, TAG_TABLE);
    str_addf(&name, "%s, %s", path ? path : "the table", what);
    json_out j = emit_begin(out, false);
    emit_object(&j, NULL);
    emit_string(&j, "format", "columns");
    emit_array(&j, "files");
    emit_object(&j, NULL);
    emit_str(&j, "path", &name);
    emit_int(&j, "first_row", 0);
    emit_int(&j, "rows", INT64_MAX);
    emit_object_end(&j);
    emit_array_end(&j);
    emit_object_end(&j);
    str_deinit(&name);
    return str_status(out);
}

static void codes_of(const double *x, int64_t n, int32_t *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = x[i] == x[i] ? (int32_t)x[i] : -1;
}

static void bools_of(const double *x, int64_t n, int8_t *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = x[i] == x[i] ? (int8_t)x[i] : -1;
}

static stint_status room_of(writing *w, int64_t j)
{
    if (!w->rooms[j])
        w->rooms[j] = mem_alloc(w->ctx, TAG_TABLE, COLFILE_CHUNK_ROWS * 8);
    return w->rooms[j] ? STINT_OK : STINT_ENOMEM;
}

/* What is not wide enough to be taken as it lies: codes and bools of a byte, small numbers. */
static stint_status take_narrow(writing *w, int64_t j, column_kind kind, const colfile_block *b)
{
    column_chunk *out = &w->chunks[j];
    const uint8_t *bytes = b->at;
    TRY(room_of(w, j));
    if (kind == COLUMN_TEXT) {
        int32_t *codes = w->rooms[j];
        for (int64_t i = 0; i < w->rows; i++)
            codes[i] = bytes[i] == 255 ? -1 : bytes[i];
        out->codes = codes;
    } else if (kind == COLUMN_BOOL) {
        int8_t *bools = w->rooms[j];
        for (int64_t i = 0; i < w->rows; i++)
            bools[i] = bytes[i] == 2 ? -1 : (int8_t)bytes[i];
        out->bools = bools;
    } else {
        colfile_read(w->in, w->columns[j].source, w->chunk, 0, w->rows, w->rooms[j], 1);
        out->numbers = w->rooms[j];
    }
    return STINT_OK;
}

static stint_status take_source(writing *w, int64_t j)
{
    int column = w->columns[j].source;
    const colfile_block *b = &w->in->blocks[w->chunk * w->in->n_columns + column];
    column_kind kind = w->in->columns[column].kind;
    column_chunk *out = &w->chunks[j];
    if (kind == COLUMN_HASH)
        out->hashes = b->at;
    else if (kind == COLUMN_BITS)
        out->bits = b->at;
    else if (kind == COLUMN_NUMBER && b->type == TYPE_F64)
        out->numbers = b->at;
    else if (kind == COLUMN_NUMBER && b->type == TYPE_I64)
        out->integers = b->at;
    else if (kind == COLUMN_TEXT && b->type == TYPE_I32)
        out->codes = b->at;
    else
        return take_narrow(w, j, kind, b);
    return STINT_OK;
}

/* Made codes and bools, which the writer takes narrower than doubles. */
static stint_status take_wide(writing *w, int64_t j, const double *x)
{
    column_chunk *out = &w->chunks[j];
    TRY(room_of(w, j));
    if (w->columns[j].spec.kind == COLUMN_TEXT) {
        codes_of(x, w->rows, w->rooms[j]);
        out->codes = w->rooms[j];
    } else {
        bools_of(x, w->rows, w->rooms[j]);
        out->bools = w->rooms[j];
    }
    return STINT_OK;
}

static stint_status take_made(writing *w, int64_t j)
{
    const column_spec *spec = &w->columns[j].spec;
    const void *values = w->columns[j].values;
    int64_t from = w->chunk * COLFILE_CHUNK_ROWS;
    const double *x = (const double *)values + from;
    column_chunk *out = &w->chunks[j];
    if (spec->kind == COLUMN_HASH)
        out->hashes = (const int64_t *)values + from;
    else if (spec->kind == COLUMN_BITS)
        out->bits = (const uint8_t *)values + from * ((spec->encoder->width + 7) / 8);
    else if (spec->kind == COLUMN_NUMBER)
        out->numbers = x;
    else
        return take_wide(w, j, x);
    return STINT_OK;
}

static stint_status take_column(void *self, int64_t j, int thread)
{
    writing *w = self;
    (void)thread;
    w->chunks[j] = (column_chunk){0};
    return w->columns[j].source >= 0 ? take_source(w, j) : take_made(w, j);
}

static stint_status take_chunk(writing *w, int n, pool *p)
{
    if (ctx_interrupted(w->ctx))
        return fail(w->ctx, STINT_EINTERRUPT, "stopped; run the same command to carry on");
    if (p)
        return parallel_for(p, n, take_column, w);
    for (int j = 0; j < n; j++)
        TRY(take_column(w, j, 0));
    return STINT_OK;
}

static stint_status put_chunks(writing *w, colfile_writer *to, int n, int64_t rows, pool *p)
{
    progress bar;
    stint_status s = STINT_OK;
    progress_begin(&bar, w->ctx, "writing derived columns", rows);
    for (int64_t from = 0; s == STINT_OK && from < rows; from += COLFILE_CHUNK_ROWS) {
        w->chunk = from / COLFILE_CHUNK_ROWS;
        w->rows = rows - from < COLFILE_CHUNK_ROWS ? rows - from : COLFILE_CHUNK_ROWS;
        s = take_chunk(w, n, p);
        if (s == STINT_OK)
            s = colfile_put(to, w->chunks, w->rows);
        progress_at(&bar, from + w->rows);
    }
    progress_end(&bar);
    return s;
}

stint_status derived_write(ctx *c, const colfile *in, const derived_column *columns, int n,
                           int64_t rows, const char *path, const char *extra, pool *p)
{
    writing w = {.ctx = c, .in = in, .columns = columns};
    column_spec *specs = mem_new(c, TAG_TABLE, column_spec, n);
    w.chunks = mem_new(c, TAG_TABLE, column_chunk, n);
    w.rooms = mem_new(c, TAG_TABLE, void *, n);
    stint_status s = specs && w.chunks && w.rooms ? STINT_OK : STINT_ENOMEM;
    for (int j = 0; s == STINT_OK && j < n; j++)
        specs[j] = columns[j].spec;
    colfile_writer *to = s == STINT_OK ? colfile_create(c, path, specs, n, rows) : NULL;
    if (s == STINT_OK)
        s = to ? put_chunks(&w, to, n, rows, p) : ctx_status(c);
    for (int j = 0; w.rooms && j < n; j++)
        mem_free(w.rooms[j]);
    mem_free(w.rooms);
    mem_free(w.chunks);
    mem_free(specs);
    if (s == STINT_OK)
        return colfile_finish(to, extra);
    colfile_abandon(to);
    return s;
}
