#include "model/neighbours.h"
#include "model/saved.h"
#include "model/tensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A saved model is its training rows: x [n][features] and y [n][outputs], each row's values
 * together.  Its file is mapped, so that what predictions take does not grow with it. */

/* --- saving ------------------------------------------------------------------------------ */

typedef struct knn_saver {
    tensors_writer *to;
    int features, outputs;
    double *rows; /* [ROWS_BLOCK][features], then the same of outputs */
} knn_saver;

/* Columns of a block as rows of a tensor. */
static stint_status put_rows(const knn_saver *s, int tensor, const double *columns, int64_t n,
                             int width)
{
    for (int64_t i = 0; i < n; i++)
        for (int j = 0; j < width; j++)
            s->rows[i * width + j] = columns[(int64_t)j * ROWS_BLOCK + i];
    return tensors_put(s->to, tensor, s->rows, n * width);
}

static stint_status save_block(void *self, const rows_block *b)
{
    const knn_saver *s = self;
    TRY(put_rows(s, 0, b->x, b->n, s->features));
    return put_rows(s, 1, b->y, b->n, s->outputs);
}

static stint_status save_rows(ctx *c, const model_task *t, const char *path, int64_t n)
{
    rows_pass pass = rows_training(&model_neighbours, t->table->split->folds);
    knn_saver s = {.features = t->table->n_features, .outputs = table_outputs(t->table)};
    int64_t wide = s.features > s.outputs ? s.features : s.outputs;
    s.rows = mem_new(c, TAG_MODEL, double, wide *ROWS_BLOCK);
    stint_status status = s.rows ? STINT_OK : STINT_ENOMEM;
    if (status == STINT_OK)
        status = tensors_begin(
            c, path, (tensor_f64[]){{"x", {n, s.features}, 2}, {"y", {n, s.outputs}, 2}}, 2, &s.to);
    if (status == STINT_OK)
        status = rows_each(c, t, &pass, save_block, &s);
    if (status == STINT_OK)
        status = tensors_end(s.to);
    else
        tensors_abandon(s.to);
    mem_free(s.rows);
    return status;
}

stint_status knn_save(ctx *c, void *shared, const model_task *t, const void *params,
                      const char *dir, json_out *json)
{
    const knn *p = params;
    rows_pass pass = rows_training(&model_neighbours, t->table->split->folds);
    int64_t n = rows_count(t, &pass);
    char path[4096];
    (void)shared;
    TRY(knn_check(c, (int64_t)p->n_neighbors, n, t->table->n_features));
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    emit_int(json, "n_train", n);
    emit_string(json, "prediction", "mean of y over the n_neighbors rows of x that are nearest");
    return save_rows(c, t, path, n);
}

/* --- using ------------------------------------------------------------------------------- */

typedef struct knn_loaded {
    knn params;
    file_map map;
    const double *x; /* [n][features] in the map */
    int64_t n, features;
    knn_targets targets;
    neighbours *found;
} knn_loaded;

void knn_unload(void *model)
{
    knn_loaded *m = model;
    if (m) {
        neighbours_close(m->found);
        map_close(&m->map);
    }
    mem_free(m);
}

/* The place of a parameter's text among its choices; -1 = it is none. */
static int choice_of(const json_t *params, const char *key, const char *const *choices)
{
    const char *text = json_string_value(json_object_get(params, key));
    for (int i = 0; text && choices[i]; i++)
        if (strcmp(text, choices[i]) == 0)
            return i;
    return -1;
}

static bool params_loaded(const json_t *params, knn *out)
{
    *out = (knn){
        .n_neighbors = (double)json_integer_value(json_object_get(params, "n_neighbors")),
        .weights = choice_of(params, "weights", weighting_names),
        .metric = choice_of(params, "metric", neighbour_metric_names),
    };
    return out->n_neighbors >= 1 && out->n_neighbors <= NEIGHBOURS_MOST && out->weights >= 0 &&
           out->metric >= 0;
}

/* Classes are places in predictions, so each is looked at. */
static bool classes_fit(const knn_loaded *m)
{
    for (int64_t i = 0; m->targets.classes && i < m->n; i++) {
        double y = m->targets.y[i];
        if (!(y >= 0 && y < m->targets.classes && y == floor(y)))
            return false;
    }
    return true;
}

static stint_status rows_loaded(ctx *c, const char *dir, const json_t *json, knn_loaded *m)
{
    char path[4096];
    tensor_f64 found[2] = {{.name = "x"}, {.name = "y"}};
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    TRY(tensors_map(c, path, found, 2, &m->map));
    m->x = found[0].at;
    m->n = found[0].shape[0];
    m->features = found[0].shape[1];
    m->targets = (knn_targets){found[1].at, saved_outputs(json),
                               (int)json_array_size(json_object_get(json, "classes"))};
    if (found[0].axes != 2 || found[1].axes != 2 || found[1].shape[0] != m->n || m->features < 1 ||
        m->features != saved_features(json) || m->targets.outputs < 1 ||
        found[1].shape[1] != m->targets.outputs ||
        json_integer_value(json_object_get(json, "n_train")) != m->n ||
        m->params.n_neighbors > (double)m->n)
        return fail(c, STINT_EDATA, "%s: x and y do not fit model.json", path);
    if (!classes_fit(m))
        return fail(c, STINT_EDATA, "%s: y has a class that is not in model.json", path);
    return STINT_OK;
}

stint_status knn_load(ctx *c, const char *dir, const json_t *json, void **model)
{
    knn_loaded *m = mem_new(c, TAG_MODEL, knn_loaded, 1);
    if (!m)
        return STINT_ENOMEM;
    stint_status s = STINT_OK;
    if (!params_loaded(json_object_get(json, "params"), &m->params))
        s = fail(c, STINT_EDATA, "%s/model.json: its params are none of knn", dir);
    if (s == STINT_OK)
        s = rows_loaded(c, dir, json, m);
    if (s == STINT_OK)
        s = neighbours_open(c,
                            &(neighbours_settings){(neighbour_metric)m->params.metric, m->features,
                                                   (int64_t)m->params.n_neighbors, ROWS_BLOCK},
                            NULL, &m->found);
    if (s == STINT_OK)
        *model = m;
    else
        knn_unload(m);
    return s;
}

void knn_predict(void *model, const rows_block *b, double *out)
{
    knn_loaded *m = model;
    neighbours_begin(m->found);
    neighbours_ask(m->found, &(neighbour_rows){b->x, b->n, ROWS_BLOCK, 1});
    neighbours_add(m->found, &(neighbour_rows){m->x, m->n, 1, m->features});
    knn_predict_lists(&m->targets, &m->params, neighbours_take(m->found),
                      (int64_t)m->params.n_neighbors, b->n, out);
}
