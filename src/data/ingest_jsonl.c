#include "data/chunker.h"
#include "data/exact.h"
#include "data/jsonl.h"
#include "data/row_batch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* JSON lines: the first lines name the columns, in the order in which their keys appear, and
 * tell their types.  A key that a line does not have is a missing cell. */

enum {
    SAMPLE_BYTES = 1 << 20, /* of each file; all of its first line in any case */
    LINE_MOST = 1 << 24,    /* bytes */
};

#define LONGEST_NUMBER 400

typedef struct jsonl_reader {
    ingest *in;
    const ingest_file *file;
    map keys; /* of every column of the files → its place in the table, -1 = unwanted */
    row_batch batch;
} jsonl_reader;

/* --- lines --------------------------------------------------------------------------------- */

typedef struct line_walk {
    const char *at, *end;
    int64_t line; /* number of the one found */
} line_walk;

static line_walk walk_begin(const file_map *m)
{
    const char *at = (const char *)m->at;
    int64_t mark = m->size >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    return (line_walk){at + mark, at + m->size, 0};
}

/* The next line with something on it; NULL at the end. */
static const char *walk_next(line_walk *w, int64_t *bytes)
{
    while (w->at < w->end) {
        const char *from = w->at, *to = memchr(from, '\n', (size_t)(w->end - from));
        *bytes = (to ? to : w->end) - from;
        w->at = to ? to + 1 : w->end;
        w->line++;
        if (!json_line_blank(from, *bytes))
            return from;
    }
    return NULL;
}

static int64_t jsonl_line(const file_map *m, int64_t row, int columns)
{
    int64_t bytes;
    (void)columns;
    for (line_walk w = walk_begin(m); walk_next(&w, &bytes);)
        if (row-- == 0)
            return w.line;
    return 0;
}

static stint_status line_fail(ingest *in, const char *path, int64_t line, const json_line *r)
{
    return fail(in->ctx, STINT_EDATA, "%s:%lld: not a line of JSON: %s, at byte %lld", path,
                (long long)line, r->error, (long long)(r->at - r->from) + 1);
}

static stint_status check_bytes(ingest *in, const char *path, int64_t line, int64_t bytes)
{
    return bytes <= LINE_MOST ? STINT_OK
                              : fail(in->ctx, STINT_EDATA,
                                     "%s:%lld: the line is longer than %d MiB: is this a "
                                     "table, one object a line?",
                                     path, (long long)line, LINE_MOST >> 20);
}

/* --- the sample ---------------------------------------------------------------------------- */

typedef struct sample {
    map keys; /* → number of the column */
    VEC(ingest_column) columns;
    VEC(int64_t) seen; /* line on which a column stood last */
    int64_t lines, bytes;
} sample;

static read_type cell_read_type(json_cell t)
{
    static const read_type types[] = {
        [JSON_CELL_NULL] = READ_NUMBER,     [JSON_CELL_BOOL] = READ_BOOL,
        [JSON_CELL_INTEGER] = READ_INTEGER, [JSON_CELL_NUMBER] = READ_NUMBER,
        [JSON_CELL_TEXT] = READ_TEXT,       [JSON_CELL_OBJECT] = READ_TEXT,
        [JSON_CELL_LIST] = READ_TEXT,
    };
    return types[t];
}

static stint_status fail_twice(ingest *in, const char *path, int64_t line, cell_text key)
{
    return fail(in->ctx, STINT_EDATA, "%s:%lld: the key \"%.*s\" stands twice: rename one", path,
                (long long)line, (int)key.len, key.at);
}

static stint_status column_of(ingest *in, sample *s, const json_field *f, int64_t *j)
{
    if (f->key.len == 0 || memchr(f->key.at, '\0', (size_t)f->key.len))
        return fail(in->ctx, STINT_EDATA, "%s:%lld: a key is empty: name it", in->files[0].path,
                    (long long)s->lines);
    const map_entry *e = map_add(&s->keys, f->key.at, f->key.len, s->columns.n);
    if (!e)
        return STINT_ENOMEM;
    *j = e->value;
    if (*j < s->columns.n)
        return STINT_OK;
    char *name = arena_printf(&in->arena, "%.*s", (int)f->key.len, f->key.at);
    if (!name)
        return STINT_ENOMEM;
    TRY(vec_push(in->ctx, TAG_BASE, &s->seen, INT64_C(0)));
    return vec_push(
        in->ctx, TAG_BASE, &s->columns,
        (ingest_column){.name = name, .at = (int)*j, .read = READ_NUMBER, .unseen = true});
}

