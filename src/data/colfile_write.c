#include "data/colfile.h"
#include "data/colfile_hash.h"
#include "data/narrow.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Writing a column file.  The writer keeps, for every tensor written, its type and end;
 * names and lengths follow from their order.  The header is laid out at the end from that
 * list, into room reserved at the start from the bound on the rows. */

#define COLFILE_ALIGN 64
/* the most bytes of an entry besides its name: chunk number, dtype, shape, two offsets */
#define ENTRY_BYTES 128
/* of an encoder in the metadata: each character of its alphabet escaped twice, and the rest */
#define ENCODER_BYTES (8 * BITS_ALPHABET_MOST + 512)

struct colfile_writer {
    ctx *ctx;
    char *path;
    int fd;
    int n_columns;
    column_spec *columns; /* [n_columns]; names are copies */
    char **quoted;        /* [n_columns] names as JSON text, without the first quote */
    hasher **hashers;     /* [n_columns] of what was written so far */
    VEC(uint8_t) types;   /* [chunks * n_columns] */
    int64_t rows, most_rows, most_bytes;
    int64_t data_at, end; /* file offsets of the first tensor and behind the last byte */
    void *scratch;        /* [COLFILE_CHUNK_ROWS] of 8 bytes */
};

static const struct {
    const char *name;
    size_t bytes;
} column_types[] = {
    [TYPE_BOOL] = {"BOOL", 1}, [TYPE_U8] = {"U8", 1},   [TYPE_I32] = {"I32", 4},
    [TYPE_I64] = {"I64", 8},   [TYPE_F32] = {"F32", 4}, [TYPE_F64] = {"F64", 8},
};

size_t column_type_bytes(column_type t)
{
    return column_types[t].bytes;
}

const char *column_type_name(column_type t)
{
    return column_types[t].name;
}

const char *column_kind_name(column_kind k)
{
    static const char *const names[] = {
        [COLUMN_NUMBER] = "number", [COLUMN_BOOL] = "bool", [COLUMN_TEXT] = "text",
        [COLUMN_HASH] = "hash",     [COLUMN_BITS] = "bits",
    };
    return names[k];
}

static int64_t align_up(int64_t x)
{
    return (x + COLFILE_ALIGN - 1) / COLFILE_ALIGN * COLFILE_ALIGN;
}

/* Room for every entry there can be, the metadata (each name once, escaped twice) and the
 * fillers of the last chunk; the data behind it starts on a boundary. */
static int64_t header_room(const colfile_writer *w)
{
    int64_t chunks = (w->most_rows + COLFILE_CHUNK_ROWS - 1) / COLFILE_CHUNK_ROWS, names = 0;
    int64_t encoders = 0;
    for (int j = 0; j < w->n_columns; j++) {
        names += (int64_t)strlen(w->quoted[j]);
        encoders += w->columns[j].kind == COLUMN_BITS ? ENCODER_BYTES : 0;
    }
    int64_t entries = chunks * (names + (int64_t)w->n_columns * ENTRY_BYTES);
    int64_t others = 3 * names + (int64_t)w->n_columns * 4 * ENTRY_BYTES + 1024;
    return align_up(8 + entries + others + encoders) - 8;
}

/* "name" as JSON text without its opening quote, so that a prefix can stand before it. */
static char *quote_name(ctx *c, const char *name)
{
    json_t *text = json_string(name);
    char *quoted = text ? json_dumps(text, JSON_ENCODE_ANY) : NULL;
    char *out = quoted ? mem_strdup(c, quoted + 1) : NULL;
    if (!quoted)
        fail(c, STINT_EDATA, "the column name \"%s\" is not UTF-8 text: rename the column", name);
    free(quoted);
    json_decref(text);
    return out;
}

static void writer_free(colfile_writer *w)
{
    for (int j = 0; j < w->n_columns; j++) {
        if (w->columns)
            mem_free((void *)w->columns[j].name);
        if (w->quoted)
            mem_free(w->quoted[j]);
        if (w->hashers && w->hashers[j])
            (void)hash_end(w->hashers[j]);
    }
    if (w->fd >= 0)
        close(w->fd);
    mem_free(w->columns);
    mem_free(w->quoted);
    mem_free(w->hashers);
    vec_free(&w->types);
    mem_free(w->scratch);
    mem_free(w->path);
    mem_free(w);
}

