/* For tests of the tests: spoil one gradient rule, which a gradient check must then find. */
#ifndef GRAPH_MUTATE_H
#define GRAPH_MUTATE_H

#include <stdbool.h>

/* The operation whose rule's results are negated; -1 = none.  Looked at only where STINT_FAULTS
 * is compiled in. */
extern int graph_mutate_gradient;

int graph_op_count(void);
const char *graph_op_name(int op);
bool graph_op_has_gradient(int op);

#endif