static char *nested_message(ingest *in, const char *path, int64_t line, const char *name,
                            json_cell type)
{
    return arena_printf(&in->arena,
                        "%s:%lld: column \"%s\" is %s: flatten it into columns of its own, or list "
                        "it under data.drop",
                        path, (long long)line, name,
                        type == JSON_CELL_LIST ? "a list" : "an object");
}

static stint_status sample_field(ingest *in, sample *s, const char *path, int64_t line,
                                 const json_field *f)
{
    int64_t j = 0, stamp = s->lines + 1;
    TRY(column_of(in, s, f, &j));
    ingest_column *column = &s->columns.at[j];
    if (s->seen.at[j] == stamp)
        return fail_twice(in, path, line, f->key);
    s->seen.at[j] = stamp;
    if (f->type == JSON_CELL_OBJECT || f->type == JSON_CELL_LIST) {
        if (!column->refused)
            column->refused = nested_message(in, path, line, column->name, f->type);
        return column->refused ? STINT_OK : STINT_ENOMEM;
    }
    if (f->type != JSON_CELL_NULL) {
        read_type read = cell_read_type(f->type);
        column->read = column->unseen ? read : read_type_join(column->read, read);
        column->unseen = false;
    }
    return STINT_OK;
}

static stint_status sample_line(ingest *in, sample *s, const char *path, const line_walk *w,
                                const char *at, int64_t bytes)
{
    json_field f;
    TRY(check_bytes(in, path, w->line, bytes));
    char *room = mem_alloc(in->ctx, TAG_BASE, (size_t)bytes + 1);
    if (!room)
        return STINT_ENOMEM;
    json_line r = json_line_begin(at, bytes, room);
    stint_status status = STINT_OK;
    while (status == STINT_OK && json_line_next(&r, &f))
        status = sample_field(in, s, path, w->line, &f);
    if (status == STINT_OK && r.error)
        status = line_fail(in, path, w->line, &r);
    mem_free(room);
    s->lines++;
    s->bytes += bytes + 1;
    return status;
}

static stint_status sample_file(ingest *in, sample *s, const ingest_file *file)
{
    file_map m;
    int64_t bytes, from = s->bytes;
    const char *at;
    stint_status status = STINT_OK;
    TRY(map_open(in->ctx, file->path, &m));
    line_walk w = walk_begin(&m);
    while (status == STINT_OK && (s->bytes == from || s->bytes - from < SAMPLE_BYTES) &&
           (at = walk_next(&w, &bytes)) != NULL)
        status = sample_line(in, s, file->path, &w, at, bytes);
    map_close(&m);
    return status;
}

static stint_status take_sample(ingest *in, sample *s)
{
    int64_t bytes = 0;
    for (int i = 0; i < in->n_files; i++) {
        TRY(sample_file(in, s, &in->files[i]));
        bytes += in->files[i].bytes;
    }
    if (s->lines == 0)
        return fail(in->ctx, STINT_EDATA, "%s: has no rows", in->files[0].path);
    if (s->columns.n == 0)
        return fail(in->ctx, STINT_EDATA, "%s:1: the object has no keys", in->files[0].path);
    in->n_columns = (int)s->columns.n;
    in->columns = arena_new(&in->arena, ingest_column, in->n_columns);
    if (!in->columns)
        return STINT_ENOMEM;
    memcpy(in->columns, s->columns.at, (size_t)in->n_columns * sizeof *in->columns);
    const char **all = arena_new(&in->arena, const char *, in->n_columns + 1);
    for (int j = 0; all && j < in->n_columns; j++)
        all[j] = in->columns[j].name;
    in->reader = all;
    if (!all)
        return STINT_ENOMEM;
    in->most_rows = (int64_t)(1.5 * (double)bytes * (double)s->lines / (double)s->bytes) + 4096;
    in->reader_bytes = ROW_BATCH_BYTES;
    return STINT_OK;
}

