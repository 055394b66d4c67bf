#include "graph/lower.h"

#include "base/mem.h"
#include "graph/graph_impl.h"

#include <assert.h>
#include <string.h>

/* ---- which values need memory, and which buffer that is */

/* A value stays in a register when every reader is a later member of its own program. */
static bool read_in_registers(ir *r, int32_t i)
{
    const ir_node *n = &r->nodes.at[i];
    int32_t group = ir_group_of(r, i);
    for (int32_t k = 0; k < n->readers; k++) {
        int32_t at = r->readers.at[n->reader + k];
        const ir_node *reader = &r->nodes.at[at];
        if (ir_group_of(r, at) != group)
            return false;
        if (ir_op(reader)->kind != OP_KIND_ELEMENT && !n->before)
            return false;
    }
    return true;
}

static void find_buffered(ir *r)
{
    for (int32_t i = 0; i < r->nodes.n; i++) {
        ir_node *n = &r->nodes.at[i];
        if (n->group >= 0)
            n->buffer = n->output || !read_in_registers(r, i);
        else
            n->buffer = n->leaf && n->live;
    }
}

/* What a node overwrites comes before it in the list. */
static void find_bottoms(lowering *l)
{
    const ir *r = l->r;
    for (int32_t i = 0; i < r->nodes.n; i++) {
        int32_t old = r->nodes.at[i].overwrites;
        l->bottom[i] = old < 0 ? i : l->bottom[ir_find(r, old)];
    }
}

static stint_status bind(lowering *l, int32_t node, bool output)
{
    binding b = {l->buffer[l->bottom[node]], node, output};
    return vec_push(l->r->c, TAG_PLAN, &l->bindings, b);
}

static stint_status make_buffers(lowering *l)
{
    ir *r = l->r;
    bool *outside = mem_new(r->c, TAG_PLAN, bool, r->nodes.n + 1);
    if (!outside)
        return STINT_ENOMEM;
    for (int32_t i = 0; i < r->nodes.n; i++)
        outside[l->bottom[i]] |= r->nodes.at[i].output || r->nodes.at[i].leaf;
    stint_status s = STINT_OK;
    for (int32_t i = 0; i < r->nodes.n && !s; i++) {
        const ir_node *n = &r->nodes.at[i];
        int32_t base = l->bottom[i];
        if (!n->buffer)
            continue;
        if (l->buffer[base] < 0) {
            l->buffer[base] = plan_buffer_add(
                l->p, node_bytes(n->of), outside[base],
                r->nodes.at[base].leaf ? "leaf" : op_table[r->nodes.at[base].of->op].text);
            s = l->buffer[base] < 0 ? STINT_ENOMEM : STINT_OK;
            if (!s && r->nodes.at[base].leaf)
                s = bind(l, base, false);
        }
        l->buffer[i] = l->buffer[base];
        if (!s && n->output)
            s = bind(l, i, true);
    }
    mem_free(outside);
    return s;
}

/* ---- views */

void identity_map(axis_map *m, int axes)
{
    m->axes = axes;
    for (int i = 0; i < axes; i++)
        m->axis[i] = i;
}

step_view view_of(const lowering *l, const node *view, int32_t buffer, const axis_map *m)
{
    step_view v = {.buffer = buffer, .dtype = view->dtype, .offset = view->offset};
    (void)l;
    for (int i = 0; i < m->axes; i++)
        v.stride[i] = view->shape[m->axis[i]] == 1 ? 0 : view->stride[m->axis[i]];
    return v;
}

/* ---- uses */

static void use_add(const lowering *l, use_list *u, int32_t buffer, bool write)
{
    if (buffer < 0)
        return;
    for (int i = 0; i < u->n; i++)
        if (u->at[i].buffer == buffer && u->at[i].write == write)
            return;
    assert(u->n < USES_MOST);
    u->at[u->n++] = (plan_use){buffer, write, -1};
    u->bytes += (double)l->p->buffers.at[buffer].bytes;
}

void use_read(const lowering *l, use_list *u, int32_t buffer)
{
    use_add(l, u, buffer, false);
}

void use_write(const lowering *l, use_list *u, int32_t buffer)
{
    use_add(l, u, buffer, true);
}

void use_program(const lowering *l, use_list *u, const step_program *s, bool given, bool stores)
{
    for (int i = given; i < s->program->inputs; i++)
        use_read(l, u, s->in[i].buffer);
    for (int i = 0; stores && i < s->program->outputs; i++)
        use_write(l, u, s->out[i].buffer);
}

static bool same_walk(const step_view *a, const step_view *b, const element_space *space)
{
    if (stint_dtype_bytes((stint_dtype)a->dtype) != stint_dtype_bytes((stint_dtype)b->dtype) ||
        a->offset != 0 || b->offset != 0)
        return false;
    return memcmp(a->stride, b->stride, sizeof a->stride[0] * (size_t)space->axes) == 0;
}

/* Every read of a buffer by the program walks as `out` does. */
static bool replaceable(const step_program *s, bool given, int32_t buffer, const step_view *out,
                        const element_space *space)
{
    bool read = false;
    for (int i = given; i < s->program->inputs; i++)
        if (s->in[i].buffer == buffer) {
            if (!same_walk(&s->in[i], out, space))
                return false;
            read = true;
        }
    return read;
}

/* By the step beside the program; or another output lies there already. */
static bool used_otherwise(const use_list *u, int32_t buffer, bool write)
{
    for (int i = 0; i < u->n; i++)
        if (u->at[i].buffer == buffer && u->at[i].write == write)
            return true;
    return false;
}

void use_in_place(const lowering *l, use_list *u, const step_program *s, bool given,
                  const element_space *space)
{
    use_list heavy = *u; /* what the step reads beside the program */
    use_program(l, u, s, given, true);
    int next = given;
    for (int o = 0; o < s->program->outputs; o++) {
        for (int i = next; i < s->program->inputs; i++) {
            int32_t b = s->in[i].buffer;
            if (used_otherwise(&heavy, b, false) || used_otherwise(u, b, true) ||
                !replaceable(s, given, b, &s->out[o], space))
                continue;
            for (int k = 0; k < u->n; k++)
                if (u->at[k].write && u->at[k].buffer == s->out[o].buffer)
                    u->at[k].may_replace = b;
            next = i + 1;
            break;
        }
    }
}

stint_status add_step(lowering *l, const step_class *class, const void *args, const use_list *u,
                      double flops)
{
    l->flops += flops;
    return plan_step_add(l->p, class, args, u->at, u->n, flops, u->bytes);
}

/* ---- all of it */

stint_status lower(lowering *l)
{
    ir *r = l->r;
    l->buffer = mem_new(r->c, TAG_PLAN, int32_t, 2 * r->nodes.n + 1);
    if (!l->buffer)
        return STINT_ENOMEM;
    l->bottom = l->buffer + r->nodes.n;
    memset(l->buffer, -1, (size_t)r->nodes.n * sizeof *l->buffer);
    find_bottoms(l);
    find_buffered(r);
    stint_status s = make_buffers(l);
    for (int64_t i = 0; i < r->order.n && !s; i++) {
        int32_t group = r->order.at[i];
        s = r->groups.at[group].heavy >= 0 ? lower_heavy(l, group) : lower_elements(l, group);
    }
    mem_free(l->buffer);
    l->buffer = l->bottom = NULL;
    return s ? s : plan_finish(l->p);
}
