#include "graph/node.h"

#include "base/mem.h"
#include "base/str.h"
#include "graph/graph_impl.h"
#include "graph/storage.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Nodes are blocks of their own, so that live bytes say exactly what is held. */

node *node_new(graph *g, op_code op, int inputs)
{
    node *n = mem_alloc(g->ctx, TAG_GRAPH, sizeof *n);
    if (!n) {
        g->failures++;
        return NULL;
    }
    n->graph = g;
    n->op = (uint8_t)op;
    n->inputs = inputs;
    n->in = n->few;
    n->root = n;
    n->no_grad = g->no_grad > 0;
    n->of_gradient = g->differentiating > 0;
    if (inputs > NODE_INLINE_INPUTS)
        n->in = mem_new(g->ctx, TAG_GRAPH, node *, inputs);
    if (n->in && vec_push(g->ctx, TAG_GRAPH, &g->fresh, n) == STINT_OK) {
        n->fresh = true;
        return n;
    }
    g->failures++;
    if (n->in != n->few)
        mem_free(n->in);
    mem_free(n);
    return NULL;
}

static void link_last(node *n)
{
    graph *g = n->graph;
    n->id = g->next_id++;
    n->before = g->last;
    if (g->last)
        g->last->after = n;
    else
        g->first = n;
    g->last = n;
    g->nodes++;
}

static void unlink_node(node *n)
{
    graph *g = n->graph;
    if (n->before)
        n->before->after = n->after;
    else
        g->first = n->after;
    if (n->after)
        n->after->before = n->before;
    else
        g->last = n->before;
    g->nodes--;
}

/* A node that was begun and failed: it is the last on the fresh list, and on no other. */
static node *abandon(node *n)
{
    graph *g = n->graph;
    g->fresh.n--;
    if (n->in != n->few)
        mem_free(n->in);
    mem_free(n);
    return NULL;
}

static void row_major(node *n)
{
    int64_t step = 1;
    for (int i = n->axes - 1; i >= 0; i--) {
        n->stride[i] = step;
        step *= n->shape[i];
    }
}

bool node_stands(const node *n, const char *what)
{
    const node *root = n->root;
    if (!root->overwritten_by)
        return true;
    if (root->overwritten_op == OP_VALUE)
        return graph_fail(n->graph, "%s needs the value of %s of a traced function, which is over",
                          what, op_table[root->op].text);
    return graph_fail(n->graph, "%s needs the value of %s, which %s%s has changed in place", what,
                      op_table[root->op].text, op_table[root->overwritten_op].text,
                      root->overwritten_op == OP_ASSIGN ? "" : "_");
}

/* The value of every input must still be there. */
static bool inputs_stand(const node *n)
{
    const char *what = n->graph->doing ? n->graph->doing : op_table[n->op].text;
    for (int i = 0; i < n->inputs; i++)
        if (!node_stands(n->in[i], what))
            return false;
    return true;
}

static bool sizes_are_sane(node *n)
{
    int64_t bytes = (int64_t)stint_dtype_bytes((stint_dtype)n->dtype);
    bool over = false;
    for (int i = 0; i < n->axes; i++)
        over |=
            n->shape[i] < 0 || __builtin_mul_overflow(bytes, n->shape[i] ? n->shape[i] : 1, &bytes);
    char shape[NODE_SHAPE_SIZE];
    return !over || graph_fail(n->graph, "%s: %s is more than there can be", op_table[n->op].text,
                               node_shape_text(n, shape));
}

static node *node_begin(graph *g, op_code op, int inputs, node *const *in,
                        const op_attributes *attr)
{
    for (int i = 0; i < inputs; i++) {
        if (!in[i])
            return NULL;
        if (in[i]->graph != g) {
            graph_fail(g, "%s: input %d belongs to another context", op_table[op].text, i);
            return NULL;
        }
    }
    node *n = node_new(g, op, inputs);
    if (!n)
        return NULL;
    for (int i = 0; i < inputs; i++)
        n->in[i] = in[i];
    if (attr)
        n->attr = *attr;
    return n;
}

static node *node_finish(node *n)
{
    for (int i = 0; i < n->inputs; i++) {
        node_hold(n->in[i]);
        n->tracked |= n->in[i]->tracked && !n->no_grad && op_table[n->op].gradient;
    }
    if (n->root != n)
        node_hold(n->root); /* what a view lies in outlives what it was made from */
    op_kind kind = op_table[n->op].kind;
    n->pending = kind != OP_KIND_LEAF && kind != OP_KIND_VIEW;
    n->graph->pending += n->pending;
    link_last(n);
    return n;
}

node *node_make(graph *g, op_code op, int inputs, node *const *in, const op_attributes *attr)
{
    node *n = node_begin(g, op, inputs, in, attr);
    if (!n)
        return NULL;
    if (!inputs_stand(n) || !op_table[op].shape(n) || !sizes_are_sane(n))
        return abandon(n);
    if (op_table[op].kind != OP_KIND_VIEW)
        row_major(n);
    return node_finish(n);
}

/* What is written over in place of `old`: of a leaf that a traced function made, a copy, since
 * every call is to find the leaf as it was made. */
static node *to_overwrite(node *old)
{
    if (old && old->placeholder) {
        graph_fail(old->graph, "in place: an input of a traced function cannot be changed; change "
                               "a copy of it, or a tensor from outside");
        return NULL;
    }
    return old && old->traced_leaf && old->graph->trace
               ? node_make(old->graph, OP_COPY, 1, &old, NULL)
               : old;
}

