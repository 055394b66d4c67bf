/* Convolutions, pools and their like as the steps' arguments. */
#include "device/convolve.h"
#include "device/windows.h"
#include "graph/lower_heavy.h"
#include "graph/windows.h"

static window_plan plan_of(const heavy *h)
{
    window_plan p;
    memcpy(p.at, h->of->attr.at, sizeof p.at);
    return p;
}

/* How a convolution's windows lie over its input x [batch, channels, h, w]. */
static convolve_windows over_input(const window_plan *p, const node *x, const int64_t *kernel,
                                   const int64_t *windows)
{
    return (convolve_windows){.channels = x->shape[1] / p->groups,
                              .height = x->shape[2],
                              .width = x->shape[3],
                              .kernel = {kernel[0], kernel[1]},
                              .rows = windows[0],
                              .cols = windows[1],
                              .stride = {p->stride[0], p->stride[1]},
                              .step = {p->dilation[0], p->dilation[1]},
                              .origin = {-p->padding[0], -p->padding[1]},
                              .spread = {1, 1}};
}

/* How the elements of its input lie under the windows of its result's gradient g. */
static convolve_windows over_result(const window_plan *p, const node *g, const int64_t *kernel,
                                    const int64_t *elements)
{
    return (convolve_windows){.channels = g->shape[1] / p->groups,
                              .height = g->shape[2],
                              .width = g->shape[3],
                              .kernel = {kernel[0], kernel[1]},
                              .rows = elements[0],
                              .cols = elements[1],
                              .stride = {1, 1},
                              .step = {-p->dilation[0], -p->dilation[1]},
                              .origin = {p->padding[0], p->padding[1]},
                              .spread = {p->stride[0], p->stride[1]}};
}

/* [groups out, in, kh, kw] as [groups in, out, kh, kw] */
static stint_status turned_weights(heavy *h, int64_t groups, step_view *out)
{
    lowering *l = h->l;
    const node *w = operand(h, 1).view;
    int64_t each = w->shape[0] / groups;
    element_space space = {.axes = 5,
                           .size = {groups, w->shape[1], each, w->shape[2], w->shape[3]}};
    axis_map m;
    step_view from, to = {.dtype = w->dtype};
    identity_map(&m, 4);
    TRY(operand_view(h, 1, &m, &from));
    const int64_t s[] = {each * from.stride[0], from.stride[1], from.stride[0], from.stride[2],
                         from.stride[3]};
    memcpy(from.stride, s, sizeof s);
    int64_t step = 1;
    for (int i = 4; i >= 0; i--) {
        to.stride[i] = space.size[i] == 1 ? 0 : step;
        step *= space.size[i];
    }
    to.buffer = plan_buffer_add(l->p, node_bytes(w), false, "turned");
    if (to.buffer < 0)
        return STINT_ENOMEM;
    TRY(lower_copy(l, &space, &from, &to));
    *out = to;
    return STINT_OK;
}

stint_status lower_convolve(heavy *h)
{
    lowering *l = h->l;
    const node *x = operand(h, 0).view, *w = operand(h, 1).view;
    window_plan p = plan_of(h);
    bool back = h->of->op == OP_CONVOLVE_INPUT;
    convolve_args *a = arena_new(&l->p->arena, convolve_args, 1);
    axis_map m;
    if (!a)
        return STINT_ENOMEM;
    identity_map(&m, 4);
    space_of(&a->space, h->of, &m);
    a->groups = p.groups;
    a->channels = h->of->shape[1] / p.groups;
    a->windows = (back ? over_result : over_input)(&p, x, w->shape + 2, h->of->shape + 2);
    TRY(operand_view(h, 0, &m, &a->windows.x));
    TRY(back ? turned_weights(h, p.groups, &a->w) : dense_view(h, 1, 0, &a->w));
    TRY(after_program(h, &m, &a->after));
    convolve_cut(a);
    use_list u = {0};
    use_read(l, &u, a->windows.x.buffer);
    use_read(l, &u, a->w.buffer);
    use_in_place(l, &u, &a->after, true, &a->space);
    return add_step(l, &step_convolve, a, &u, h->flops);
}

stint_status lower_convolve_weight(heavy *h)
{
    lowering *l = h->l;
    const node *x = operand(h, 0).view, *g = operand(h, 1).view;
    window_plan p = plan_of(h);
    convolve_weight_args *a = arena_new(&l->p->arena, convolve_weight_args, 1);
    axis_map m;
    if (!a)
        return STINT_ENOMEM;
    identity_map(&m, 4);
    *a = (convolve_weight_args){.batch = x->shape[0],
                                .groups = p.groups,
                                .channels = h->of->shape[0] / p.groups,
                                .windows = over_input(&p, x, h->of->shape + 2, g->shape + 2),
                                .out = output_view(h, &m)};
    TRY(operand_view(h, 0, &m, &a->windows.x));
    TRY(dense_view(h, 1, 0, &a->g));
    convolve_weight_cut(a);
    a->partial = plan_buffer_add(l->p, a->partial_bytes, false, "partial");
    if (a->partial < 0)
        return STINT_ENOMEM;
    use_list u = {0};
    use_read(l, &u, a->windows.x.buffer);
    use_read(l, &u, a->g.buffer);
    use_write(l, &u, a->partial);
    use_write(l, &u, a->out.buffer);
    return add_step(l, &step_convolve_weight, a, &u, h->flops);
}

