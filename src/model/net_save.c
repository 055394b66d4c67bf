#include "model/net_saved.h"
#include "model/saved.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void net_scales_tensors(const net_scales *s, int64_t features, int64_t outputs,
                        safetensor out[NET_SCALES])
{
    const safetensor all[NET_SCALES] = {
        {"x.shift", STINT_F64, 1, {features}, s->x_shift},
        {"x.scale", STINT_F64, 1, {features}, s->x_scale},
        {"x.order", STINT_I64, 1, {features}, s->x_order},
        {"x.zero", STINT_U8, 1, {features}, s->x_zero},
        {"y.shift", STINT_F64, 1, {outputs}, s->y_shift},
        {"y.scale", STINT_F64, 1, {outputs}, s->y_scale},
    };
    memcpy(out, all, sizeof all);
}

/* --- tensors -------------------------------------------------------------------------------- */

typedef struct net_writer {
    net_fit *fit;
    const table *t;
    arena arena;
    safetensor *tensors;
    int n;
    int64_t largest; /* bytes of a tensor of the net */
} net_writer;

static stint_status add_tensor(net_writer *w, const stint_tensor *x, const char *name)
{
    safetensor *t = &w->tensors[w->n++];
    t->name = arena_strdup(&w->arena, name);
    t->dtype = stint_tensor_dtype(x);
    t->axes = stint_tensor_axes(x);
    for (int a = 0; a < t->axes; a++)
        t->shape[a] = stint_tensor_size(x, a);
    int64_t bytes = safetensor_bytes(t);
    w->largest = bytes > w->largest ? bytes : w->largest;
    return t->name ? STINT_OK : STINT_ENOMEM;
}

/* Scales of all inputs in their order; bits, which stand last, are as they are. */
static stint_status add_scales(net_writer *w)
{
    const pack *p = w->fit->pack;
    int64_t n = p->features + p->bits;
    double *shift = arena_new(&w->arena, double, n), *scale = arena_new(&w->arena, double, n);
    int64_t *order = arena_new(&w->arena, int64_t, n);
    int *which = arena_new(&w->arena, int, n);
    uint8_t *zero = arena_new(&w->arena, uint8_t, n);
    if (!shift || !scale || !order || !which || !zero)
        return STINT_ENOMEM;
    (void)pack_order(w->t, which);
    for (int64_t k = 0; k < n; k++) {
        shift[k] = k < p->features ? p->shift[k] : 0;
        scale[k] = k < p->features ? p->scale[k] : 1;
        order[k] = which[k];
        zero[k] = w->fit->zero && w->fit->zero[k];
    }
    net_scales s = {shift, scale, order, zero, p->y_shift, p->y_scale};
    net_scales_tensors(&s, n, p->outputs, w->tensors + w->n);
    w->n += NET_SCALES;
    return STINT_OK;
}

static int64_t count_of(const safetensor *t)
{
    return safetensor_bytes(t) / safetensor_dtypes[t->dtype].bytes;
}

/* One tensor at a time: `room` holds the largest. */
static stint_status put_tensors(net_writer *w, safetensors_writer *out, int n, void *room)
{
    char name[NET_NAME];
    for (int i = 0; i < n; i++) {
        size_t bytes = (size_t)safetensor_bytes(&w->tensors[i]);
        TRY(stint_read(net_tensor(w->fit->net, i, name), room, bytes));
        TRY(safetensors_put(out, i, room, count_of(&w->tensors[i])));
    }
    for (int i = n; i < w->n; i++)
        TRY(safetensors_put(out, i, w->tensors[i].at, count_of(&w->tensors[i])));
    return STINT_OK;
}