static stint_status writer_init(colfile_writer *w, const column_spec *columns)
{
    for (int j = 0; j < w->n_columns; j++) {
        w->columns[j] = columns[j];
        w->columns[j].name = mem_strdup(w->ctx, columns[j].name);
        w->quoted[j] = quote_name(w->ctx, columns[j].name);
        w->hashers[j] = hash_begin(w->ctx);
        if (!w->columns[j].name || !w->quoted[j] || !w->hashers[j])
            return ctx_status(w->ctx);
    }
    w->data_at = w->end = 8 + header_room(w);
    w->fd = open(w->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return w->fd < 0 ? fail_errno(w->ctx, "make", w->path) : STINT_OK;
}

colfile_writer *colfile_create(ctx *c, const char *path, const column_spec *columns, int n_columns,
                               int64_t most_rows)
{
    colfile_writer *w = mem_new(c, TAG_TABLE, colfile_writer, 1);
    if (!w)
        return NULL;
    w->ctx = c;
    w->fd = -1;
    w->most_rows = most_rows;
    w->most_bytes = INT64_MAX;
    w->path = mem_strdup(c, path);
    w->columns = mem_new(c, TAG_TABLE, column_spec, n_columns);
    w->quoted = mem_new(c, TAG_TABLE, char *, n_columns);
    w->hashers = mem_new(c, TAG_TABLE, hasher *, n_columns);
    w->n_columns = w->columns && w->quoted && w->hashers ? n_columns : 0;
    if (!w->path || w->n_columns != n_columns || writer_init(w, columns) != STINT_OK) {
        colfile_abandon(w);
        return NULL;
    }
    return w;
}

void colfile_limit(colfile_writer *w, int64_t bytes)
{
    w->most_bytes = bytes;
}

void colfile_set_column(colfile_writer *w, int column, column_spec spec)
{
    const char *name = w->columns[column].name;
    assert(strcmp(name, spec.name) == 0);
    w->columns[column] = spec;
    w->columns[column].name = name;
}

static stint_status put_bytes(colfile_writer *w, const void *bytes, int64_t n)
{
    char most[STR_SIZE_SIZE];
    if (n > w->most_bytes - w->end)
        return fail(w->ctx, STINT_EBUDGET,
                    "the column file would take more than the %s of disk left for it, after %lld "
                    "rows: raise budget.disk",
                    str_format_bytes(most, w->most_bytes), (long long)w->rows);
    TRY(file_pwrite(w->ctx, w->fd, w->path, bytes, (size_t)n, w->end));
    w->end += n;
    return STINT_OK;
}

static int64_t across(const column_spec *spec)
{
    return colfile_across(spec->kind, spec->encoder ? spec->encoder->width : 0);
}

static stint_status put_column(colfile_writer *w, int j, const column_chunk *chunk, int64_t rows)
{
    static const uint8_t zeros[COLFILE_ALIGN];
    column_type type = narrow_type(chunk, rows);
    TRY(vec_push(w->ctx, TAG_TABLE, &w->types, (uint8_t)type));
    const void *values = narrow(chunk, rows, type, w->scratch);
    int64_t n = across(&w->columns[j]);
    colfile_hash_chunk(w->hashers[j], type, rows, n, values);
    TRY(put_bytes(w, values, rows * n * (int64_t)column_type_bytes(type)));
    return put_bytes(w, zeros, align_up(w->end) - w->end);
}

stint_status colfile_put(colfile_writer *w, const column_chunk *columns, int64_t rows)
{
    assert(rows > 0 && rows <= COLFILE_CHUNK_ROWS && w->rows % COLFILE_CHUNK_ROWS == 0);
    if (w->rows + rows > w->most_rows)
        return fail(w->ctx, STINT_EFAIL, "%s: more rows than the %lld its header has room for",
                    w->path, (long long)w->most_rows);
    if (!w->scratch)
        w->scratch = mem_alloc(w->ctx, TAG_TABLE, (size_t)rows * 8);
    if (!w->scratch)
        return STINT_ENOMEM;
    int64_t from = w->end;
    for (int j = 0; j < w->n_columns; j++)
        TRY(put_column(w, j, &columns[j], rows));
    w->rows += rows;
    file_sync_soon(w->fd, from, w->end - from);
    return STINT_OK;
}

/* --- the header -------------------------------------------------------------------------- */

/* The column's hash, whose hasher is gone then. */
static stint_status end_hash(colfile_writer *w, int j, char out[HASH_TEXT_SIZE])
{
    const column_spec *spec = &w->columns[j];
    stint_status s = STINT_OK;
    colfile_hash_texts(w->hashers[j], spec->dictionary, spec->dictionary_n);
    if (spec->kind == COLUMN_BITS)
        s = colfile_hash_encoder(w->ctx, w->hashers[j], spec->encoder);
    hash_text(out, hash_end(w->hashers[j]));
    w->hashers[j] = NULL;
    return s;
}

static stint_status metadata_text(colfile_writer *w, str *out)
{
    char hash[HASH_TEXT_SIZE];
    json_out j = emit_begin(out, false);
    emit_object(&j, NULL);
    emit_int(&j, "format", COLFILE_FORMAT);
    emit_int(&j, "rows", w->rows);
    emit_int(&j, "chunk_rows", COLFILE_CHUNK_ROWS);
    emit_array(&j, "columns");
    for (int i = 0; i < w->n_columns; i++) {
        emit_object(&j, NULL);
        emit_string(&j, "name", w->columns[i].name);
        emit_string(&j, "kind", column_kind_name(w->columns[i].kind));
        if (w->columns[i].kind == COLUMN_TEXT)
            emit_int(&j, "dictionary", w->columns[i].dictionary_n);
        if (w->columns[i].kind == COLUMN_BITS)
            bits_emit(&j, "encoder", w->columns[i].encoder);
        TRY(end_hash(w, i, hash));
        emit_string(&j, "hash", hash);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    return str_status(out);
}

/* [n] values, or [n][bytes] of bits. */
static void entry_text(str *out, column_type type, int64_t n, int64_t bytes, int64_t *at)
{
    int64_t end = *at + n * (bytes ? bytes : (int64_t)column_type_bytes(type));
    str_addf(out, ":{\"dtype\":\"%s\",\"shape\":[%lld", column_type_name(type), (long long)n);
    if (bytes)
        str_addf(out, ",%lld", (long long)bytes);
    str_addf(out, "],\"data_offsets\":[%lld,%lld]}", (long long)*at, (long long)end);
    *at = end;
}

/* The entries of the chunks, in file order, from the types that were chosen. */
static void chunk_entries(const colfile_writer *w, str *out, int64_t *at)
{
    for (int64_t i = 0, pads = 0; i < w->types.n; i++) {
        int64_t chunk = i / w->n_columns, left = w->rows - chunk * COLFILE_CHUNK_ROWS;
        const column_spec *spec = &w->columns[i % w->n_columns];
        str_addf(out, ",\"%lld/%s", (long long)chunk, w->quoted[i % w->n_columns]);
        entry_text(out, w->types.at[i], left < COLFILE_CHUNK_ROWS ? left : COLFILE_CHUNK_ROWS,
                   spec->kind == COLUMN_BITS ? across(spec) : 0, at);
        int64_t pad = align_up(*at) - *at;
        if (pad == 0)
            continue;
        str_addf(out, ",\"pad/%lld\"", (long long)pads++);
        entry_text(out, TYPE_U8, pad, 0, at);
    }
}

/* Write each dictionary and `extra` behind the chunks; their entries go to `out`. */
static stint_status put_tail(colfile_writer *w, str *out, const char *extra, int64_t *at)
{
    str texts;
    str_init(&texts, w->ctx, TAG_TABLE);
    stint_status s = STINT_OK;
    for (int j = 0; j < w->n_columns && s == STINT_OK; j++) {
        if (w->columns[j].kind != COLUMN_TEXT)
            continue;
        str_clear(&texts);
        for (int64_t i = 0; i < w->columns[j].dictionary_n; i++)
            str_add_bytes(&texts, w->columns[j].dictionary[i],
                          strlen(w->columns[j].dictionary[i]) + 1);
        str_addf(out, ",\"dictionary/%s", w->quoted[j]);
        entry_text(out, TYPE_U8, (int64_t)texts.len, 0, at);
        s = str_status(&texts);
        if (s == STINT_OK)
            s = put_bytes(w, texts.at, (int64_t)texts.len);
    }
    if (extra && s == STINT_OK) {
        str_add(out, ",\"extra\"");
        entry_text(out, TYPE_U8, (int64_t)strlen(extra), 0, at);
        s = put_bytes(w, extra, (int64_t)strlen(extra));
    }
    str_deinit(&texts);
    return s;
}

static stint_status put_spaces(colfile_writer *w, int64_t from, int64_t to)
{
    char spaces[4096];
    memset(spaces, ' ', sizeof spaces);
    for (int64_t n; from < to; from += n) {
        n = to - from < (int64_t)sizeof spaces ? to - from : (int64_t)sizeof spaces;
        TRY(file_pwrite(w->ctx, w->fd, w->path, spaces, (size_t)n, from));
    }
    return STINT_OK;
}

static stint_status put_header(colfile_writer *w, str *header, const char *extra)
{
    str meta;
    str_init(&meta, w->ctx, TAG_TABLE);
    stint_status s = metadata_text(w, &meta);
    str_add_bytes(header, "\0\0\0\0\0\0\0\0", 8);
    json_out j = emit_begin(header, false);
    emit_object(&j, NULL);
    emit_object(&j, "__metadata__");
    emit_string(&j, "stint", meta.at);
    emit_object_end(&j);
    str_deinit(&meta);
    TRY(s);
    int64_t at = 0;
    chunk_entries(w, header, &at);
    TRY(put_tail(w, header, extra, &at));
    str_add(header, "}");
    TRY(str_status(header));
    assert((int64_t)header->len <= w->data_at && w->data_at + at == w->end);

    uint64_t bytes = (uint64_t)w->data_at - 8;
    for (int i = 0; i < 8; i++)
        header->at[i] = (char)(bytes >> (8 * i));
    TRY(put_spaces(w, (int64_t)header->len, w->data_at));
    TRY(file_sync(w->ctx, w->fd, w->path));
    return file_pwrite(w->ctx, w->fd, w->path, header->at, header->len, 0);
}

stint_status colfile_finish(colfile_writer *w, const char *extra)
{
    str header;
    str_init(&header, w->ctx, TAG_TABLE);
    stint_status s = put_header(w, &header, extra);
    str_deinit(&header);
    if (s == STINT_OK)
        s = file_sync(w->ctx, w->fd, w->path);
    if (s == STINT_OK)
        writer_free(w);
    else
        colfile_abandon(w);
    return s;
}

void colfile_abandon(colfile_writer *w)
{
    if (!w)
        return;
    if (w->fd >= 0)
        unlink(w->path);
    writer_free(w);
}
