#include "data/row_batch.h"
#include "data/chunker.h"

#include <string.h>

/* A cell takes the 16 bytes of a text whatever it is, so that columns may change their type from
 * one reading to the next; columns of smaller cells use the beginning of their part. */

enum { ROWS_LEAST = 64, ROWS_MOST = 1024, CELL_BYTES = 4 << 20, TEXT_BYTES = 1 << 20 };

bool row_batch_begin(row_batch *b, ingest *in)
{
    int64_t rows = CELL_BYTES / (int64_t)sizeof(cell_text) / in->n_columns / 64 * 64;
    *b = (row_batch){.in = in, .room_bytes = TEXT_BYTES};
    b->most_rows = rows < ROWS_LEAST ? ROWS_LEAST : rows < ROWS_MOST ? rows : ROWS_MOST;
    int64_t cells = in->n_columns * b->most_rows;
    b->cells = mem_alloc(in->ctx, TAG_BASE, (size_t)cells * sizeof *b->cells);
    b->valid = mem_alloc(in->ctx, TAG_BASE, (size_t)cells / 8);
    b->room = mem_alloc(in->ctx, TAG_BASE, (size_t)b->room_bytes);
    b->rows = -1;
    return b->cells && b->valid && b->room;
}

void row_batch_end(row_batch *b)
{
    mem_free(b->cells);
    mem_free(b->valid);
    mem_free(b->room);
}

static ingest_outcome batch_cells(void *self, int column, int64_t from, int64_t n,
                                  ingest_cells *out)
{
    static const size_t sizes[] = {
        [READ_BOOL] = sizeof(bool),     [READ_INTEGER] = sizeof(int64_t),
        [READ_NUMBER] = sizeof(double), [READ_TEXT] = sizeof(cell_text),
        [READ_HASH] = sizeof(int64_t),
    };
    const row_batch *b = self;
    const char *cells = (const char *)(b->cells + column * b->most_rows);
    (void)n;
    *out = (ingest_cells){
        .values = cells + (size_t)from * sizes[b->in->columns[column].read],
        .valid = b->valid + column * (b->most_rows / 64),
        .first = from,
    };
    return INGEST_DONE;
}

ingest_outcome row_batch_flush(row_batch *b, chunker *k)
{
    ingest_outcome outcome =
        b->rows >= 0 ? chunker_add(k, &(ingest_batch){b->rows + 1, b, batch_cells}) : INGEST_DONE;
    memset(b->valid, 0, (size_t)(b->in->n_columns * (b->most_rows / 64)) * sizeof *b->valid);
    b->rows = -1;
    b->used = 0;
    return outcome;
}

ingest_outcome row_batch_row(row_batch *b, chunker *k, int64_t text_bytes)
{
    ingest_outcome outcome = INGEST_DONE;
    if (b->rows + 1 == b->most_rows || b->used + text_bytes > b->room_bytes)
        outcome = row_batch_flush(b, k);
    if (text_bytes > b->room_bytes) {
        mem_free(b->room);
        b->room = mem_alloc(b->in->ctx, TAG_BASE, (size_t)text_bytes);
        b->room_bytes = text_bytes;
    }
    b->rows++;
    return b->room ? outcome : INGEST_FAILED;
}

static uint64_t *word_of(const row_batch *b, int j)
{
    return &b->valid[j * (b->most_rows / 64) + b->rows / 64];
}

bool row_batch_has(const row_batch *b, int j)
{
    return *word_of(b, j) >> (b->rows % 64) & 1;
}

static void *set(row_batch *b, int j, size_t bytes)
{
    *word_of(b, j) |= UINT64_C(1) << (b->rows % 64);
    return (char *)(b->cells + j * b->most_rows) + (size_t)b->rows * bytes;
}

double *row_batch_number(row_batch *b, int j)
{
    return set(b, j, sizeof(double));
}

int64_t *row_batch_integer(row_batch *b, int j)
{
    return set(b, j, sizeof(int64_t));
}

bool *row_batch_bool(row_batch *b, int j)
{
    return set(b, j, sizeof(bool));
}

cell_text *row_batch_text(row_batch *b, int j)
{
    return set(b, j, sizeof(cell_text));
}
