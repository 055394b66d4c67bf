#include "data/colfile.h"
#include "data/colfile_hash.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Reading a column file.  The header is read by a cursor that expects, byte for byte, what
 * the writer writes; every entry must begin where the one before ended, so nothing overlaps
 * and nothing is left out.  The file may come from anywhere: each number is checked before
 * it is used, and a file that passes can be read without further checks. */

typedef struct cursor {
    const char *at, *end;
} cursor;

static bool take(cursor *r, const char *text)
{
    size_t n = strlen(text);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, text, n) != 0)
        return false;
    r->at += n;
    return true;
}

/* A whole number without sign or leading zeros, at most 2^53. */
static bool take_number(cursor *r, int64_t *out)
{
    const char *from = r->at;
    int64_t x = 0;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9' && x <= INT64_C(1) << 53)
        x = x * 10 + (*r->at++ - '0');
    *out = x;
    return r->at > from && x <= INT64_C(1) << 53 && (*from != '0' || r->at == from + 1);
}

static bool take_type(cursor *r, column_type *out)
{
    for (int t = TYPE_BOOL; t <= TYPE_F64; t++) {
        cursor ahead = *r;
        if (!take(&ahead, column_type_name((column_type)t)) || !take(&ahead, "\""))
            continue;
        *r = ahead;
        *out = (column_type)t;
        return true;
    }
    return false;
}

/* :{"dtype":"F64","shape":[N],"data_offsets":[AT,END]}; moves *at to END.  With `bytes` the
 * shape is [N,bytes], of U8. */
static bool take_entry(cursor *r, int64_t data_bytes, int64_t bytes, column_type *type, int64_t *n,
                       int64_t *at)
{
    int64_t from, to, across = bytes;
    if (!take(r, ":{\"dtype\":\"") || !take_type(r, type) || !take(r, ",\"shape\":[") ||
        !take_number(r, n) || (bytes && (!take(r, ",") || !take_number(r, &across))) ||
        !take(r, "],\"data_offsets\":[") || !take_number(r, &from) || !take(r, ",") ||
        !take_number(r, &to) || !take(r, "]}"))
        return false;
    int64_t size = bytes ? bytes : (int64_t)column_type_bytes(*type);
    if (from != *at || to < from || to > data_bytes || across != bytes ||
        *n != (to - from) / size || (to - from) % size != 0)
        return false;
    *at = to;
    return true;
}

/* --- the metadata --------------------------------------------------------------------- */

static bool kind_of(const char *name, column_kind *out)
{
    for (int k = COLUMN_NUMBER; k <= COLUMN_BITS; k++)
        if (strcmp(name, column_kind_name((column_kind)k)) == 0) {
            *out = (column_kind)k;
            return true;
        }
    return false;
}

/* {"__metadata__":{"stint":"…"} : the text between the quotes, unescaped; NULL when damaged */
static json_t *take_metadata(cursor *r)
{
    if (!take(r, "{\"__metadata__\":{\"stint\":"))
        return NULL;
    const char *from = r->at;
    if (!take(r, "\""))
        return NULL;
    while (r->at < r->end && *r->at != '"')
        r->at += *r->at == '\\' && r->at + 1 < r->end ? 2 : 1;
    if (!take(r, "\"") || !take(r, "}"))
        return NULL;
    json_t *text = json_loadb(from, (size_t)(r->at - 1 - from), JSON_DECODE_ANY, NULL);
    json_t *meta = text ? json_loads(json_string_value(text) ? json_string_value(text) : "",
                                     JSON_REJECT_DUPLICATES, NULL)
                        : NULL;
    json_decref(text);
    return meta;
}

/* The encoder, and a name for each bit: as many as a row's bytes in the file allow. */
static bool read_encoder(colfile *f, const json_t *item, colfile_column *column)
{
    char name[64], why[64];
    bits_encoder *e = arena_new(&f->arena, bits_encoder, 1);
    if (!e || !bits_take(&f->arena, json_object_get(item, "encoder"), e) ||
        !bits_check(e, why, sizeof why) || e->width < 1 || e->width > 8 * f->map.size)
        return false;
    e->column = NULL;
    const char **names = arena_new(&f->arena, const char *, e->width);
    for (int64_t i = 0; names && i < e->width; i++) {
        bits_name(e, i, name, sizeof name);
        if (!(names[i] = arena_strdup(&f->arena, name)))
            return false;
    }
    column->width = e->width;
    column->encoder = e;
    column->bits = names;
    return names != NULL;
}

static bool read_columns(colfile *f, const json_t *list)
{
    int64_t row_bytes = 0;
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item)
    {
        const char *hash = json_string_value(json_object_get(item, "hash"));
        colfile_column *column = &f->columns[i];
        const char *name = json_string_value(json_object_get(item, "name"));
        const char *kind = json_string_value(json_object_get(item, "kind"));
        if (!name || !kind || !kind_of(kind, &column->kind) || !hash ||
            strspn(hash, "0123456789abcdef") != HASH_TEXT_SIZE - 1 || hash[HASH_TEXT_SIZE - 1])
            return false;
        memcpy(column->hash, hash, HASH_TEXT_SIZE);
        column->name = arena_strdup(&f->arena, name);
        column->dictionary_n = json_integer_value(json_object_get(item, "dictionary"));
        if (!column->name || column->dictionary_n < 0 ||
            (column->kind == COLUMN_BITS && !read_encoder(f, item, column)))
            return false;
        row_bytes += column->width / 8;
        if (row_bytes > f->map.size)
            return false;
    }
    return true;
}