/* The operand, row-major, as a buffer that begins with it. */
static stint_status whole_buffer(heavy *h, int k, int32_t *out)
{
    step_view v;
    TRY(dense_view(h, k, 0, &v));
    *out = v.buffer;
    if (v.offset == 0)
        return STINT_OK;
    const node *view = operand(h, k).view;
    element_space space = {.axes = 1, .size = {node_count(view)}};
    step_view from = {.buffer = v.buffer, .dtype = v.dtype, .offset = v.offset, .stride = {1}};
    step_view to = {.dtype = v.dtype, .stride = {1}};
    to.buffer = *out = plan_buffer_add(h->l->p, node_bytes(view), false, "copy");
    return *out < 0 ? STINT_ENOMEM : lower_copy(h->l, &space, &from, &to);
}

stint_status lower_fold(heavy *h)
{
    lowering *l = h->l;
    const node *x = operand(h, 0).view;
    fold_args *a = arena_new(&l->p->arena, fold_args, 1);
    int axis = h->of->attr.axis;
    if (!a)
        return STINT_ENOMEM;
    *a = (fold_args){.dtype = x->dtype,
                     .outer = 1,
                     .windows = x->shape[axis],
                     .inner = 1,
                     .size = x->shape[x->axes - 1],
                     .n = h->of->attr.at[0],
                     .step = h->of->attr.at[1],
                     .dilation = h->of->attr.at[2],
                     .out = l->buffer[h->at]};
    for (int i = 0; i < x->axes - 1; i++)
        *(i < axis ? &a->outer : &a->inner) *= i == axis ? 1 : x->shape[i];
    TRY(whole_buffer(h, 0, &a->x));
    use_list u = {0};
    use_read(l, &u, a->x);
    use_write(l, &u, a->out);
    return add_step(l, &step_fold, a, &u, h->flops);
}

/* What of a pool's windows the steps have in common; buffers apart. */
static pool_args pool_windows(const node *index, const node *x)
{
    window_plan p;
    pool_args a = {.dtype = x->dtype, .planes = x->shape[0] * x->shape[1], .values = -1};
    memcpy(p.at, index->attr.at, sizeof p.at);
    for (int i = 0; i < 2; i++) {
        a.size[i] = x->shape[2 + i];
        a.windows[i] = index->shape[2 + i];
        a.stride[i] = p.stride[i];
        a.padding[i] = p.padding[i];
        a.dilation[i] = p.dilation[i];
        a.kernel[i] = p.kernel[i];
    }
    pool_cut(&a);
    return a;
}

/* Whether operand k of a node is a whole value as it lies, of whatever shape. */
static bool reads_whole(const ir *r, const ir_node *n, int k)
{
    ir_operand o = ir_operand_of(r, n, k);
    return o.view->offset == 0 && node_is_contiguous(o.view) &&
           node_count(o.view) == node_count(r->nodes.at[o.root].of);
}

/* The node that picks, of what a pool looked at, the elements it found; -1 = none. */
static int32_t picked_along(const ir *r, const ir_node *pool)
{
    for (int32_t k = 0; k < pool->readers; k++) {
        int32_t at = r->readers.at[pool->reader + k];
        const ir_node *n = &r->nodes.at[at];
        if (n->of->op == OP_PICK && reads_whole(r, n, 0) && reads_whole(r, n, 1) &&
            reads_whole(r, pool, 0) &&
            ir_operand_of(r, n, 0).root == ir_operand_of(r, pool, 0).root)
            return at;
    }
    return -1;
}

/* The pool whose indices operand 1 is, NULL = they come from elsewhere. */
static const ir_node *pool_behind(const heavy *h)
{
    const ir *r = h->l->r;
    const ir_node *pool = &r->nodes.at[operand(h, 1).root];
    return ir_computed(pool) && pool->of->op == OP_POOL_INDEX && reads_whole(r, h->n, 1) ? pool
                                                                                         : NULL;
}

stint_status lower_pool(heavy *h)
{
    lowering *l = h->l;
    pool_args *a = arena_new(&l->p->arena, pool_args, 1);
    int32_t picked = picked_along(l->r, h->n);
    if (!a)
        return STINT_ENOMEM;
    *a = pool_windows(h->of, operand(h, 0).view);
    a->out = l->buffer[h->at];
    a->values = picked < 0 ? -1 : l->buffer[picked];
    TRY(whole_buffer(h, 0, &a->x));
    use_list u = {0};
    use_read(l, &u, a->x);
    use_write(l, &u, a->out);
    if (a->values >= 0)
        use_write(l, &u, a->values);
    return add_step(l, &step_pool, a, &u, h->flops);
}

stint_status lower_pick(heavy *h)
{
    lowering *l = h->l;
    const node *x = operand(h, 0).view, *index = operand(h, 1).view;
    const ir_node *pool = pool_behind(h);
    bool put = h->of->op == OP_PUT;
    if (pool && picked_along(l->r, pool) == h->at)
        return STINT_OK; /* the pool's step did */
    pick_args *a = arena_new(&l->p->arena, pick_args, 1);
    if (!a)
        return STINT_ENOMEM;
    *a = (pick_args){.put = put,
                     .dtype = x->dtype,
                     .rows = x->shape[0],
                     .of = put ? h->of->shape[1] : x->shape[1],
                     .indices = index->shape[1],
                     .out = l->buffer[h->at]};
    if (put && pool) {
        pool_args windows = pool_windows(pool->of, ir_operand_of(l->r, pool, 0).view);
        a->by_two = a->of == windows.size[0] * windows.size[1] ? windows.by_two : NULL;
        a->two_cols = windows.windows[1];
        a->width = windows.size[1];
    }
    TRY(whole_buffer(h, 0, &a->x));
    TRY(whole_buffer(h, 1, &a->index));
    use_list u = {0};
    use_read(l, &u, a->x);
    use_read(l, &u, a->index);
    use_write(l, &u, a->out);
    return add_step(l, &step_pick, a, &u, h->flops);
}
