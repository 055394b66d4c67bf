#include "graph/graph_impl.h"

#include "base/mem.h"
#include "graph/rules.h"
#include "graph/storage.h"

#include <math.h>
#include <string.h>

/* Values in and out. */

/* Copy between row-major memory and a strided value, either way. */
static void copy_strided(const node *n, char *value, char *dense, bool to_dense)
{
    size_t item = stint_dtype_bytes((stint_dtype)n->dtype);
    int64_t count = node_count(n), at[STINT_AXES] = {0};
    for (int64_t i = 0; i < count; i++, dense += item) {
        int64_t offset = n->offset;
        for (int a = 0; a < n->axes; a++)
            offset += at[a] * n->stride[a];
        char *from = value + offset * (int64_t)item;
        memcpy(to_dense ? dense : from, to_dense ? from : dense, item);
        for (int a = n->axes - 1; a >= 0 && ++at[a] == n->shape[a]; a--)
            at[a] = 0;
    }
}

static void copy_value(const node *n, char *dense, bool to_dense)
{
    char *value = n->root->value->at;
    size_t bytes = (size_t)node_bytes(n);
    if (!bytes)
        return;
    if (!node_is_contiguous(n)) {
        copy_strided(n, value, dense, to_dense);
        return;
    }
    value += n->offset * (int64_t)stint_dtype_bytes((stint_dtype)n->dtype);
    memcpy(to_dense ? dense : value, to_dense ? value : dense, bytes);
}

static stint_status make_real(node *n, const char *what)
{
    if (!node_stands(n, what))
        return STINT_EUSAGE;
    if (!n->root->value || n->graph->trace) /* which refuses */
        TRY(graph_realise(n->graph, 1, &n));
    return n->root->value ? STINT_OK : STINT_EFAIL;
}

static stint_status check_bytes(const node *n, size_t bytes, const char *what)
{
    char shape[NODE_SHAPE_SIZE];
    if (bytes == (size_t)node_bytes(n))
        return STINT_OK;
    graph_fail(n->graph, "%s: %zu bytes given, %s of %s has %lld", what, bytes,
               node_shape_text(n, shape), stint_dtype_text((stint_dtype)n->dtype),
               (long long)node_bytes(n));
    return STINT_EUSAGE;
}

stint_status stint_read(stint_tensor *t, void *out, size_t bytes)
{
    node *n = graph_node(t);
    if (!n)
        return STINT_EUSAGE;
    TRY(check_bytes(n, bytes, "read"));
    TRY(make_real(n, "read"));
    copy_value(n, out, true);
    return STINT_OK;
}

stint_status stint_write(stint_tensor *t, const void *in, size_t bytes)
{
    node *n = graph_node(t);
    if (!n)
        return STINT_EUSAGE;
    TRY(check_bytes(n, bytes, "write"));
    if (n->root != n) {
        graph_fail(n->graph, "write: the tensor is a view (%s); write what it is a view of",
                   op_table[n->op].text);
        return STINT_EUSAGE;
    }
    TRY(make_real(n, "write"));
    TRY(graph_flush_readers(n->graph, n));
    copy_value(n, (char *)in, false);
    return STINT_OK;
}

stint_status stint_realise(int n, stint_tensor *const *t)
{
    graph *g = NULL;
    for (int i = 0; i < n; i++) {
        if (!graph_node(t[i]))
            return STINT_EUSAGE;
        g = graph_of_tensor(t[i]);
    }
    if (!g)
        return STINT_OK;
    node **want = mem_new(g->ctx, TAG_GRAPH, node *, n);
    if (!want)
        return STINT_ENOMEM;
    bool ok = true;
    for (int i = 0; i < n; i++) {
        want[i] = graph_node(t[i]);
        ok = ok && node_stands(want[i], "realise") &&
             (want[i]->graph == g || graph_fail(g, "realise: tensors of two contexts"));
    }
    stint_status s = ok ? graph_realise(g, n, want) : STINT_EUSAGE;
    mem_free(want);
    return s;
}

/* ---- state that steps change */

