#include "graph/ir.h"

#include "graph/graph_impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- which nodes */

typedef struct reach {
    ir *r;
    VEC(node *) found; /* roots */
    VEC(node *) views; /* on the way to them; index counts who holds one, within the list */
} reach;

static stint_status reach_root(reach *w, node *n)
{
    int32_t mark = w->r->g->mark;
    for (; n->root != n; n = n->in[0]) { /* views are not in the list */
        if (n->mark == mark)
            return STINT_OK;
        n->mark = mark;
        n->index = 0;
        TRY(vec_push(w->r->c, TAG_GRAPH, &w->views, n));
    }
    if (n->mark == mark)
        return STINT_OK;
    n->mark = mark;
    return vec_push(w->r->c, TAG_GRAPH, &w->found, n);
}

static bool has_value(const node *n)
{
    return n->op == OP_VALUE || n->value;
}

static stint_status reach_inputs(reach *w, int64_t from)
{
    for (int64_t i = from; i < w->found.n; i++) {
        node *n = w->found.at[i];
        for (int k = 0; !has_value(n) && k < n->inputs; k++)
            TRY(reach_root(w, n->in[k]));
    }
    return STINT_OK;
}

/* Pending readers of a value that is about to be overwritten are computed too: later they would
 * read the new one. */
static stint_status reach_readers(reach *w)
{
    graph *g = w->r->g;
    for (bool grew = true; grew;) {
        grew = false;
        for (node *n = g->first; n; n = n->after) {
            if (n->mark == g->mark || !n->pending)
                continue;
            for (int k = 0; k < n->inputs; k++) {
                const node *by = n->in[k]->root->overwritten_by;
                if (by && by->mark == g->mark && n->id < by->id && n->mark != g->mark) {
                    int64_t from = w->found.n;
                    TRY(reach_root(w, n));
                    TRY(reach_inputs(w, from));
                    grew = true;
                }
            }
        }
    }
    return STINT_OK;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = (*(node *const *)a)->id, y = (*(node *const *)b)->id;
    return (x > y) - (x < y);
}

static stint_status reach_all(reach *w, int64_t targets, node *const *target)
{
    w->r->g->mark++;
    for (int64_t i = 0; i < targets; i++)
        TRY(reach_root(w, target[i]));
    TRY(reach_inputs(w, 0));
    bool overwrites = false;
    for (int64_t i = 0; i < w->found.n; i++)
        overwrites |= w->found.at[i]->in_place && !w->found.at[i]->value;
    if (overwrites)
        TRY(reach_readers(w));
    if (w->found.n > 1)
        qsort(w->found.at, (size_t)w->found.n, sizeof *w->found.at, by_id);
    return STINT_OK;
}

/* ---- the list */

static stint_status add_node(ir *r, node *n)
{
    ir_node made = {.of = n,
                    .operand = (int32_t)r->operands.n,
                    .overwrites = -1,
                    .overwritten = -1,
                    .same = -1,
                    .group = -1,
                    .next = -1,
                    .leaf = has_value(n),
                    .constant = n->op == OP_FULL && !n->value,
                    .live = true,
                    .value = n->attr.value};
    n->index = (int32_t)r->nodes.n;
    for (int k = 0; !made.leaf && k < n->inputs; k++) {
        ir_operand o = {n->in[k]->root->index, n->in[k]};
        TRY(vec_push(r->c, TAG_GRAPH, &r->operands, o));
        made.operands++;
    }
    if (n->in_place && !made.leaf) {
        made.overwrites = n->in[0]->root->index;
        r->nodes.at[made.overwrites].overwritten = n->index;
    }
    return vec_push(r->c, TAG_GRAPH, &r->nodes, made);
}

static int32_t *held_by_list(ir *r, node *n)
{
    return n->root == n ? &r->nodes.at[n->index].readers : &n->index;
}

/* Outputs are what is held by more than the list's own nodes and views: by a handle, a tape's
 * graph, pending work that is not computed now.  A view that is so held means its root. */
static void mark_held(ir *r, const reach *w)
{
    for (int64_t i = 0; i < r->operands.n; i++)
        ++*held_by_list(r, (node *)r->operands.at[i].view);
    for (int64_t i = 0; i < w->views.n; i++) {
        ++*held_by_list(r, w->views.at[i]->in[0]);
        ++*held_by_list(r, w->views.at[i]->root);
    }
    for (int64_t i = 0; i < r->nodes.n; i++) {
        ir_node *n = &r->nodes.at[i];
        n->output = n->of->refs > n->readers;
        n->readers = 0;
    }
    for (int64_t i = 0; i < w->views.n; i++)
        if (w->views.at[i]->refs > w->views.at[i]->index)
            r->nodes.at[w->views.at[i]->root->index].output = true;
}

/* What writes over a value that lies in memory already, and what a tape may ask for that reads
 * such a value: neither can be computed a second time. */
