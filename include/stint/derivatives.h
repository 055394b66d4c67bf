/* Second order: Hessians, Jacobians and their products with vectors.
 *
 * Gradients are graphs, so everything here is gradients of gradients.  Products and the estimate
 * are graphs themselves: parts of a stint_fn, or of further gradients.  Whole matrices and exact
 * diagonals take as many products as they have rows; a step is traced and planned once and
 * replayed for each, so these are values and cannot be part of a stint_fn:
 *
 *     stint_gradients(1, &loss, NULL, n, w, gradient);
 *     stint_hessian_vector(loss, n, w, direction, product);       // graphs
 *     stint_hessian(ctx, loss_of, &model, n, w, &hessian);        // a value, [N,N]
 *
 * A row of a Jacobian, the product of a vector with it, is stint_gradients with that vector as
 * seed. */
#ifndef STINT_DERIVATIVES_H
#define STINT_DERIVATIVES_H

#include "stint/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* out[i] = Σ_j d²(Σ target) / d source[i] d source[j] · vector[j]: the gradient of
 * <gradient, vector> (Pearlmutter 1994), for two to three times a gradient's flops.  Vectors have
 * their sources' shapes; NULL = zeros.  out[i] is NULL, which is no failure, where it is zero
 * because nothing connects. */
STINT_API STINT_MUST_CHECK stint_status stint_hessian_vector(stint_tensor *target, int sources,
                                                             stint_tensor *const *source,
                                                             stint_tensor *const *vector,
                                                             stint_tensor **out);

/* out[t] = Σ_j d target[t] / d source[j] · vector[j], of target t's shape: forward derivatives, as
 * the gradient by u of <u's product with the Jacobian, vector>.  NULLs as above. */
STINT_API STINT_MUST_CHECK stint_status
stint_jacobian_vector(int targets, stint_tensor *const *target, int sources,
                      stint_tensor *const *source, stint_tensor *const *vector, stint_tensor **out);

/* Hutchinson's estimate of the Hessian's diagonal: the mean over `draws` ≥ 1 of z ∘ (H z), z drawn
 * from {-1, 1} (Bekas, Kokiopoulou, Saad 2007).  Exact, by one draw, where the Hessian is
 * diagonal; its variance is 2 Σ_{j≠i} H_ij² / draws.  New draws at every call of a traced step.
 * NULLs as above. */
STINT_API STINT_MUST_CHECK stint_status
stint_hessian_diagonal_estimate(stint_tensor *target, int sources, stint_tensor *const *source,
                                stint_tensor *generator, int draws, stint_tensor **out);

/* A tensor as a function of tensors that `self` knows: it builds the same graph each time, reading
 * no value. */
typedef stint_tensor *stint_function(void *self);

/* out[i] = d f / d source[i], [axes of f .., axes of source i ..]: a product a row. */
STINT_API STINT_MUST_CHECK stint_status stint_jacobian(stint_context *ctx, stint_function *f,
                                                       void *self, int sources,
                                                       stint_tensor *const *source,
                                                       stint_tensor **out);

/* The Hessian [N,N] of Σ f over all sources, of one dtype, one after the other as vectors: N is the
 * sum of their elements.  It is computed row by row, so symmetric but for rounding. */
STINT_API STINT_MUST_CHECK stint_status stint_hessian(stint_context *ctx, stint_function *f,
                                                      void *self, int sources,
                                                      stint_tensor *const *source,
                                                      stint_tensor **out);
/* Its diagonal alone: out[i] has source i's shape.  N products, but no N² of memory. */
STINT_API STINT_MUST_CHECK stint_status stint_hessian_diagonal(stint_context *ctx,
                                                               stint_function *f, void *self,
                                                               int sources,
                                                               stint_tensor *const *source,
                                                               stint_tensor **out);

#ifdef __cplusplus
}
#endif
#endif
