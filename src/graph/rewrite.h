/* Writing the list of ir.h anew: passes that put nodes between others. */
#ifndef GRAPH_REWRITE_H
#define GRAPH_REWRITE_H

#include "graph/ir.h"

typedef struct rewrite {
    ir *r;
    int32_t *place; /* [nodes] where a node of the old list is in the new one, -1 = nowhere yet */
    VEC(ir_node) nodes;
    VEC(ir_operand) operands;
    VEC(int32_t) roots; /* scratch: of the node that is being added */
} rewrite;

stint_status rewrite_init(rewrite *w, ir *r);
void rewrite_deinit(rewrite *w);

/* Where in the new list the operand of a node is read. */
typedef stint_status rewrite_root(void *self, int32_t node, ir_operand o, int32_t *root);

/* Node i of the old list, its operands found by `root`; *placed: where it is. */
stint_status rewrite_add(rewrite *w, int32_t i, rewrite_root *root, void *self, int32_t *placed);
/* A node that the old list has not, of one operand that lies at `root` of the new one. */
stint_status rewrite_insert(rewrite *w, node *of, const node *view, int32_t root, int32_t *placed);
/* The new list takes the old one's place; readers are found anew. */
stint_status rewrite_finish(rewrite *w);

#endif
