/* Tensors: n-dimensional arrays as lazily evaluated graph nodes.
 *
 * An operation appends a node and returns a handle; nothing is computed until a value is
 * read, realised or a stint_fn is called.  Shapes are row-major; strides count elements.
 * Every handle belongs to the innermost open scope unless kept.  A failed operation returns
 * NULL, NULL inputs give NULL, and the context keeps the first failure:
 *
 *     stint_scope *s = stint_scope_open(ctx);
 *     stint_tensor *p = stint_softmax(stint_add(stint_matmul(x, w), b), -1);
 *     float out[32 * 10];
 *     stint_read(p, out, sizeof out);
 *     return stint_scope_close(s);            // first failure, if any
 *
 * Operations take operands of one dtype and broadcast shapes from the right as NumPy does
 * (https://numpy.org/doc/stable/user/basics.broadcasting.html).  An axis may be counted from
 * the end: -1 is the last. */
#ifndef STINT_TENSOR_H
#define STINT_TENSOR_H

#include "stint/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define STINT_AXES 8 /* the most a tensor has; none is a scalar */

/* name, C name of the type in memory, bytes, text */
#define STINT_DTYPE_LIST(X)                                                                        \
    X(F32, float, 4, "f32")                                                                        \
    X(F64, double, 8, "f64")                                                                       \
    X(F16, uint16_t, 2, "f16")   /* IEEE 754 binary16 */                                           \
    X(BF16, uint16_t, 2, "bf16") /* the upper half of an f32 */                                    \
    X(I32, int32_t, 4, "i32")                                                                      \
    X(I64, int64_t, 8, "i64")                                                                      \
    X(U8, uint8_t, 1, "u8")                                                                        \
    X(BOOL, uint8_t, 1, "bool") /* 0 or 1 */

typedef enum stint_dtype {
#define X(name, type, bytes, text) STINT_##name,
    STINT_DTYPE_LIST(X)
#undef X
} stint_dtype;

STINT_API size_t stint_dtype_bytes(stint_dtype d);
STINT_API const char *stint_dtype_text(stint_dtype d);

typedef struct stint_tensor stint_tensor;
typedef struct stint_scope stint_scope;
typedef struct stint_tape stint_tape;

/* A shape as two arguments, in C: stint_zeros(ctx, STINT_F32, STINT_SHAPE(32, 10)). */
#define STINT_SHAPE(...)                                                                           \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[])                   \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define STINT_SCALAR 0, NULL

/* ---- making -------------------------------------------------------------------------- */

/* A tensor with a value of its own: `data` is row-major and copied; NULL = zeros. */
STINT_API stint_tensor *stint_tensor_new(stint_context *ctx, stint_dtype d, int axes,
                                         const int64_t *shape, const void *data);

/* The caller's memory as a tensor, not copied: it must stay, and stay unchanged by others
 * while work is pending, until no tensor reads it; aligned for the dtype.  `stride` in elements,
 * NULL = row-major. */
STINT_API stint_tensor *stint_wrap(stint_context *ctx, stint_dtype d, int axes,
                                   const int64_t *shape, const int64_t *stride, void *data);

STINT_API stint_tensor *stint_zeros(stint_context *ctx, stint_dtype d, int axes,
                                    const int64_t *shape);
/* A constant that needs no memory: every element is `value`, converted. */
STINT_API stint_tensor *stint_full(stint_context *ctx, stint_dtype d, int axes,
                                   const int64_t *shape, double value);
STINT_API stint_tensor *stint_scalar(stint_context *ctx, stint_dtype d, double value);
/* 0, 1, … n-1 */
STINT_API stint_tensor *stint_arange(stint_context *ctx, stint_dtype d, int64_t n);

/* ---- handles and scopes -------------------------------------------------------------- */

/* Handles made while a scope is the innermost open one are dropped when it closes.  Scopes
 * close in the reverse order of their opening; closing one closes those opened since.
 * Returns the context's first failure. */
