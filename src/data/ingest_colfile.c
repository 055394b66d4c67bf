#include "data/chunker.h"
#include "data/exact.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Column files as a source: what `stint ingest --to` wrote.  Each column is checked against its
 * hash before it is read, as a copy may have come a long way. */

enum { BATCH_ROWS = 8192 };

typedef struct colfile_batch {
    ingest *in;
    const colfile *file;
    int64_t chunk, row; /* rows [row, …) of the chunk */
    int64_t first;      /* row of the table where the file begins */
    cell_text cells[BATCH_ROWS];
    char digits[BATCH_ROWS][STR_DOUBLE_SIZE]; /* of numbers that are read as text */
    uint64_t valid[BATCH_ROWS / 64];
} colfile_batch;

/* --- columns ------------------------------------------------------------------------------- */

static const colfile *file_at(const ingest *in, int64_t i)
{
    return &((const colfile *)in->reader)[i];
}

/* Numbers of which some chunk needed I64 were read as integers; their other chunks follow. */
static read_type read_type_of(const colfile *f, int j)
{
    static const read_type types[] = {
        [COLUMN_NUMBER] = READ_NUMBER, [COLUMN_BOOL] = READ_BOOL, [COLUMN_TEXT] = READ_TEXT,
        [COLUMN_HASH] = READ_HASH,     [COLUMN_BITS] = READ_TEXT,
    };
    if (f->columns[j].kind == COLUMN_NUMBER)
        for (int64_t k = 0; k < f->chunks; k++)
            if (f->blocks[k * f->n_columns + j].type == TYPE_I64)
                return READ_INTEGER;
    return types[f->columns[j].kind];
}

static stint_status meet_columns(ingest *in, int i)
{
    const colfile *f = file_at(in, i);
    const char **names = arena_new(&in->arena, const char *, f->n_columns);
    if (!names)
        return STINT_ENOMEM;
    for (int j = 0; j < f->n_columns; j++)
        names[j] = f->columns[j].name;
    TRY(i == 0 ? ingest_name_columns(in, in->files[i].path, names, f->n_columns)
               : ingest_same_columns(in, &in->files[i], names, f->n_columns));
    for (int j = 0; j < f->n_columns; j++) {
        ingest_column *column = &in->columns[j];
        read_type read = read_type_of(f, j);
        bool text = read == READ_TEXT || read == READ_HASH;
        if (i > 0 && (read == READ_HASH || column->read == READ_HASH) &&
            (!text || (column->read != READ_TEXT && column->read != READ_HASH)))
            return fail(in->ctx, STINT_EDATA,
                        "%s: column \"%s\" is %s, where %s has %s: all files need the same columns",
                        in->files[i].path, column->name, text ? "hashes of texts" : "no text",
                        in->files[0].path, text ? "none" : "hashes of texts");
        const bits_encoder *e = f->columns[j].encoder;
        if (i == 0) {
            column->packed = e != NULL;
            column->encoder = e;
        } else if (column->packed ? !e || !bits_same(e, column->encoder) : e != NULL) {
            return fail(in->ctx, STINT_EDATA,
                        "%s: column \"%s\" is encoded in another way than in %s: all files need "
                        "the same columns",
                        in->files[i].path, column->name, in->files[0].path);
        }
        column->read = i == 0 ? read : read_type_join(column->read, read);
    }
    return STINT_OK;
}

static stint_status colfile_describe(ingest *in)
{
    colfile *files = arena_new(&in->arena, colfile, in->n_files);
    in->reader = files;
    if (!files)
        return STINT_ENOMEM;
    for (int i = 0; i < in->n_files; i++) {
        TRY(colfile_open(in->ctx, in->files[i].path, &files[i]));
        TRY(meet_columns(in, i));
        in->most_rows += files[i].rows;
        in->reader_bytes +=
            (int64_t)sizeof(colfile_block) * files[i].chunks * files[i].n_columns +
            3 * (files[i].blocks ? (const uint8_t *)files[i].blocks[0].at - files[i].map.at : 0);
    }
    in->reader_bytes += (int64_t)sizeof(colfile_batch);
    return in->most_rows > 0
               ? STINT_OK
               : fail(in->ctx, STINT_EDATA, "%s: has columns but no rows", in->files[0].path);
}

