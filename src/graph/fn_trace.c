#include "graph/fn_impl.h"

#include "base/mem.h"
#include "base/os/os.h"

#include <string.h>

/* Tracing: from a fn's body to a variant that can be replayed.
 *
 * The body runs with placeholders for its inputs: leaves without a value.  Handles that it changes
 * in place go back to what they were when the trace is over; the plan writes into the memory under
 * them at every call.  The nodes of the trace are gone then: what stays is the plan, the slab, the
 * address of every buffer, and the outputs, which are leaves over memory of the variant. */

typedef struct tracing {
    stint_fn *f;
    variant *v;
    trace trace;
    node **placeholder; /* [inputs], held */
    stint_tensor **in;  /* [inputs] */
    stint_tensor **out; /* [outputs], of the trace */
    VEC(node *) targets;
    bool only_plan; /* nothing is allocated for calls */
} tracing;

void variant_free(const stint_fn *f, variant *v)
{
    if (!v)
        return;
    for (int i = 0; v->out && i < f->outputs; i++)
        stint_drop(v->out[i]);
    for (int64_t i = 0; i < v->held.n; i++)
        storage_release(v->held.at[i]);
    vec_free(&v->held);
    vec_free(&v->written);
    compiled_free(v->compiled);
    if (!f->shared)
        mem_free(v->slab);
    mem_free(v->memory);
    mem_free(v->shapes);
    mem_free(v->input_buffer);
    mem_free(v->out);
    mem_free(v);
}

static variant *variant_new(stint_fn *f, stint_tensor *const *in)
{
    variant *v = mem_new(f->ctx, TAG_GRAPH, variant, 1);
    if (!v)
        return NULL;
    v->shapes = mem_new(f->ctx, TAG_GRAPH, fn_shape, f->inputs + 1);
    v->input_buffer = mem_new(f->ctx, TAG_GRAPH, int32_t, f->inputs + 1);
    v->out = mem_new(f->ctx, TAG_GRAPH, stint_tensor *, f->outputs + 1);
    if (!v->shapes || !v->input_buffer || !v->out) {
        variant_free(f, v);
        return NULL;
    }
    for (int i = 0; i < f->inputs; i++) {
        const node *n = graph_node(in[i]);
        v->shapes[i] = (fn_shape){.dtype = n->dtype, .axes = n->axes};
        memcpy(v->shapes[i].size, n->shape, sizeof n->shape[0] * n->axes);
        v->input_buffer[i] = -1;
    }
    return v;
}

/* A leaf whose value comes with each call. */
static node *placeholder_new(graph *g, const fn_shape *s)
{
    storage *none = storage_wrap(g, NULL, 0);
    return node_leaf(g, (stint_dtype)s->dtype, s->axes, s->size, NULL, none);
}

static stint_status make_placeholders(tracing *t)
{
    stint_fn *f = t->f;
    t->placeholder = mem_new(f->ctx, TAG_GRAPH, node *, f->inputs + 1);
    t->in = mem_new(f->ctx, TAG_GRAPH, stint_tensor *, f->inputs + 1);
    t->out = mem_new(f->ctx, TAG_GRAPH, stint_tensor *, f->outputs + 1);
    if (!t->placeholder || !t->in || !t->out)
        return STINT_ENOMEM;
    for (int i = 0; i < f->inputs; i++) {
        node *n = placeholder_new(f->graph, &t->v->shapes[i]);
        if (!n)
            return STINT_ENOMEM;
        n->placeholder = true;
        t->placeholder[i] = n;
        node_hold(n);
        if (!(t->in[i] = graph_tensor_of(f->graph, n)))
            return STINT_ENOMEM;
    }
    return STINT_OK;
}

/* The node at the bottom of a chain of in-place nodes. */
static const node *bottom(const node *n)
{
    for (n = n->root; n->in_place && !n->value; n = n->in[0])
        ;
    return n;
}

/* An output in memory from outside is copied, be it an input or what the body changes: outputs
 * keep their value until the next call. */
static stint_status collect_outputs(tracing *t)
{
    stint_fn *f = t->f;
    for (int i = 0; i < f->outputs; i++) {
        node *n = graph_node(t->out[i]);
        if (!n) {
            if (ctx_status(f->ctx) == STINT_OK)
                graph_fail(f->graph, "traced function: output %d was not set", i);
            return ctx_status(f->ctx);
        }
        if (n->graph != f->graph) {
            graph_fail(f->graph, "traced function: output %d belongs to another context", i);
            return STINT_EUSAGE;
        }
        if (!node_stands(n, "traced function: an output"))
            return STINT_EUSAGE;
        if (bottom(n)->op == OP_VALUE || bottom(n)->value)
            t->out[i] = graph_tensor(t->out[i], build_unary(OP_COPY, n));
        if (!t->out[i])
            return ctx_status(f->ctx);
        TRY(vec_push(f->ctx, TAG_GRAPH, &t->targets, graph_node(t->out[i])));
    }
    return STINT_OK;
}

