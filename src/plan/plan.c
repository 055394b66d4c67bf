#include "plan/plan.h"

#include <string.h>

plan *plan_new(ctx *c)
{
    plan *p = mem_new(c, TAG_PLAN, plan, 1);
    if (p)
        arena_init(&p->arena, c, TAG_PLAN);
    return p;
}

void plan_free(plan *p)
{
    if (!p)
        return;
    arena_deinit(&p->arena);
    vec_free(&p->buffers);
    vec_free(&p->steps);
    mem_free(p);
}

int32_t plan_buffer_add(plan *p, int64_t bytes, bool external, const char *name)
{
    plan_buffer b = {.bytes = bytes,
                     .name = name,
                     .external = external,
                     .first = -1,
                     .last = -1,
                     .in_place_of = -1};
    if (vec_push(p->arena.ctx, TAG_PLAN, &p->buffers, b))
        return -1;
    return (int32_t)p->buffers.n - 1;
}

stint_status plan_step_add(plan *p, const step_class *class, const void *args, const plan_use *use,
                           int uses, double flops, double bytes)
{
    plan_use *kept = arena_new(&p->arena, plan_use, uses);
    if (!kept)
        return STINT_ENOMEM;
    memcpy(kept, use, (size_t)uses * sizeof *use);
    plan_step s = {
        .class = class, .args = args, .use = kept, .uses = uses, .flops = flops, .bytes = bytes};
    return vec_push(p->arena.ctx, TAG_PLAN, &p->steps, s);
}