static stint_status jsonl_describe(ingest *in)
{
    sample s = {0};
    map_init(&s.keys, in->ctx, TAG_BASE);
    stint_status status = take_sample(in, &s);
    map_deinit(&s.keys);
    vec_free(&s.columns);
    vec_free(&s.seen);
    return status;
}

/* --- cells --------------------------------------------------------------------------------- */

/* What a column cannot hold; what it could if it were wider starts over. */
static ingest_outcome refuse(jsonl_reader *b, int64_t line, int j, const json_field *f)
{
    ingest_column *column = &b->in->columns[j];
    bool number = f->type == JSON_CELL_INTEGER || f->type == JSON_CELL_NUMBER;
    if (f->type == JSON_CELL_OBJECT || f->type == JSON_CELL_LIST) {
        const char *what = nested_message(b->in, b->file->path, line, column->name, f->type);
        if (what)
            fail(b->in->ctx, STINT_EDATA, "%s", what);
        return INGEST_FAILED;
    }
    if (column->unseen || column->read == READ_BOOL || (column->read == READ_INTEGER && number)) {
        column->read = column->unseen ? cell_read_type(f->type)
                                      : read_type_join(column->read, cell_read_type(f->type));
        column->unseen = false;
        return INGEST_AGAIN;
    }
    fail(b->in->ctx, STINT_EDATA,
         "%s:%lld: column \"%s\": \"%.*s\" is not a number: correct the cell, or leave the column "
         "out: list it under data.text and data.drop",
         b->file->path, (long long)line, column->name, f->text.len < 80 ? (int)f->text.len : 80,
         f->text.at);
    return INGEST_FAILED;
}

static bool parse_integer(cell_text text, int64_t *out)
{
    char digits[32];
    if (text.len >= (int64_t)sizeof digits)
        return false;
    memcpy(digits, text.at, (size_t)text.len);
    digits[text.len] = '\0';
    errno = 0;
    *out = strtoll(digits, NULL, 10);
    return errno == 0;
}

static bool parse_number(cell_text text, double *out)
{
    char digits[LONGEST_NUMBER];
    if (text.len >= (int64_t)sizeof digits)
        return false;
    memcpy(digits, text.at, (size_t)text.len);
    digits[text.len] = '\0';
    return str_parse_double(digits, out);
}

static ingest_outcome put_number(jsonl_reader *b, int64_t line, int j, const json_field *f)
{
    if (f->type != JSON_CELL_INTEGER && f->type != JSON_CELL_NUMBER)
        return refuse(b, line, j, f);
    bool exact = f->type == JSON_CELL_NUMBER || exact_text(f->text.at, f->text.len);
    b->in->columns[j].unseen = false;
    if (exact && parse_number(f->text, row_batch_number(&b->batch, j)))
        return INGEST_DONE;
    fail(b->in->ctx, STINT_EDATA,
         "%s:%lld: column \"%s\": no double holds %.*s exactly: if it names something, leave the "
         "column out: list it under data.text and data.drop",
         b->file->path, (long long)line, b->in->columns[j].name,
         f->text.len < 80 ? (int)f->text.len : 80, f->text.at);
    return INGEST_FAILED;
}

static ingest_outcome put_integer(jsonl_reader *b, int64_t line, int j, const json_field *f)
{
    json_field number = *f;
    if (f->type == JSON_CELL_INTEGER && parse_integer(f->text, row_batch_integer(&b->batch, j)))
        return INGEST_DONE;
    if (f->type == JSON_CELL_INTEGER) /* beyond int64_t: a number */
        number.type = JSON_CELL_NUMBER;
    return refuse(b, line, j, &number);
}

static ingest_outcome put_cell(jsonl_reader *b, int64_t line, int j, const json_field *f)
{
    switch (b->in->columns[j].read) {
    case READ_BOOL:
        if (f->type != JSON_CELL_BOOL)
            return refuse(b, line, j, f);
        *row_batch_bool(&b->batch, j) = *f->text.at == 't';
        return INGEST_DONE;
    case READ_INTEGER: return put_integer(b, line, j, f);
    case READ_HASH:
    case READ_NUMBER: return put_number(b, line, j, f);
    case READ_TEXT:
        if (f->type == JSON_CELL_OBJECT || f->type == JSON_CELL_LIST)
            return refuse(b, line, j, f);
        *row_batch_text(&b->batch, j) = f->text;
        return INGEST_DONE;
    }
    return INGEST_FAILED;
}

