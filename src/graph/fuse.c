#include "graph/ir.h"

#include "graph/graph_impl.h"

#include <stdlib.h>

/* Nodes into groups; a group becomes one step.  A group is a heavy node (a matrix product, a
 * reduction, …) with an element-wise program after it, for a reduction one before it too; or a
 * program alone.
 *
 * First, from the last node to the first: an element-wise node joins its readers where all of
 * them are in one group and read it in place.  Nothing can stand between, so no order is broken,
 * but where it reads a value that is overwritten in place: such nodes wait for the second walk.
 * Then, from the first to the last: a node's group is merged with its operands' groups where that
 * makes no cycle: no third group may depend on one and be needed by the other.  The search for
 * such a group looks at no group older than the one sought, and gives up, refusing, after
 * SEARCH_MOST groups; what it can miss, the scheduler finds (schedule.c).
 *
 * Last, recurrent nets take the products of their inputs: the one group with two heavy nodes. */

/* Each operand from outside and each member may need a register till the end of the program;
 * two are for its temporaries. */
enum { SEARCH_MOST = 160, MEMBERS_MOST = 40, OPERANDS_MOST = 26 };
enum { REGISTERS_MOST = ELEMENT_MOST_REGISTERS - 2 };

static ir_node *node_at(const ir *r, int32_t i)
{
    return &r->nodes.at[i];
}

static ir_group *group_at(const ir *r, int32_t i)
{
    return &r->groups.at[i];
}

static bool is_element(const ir_node *n)
{
    return ir_op(n)->kind == OP_KIND_ELEMENT;
}

/* In which domain an element-wise node computes: its result's, but a bool's is its operands',
 * and bools read as numbers fit any; f64 becomes f32 in the domain that it has. */
static int8_t domain_of(const ir *r, const ir_node *n)
{
    const node *of = n->of;
    const ir_node *wide = of->op == OP_CAST ? node_at(r, ir_operand_of(r, n, 0).root) : NULL;
    if (of->dtype == STINT_F32 && wide && ir_computed(wide) && wide->domain == ELEMENT_F64)
        return ELEMENT_F64; /* rounded where the f64 is made */
    if (of->dtype != STINT_BOOL)
        return (int8_t)ir_domain((stint_dtype)of->dtype);
    for (int k = n->operands - 1; k >= 0; k--) {
        ir_operand o = ir_operand_of(r, n, k);
        const ir_node *from = node_at(r, o.root);
        if (o.view->dtype != STINT_BOOL)
            return (int8_t)ir_domain((stint_dtype)o.view->dtype);
        if (ir_computed(from) && is_element(from))
            return from->domain;
    }
    return ELEMENT_F32;
}

/* The domain of the programs beside a heavy node, -1 where there are none. */
static int8_t heavy_domain(const ir *r, const ir_node *n)
{
    switch (ir_op(n)->kind) {
    case OP_KIND_MATMUL:
    case OP_KIND_CONVOLVE:
    case OP_KIND_REDUCE:
    case OP_KIND_ROW: return (int8_t)ir_domain((stint_dtype)n->of->dtype);
    default: (void)r; return -1;
    }
}

/* Integers narrower than their registers wrap when they are stored, so they are, each time. */
static bool wraps(const node *n)
{
    return n->dtype == STINT_I32 || n->dtype == STINT_U8;
}

static stint_status make_groups(ir *r)
{
    for (int32_t i = 0; i < r->nodes.n; i++) {
        ir_node *n = node_at(r, i);
        if (!ir_computed(n) && !(n->live && n->constant && n->output))
            continue;
        bool element = n->constant || is_element(n);
        n->domain = n->constant ? (int8_t)ir_domain((stint_dtype)n->of->dtype)
                    : element   ? domain_of(r, n)
                                : heavy_domain(r, n);
        n->group = (int32_t)r->groups.n;
        ir_group g = ir_group_alone(n, i);
        g.fusible = n->domain >= 0 && !n->constant && !wraps(n->of);
        TRY(vec_push(r->c, TAG_GRAPH, &r->groups, g));
    }
    return STINT_OK;
}

/* ---- merging */

/* Members of two lists, ascending. */
static void join_members(ir *r, ir_group *into, const ir_group *from)
{
    int32_t a = into->first, b = from->first, head = -1, tail = -1;
    while (a >= 0 || b >= 0) {
        int32_t *take = b < 0 || (a >= 0 && a < b) ? &a : &b;
        int32_t i = *take;
        *take = node_at(r, i)->next;
        if (tail >= 0)
            node_at(r, tail)->next = i;
        else
            head = i;
        tail = i;
        node_at(r, i)->next = -1;
    }
    into->first = head;
    into->last = tail;
}

static void merge(ir *r, int32_t a, int32_t b)
{
    if (group_at(r, b)->heavy >= 0) {
        int32_t t = a;
        a = b;
        b = t;
    }
    ir_group *into = group_at(r, a), *from = group_at(r, b);
    join_members(r, into, from);
    into->members += from->members;
    into->least = into->least < from->least ? into->least : from->least;
    into->most = into->most > from->most ? into->most : from->most;
    from->parent = a;
}

