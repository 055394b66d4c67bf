#include "base/hash.h"
#include "data/chunker.h"
#include "data/exact.h"
#include "data/packed_cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 4096, DICTIONARY_MOST = 65536, DICTIONARY_BYTES_MOST = 1 << 22 };

#define MISSING_INTEGER INT64_MIN

/* One column of the chunk in flight. */
typedef struct cells {
    void *at;     /* [room] doubles, int64_t, int8_t or int32_t, by what is read */
    bool missing; /* an integer cell of this chunk is */
    packed_cells packed;
    map dictionary; /* text → code */
    int64_t text_bytes;
    const char **texts; /* at the end: [dictionary.n] */
} cells;

struct chunker {
    ingest *in;
    colfile_writer *writer;
    cells *columns; /* [n_columns] */
    int64_t rows, room, written;
};

static size_t cell_bytes(const ingest_column *column)
{
    if (column->read == READ_TEXT && !column->hash)
        return sizeof(int32_t);
    return column->read == READ_BOOL ? sizeof(int8_t) : sizeof(double);
}

static column_kind kind_of(const ingest_column *column)
{
    if (column->encoder)
        return COLUMN_BITS;
    if (column->read == READ_TEXT && !column->hash)
        return COLUMN_TEXT;
    if (column->read == READ_TEXT || column->read == READ_HASH)
        return COLUMN_HASH;
    return column->read == READ_BOOL ? COLUMN_BOOL : COLUMN_NUMBER;
}

static colfile_writer *create_file(ingest *in)
{
    column_spec *specs = mem_new(in->ctx, TAG_TABLE, column_spec, in->n_columns);
    for (int j = 0; specs && j < in->n_columns; j++)
        specs[j] = (column_spec){.name = in->columns[j].name, .kind = kind_of(&in->columns[j])};
    colfile_writer *w =
        specs ? colfile_create(in->ctx, in->out, specs, in->n_columns, in->most_rows) : NULL;
    mem_free(specs);
    if (w && in->disk_bytes > 0)
        colfile_limit(w, in->disk_bytes);
    return w;
}

chunker *chunker_new(ingest *in)
{
    chunker *k = mem_new(in->ctx, TAG_TABLE, chunker, 1);
    if (!k)
        return NULL;
    k->in = in;
    k->columns = mem_new(in->ctx, TAG_TABLE, cells, in->n_columns);
    for (int j = 0; k->columns && j < in->n_columns; j++)
        map_init(&k->columns[j].dictionary, in->ctx, TAG_BASE);
    k->writer = k->columns && !in->peeks ? create_file(in) : NULL;
    if (!k->columns || (!k->writer && !in->peeks)) {
        chunker_free(k);
        return NULL;
    }
    return k;
}

void chunker_free(chunker *k)
{
    if (!k)
        return;
    colfile_abandon(k->writer);
    for (int j = 0; k->columns && j < k->in->n_columns; j++) {
        mem_free(k->columns[j].at);
        packed_cells_free(&k->columns[j].packed);
        mem_free(k->columns[j].texts);
        map_deinit(&k->columns[j].dictionary);
    }
    mem_free(k->columns);
    mem_free(k);
}

int64_t chunker_rows(const chunker *k)
{
    return k->written + k->rows;
}

/* --- appending ----------------------------------------------------------------------------- */

static stint_status make_room(chunker *k, int64_t rows)
{
    int64_t room = k->room ? k->room : ROOM_FIRST;
    while (room < rows)
        room *= 2;
    if (room == k->room)
        return STINT_OK;
    for (int j = 0; j < k->in->n_columns; j++) {
        if (k->in->columns[j].encoder)
            continue;
        size_t bytes = (size_t)room * cell_bytes(&k->in->columns[j]);
        void *at = mem_resize(k->in->ctx, TAG_TABLE, k->columns[j].at, bytes);
        if (!at)
            return STINT_ENOMEM;
        k->columns[j].at = at;
    }
    k->room = room;
    return STINT_OK;
}

static void add_numbers(ingest_column *column, cells *c, const ingest_cells *from, int64_t n,
                        int64_t at)
{
    const double *x = from->values;
    double *out = (double *)c->at + at;
    int large = 0;
    memcpy(out, x, (size_t)n * sizeof *x);
    for (int64_t i = 0; from->valid && i < n; i++)
        if (!cell_is_valid(from, i))
            out[i] = NAN;
    for (int64_t i = 0; i < n; i++)
        large |= fabs(out[i]) >= (double)EXACT_MOST;
    column->large |= large != 0;
}

