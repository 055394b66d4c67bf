#include "model/net_fit_impl.h"
#include "model/net_kind.h"

#include <string.h>

/* What `stint train` needs of fitted nets besides: the classes there are, which of their parameters
 * are its own to say, and the measure of rows. */

const model_class *net_class_at(int i)
{
    return net_kinds[i] ? net_kinds[i]->class : NULL;
}

static const param training_params[] = {NET_TRAINING_PARAMS, PARAM_END};

/* Scaling belongs to the data, not to the way down. */
bool net_is_training(const char *name)
{
    return strcmp(name, "standardise") != 0 && param_find(training_params, name);
}

stint_status net_fit_outcomes(net_fit *f, const int64_t *rows, int64_t n, const table *t,
                              outcomes *out)
{
    int outputs = table_outputs(t), predictions = table_predictions(t);
    double *y = mem_new(f->ctx, TAG_MODEL, double, (int64_t)outputs *ROWS_BLOCK);
    double *predicted = mem_new(f->ctx, TAG_MODEL, double, (int64_t)predictions *ROWS_BLOCK);
    stint_status s = y && predicted ? STINT_OK : STINT_ENOMEM;
    for (int64_t from = 0; s == STINT_OK && from < n; from += ROWS_BLOCK) {
        int64_t some = n - from < ROWS_BLOCK ? n - from : ROWS_BLOCK;
        s = net_fit_predict(f, rows + from, some, predicted, ROWS_BLOCK);
        for (int64_t i = 0; i < some; i++) {
            int64_t row = f->pack->row[rows[from + i]];
            int32_t within = (int32_t)(row % COLFILE_CHUNK_ROWS);
            table_targets(t, row / COLFILE_CHUNK_ROWS, &within, 1, y + i, ROWS_BLOCK, 1);
        }
        if (s == STINT_OK)
            outcomes_add(out, y, predicted, some, ROWS_BLOCK);
    }
    mem_free(y);
    mem_free(predicted);
    return s;
}
