#include "data/colfile_hash.h"

#include <string.h>

/* Hashes of columns, and of a choice of them. */

int64_t colfile_across(column_kind kind, int64_t width)
{
    return kind == COLUMN_BITS ? (width + 7) / 8 : 1;
}

void colfile_hash_chunk(hasher *h, column_type type, int64_t rows, int64_t across,
                        const void *values)
{
    const int64_t head[] = {type, rows};
    hash_add(h, head, sizeof head);
    hash_add(h, values, (size_t)(rows * across) * column_type_bytes(type));
}

void colfile_hash_texts(hasher *h, const char *const *texts, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        hash_add_text(h, texts[i]);
}

stint_status colfile_hash_encoder(ctx *c, hasher *h, const bits_encoder *e)
{
    str text;
    bits_encoder anywhere = *e;
    anywhere.column = NULL;
    str_init(&text, c, TAG_TABLE);
    json_out j = emit_begin(&text, false);
    bits_emit(&j, NULL, &anywhere);
    hash_add_text(h, text.at);
    stint_status s = str_status(&text);
    str_deinit(&text);
    return s;
}

stint_status colfile_check_column(ctx *c, const colfile *f, int column, bool *good)
{
    char text[HASH_TEXT_SIZE];
    const colfile_column *info = &f->columns[column];
    hasher *h = hash_begin(c);
    if (!h)
        return STINT_ENOMEM;
    for (int64_t k = 0; k < f->chunks; k++) {
        const colfile_block *b = &f->blocks[k * f->n_columns + column];
        colfile_hash_chunk(h, b->type, colfile_chunk_rows(f, k),
                           colfile_across(info->kind, info->width), b->at);
    }
    colfile_hash_texts(h, info->dictionary, info->dictionary_n);
    stint_status s = info->encoder ? colfile_hash_encoder(c, h, info->encoder) : STINT_OK;
    hash_text(text, hash_end(h));
    *good = strcmp(text, info->hash) == 0;
    return s;
}

stint_status colfile_fingerprint(ctx *c, const colfile *f, const int *columns, int n,
                                 char out[HASH_TEXT_SIZE])
{
    hasher *h = hash_begin(c);
    if (!h)
        return STINT_ENOMEM;
    hash_add(h, &f->rows, sizeof f->rows);
    for (int i = 0; i < n; i++) {
        const colfile_column *column = &f->columns[columns[i]];
        hash_add_text(h, column->name);
        hash_add_text(h, column_kind_name(column->kind));
        hash_add_text(h, column->hash);
    }
    hash_text(out, hash_end(h));
    return STINT_OK;
}