static void add_integers(cells *c, const ingest_cells *from, int64_t n, int64_t at)
{
    int64_t *out = (int64_t *)c->at + at;
    memcpy(out, from->values, (size_t)n * sizeof *out);
    for (int64_t i = 0; from->valid && i < n; i++)
        if (!cell_is_valid(from, i)) {
            out[i] = MISSING_INTEGER;
            c->missing = true;
        }
}

static void add_bools(cells *c, const ingest_cells *from, int64_t n, int64_t at)
{
    const bool *x = from->values;
    int8_t *out = (int8_t *)c->at + at;
    for (int64_t i = 0; i < n; i++)
        out[i] = cell_is_valid(from, i) ? (int8_t)x[i] : -1;
}

/* 0 is for missing texts, so the text that hashes to it hashes to 1. */
static void add_hashes(cells *c, const ingest_cells *from, int64_t n, int64_t at)
{
    const cell_text *x = from->values;
    int64_t *out = (int64_t *)c->at + at;
    for (int64_t i = 0; i < n; i++) {
        bool valid = cell_is_valid(from, i);
        uint64_t hash = valid ? hash64(x[i].at, (size_t)x[i].len) : 0;
        out[i] = valid && hash == 0 ? 1 : (int64_t)hash;
    }
}

static ingest_outcome add_texts(chunker *k, int j, const ingest_cells *from, int64_t n)
{
    cells *c = &k->columns[j];
    const cell_text *x = from->values;
    int32_t *out = (int32_t *)c->at + k->rows;
    for (int64_t i = 0; i < n; i++) {
        out[i] = -1;
        if (!cell_is_valid(from, i))
            continue;
        int64_t before = c->dictionary.n;
        const map_entry *e = map_add(&c->dictionary, x[i].at, x[i].len, before);
        if (!e)
            return INGEST_FAILED;
        out[i] = (int32_t)e->value;
        if (c->dictionary.n == before)
            continue;
        c->text_bytes += x[i].len + 1;
        if (x[i].len > 0 && memchr(x[i].at, '\0', (size_t)x[i].len)) {
            ingest_fail_cell(k->in, chunker_rows(k) + i, j,
                             "the text holds a zero byte: remove it");
            return INGEST_FAILED;
        }
        if (c->dictionary.n > DICTIONARY_MOST || c->text_bytes > DICTIONARY_BYTES_MOST) {
            k->in->columns[j].hash = true;
            return INGEST_AGAIN;
        }
    }
    return INGEST_DONE;
}

static ingest_outcome add_column(chunker *k, int j, const ingest_cells *from, int64_t n)
{
    ingest_column *column = &k->in->columns[j];
    cells *c = &k->columns[j];
    if (column->encoder)
        return packed_cells_add(&c->packed, k->in, j, from, n, k->rows, chunker_rows(k));
    switch (column->read) {
    case READ_NUMBER: add_numbers(column, c, from, n, k->rows); break;
    case READ_INTEGER: add_integers(c, from, n, k->rows); break;
    case READ_BOOL: add_bools(c, from, n, k->rows); break;
    case READ_HASH:
        memcpy((int64_t *)c->at + k->rows, from->values, (size_t)n * sizeof(int64_t));
        break;
    case READ_TEXT:
        if (!column->hash)
            return add_texts(k, j, from, n);
        add_hashes(c, from, n, k->rows);
        break;
    }
    return INGEST_DONE;
}

/* --- writing --------------------------------------------------------------------------------- */

/* Whole numbers of a chunk with missing cells become doubles, in place. */
static stint_status integers_to_numbers(const chunker *k, int j)
{
    int64_t *x = k->columns[j].at;
    for (int64_t i = 0; i < k->rows; i++) {
        double value = x[i] == MISSING_INTEGER ? NAN : (double)x[i];
        if (x[i] != MISSING_INTEGER && !exact_u64((uint64_t)llabs(x[i])))
            return ingest_fail_cell(
                k->in, k->written + i, j,
                "%lld stands in a column with missing cells, and no double holds it exactly: fill "
                "the cells, or leave the column out: list it under data.text and data.drop",
                (long long)x[i]);
        memcpy(&x[i], &value, sizeof value);
    }
    return STINT_OK;
}

