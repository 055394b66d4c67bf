/* Memory of tensor values, counted. */
#ifndef GRAPH_STORAGE_H
#define GRAPH_STORAGE_H

#include "graph/node.h"

/* Zeroed memory with one reference; NULL after a failure.  Of 0 bytes too. */
storage *storage_new(graph *g, int64_t bytes);
/* The caller's memory. */
storage *storage_wrap(graph *g, void *at, int64_t bytes);
storage *storage_hold(storage *s);
void storage_release(storage *s); /* takes NULL */

#endif
