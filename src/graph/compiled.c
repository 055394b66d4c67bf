#include "graph/compiled.h"

#include "base/mem.h"

enum { CACHE_MOST = 64 };

stint_status compile_begin(ir *r, const compile_options *o)
{
    TRY(ir_simplify(r));
    return ir_narrow(r, o->storage);
}

static stint_status run_passes(ir *r, compiled *c, const compile_options *o)
{
    TRY(compile_begin(r, o));
    TRY(ir_recompute(r, &c->recompute));
    TRY(ir_fuse(r));
    TRY(ir_schedule(r));
    lowering l = {.r = r, .p = c->plan};
    stint_status s = lower(&l);
    c->bindings.at = l.bindings.at;
    c->bindings.n = l.bindings.n;
    c->bindings.room = l.bindings.room;
    c->flops = l.flops;
    return s;
}

compiled *compile(ir *r, const compile_options *o)
{
    compiled *c = mem_new(r->c, TAG_PLAN, compiled, 1);
    if (!c)
        return NULL;
    c->plan = plan_new(r->c);
    c->nodes = r->made;
    c->recompute = o->recompute;
    if (c->plan && run_passes(r, c, o) == STINT_OK)
        return c;
    compiled_free(c);
    return NULL;
}

void compiled_free(compiled *c)
{
    if (!c)
        return;
    vec_free(&c->bindings);
    plan_free(c->plan);
    mem_free(c);
}

/* The cache is a list, the latest used first. */
compiled *compiled_find(ir *r)
{
    hash128 key;
    graph *g = r->g;
    if (ir_hash(r, &key) != STINT_OK)
        return NULL;
    for (compiled **at = &g->plans; *at; at = &(*at)->older) {
        compiled *c = *at;
        if (!hash_equal(c->key, key))
            continue;
        *at = c->older;
        c->older = g->plans;
        return g->plans = c;
    }
    compiled *c = compile(r, &(compile_options){.storage = STINT_F32});
    if (!c)
        return NULL;
    c->key = key;
    c->site = graph_site(g);
    c->older = g->plans;
    g->plans = c;
    if (++g->plan_count <= CACHE_MOST)
        return c;
    compiled **last = &g->plans;
    while ((*last)->older)
        last = &(*last)->older;
    compiled_free(*last);
    *last = NULL;
    g->plan_count--;
    return c;
}

void compiled_drop_all(graph *g)
{
    while (g->plans) {
        compiled *c = g->plans;
        g->plans = c->older;
        compiled_free(c);
    }
    g->plan_count = 0;
}

char **compiled_memory(const compiled *c, ctx *ctx, char *slab)
{
    const plan *p = c->plan;
    char **memory = mem_new(ctx, TAG_PLAN, char *, p->buffers.n + 1);
    for (int64_t i = 0; memory && i < p->buffers.n; i++)
        if (!p->buffers.at[i].external)
            memory[i] = slab + p->buffers.at[i].offset;
    return memory;
}
