#include "graph/ir.h"

#include "graph/graph_impl.h"

#include <stdlib.h>
#include <string.h>

/* What need not be computed: element-wise work on constants, factors of one, what another node
 * computes already, and what nobody reads.
 *
 * A node that is replaced names its representative (ir_node.same); readers follow it.  Nothing
 * here changes a bit of any result: x + 0 stays, since it turns -0 into 0. */

/* An element-wise node whose inputs are all constants is one: by the reference arithmetic of one
 * element. */
static void fold(ir *r, ir_node *n)
{
    const op_class *op = ir_op(n);
    if (op->kind != OP_KIND_ELEMENT || n->overwrites >= 0 || n->operands == 0)
        return;
    double value[3] = {0}, out = 0;
    uint8_t in_dtype[3], out_dtype = STINT_F64, out_register = 3;
    element_span in[3], to = {(char *)&out, 1};
    for (int k = 0; k < n->operands; k++) {
        const ir_node *from = &r->nodes.at[ir_operand_of(r, n, k).root];
        if (!from->constant)
            return;
        value[k] = from->value;
        in_dtype[k] = STINT_F64;
        in[k] = (element_span){(char *)&value[k], 1};
    }
    stint_dtype d = (stint_dtype)n->of->dtype;
    if (ir_domain(d) == ELEMENT_I64 || n->of->dtype == STINT_F16 || n->of->dtype == STINT_BF16)
        return; /* integers beyond 2^53 and narrow floats are rare as constants */
    if (ir_domain((stint_dtype)ir_operand_of(r, n, 0).view->dtype) != ir_domain(d))
        return;
    element_code code = {(uint8_t)op->code, 3, 0, 1, 2};
    element_program p = {.domain = ir_domain(d),
                         .inputs = n->operands,
                         .registers = 4,
                         .codes = 1,
                         .outputs = 1,
                         .in_dtype = in_dtype,
                         .code = &code,
                         .out_register = &out_register,
                         .out_dtype = &out_dtype};
    _Alignas(64) static _Thread_local char scratch[4 * ELEMENT_BLOCK * 8]; /* four registers */
    element_run(&p, 1, in, &to, scratch);
    n->constant = true;
    n->operands = 0;
    n->value = out;
}

/* x where this is x * 1 or x / 1, -1 otherwise. */
static int32_t unchanged(const ir *r, const ir_node *n)
{
    if (n->of->op != OP_MUL && n->of->op != OP_DIV)
        return -1;
    for (int k = 1; k >= (n->of->op == OP_MUL ? 0 : 1); k--) {
        const ir_node *one = &r->nodes.at[ir_operand_of(r, n, k).root];
        ir_operand x = ir_operand_of(r, n, 1 - k);
        const ir_node *root = &r->nodes.at[x.root];
        if (one->constant && one->value == 1 && !root->constant && ir_direct(r, x) &&
            node_is_contiguous(root->of) && root->of->dtype == n->of->dtype)
            return x.root;
    }
    return -1;
}

/* A value that somebody overwrites must not stand for another that is read later. */
static void find_overwritten(const ir *r, bool *overwritten)
{
    for (int64_t i = 0; i < r->nodes.n; i++)
        if (r->nodes.at[i].overwrites >= 0)
            overwritten[r->nodes.at[i].overwrites] = true;
}

/* ---- common sub-expressions: equal by operation, attributes, shape and operands */

static bool same_operand(const ir *r, ir_operand a, ir_operand b)
{
    if (a.root != b.root || a.view->dtype != b.view->dtype || !ir_same_shape(a.view, b.view) ||
        a.view->offset != b.view->offset)
        return false;
    (void)r;
    return memcmp(a.view->stride, b.view->stride, sizeof a.view->stride[0] * a.view->axes) == 0;
}

static bool same_attributes(const op_attributes *a, const op_attributes *b)
{
    return ir_same_constant(a->value, b->value) && memcmp(a->at, b->at, sizeof a->at) == 0 &&
           a->axis == b->axis && a->axes == b->axes && a->keep == b->keep;
}

static bool same_node(const ir *r, const ir_node *a, const ir_node *b)
{
    if (a->of->op != b->of->op || a->of->dtype != b->of->dtype || a->operands != b->operands ||
        !ir_same_shape(a->of, b->of) || !same_attributes(&a->of->attr, &b->of->attr))
        return false;
    for (int k = 0; k < a->operands; k++)
        if (!same_operand(r, ir_operand_of(r, a, k), ir_operand_of(r, b, k)))
            return false;
    return true;
}

