#include "experiment/round_files.h"

#include "model/rows.h"

/* Rivals: columns of the table that are forecasts of the target made otherwise (the value before,
 * the value a year ago, another model's), measured on the test rows as the model is. */

typedef struct rival_block {
    int32_t rows[COLFILE_CHUNK_ROWS];
    double y[COLFILE_CHUNK_ROWS], forecast[COLFILE_CHUNK_ROWS];
} rival_block;

static residuals residuals_of_column(const table *t, int column, rival_block *b)
{
    residuals all = {0};
    for (int64_t chunk = 0; chunk < t->file->chunks; chunk++) {
        int64_t n = rows_of_chunk(t, chunk, t->split->parts, b->rows);
        table_targets(t, chunk, b->rows, n, b->y, COLFILE_CHUNK_ROWS, 1);
        colfile_gather(t->file, column, chunk, b->rows, n, b->forecast, 1);
        all = residuals_merge(all, residuals_of(b->y, b->forecast, n));
    }
    return all;
}

static void emit_rival(json_out *j, const char *name, const residuals *r)
{
    emit_object(j, NULL);
    emit_string(j, "column", name);
    for (int i = 0; metric_table[i]; i++)
        if (metric_table[i]->target_value)
            emit_double(j, metric_table[i]->name, metric_of_residuals(metric_table[i], r, 1));
    emit_object_end(j);
}

stint_status round_emit_rivals(ctx *c, const round_input *in, json_out *j)
{
    const char *const *rivals = in->config->rivals;
    if (!rivals[0])
        return STINT_OK;
    rival_block *b = mem_new(c, TAG_MODEL, rival_block, 1);
    if (!b)
        return STINT_ENOMEM;
    emit_array(j, "rivals");
    for (int i = 0; rivals[i]; i++) {
        residuals r = residuals_of_column(in->table, colfile_find(in->table->file, rivals[i]), b);
        emit_rival(j, rivals[i], &r);
    }
    emit_array_end(j);
    mem_free(b);
    return STINT_OK;
}
