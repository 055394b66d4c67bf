#include "data/features_impl.h"

/* Features as part of a saved model:
 *
 *     "features": {
 *       "fill": "mean", "fill_value": 0, "scale": "standard", "fitted": true,
 *       "terms": [
 *         {"column": "age", "operation": "bins", "bins": 3, "by": "quantile", "edges": [30, 45], "fill": 41.5},
 *         {"column": "dir", "operation": "sin", "parameter": 360, "fill": 180},
 *         {"column": "region", "operation": "onehot", "categories": ["north", "south"]},
 *         {"column": "name", "operation": "packed", "encoder": {"kind": "bloom", "width": 1024,
 *          "hashes": 10, "key": "DIGEST"}} ],
 *       "products": [[0, 3]],
 *       "names": ["age bin 0", …],
 *       "shift": […], "divide": […]
 *     }
 *
 * Edges that equal ones left over are null.  "names" are for readers: they follow from the rest. */

const char *const feature_fill_names[] = {"none", "mean", "median", "constant"};
const char *const feature_scale_names[] = {"none", "standard", "minmax", "robust"};
const char *const feature_bins_names[] = {"quantile", "width"};

static void emit_doubles(json_out *j, const char *key, const double *x, int64_t n)
{
    emit_array(j, key);
    for (int64_t i = 0; i < n; i++)
        emit_double(j, NULL, x[i]);
    emit_array_end(j);
}

static void emit_categories(json_out *j, const feature_term *t)
{
    emit_array(j, "categories");
    for (int i = 0; i < t->n; i++) {
        if (t->texts)
            emit_string(j, NULL, t->texts[i]);
        else if (t->truth)
            emit_bool(j, NULL, i == 1);
        else
            emit_double(j, NULL, t->numbers[i]);
    }
    emit_array_end(j);
}

static void emit_term(json_out *j, const features *f, const feature_term *t, const double *state)
{
    emit_object(j, NULL);
    emit_string(j, "column", f->file->columns[t->column].name);
    emit_string(j, "operation", t->op->name);
    if (t->op->parameter)
        emit_double(j, "parameter", t->parameter);
    if (t->op->one_hot)
        emit_categories(j, t);
    if (t->op->packed) {
        bits_encoder e = *f->file->columns[t->column].encoder;
        e.column = NULL;
        bits_emit(j, "encoder", &e);
    }
    if (t->op->edges) {
        emit_int(j, "bins", t->bins);
        emit_string(j, "by", feature_bins_names[t->bins_by]);
    }
    if (t->op->edges && state)
        emit_doubles(j, "edges", state + t->edges_at, t->bins - 1);
    if (t->fill_at >= 0 && state)
        emit_double(j, "fill", state[t->fill_at]);
    emit_object_end(j);
}

static void emit_plan(json_out *j, const features *f)
{
    emit_array(j, "products");
    for (int i = 0; i < f->n_products; i++) {
        emit_array(j, NULL);
        emit_int(j, NULL, f->products[i].a);
        emit_int(j, NULL, f->products[i].b);
        emit_array_end(j);
    }
    emit_array_end(j);
    emit_array(j, "names");
    for (int i = 0; i < features_count(f); i++)
        emit_string(j, NULL, f->names[i]);
    emit_array_end(j);
}

void features_emit(json_out *j, const features *f, const double *state)
{
    int64_t n = features_count(f);
    emit_object(j, "features");
    emit_string(j, "fill", feature_fill_names[f->fill]);
    emit_double(j, "fill_value", f->fill == FILL_CONSTANT ? f->fill_value : 0);
    emit_string(j, "scale", feature_scale_names[f->scale]);
    emit_bool(j, "fitted", state != NULL);
    emit_array(j, "terms");
    for (int i = 0; i < f->n_terms; i++)
        emit_term(j, f, &f->terms[i], state);
    emit_array_end(j);
    emit_plan(j, f);
    if (state && f->scale != SCALE_NONE) {
        emit_doubles(j, "shift", state + f->scales_at, n);
        emit_doubles(j, "divide", state + f->scales_at + n, n);
    }
    emit_object_end(j);
}
