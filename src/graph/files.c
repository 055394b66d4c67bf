#include "base/safetensors.h"

#include "base/mem.h"
#include "graph/graph_impl.h"
#include "graph/storage.h"

#include <string.h>

/* Tensors in safetensors files. */

/* The value row-major in memory, held by *made where it had to be copied. */
static stint_status value_of(graph *g, stint_tensor *t, node **made, safetensor *out)
{
    node *n = graph_node(t);
    if (!n)
        return STINT_EUSAGE;
    if (n->graph != g) {
        graph_fail(g, "save: a tensor of another context");
        return STINT_EUSAGE;
    }
    if (!node_stands(n, "save"))
        return STINT_EUSAGE;
    TRY(graph_realise(g, 1, &n));
    if (!node_is_contiguous(n)) {
        n = *made = build_unary(OP_COPY, n);
        if (!n)
            return ctx_status(g->ctx);
        node_hold(n);
        TRY(graph_realise(g, 1, &n));
    }
    out->dtype = (stint_dtype)n->dtype;
    out->axes = n->axes;
    memcpy(out->shape, n->shape, sizeof n->shape[0] * n->axes);
    out->at = n->root->value->at + n->offset * (int64_t)stint_dtype_bytes(out->dtype);
    return STINT_OK;
}

stint_status stint_tensors_save(stint_context *c, const char *path, int n, const char *const *names,
                                stint_tensor *const *t)
{
    graph *g = graph_of(c);
    safetensor *file = g ? mem_new(c, TAG_TENSOR, safetensor, (int64_t)n + 1) : NULL;
    node **made = file ? mem_new(c, TAG_TENSOR, node *, (int64_t)n + 1) : NULL;
    stint_status s = made ? STINT_OK : STINT_ENOMEM;
    for (int i = 0; i < n && !s; i++) {
        file[i].name = names[i];
        s = value_of(g, t[i], &made[i], &file[i]);
    }
    if (!s)
        s = safetensors_write(c, path, file, n);
    for (int i = 0; made && i < n; i++)
        node_release(made[i]);
    mem_free(made);
    mem_free(file);
    if (g)
        graph_settle(g);
    return s;
}

static stint_tensor *tensor_of(graph *g, const safetensor *from)
{
    int64_t bytes = safetensor_bytes(from);
    storage *value = storage_new(g, bytes);
    if (value && bytes)
        memcpy(value->at, from->at, (size_t)bytes);
    return graph_tensor_of(g, node_leaf(g, from->dtype, from->axes, from->shape, NULL, value));
}

stint_status stint_tensors_load(stint_context *c, const char *path, int n, const char *const *names,
                                stint_tensor **out)
{
    file_map map;
    graph *g = graph_of(c);
    safetensor *file = g ? mem_new(c, TAG_TENSOR, safetensor, (int64_t)n + 1) : NULL;
    if (!file)
        return STINT_ENOMEM;
    for (int i = 0; i < n; i++) {
        file[i].name = names[i];
        out[i] = NULL;
    }
    stint_status s = safetensors_map(c, path, file, n, &map);
    if (!s) {
        for (int i = 0; i < n && !s; i++) {
            out[i] = tensor_of(g, &file[i]);
            s = out[i] ? STINT_OK : STINT_ENOMEM;
        }
        map_close(&map);
    }
    for (int i = 0; s && i < n; i++) {
        stint_drop(out[i]);
        out[i] = NULL;
    }
    mem_free(file);
    return s;
}