static stint_status write_tensors(net_writer *w, const char *dir)
{
    char path[4096], name[NET_NAME];
    safetensors_writer *out;
    stint_net *net = w->fit->net;
    int n = stint_net_weights(net) + stint_net_states(net);
    w->tensors = arena_new(&w->arena, safetensor, n + NET_SCALES);
    if (!w->tensors)
        return STINT_ENOMEM;
    for (int i = 0; i < n; i++) {
        const stint_tensor *x = net_tensor(net, i, name);
        TRY(add_tensor(w, x, name));
    }
    TRY(add_scales(w));
    void *room = arena_alloc(&w->arena, (size_t)w->largest + 1);
    if (!room)
        return STINT_ENOMEM;
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    TRY(safetensors_begin(w->fit->ctx, path, w->tensors, w->n, &out));
    stint_status s = put_tensors(w, out, n, room);
    if (s == STINT_OK)
        return safetensors_end(out);
    safetensors_abandon(out);
    return s;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void emit_tree(json_out *j, const char *key, const json_t *v)
{
    const char *name;
    json_t *child;
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        emit_object(j, key);
        json_object_foreach((json_t *)(uintptr_t)v, name, child) emit_tree(j, name, child);
        emit_object_end(j);
        break;
    case JSON_ARRAY:
        emit_array(j, key);
        for (size_t i = 0; i < json_array_size(v); i++)
            emit_tree(j, NULL, json_array_get(v, i));
        emit_array_end(j);
        break;
    case JSON_STRING: emit_string(j, key, json_string_value(v)); break;
    case JSON_INTEGER: emit_int(j, key, json_integer_value(v)); break;
    case JSON_REAL: emit_double(j, key, json_real_value(v)); break;
    case JSON_TRUE:
    case JSON_FALSE: emit_bool(j, key, json_is_true(v)); break;
    case JSON_NULL: emit_string(j, key, NULL); break;
    }
}

static stint_status emit_net(net_fit *f, json_out *j)
{
    stint_text text;
    TRY(stint_net_describe(f->net, &text));
    json_t *tree = json_parse(f->ctx, "net", text.at, text.len);
    stint_text_free(&text);
    if (!tree)
        return ctx_status(f->ctx);
    emit_tree(j, "net", tree);
    json_decref(tree);
    return STINT_OK;
}

static stint_status emit_training(net_fit *f, json_out *j)
{
    stint_train_result r;
    TRY(stint_trainer_result(f->trainer, &r));
    emit_object(j, "training");
    emit_int(j, "rows", f->train.n);
    emit_int(j, "validation_rows", f->validation.n);
    emit_int(j, "epochs", r.epochs);
    emit_int(j, "steps", r.steps);
    emit_int(j, "best_epoch", r.best_epoch);
    emit_double(j, "train_loss", r.train_loss);
    emit_double(j, "validation_loss", f->validation.n ? r.valid_loss : (double)NAN);
    emit_bool(j, "stopped_early", r.stopped_early);
    emit_int(j, "skipped_updates", r.skipped);
    emit_object_end(j);
    return STINT_OK;
}

/* Series of one row: every window of theirs is that row again and again. */
static void emit_notes(const net_fit *f, json_out *j)
{
    const pack *p = f->pack;
    int64_t series = 0, single = 0;
    for (int64_t i = 0; i < p->rows; i++)
        if (p->start[i] == i) {
            series++;
            single += i + 1 == p->rows || p->start[i + 1] == i + 1;
        }
    if (f->spec.window < 2 || single == 0)
        return;
    char text[160];
    str_print(text, sizeof text,
              "%lld of %lld series have one row: all of their windows is that row repeated",
              (long long)single, (long long)series);
    emit_array(j, "notes");
    emit_string(j, NULL, text);
    emit_array_end(j);
    log_line(f->ctx, "note: %s", text);
}

stint_status net_fit_save(net_fit *f, const table *t, const char *dir, json_out *json)
{
    net_writer w = {.fit = f, .t = t};
    arena_init(&w.arena, f->ctx, TAG_MODEL);
    stint_status s = write_tensors(&w, dir);
    arena_deinit(&w.arena);
    TRY(s);
    TRY(emit_net(f, json));
    emit_int(json, "window", f->spec.window);
    emit_array(json, "image");
    for (int a = 0; a < 3; a++)
        emit_int(json, NULL, f->spec.image[a]);
    emit_array_end(json);
    emit_int(json, "batch", f->batch);
    emit_string(json, "series", f->series);
    TRY(emit_training(f, json));
    emit_notes(f, json);
    return STINT_OK;
}

static stint_status save_members(ctx *c, void *self, const model_task *t, const char *dir,
                                 json_out *json)
{
    (void)c;
    return net_fit_save(self, t->table, dir, json);
}

stint_status net_fit_save_model(ctx *c, net_fit *f, const model_task *t, const char *dir)
{
    return model_write(c, f->spec.class, f->spec.params, f->spec.values, t, dir, save_members, f);
}
