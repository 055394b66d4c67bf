#include "graph/lower_heavy.h"

#include "base/mem.h"

#include <string.h>

/* Each kind of group as its step's arguments. */

static double flops_of(lowering *l, int32_t group)
{
    double flops = 0;
    for (int32_t i = l->r->groups.at[group].first; i >= 0; i = l->r->nodes.at[i].next) {
        const ir_node *n = &l->r->nodes.at[i];
        flops += n->constant ? 0 : ir_op(n)->flops(n->of);
    }
    return flops;
}

void space_of(element_space *s, const node *n, const axis_map *m)
{
    *s = (element_space){.axes = m->axes};
    for (int i = 0; i < m->axes; i++)
        s->size[i] = n->shape[m->axis[i]];
}

static void space_of_node(element_space *s, const node *n)
{
    axis_map m;
    identity_map(&m, n->axes);
    space_of(s, n, &m);
}

/* ---- element-wise */

/* Axes are merged here, once, for all operands together. */
static void merge_axes(elements_args *a)
{
    const element_program *p = a->body.program;
    int64_t stride[2 * ELEMENT_MOST_REGISTERS][STINT_AXES];
    for (int i = 0; i < p->inputs; i++)
        memcpy(stride[i], a->body.in[i].stride, sizeof stride[i]);
    for (int i = 0; i < p->outputs; i++)
        memcpy(stride[p->inputs + i], a->body.out[i].stride, sizeof stride[i]);
    element_merge(&a->space, p->inputs + p->outputs, stride);
    for (int i = 0; i < p->inputs; i++)
        memcpy(((step_view *)a->body.in)[i].stride, stride[i], sizeof stride[i]);
    for (int i = 0; i < p->outputs; i++)
        memcpy(((step_view *)a->body.out)[i].stride, stride[p->inputs + i], sizeof stride[i]);
}

static stint_status add_elements(lowering *l, elements_args *a, double flops)
{
    use_list u = {0};
    use_in_place(l, &u, &a->body, false, &a->space);
    merge_axes(a);
    return add_step(l, &step_elements, a, &u, flops);
}

stint_status lower_elements(lowering *l, int32_t group)
{
    const node *shape = l->r->nodes.at[l->r->groups.at[group].shape_of].of;
    elements_args *a = arena_new(&l->p->arena, elements_args, 1);
    if (!a)
        return STINT_ENOMEM;
    axis_map m;
    identity_map(&m, shape->axes);
    space_of(&a->space, shape, &m);
    program_request q = {.group = group, .given = -1, .result = -1, .map = &m};
    TRY(lower_program(l, &q, &a->body));
    return add_elements(l, a, flops_of(l, group));
}

/* A program of one value in, one out. */
static stint_status copy_program(lowering *l, element_domain d, const double *constant,
                                 const step_view *from, const step_view *to, step_program *out)
{
    arena *a = &l->p->arena;
    element_program *p = arena_new(a, element_program, 1);
    uint8_t *bytes = arena_alloc(a, 3);
    step_view *views = arena_new(a, step_view, 2);
    double *number = arena_new(a, double, 1);
    if (!p || !bytes || !views || !number)
        return STINT_ENOMEM;
    *number = constant ? *constant : 0;
    bytes[0] = from ? from->dtype : 0;
    bytes[1] = to->dtype;
    bytes[2] = 0;
    *p = (element_program){.domain = d,
                           .inputs = from ? 1 : 0,
                           .constants = constant ? 1 : 0,
                           .registers = 1,
                           .outputs = 1,
                           .in_dtype = bytes,
                           .constant = number,
                           .out_register = bytes + 2,
                           .out_dtype = bytes + 1};
    if (from)
        views[0] = *from;
    views[1] = *to;
    *out = (step_program){.program = p, .in = views, .out = views + 1};
    return STINT_OK;
}

stint_status lower_copy(lowering *l, const element_space *space, const step_view *from,
                        const step_view *to)
{
    elements_args *a = arena_new(&l->p->arena, elements_args, 1);
    if (!a)
        return STINT_ENOMEM;
    a->space = *space;
    TRY(copy_program(l, ir_domain((stint_dtype)to->dtype), NULL, from, to, &a->body));
    use_list u = {0};
    use_program(l, &u, &a->body, false, true);
    merge_axes(a);
    return add_step(l, &step_elements, a, &u, 0);
}

stint_status lower_fill(lowering *l, const element_space *space, double value, const step_view *to)
{
    elements_args *a = arena_new(&l->p->arena, elements_args, 1);
    if (!a)
        return STINT_ENOMEM;
    a->space = *space;
    TRY(copy_program(l, ir_domain((stint_dtype)to->dtype), &value, NULL, to, &a->body));
    use_list u = {0};
    use_program(l, &u, &a->body, false, true);
    merge_axes(a);
    return add_step(l, &step_elements, a, &u, 0);
}