/* Whether all that x waits for is element-wise: 1 or 0, -1 where memory is short. */
static int is_small_work(graph *g, node *x)
{
    VEC(node *) list = {0};
    bool small = true;
    stint_status s = vec_push(g->ctx, TAG_GRAPH, &list, x);
    g->mark++;
    for (int64_t i = 0; !s && small && i < list.n; i++) {
        const node *n = list.at[i];
        small = op_table[n->op].kind == OP_KIND_ELEMENT;
        for (int k = 0; !s && small && k < n->inputs; k++) {
            node *root = n->in[k]->root;
            if (!root->pending || root->mark == g->mark)
                continue;
            root->mark = g->mark;
            s = vec_push(g->ctx, TAG_GRAPH, &list, root);
        }
    }
    vec_free(&list);
    return s ? -1 : small;
}

stint_status graph_catch_up(int n, stint_tensor *const *state)
{
    for (int i = 0; i < n; i++) {
        node *x = graph_node(state[i]);
        if (!x || !x->pending || x->graph->trace)
            continue;
        int small = is_small_work(x->graph, x);
        if (small < 0)
            return ctx_status(x->graph->ctx);
        if (small)
            TRY(stint_realise(1, &state[i]));
    }
    return STINT_OK;
}

/* ---- numbers */

static double half(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double x = exponent == 31 ? (fraction ? NAN : INFINITY)
               : exponent     ? ldexp(1024 + fraction, exponent - 25)
                              : ldexp(fraction, -24);
    return bits >> 15 ? -x : x;
}

static double brain(uint16_t bits)
{
    uint32_t wide = (uint32_t)bits << 16;
    float x;
    memcpy(&x, &wide, sizeof x);
    return x;
}

double stint_item(stint_tensor *t)
{
    const node *n = graph_node(t);
    union {
        float f32;
        double f64;
        uint16_t bits;
        int32_t i32;
        int64_t i64;
        uint8_t u8;
    } x = {0};
    if (!n)
        return NAN;
    if (node_count(n) != 1) {
        char shape[NODE_SHAPE_SIZE];
        graph_fail(n->graph, "item: one element wanted, not %s", node_shape_text(n, shape));
        return NAN;
    }
    if (stint_read(t, &x, stint_dtype_bytes((stint_dtype)n->dtype)) != STINT_OK)
        return NAN;
    switch (n->dtype) {
    case STINT_F32: return x.f32;
    case STINT_F64: return x.f64;
    case STINT_F16: return half(x.bits);
    case STINT_BF16: return brain(x.bits);
    case STINT_I32: return x.i32;
    case STINT_I64: return (double)x.i64;
    default: return x.u8;
    }
}

/* ---- leaves */

static int64_t count_of(int axes, const int64_t *shape)
{
    int64_t n = 1;
    for (int i = 0; i < axes; i++)
        n *= shape[i];
    return n;
}

stint_tensor *stint_tensor_new(stint_context *c, stint_dtype d, int axes, const int64_t *shape,
                               const void *data)
{
    graph *g = graph_of(c);
    if (!g || !shape_check(g, "tensor", d, axes, shape))
        return NULL;
    int64_t bytes = count_of(axes, shape) * (int64_t)stint_dtype_bytes(d);
    storage *value = storage_new(g, bytes);
    if (value && data)
        memcpy(value->at, data, (size_t)bytes);
    return graph_tensor_of(g, node_leaf(g, d, axes, shape, NULL, value));
}

stint_tensor *stint_zeros(stint_context *c, stint_dtype d, int axes, const int64_t *shape)
{
    return stint_tensor_new(c, d, axes, shape, NULL);
}

stint_tensor *stint_wrap(stint_context *c, stint_dtype d, int axes, const int64_t *shape,
                         const int64_t *stride, void *data)
{
    graph *g = graph_of(c);
    if (!g || !shape_check(g, "wrap", d, axes, shape))
        return NULL;
    if ((uintptr_t)data % stint_dtype_bytes(d) != 0) {
        graph_fail(g, "wrap: the memory is not aligned for %s", stint_dtype_text(d));
        return NULL;
    }
    storage *value = storage_wrap(g, data, count_of(axes, shape) * (int64_t)stint_dtype_bytes(d));
    return graph_tensor_of(g, node_leaf(g, d, axes, shape, stride, value));
}