static void colfile_close_all(ingest *in)
{
    for (int i = 0; i < in->n_files; i++)
        if (file_at(in, i)->map.at)
            colfile_close(&((colfile *)in->reader)[i]);
}

/* --- cells --------------------------------------------------------------------------------- */

static void mark(colfile_batch *b, int64_t i, bool valid)
{
    uint64_t bit = UINT64_C(1) << (i % 64);
    b->valid[i / 64] = valid ? b->valid[i / 64] | bit : b->valid[i / 64] & ~bit;
}

static void read_bools(colfile_batch *b, const colfile_block *block, int64_t row, int64_t n)
{
    const uint8_t *x = (const uint8_t *)block->at + row;
    bool *out = (bool *)b->cells;
    for (int64_t i = 0; i < n; i++) {
        mark(b, i, x[i] != 2);
        out[i] = x[i] == 1;
    }
}

/* A chunk of floating point among integers holds those with missing cells, or the column was
 * joined with one of fractions. */
static ingest_outcome read_integers(colfile_batch *b, int j, const colfile_block *block,
                                    int64_t row, int64_t n)
{
    int64_t *out = (int64_t *)(void *)b->cells;
    double x[64];
    for (int64_t i = 0; block->type == TYPE_I64 && i < n; i++)
        out[i] = ((const int64_t *)block->at)[row + i];
    if (block->type == TYPE_I64) {
        memset(b->valid, 0xFF, sizeof b->valid);
        return INGEST_DONE;
    }
    for (int64_t i = 0; i < n; i++) {
        if (i % 64 == 0)
            colfile_read(b->file, b->in->columns[j].at, b->chunk, row + i, n - i < 64 ? n - i : 64,
                         x, 1);
        double value = x[i % 64];
        if (!isnan(value) && (fabs(value) > 0x1p62 || value != floor(value))) {
            b->in->columns[j].read = READ_NUMBER;
            return INGEST_AGAIN;
        }
        mark(b, i, !isnan(value));
        out[i] = isnan(value) ? 0 : (int64_t)value;
    }
    return INGEST_DONE;
}

static ingest_outcome read_numbers(colfile_batch *b, int j, const colfile_block *block, int64_t row,
                                   int64_t n)
{
    double *out = (double *)(void *)b->cells;
    const int64_t *x = block->at;
    for (int64_t i = 0; block->type == TYPE_I64 && i < n; i++) {
        int64_t v = x[row + i];
        if (exact_u64(v < 0 ? 0 - (uint64_t)v : (uint64_t)v))
            continue;
        ingest_fail_cell(b->in, b->first + b->chunk * COLFILE_CHUNK_ROWS + row + i, j,
                         "no double holds %lld exactly: if it names something, leave the column "
                         "out: list it under data.text and data.drop",
                         (long long)v);
        return INGEST_FAILED;
    }
    colfile_read(b->file, b->in->columns[j].at, b->chunk, row, n, out, 1);
    memset(b->valid, 0xFF, sizeof b->valid);
    return INGEST_DONE;
}

/* Whole numbers as whole numbers, bools as words. */
static void digits_of(column_kind kind, const colfile_block *block, int64_t row, double x,
                      char out[STR_DOUBLE_SIZE])
{
    if (kind == COLUMN_BOOL)
        snprintf(out, STR_DOUBLE_SIZE, "%s", x != 0 ? "true" : "false");
    else if (block->type == TYPE_I64)
        snprintf(out, STR_DOUBLE_SIZE, "%lld", (long long)((const int64_t *)block->at)[row]);
    else
        str_format_double(out, x);
}

static void read_texts(colfile_batch *b, int j, const colfile_block *block, int64_t row, int64_t n)
{
    int at = b->in->columns[j].at;
    const colfile_column *column = &b->file->columns[at];
    for (int64_t i = 0; i < n; i++) {
        double x;
        const char *text = b->digits[i];
        colfile_read(b->file, at, b->chunk, row + i, 1, &x, 1);
        mark(b, i, !isnan(x));
        if (isnan(x))
            continue;
        if (column->kind == COLUMN_TEXT)
            text = column->dictionary[(int64_t)x];
        else
            digits_of(column->kind, block, row + i, x, b->digits[i]);
        b->cells[i] = (cell_text){text, (int64_t)strlen(text)};
    }
}

