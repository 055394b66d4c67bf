#include "nn/net.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

/* Layers from JSON: "relu", or {"linear": {"units": 8}}.  Values become the text that settings
 * have; a list, which only "layers" takes, its JSON. */

static const char *setting_text(arena *a, const json_t *value)
{
    char number[STR_DOUBLE_SIZE];
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    if (json_is_integer(value))
        return arena_printf(a, "%lld", (long long)json_integer_value(value));
    if (json_is_real(value)) {
        str_format_double(number, json_real_value(value));
        return arena_strdup(a, number);
    }
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    const char *kept = text ? arena_strdup(a, text) : NULL;
    free(text);
    return kept;
}

/* One item's class, and its settings. */
typedef struct item {
    const char *class;
    const json_t *parameters; /* NULL = none */
} item;

static stint_status read_item(ctx *c, const char *what, size_t i, const json_t *from, item *out)
{
    void *only = json_is_object(from) ? json_object_iter((json_t *)(uintptr_t)from) : NULL;
    *out = (item){.class = json_string_value(from)};
    if (out->class)
        return STINT_OK;
    if (!only || json_object_size(from) != 1)
        return fail(c, STINT_EUSAGE,
                    "%s: item %d is neither a layer's name nor {name: {parameter: value}}", what,
                    (int)i);
    out->class = json_object_iter_key(only);
    out->parameters = json_object_iter_value(only);
    if (json_is_null(out->parameters))
        out->parameters = NULL;
    else if (!json_is_object(out->parameters))
        return fail(c, STINT_EUSAGE, "%s: item %d, %s: parameters are {parameter: value}", what,
                    (int)i, out->class);
    return STINT_OK;
}

static layer *make(stint_net *n, const char *path, const item *of, const sample_shape *in)
{
    arena a;
    const char *key;
    json_t *value;
    layer *l = NULL;
    int count = 0;
    bool whole = true;
    arena_init(&a, n->ctx, TAG_MODEL);
    stint_setting *settings =
        arena_new(&a, stint_setting, (int64_t)json_object_size(of->parameters) + 1);
    if (settings)
        json_object_foreach((json_t *)(uintptr_t)of->parameters, key, value)
        {
            settings[count] = (stint_setting){key, setting_text(&a, value)};
            whole = whole && settings[count++].value;
        }
    if (settings && whole)
        l = layer_new(n, path, of->class, count, settings, in);
    else if (ctx_status(n->ctx) == STINT_OK)
        fail(n->ctx, STINT_ENOMEM, "net: out of memory");
    arena_deinit(&a);
    return l;
}

stint_status layer_list_add(stint_net *n, layer_list *to, const char *path, const char *what,
                            const json_t *list, const sample_shape *in, sample_shape *out)
{
    char own[sizeof((layer *)NULL)->path];
    *out = *in;
    if (!json_is_array(list))
        return fail(n->ctx, STINT_EUSAGE, "%s: not a list of layers", what);
    for (size_t i = 0; i < json_array_size(list); i++) {
        item of;
        TRY(read_item(n->ctx, what, i, json_array_get(list, i), &of));
        int len = snprintf(own, sizeof own, "%s%s%lld", path ? path : "", path ? "." : "",
                           (long long)to->n);
        if (len >= (int)sizeof own - 8)
            return fail(n->ctx, STINT_EUSAGE, "%s: layers within layers, too deep", what);
        layer *l = make(n, own, &of, out);
        if (!l || vec_push(n->ctx, TAG_MODEL, to, l) != STINT_OK) {
            layer_free(l);
            return ctx_status(n->ctx);
        }
        *out = l->out;
    }
    return STINT_OK;
}

void layer_list_cut(layer_list *list, int64_t n)
{
    while (list->n > n)
        layer_free(list->at[--list->n]);
    if (n == 0)
        vec_free(list);
}
