/* Optimisers, learning-rate schedules, clipping, accumulation and initialisers.
 *
 * Each is a class with parameters, set by name as text (stint_setting); unknown names and
 * values out of range are STINT_EUSAGE.  What could not be made is NULL; functions take that, and
 * fail.  Updates are graphs of in-place operations: inside a stint_fn they become part of its
 * plan. */
#ifndef STINT_OPTIM_H
#define STINT_OPTIM_H

#include "stint/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- optimisers: "sgd", "adam", "adamw", "rmsprop", "diagonal", "lbfgs", "newton_cg" --- */

typedef struct stint_optimiser stint_optimiser;

/* The defaults are PyTorch's.  Every class has "learning_rate" and "weight_decay". */
STINT_API stint_optimiser *stint_optimiser_new(stint_context *ctx, const char *name, int n,
                                               const stint_setting *settings);
STINT_API void stint_optimiser_free(stint_optimiser *o); /* takes NULL */

/* One update of n weights by their gradients (NULL: that weight stays as it is).  The first
 * call makes the state, zeros, for these weights; later calls must name the same ones.
 * "diagonal" takes the curvature as well, by the next function; "lbfgs" and "newton_cg" work
 * through stint_optimiser_minimise alone. */
STINT_API STINT_MUST_CHECK stint_status stint_optimiser_update(stint_optimiser *o, int n,
                                                               stint_tensor *const *weight,
                                                               stint_tensor *const *gradient);

/* The same with the diagonal of the Hessian, as stint_hessian_diagonal_estimate gives it (NULL:
 * that weight has none, as of a linear loss).  For class "diagonal", AdaHessian: */
STINT_API STINT_MUST_CHECK stint_status
stint_optimiser_update_curvature(stint_optimiser *o, int n, stint_tensor *const *weight,
                                 stint_tensor *const *gradient, stint_tensor *const *curvature);

/* The same where the bool scalar `condition` is true; where it is false weights, states and the
 * count of updates stay as they are, bit for bit. */
STINT_API STINT_MUST_CHECK stint_status stint_optimiser_update_if(stint_optimiser *o,
                                                                  stint_tensor *condition, int n,
                                                                  stint_tensor *const *weight,
                                                                  stint_tensor *const *gradient);

/* The learning rate of later updates and of later calls of a traced step: no new trace. */
STINT_API STINT_MUST_CHECK stint_status stint_optimiser_set_rate(stint_optimiser *o, double rate);
STINT_API double stint_optimiser_rate(const stint_optimiser *o);

/* State for checkpoints: tensor i and its name ("m.0"); count is 0 before the first update. */
STINT_API int stint_optimiser_states(const stint_optimiser *o);
STINT_API stint_tensor *stint_optimiser_state(stint_optimiser *o, int i, char *name, size_t size);

/* Minimise a scalar `loss(self)` over the weights by a whole-batch method: "lbfgs" (Nocedal 1980)
 * or "newton_cg" (Nocedal & Wright 2006, algorithm 7.1: Newton's method by Hessian products), both
 * with a strong Wolfe line search (algorithms 3.5 and 3.6 there).  *iterations: how many were
 * done; stops at the class's tolerances. */
typedef stint_tensor *stint_loss(void *self);
STINT_API STINT_MUST_CHECK stint_status stint_optimiser_minimise(stint_optimiser *o,
                                                                 stint_loss *loss, void *self,
                                                                 int n, stint_tensor *const *weight,
                                                                 int *iterations);

/* ---- loss scaling ---------------------------------------------------------------------- */

/* Gradients too small for f16 are kept from vanishing by a factor on the loss, as large as they
 * bear (Micikevicius et al. 2018): it grows after `interval` good steps in a row, and where a
 * gradient overflows it shrinks and the step is skipped.  All of it is in the graph:
 *
 *     out[0] = stint_cross_entropy(…);
 *     stint_tensor *scaled = stint_scaler_scale(s, out[0]), *finite;
 *     TRY(stint_gradients(1, &scaled, NULL, n, weight, gradient));
 *     TRY(stint_scaler_unscale(s, n, gradient, &finite));
 *     TRY(stint_optimiser_update_if(o, finite, n, weight, gradient));
 *     TRY(stint_scaler_update(s, finite));
 *
 * Settings: scale 65536, growth 2, backoff 0.5, interval 2000, most_skips 5. */
typedef struct stint_scaler stint_scaler;
STINT_API stint_scaler *stint_scaler_new(stint_context *ctx, int n, const stint_setting *settings);
STINT_API void stint_scaler_free(stint_scaler *s); /* takes NULL */
/* loss × scale */
STINT_API stint_tensor *stint_scaler_scale(stint_scaler *s, stint_tensor *loss);
/* In place of n gradients of the scaled loss (NULLs stay NULL): each divided by the scale, in f32
 * where it is narrower; *finite: a bool scalar, whether every element of all of them is. */