static int operands_of(const ir *r, const ir_group *g)
{
    int total = 0;
    for (int32_t i = g->first; i >= 0; i = node_at(r, i)->next)
        total += node_at(r, i)->operands;
    return total - (g->members - 1); /* at least one each comes from within */
}

static bool fits(const ir *r, const ir_group *a, const ir_group *b)
{
    int members = a->members + b->members, operands = operands_of(r, a) + operands_of(r, b);
    return members <= MEMBERS_MOST && operands <= OPERANDS_MOST &&
           members + operands <= REGISTERS_MOST;
}

/* An in-place member and another that reads the old value in another way than element by element
 * of the program after the heavy node cannot be one step. */
static bool reads_in_place(ir *r, const ir_group *a, const ir_group *b)
{
    for (int32_t i = a->first; i >= 0; i = node_at(r, i)->next) {
        int32_t old = node_at(r, i)->overwrites;
        if (old < 0)
            continue;
        for (int32_t j = b->first; j >= 0; j = node_at(r, j)->next) {
            const ir_node *n = node_at(r, j);
            for (int k = 0; k < n->operands; k++) {
                ir_operand o = ir_operand_of(r, n, k);
                if (o.root == old && (!is_element(n) || n->before || !ir_direct(r, o)))
                    return false;
            }
        }
    }
    return true;
}

static bool in_place_allows(ir *r, const ir_group *a, const ir_group *b)
{
    return reads_in_place(r, a, b) && reads_in_place(r, b, a);
}

/* ---- the first walk: readers take what they alone read */

/* The one group in which all readers are, -1 = none; each must read it directly. */
static int32_t only_group(ir *r, int32_t i)
{
    const ir_node *n = node_at(r, i);
    int32_t group = -1;
    for (int32_t k = 0; k < n->readers; k++) {
        const ir_node *reader = node_at(r, r->readers.at[n->reader + k]);
        int32_t g = ir_group_of(r, r->readers.at[n->reader + k]);
        if (group >= 0 && g != group)
            return -1;
        group = g;
        for (int o = 0; o < reader->operands; o++)
            if (ir_operand_of(r, reader, o).root == i && !ir_direct(r, ir_operand_of(r, reader, o)))
                return -1;
    }
    return group;
}

/* A value that is overwritten outside the group must be read before that, and the group may come
 * after it: the second walk looks. */
static bool reads_too_late(ir *r, const ir_node *n, int32_t group)
{
    for (int k = 0; k < n->operands; k++) {
        int32_t by = node_at(r, ir_operand_of(r, n, k).root)->overwritten;
        if (by >= 0 && node_at(r, by)->live && ir_group_of(r, by) != group &&
            group_at(r, group)->most > by)
            return true;
    }
    return false;
}

/* Whether it would stand before the reduction: read by it, or by members that do. */
static bool is_before(const ir *r, const ir_group *g, const ir_node *n)
{
    const ir_node *reader = node_at(r, r->readers.at[n->reader]);
    bool heavy = g->heavy >= 0 && reader == node_at(r, g->heavy);
    return heavy || reader->before;
}

static void join_readers(ir *r, int32_t i)
{
    ir_node *n = node_at(r, i);
    if (n->output || n->overwrites >= 0 || n->readers == 0 || !is_element(n))
        return;
    int32_t to = only_group(r, i);
    ir_group *g = to < 0 ? NULL : group_at(r, to);
    const ir_group *own = group_at(r, n->group);
    if (!g || !g->fusible || !own->fusible || g->domain != n->domain || !fits(r, g, own))
        return;
    if (reads_too_late(r, n, to))
        return;
    bool before = is_before(r, g, n);
    if (before && ir_op(node_at(r, g->heavy))->kind != OP_KIND_REDUCE)
        return;
    for (int32_t k = 0; k < n->readers; k++) /* all before, or all after */
        if ((node_at(r, r->readers.at[n->reader + k])->before ||
             r->readers.at[n->reader + k] == g->heavy) != before)
            return;
    if (!before && !ir_same_shape(n->of, node_at(r, g->shape_of)->of))
        return;
    n->before = before;
    if (!in_place_allows(r, g, group_at(r, n->group))) {
        n->before = false;
        return;
    }
    merge(r, to, n->group);
}

/* ---- the second walk: groups are merged where no third stands between */

typedef struct search {
    ir *r;
    int32_t target;
    int visited;
    bool found;
} search;

static stint_status look_at(search *s, int32_t node, int32_t except)
{
    int32_t g = ir_group_of(s->r, node);
    if (g < 0 || g == except || group_at(s->r, g)->seen == s->r->search)
        return STINT_OK;
    group_at(s->r, g)->seen = s->r->search;
    s->found |= g == s->target;
    if (group_at(s->r, g)->most < group_at(s->r, s->target)->least)
        return STINT_OK;
    s->visited++;
    return vec_push(s->r->c, TAG_GRAPH, &s->r->open, g);
}