/* ---- operands of heavy nodes */

stint_status operand_view(heavy *h, int k, const axis_map *m, step_view *out)
{
    lowering *l = h->l;
    ir_operand o = operand(h, k);
    const ir_node *root = &l->r->nodes.at[o.root];
    if (!root->constant) {
        *out = view_of(l, o.view, l->buffer[o.root], m);
        out->dtype = root->of->dtype; /* a product reads narrow floats as its view's f32 */
        return STINT_OK;
    }
    int32_t one = plan_buffer_add(l->p, (int64_t)stint_dtype_bytes((stint_dtype)o.view->dtype),
                                  false, "constant");
    if (one < 0)
        return STINT_ENOMEM;
    *out = (step_view){.buffer = one, .dtype = o.view->dtype};
    return lower_fill(l, &(element_space){.axes = 0}, root->value, out);
}

stint_status dense_view(heavy *h, int k, int from, step_view *out)
{
    lowering *l = h->l;
    const node *view = operand(h, k).view;
    axis_map m;
    element_space space;
    identity_map(&m, view->axes);
    space_of(&space, view, &m);
    TRY(operand_view(h, k, &m, out));
    bool dense = true;
    int64_t step = 1;
    for (int i = view->axes - 1; i >= from; i--) {
        dense &= view->shape[i] == 1 || out->stride[i] == step;
        step *= view->shape[i];
    }
    if (dense)
        return STINT_OK;
    step_view copy = {.buffer = plan_buffer_add(l->p, node_bytes(view), false, "copy"),
                      .dtype = view->dtype};
    if (copy.buffer < 0)
        return STINT_ENOMEM;
    step = 1;
    for (int i = view->axes - 1; i >= 0; i--) {
        copy.stride[i] = view->shape[i] == 1 ? 0 : step;
        step *= view->shape[i];
    }
    TRY(lower_copy(l, &space, out, &copy));
    *out = copy;
    return STINT_OK;
}

stint_status after_program(heavy *h, const axis_map *m, step_program *out)
{
    program_request q = {.group = h->group, .given = h->at, .result = -1, .map = m};
    return lower_program(h->l, &q, out);
}

/* ---- reductions */

static void reduce_axes(const heavy *h, const node *x, axis_map *over, axis_map *result)
{
    over->axes = result->axes = 0;
    for (int i = 0, out = 0; i < x->axes; i++) {
        bool goes = h->of->attr.axes >> i & 1;
        if (!goes) {
            over->axis[over->axes++] = i;
            result->axis[result->axes++] = out;
        }
        out += !goes || h->of->attr.keep;
    }
    for (int i = 0; i < x->axes; i++)
        if (h->of->attr.axes >> i & 1)
            over->axis[over->axes++] = i;
}

/* Strides over the space of x as if it lay row-major. */
static void row_major_strides(const node *x, const axis_map *over, int64_t *stride)
{
    int64_t step[STINT_AXES], n = 1;
    for (int i = x->axes - 1; i >= 0; i--) {
        step[i] = n;
        n *= x->shape[i];
    }
    for (int i = 0; i < over->axes; i++)
        stride[i] = x->shape[over->axis[i]] == 1 ? 0 : step[over->axis[i]];
}

static stint_status lower_reduce(heavy *h)
{
    lowering *l = h->l;
    const node *x = operand(h, 0).view;
    reduce_args *a = arena_new(&l->p->arena, reduce_args, 1);
    axis_map over, result;
    element_space kept;
    if (!a)
        return STINT_ENOMEM;
    reduce_axes(h, x, &over, &result);
    space_of(&a->space, x, &over);
    a->kept = result.axes;
    row_major_strides(x, &over, a->row_major);
    a->combine = (element_op)ir_op(h->n)->code;
    program_request q = {
        .group = h->group, .before = true, .given = -1, .result = h->at, .map = &over};
    TRY(lower_program(l, &q, &a->before));
    TRY(after_program(h, &result, &a->after));
    reduce_cut(a);
    a->partial = -1;
    if (a->partial_bytes > 0 &&
        (a->partial = plan_buffer_add(l->p, a->partial_bytes, false, "partial")) < 0)
        return STINT_ENOMEM;
    use_list u = {0};
    use_program(l, &u, &a->before, false, false);
    use_write(l, &u, a->partial);
    space_of(&kept, h->of, &result);
    use_in_place(l, &u, &a->after, true, &kept);
    return add_step(l, &step_reduce, a, &u, h->flops);
}

/* ---- rows */

