#include "data/checks_impl.h"

/* Rows that are kept are bits; the columns "keep" and "first" are made of them and of the second
 * file of the row hashes, chunk by chunk. */

void rows_leave(checking *k, int64_t row)
{
    k->kept[row / 64] &= ~((uint64_t)1 << (row % 64));
}

static bool rows_kept(const checking *k, int64_t row)
{
    return k->kept[row / 64] >> (row % 64) & 1;
}

int64_t rows_left_out(const checking *k)
{
    int64_t rows = k->in->file->rows, kept = 0;
    for (int64_t i = 0; i < (rows + 63) / 64; i++)
        kept += __builtin_popcountll(k->kept[i]);
    return rows - kept;
}

/* The first rows of all, equal rows or not, of one chunk. */
static stint_status read_first(checking *k, int64_t chunk, int64_t n, int64_t *out)
{
    if (k->rows)
        return row_hashes_first(k->rows, chunk, n, out);
    for (int64_t i = 0; i < n; i++)
        out[i] = chunk * COLFILE_CHUNK_ROWS + i;
    return STINT_OK;
}

static stint_status leave_repeats(checking *k, row_hashes *r, int64_t *first)
{
    for (int64_t chunk = 0; chunk < k->in->file->chunks; chunk++) {
        int64_t n = colfile_chunk_rows(k->in->file, chunk), row = chunk * COLFILE_CHUNK_ROWS;
        TRY(row_hashes_first(r, chunk, n, first));
        for (int64_t i = 0; i < n; i++)
            if (first[i] != row + i)
                rows_leave(k, row + i);
    }
    return STINT_OK;
}

static int64_t *new_first(checking *k)
{
    int64_t rows = k->in->file->rows;
    return mem_new(k->ctx, TAG_TABLE, int64_t,
                   rows < COLFILE_CHUNK_ROWS ? rows : COLFILE_CHUNK_ROWS);
}

stint_status rows_repeats(checking *k, row_hashes *r, bool leave, duplicate_facts *out)
{
    TRY(row_hashes_count(r, k->kept, k->pool, out));
    if (!leave || out->duplicates == 0)
        return STINT_OK;
    int64_t *first = new_first(k);
    stint_status s = first ? leave_repeats(k, r, first) : STINT_ENOMEM;
    mem_free(first);
    return s;
}

/* --- the column file ---------------------------------------------------------------------- */

static const column_spec row_columns[] = {
    {.name = "keep", .kind = COLUMN_BOOL},
    {.name = "first", .kind = COLUMN_NUMBER},
};

static stint_status put_chunks(checking *k, colfile_writer *w, int8_t *keep, int64_t *first)
{
    for (int64_t chunk = 0; chunk < k->in->file->chunks; chunk++) {
        int64_t n = colfile_chunk_rows(k->in->file, chunk), row = chunk * COLFILE_CHUNK_ROWS;
        TRY(read_first(k, chunk, n, first));
        for (int64_t i = 0; i < n; i++) {
            keep[i] = rows_kept(k, row + i);
            first[i] = keep[i] ? first[i] : row + i;
        }
        TRY(colfile_put(w, (column_chunk[]){{.bools = keep}, {.integers = first}}, n));
    }
    return STINT_OK;
}

static stint_status put_rows(checking *k, colfile_writer *w)
{
    int64_t *first = new_first(k);
    int8_t *keep = mem_new(k->ctx, TAG_TABLE, int8_t, COLFILE_CHUNK_ROWS);
    stint_status s = first && keep ? put_chunks(k, w, keep, first) : STINT_ENOMEM;
    mem_free(keep);
    mem_free(first);
    return s;
}

stint_status rows_write(checking *k, const char *path, bool rows, const char *extra)
{
    static const int8_t keep[] = {1};
    static const int64_t first[] = {0};
    colfile_writer *w = colfile_create(k->ctx, path, row_columns, 2, rows ? k->in->file->rows : 1);
    if (!w)
        return ctx_status(k->ctx);
    stint_status s =
        rows ? put_rows(k, w)
             : colfile_put(w, (column_chunk[]){{.bools = keep}, {.integers = first}}, 1);
    if (s == STINT_OK)
        return colfile_finish(w, extra);
    colfile_abandon(w);
    return s;
}