node *node_make_in_place(graph *g, op_code op, int inputs, node *const *from,
                         const op_attributes *attr)
{
    node *in[NODE_INLINE_INPUTS] = {to_overwrite(from[0])};
    assert(inputs <= NODE_INLINE_INPUTS);
    for (int i = 1; i < inputs; i++)
        in[i] = from[i];
    node *n = node_begin(g, op, inputs, in, attr);
    if (!n)
        return NULL;
    node *old = n->in[0];
    char a[NODE_SHAPE_SIZE], b[NODE_SHAPE_SIZE];
    if (!inputs_stand(n) || !op_table[op].shape(n))
        return abandon(n);
    bool same = n->dtype == old->dtype && n->axes == old->axes &&
                memcmp(n->shape, old->shape, sizeof n->shape[0] * n->axes) == 0;
    if (!same) {
        graph_fail(g, "%s in place: %s into %s", op_table[op].text, node_shape_text(n, a),
                   node_shape_text(old, b));
        return abandon(n);
    }
    if (old->root != old) {
        graph_fail(g, "%s in place: the tensor is a view (%s); change what it is a view of",
                   op_table[op].text, op_table[old->op].text);
        return abandon(n);
    }
    n->in_place = true;
    memcpy(n->stride, old->stride, sizeof n->stride);
    n->offset = old->offset;
    old->overwritten_by = n;
    old->overwritten_op = n->op;
    return node_finish(n);
}

node *node_leaf(graph *g, stint_dtype d, int axes, const int64_t *shape, const int64_t *stride,
                storage *value)
{
    node *n = value ? node_new(g, OP_VALUE, 0) : NULL;
    if (!n) {
        storage_release(value);
        return NULL;
    }
    n->dtype = (uint8_t)d;
    n->axes = (uint8_t)axes;
    n->value = value;
    n->traced_leaf = g->trace != NULL;
    for (int i = 0; i < axes; i++)
        n->shape[i] = shape[i];
    row_major(n);
    for (int i = 0; stride && i < axes; i++)
        n->stride[i] = stride[i];
    return node_finish(n);
}

void node_hold(node *n)
{
    n->refs++;
}

/* The inputs of dead nodes die with them, however long the chain: dead nodes wait on a list,
 * linked by `after`, not on the stack. */
static void bury(node *n, node **dead)
{
    if (--n->refs > 0 || n->fresh)
        return;
    unlink_node(n);
    n->graph->pending -= n->pending;
    n->after = *dead;
    *dead = n;
}

static void give_back(node *n, node **dead)
{
    for (int i = 0; i < n->inputs; i++)
        if (n->in[i]) {
            if (n->in_place && i == 0 && n->in[0]->overwritten_by == n)
                n->in[0]->overwritten_by = n->value ? n->in[0] : NULL;
            bury(n->in[i], dead);
        }
    if (n->in != n->few)
        mem_free(n->in);
    n->in = n->few;
    n->inputs = 0;
}

static void free_dead(node *dead)
{
    while (dead) {
        node *n = dead;
        dead = n->after;
        give_back(n, &dead);
        if (n->root != n)
            bury(n->root, &dead);
        storage_release(n->value);
        mem_free(n);
    }
}

void node_release(node *n)
{
    node *dead = NULL;
    if (!n)
        return;
    bury(n, &dead);
    free_dead(dead);
}

void node_set_value(node *n, storage *value)
{
    storage_release(n->value);
    n->value = value;
    n->graph->pending -= n->pending;
    n->pending = false;
}

void node_forget_inputs(node *n)
{
    node *dead = NULL;
    give_back(n, &dead);
    free_dead(dead);
}

void graph_settle(graph *g)
{
    int32_t site = g->profile ? profile_latest(g->profile) : 0;
    /* later nodes hold earlier ones: from the last, each is still there when its turn comes */
    while (g->fresh.n > 0) {
        node *n = g->fresh.at[--g->fresh.n];
        n->fresh = false;
        n->site = site;
        if (n->refs == 0) {
            n->refs = 1;
            node_release(n);
        }
    }
}

int64_t node_count(const node *n)
{
    int64_t count = 1;
    for (int i = 0; i < n->axes; i++)
        count *= n->shape[i];
    return count;
}

int64_t node_bytes(const node *n)
{
    return node_count(n) * (int64_t)stint_dtype_bytes((stint_dtype)n->dtype);
}

bool node_is_contiguous(const node *n)
{
    int64_t step = 1;
    for (int i = n->axes - 1; i >= 0; i--) {
        if (n->shape[i] != 1 && n->stride[i] != step)
            return false;
        step *= n->shape[i];
    }
    return true;
}

bool graph_fail(graph *g, const char *fmt, ...)
{
    char text[640];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    g->failures++;
    (void)fail(g->ctx, STINT_EUSAGE, "%s", text);
    return false;
}

const char *shape_text(int axes, const int64_t *shape, char out[NODE_SHAPE_SIZE])
{
    size_t len = (size_t)snprintf(out, NODE_SHAPE_SIZE, "[");
    for (int i = 0; i < axes; i++)
        len += (size_t)snprintf(out + len, NODE_SHAPE_SIZE - len, i ? ",%lld" : "%lld",
                                (long long)shape[i]);
    snprintf(out + len, NODE_SHAPE_SIZE - len, "]");
    return out;
}

const char *node_shape_text(const node *n, char out[NODE_SHAPE_SIZE])
{
    return shape_text(n->axes, n->shape, out);
}
