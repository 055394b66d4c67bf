/* Inside the graph: what a context's tensors share. */
#ifndef GRAPH_IMPL_H
#define GRAPH_IMPL_H

#include "base/vec.h"
#include "device/device.h"
#include "graph/graph.h"

/* A handle.  `node` is NULL once the context is closed. */
struct stint_tensor {
    graph *graph;
    node *node;
    stint_scope *scope;
    stint_tensor *before, *after; /* in the scope */
    bool retargeted;              /* in the trace's list */
};

struct stint_scope {
    graph *graph;
    stint_scope *outer;
    stint_tensor *handles;
};

struct stint_tape {
    graph *graph;
    stint_tape *older, *newer;
    VEC(node *) watched; /* held */
};

/* What a traced function changes in place: these handles, which go back to what they were when
 * the trace is over. */
typedef struct retarget {
    stint_tensor *tensor;
    node *was; /* held */
} retarget;

typedef struct trace {
    VEC(retarget) retargets; /* one for each such handle */
    int64_t first_id;        /* of the nodes made meanwhile */
} trace;

typedef struct compiled compiled;

struct graph {
    ctx *ctx;
    bool closed;
    int64_t handles; /* live ones, kept or in scopes */
    int64_t failures;
    const char *doing; /* "gradient of tanh", for messages; NULL = what the caller asked for */

    node *first, *last; /* all live nodes, in order of making */
    int64_t next_id, nodes, pending;
    VEC(node *) fresh;
    int32_t mark; /* of the latest walk */

    stint_scope root, kept, *innermost; /* kept: in no scope, as the user sees it */
    int no_grad;
    stint_tape *tapes; /* newest first */
    int watched;       /* nodes that tapes watch, in all */
    trace *trace;      /* NULL = eager */

    device *device;
    compiled *plans; /* cached, newest first */
    int plan_count;
};

node *node_new(graph *g, op_code op, int inputs);
void node_set_value(node *n, storage *value); /* takes its count */
/* Let go of the inputs: the value is there, and nobody asks how it came about. */
void node_forget_inputs(node *n);

/* The device, made when first needed; NULL when memory is short. */
device *graph_device(graph *g);

/* Compute what is pending among these (views: their roots), and all that must come before. */
stint_status graph_realise(graph *g, int64_t n, node *const *want);
/* All that is pending: before a step changes values. */
stint_status graph_flush(graph *g);
/* Pending readers of one value. */
stint_status graph_flush_readers(graph *g, const node *of);

void tapes_close(graph *g);
void compiled_drop_all(graph *g);

#endif
