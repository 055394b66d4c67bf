#include "nn/net.h"

#include <string.h>

/* A net as JSON, and layers from it. */

stint_status stint_net_add_json(stint_net *n, const char *text)
{
    sample_shape out;
    if (!n)
        return STINT_EUSAGE;
    TRY(ctx_status(n->ctx));
    if (n->carry)
        return fail(n->ctx, STINT_EUSAGE, "net: a layer is added before state is carried");
    json_t *list = json_parse(n->ctx, "layers", text, strlen(text));
    if (!list)
        return ctx_status(n->ctx);
    int64_t drawn = n->drawn, layers = n->layers.n;
    stint_status s = layer_list_add(n, &n->layers, NULL, "layers", list, &n->out, &out);
    json_decref(list);
    if (s == STINT_OK) {
        n->out = out;
        return STINT_OK;
    }
    layer_list_cut(&n->layers, layers);
    n->drawn = drawn;
    return s;
}

static void emit_param(json_out *j, const param *p, const void *self)
{
    char text[PARAM_TEXT_SIZE];
    double value;
    memcpy(&value, (const char *)self + p->offset, sizeof value);
    switch (p->type) {
    case PARAM_TYPE_F64: emit_double(j, p->name, value); break;
    case PARAM_TYPE_INT: emit_int(j, p->name, (int64_t)value); break;
    case PARAM_TYPE_BOOL: emit_bool(j, p->name, value != 0); break;
    case PARAM_TYPE_CHOICE:
        param_text(p, value, text);
        emit_string(j, p->name, text);
        break;
    }
}

static void emit_layers(json_out *j, const layer_list *list)
{
    emit_array(j, "layers");
    for (int64_t i = 0; i < list->n; i++) {
        const layer *l = list->at[i];
        emit_object(j, NULL);
        emit_object(j, l->class->name);
        for (const param *p = l->class->params; p->name; p++)
            emit_param(j, p, l->self);
        if (l->class->block)
            emit_layers(j, &l->inner);
        emit_object_end(j);
        emit_object_end(j);
    }
    emit_array_end(j);
}

stint_status stint_net_describe(const stint_net *n, stint_text *out)
{
    str text;
    if (!n)
        return STINT_EUSAGE;
    str_init(&text, n->ctx, TAG_MODEL);
    json_out j = emit_begin(&text, true);
    emit_object(&j, NULL);
    emit_string(&j, "dtype", stint_dtype_text(n->in.dtype));
    emit_array(&j, "shape");
    for (int a = 0; a < n->in.axes; a++)
        emit_int(&j, NULL, n->in.size[a]);
    emit_array_end(&j);
    emit_int(&j, "seed", n->seed);
    emit_layers(&j, &n->layers);
    emit_object_end(&j);
    str_add(&text, "\n");
    return text_take(&text, out);
}
