#include "graph/fn_impl.h"

#include "base/mem.h"
#include "base/os/os.h"

#include <string.h>

/* A fn is a list of variants, one for each combination of input shapes and dtypes it has met.
 *
 * A variant is traced once (fn_trace.c).  A call finds it by the shapes, puts the inputs' addresses
 * into its memory and runs its plan. */

stint_fn *stint_fn_new(stint_context *c, stint_fn_body *body, void *self, int inputs, int outputs)
{
    graph *g = graph_of(c);
    stint_fn *f = g ? mem_new(c, TAG_GRAPH, stint_fn, 1) : NULL;
    if (!f)
        return NULL;
    *f = (stint_fn){
        .ctx = c, .graph = g, .body = body, .self = self, .inputs = inputs, .outputs = outputs};
    f->site = graph_site(g);
    f->older = g->fns;
    if (g->fns)
        g->fns->newer = f;
    return g->fns = f;
}

void stint_fn_free(stint_fn *f)
{
    if (!f)
        return;
    for (variant *v = f->variants, *next; v; v = next) {
        next = v->next;
        variant_free(f, v);
    }
    if (f->newer)
        f->newer->older = f->older;
    else if (f->graph)
        f->graph->fns = f->older;
    if (f->older)
        f->older->newer = f->newer;
    mem_free(f);
}

stint_status stint_fn_recompute(stint_fn *f, stint_recompute how, int64_t value)
{
    if (!f)
        return STINT_ENOMEM;
    if (f->variants)
        return fail(f->ctx, STINT_EUSAGE, "recompute: set it before the first call or warm-up");
    if (how < STINT_KEEP_ALL || how > STINT_RECOMPUTE_BUDGET || value < 0)
        return fail(f->ctx, STINT_EUSAGE,
                    "recompute: policy %d with value %lld; policies are %d … %d, values 0 or more",
                    (int)how, (long long)value, STINT_KEEP_ALL, STINT_RECOMPUTE_BUDGET);
    f->recompute = how;
    f->recompute_value = value;
    return STINT_OK;
}

stint_status stint_fn_storage(stint_fn *f, stint_dtype storage)
{
    if (!f)
        return STINT_ENOMEM;
    if (f->variants)
        return fail(f->ctx, STINT_EUSAGE, "storage: set it before the first call or warm-up");
    if (storage != STINT_F32 && storage != STINT_BF16 && storage != STINT_F16)
        return fail(f->ctx, STINT_EUSAGE, "storage: activations are f32, bf16 or f16, not %s",
                    stint_dtype_text(storage));
    f->storage = storage;
    return STINT_OK;
}

void fn_share_slab(stint_fn *f, fn_slab *shared)
{
    if (f)
        f->shared = shared;
}

const char fn_output[] = "output of a stint_fn";

/* ---- calling */

static variant *variant_make(stint_fn *f, stint_tensor *const *in)
{
    variant *v = variant_trace(f, in, false);
    if (!v)
        return NULL;
    v->site = graph_site(f->graph);
    v->next = f->variants;
    return f->variants = v;
}

static bool fits(const stint_fn *f, const variant *v, stint_tensor *const *in)
{
    for (int i = 0; i < f->inputs; i++) {
        const node *n = graph_node(in[i]);
        const fn_shape *s = &v->shapes[i];
        if (n->dtype != s->dtype || n->axes != s->axes ||
            memcmp(n->shape, s->size, sizeof n->shape[0] * n->axes) != 0)
            return false;
    }
    return true;
}

static variant *variant_for(stint_fn *f, stint_tensor *const *in)
{
    if (f->latest && fits(f, f->latest, in))
        return f->latest;
    variant *v = f->variants;
    while (v && !fits(f, v, in))
        v = v->next;
    if (!v)
        v = variant_make(f, in);
    if (v)
        f->latest = v;
    return v;
}

static stint_status check_inputs(const stint_fn *f, stint_tensor *const *in)
{
    for (int i = 0; i < f->inputs; i++) {
        const node *n = graph_node(in[i]);
        if (!n)
            return ctx_status(f->ctx) ? ctx_status(f->ctx) : STINT_EUSAGE;
        if (n->graph != f->graph) {
            graph_fail(f->graph, "call: input %d belongs to another context", i);
            return STINT_EUSAGE;
        }
        if (!node_stands(n, "call"))
            return STINT_EUSAGE;
    }
    return STINT_OK;
}

static stint_status may_trace(stint_fn *f, stint_tensor *const *in)
{
    if (!f)
        return STINT_ENOMEM;
    if (f->graph->trace) {
        graph_fail(f->graph, "a traced function must not call another stint_fn");
        return STINT_EUSAGE;
    }
    TRY(check_inputs(f, in));
    return graph_device(f->graph) ? STINT_OK : STINT_ENOMEM;
}