static void mark_once(ir *r)
{
    for (int64_t i = 0; i < r->nodes.n; i++) {
        ir_node *n = &r->nodes.at[i];
        if (n->overwrites < 0)
            continue;
        ir_node *old = &r->nodes.at[n->overwrites];
        old->lost = old->leaf || (old->overwrites >= 0 && r->nodes.at[old->overwrites].lost);
    }
    for (int64_t i = 0; i < r->nodes.n; i++) {
        ir_node *n = &r->nodes.at[i];
        n->output |= n->overwrites >= 0 && r->nodes.at[n->overwrites].lost;
        for (int k = 0; n->of->tracked && k < n->operands; k++)
            n->output |= r->nodes.at[r->operands.at[n->operand + k].root].lost;
    }
}

static void mark_outputs(ir *r, const reach *w, int64_t targets, node *const *target, bool eager)
{
    if (eager) {
        mark_held(r, w);
        mark_once(r);
    }
    for (int64_t i = 0; i < targets; i++)
        r->nodes.at[target[i]->root->index].output = true;
    for (int64_t i = 0; i < r->nodes.n; i++) {
        r->nodes.at[i].output &= !r->nodes.at[i].leaf;
        if (r->nodes.at[i].overwrites >= 0)
            r->nodes.at[r->nodes.at[i].overwrites].output = false;
    }
}

stint_status ir_build(ir *r, graph *g, int64_t targets, node *const *target, bool eager)
{
    *r = (ir){.g = g, .c = g->ctx};
    reach w = {.r = r};
    stint_status s = reach_all(&w, targets, target);
    for (int64_t i = 0; i < w.found.n && !s; i++)
        s = add_node(r, w.found.at[i]);
    if (!s)
        mark_outputs(r, &w, targets, target, eager);
    r->made = w.found.n + w.views.n;
    vec_free(&w.found);
    vec_free(&w.views);
    return s;
}

void ir_deinit(ir *r)
{
    vec_free(&r->nodes);
    vec_free(&r->operands);
    vec_free(&r->readers);
    vec_free(&r->groups);
    vec_free(&r->order);
    vec_free(&r->open);
}

/* ---- hash */

static void hash_strides(hasher *h, const node *n)
{
    hash_add(h, &n->offset, sizeof n->offset);
    hash_add(h, n->stride, sizeof n->stride[0] * n->axes);
}

static void hash_node(hasher *h, const ir *r, const ir_node *i)
{
    const node *n = i->of;
    const op_attributes *a = &n->attr;
    int32_t head[] = {
        i->leaf ? OP_VALUE : n->op, n->dtype, n->axes, i->operands, i->output, i->overwrites};
    hash_add(h, head, sizeof head);
    hash_add(h, n->shape, sizeof n->shape[0] * n->axes);
    hash_strides(h, n);
    if (i->leaf)
        return;
    int64_t attributes[] = {a->axis, a->axes, a->keep, a->dtype};
    hash_add(h, a->at, sizeof a->at);
    hash_add(h, attributes, sizeof attributes);
    hash_add(h, &a->value, sizeof a->value);
    for (int k = 0; k < i->operands; k++) {
        const ir_operand *o = &r->operands.at[i->operand + k];
        hash_add(h, &o->root, sizeof o->root);
        hash_add(h, &o->view->axes, sizeof o->view->axes);
        hash_add(h, o->view->shape, sizeof o->view->shape[0] * o->view->axes);
        hash_strides(h, o->view);
    }
}

stint_status ir_hash(const ir *r, hash128 *out)
{
    hasher *h = hash_begin(r->c);
    if (!h)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < r->nodes.n; i++)
        hash_node(h, r, &r->nodes.at[i]);
    *out = hash_end(h);
    return STINT_OK;
}

/* ---- reading */

bool ir_same_shape(const node *a, const node *b)
{
    return a->axes == b->axes && memcmp(a->shape, b->shape, sizeof a->shape[0] * a->axes) == 0;
}

bool ir_direct(const ir *r, ir_operand o)
{
    const node *root = r->nodes.at[o.root].of, *v = o.view;
    if (!ir_same_shape(root, v) || v->offset != root->offset)
        return false;
    for (int i = 0; i < v->axes; i++)
        if (v->shape[i] != 1 && v->stride[i] != root->stride[i])
            return false;
    return true;
}

int32_t ir_group_of(ir *r, int32_t i)
{
    int32_t g = r->nodes.at[i].group;
    if (g < 0)
        return -1;
    while (r->groups.at[g].parent != g)
        g = r->groups.at[g].parent;
    return r->nodes.at[i].group = g;
}

element_domain ir_domain(stint_dtype d)
{
    switch (d) {
    case STINT_F64: return ELEMENT_F64;
    case STINT_F32:
    case STINT_F16:
    case STINT_BF16: return ELEMENT_F32;
    default: return ELEMENT_I64;
    }
}