STINT_API stint_scope *stint_scope_open(stint_context *ctx);
STINT_API stint_status stint_scope_close(stint_scope *s);

/* Take a handle out of its scope: it lives until stint_drop.  Returns it. */
STINT_API stint_tensor *stint_keep(stint_tensor *t);
/* Let go of a handle; values that others still need stay.  Takes NULL; in any order, after
 * stint_close of the context too. */
STINT_API void stint_drop(stint_tensor *t);
/* Another handle of the same value, in the innermost scope. */
STINT_API stint_tensor *stint_alias(stint_tensor *t);

STINT_API stint_dtype stint_tensor_dtype(const stint_tensor *t);
STINT_API int stint_tensor_axes(const stint_tensor *t);
STINT_API int64_t stint_tensor_size(const stint_tensor *t, int axis); /* -1 is the last */
STINT_API int64_t stint_tensor_count(const stint_tensor *t);          /* elements in all */
STINT_API stint_context *stint_tensor_context(const stint_tensor *t);

/* ---- values -------------------------------------------------------------------------- */

/* Compute if need be and copy out, row-major; `bytes` must be the tensor's size. */
STINT_API STINT_MUST_CHECK stint_status stint_read(stint_tensor *t, void *out, size_t bytes);
/* The value of a one-element tensor; NaN after a failure. */
STINT_API double stint_item(stint_tensor *t);
/* Replace the value of a tensor that has one of its own (made by new, zeros, wrap or realised);
 * pending work that reads the old value is done first. */
STINT_API STINT_MUST_CHECK stint_status stint_write(stint_tensor *t, const void *in, size_t bytes);
/* Compute several at once, by one plan. */
STINT_API STINT_MUST_CHECK stint_status stint_realise(int n, stint_tensor *const *t);

/* ---- element-wise -------------------------------------------------------------------- */

STINT_API stint_tensor *stint_add(stint_tensor *a, stint_tensor *b);
STINT_API stint_tensor *stint_sub(stint_tensor *a, stint_tensor *b);
STINT_API stint_tensor *stint_mul(stint_tensor *a, stint_tensor *b);
STINT_API stint_tensor *stint_div(stint_tensor *a, stint_tensor *b);     /* floats only */
STINT_API stint_tensor *stint_pow(stint_tensor *a, stint_tensor *b);     /* floats only */
STINT_API stint_tensor *stint_maximum(stint_tensor *a, stint_tensor *b); /* NaN if either is */
STINT_API stint_tensor *stint_minimum(stint_tensor *a, stint_tensor *b);
/* With a number, converted to the tensor's dtype. */
STINT_API stint_tensor *stint_add_number(stint_tensor *a, double b);
STINT_API stint_tensor *stint_mul_number(stint_tensor *a, double b);
STINT_API stint_tensor *stint_pow_number(stint_tensor *a, double b);

/* Comparisons give bool; false where either is NaN, but not_equal is true there. */
STINT_API stint_tensor *stint_equal(stint_tensor *a, stint_tensor *b);
STINT_API stint_tensor *stint_not_equal(stint_tensor *a, stint_tensor *b);
STINT_API stint_tensor *stint_less(stint_tensor *a, stint_tensor *b);
STINT_API stint_tensor *stint_less_equal(stint_tensor *a, stint_tensor *b);
STINT_API stint_tensor *stint_greater(stint_tensor *a, stint_tensor *b);
STINT_API stint_tensor *stint_greater_equal(stint_tensor *a, stint_tensor *b);
STINT_API stint_tensor *stint_logical_not(stint_tensor *x); /* bool */
/* a where the bool `condition` is true, else b */
STINT_API stint_tensor *stint_where(stint_tensor *condition, stint_tensor *a, stint_tensor *b);
/* To another dtype: floats round to nearest even, to integers towards zero (saturated, NaN 0);
 * to bool is x != 0. */
