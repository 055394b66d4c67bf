/* Heavy nodes as steps: what their lowerings share. */
#ifndef GRAPH_LOWER_HEAVY_H
#define GRAPH_LOWER_HEAVY_H

#include "graph/lower.h"

typedef struct heavy {
    lowering *l;
    int32_t group, at;
    const ir_node *n;
    const node *of;
    double flops;
} heavy;

static inline ir_operand operand(const heavy *h, int k)
{
    return ir_operand_of(h->l->r, h->n, k);
}

void space_of(element_space *s, const node *n, const axis_map *m);

/* Operand k over a space; a constant is written out. */
stint_status operand_view(heavy *h, int k, const axis_map *m, step_view *out);
/* The operand row-major from the axis `from` on, in memory of its own where it does not lie so. */
stint_status dense_view(heavy *h, int k, int from, step_view *out);
stint_status after_program(heavy *h, const axis_map *m, step_program *out);
step_view output_view(const heavy *h, const axis_map *m);

/* lower_sequences.c */
stint_status lower_sequence(heavy *h);
stint_status lower_sequence_back(heavy *h);

/* lower_windows.c */
stint_status lower_convolve(heavy *h);
stint_status lower_convolve_weight(heavy *h);
stint_status lower_fold(heavy *h);
stint_status lower_pool(heavy *h);
stint_status lower_pick(heavy *h);

#endif
