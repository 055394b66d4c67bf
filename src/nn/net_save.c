#include "nn/net.h"
#include "nn/saved_net.h"

#include "base/os/os.h"

#include <string.h>

/* A net in two files: PATH.json says how to make it, PATH.safetensors holds its weights and states
 * by name. */

/* PATH with an ending; NULL when memory is short. */
static char *with(ctx *c, const char *path, const char *ending)
{
    str s;
    str_init(&s, c, TAG_MODEL);
    str_add(&s, path);
    str_add(&s, ending);
    char *out = str_take(&s);
    str_deinit(&s);
    return out;
}

static stint_status save_json(stint_net *n, const char *path)
{
    stint_text text;
    TRY(stint_net_describe(n, &text));
    stint_status s = file_write_atomic(n->ctx, path, text.at, text.len);
    stint_text_free(&text);
    return s;
}

static stint_status save_tensors(stint_net *n, const char *path)
{
    saved_net all;
    stint_status s = saved_net_of(n, &all);
    if (s == STINT_OK)
        s = stint_tensors_save(n->ctx, path, all.n, all.names, all.tensors);
    saved_net_free(&all);
    return s;
}

stint_status stint_net_save(stint_net *n, const char *path)
{
    if (!n)
        return STINT_EUSAGE;
    TRY(ctx_status(n->ctx));
    char *tensors = with(n->ctx, path, ".safetensors"), *json = with(n->ctx, path, ".json");
    stint_status s = tensors && json ? save_tensors(n, tensors) : STINT_ENOMEM;
    if (s == STINT_OK)
        s = save_json(n, json);
    mem_free(tensors);
    mem_free(json);
    return s;
}

/* ---- loading ---- */

static bool dtype_of(const char *text, stint_dtype *out)
{
    for (int d = 0; text && d <= STINT_BOOL; d++)
        if (strcmp(stint_dtype_text((stint_dtype)d), text) == 0) {
            *out = (stint_dtype)d;
            return true;
        }
    return false;
}

static stint_net *from_json(ctx *c, const char *path, const json_t *saved)
{
    int64_t shape[STINT_AXES];
    stint_dtype d;
    const json_t *sizes = json_object_get(saved, "shape"), *seed = json_object_get(saved, "seed");
    const json_t *layers = json_object_get(saved, "layers");
    size_t axes = json_array_size(sizes);
    if (!dtype_of(json_string_value(json_object_get(saved, "dtype")), &d) ||
        !json_is_array(sizes) || axes >= STINT_AXES || !json_is_integer(seed) ||
        !json_is_array(layers)) {
        fail(c, STINT_EDATA, "%s: not a net: dtype, shape, seed and layers", path);
        return NULL;
    }
    for (size_t i = 0; i < axes; i++)
        shape[i] = json_integer_value(json_array_get(sizes, i));
    stint_net *n = stint_net_new(c, d, (int)axes, shape, json_integer_value(seed));
    sample_shape in = n ? n->out : (sample_shape){0};
    if (n && layer_list_add(n, &n->layers, NULL, path, layers, &in, &n->out) == STINT_OK)
        return n;
    stint_net_free(n);
    return NULL;
}

static stint_net *load_json(ctx *c, const char *path)
{
    str text;
    stint_net *n = NULL;
    str_init(&text, c, TAG_MODEL);
    if (file_read(c, path, &text) == STINT_OK) {
        json_t *saved = json_parse(c, path, text.at, text.len);
        n = saved ? from_json(c, path, saved) : NULL;
        json_decref(saved);
    }
    str_deinit(&text);
    return n;
}

stint_net *stint_net_load(stint_context *ctx, const char *path)
{
    if (!ctx || ctx_status(ctx) != STINT_OK)
        return NULL;
    char *json = with(ctx, path, ".json"), *tensors = with(ctx, path, ".safetensors");
    stint_net *n = json && tensors ? load_json(ctx, json) : NULL;
    if (n && stint_net_read(n, tensors) != STINT_OK) {
        stint_net_free(n);
        n = NULL;
    }
    mem_free(json);
    mem_free(tensors);
    return n;
}