/* Outputs, and what the body changes outside itself. */
static stint_status collect_targets(tracing *t)
{
    TRY(collect_outputs(t));
    for (int64_t i = 0; i < t->trace.retargets.n; i++) {
        node *n = graph_node(t->trace.retargets.at[i].tensor);
        if (bottom(n)->value)
            TRY(vec_push(t->f->ctx, TAG_GRAPH, &t->targets, n));
    }
    return STINT_OK;
}

/* ---- what the plan is bound to */

static storage *under(const ir *r, int32_t i)
{
    while (r->nodes.at[i].overwrites >= 0)
        i = r->nodes.at[i].overwrites;
    return r->nodes.at[i].of->value;
}

static stint_status hold(tracing *t, storage *s)
{
    if (!s)
        return STINT_ENOMEM;
    stint_status status = vec_push(t->f->ctx, TAG_GRAPH, &t->v->held, s);
    if (status)
        storage_release(s);
    return status;
}

static int input_of(const tracing *t, const node *n)
{
    for (int i = 0; i < t->f->inputs; i++)
        if (t->placeholder[i] == n)
            return i;
    return -1;
}

static stint_status bind_leaf(tracing *t, const ir *r, const binding *b)
{
    const node *n = r->nodes.at[b->node].of;
    int input = input_of(t, n);
    if (input >= 0) {
        t->v->input_buffer[input] = b->buffer;
        return STINT_OK;
    }
    t->v->memory[b->buffer] = n->value->at;
    return hold(t, storage_hold(n->value));
}

static stint_status bind_output(tracing *t, ir *r, const binding *b)
{
    storage *s = under(r, b->node);
    s = s ? storage_hold(s) : storage_new(r->g, t->v->compiled->plan->buffers.at[b->buffer].bytes);
    TRY(hold(t, s));
    t->v->memory[b->buffer] = s->at;
    r->nodes.at[b->node].register_ = (int32_t)(t->v->held.n - 1);
    return vec_push(t->f->ctx, TAG_GRAPH, &t->v->written, s);
}

static char *slab_new(ctx *c, int64_t bytes)
{
    char *slab = mem_alloc(c, TAG_PLAN, (size_t)bytes);
    if (slab)
        memory_in_large_pages(slab, (size_t)bytes);
    return slab;
}

stint_status fn_take_slab(const stint_fn *f, variant *v)
{
    fn_slab *s = f->shared;
    const plan *p = v->compiled->plan;
    if (!s->at || s->bytes < p->slab_bytes) {
        mem_free(s->at);
        s->at = slab_new(f->ctx, p->slab_bytes);
        s->bytes = s->at ? p->slab_bytes : 0;
    }
    if (!s->at)
        return STINT_ENOMEM;
    for (int64_t i = 0; v->memory && i < p->buffers.n; i++)
        if (!p->buffers.at[i].external)
            v->memory[i] = s->at + p->buffers.at[i].offset;
    v->slab = s->at;
    return STINT_OK;
}

static stint_status bind_all(tracing *t, ir *r)
{
    variant *v = t->v;
    if (t->f->shared)
        TRY(fn_take_slab(t->f, v));
    else
        v->slab = slab_new(t->f->ctx, v->compiled->plan->slab_bytes);
    v->memory = v->slab ? compiled_memory(v->compiled, t->f->ctx, v->slab) : NULL;
    if (!v->memory)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < v->compiled->bindings.n; i++) {
        const binding *b = &v->compiled->bindings.at[i];
        if (b->output)
            TRY(bind_output(t, r, b));
        else
            TRY(bind_leaf(t, r, b));
    }
    return STINT_OK;
}

/* Handles over the memory that the plan writes. */
static stint_status make_outputs(tracing *t, const ir *r)
{
    graph *g = t->f->graph;
    for (int i = 0; i < t->f->outputs; i++) {
        const node *n = graph_node(t->out[i]);
        storage *s = t->v->held.at[r->nodes.at[n->root->index].register_];
        node *leaf =
            node_leaf(g, (stint_dtype)n->dtype, n->axes, n->shape, n->stride, storage_hold(s));
        if (leaf)
            leaf->offset = n->offset;
        t->v->out[i] = stint_keep(graph_tensor_of(g, leaf));
        if (!t->v->out[i])
            return STINT_ENOMEM;
        t->v->out[i]->owner = fn_output;
    }
    return STINT_OK;
}