STINT_API stint_tensor *stint_cast(stint_tensor *x, stint_dtype d);

STINT_API stint_tensor *stint_neg(stint_tensor *x);
STINT_API stint_tensor *stint_abs(stint_tensor *x);
STINT_API stint_tensor *stint_sign(stint_tensor *x); /* -1, 0, 1; NaN of NaN; gradient 0 */
STINT_API stint_tensor *stint_square(stint_tensor *x);
/* Of floats: */
STINT_API stint_tensor *stint_exp(stint_tensor *x);
STINT_API stint_tensor *stint_expm1(stint_tensor *x);
STINT_API stint_tensor *stint_log(stint_tensor *x);
STINT_API stint_tensor *stint_log1p(stint_tensor *x);
STINT_API stint_tensor *stint_sqrt(stint_tensor *x);
STINT_API stint_tensor *stint_rsqrt(stint_tensor *x); /* 1 / √x */
STINT_API stint_tensor *stint_reciprocal(stint_tensor *x);
STINT_API stint_tensor *stint_sin(stint_tensor *x);
STINT_API stint_tensor *stint_cos(stint_tensor *x);
STINT_API stint_tensor *stint_tanh(stint_tensor *x);
STINT_API stint_tensor *stint_erf(stint_tensor *x);
STINT_API stint_tensor *stint_sigmoid(stint_tensor *x);
STINT_API stint_tensor *stint_relu(stint_tensor *x);                     /* gradient 0 at 0 */
STINT_API stint_tensor *stint_leaky_relu(stint_tensor *x, double slope); /* x < 0: slope x */
STINT_API stint_tensor *stint_elu(stint_tensor *x, double alpha); /* x < 0: alpha (eˣ - 1) */
STINT_API stint_tensor *stint_selu(stint_tensor *x);              /* Klambauer et al. 2017 */
STINT_API stint_tensor *stint_gelu(stint_tensor *x);              /* x/2 (1 + erf(x/√2)) */
STINT_API stint_tensor *stint_silu(stint_tensor *x);              /* x sigmoid(x) */
STINT_API stint_tensor *stint_softplus(stint_tensor *x);          /* log(1 + eˣ), no overflow */
STINT_API stint_tensor *stint_hardtanh(stint_tensor *x, double low, double high);
STINT_API stint_tensor *stint_clamp(stint_tensor *x, double low, double high);

/* ---- reductions ---------------------------------------------------------------------- */

/* Over `axis` (negative counts from the end), dropped from the shape unless `keep_axis`;
 * STINT_ALL_AXES reduces all of them.  Partial sums combine in a fixed tree: the same bits for
 * any number of threads.  NaN is passed on.  Of no elements: sum 0, mean NaN, max and min are
 * STINT_EUSAGE. */
#define STINT_ALL_AXES INT32_MIN
STINT_API stint_tensor *stint_sum(stint_tensor *x, int axis, bool keep_axis);
STINT_API stint_tensor *stint_mean(stint_tensor *x, int axis, bool keep_axis);
STINT_API stint_tensor *stint_max(stint_tensor *x, int axis, bool keep_axis); /* gradient to the
                                                              equal ones, in equal shares */
STINT_API stint_tensor *stint_min(stint_tensor *x, int axis, bool keep_axis);
/* i64; the first of equal ones, of NaN where there is one; an axis, not all of them */
STINT_API stint_tensor *stint_argmax(stint_tensor *x, int axis, bool keep_axis);
STINT_API stint_tensor *stint_argmin(stint_tensor *x, int axis, bool keep_axis);
/* Σ (x - mean)² / (n - correction): correction 1 is the sample variance */
STINT_API stint_tensor *stint_variance(stint_tensor *x, int axis, int correction, bool keep_axis);
STINT_API stint_tensor *stint_log_sum_exp(stint_tensor *x, int axis, bool keep_axis);
STINT_API stint_tensor *stint_softmax(stint_tensor *x, int axis);
STINT_API stint_tensor *stint_log_softmax(stint_tensor *x, int axis);