static stint_status lower_row(heavy *h)
{
    lowering *l = h->l;
    const node *x = operand(h, 0).view;
    rows_args *a = arena_new(&l->p->arena, rows_args, 1);
    axis_map m;
    element_space result;
    if (!a)
        return STINT_ENOMEM;
    *a = (rows_args){.op = (row_op)ir_op(h->n)->code,
                     .domain = ir_domain((stint_dtype)x->dtype),
                     .label = {.buffer = -1},
                     .eps = h->of->attr.value};
    space_of_node(&a->space, x);
    TRY(dense_view(h, 0, x->axes - 1, &a->x));
    identity_map(&m, x->axes - 1);
    if (h->n->operands > 1)
        TRY(operand_view(h, 1, &m, &a->label));
    identity_map(&m, h->of->axes);
    TRY(after_program(h, &m, &a->after));
    use_list u = {0};
    use_read(l, &u, a->x.buffer);
    use_read(l, &u, a->label.buffer);
    space_of(&result, h->of, &m);
    use_in_place(l, &u, &a->after, true, &result);
    return add_step(l, &step_rows, a, &u, h->flops);
}

/* ---- matrix products */

static stint_status lower_matmul(heavy *h)
{
    lowering *l = h->l;
    matmul_args *a = arena_new(&l->p->arena, matmul_args, 1);
    axis_map m;
    if (!a)
        return STINT_ENOMEM;
    identity_map(&m, h->of->axes);
    space_of(&a->space, h->of, &m);
    const node *left = operand(h, 0).view;
    a->k = left->shape[left->axes - 1];
    TRY(operand_view(h, 0, &m, &a->a));
    TRY(operand_view(h, 1, &m, &a->b));
    TRY(after_program(h, &m, &a->after));
    matmul_cut(a);
    a->shared = -1;
    if (a->gemm.shared_bytes > 0 &&
        (a->shared = plan_buffer_add(l->p, (int64_t)a->gemm.shared_bytes, false, "panels")) < 0)
        return STINT_ENOMEM;
    use_list u = {0};
    use_read(l, &u, a->a.buffer);
    use_read(l, &u, a->b.buffer);
    use_write(l, &u, a->shared);
    use_in_place(l, &u, &a->after, true, &a->space);
    return add_step(l, &step_matmul, a, &u, h->flops);
}

/* ---- pieces into parts of the output */

step_view output_view(const heavy *h, const axis_map *m)
{
    return view_of(h->l, h->of, h->l->buffer[h->at], m);
}

/* The part of the output from `begin` along the axis, of `size`. */
static void part_of(const heavy *h, int64_t begin, int64_t size, element_space *space,
                    step_view *to)
{
    axis_map m;
    identity_map(&m, h->of->axes);
    int axis = h->of->attr.axis;
    space_of(space, h->of, &m);
    *to = output_view(h, &m);
    space->size[axis] = size;
    to->offset += begin * h->of->stride[axis];
}

static stint_status lower_pad(heavy *h)
{
    const op_attributes *at = &h->of->attr;
    const node *x = operand(h, 0).view;
    int64_t size = x->shape[at->axis];
    element_space space;
    step_view to, from;
    axis_map m;
    identity_map(&m, x->axes);
    const struct {
        int64_t begin, size;
    } fill[] = {{0, at->at[0]}, {at->at[0] + size, at->at[1]}};
    for (int i = 0; i < 2; i++) {
        part_of(h, fill[i].begin, fill[i].size, &space, &to);
        if (fill[i].size > 0)
            TRY(lower_fill(h->l, &space, at->value, &to));
    }
    part_of(h, at->at[0], size, &space, &to);
    TRY(operand_view(h, 0, &m, &from));
    return lower_copy(h->l, &space, &from, &to);
}

static stint_status lower_concat(heavy *h)
{
    int64_t begin = 0;
    axis_map m;
    identity_map(&m, h->of->axes);
    for (int k = 0; k < h->n->operands; k++) {
        int64_t size = operand(h, k).view->shape[h->of->attr.axis];
        element_space space;
        step_view to, from;
        part_of(h, begin, size, &space, &to);
        TRY(operand_view(h, k, &m, &from));
        TRY(lower_copy(h->l, &space, &from, &to));
        begin += size;
    }
    return STINT_OK;
}

static stint_status lower_join(heavy *h)
{
    return h->of->op == OP_PAD ? lower_pad(h) : lower_concat(h);
}

/* ---- by index */

/* A view's strides spread over a space in which the axis is replaced by the index's axes: those
 * have stride 0. */
