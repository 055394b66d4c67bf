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
    const char *owner;            /* of the library's own: "state of adam"; else NULL */
    int32_t site;                 /* profile.h */
    bool retargeted;              /* in the trace's list */
};

struct stint_scope {
    graph *graph;
    stint_scope *outer;
    stint_tensor *handles;
    int32_t site; /* profile.h */
};

typedef struct watched {
    node *node;   /* held */
    int32_t site; /* profile.h */
} watched;

struct stint_tape {
    graph *graph;
    stint_tape *older, *newer;
    VEC(watched) watched;
    int32_t site; /* profile.h */
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
typedef struct profile profile;
typedef struct stint_fn stint_fn;

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
    int differentiating; /* nodes made now are of gradients */
    stint_tape *tapes;   /* newest first */
    int watched;         /* nodes that tapes watch, in all */
    trace *trace;        /* NULL = eager */

    device *device;
    compiled *plans; /* cached, newest first */
    int plan_count;

    stint_fn *fns;    /* newest first */
    profile *profile; /* NULL = off */
};

int32_t profile_site(profile *p);
void profile_free(profile *p); /* takes NULL */

/* Where the program is, for what is made now: 0 while the profiler is off. */
static inline int32_t graph_site(const graph *g)
{
    return g->profile ? profile_site(g->profile) : 0;
}
int32_t profile_latest(const profile *p); /* the site of the call at work */

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
