/* The intermediate form that passes work on: the part of a graph that is to be computed, as one
 * list in the order in which its nodes were made, views resolved into how operands are read.
 *
 *     ir_build      nodes → list; leaves, in-place nodes and outputs marked
 *     ir_simplify   constants, common sub-expressions, dead code
 *     ir_narrow     activations rounded to bf16 or f16 where they are made
 *     ir_recompute  what gradients read of the forward part, kept or computed again
 *     ir_fuse       nodes → groups, each of which becomes one step
 *     ir_schedule   groups → order
 *     lower         groups → steps of a plan
 *
 * An operand names its root (a member of the list) and the node through whose shape, offset and
 * strides it is read; it is direct when it reads the root as it lies. */
#ifndef GRAPH_IR_H
#define GRAPH_IR_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/vec.h"
#include "graph/node.h"
#include "stint/fn.h"

#include <string.h>

typedef struct ir_operand {
    int32_t root;
    const node *view;
} ir_operand;

typedef struct ir_node {
    node *of;
    int32_t operand, operands; /* in ir.operands */
    int32_t overwrites;        /* the root whose memory an in-place node writes, -1 = none */
    int32_t overwritten;       /* by this node, -1 = none */
    int32_t same;              /* a representative that computes the same; -1 = itself */
    int32_t reader, readers;   /* in ir.readers: live nodes that read it, with repeats */
    int32_t group;             /* -1 = computed by none: leaves, constants, dead nodes */
    int32_t next;              /* the next member of the group, -1 = last */
    bool leaf;                 /* has its value already */
    bool constant;             /* one number everywhere: `value` */
    bool output;               /* wanted outside */
    bool lost;                 /* overwritten where it lies in memory from before */
    bool live;
    bool beside_reader; /* never merged with what it reads */
    bool copy;          /* of a forward node, beside a gradient; merged with no node that is none
                           and no gradient's */
    bool before;        /* in the program before a reduction, or a sequence's gates */
    bool buffer;        /* its value is needed in memory: by another group, or outside */
    int8_t domain;      /* element_domain of its instruction */
    int32_t register_;  /* of the program that is being lowered */
    double value;
} ir_node;

typedef struct ir_group {
    int32_t heavy;       /* the member that is no element-wise node, -1 = none */
    int32_t first, last; /* members by `next`, ascending */
    int32_t members;
    int32_t least; /* of the members' numbers, and the greatest */
    int32_t most;
    int32_t parent;   /* the group it was merged into; itself = none */
    int32_t shape_of; /* a member whose shape its programs run over; of a reduction, after it */
    int8_t domain;    /* -1 = heavy without programs */
    bool fusible;     /* programs can be added */
    int32_t seen;     /* by the latest search */
    int32_t waits;    /* for so many groups: schedule */
} ir_group;

typedef struct ir {
    graph *g;
    ctx *c;
    VEC(ir_node) nodes;
    VEC(ir_operand) operands;
    VEC(int32_t) readers;
    VEC(ir_group) groups;
    VEC(int32_t) order; /* groups as they are executed */
    int32_t search;     /* number of the latest, and its open ends */
    VEC(int32_t) open;
    bool failed;  /* memory was short in the search */
    int64_t made; /* nodes of the graph that it stands for, views too */
} ir;

/* Targets and what they need; nodes held from outside the list become outputs when `eager`, else
 * the targets alone. */
stint_status ir_build(ir *r, graph *g, int64_t targets, node *const *target, bool eager);
void ir_deinit(ir *r);
/* Of everything that decides the plan. */
stint_status ir_hash(const ir *r, hash128 *out);

stint_status ir_simplify(ir *r);
stint_status ir_find_readers(ir *r); /* anew, of the nodes that are live */

/* Activations in narrow floats, STINT_BF16 or STINT_F16, or as they are, STINT_F32; products then
 * read narrow values as they lie, through views that say f32. */
stint_status ir_narrow(ir *r, stint_dtype to);

/* Which values of the forward part the gradients find in memory; the others are computed again
 * where they are first read (recompute.c). */
typedef struct recompute {
    stint_recompute how;
    int64_t value; /* BLOCKS: heavy nodes in one; SELECTIVE: least flops of what is kept; BUDGET:
                      bytes */
    /* BUDGET, one of its plans: */
    int64_t block; /* as BLOCKS, 0 = what is cheapest to do without, a share of the bytes */
    double part;   /* in which first part of the heavy nodes */
    double share;
    bool sources; /* and values that several of those are cheap to make of are kept instead */
    bool again;   /* copies are made anew for readers far from each other */
    bool ahead;   /* copies for a heavy reader are made before the heavy node before it */

    int64_t kept_bytes; /* of early values */
    int64_t nodes;      /* computed again */
    double flops;       /* of those */
} recompute;
stint_status ir_recompute(ir *r, recompute *how);

/* Which plan of a budget is best, of a fixed family; r: as ir_recompute would be given it, which
 * stays as it is; `try_plan`: the slab that a plan takes (recompute_search.c). */
typedef stint_status recompute_try(void *self, const recompute *how, int64_t *peak);
stint_status recompute_search(ir *r, recompute *how, recompute_try *try_plan, void *self);

stint_status ir_fuse(ir *r);

/* What a recurrent net's step can make its gates of, rather than read them (fuse_sequences.c): the
 * node read as gates, the product, and which operand of their sum is the bias, -1 = none. */
typedef struct sequence_input_nodes {
    int32_t gates, product;
    int bias;
} sequence_input_nodes;
bool ir_sequence_input(const ir *r, const ir_node *n, sequence_input_nodes *out);

stint_status ir_schedule(ir *r);

/* ---- reading */

static inline int32_t ir_find(const ir *r, int32_t i)
{
    while (r->nodes.at[i].same >= 0)
        i = r->nodes.at[i].same;
    return i;
}
static inline ir_operand ir_operand_of(const ir *r, const ir_node *n, int k)
{
    ir_operand o = r->operands.at[n->operand + k];
    o.root = ir_find(r, o.root);
    return o;
}
static inline bool ir_computed(const ir_node *n)
{
    return n->live && !n->leaf && !n->constant;
}
static inline const op_class *ir_op(const ir_node *n)
{
    return &op_table[n->of->op];
}
/* Of node i, which has the group's number and domain, alone; not fusible. */
static inline ir_group ir_group_alone(const ir_node *n, int32_t i)
{
    bool element = n->constant || ir_op(n)->kind == OP_KIND_ELEMENT;
    return (ir_group){.heavy = element ? -1 : i,
                      .first = i,
                      .last = i,
                      .members = 1,
                      .least = i,
                      .most = i,
                      .parent = n->group,
                      .shape_of = i,
                      .domain = n->domain};
}
/* The same bits: 0 is not -0, and a NaN is itself. */
static inline bool ir_same_constant(double a, double b)
{
    uint64_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}
bool ir_same_shape(const node *a, const node *b);
/* Reads every element of the root in its own place. */
bool ir_direct(const ir *r, ir_operand o);
int32_t ir_group_of(ir *r, int32_t node); /* -1 = none */
element_domain ir_domain(stint_dtype d);  /* in which a dtype is computed */

#endif