/* The trace through all passes; r is to be ended, whatever comes out. */
static stint_status compile_with(tracing *t, const recompute *how, ir *r)
{
    compile_options o = {.recompute = *how, .storage = t->f->storage};
    TRY(ir_build(r, t->f->graph, t->targets.n, t->targets.at, false));
    t->v->compiled = compile(r, &o);
    return t->v->compiled ? STINT_OK : STINT_ENOMEM;
}

/* The slab of a plan, which is forgotten. */
static stint_status try_plan(void *self, const recompute *how, int64_t *peak)
{
    tracing *t = self;
    ir r = {0};
    stint_status s = compile_with(t, how, &r);
    ir_deinit(&r);
    TRY(s);
    *peak = t->v->compiled->plan->slab_bytes;
    compiled_free(t->v->compiled);
    t->v->compiled = NULL;
    return STINT_OK;
}

static stint_status find_within_budget(tracing *t, recompute *how)
{
    ir r = {0};
    stint_status s = ir_build(&r, t->f->graph, t->targets.n, t->targets.at, false);
    if (!s)
        s = compile_begin(&r, &(compile_options){.storage = t->f->storage});
    if (!s)
        s = recompute_search(&r, how, try_plan, t);
    ir_deinit(&r);
    return s;
}

static stint_status compile_trace(tracing *t)
{
    ir r = {0};
    recompute how = {.how = t->f->recompute, .value = t->f->recompute_value};
    TRY(collect_targets(t));
    if (how.how == STINT_RECOMPUTE_BUDGET)
        TRY(find_within_budget(t, &how));
    stint_status s = compile_with(t, &how, &r);
    if (!s && !t->only_plan)
        s = bind_all(t, &r);
    if (!s && !t->only_plan)
        s = make_outputs(t, &r);
    ir_deinit(&r);
    return s;
}

/* What a kept handle still holds of the trace and what cannot be computed outside it: what
 * depends on inputs, or on what the body changed.  It has no value, and says so. */
static void spoil_survivors(graph *g, int64_t first_id)
{
    node *n = g->first;
    while (n && n->id < first_id)
        n = n->after;
    for (; n; n = n->after) {
        bool spoilt = n->placeholder || n->in_place;
        for (int i = 0; i < n->inputs; i++)
            spoilt |= n->in[i]->root->overwritten_by && n->in[i]->root->overwritten_op == OP_VALUE;
        if (!spoilt)
            continue;
        n->overwritten_by = n;
        n->overwritten_op = OP_VALUE;
        g->pending -= n->pending;
        n->pending = false;
    }
    for (n = g->last; n && n->id >= first_id; n = n->before)
        if (n->in_place && n->in[0]->overwritten_by == n)
            n->in[0]->overwritten_by = NULL;
}

static void end_trace(tracing *t)
{
    t->f->graph->trace = NULL;
    for (int64_t i = t->trace.retargets.n - 1; i >= 0; i--) {
        retarget *x = &t->trace.retargets.at[i];
        x->tensor->retargeted = false;
        node_release(x->tensor->node);
        x->tensor->node = x->was; /* whose hold it was */
    }
    vec_free(&t->trace.retargets);
    vec_free(&t->targets);
    for (int i = 0; t->placeholder && i < t->f->inputs; i++)
        node_release(t->placeholder[i]);
    mem_free(t->placeholder);
    mem_free(t->in);
    mem_free(t->out);
}

static stint_status trace_body(tracing *t)
{
    stint_fn *f = t->f;
    TRY(make_placeholders(t));
    f->graph->trace = &t->trace;
    int64_t failures = f->graph->failures;
    TRY(f->body(f->self, t->in, t->out));
    if (f->graph->failures != failures)
        return ctx_status(f->ctx) ? ctx_status(f->ctx) : STINT_EUSAGE;
    return compile_trace(t);
}

variant *variant_trace(stint_fn *f, stint_tensor *const *in, bool only_plan)
{
    /* what is pending outside would become part of every call */
    if (graph_flush(f->graph) != STINT_OK)
        return NULL;
    tracing t = {.f = f,
                 .v = variant_new(f, in),
                 .trace.first_id = f->graph->next_id,
                 .only_plan = only_plan};
    if (!t.v)
        return NULL;
    stint_scope *scope = stint_scope_open(f->ctx);
    stint_status s = scope ? trace_body(&t) : STINT_ENOMEM;
    end_trace(&t);
    if (scope)
        (void)stint_scope_close(scope);
    spoil_survivors(f->graph, t.trace.first_id);
    if (s) {
        if (ctx_status(f->ctx) == STINT_OK)
            (void)fail(f->ctx, s, "the traced function failed: %s", stint_status_text(s));
        variant_free(f, t.v);
        return NULL;
    }
    return t.v;
}