/* ---- shapes -------------------------------------------------------------------------- */

/* Views: no copy, but where a reshape has no strides for it.  One size may be -1: what is left. */
STINT_API stint_tensor *stint_reshape(stint_tensor *x, int axes, const int64_t *shape);
STINT_API stint_tensor *stint_transpose(stint_tensor *x, int axis, int other);
STINT_API stint_tensor *stint_permute(stint_tensor *x, const int *order); /* axis i is order[i] */
STINT_API stint_tensor *stint_broadcast(stint_tensor *x, int axes, const int64_t *shape);
STINT_API stint_tensor *stint_expand_axis(stint_tensor *x, int axis);  /* a new axis of 1 */
STINT_API stint_tensor *stint_squeeze_axis(stint_tensor *x, int axis); /* an axis of 1 goes */
/* x[begin:end:step] along one axis; negative begin and end count from the end, INT64_MAX is the
 * end; step ≥ 1 */
STINT_API stint_tensor *stint_slice(stint_tensor *x, int axis, int64_t begin, int64_t end,
                                    int64_t step);
/* `before` and `after` elements of `value` around one axis */
STINT_API stint_tensor *stint_pad(stint_tensor *x, int axis, int64_t before, int64_t after,
                                  double value);
STINT_API stint_tensor *stint_concat(int n, stint_tensor *const *x, int axis);
STINT_API stint_tensor *stint_stack(int n, stint_tensor *const *x, int axis);
/* out[.., i.., ..] = x[.., index[i..], ..]: the axis is replaced by the axes of `index` (i32 or
 * i64); an index outside 0 … size-1 gives NaN (0 in integers). */
STINT_API stint_tensor *stint_gather(stint_tensor *x, stint_tensor *index, int axis);
/* The inverse: zeros of `size` along the axis, plus x added at its indices, in their order;
 * indices outside are dropped. */
STINT_API stint_tensor *stint_scatter_add(stint_tensor *x, stint_tensor *index, int axis,
                                          int64_t size);
/* 1 at the index, 0 elsewhere, on a new last axis of `classes` */
STINT_API stint_tensor *stint_one_hot(stint_tensor *index, int64_t classes, stint_dtype d);
/* Rows of table [n, width] by index: gather along axis 0 */
STINT_API stint_tensor *stint_embedding(stint_tensor *table, stint_tensor *index);

/* ---- linear algebra, normalisation --------------------------------------------------- */

/* c[..,M,N] = a[..,M,K] b[..,K,N].  Leading axes broadcast.  2*M*N*K flops per batch.  Both
 * operands of one float dtype, else STINT_EUSAGE.  Products are summed in the order of k by
 * fused multiply-adds where the processor has them: a row's bits depend on neither the other
 * rows nor threads. */
STINT_API stint_tensor *stint_matmul(stint_tensor *a, stint_tensor *b);
/* x[..,K] w[K,N] + bias[N]; bias may be NULL for none */
STINT_API stint_tensor *stint_linear(stint_tensor *x, stint_tensor *w, stint_tensor *bias);

/* (x - mean) / √(variance + eps) * gain + bias over the last axis; gain [n] and bias [n] may be
 * NULL (Ba, Kiros, Hinton 2016) */
STINT_API stint_tensor *stint_layer_norm(stint_tensor *x, stint_tensor *gain, stint_tensor *bias,
                                         double eps);
/* Ioffe, Szegedy 2015: statistics over every axis but `axis` 1 ([batch, channels, ..]).  In
 * training the batch's own, and running_mean and running_variance [channels] (both or neither
 * NULL) move towards them by `momentum` in place; else the running ones. */
typedef struct stint_batch_norm_state {
    stint_tensor *running_mean, *running_variance;
    double momentum; /* 0 = 0.1 */
    double eps;      /* 0 = 1e-5 */
    bool training;
} stint_batch_norm_state;
STINT_API stint_tensor *stint_batch_norm(stint_tensor *x, stint_tensor *gain, stint_tensor *bias,
                                         const stint_batch_norm_state *state);

