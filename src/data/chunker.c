#include "base/hash.h"
#include "data/chunker.h"

#include <math.h>
#include <string.h>

enum { ROOM_FIRST = 4096, DICTIONARY_MOST = 65536, DICTIONARY_BYTES_MOST = 1 << 22 };

#define MISSING_INTEGER INT64_MIN
#define INTEGER_EXACT   (INT64_C(1) << 53) /* the largest below which doubles are exact */

/* One column of the chunk in flight. */
typedef struct cells {
    void *at;       /* [room] doubles, int64_t, int8_t or int32_t, by what is read */
    bool missing;   /* an integer cell of this chunk is */
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
    if (column->read == READ_TEXT)
        return column->hash ? sizeof(int64_t) : sizeof(int32_t);
    return column->read == READ_BOOL ? sizeof(int8_t) : sizeof(double);
}

static column_kind kind_of(const ingest_column *column)
{
    if (column->read == READ_TEXT)
        return column->hash ? COLUMN_HASH : COLUMN_TEXT;
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
    k->writer = k->columns ? create_file(in) : NULL;
    if (!k->writer) {
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
        size_t bytes = (size_t)room * cell_bytes(&k->in->columns[j]);
        void *at = mem_resize(k->in->ctx, TAG_TABLE, k->columns[j].at, bytes);
        if (!at)
            return STINT_ENOMEM;
        k->columns[j].at = at;
    }
    k->room = room;
    return STINT_OK;
}

/* rows [from, from+n) of a vector, to place `to` of the column */
typedef struct span {
    const void *values;
    const uint64_t *validity;
    idx_t from, n;
    int64_t to;
} span;

static void add_numbers(cells *c, span s)
{
    const double *x = (const double *)s.values + s.from;
    double *out = (double *)c->at + s.to;
    memcpy(out, x, s.n * sizeof *x);
    for (idx_t i = 0; s.validity && i < s.n; i++)
        if (!duck_valid(s.validity, s.from + i))
            out[i] = NAN;
}

static void add_integers(cells *c, span s)
{
    const int64_t *x = (const int64_t *)s.values + s.from;
    int64_t *out = (int64_t *)c->at + s.to;
    memcpy(out, x, s.n * sizeof *x);
    for (idx_t i = 0; s.validity && i < s.n; i++)
        if (!duck_valid(s.validity, s.from + i)) {
            out[i] = MISSING_INTEGER;
            c->missing = true;
        }
}

static void add_bools(cells *c, span s)
{
    const bool *x = (const bool *)s.values + s.from;
    int8_t *out = (int8_t *)c->at + s.to;
    for (idx_t i = 0; i < s.n; i++)
        out[i] = duck_valid(s.validity, s.from + i) ? (int8_t)x[i] : -1;
}

static void add_hashes(cells *c, span s)
{
    const duckdb_string_t *x = (const duckdb_string_t *)s.values + s.from;
    int64_t *out = (int64_t *)c->at + s.to;
    for (idx_t i = 0; i < s.n; i++) {
        size_t len = 0;
        bool valid = duck_valid(s.validity, s.from + i);
        const char *text = valid ? duck_text(&x[i], &len) : NULL;
        uint64_t hash = valid ? hash64(text, len) : 0;
        out[i] = valid && hash == 0 ? 1 : (int64_t)hash;
    }
}

static ingest_outcome add_texts(chunker *k, int j, span s, const ingest_file *file)
{
    cells *c = &k->columns[j];
    const duckdb_string_t *x = (const duckdb_string_t *)s.values + s.from;
    int32_t *out = (int32_t *)c->at + s.to;
    for (idx_t i = 0; i < s.n; i++) {
        out[i] = -1;
        if (!duck_valid(s.validity, s.from + i))
            continue;
        size_t len;
        const char *text = duck_text(&x[i], &len);
        int64_t before = c->dictionary.n;
        const map_entry *e = map_add(&c->dictionary, text, (int64_t)len, before);
        if (!e)
            return INGEST_FAILED;
        out[i] = (int32_t)e->value;
        if (c->dictionary.n == before)
            continue;
        c->text_bytes += (int64_t)len + 1;
        if (memchr(text, '\0', len)) {
            fail(k->in->ctx, STINT_EDATA,
                 "%s: row %lld: column \"%s\" holds a zero byte: remove it", file->path,
                 (long long)(chunker_rows(k) + (int64_t)i - file->first_row + 1),
                 k->in->columns[j].name);
            return INGEST_FAILED;
        }
        if (c->dictionary.n > DICTIONARY_MOST || c->text_bytes > DICTIONARY_BYTES_MOST) {
            k->in->columns[j].hash = true;
            return INGEST_AGAIN;
        }
    }
    return INGEST_DONE;
}

static ingest_outcome add_column(chunker *k, int j, span s, const ingest_file *file)
{
    const ingest_column *column = &k->in->columns[j];
    switch (column->read) {
    case READ_NUMBER: add_numbers(&k->columns[j], s); break;
    case READ_INTEGER: add_integers(&k->columns[j], s); break;
    case READ_BOOL: add_bools(&k->columns[j], s); break;
    case READ_TEXT:
        if (!column->hash)
            return add_texts(k, j, s, file);
        add_hashes(&k->columns[j], s);
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
        if (x[i] != MISSING_INTEGER && (x[i] > INTEGER_EXACT || x[i] < -INTEGER_EXACT))
            return fail(
                k->in->ctx, STINT_EDATA,
                "row %lld: column \"%s\" has missing cells and %lld, which no double holds "
                "exactly: fill the cells, or leave the column out: list it under data.text and data.drop",
                (long long)(k->written + i + 1), k->in->columns[j].name, (long long)x[i]);
        memcpy(&x[i], &value, sizeof value);
    }
    return STINT_OK;
}

static stint_status chunk_view(const chunker *k, int j, column_chunk *out)
{
    const cells *c = &k->columns[j];
    *out = (column_chunk){0};
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
    case READ_TEXT:
        if (k->in->columns[j].hash)
            out->hashes = c->at;
        else
            out->codes = c->at;
        break;
    }
    return STINT_OK;
}

static stint_status flush(chunker *k)
{
    int n = k->in->n_columns;
    if (k->rows == 0)
        return STINT_OK;
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

ingest_outcome chunker_add(chunker *k, duck_stream *rows, const ingest_file *file)
{
    if (chunker_rows(k) + (int64_t)rows->rows > k->in->most_rows) {
        k->in->most_rows *= 8;
        return INGEST_AGAIN;
    }
    for (idx_t from = 0, n; from < rows->rows; from += n) {
        n = rows->rows - from;
        if (k->rows + (int64_t)n > COLFILE_CHUNK_ROWS)
            n = (idx_t)(COLFILE_CHUNK_ROWS - k->rows);
        if (make_room(k, k->rows + (int64_t)n) != STINT_OK)
            return INGEST_FAILED;
        for (int j = 0; j < k->in->n_columns; j++) {
            span s = {.from = from, .n = n, .to = k->rows};
            s.values = duck_stream_values(rows, j, (uint64_t **)&s.validity);
            ingest_outcome outcome = add_column(k, j, s, file);
            if (outcome != INGEST_DONE)
                return outcome;
        }
        k->rows += (int64_t)n;
        if (k->rows == COLFILE_CHUNK_ROWS && flush(k) != STINT_OK)
            return INGEST_FAILED;
    }
    return INGEST_DONE;
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