/* What must be done before a group: its operands, and other readers of what it overwrites. */
static stint_status look_before(search *s, int32_t group, int32_t except)
{
    ir *r = s->r;
    for (int32_t i = group_at(r, group)->first; i >= 0; i = node_at(r, i)->next) {
        const ir_node *n = node_at(r, i);
        for (int k = 0; k < n->operands; k++)
            TRY(look_at(s, ir_operand_of(r, n, k).root, except));
        const ir_node *old = n->overwrites < 0 ? NULL : node_at(r, n->overwrites);
        for (int32_t k = 0; old && k < old->readers; k++)
            TRY(look_at(s, r->readers.at[old->reader + k], except));
    }
    return STINT_OK;
}

/* Whether `from` needs `target` through a third group; true when the search gives up. */
static bool needs_through(ir *r, int32_t from, int32_t target)
{
    search s = {.r = r, .target = target};
    r->search++;
    r->open.n = 0;
    group_at(r, from)->seen = r->search;
    /* direct needs are no third group's: look past the target once */
    bool failed = look_before(&s, from, target) != STINT_OK;
    while (!failed && !s.found && r->open.n > 0 && s.visited < SEARCH_MOST) {
        int32_t g = r->open.at[--r->open.n];
        failed = look_before(&s, g, from) != STINT_OK;
    }
    r->failed |= failed;
    return failed || s.found || s.visited >= SEARCH_MOST;
}

/* Whatever one reads of the other it must read element by element, after the heavy node. */
static bool reads_allow(ir *r, int32_t a, int32_t b)
{
    for (int32_t i = group_at(r, a)->first; i >= 0; i = node_at(r, i)->next) {
        const ir_node *n = node_at(r, i);
        for (int k = 0; k < n->operands; k++) {
            ir_operand o = ir_operand_of(r, n, k);
            if (ir_group_of(r, o.root) == b && (!is_element(n) || n->before || !ir_direct(r, o)))
                return false;
        }
    }
    return true;
}

/* A direct reader of the heavy node's own result, or of members after it, may come after it too:
 * same shape, and no part of the program before a reduction. */
static bool can_merge(ir *r, int32_t a, int32_t b)
{
    const ir_group *x = group_at(r, a), *y = group_at(r, b);
    if (!x->fusible || !y->fusible || x->domain != y->domain)
        return false;
    if (x->heavy >= 0 && y->heavy >= 0)
        return false;
    return ir_same_shape(node_at(r, x->shape_of)->of, node_at(r, y->shape_of)->of) &&
           fits(r, x, y) && in_place_allows(r, x, y) && reads_allow(r, a, b) &&
           reads_allow(r, b, a);
}

/* A copy stands late, what it reads may be kept from early: together they would be early. */
static bool is_kept_for(const ir_node *copy, const ir_node *from)
{
    return copy->copy && !from->copy && !from->of->of_gradient;
}

static void join_operands(ir *r, int32_t i)
{
    ir_node *n = node_at(r, i);
    if (!is_element(n) || n->before || n->constant || n->beside_reader)
        return;
    for (int k = 0; k < n->operands; k++) {
        ir_operand o = ir_operand_of(r, n, k);
        const ir_node *from = node_at(r, o.root);
        if (!ir_computed(from) || from->before || !ir_direct(r, o) || is_kept_for(n, from))
            continue;
        int32_t a = ir_group_of(r, o.root), b = ir_group_of(r, i);
        if (a != b && can_merge(r, a, b) && !needs_through(r, b, a) && !needs_through(r, a, b))
            merge(r, a, b);
    }
}

/* ---- gates that a recurrent net makes itself */

static void join_gates(ir *r, int32_t i)
{
    const ir_node *n = node_at(r, i);
    sequence_input_nodes x;
    if (ir_op(n)->kind != OP_KIND_SEQUENCE || n->beside_reader || !ir_sequence_input(r, n, &x))
        return;
    int32_t a = ir_group_of(r, x.gates), b = ir_group_of(r, i);
    if (ir_group_of(r, x.product) != a || group_at(r, a)->members > 1 + (x.bias >= 0) ||
        is_kept_for(n, node_at(r, x.gates)) || needs_through(r, b, a) || needs_through(r, a, b))
        return;
    node_at(r, x.gates)->before = node_at(r, x.product)->before = true;
    merge(r, a, b);
}

stint_status ir_fuse(ir *r)
{
    TRY(make_groups(r));
    for (int32_t i = (int32_t)r->nodes.n - 1; i >= 0; i--)
        if (ir_computed(node_at(r, i)))
            join_readers(r, i);
    for (int32_t i = 0; i < r->nodes.n; i++)
        if (ir_computed(node_at(r, i)))
            join_operands(r, i);
    for (int32_t i = 0; i < r->nodes.n; i++)
        if (ir_computed(node_at(r, i)))
            join_gates(r, i);
    return r->failed ? STINT_ENOMEM : STINT_OK;
}