static void spread_axis(const node *x, const step_view *v, int axis, int index_axes, step_view *out)
{
    *out = *v;
    memset(out->stride, 0, sizeof out->stride);
    for (int i = 0; i < axis; i++)
        out->stride[i] = v->stride[i];
    for (int i = axis + 1; i < x->axes; i++)
        out->stride[i + index_axes - 1] = v->stride[i];
}

static void spread_index(const node *index, const step_view *v, int axis, step_view *out)
{
    *out = *v;
    memset(out->stride, 0, sizeof out->stride);
    for (int i = 0; i < index->axes; i++)
        out->stride[axis + i] = v->stride[i];
}

static stint_status lower_gather(heavy *h)
{
    lowering *l = h->l;
    const node *x = operand(h, 0).view, *index = operand(h, 1).view;
    int axis = h->of->attr.axis;
    gather_args *a = arena_new(&l->p->arena, gather_args, 1);
    axis_map m;
    step_view v;
    if (!a)
        return STINT_ENOMEM;
    identity_map(&m, x->axes);
    TRY(operand_view(h, 0, &m, &v));
    a->axis_size = x->shape[axis];
    a->axis_stride = v.stride[axis];
    spread_axis(x, &v, axis, index->axes, &a->x);
    identity_map(&m, index->axes);
    TRY(operand_view(h, 1, &m, &v));
    spread_index(index, &v, axis, &a->index);
    identity_map(&m, h->of->axes);
    space_of(&a->space, h->of, &m);
    a->out = output_view(h, &m);
    use_list u = {0};
    use_read(l, &u, a->x.buffer);
    use_read(l, &u, a->index.buffer);
    use_write(l, &u, a->out.buffer);
    return add_step(l, &step_gather, a, &u, h->flops);
}

static stint_status lower_scatter(heavy *h)
{
    lowering *l = h->l;
    const node *x = operand(h, 0).view, *index = operand(h, 1).view;
    int axis = h->of->attr.axis;
    scatter_args *a = arena_new(&l->p->arena, scatter_args, 1);
    axis_map m;
    step_view v;
    if (!a)
        return STINT_ENOMEM;
    identity_map(&m, x->axes);
    space_of(&a->space, x, &m);
    TRY(operand_view(h, 0, &m, &a->x));
    identity_map(&m, index->axes);
    TRY(operand_view(h, 1, &m, &v));
    spread_index(index, &v, axis, &a->index);
    identity_map(&m, h->of->axes);
    v = output_view(h, &m);
    a->axis_size = h->of->shape[axis];
    a->axis_stride = h->of->stride[axis];
    a->out_count = node_count(h->of);
    spread_axis(h->of, &v, axis, index->axes, &a->out);
    use_list u = {0};
    use_read(l, &u, a->x.buffer);
    use_read(l, &u, a->index.buffer);
    use_write(l, &u, a->out.buffer);
    return add_step(l, &step_scatter_add, a, &u, h->flops);
}

static stint_status lower_random(heavy *h)
{
    lowering *l = h->l;
    random_args *a = arena_new(&l->p->arena, random_args, 1);
    step_view generator;
    if (!a)
        return STINT_ENOMEM;
    TRY(dense_view(h, 0, 0, &generator));
    *a = (random_args){.normal = h->of->attr.at[0] == 1,
                       .count = node_count(h->of),
                       .dtype = h->of->dtype,
                       .generator = generator.buffer,
                       .out = l->buffer[h->at]};
    use_list u = {0};
    use_read(l, &u, a->generator);
    use_write(l, &u, a->out);
    return add_step(l, &step_random, a, &u, h->flops);
}

static stint_status (*const lower_kind[])(heavy *) = {
    [OP_KIND_REDUCE] = lower_reduce,
    [OP_KIND_ROW] = lower_row,
    [OP_KIND_MATMUL] = lower_matmul,
    [OP_KIND_JOIN] = lower_join,
    [OP_KIND_GATHER] = lower_gather,
    [OP_KIND_SCATTER] = lower_scatter,
    [OP_KIND_RANDOM] = lower_random,
    [OP_KIND_SEQUENCE] = lower_sequence,
    [OP_KIND_SEQUENCE_BACK] = lower_sequence_back,
    [OP_KIND_CONVOLVE] = lower_convolve,
    [OP_KIND_CONVOLVE_WEIGHT] = lower_convolve_weight,
    [OP_KIND_FOLD] = lower_fold,
    [OP_KIND_POOL] = lower_pool,
    [OP_KIND_PICK] = lower_pick,
};

stint_status lower_heavy(lowering *l, int32_t group)
{
    int32_t at = l->r->groups.at[group].heavy;
    const ir_node *n = &l->r->nodes.at[at];
    heavy h = {l, group, at, n, n->of, flops_of(l, group)};
    return lower_kind[ir_op(n)->kind](&h);
}
