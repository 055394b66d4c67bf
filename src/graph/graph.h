/* A context's graph: its nodes, handles and scopes, the device, the cache of plans.
 *
 * Public operations have this form, here with its three parts:
 *
 *     stint_tensor *stint_neg(stint_tensor *x)
 *     {
 *         return graph_tensor(x, build_unary(OP_NEG, graph_node(x)));
 *     }
 *
 * graph_node takes NULL; graph_tensor makes the handle, in the innermost scope, and settles
 * fresh nodes. */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "graph/build.h"

/* The graph of a context, made at first use; NULL when memory is short. */
graph *graph_of(ctx *c);
ctx *graph_ctx(const graph *g);

/* NULL for NULL; NULL with a failure for a tensor whose context is closed. */
node *graph_node(const stint_tensor *t);
graph *graph_of_tensor(const stint_tensor *t);

/* A handle of n, in the graph of `like` or in g; NULL for n NULL.  Settles. */
stint_tensor *graph_tensor(const stint_tensor *like, node *n);
stint_tensor *graph_tensor_of(graph *g, node *n);
/* Whose a kept handle is, for the profiler: "state of adam"; a text that lasts.  Takes NULL. */
void graph_own(stint_tensor *t, const char *owner);
/* Handles of several fresh nodes, NULLs for NULLs; a failure is in the context. */
stint_status graph_tensors_of(graph *g, int n, node *const *from, stint_tensor **out);
/* The handle stands for n from now on: in-place operations.  t for success.  Settles. */
stint_tensor *graph_retarget(stint_tensor *t, node *n);
/* State that eager steps change and nothing need read: its changes would pile up.  Computes it
 * where element-wise work on values that are there does, which it does once a step's results were
 * computed.  Nothing within a traced function: its steps compute all they change. */
stint_status graph_catch_up(int n, stint_tensor *const *state);
/* Free fresh nodes that nobody holds. */
void graph_settle(graph *g);

/* How many times graph_fail was called: a count before and after tells whether what lies between
 * failed, where NULL may also mean nothing. */
int64_t graph_failures(const graph *g);
void graph_count_failure(graph *g); /* of another kind than graph_fail's: memory */

/* A gradient for each source, as fresh nodes, NULL = unconnected; false after a failure. */
bool graph_gradients(graph *g, int targets, node *const *target, node *const *seed, int sources,
                     node *const *source, node **out);
/* The same of one target with all sources, which are distinct, independent of one another: what
 * a source depends on is not followed.  For gradient rules, within graph_gradients. */
bool graph_partial_gradients(node *target, node *seed, int sources, node *const *source,
                             node **out);

#endif