/* ---- sequences ----------------------------------------------------------------------- */

/* States of a recurrent net, [batch, h], and how long each row is.  From its length on a row's
 * state stays as it is, and its output is 0.  last_h and last_c, where they are not NULL, become
 * handles of the states after the last step. */
typedef struct stint_sequence {
    stint_tensor *h0, *c0; /* before the first step; NULL = zeros; c0 is the LSTM's */
    stint_tensor *lengths; /* i32 or i64 [batch]; NULL = all of them full; a length beyond the
                              time is that of a full row, one below 0 is 0 */
    stint_tensor **last_h, **last_c;
} stint_sequence;

/* x [batch, time, in] → y [batch, time, h] (Hochreiter, Schmidhuber 1997; Gers et al. 2000), with
 * gates i, f, g, o side by side in w_input [in, 4h], w_recurrent [h, 4h] and bias [4h], which may
 * be NULL; `s` may be NULL.
 *
 *     a = x w_input + bias + h' w_recurrent
 *     c = sigmoid(a_f) c' + sigmoid(a_i) tanh(a_g),  y = h = sigmoid(a_o) tanh(c) */
STINT_API stint_tensor *stint_lstm(stint_tensor *x, stint_tensor *w_input,
                                   stint_tensor *w_recurrent, stint_tensor *bias,
                                   const stint_sequence *s);
/* The same (Cho et al. 2014, the reset gate after the product), with gates r, z, n in w_input
 * [in, 3h], w_recurrent [h, 3h], bias [3h], bias_recurrent [3h], either of which may be NULL.
 *
 *     a = x w_input + bias,  q = h' w_recurrent + bias_recurrent
 *     r = sigmoid(a_r + q_r),  z = sigmoid(a_z + q_z),  n = tanh(a_n + r q_n)
 *     y = h = (1 - z) n + z h' */
STINT_API stint_tensor *stint_gru(stint_tensor *x, stint_tensor *w_input, stint_tensor *w_recurrent,
                                  stint_tensor *bias, stint_tensor *bias_recurrent,
                                  const stint_sequence *s);

/* (x - mean) / √(variance + eps) * gain + bias, statistics over the channels of a group and all
 * axes after them of [batch, channels, ..]; gain and bias [channels] may be NULL (Wu, He 2018) */
STINT_API stint_tensor *stint_group_norm(stint_tensor *x, int64_t groups, stint_tensor *gain,
                                         stint_tensor *bias, double eps);

/* ---- windows: convolution and pooling ------------------------------------------------ */

/* Sliding windows along one axis, a view: [.., n, ..] → [.., windows, .., size].  Window i has
 * the elements i step + k dilation, k < size; what is left at the end is left out. */
STINT_API stint_tensor *stint_window(stint_tensor *x, int axis, int64_t size, int64_t step,
                                     int64_t dilation);

/* [0] is the height, [1] the width, of one axis there is [0] alone.  Padding is by zeros, before
 * and after alike.  Groups divide the channels of x and of the result: each of one sees its own
 * of the other. */
typedef struct stint_convolution {
    int64_t stride[2];   /* 0 = 1 */
    int64_t padding[2];  /* 0 */
    int64_t dilation[2]; /* 0 = 1 */
    int64_t groups;      /* 0 = 1 */
} stint_convolution;

/* y[b,o,..] = Σ w[o,c,k..] x[b,c, .. stride + k dilation - padding] + bias[o] of x [batch,
 * channels, ..], w [out, channels / groups, k..]; bias [out] and `how` may be NULL.  Products are
 * summed in the order of w by fused multiply-adds where the processor has them: the same bits for
 * any number of threads. */
STINT_API stint_tensor *stint_conv1d(stint_tensor *x, stint_tensor *w, stint_tensor *bias,
                                     const stint_convolution *how);