static bool read_metadata(colfile *f, const json_t *meta)
{
    const json_t *columns = json_object_get(meta, "columns");
    f->rows = json_integer_value(json_object_get(meta, "rows"));
    if (json_integer_value(json_object_get(meta, "format")) != COLFILE_FORMAT ||
        json_integer_value(json_object_get(meta, "chunk_rows")) != COLFILE_CHUNK_ROWS ||
        f->rows < 0 || f->rows > f->map.size || json_array_size(columns) == 0 ||
        json_array_size(columns) > INT32_MAX)
        return false;
    f->n_columns = (int)json_array_size(columns);
    f->chunks = (f->rows + COLFILE_CHUNK_ROWS - 1) / COLFILE_CHUNK_ROWS;
    /* each tensor takes an entry of more than 50 bytes, so this bounds what is allocated */
    if (f->chunks > f->map.size / 50 / f->n_columns)
        return false;
    f->columns = arena_new(&f->arena, colfile_column, f->n_columns);
    f->blocks = arena_new(&f->arena, colfile_block, f->chunks * f->n_columns);
    return f->columns && (f->blocks || f->chunks == 0) && read_columns(f, columns);
}

/* --- the tensors ------------------------------------------------------------------------ */

static bool type_fits(column_kind kind, column_type type)
{
    static const unsigned allowed[] = {
        [COLUMN_NUMBER] =
            1 << TYPE_U8 | 1 << TYPE_I32 | 1 << TYPE_I64 | 1 << TYPE_F32 | 1 << TYPE_F64,
        [COLUMN_BOOL] = 1 << TYPE_BOOL | 1 << TYPE_U8,
        [COLUMN_TEXT] = 1 << TYPE_U8 | 1 << TYPE_I32,
        [COLUMN_HASH] = 1 << TYPE_I64,
        [COLUMN_BITS] = 1 << TYPE_U8,
    };
    return allowed[kind] >> type & 1;
}

/* ,"PREFIX/NAME" with the name as JSON text */
static bool take_name(cursor *r, const char *prefix, const char *quoted)
{
    return take(r, ",\"") && take(r, prefix) && take(r, "/") && take(r, quoted);
}

static bool take_pad(cursor *r, int64_t data_bytes, int64_t *at)
{
    cursor ahead = *r;
    int64_t number, n;
    column_type type;
    if (!take(&ahead, ",\"pad/"))
        return true;
    *r = ahead;
    return take_number(r, &number) && take(r, "\"") &&
           take_entry(r, data_bytes, 0, &type, &n, at) && type == TYPE_U8;
}

/* The bits behind the last of each row are 0: rows are compared and counted by bytes. */
static bool ends_fit(const colfile_column *column, const uint8_t *at, int64_t rows)
{
    int64_t bytes = (column->width + 7) / 8;
    uint8_t behind = (uint8_t)((1 << (8 * bytes - column->width)) - 1), set = 0;
    for (int64_t i = 0; behind && i < rows; i++)
        set |= at[i * bytes + bytes - 1] & behind;
    return set == 0;
}

/* Codes must stay within the dictionary and bools within 0 1 2, since both index tables. */
static bool values_fit(const colfile_column *column, const colfile_block *b, int64_t rows)
{
    const uint8_t *u8 = b->at;
    const int32_t *i32 = b->at;
    if (column->kind == COLUMN_BITS)
        return ends_fit(column, u8, rows);
    if (column->kind == COLUMN_BOOL) {
        for (int64_t i = 0; i < rows; i++)
            if (u8[i] > (b->type == TYPE_U8 ? 2 : 1))
                return false;
    } else if (column->kind == COLUMN_TEXT && b->type == TYPE_U8) {
        for (int64_t i = 0; i < rows; i++)
            if (u8[i] >= column->dictionary_n && u8[i] != 255)
                return false;
    } else if (column->kind == COLUMN_TEXT) {
        for (int64_t i = 0; i < rows; i++)
            if (i32[i] < -1 || i32[i] >= column->dictionary_n)
                return false;
    }
    return true;
}

static bool read_blocks(colfile *f, cursor *r, char *const *quoted, const uint8_t *data,
                        int64_t data_bytes, int64_t *at)
{
    for (int64_t i = 0; i < f->chunks * f->n_columns; i++) {
        char prefix[24];
        int64_t chunk = i / f->n_columns, n;
        int j = (int)(i % f->n_columns);
        colfile_block *b = &f->blocks[i];
        const colfile_column *column = &f->columns[j];
        int64_t bytes =
            column->kind == COLUMN_BITS ? colfile_across(column->kind, column->width) : 0;
        snprintf(prefix, sizeof prefix, "%lld", (long long)chunk);
        b->at = data + *at;
        if (!take_name(r, prefix, quoted[j]) ||
            !take_entry(r, data_bytes, bytes, &b->type, &n, at) ||
            n != colfile_chunk_rows(f, chunk) || (uintptr_t)b->at % 64 != 0 ||
            !type_fits(column->kind, b->type) || !values_fit(column, b, n) ||
            !take_pad(r, data_bytes, at))
            return false;
    }
    return true;
}