/* Hashes as they are, or of texts in a file that could still list them. */
static void read_hashes(colfile_batch *b, int j, const colfile_block *block, int64_t row, int64_t n)
{
    int64_t *out = (int64_t *)(void *)b->cells;
    const colfile_column *column = &b->file->columns[b->in->columns[j].at];
    if (column->kind == COLUMN_HASH)
        memcpy(out, (const int64_t *)block->at + row, (size_t)n * sizeof *out);
    for (int64_t i = 0; column->kind == COLUMN_TEXT && i < n; i++) {
        double x;
        colfile_read(b->file, b->in->columns[j].at, b->chunk, row + i, 1, &x, 1);
        const char *text = isnan(x) ? NULL : column->dictionary[(int64_t)x];
        uint64_t hash = text ? hash64(text, strlen(text)) : 0;
        out[i] = text && hash == 0 ? 1 : (int64_t)hash;
    }
}

static ingest_outcome colfile_cells(void *self, int j, int64_t from, int64_t n, ingest_cells *out)
{
    colfile_batch *b = self;
    const colfile *f = b->file;
    const colfile_block *block = &f->blocks[b->chunk * f->n_columns + b->in->columns[j].at];
    int64_t row = b->row + from;
    *out = (ingest_cells){.values = b->cells, .valid = b->valid};
    if (b->in->columns[j].packed) {
        int at = b->in->columns[j].at;
        out->valid = NULL;
        out->values = colfile_bits(f, at, b->chunk) + row * ((f->columns[at].width + 7) / 8);
        return INGEST_DONE;
    }
    switch (b->in->columns[j].read) {
    case READ_BOOL: read_bools(b, block, row, n); break;
    case READ_INTEGER: return read_integers(b, j, block, row, n);
    case READ_NUMBER: return read_numbers(b, j, block, row, n);
    case READ_TEXT: read_texts(b, j, block, row, n); break;
    case READ_HASH: read_hashes(b, j, block, row, n); break;
    }
    return INGEST_DONE;
}

/* --- files --------------------------------------------------------------------------------- */

static stint_status check_columns(ingest *in, const ingest_file *file, const colfile *f)
{
    for (int j = 0; j < in->n_columns; j++) {
        bool good;
        if (in->columns[j].is_text && f->columns[in->columns[j].at].kind == COLUMN_HASH)
            in->columns[j].read = READ_HASH;
        TRY(colfile_check_column(in->ctx, f, in->columns[j].at, &good));
        if (!good)
            return fail(in->ctx, STINT_EDATA,
                        "%s: column \"%s\" is damaged: its content has another hash: make the "
                        "file again",
                        file->path, in->columns[j].name);
    }
    return STINT_OK;
}

static ingest_outcome colfile_read_file(ingest *in, ingest_file *file, chunker *k)
{
    const colfile *f = file_at(in, file - in->files);
    if (check_columns(in, file, f) != STINT_OK)
        return INGEST_FAILED;
    colfile_batch *b = mem_new(in->ctx, TAG_BASE, colfile_batch, 1);
    ingest_outcome outcome = b ? INGEST_DONE : INGEST_FAILED;
    if (b) {
        b->in = in;
        b->file = f;
        b->first = chunker_rows(k);
    }
    for (int64_t chunk = 0; outcome == INGEST_DONE && chunk < f->chunks; chunk++) {
        int64_t rows = colfile_chunk_rows(f, chunk);
        b->chunk = chunk;
        for (b->row = 0; outcome == INGEST_DONE && b->row < rows; b->row += BATCH_ROWS) {
            int64_t n = rows - b->row < BATCH_ROWS ? rows - b->row : BATCH_ROWS;
            outcome = chunker_add(k, &(ingest_batch){n, b, colfile_cells});
        }
    }
    mem_free(b);
    return outcome;
}

static bool colfile_begins(const uint8_t *head, int64_t n)
{
    static const char begin[] = "{\"__metadata__\":{\"stint\":";
    return n >= 8 + (int64_t)sizeof begin - 1 && memcmp(head + 8, begin, sizeof begin - 1) == 0;
}

static const char *const endings[] = {".safetensors", NULL};

const source_format format_columns = {
    .name = "columns",
    .called = "a column file",
    .endings = endings,
    .begins = colfile_begins,
    .chooses = true,
    .lazy = true,
    .rates = {.base_bytes = INT64_C(4) << 20, .bytes_a_second = 1e9},
    .describe = colfile_describe,
    .read = colfile_read_file,
    .close = colfile_close_all,
};
