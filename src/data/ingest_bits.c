#include "base/pattern.h"
#include "data/ingest_impl.h"

#include <string.h>

/* Which columns become packed bits, by which encoder, and what that takes of memory. */

/* A request's encoder, with the key itself where there is one. */
static stint_status take_encoder(ingest *in, const json_t *item, bits_encoder *out)
{
    char why[128];
    const char *key = json_string_value(json_object_get(item, "secret"));
    if (!bits_take(&in->arena, item, out) || !out->column)
        return fail(in->ctx, STINT_EUSAGE, "ingest: an encoder of the request is none");
    out->key = key ? arena_strdup(&in->arena, key) : NULL;
    if (key && !out->key)
        return STINT_ENOMEM;
    if (!bits_check(out, why, sizeof why))
        return fail(in->ctx, STINT_EUSAGE, "data.%s: %s", bits_kind_name(out->kind), why);
    return STINT_OK;
}

stint_status ingest_take_encoders(ingest *in, const json_t *list)
{
    in->n_encoders = (int)json_array_size(list);
    in->encoders = arena_new(&in->arena, bits_encoder, in->n_encoders + 1);
    if (!in->encoders)
        return STINT_ENOMEM;
    for (int i = 0; i < in->n_encoders; i++)
        TRY(take_encoder(in, json_array_get(list, (size_t)i), &in->encoders[i]));
    return STINT_OK;
}

static const char *key_of(const bits_encoder *e)
{
    static const char *const keys[] = {
        [BITS_STRING] = "data.bits",
        [BITS_BLOOM] = "data.bloom.columns",
        [BITS_GRAMS] = "data.grams.columns",
    };
    return keys[e->kind];
}

/* A column file's own bits are taken as they are, if they were made in the same way. */
static stint_status same_encoder(ingest *in, const ingest_column *column, const bits_encoder *e)
{
    bits_encoder asked = *e;
    if (asked.kind == BITS_STRING && asked.width == 0)
        asked.width = column->encoder->width;
    if (bits_same(&asked, column->encoder))
        return STINT_OK;
    bool other_key = asked.kind == BITS_BLOOM && column->encoder->kind == BITS_BLOOM &&
                     asked.digest && strcmp(asked.digest, column->encoder->digest) != 0;
    return fail(in->ctx, STINT_EDATA,
                "%s: column \"%s\" holds bits already, made %s than %s asks for: read the table "
                "they were made of",
                in->files[0].path, column->name, other_key ? "with another key" : "in another way",
                key_of(e));
}

static stint_status apply(ingest *in, ingest_column *column, const bits_encoder *e)
{
    if (column->packed)
        return same_encoder(in, column, e);
    if (column->encoder && column->encoder != e)
        return fail(in->ctx, STINT_EUSAGE, "column \"%s\" is in %s and in %s; it can be in one",
                    column->name, key_of(column->encoder), key_of(e));
    if (column->read == READ_HASH)
        return fail(in->ctx, STINT_EDATA,
                    "%s: column \"%s\" holds hashes of its texts, which cannot be encoded: read "
                    "the table it was made of",
                    in->files[0].path, column->name);
    column->encoder = e;
    column->read = READ_TEXT;
    column->is_text = true;
    column->unseen = false;
    column->refused = column->mixed ? NULL : column->refused;
    return STINT_OK;
}

static stint_status fail_nothing(ingest *in, const bits_encoder *e)
{
    nearest_name near = nearest_begin(e->column);
    for (int j = 0; j < in->n_columns; j++)
        nearest_try(&near, in->columns[j].name);
    return fail(in->ctx, STINT_EUSAGE, "%s: %s has no column \"%s\"%s%s%s", key_of(e),
                in->files[0].path, e->column, near.name ? "; did you mean \"" : "",
                near.name ? near.name : "", near.name ? "\"?" : "");
}

stint_status ingest_apply_encoders(ingest *in)
{
    for (int i = 0; i < in->n_encoders; i++) {
        const bits_encoder *e = &in->encoders[i];
        int hits = 0;
        for (int j = 0; j < in->n_columns; j++)
            if (pattern_match(e->column, in->columns[j].name)) {
                TRY(apply(in, &in->columns[j], e));
                hits++;
            }
        if (!hits && !e->optional)
            return fail_nothing(in, e);
    }
    return STINT_OK;
}

/* --- widths ---------------------------------------------------------------------------------- */

static bool lacks_width(const ingest_column *column)
{
    return column->encoder && column->encoder->width == 0;
}

bool ingest_lacks_widths(const ingest *in)
{
    for (int j = 0; j < in->n_columns; j++)
        if (lacks_width(&in->columns[j]))
            return true;
    return false;
}

/* By the first row, before what the table takes of memory is known. */
ingest_outcome ingest_take_widths(ingest *in, const ingest_batch *batch)
{
    for (int j = 0; j < in->n_columns; j++) {
        ingest_cells cells = {0};
        if (!lacks_width(&in->columns[j]))
            continue;
        ingest_outcome outcome = batch->cells(batch->self, j, 0, 1, &cells);
        if (outcome != INGEST_DONE)
            return outcome;
        const cell_text *first = cells.values;
        int64_t width = cell_is_valid(&cells, 0) ? first->len : 0;
        if (width > BITS_WIDTH_MOST) {
            ingest_fail_cell(in, 0, j, "%lld bits, where %d are the most", (long long)width,
                             BITS_WIDTH_MOST);
            return INGEST_FAILED;
        }
        in->columns[j].packed_width = width;
    }
    in->peeked = true;
    return INGEST_AGAIN;
}

int64_t ingest_packed_bytes(const ingest_column *column)
{
    int64_t width = column->encoder->width ? column->encoder->width : column->packed_width;
    return (width + 7) / 8;
}
