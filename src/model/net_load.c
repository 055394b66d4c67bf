#include "model/net_kind.h"
#include "model/net_saved.h"
#include "model/saved.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Saved nets, made again: what model.json says is checked against the file's tensors. */

static bool sizes_read(const json_t *list, int64_t *out, int n)
{
    bool whole = (int)json_array_size(list) == n;
    for (int i = 0; whole && i < n; i++) {
        const json_t *v = json_array_get(list, (size_t)i);
        out[i] = json_integer_value(v);
        whole = json_is_integer(v) && out[i] >= 0;
    }
    return whole;
}

static stint_status damaged(const net_model *m, const char *dir, const char *what)
{
    return fail(m->ctx, STINT_EDATA, "%s/model.json: %s is none of a net: fit it again", dir, what);
}

static target_kind kind_of(const json_t *json)
{
    const char *task = json_string_value(json_object_get(json, "task"));
    int k = 0;
    while (k < TARGET_KINDS && !(task && strcmp(task, target_kind_name((target_kind)k)) == 0))
        k++;
    return (target_kind)k;
}

static stint_status read_net(net_model *m, const char *dir, const json_t *net)
{
    int64_t shape[STINT_AXES] = {0}, given[STINT_AXES] = {0};
    json_t *sizes = json_object_get(net, "shape"), *layers = json_object_get(net, "layers");
    int axes = (int)json_array_size(sizes);
    int64_t floats = 1;
    if (axes < 1 || axes > 3 || !sizes_read(sizes, shape, axes) || !json_is_array(layers))
        return damaged(m, dir, "\"net\"");
    for (int a = 0; a < axes; a++)
        floats = floats > 0 && shape[a] > INT64_MAX / 8 / floats ? 0 : floats * shape[a];
    if (floats != net_sample_floats(&m->shape, m->data.features))
        return damaged(m, dir, "\"net\"");
    m->net = stint_net_new(m->ctx, STINT_F32, axes, shape,
                           json_integer_value(json_object_get(net, "seed")));
    char *text = json_dumps(layers, JSON_COMPACT);
    stint_status s = text && m->net ? stint_net_add_json(m->net, text) : STINT_ENOMEM;
    free(text);
    TRY(s);
    if (stint_net_output(m->net, given) != 1 || given[0] != net_data_width(&m->data))
        return damaged(m, dir, "\"net\"");
    return net_forward_new(m->ctx, m->net, m->forward.batch, axes, shape, given[0], &m->forward);
}

/* --- tensors ----------------------------------------------------------------------------------- */

static bool same_tensor(const safetensor *found, const stint_tensor *x)
{
    bool same = found->dtype == stint_tensor_dtype(x) && found->axes == stint_tensor_axes(x);
    for (int a = 0; same && a < found->axes; a++)
        same = found->shape[a] == stint_tensor_size(x, a);
    return same;
}

static stint_status take_tensors(net_model *m, const char *path, const safetensor *found, int n)
{
    char name[NET_NAME];
    for (int i = 0; i < n; i++) {
        stint_tensor *x = net_tensor(m->net, i, name);
        if (!same_tensor(&found[i], x))
            return fail(m->ctx, STINT_EDATA, "%s: tensor \"%s\" has another shape than the net's",
                        path, name);
        TRY(stint_write(x, found[i].at, (size_t)safetensor_bytes(&found[i])));
    }
    return STINT_OK;
}

static stint_status take_scales(net_model *m, const char *path, const safetensor *found)
{
    safetensor want[NET_SCALES];
    net_scales_tensors(&m->scales, m->data.features, m->data.outputs, want);
    for (int i = 0; i < NET_SCALES; i++)
        if (found[i].dtype != want[i].dtype || found[i].axes != 1 ||
            found[i].shape[0] != want[i].shape[0])
            return fail(m->ctx, STINT_EDATA, "%s: tensor \"%s\" has not the table's size", path,
                        want[i].name);
    m->scales =
        (net_scales){found[0].at, found[1].at, found[2].at, found[3].at, found[4].at, found[5].at};
    for (int64_t k = 0; k < m->data.features; k++)
        if (m->scales.x_order[k] < 0 || m->scales.x_order[k] >= m->data.features)
            return fail(m->ctx, STINT_EDATA, "%s: tensor \"x.order\" names no feature", path);
    return STINT_OK;
}

