/* Gradients against central differences, in f64, element by element, sign and all.
 *
 * First order: of F = Σ w out, by differences of F.  Second, of smooth cases: of
 * S = Σ v dF/dx, by differences of the analytic dF/dx.  The differences are formed once;
 * what is analytic is formed anew by each check, so that a test may spoil a rule in between. */
#ifndef UNIT_GRAPH_GRADIENT_CHECK_H
#define UNIT_GRAPH_GRADIENT_CHECK_H

#include "unit/graph/op_cases.h"

typedef struct gradient_truth {
    bool has_first, has_second;
    double first[OP_INPUTS][OP_MOST_ELEMENTS], second[OP_INPUTS][OP_MOST_ELEMENTS];
} gradient_truth;

/* Whether differences say anything about the case. */
bool gradient_is_checked(const op_case *c);

/* By differences; false, with the reason, where the case cannot be computed or where a
 * differentiable input has no gradient to speak of. */
bool gradient_by_differences(stint_context *ctx, const op_case *c, gradient_truth *out, char *why,
                             size_t size);

/* Do the analytic gradients agree?  If not, `why` names the element. */
bool gradient_agrees(stint_context *ctx, const op_case *c, const gradient_truth *truth, char *why,
                     size_t size);

#endif