STINT_API stint_tensor *stint_conv2d(stint_tensor *x, stint_tensor *w, stint_tensor *bias,
                                     const stint_convolution *how);

/* Of every channel by itself, x [batch, channels, ..].  Padding is at most half of a window. */
typedef struct stint_pooling {
    int64_t kernel[2];
    int64_t stride[2];   /* 0 = the kernel's size */
    int64_t padding[2];  /* 0 */
    int64_t dilation[2]; /* of max_pool: 0 = 1 */
    bool ignore_padding; /* of avg_pool: means of what is in x, not of the zeros around it */
} stint_pooling;

/* The gradient of a maximum goes to the first of equal ones. */
STINT_API stint_tensor *stint_max_pool1d(stint_tensor *x, const stint_pooling *how);
STINT_API stint_tensor *stint_max_pool2d(stint_tensor *x, const stint_pooling *how);
STINT_API stint_tensor *stint_avg_pool1d(stint_tensor *x, const stint_pooling *how);
STINT_API stint_tensor *stint_avg_pool2d(stint_tensor *x, const stint_pooling *how);
/* To so many windows [height, width]: window i of m has the elements ⌊i n / m⌋ … ⌈(i+1) n / m⌉-1 */
STINT_API stint_tensor *stint_adaptive_max_pool2d(stint_tensor *x, const int64_t size[2]);
STINT_API stint_tensor *stint_adaptive_avg_pool2d(stint_tensor *x, const int64_t size[2]);

/* ---- attention ----------------------------------------------------------------------- */

typedef struct stint_attention_how {
    double scale; /* 0 = 1/√D */
    bool causal;  /* query i sees keys 0 … i alone */
} stint_attention_how;

/* softmax(scale q kᵀ + mask) v of q [..,T,D], k [..,S,D], v [..,S,E]: [..,T,E] (Vaswani et al.
 * 2017).  The mask, broadcast to [..,T,S], is of q's dtype and added, or bool: keys that are not
 * true are not seen.  mask and how may be NULL. */
STINT_API stint_tensor *stint_attention(stint_tensor *q, stint_tensor *k, stint_tensor *v,
                                        stint_tensor *mask, const stint_attention_how *how);

/* ---- random numbers ------------------------------------------------------------------ */

/* A generator is a tensor, i64 [2]: {seed, numbers drawn}.  Numbers are Philox4x32-10 of
 * (seed, their number), so that a saved generator resumes exactly, and a replayed step draws
 * new ones.  Drawing changes the generator in place. */
STINT_API stint_tensor *stint_generator(stint_context *ctx, int64_t seed);
STINT_API stint_tensor *stint_uniform(stint_tensor *generator, stint_dtype d, int axes,
                                      const int64_t *shape, double low, double high);
STINT_API stint_tensor *stint_normal(stint_tensor *generator, stint_dtype d, int axes,
                                     const int64_t *shape, double mean, double deviation);
/* Zero with probability p, else x / (1 - p) */
STINT_API stint_tensor *stint_dropout(stint_tensor *x, double p, stint_tensor *generator);

/* ---- losses -------------------------------------------------------------------------- */

/* Scalars: the mean over the elements or rows, unless _REDUCE says otherwise. */
typedef enum stint_reduce { STINT_REDUCE_MEAN, STINT_REDUCE_SUM, STINT_REDUCE_NONE } stint_reduce;

/* -log softmax(logits)[label] over the last axis; labels i32 or i64 [..], without that axis */
STINT_API stint_tensor *stint_cross_entropy(stint_tensor *logits, stint_tensor *labels,
                                            stint_reduce how);
/* With targets in 0 … 1, of the logits' shape: max(x,0) - x t + log(1 + e^-|x|) */
STINT_API stint_tensor *stint_bce_with_logits(stint_tensor *logits, stint_tensor *targets,
                                              stint_reduce how);
