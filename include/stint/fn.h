/* Steps: a function of tensors traced once, planned, and replayed.
 *
 *     static stint_status step(void *self, stint_tensor *const *in, stint_tensor **out)
 *     {
 *         model *m = self;
 *         stint_tensor *logits = net(m, in[0]), *gradient[4];
 *         out[0] = stint_cross_entropy(logits, in[1], STINT_REDUCE_MEAN);
 *         stint_status s = stint_gradients(1, &out[0], NULL, 4, m->w, gradient);
 *         return s ? s : stint_optimiser_update(m->optimiser, 4, m->w, gradient);
 *     }
 *     …
 *     stint_fn *f = stint_fn_new(ctx, step, &m, 2, 1);
 *     for (…)
 *         stint_fn_call(f, (stint_tensor *[]){x, y}, &loss);
 *
 * The body runs once for each combination of input shapes and dtypes: it must build the same
 * graph each time, reading no value.  In-place operations on tensors from outside it (weights,
 * optimiser state, generators) happen at every call; tensors that it makes itself start each call
 * as they were made; its inputs cannot be changed.  What it keeps by stint_keep has no value
 * after it if it depends on inputs.  A call after the first of its kind allocates nothing, builds
 * nothing and looks nothing up. */
#ifndef STINT_FN_H
#define STINT_FN_H

#include "stint/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stint_fn stint_fn;
typedef stint_status stint_fn_body(void *self, stint_tensor *const *in, stint_tensor **out);

/* `self` must live as long as the fn; tensors that the body uses are held by it. */
STINT_API stint_fn *stint_fn_new(stint_context *ctx, stint_fn_body *body, void *self, int inputs,
                                 int outputs);
STINT_API void stint_fn_free(stint_fn *f); /* takes NULL */

/* Trace, plan and allocate for inputs like these, and run nothing that changes a value. */
STINT_API STINT_MUST_CHECK stint_status stint_fn_warm_up(stint_fn *f, stint_tensor *const *in);

/* Inputs are realised, row-major tensors in memory that the call does not write (others are
 * copied).  out[i] are handles of the fn,
 * not to be dropped: their values last until the next call with such inputs. */
STINT_API STINT_MUST_CHECK stint_status stint_fn_call(stint_fn *f, stint_tensor *const *in,
                                                      stint_tensor **out);

/* What a step keeps of its forward part for its gradients; what it does not keep it computes again
 * where they need it (Chen, Xu, Zhang, Guestrin 2016).  Gradients are the same bits under every
 * policy.  Random numbers are always kept.  Set before the first call or warm-up. */
typedef enum stint_recompute {
    STINT_KEEP_ALL,
    STINT_RECOMPUTE_BLOCKS,    /* keeps what passes between blocks of `value` heavy operations
                                  (products, reductions, row operations) */
    STINT_RECOMPUTE_SELECTIVE, /* keeps what took `value` flops or more by itself */
    STINT_RECOMPUTE_BUDGET,    /* computes as little again as leaves the slab within `value` bytes,
                                  or, where no plan does, makes it smallest.  The plans are the same
                                  for every value, so less budget never means a higher peak, nor
                                  fewer flops computed again */
} stint_recompute;
STINT_API STINT_MUST_CHECK stint_status stint_fn_recompute(stint_fn *f, stint_recompute how,
                                                           int64_t value);

/* Keep activations, and the gradients between them, in a narrow float: STINT_BF16 or STINT_F16;
 * everything is computed in f32.  Weights, optimiser state, sums, norms, softmax, losses,
 * exponentials, logarithms and weight gradients stay f32.  Set before the first call or warm-up. */
STINT_API STINT_MUST_CHECK stint_status stint_fn_storage(stint_fn *f, stint_dtype storage);

/* Of the plan last warmed up or called. */
typedef struct stint_plan_facts {
    int64_t nodes;           /* of the graph, before passes */
    int64_t steps;           /* kernels a call runs */
    int64_t planned_bytes;   /* of the one slab: intermediate values and scratch */
    int64_t allocated_bytes; /* the same, as allocated */
    int64_t result_bytes;    /* of the outputs, which the slab does not hold */
    int64_t unshared_bytes;  /* what intermediates would take, each in memory of its own */
    double flops;            /* of a call, recomputation included */
    int64_t recomputed_nodes;
    double recomputed_flops;
} stint_plan_facts;
STINT_API STINT_MUST_CHECK stint_status stint_fn_facts(const stint_fn *f, stint_plan_facts *out);

/* The plan as text: each step, what it reads and writes, where in the slab, and from which to
 * which step a buffer lives; and as a DOT picture (https://graphviz.org/doc/info/lang.html). */
STINT_API STINT_MUST_CHECK stint_status stint_plan_text(const stint_fn *f, stint_text *out);
STINT_API STINT_MUST_CHECK stint_status stint_plan_dot(const stint_fn *f, stint_text *out);

#ifdef __cplusplus
}
#endif
#endif