stint_status stint_fn_warm_up(stint_fn *f, stint_tensor *const *in)
{
    TRY(may_trace(f, in));
    if (variant_for(f, in))
        return STINT_OK;
    return ctx_status(f->ctx) ? ctx_status(f->ctx) : STINT_EFAIL;
}

stint_status fn_plan(stint_fn *f, stint_tensor *const *in, int64_t *slab_bytes)
{
    TRY(may_trace(f, in));
    variant *v = variant_trace(f, in, true);
    if (!v)
        return ctx_status(f->ctx) ? ctx_status(f->ctx) : STINT_EFAIL;
    *slab_bytes = v->compiled->plan->slab_bytes;
    variant_free(f, v);
    return STINT_OK;
}

static bool is_written(const variant *v, const storage *s)
{
    for (int64_t i = 0; i < v->written.n; i++)
        if (v->written.at[i] == s)
            return true;
    return false;
}

/* An input that does not lie row-major, or lies in what the plan writes (an output of the call
 * before, a weight), is copied, for this call, by the caller's scope. */
static stint_status bind_input(variant *v, int i, stint_tensor *t)
{
    node *n = graph_node(t);
    if (!n->root->value)
        TRY(graph_realise(n->graph, 1, &n));
    if (!node_is_contiguous(n) || is_written(v, n->root->value)) {
        stint_tensor *copy = graph_tensor(t, build_unary(OP_COPY, n));
        n = graph_node(copy);
        if (!n)
            return STINT_ENOMEM;
        TRY(graph_realise(n->graph, 1, &n));
    }
    int64_t skip = n->offset * (int64_t)stint_dtype_bytes((stint_dtype)n->dtype);
    if (v->input_buffer[i] >= 0)
        v->memory[v->input_buffer[i]] = n->root->value->at + skip;
    return STINT_OK;
}

stint_status stint_fn_call(stint_fn *f, stint_tensor *const *in, stint_tensor **out)
{
    TRY(stint_fn_warm_up(f, in));
    variant *v = f->latest;
    if (f->shared && (v->slab != f->shared->at || !v->slab))
        TRY(fn_take_slab(f, v));
    TRY(graph_flush(f->graph));
    for (int i = 0; i < f->inputs; i++)
        TRY(bind_input(v, i, in[i]));
    device_run(f->graph->device, v->compiled->plan, v->memory);
    for (int i = 0; i < f->outputs; i++)
        out[i] = v->out[i];
    return STINT_OK;
}

/* ---- facts */

static stint_status no_plan(const stint_fn *f)
{
    return fail(f->ctx, STINT_EUSAGE, "no plan yet: call the stint_fn or warm it up first");
}

/* Changed in place, and not made by the fn. */
static bool binds_leaf(const compiled *c, int32_t buffer)
{
    for (int64_t i = 0; i < c->bindings.n; i++)
        if (!c->bindings.at[i].output && c->bindings.at[i].buffer == buffer)
            return true;
    return false;
}

stint_status stint_fn_facts(const stint_fn *f, stint_plan_facts *out)
{
    if (!f->latest)
        return no_plan(f);
    const compiled *c = f->latest->compiled;
    *out = (stint_plan_facts){.nodes = c->nodes,
                              .steps = c->plan->steps.n,
                              .planned_bytes = c->plan->slab_bytes,
                              .allocated_bytes =
                                  f->shared ? f->shared->bytes : mem_bytes(f->latest->slab),
                              .unshared_bytes = c->plan->unshared_bytes,
                              .flops = c->flops,
                              .recomputed_nodes = c->recompute.nodes,
                              .recomputed_flops = c->recompute.flops};
    for (int64_t i = 0; i < c->bindings.n; i++)
        if (c->bindings.at[i].output && !binds_leaf(c, c->bindings.at[i].buffer))
            out->result_bytes += c->plan->buffers.at[c->bindings.at[i].buffer].bytes;
    return STINT_OK;
}

static stint_status plan_as(const stint_fn *f, void (*write)(const plan *, str *), stint_text *out)
{
    if (!f->latest)
        return no_plan(f);
    str s;
    str_init(&s, f->ctx, TAG_PLAN);
    write(f->latest->compiled->plan, &s);
    return text_take(&s, out);
}

stint_status stint_plan_text(const stint_fn *f, stint_text *out)
{
    return plan_as(f, plan_list, out);
}

stint_status stint_plan_dot(const stint_fn *f, stint_text *out)
{
    return plan_as(f, plan_dot, out);
}
