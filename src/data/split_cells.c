#include "data/split_impl.h"
#include "data/source.h"
#include "data/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Cells become 64-bit numbers.  To tell whether two are equal: the bits of a number or bool as
 * a double, a text's code, a hash as it is; a whole number that no double holds is hashed.  In
 * order: a double's bits, turned so that they compare as unsigned numbers. */

uint64_t split_ordered(double x)
{
    uint64_t bits;
    if (isnan(x))
        return CELL_MISSING;
    x = x == 0 ? 0 : x;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static const colfile_block *block_of(const split_job *j, int column, int64_t chunk)
{
    const colfile *f = j->in->file;
    return &f->blocks[chunk * f->n_columns + column];
}

static uint64_t whole_cell(int64_t x, double rounded)
{
    bool same = rounded < 0x1p63 && (int64_t)rounded == x;
    return same ? split_ordered(rounded) : hash64(&x, sizeof x);
}

void split_cells(split_job *j, int column, int64_t chunk)
{
    const int64_t *whole = block_of(j, column, chunk)->at;
    int64_t n = colfile_chunk_rows(j->in->file, chunk);
    column_kind kind = j->in->file->columns[column].kind;
    if (kind == COLUMN_BITS) {
        size_t bytes = (size_t)(j->in->file->columns[column].width + 7) / 8;
        const uint8_t *rows = colfile_bits(j->in->file, column, chunk);
        for (int64_t i = 0; i < n; i++)
            j->cells[i] = hash64(rows + (size_t)i * bytes, bytes);
        return;
    }
    split_cells_ordered(j, column, chunk);
    if (kind == COLUMN_HASH) {
        for (int64_t i = 0; i < n; i++)
            j->cells[i] = whole[i] == 0 ? CELL_MISSING : (uint64_t)whole[i];
    } else if (block_of(j, column, chunk)->type == TYPE_I64) {
        for (int64_t i = 0; i < n; i++)
            j->cells[i] = whole_cell(whole[i], j->values[i]);
    }
}

void split_cells_ordered(split_job *j, int column, int64_t chunk)
{
    int64_t n = colfile_chunk_rows(j->in->file, chunk);
    colfile_read(j->in->file, column, chunk, 0, n, j->values, 1);
    for (int64_t i = 0; i < n; i++)
        j->cells[i] = split_ordered(j->values[i]);
}

/* --- names -------------------------------------------------------------------------------- */

stint_status split_column_find(split_job *j, const char *key, const char *name, int *column)
{
    const colfile *f = j->in->file;
    *column = colfile_find(f, name);
    if (*column >= 0)
        return STINT_OK;
    nearest_name near = nearest_begin(name);
    for (int i = 0; i < f->n_columns; i++)
        nearest_try(&near, f->columns[i].name);
    return fail(j->ctx, STINT_EUSAGE, "%s: the table has no column \"%s\"%s%s%s", key, name,
                near.name ? "; did you mean \"" : "", near.name ? near.name : "",
                near.name ? "\"?" : "");
}

const char *split_cell_text(split_job *j, int column, int64_t row, char out[SPLIT_TEXT_SIZE])
{
    const colfile_column *info = &j->in->file->columns[column];
    int64_t chunk = row / COLFILE_CHUNK_ROWS, at = row % COLFILE_CHUNK_ROWS;
    double x;
    colfile_read(j->in->file, column, chunk, at, 1, &x, 1);
    if (isnan(x))
        return "a missing cell";
    if (info->kind == COLUMN_TEXT)
        str_print(out, SPLIT_TEXT_SIZE, "\"%.48s\"", info->dictionary[(int64_t)x]);
    else if (info->kind == COLUMN_BOOL)
        str_print(out, SPLIT_TEXT_SIZE, x != 0 ? "true" : "false");
    else if (info->kind == COLUMN_BITS)
        str_print(out, SPLIT_TEXT_SIZE, "the bits of row %lld", (long long)row + 1);
    else if (info->kind == COLUMN_HASH)
        str_print(out, SPLIT_TEXT_SIZE, "the text of row %lld", (long long)row + 1);
    else if (block_of(j, column, chunk)->type == TYPE_I64)
        str_print(out, SPLIT_TEXT_SIZE, "%lld",
                  (long long)((const int64_t *)block_of(j, column, chunk)->at)[at]);
    else
        str_format_double(out, x);
    return out;
}

stint_status split_row_text(split_job *j, int64_t row, char *out, size_t size)
{
    char file[512];
    int64_t line;
    bool is_line;
    TRY(source_line(j->ctx, j->in->file, row, file, sizeof file, &line, &is_line));
    str_print(out, size, "%s:%s%lld", file, is_line ? "" : "row ", (long long)line);
    return STINT_OK;
}

const char *split_part_text(const split_job *j, int part, char out[SPLIT_TEXT_SIZE])
{
    if (part == j->parts)
        return "the test part";
    str_print(out, SPLIT_TEXT_SIZE, j->settings->kind == SPLIT_TIME ? "part %d" : "fold %d", part);
    return out;
}

/* --- levels ------------------------------------------------------------------------------- */

static stint_status levels_add(split_job *j, split_levels *l, uint64_t cell, int64_t row)
{
    int64_t known = l->ids.n;
    if (map_find(&l->ids, (const char *)&cell, sizeof cell))
        return STINT_OK;
    if (known == SPLIT_LEVELS)
        return fail(j->ctx, STINT_EDATA,
                    "column \"%s\" has more than %d different values, too many for classes, "
                    "strata or folds; choose another column",
                    j->in->file->columns[l->column].name, SPLIT_LEVELS);
    if (!map_add(&l->ids, (const char *)&cell, sizeof cell, known))
        return STINT_ENOMEM;
    return vec_push(j->ctx, TAG_SPLIT, &l->first, (uint32_t)row);
}

stint_status split_levels_open(split_job *j, int column, split_levels *out)
{
    *out = (split_levels){.column = column};
    map_init(&out->ids, j->ctx, TAG_SPLIT);
    for (int64_t chunk = 0; chunk < j->in->file->chunks; chunk++) {
        int64_t base = chunk * COLFILE_CHUNK_ROWS, n = colfile_chunk_rows(j->in->file, chunk);
        split_cells(j, column, chunk);
        for (int64_t i = 0; i < n; i++)
            if (j->part[base + i] != SPLIT_NONE)
                TRY(levels_add(j, out, j->cells[i], base + i));
    }
    return STINT_OK;
}

void split_levels_close(split_levels *l)
{
    if (l->ids.ctx)
        map_deinit(&l->ids);
    vec_free(&l->first);
}

uint32_t split_level(const split_levels *l, uint64_t cell)
{
    return (uint32_t)map_find(&l->ids, (const char *)&cell, sizeof cell)->value;
}

/* --- rows that are left out, rows that repeat others ------------------------------------------ */

static void rows_read(split_job *j, const char *column, int64_t chunk)
{
    const colfile *f = j->in->rows;
    colfile_read(f, colfile_find(f, column), chunk, 0, colfile_chunk_rows(f, chunk), j->values, 1);
}

void split_first_rows(split_job *j, int64_t chunk)
{
    rows_read(j, "first", chunk);
}

void split_rows_leave(split_job *j)
{
    for (int64_t chunk = 0; chunk < j->in->rows->chunks; chunk++) {
        int64_t base = chunk * COLFILE_CHUNK_ROWS, n = colfile_chunk_rows(j->in->rows, chunk);
        rows_read(j, "keep", chunk);
        for (int64_t i = 0; i < n; i++)
            if (j->values[i] != 1)
                j->part[base + i] = SPLIT_NONE;
    }
}

stint_status split_rows_begin(split_job *j)
{
    const colfile *rows = j->in->rows;
    memset(j->part, ROW_KEPT, (size_t)j->n);
    if (!rows)
        return STINT_OK;
    bool whole =
        rows->rows == j->n && colfile_find(rows, "keep") >= 0 && colfile_find(rows, "first") >= 0;
    for (int64_t chunk = 0; whole && chunk < rows->chunks; chunk++) {
        int64_t base = chunk * COLFILE_CHUNK_ROWS, n = colfile_chunk_rows(rows, chunk);
        split_first_rows(j, chunk);
        for (int64_t i = 0; whole && i < n; i++)
            whole = j->values[i] >= 0 && j->values[i] <= (double)(base + i) &&
                    j->values[i] == floor(j->values[i]);
    }
    if (!whole)
        return fail(j->ctx, STINT_EDATA, "the checks' list of rows is not one of %lld rows",
                    (long long)j->n);
    split_rows_leave(j);
    return STINT_OK;
}