/* The texts stay in the map; the column gets a pointer to each. */
static bool read_dictionary(colfile *f, colfile_column *column, const char *texts, int64_t bytes)
{
    if (column->dictionary_n > bytes || (bytes > 0 && texts[bytes - 1] != '\0'))
        return false;
    const char **list = arena_new(&f->arena, const char *, column->dictionary_n + 1);
    const char *at = texts, *end = texts + bytes;
    for (int64_t i = 0; list && i < column->dictionary_n; i++) {
        if (at >= end)
            return false;
        list[i] = at;
        at += strlen(at) + 1;
    }
    column->dictionary = list;
    return list && at == end;
}

static bool read_tail(colfile *f, cursor *r, char *const *quoted, const uint8_t *data,
                      int64_t data_bytes, int64_t *at)
{
    column_type type;
    int64_t n, from;
    for (int j = 0; j < f->n_columns; j++) {
        if (f->columns[j].kind != COLUMN_TEXT)
            continue;
        from = *at;
        if (!take_name(r, "dictionary", quoted[j]) ||
            !take_entry(r, data_bytes, 0, &type, &n, at) || type != TYPE_U8 ||
            !read_dictionary(f, &f->columns[j], (const char *)data + from, n))
            return false;
    }
    from = *at;
    if (take(r, ",\"extra\"")) {
        if (!take_entry(r, data_bytes, 0, &type, &n, at) || type != TYPE_U8)
            return false;
        f->extra = json_loadb((const char *)data + from, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(f->extra))
            return false;
    }
    if (!take(r, "}") || *at != data_bytes)
        return false;
    while (r->at < r->end && *r->at == ' ')
        r->at++;
    return r->at == r->end;
}

/* Each column's name as JSON text without its first quote. */
static char **quote_names(colfile *f)
{
    char **quoted = arena_new(&f->arena, char *, f->n_columns);
    for (int j = 0; quoted && j < f->n_columns; j++) {
        json_t *text = json_string(f->columns[j].name);
        char *name = text ? json_dumps(text, JSON_ENCODE_ANY) : NULL;
        quoted[j] = name ? arena_strdup(&f->arena, name + 1) : NULL;
        free(name);
        json_decref(text);
        if (!quoted[j])
            return NULL;
    }
    return quoted;
}

static bool read_file(colfile *f)
{
    if (f->map.size < 8)
        return false;
    uint64_t header = 0;
    for (int i = 0; i < 8; i++)
        header |= (uint64_t)f->map.at[i] << (8 * i);
    if (header > (uint64_t)f->map.size - 8)
        return false;
    const uint8_t *data = f->map.at + 8 + header;
    int64_t data_bytes = f->map.size - 8 - (int64_t)header, at = 0;
    cursor r = {(const char *)f->map.at + 8, (const char *)data};
    json_t *meta = take_metadata(&r);
    bool good = meta && read_metadata(f, meta);
    json_decref(meta);
    char **quoted = good ? quote_names(f) : NULL;
    return quoted && read_blocks(f, &r, quoted, data, data_bytes, &at) &&
           read_tail(f, &r, quoted, data, data_bytes, &at);
}

stint_status colfile_open(ctx *c, const char *path, colfile *out)
{
    memset(out, 0, sizeof *out);
    arena_init(&out->arena, c, TAG_TABLE);
    TRY(lock_share(c, path, &out->lock));
    stint_status s = map_open(c, path, &out->map);
    if (s != STINT_OK)
        lock_drop(out->lock);
    if (s == STINT_OK && !read_file(out)) {
        s = ctx_status(c);
        if (s == STINT_OK)
            s = fail(c, STINT_EDATA,
                     "%s: damaged, or not a column file of format %d: make it again", path,
                     COLFILE_FORMAT);
    }
    if (s != STINT_OK)
        colfile_close(out);
    return s;
}

void colfile_close(colfile *f)
{
    json_decref(f->extra);
    if (f->map.at)
        lock_drop(f->lock);
    map_close(&f->map);
    arena_deinit(&f->arena);
    memset(f, 0, sizeof *f);
}

int64_t colfile_chunk_rows(const colfile *f, int64_t chunk)
{
    int64_t left = f->rows - chunk * COLFILE_CHUNK_ROWS;
    return left < COLFILE_CHUNK_ROWS ? left : COLFILE_CHUNK_ROWS;
}

int colfile_find(const colfile *f, const char *name)
{
    for (int j = 0; j < f->n_columns; j++)
        if (strcmp(f->columns[j].name, name) == 0)
            return j;
    return -1;
}