STINT_API stint_tensor *stint_mse(stint_tensor *x, stint_tensor *target, stint_reduce how);
STINT_API stint_tensor *stint_mae(stint_tensor *x, stint_tensor *target, stint_reduce how);
/* e = x - target: e²/2 up to |e| = delta, then delta (|e| - delta/2) */
STINT_API stint_tensor *stint_huber(stint_tensor *x, stint_tensor *target, double delta,
                                    stint_reduce how);
/* log(1 + e^(-y x)), y = ±1 */
STINT_API stint_tensor *stint_soft_margin(stint_tensor *x, stint_tensor *y, stint_reduce how);
/* Per row, the mean of bce_with_logits over its last axis; targets 0 or 1 */
STINT_API stint_tensor *stint_multi_label_soft_margin(stint_tensor *x, stint_tensor *targets,
                                                      stint_reduce how);

/* ---- in place ------------------------------------------------------------------------ */

/* Compute into the first operand's own memory; the handle then stands for the new value, other
 * handles of the old one fail when next used.  The result's shape and dtype must be the
 * operand's, which must be no view.  A value that later work still needs (a gradient, a view)
 * is refused there, naming both operations.  Return the handle. */
STINT_API stint_tensor *stint_add_(stint_tensor *x, stint_tensor *b);
STINT_API stint_tensor *stint_sub_(stint_tensor *x, stint_tensor *b);
STINT_API stint_tensor *stint_mul_(stint_tensor *x, stint_tensor *b);
STINT_API stint_tensor *stint_div_(stint_tensor *x, stint_tensor *b);
STINT_API stint_tensor *stint_assign(stint_tensor *x, stint_tensor *value);

/* ---- gradients ----------------------------------------------------------------------- */

/* out[i] = d Σ targets / d source[i], as graphs, so gradients of gradients work alike.  Each
 * target counts with weight `seed[t]` of its shape (seed or seed[t] NULL: ones).  NULL, which is
 * no failure, where no target depends on the source. */
STINT_API STINT_MUST_CHECK stint_status stint_gradients(int targets, stint_tensor *const *target,
                                                        stint_tensor *const *seed, int sources,
                                                        stint_tensor *const *source,
                                                        stint_tensor **out);
/* The value alone: no gradient passes through. */
STINT_API stint_tensor *stint_detach(stint_tensor *x);
/* While open (they nest), operations record nothing for gradients. */
STINT_API void stint_no_grad_open(stint_context *ctx);
STINT_API void stint_no_grad_close(stint_context *ctx);

/* A pending graph can always be differentiated.  What has been realised forgets how it was
 * computed, unless it depends on what a tape watches: a tape keeps what gradients need until it
 * is cleared or closed, and then memory is back to where it was. */
STINT_API stint_tape *stint_tape_open(stint_context *ctx);
STINT_API void stint_tape_watch(stint_tape *tape, stint_tensor *x);
STINT_API STINT_MUST_CHECK stint_status stint_tape_gradient(stint_tape *tape, stint_tensor *target,
                                                            int sources,
                                                            stint_tensor *const *source,
                                                            stint_tensor **out);
STINT_API void stint_tape_clear(stint_tape *tape); /* forgets what it watches, too */
STINT_API void stint_tape_close(stint_tape *tape); /* takes NULL */

/* ---- files --------------------------------------------------------------------------- */

/* safetensors (https://github.com/huggingface/safetensors), written whole and atomically. */
STINT_API STINT_MUST_CHECK stint_status stint_tensors_save(stint_context *ctx, const char *path,
                                                           int n, const char *const *names,
                                                           stint_tensor *const *t);
/* Tensors by name, of the dtypes and shapes of the file; a missing name is STINT_EDATA. */
STINT_API STINT_MUST_CHECK stint_status stint_tensors_load(stint_context *ctx, const char *path,
                                                           int n, const char *const *names,
                                                           stint_tensor **out);

#ifdef __cplusplus
}
#endif
#endif