/* --- rows ---------------------------------------------------------------------------------- */

static ingest_outcome put_field(jsonl_reader *b, int64_t line, const json_field *f, int64_t *guess)
{
    ingest *in = b->in;
    const map_entry *e = NULL;
    /* lines mostly have their keys in one order */
    if (*guess < b->keys.n && b->keys.entries[*guess].key_len == f->key.len &&
        memcmp(b->keys.entries[*guess].key, f->key.at, (size_t)f->key.len) == 0)
        e = &b->keys.entries[*guess];
    else if ((e = map_find(&b->keys, f->key.at, f->key.len)) != NULL)
        *guess = e - b->keys.entries;
    ++*guess;
    if (!e) {
        fail(in->ctx, STINT_EDATA,
             "%s:%lld: the key \"%.*s\" stands on none of the first lines, which name the columns: "
             "give it to the first line too, as null where it is not known",
             b->file->path, (long long)line, (int)f->key.len, f->key.at);
        return INGEST_FAILED;
    }
    int j = (int)e->value;
    if (j < 0 || f->type == JSON_CELL_NULL)
        return INGEST_DONE;
    if (row_batch_has(&b->batch, j)) {
        fail_twice(in, b->file->path, line, f->key);
        return INGEST_FAILED;
    }
    return put_cell(b, line, j, f);
}

static ingest_outcome put_line(jsonl_reader *b, chunker *k, int64_t line, const char *at,
                               int64_t bytes)
{
    json_field f;
    int64_t guess = 0;
    if (check_bytes(b->in, b->file->path, line, bytes) != STINT_OK)
        return INGEST_FAILED;
    ingest_outcome outcome = row_batch_row(&b->batch, k, bytes);
    json_line r = json_line_begin(at, bytes, b->batch.room + b->batch.used);
    while (outcome == INGEST_DONE && json_line_next(&r, &f))
        outcome = put_field(b, line, &f, &guess);
    if (outcome == INGEST_DONE && r.error) {
        line_fail(b->in, b->file->path, line, &r);
        return INGEST_FAILED;
    }
    b->batch.used = r.room - b->batch.room;
    return outcome;
}

/* --- files --------------------------------------------------------------------------------- */

static bool reader_begin(jsonl_reader *b, ingest *in, const ingest_file *file)
{
    const char *const *all = in->reader;
    int wanted = 0;
    *b = (jsonl_reader){.in = in, .file = file};
    map_init(&b->keys, in->ctx, TAG_BASE);
    if (!row_batch_begin(&b->batch, in))
        return false;
    for (int64_t i = 0; all[i]; i++) {
        bool is = wanted < in->n_columns && in->columns[wanted].at == i;
        if (!map_add(&b->keys, all[i], (int64_t)strlen(all[i]), is ? wanted : -1))
            return false;
        wanted += is;
    }
    return true;
}

static ingest_outcome jsonl_read(ingest *in, ingest_file *file, chunker *k)
{
    file_map m;
    jsonl_reader b;
    const char *at;
    int64_t bytes;
    if (map_open(in->ctx, file->path, &m) != STINT_OK)
        return INGEST_FAILED;
    ingest_outcome outcome = reader_begin(&b, in, file) ? INGEST_DONE : INGEST_FAILED;
    line_walk w = walk_begin(&m);
    while (outcome == INGEST_DONE && (at = walk_next(&w, &bytes)) != NULL)
        outcome = put_line(&b, k, w.line, at, bytes);
    if (outcome == INGEST_DONE)
        outcome = row_batch_flush(&b.batch, k);
    row_batch_end(&b.batch);
    map_deinit(&b.keys);
    map_close(&m);
    return outcome;
}

static const char *const endings[] = {".jsonl", ".ndjson", NULL};

const source_format format_jsonl = {
    .name = "jsonl",
    .called = "JSON lines",
    .endings = endings,
    .chooses = true,
    .rates = {.base_bytes = INT64_C(4) << 20, .bytes_a_second = 150e6},
    .describe = jsonl_describe,
    .read = jsonl_read,
    .lines_tell_rows = true,
    .line = jsonl_line,
};
