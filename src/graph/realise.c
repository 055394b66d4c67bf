#include "graph/compiled.h"

#include "base/mem.h"
#include "graph/storage.h"

/* Computing pending nodes at once: a plan from the cache or a new one, a slab for as long as it
 * runs, memory of their own for the outputs. */

static stint_status bind_leaves(const ir *r, const compiled *c, char **memory)
{
    for (int64_t i = 0; i < c->bindings.n; i++) {
        const binding *b = &c->bindings.at[i];
        if (!b->output)
            memory[b->buffer] = r->nodes.at[b->node].of->value->at;
    }
    return STINT_OK;
}

/* The storage in which an in-place chain works. */
static storage *bottom_value(const ir *r, int32_t i)
{
    while (r->nodes.at[i].overwrites >= 0)
        i = r->nodes.at[i].overwrites;
    return r->nodes.at[i].of->value;
}

/* made[i]: the value of output binding i. */
static stint_status bind_outputs(const ir *r, const compiled *c, char **memory, storage **made)
{
    for (int64_t i = 0; i < c->bindings.n; i++) {
        const binding *b = &c->bindings.at[i];
        if (!b->output)
            continue;
        storage *under = bottom_value(r, b->node);
        made[i] =
            under ? storage_hold(under) : storage_new(r->g, c->plan->buffers.at[b->buffer].bytes);
        if (!made[i])
            return STINT_ENOMEM;
        memory[b->buffer] = made[i]->at;
    }
    return STINT_OK;
}

/* Old values that are gone stay so, whichever of the in-place nodes over them are freed. */
static void mark_overwritten(node *n)
{
    for (node *old; n->in_place && n->inputs > 0 && !n->value; n = old) {
        old = n->in[0];
        old->overwritten_by = old;
    }
}

/* From the last to the first: what a node lets go of is older. */
static void take_values(const ir *r, const compiled *c, storage **made)
{
    for (int64_t i = 0; i < c->bindings.n; i++)
        if (c->bindings.at[i].output)
            node_hold(r->nodes.at[c->bindings.at[i].node].of);
    for (int64_t i = c->bindings.n - 1; i >= 0; i--) {
        if (!c->bindings.at[i].output)
            continue;
        node *n = r->nodes.at[c->bindings.at[i].node].of;
        mark_overwritten(n);
        node_set_value(n, made[i]);
        made[i] = NULL;
        if (!n->tracked)
            node_forget_inputs(n);
    }
}

static void release_outputs(const ir *r, const compiled *c)
{
    /* nodes may go with this: their places are found before */
    for (int64_t i = 0; i < c->bindings.n; i++)
        if (c->bindings.at[i].output)
            node_release(r->nodes.at[c->bindings.at[i].node].of);
}

static stint_status run_compiled(const ir *r, const compiled *c)
{
    graph *g = r->g;
    stint_status s = STINT_ENOMEM;
    char *slab = mem_alloc(g->ctx, TAG_PLAN, (size_t)c->plan->slab_bytes);
    char **memory = slab ? compiled_memory(c, g->ctx, slab) : NULL;
    storage **made = memory ? mem_new(g->ctx, TAG_PLAN, storage *, c->bindings.n + 1) : NULL;
    device *d = made ? graph_device(g) : NULL;
    if (d) {
        s = bind_leaves(r, c, memory);
        if (!s)
            s = bind_outputs(r, c, memory, made);
        if (!s) {
            device_run(d, c->plan, memory);
            take_values(r, c, made);
            release_outputs(r, c);
        }
    }
    for (int64_t i = 0; made && i < c->bindings.n; i++)
        storage_release(made[i]);
    mem_free(made);
    mem_free(memory);
    mem_free(slab);
    if (s)
        g->failures++;
    return s;
}

stint_status graph_realise(graph *g, int64_t n, node *const *want)
{
    ir r;
    if (g->trace) {
        graph_fail(g, "a traced function must not read values: it is run once, for all its calls");
        return STINT_EUSAGE;
    }
    stint_status s = ir_build(&r, g, n, want, true);
    if (!s) {
        bool any = false;
        for (int64_t i = 0; i < r.nodes.n; i++)
            any |= r.nodes.at[i].output;
        const compiled *c = any ? compiled_find(&r) : NULL;
        if (any)
            s = c ? run_compiled(&r, c) : STINT_ENOMEM;
    }
    ir_deinit(&r);
    if (s && ctx_status(g->ctx) != STINT_OK)
        s = ctx_status(g->ctx);
    return s;
}

static bool reads(const node *n, const node *root)
{
    for (int k = 0; k < n->inputs; k++)
        if (n->in[k]->root == root)
            return true;
    return false;
}

/* What is pending and reads `of`; NULL = whatever is. */
static stint_status realise_where(graph *g, const node *of)
{
    VEC(node *) want = {0};
    stint_status s = STINT_OK;
    for (node *n = g->first; n && !s; n = n->after) {
        if (n->pending && (!of || reads(n, of)))
            s = vec_push(g->ctx, TAG_GRAPH, &want, n);
    }
    if (!s && want.n > 0)
        s = graph_realise(g, want.n, want.at);
    vec_free(&want);
    return s;
}

stint_status graph_flush(graph *g)
{
    return g->pending ? realise_where(g, NULL) : STINT_OK;
}

stint_status graph_flush_readers(graph *g, const node *of)
{
    return g->pending ? realise_where(g, of) : STINT_OK;
}