STINT_API STINT_MUST_CHECK stint_status stint_scaler_unscale(stint_scaler *s, int n,
                                                             stint_tensor **gradient,
                                                             stint_tensor **finite);
/* The scale of the next step, and the counters; the last of a step. */
STINT_API STINT_MUST_CHECK stint_status stint_scaler_update(stint_scaler *s, stint_tensor *finite);
/* Between steps: STINT_EFAIL once most_skips steps in a row were skipped, since then no scale
 * helps.  Reads a counter, so it waits for the step. */
STINT_API STINT_MUST_CHECK stint_status stint_scaler_check(stint_scaler *s);

/* State for checkpoints, f64 scalars: "scale", "good" and "skips" (steps in a row), "skipped"
 * (steps in all). */
STINT_API int stint_scaler_states(const stint_scaler *s);
STINT_API stint_tensor *stint_scaler_state(stint_scaler *s, int i, char *name, size_t size);

/* ---- schedules: "constant", "step", "exponential", "cosine", "cosine_restarts", "cyclic",
 *      "one_cycle", "plateau" ------------------------------------------------------------- */

typedef struct stint_schedule stint_schedule;
STINT_API stint_schedule *stint_schedule_new(stint_context *ctx, const char *name, int n,
                                             const stint_setting *settings);
STINT_API void stint_schedule_free(stint_schedule *s); /* takes NULL */
/* What the learning rate is multiplied by at step 0, 1, …; a pure function of the step, but for
 * plateau, which follows what it has observed. */
STINT_API double stint_schedule_factor(const stint_schedule *s, int64_t step);
/* Plateau: a measure that should fall, once an epoch or whenever it is known. */
STINT_API void stint_schedule_observe(stint_schedule *s, double measure);

/* ---- clipping -------------------------------------------------------------------------- */

/* In place of n gradients (NULLs stay NULL): scaled together so that their common Euclidean
 * norm is at most `most`; *norm, unless NULL, is the norm before. */
STINT_API STINT_MUST_CHECK stint_status stint_clip_by_norm(int n, stint_tensor **gradient,
                                                           double most, stint_tensor **norm);
/* Each element to -most … most */
STINT_API STINT_MUST_CHECK stint_status stint_clip_by_value(int n, stint_tensor **gradient,
                                                            double most);
/* By the norm mean + 2σ of the norms before it, an f32 [3] tensor {count, mean, Σ (norm - mean)²}
 * that starts as zeros and is updated in place (Welford 1962); no clipping before `warm_up`
 * norms.  Norms that are not finite are not counted. */
STINT_API STINT_MUST_CHECK stint_status stint_clip_adaptive(int n, stint_tensor **gradient,
                                                            stint_tensor *history, int warm_up,
                                                            stint_tensor **norm);

/* ---- accumulation ---------------------------------------------------------------------- */

/* Gradients of a large batch from micro-batches, the last of which may be smaller.  add: sums
 * gradients of a micro-batch's MEAN loss times its rows; take: the sums over all rows since the
 * last take, divided by their number, which are the large batch's gradients; it starts again
 * from zero.  Both build in-place graphs, in steps of their own or eagerly. */
typedef struct stint_accumulator stint_accumulator;
STINT_API stint_accumulator *stint_accumulator_new(stint_context *ctx, int n,
                                                   stint_tensor *const *weight);
STINT_API void stint_accumulator_free(stint_accumulator *a); /* takes NULL */
STINT_API STINT_MUST_CHECK stint_status stint_accumulator_add(stint_accumulator *a, int64_t rows,
                                                              stint_tensor *const *gradient);
STINT_API STINT_MUST_CHECK stint_status stint_accumulator_take(stint_accumulator *a,
                                                               stint_tensor **gradient);

/* ---- initialisers: "zeros", "ones", "constant", "uniform", "normal", "xavier_uniform",
 *      "xavier_normal", "kaiming_uniform", "kaiming_normal", "lecun_normal", "orthogonal",
 *      "forget_bias" -------------------------------------------------------------- */

/* A new weight drawn from the generator.  Of shape [in, out] fan-in is `in`; of [out, in, ..]
 * convolution kernels it is in × the rest. */
STINT_API stint_tensor *stint_initialise(stint_tensor *generator, const char *name, int n,
                                         const stint_setting *settings, stint_dtype d, int axes,
                                         const int64_t *shape);

#ifdef __cplusplus
}
#endif
#endif