static stint_status read_tensors(net_model *m, const char *dir)
{
    char path[4096], name[NET_NAME];
    int n = stint_net_weights(m->net) + stint_net_states(m->net);
    safetensor *found = arena_new(&m->arena, safetensor, n + NET_SCALES);
    if (!found)
        return STINT_ENOMEM;
    for (int i = 0; i < n; i++) {
        (void)net_tensor(m->net, i, name);
        found[i].name = arena_strdup(&m->arena, name);
        if (!found[i].name)
            return STINT_ENOMEM;
    }
    net_scales_tensors(&m->scales, 0, 0, found + n);
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    TRY(safetensors_map(m->ctx, path, found, n + NET_SCALES, &m->map));
    TRY(take_scales(m, path, found + n));
    return take_tensors(m, path, found, n);
}

/* --- all of it --------------------------------------------------------------------------------- */

static stint_status model_read(net_model *m, const char *dir, const json_t *json)
{
    const char *series = json_string_value(json_object_get(json, "series"));
    const json_t *window = json_object_get(json, "window"), *batch = json_object_get(json, "batch");
    m->data = (net_data){kind_of(json), saved_features(json), saved_outputs(json),
                         (int64_t)json_array_size(json_object_get(json, "classes"))};
    m->shape.window = json_integer_value(window);
    m->forward.batch = json_integer_value(batch);
    if (m->data.kind == TARGET_KINDS || !json_is_integer(window) || m->shape.window < 0 ||
        m->shape.window > 1000000)
        return damaged(m, dir, "\"window\"");
    if (m->forward.batch < 1 || m->forward.batch > NET_FORWARD_MOST)
        return damaged(m, dir, "\"batch\"");
    if (!series || !(m->series = arena_strdup(&m->arena, series)))
        return series ? STINT_ENOMEM : damaged(m, dir, "\"series\"");
    TRY(read_net(m, dir, json_object_get(json, "net")));
    TRY(read_tensors(m, dir));
    return net_forward_warm_up(&m->forward);
}

stint_status net_load(ctx *c, const char *dir, const json_t *json, void **model)
{
    net_model *m = mem_new(c, TAG_MODEL, net_model, 1);
    if (!m)
        return STINT_ENOMEM;
    m->ctx = ctx_child(c, "net", 0);
    if (!m->ctx) {
        mem_free(m);
        return STINT_ENOMEM;
    }
    arena_init(&m->arena, m->ctx, TAG_MODEL);
    stint_status s = model_read(m, dir, json);
    if (s == STINT_OK)
        *model = m;
    else
        net_unload(m);
    return s;
}

void net_unload(void *model)
{
    net_model *m = model;
    if (!m)
        return;
    net_forward_free(&m->forward);
    stint_net_free(m->net);
    map_close(&m->map);
    arena_deinit(&m->arena);
    ctx_free_child(m->ctx);
    mem_free(m);
}

/* --- predicting ---------------------------------------------------------------------------------- */

/* Warmed up, it cannot fail; if it does, no number is better than a wrong one. */
void net_predict(void *model, const rows_block *b, double *out)
{
    net_model *m = model;
    net_forward *f = &m->forward;
    int64_t width = m->data.features;
    for (int64_t from = 0; from < b->n; from += f->batch) {
        int64_t n = b->n - from < f->batch ? b->n - from : f->batch;
        for (int64_t k = 0; k < width; k++) {
            const double *x = b->x + m->scales.x_order[k] * ROWS_BLOCK + from;
            for (int64_t i = 0; i < n; i++)
                f->x[i * width + k] = net_input(&m->scales, k, x[i]);
        }
        stint_status s = net_forward_run(f);
        net_decode(&m->data, m->scales.y_shift, m->scales.y_scale, f->y, n, out + from, ROWS_BLOCK);
        for (int64_t i = 0; s != STINT_OK && i < n; i++)
            out[from + i] = NAN;
    }
}

static const param own_params[] = {
    PARAM_INT(net_own, window, 0, 0, 1e6,
              "rows of a series that a sample is: [window, features]; 0 = one row, [features]"),
    PARAM_INT(net_own, channels, 1, 1, 1e6, "of rows that are images [channels, height, width]"),
    PARAM_INT(net_own, height, 0, 0, 1e6, "of such images; 0 = rows are none"),
    PARAM_INT(net_own, width, 0, 0, 1e6, "of such images"),
    PARAM_BOOL(net_own, standardise, true, "features and numeric targets to mean 0, deviation 1"),
    PARAM_END,
};

const model_class model_net = {
    .name = "net",
    .title = "neural net",
    .size = sizeof(net_own),
    .params = own_params,
    .kinds = NET_TARGETS,
    .standardises = true,
    .estimate = net_estimate,
    .help = "layers as they are written: {net: {layers: [{linear: {units: 64}}, relu]}}; the last "
            "layer, as wide as the target, comes by itself",
    .load = net_load,
    .predict = net_predict,
    .unload = net_unload,
    .predict_rows = net_predict_rows,
};
