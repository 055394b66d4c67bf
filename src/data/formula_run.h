/* The run of a formula over blocks of rows of one series.  Each node writes its values into the
 * buffer that it is given; buffers for further operands come from a stack whose height is known
 * beforehand (formula_run.c); what a node does is formula_operations.c.
 *
 * `active` tells for which rows a value is wanted (NULL = all): a branch of if() is computed for
 * every row, but what cannot be computed is an error in those rows alone that take the branch, and
 * missing elsewhere.  Functions that look at other rows want their argument in every row. */
#ifndef DATA_FORMULA_RUN_H
#define DATA_FORMULA_RUN_H

#include "data/formula_functions.h"

struct formula_run {
    const formula *f;
    int root;
    const double *const *whole;
    uint64_t seed;
    formula_read *read;
    void *self;
    void **states;    /* [n] of causal calls */
    bool *infinite;   /* [n] an operand of the call was infinite */
    double *buffers;  /* [..][FORMULA_BLOCK] */
    uint8_t *masks;   /* likewise */
    int buffer, mask; /* in use */
    int64_t row, n;   /* of the block */
    bool begins;
    formula_refusal *refusal;
};

/* Node's values in the block's rows. */
stint_status formula_eval(formula_run *r, int node, const uint8_t *active, double *out);

#endif
