/* Functions whose derivatives of higher orders are checked: a row says which, and the shapes of its
 * sources.  Plain ones, made of element-wise operations, reductions and products; and nets, made of
 * heavy operations.  Their results need not be scalars: Hessians are those of their sums. */
#ifndef UNIT_GRAPH_DERIVATIVE_CASES_H
#define UNIT_GRAPH_DERIVATIVE_CASES_H

#include "stint/derivatives.h"

enum {
    DERIVATIVE_SOURCES = 5,
    DERIVATIVE_MOST = 64 /* elements of all sources, and of the result */
};

typedef struct derivative_case {
    const char *name;
    stint_function *f; /* of a derivative_point */
    int sources;
    struct {
        int axes;
        int64_t shape[4];
    } source[DERIVATIVE_SOURCES];
    bool is_linear;   /* its Hessian is 0 */
    bool is_diagonal; /* its Hessian has nothing beside the diagonal */
} derivative_case;

typedef struct derivative_point {
    stint_context *ctx;
    const derivative_case *of;
    stint_tensor *x[DERIVATIVE_SOURCES], *generator;
} derivative_point;

/* Parts of the table, each ended by a row without a name. */
extern const derivative_case derivative_functions[], derivative_nets[];

int derivative_case_count(void);
const derivative_case *derivative_case_at(int i); /* NULL = none */

/* Sources drawn, the same at every call, in f64, in the innermost scope. */
derivative_point derivative_point_of(stint_context *ctx, const derivative_case *of);
double derivative_draw(uint64_t stream, int64_t i);

#endif