static uint64_t node_hash(const ir *r, const ir_node *n)
{
    uint64_t h = n->of->op * 0x9E3779B97F4A7C15u + n->of->dtype;
    for (int k = 0; k < n->operands; k++) {
        ir_operand o = ir_operand_of(r, n, k);
        h = (h ^ (uint64_t)o.root) * 0xD6E8FEB86659FD93u;
        h ^= h >> 32;
        h = (h ^ (uint64_t)o.view->offset ^ o.view->axes) * 0xD6E8FEB86659FD93u;
    }
    return h ^ h >> 29;
}

static bool can_share(const ir_node *n, bool overwritten)
{
    return !n->leaf && !n->constant && n->overwrites < 0 && !n->output && !overwritten &&
           n->of->op != OP_RANDOM;
}

/* Fold, and find what is computed already, in one walk: operands come before their readers. */
static void replace(ir *r, const bool *overwritten, int32_t *slots, uint64_t mask)
{
    for (int32_t i = 0; i < r->nodes.n; i++) {
        ir_node *n = &r->nodes.at[i];
        if (!n->leaf && !n->constant)
            fold(r, n);
        if (n->leaf || n->constant || overwritten[i])
            continue;
        int32_t x = n->output || n->overwrites >= 0 ? -1 : unchanged(r, n);
        if (x >= 0 && !overwritten[x]) {
            n->same = x;
            continue;
        }
        if (n->overwrites >= 0 || n->of->op == OP_RANDOM)
            continue;
        for (uint64_t at = node_hash(r, n) & mask;; at = (at + 1) & mask) {
            if (slots[at] < 0) {
                slots[at] = i;
                break;
            }
            if (same_node(r, &r->nodes.at[slots[at]], n)) {
                n->same = can_share(n, overwritten[i]) ? slots[at] : -1;
                break;
            }
        }
    }
}

/* ---- dead code */

/* Live: outputs, what they read, and in-place nodes whose memory somebody else sees. */
static void find_live(ir *r)
{
    for (int64_t i = 0; i < r->nodes.n; i++)
        r->nodes.at[i].live = r->nodes.at[i].output && r->nodes.at[i].same < 0;
    for (int64_t i = r->nodes.n - 1; i >= 0; i--) {
        const ir_node *n = &r->nodes.at[i];
        if (!n->live || n->constant)
            continue;
        for (int k = 0; k < n->operands; k++)
            r->nodes.at[ir_operand_of(r, n, k).root].live = true;
    }
}

/* Who reads whom, as one list by root. */
stint_status ir_find_readers(ir *r)
{
    int32_t total = 0;
    for (int64_t i = 0; i < r->nodes.n; i++)
        r->nodes.at[i].readers = 0;
    for (int64_t i = 0; i < r->nodes.n; i++) {
        const ir_node *n = &r->nodes.at[i];
        for (int k = 0; ir_computed(n) && k < n->operands; k++, total++)
            r->nodes.at[ir_operand_of(r, n, k).root].readers++;
    }
    TRY(vec_reserve(r->c, TAG_GRAPH, &r->readers, total + 1));
    r->readers.n = total;
    for (int32_t i = 0, at = 0; i < r->nodes.n; i++) {
        r->nodes.at[i].reader = at;
        at += r->nodes.at[i].readers;
        r->nodes.at[i].readers = 0;
    }
    for (int32_t i = 0; i < r->nodes.n; i++) {
        const ir_node *n = &r->nodes.at[i];
        for (int k = 0; ir_computed(n) && k < n->operands; k++) {
            ir_node *root = &r->nodes.at[ir_operand_of(r, n, k).root];
            r->readers.at[root->reader + root->readers++] = i;
        }
    }
    return STINT_OK;
}

stint_status ir_simplify(ir *r)
{
    int64_t room = 64;
    while (room < 2 * r->nodes.n)
        room *= 2;
    int32_t *slots = mem_new(r->c, TAG_GRAPH, int32_t, room);
    bool *overwritten = mem_new(r->c, TAG_GRAPH, bool, r->nodes.n + 1);
    stint_status s = slots && overwritten ? STINT_OK : STINT_ENOMEM;
    if (!s) {
        memset(slots, -1, (size_t)room * sizeof *slots);
        find_overwritten(r, overwritten);
        replace(r, overwritten, slots, (uint64_t)room - 1);
        find_live(r);
        s = ir_find_readers(r);
    }
    mem_free(slots);
    mem_free(overwritten);
    return s;
}
