/* Nodes of the graph: an operation, its inputs, and the value once there is one.
 *
 * Nodes are immutable but for their value; they are counted.  Handles (tensors) and nodes that
 * have a node as input hold it.  A new node is held by nobody: it waits on the graph's list of
 * fresh nodes until graph_settle, which frees those that nobody took; so rules compose nodes
 * without freeing any.
 *
 * A node's value lies in the memory of its root: itself, or for views the node at the bottom of
 * the chain, at an offset and by strides.  All but wrapped leaves and views are row-major.
 *
 * An in-place node (in_place) writes over the memory of its first input, which from then on
 * cannot be used: `overwritten_by` names the node that did it, and making a node that reads it
 * fails.  Nodes made before that are run before it: ids count in order of making, and any
 * execution keeps readers of the old value ahead. */
#ifndef GRAPH_NODE_H
#define GRAPH_NODE_H

#include "base/ctx.h"
#include "graph/op.h"

/* Memory of values, counted by the roots that lie in it. */
typedef struct storage {
    int32_t refs;
    bool wrapped; /* the caller's */
    int64_t bytes;
    char *at;
} storage;

enum { NODE_INLINE_INPUTS = 3 };

struct node {
    graph *graph;
    node *before, *after; /* the graph's list, in order of making */
    int64_t id;
    int32_t refs;
    int32_t site; /* profile.h */
    uint8_t op;   /* op_code */
    uint8_t dtype, axes;
    bool in_place;
    bool no_grad;     /* made while gradients were off */
    bool of_gradient; /* made by a gradient */
    bool tracked;     /* depends on what a tape watches: keeps its inputs when realised */
    bool fresh;       /* on the list of graph_settle */
    bool apart;       /* builders do not look through it, though it is fresh */
    bool pending;     /* no leaf, no view, not computed yet */
    bool placeholder; /* an input of a traced function; its value comes with each call */
    bool traced_leaf; /* made by a traced function, not kept: its value is each call's first */
    uint8_t overwritten_op;
    int32_t inputs;
    node **in; /* = few, or a block of its own; NULL entries when forgotten after realising */
    node *few[NODE_INLINE_INPUTS];
    int64_t shape[STINT_AXES];
    int64_t stride[STINT_AXES]; /* over the root's memory, in elements */
    int64_t offset;
    node *root;
    storage *value;       /* of roots: NULL = not computed yet */
    node *overwritten_by; /* of roots; not held: itself once that is done */
    int32_t mark;         /* for walks: graph.mark */
    int32_t index;        /* for walks: place in their list */
    op_attributes attr;
};

/* A new node, or NULL: when an input is NULL, silently; else after graph_fail.  attr NULL =
 * zeros.  Checks inputs by the operation's shape rule, computes strides of views. */
node *node_make(graph *g, op_code op, int inputs, node *const *in, const op_attributes *attr);
/* The same, over the memory of in[0]: its shape and dtype must be the result's.  At most
 * NODE_INLINE_INPUTS inputs. */
node *node_make_in_place(graph *g, op_code op, int inputs, node *const *in,
                         const op_attributes *attr);

/* A leaf that lies in `value` (whose count it takes) by these strides, NULL = row-major. */
node *node_leaf(graph *g, stint_dtype d, int axes, const int64_t *shape, const int64_t *stride,
                storage *value);

void node_hold(node *n);
void node_release(node *n); /* takes NULL */
int64_t node_count(const node *n);
int64_t node_bytes(const node *n);
bool node_is_contiguous(const node *n);
static inline bool node_is_float(const node *n)
{
    return n->dtype <= STINT_BF16;
}

/* Record a STINT_EUSAGE failure; `false`, for `return graph_fail(…)`.  Shapes are printed by
 * node_shape_text: "[32,784]". */
bool graph_fail(graph *g, const char *fmt, ...) STINT_PRINTF(2, 3);
/* Whether the value is still there; else false, after graph_fail in the name of `what`. */
bool node_stands(const node *n, const char *what);
#define NODE_SHAPE_SIZE 176
const char *node_shape_text(const node *n, char out[NODE_SHAPE_SIZE]);
const char *shape_text(int axes, const int64_t *shape, char out[NODE_SHAPE_SIZE]);

#endif