static stint_status chunk_view(const chunker *k, int j, column_chunk *out)
{
    const cells *c = &k->columns[j];
    *out = (column_chunk){0};
    if (k->in->columns[j].encoder) {
        out->bits = c->packed.at;
        return STINT_OK;
    }
    switch (k->in->columns[j].read) {
    case READ_BOOL: out->bools = c->at; break;
    case READ_NUMBER: out->numbers = c->at; break;
    case READ_INTEGER:
        if (c->missing)
            TRY(integers_to_numbers(k, j));
        if (c->missing)
            out->numbers = c->at;
        else
            out->integers = c->at;
        break;
    case READ_HASH: out->hashes = c->at; break;
    case READ_TEXT:
        if (k->in->columns[j].hash)
            out->hashes = c->at;
        else
            out->codes = c->at;
        break;
    }
    return STINT_OK;
}

/* The file learns the widths with the first chunk. */
static void set_encoders(chunker *k)
{
    for (int j = 0; j < k->in->n_columns; j++)
        if (k->in->columns[j].encoder)
            colfile_set_column(k->writer, j,
                               (column_spec){.name = k->in->columns[j].name,
                                             .kind = COLUMN_BITS,
                                             .encoder = &k->columns[j].packed.encoder});
}

static stint_status flush(chunker *k)
{
    int n = k->in->n_columns;
    if (k->rows == 0)
        return STINT_OK;
    if (k->written == 0)
        set_encoders(k);
    column_chunk *views = mem_new(k->in->ctx, TAG_TABLE, column_chunk, n);
    stint_status s = views ? STINT_OK : STINT_ENOMEM;
    for (int j = 0; j < n && s == STINT_OK; j++)
        s = chunk_view(k, j, &views[j]);
    if (s == STINT_OK)
        s = colfile_put(k->writer, views, k->rows);
    mem_free(views);
    for (int j = 0; j < n; j++)
        k->columns[j].missing = false;
    k->written += k->rows;
    k->rows = 0;
    return s;
}

/* Rows [from, from+n) of the batch, which the chunk has room for. */
static ingest_outcome add_rows(chunker *k, const ingest_batch *batch, int64_t from, int64_t n)
{
    if (make_room(k, k->rows + n) != STINT_OK)
        return INGEST_FAILED;
    for (int j = 0; j < k->in->n_columns; j++) {
        ingest_cells cells = {0};
        ingest_outcome outcome = batch->cells(batch->self, j, from, n, &cells);
        if (outcome == INGEST_DONE)
            outcome = add_column(k, j, &cells, n);
        if (outcome != INGEST_DONE)
            return outcome;
    }
    k->rows += n;
    return k->rows == COLFILE_CHUNK_ROWS && flush(k) != STINT_OK ? INGEST_FAILED : INGEST_DONE;
}

ingest_outcome chunker_add(chunker *k, const ingest_batch *batch)
{
    ingest_outcome outcome = INGEST_DONE;
    if (k->in->peeks && batch->rows > 0)
        return ingest_take_widths(k->in, batch);
    if (chunker_rows(k) + batch->rows > k->in->most_rows) {
        k->in->most_rows *= 8;
        return INGEST_AGAIN;
    }
    for (int64_t from = 0, n; outcome == INGEST_DONE && from < batch->rows; from += n) {
        n = batch->rows - from;
        if (k->rows + n > COLFILE_CHUNK_ROWS)
            n = COLFILE_CHUNK_ROWS - k->rows;
        outcome = add_rows(k, batch, from, n);
    }
    if (outcome == INGEST_DONE)
        ingest_progress(k->in, chunker_rows(k));
    return outcome;
}

static stint_status set_dictionary(chunker *k, int j)
{
    cells *c = &k->columns[j];
    int64_t n = c->dictionary.n;
    c->texts = mem_new(k->in->ctx, TAG_BASE, const char *, n + 1);
    if (!c->texts)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < n; i++)
        c->texts[i] = c->dictionary.entries[i].key;
    colfile_set_column(k->writer, j,
                       (column_spec){.name = k->in->columns[j].name,
                                     .kind = COLUMN_TEXT,
                                     .dictionary = c->texts,
                                     .dictionary_n = n});
    return STINT_OK;
}

stint_status chunker_finish(chunker *k, const char *extra)
{
    TRY(flush(k));
    for (int j = 0; j < k->in->n_columns; j++)
        if (kind_of(&k->in->columns[j]) == COLUMN_TEXT)
            TRY(set_dictionary(k, j));
    colfile_writer *w = k->writer;
    k->writer = NULL;
    return colfile_finish(w, extra);
}
