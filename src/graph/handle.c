#include "graph/graph_impl.h"

#include "base/mem.h"
#include "graph/fn_impl.h"

/* Handles, scopes and the life of a graph.
 *
 * Closing a context frees every node and value; handles that are still kept then lose their
 * node, and the graph's shell waits for the last of them to be dropped: languages that collect
 * garbage drop in any order. */

static void scope_put(stint_scope *s, stint_tensor *t)
{
    t->scope = s;
    t->before = NULL;
    t->after = s->handles;
    if (s->handles)
        s->handles->before = t;
    s->handles = t;
}

static void scope_take(stint_tensor *t)
{
    if (t->before)
        t->before->after = t->after;
    else
        t->scope->handles = t->after;
    if (t->after)
        t->after->before = t->before;
}

static void graph_close(void *self);

graph *graph_of(ctx *c)
{
    graph *g = ctx_attached(c);
    if (g)
        return g;
    g = mem_new(c, TAG_GRAPH, graph, 1);
    if (!g)
        return NULL;
    g->ctx = c;
    g->root.graph = g->kept.graph = g;
    g->innermost = &g->root;
    ctx_attach(c, g, graph_close);
    return g;
}

ctx *graph_ctx(const graph *g)
{
    return g->ctx;
}

int64_t graph_failures(const graph *g)
{
    return g->failures;
}

void graph_count_failure(graph *g)
{
    g->failures++;
}

device *graph_device(graph *g)
{
    if (!g->device)
        g->device = device_new(g->ctx, ctx_threads(g->ctx));
    if (!g->device)
        g->failures++;
    return g->device;
}

/* ---- handles ---- */

graph *graph_of_tensor(const stint_tensor *t)
{
    return t ? t->graph : NULL;
}

node *graph_node(const stint_tensor *t)
{
    return t ? t->node : NULL;
}

stint_tensor *graph_tensor_of(graph *g, node *n)
{
    stint_tensor *t = n ? mem_new(g->ctx, TAG_GRAPH, stint_tensor, 1) : NULL;
    if (t) {
        t->graph = g;
        t->node = n;
        t->site = graph_site(g);
        node_hold(n);
        scope_put(g->innermost, t);
        g->handles++;
    } else if (n)
        g->failures++;
    graph_settle(g);
    return t;
}

stint_tensor *graph_tensor(const stint_tensor *like, node *n)
{
    if (!like || like->graph->closed)
        return NULL;
    return graph_tensor_of(like->graph, n);
}

stint_tensor *graph_retarget(stint_tensor *t, node *n)
{
    graph *g = t ? t->graph : NULL;
    if (!g || g->closed)
        return NULL;
    if (n && g->trace && !t->retargeted) {
        node_hold(t->node);
        t->retargeted = true;
        if (vec_push(g->ctx, TAG_GRAPH, &g->trace->retargets, (retarget){t, t->node})) {
            node_release(t->node);
            t->retargeted = false;
            g->failures++;
            n = NULL;
        }
    }
    if (n) {
        (void)graph_site(g); /* for the fresh nodes */
        node_hold(n);
        node_release(t->node);
        t->node = n;
    }
    graph_settle(g);
    return n ? t : NULL;
}

/* Whoever drops the last handle of a closed graph frees its shell. */
static void shell_free_if_empty(graph *g)
{
    if (g->closed && g->handles == 0)
        mem_free(g);
}

static void forget_retarget(trace *r, const stint_tensor *t)
{
    int64_t i = 0;
    while (r->retargets.at[i].tensor != t)
        i++;
    node_release(r->retargets.at[i].was);
    r->retargets.at[i] = r->retargets.at[--r->retargets.n];
}

void stint_drop(stint_tensor *t)
{
    if (!t)
        return;
    graph *g = t->graph;
    if (t->retargeted)
        forget_retarget(g->trace, t);
    scope_take(t);
    node_release(t->node);
    mem_free(t);
    g->handles--;
    shell_free_if_empty(g);
}

stint_tensor *stint_keep(stint_tensor *t)
{
    if (t) {
        scope_take(t);
        scope_put(&t->graph->kept, t);
        if (t->node)
            t->node->traced_leaf = false;
    }
    return t;
}

void graph_own(stint_tensor *t, const char *owner)
{
    if (t)
        t->owner = owner;
}

stint_tensor *stint_alias(stint_tensor *t)
{
    return graph_tensor(t, graph_node(t));
}

/* ---- scopes ---- */

stint_scope *stint_scope_open(stint_context *c)
{
    graph *g = graph_of(c);
    stint_scope *s = g ? mem_new(c, TAG_GRAPH, stint_scope, 1) : NULL;
    if (!s)
        return NULL;
    *s = (stint_scope){.graph = g, .outer = g->innermost, .site = graph_site(g)};
    g->innermost = s;
    return s;
}

static void scope_drop_all(stint_scope *s)
{
    while (s->handles)
        stint_drop(s->handles);
}

stint_status stint_scope_close(stint_scope *s)
{
    if (!s)
        return STINT_ENOMEM;
    graph *g = s->graph;
    for (stint_scope *inner = g->innermost, *outer;; inner = outer) {
        outer = inner->outer;
        scope_drop_all(inner);
        mem_free(inner);
        g->innermost = outer;
        if (inner == s)
            return ctx_status(g->ctx);
    }
}

void stint_no_grad_open(stint_context *c)
{
    graph *g = graph_of(c);
    if (g)
        g->no_grad++;
}

void stint_no_grad_close(stint_context *c)
{
    graph *g = graph_of(c);
    if (g && g->no_grad > 0)
        g->no_grad--;
}

/* ---- the end ---- */

static void kept_outlive(graph *g)
{
    for (stint_tensor *t = g->kept.handles; t; t = t->after) {
        node_release(t->node);
        t->node = NULL;
        mem_abandon(t);
    }
}

/* What fns and optimisers that were not freed still hold. */
static void nodes_free(graph *g)
{
    for (node *n = g->last; n; n = g->last) {
        n->refs = 1;
        node_release(n);
    }
}

static void graph_close(void *self)
{
    graph *g = self;
    while (g->innermost != &g->root)
        (void)stint_scope_close(g->innermost);
    scope_drop_all(&g->root);
    tapes_close(g);
    kept_outlive(g);
    profile_free(g->profile);
    g->profile = NULL;
    for (stint_fn *f = g->fns; f; f = f->older)
        f->graph = NULL;
    compiled_drop_all(g);
    device_free(g->device);
    graph_settle(g);
    vec_free(&g->fresh);
    nodes_free(g);
    g->closed = true;
    if (g->handles > 0)
        mem_abandon(g);
    shell_free_if_empty(g);
}

/* ---- queries ---- */

stint_dtype stint_tensor_dtype(const stint_tensor *t)
{
    const node *n = graph_node(t);
    return n ? (stint_dtype)n->dtype : STINT_F32;
}

int stint_tensor_axes(const stint_tensor *t)
{
    const node *n = graph_node(t);
    return n ? n->axes : 0;
}

int64_t stint_tensor_size(const stint_tensor *t, int axis)
{
    const node *n = graph_node(t);
    if (n && axis < 0)
        axis += n->axes;
    return n && axis >= 0 && axis < n->axes ? n->shape[axis] : 0;
}

int64_t stint_tensor_count(const stint_tensor *t)
{
    const node *n = graph_node(t);
    return n ? node_count(n) : 0;
}

stint_context *stint_tensor_context(const stint_tensor *t)
{
    return t && !t->graph->closed ? t->graph->ctx : NULL;
}
