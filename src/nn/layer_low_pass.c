#include "nn/layers.h"
#include "nn/time_filter.h"

#include <math.h>

/* A causal Butterworth low-pass over time of [time, in], of order 1 or 2, by the bilinear transform
 * (Oppenheim, Schafer), with a gain of 1 at frequency 0.
 *
 * It is run as a linear system in the coordinates where its poles r e^±iw are a rotation,
 *
 *     s' = A s + (x, 0),   y = d x + (c1, c2) s,   A^k = r^k [cos kw, -sin kw; sin kw, cos kw]
 *
 * so that the answer at every lag is a formula and no step waits for the one before.  It starts in
 * the state that a constant series of the first value would have left.  Carried: s, and whether
 * there is one. */

typedef struct low_pass {
    double cutoff, order;
} low_pass;

static const param low_pass_params[] = {
    PARAM_F64(low_pass, cutoff, 0.1, 1e-4, 0.9999, "where 3 dB are lost, of half the sample rate"),
    PARAM_INT(low_pass, order, 2, 1, 2, "poles"),
    PARAM_END,
};

typedef struct biquad {
    ctx *ctx;
    double r, w, d, c1, c2;
    double steady1, steady2; /* (I - A)^-1 (1, 0) */
} biquad;

static biquad design(ctx *c, const low_pass *s)
{
    double k = tan(acos(-1) * s->cutoff / 2), q = sqrt(2);
    double scale = 1 / (s->order == 1 ? 1 + k : 1 + q * k + k * k);
    double b0 = (s->order == 1 ? k : k * k) * scale, b1 = s->order == 1 ? b0 : 2 * b0;
    double a1 = (s->order == 1 ? k - 1 : 2 * (k * k - 1)) * scale;
    double a2 = s->order == 1 ? 0 : (1 - q * k + k * k) * scale;
    biquad f = {.ctx = c, .d = b0, .c1 = b1 - a1 * b0}; /* the answer at lag 1 */
    if (s->order == 1) {
        f.r = fabs(a1);
        f.w = a1 > 0 ? acos(-1) : 0;
    } else {
        double second = b0 - a1 * f.c1 - a2 * b0; /* at lag 2 */
        f.r = sqrt(a2);
        f.w = acos(-a1 / (2 * f.r));
        f.c2 = (second / f.r - f.c1 * cos(f.w)) / sin(f.w);
    }
    double turn = f.r * cos(f.w), lift = s->order == 1 ? 0 : f.r * sin(f.w);
    double determinant = (1 - turn) * (1 - turn) + lift * lift;
    f.steady1 = (1 - turn) / determinant;
    f.steady2 = lift / determinant;
    return f;
}

static stint_status low_pass_build(layer *l, const sample_shape *in, sample_shape *out)
{
    TRY(layer_takes(l, in, 2, "[time,in]"));
    *out = *in;
    TRY(layer_remember(l, "state", 2, (const int64_t[]){2, in->size[1]}));
    return layer_remember(l, "begun", 1, (const int64_t[]){1});
}

/* r^k (p cos kw + q sin kw), f64 like the lags k */
static stint_tensor *turned(const biquad *f, stint_tensor *k, double p, double q)
{
    stint_tensor *angle = stint_mul_number(k, f->w);
    stint_tensor *r = stint_full(f->ctx, STINT_F64, STINT_SCALAR, f->r);
    return stint_mul(stint_pow(r, k), stint_add(stint_mul_number(stint_cos(angle), p),
                                                stint_mul_number(stint_sin(angle), q)));
}

/* Two columns [n, 2] or, transposed, rows, in f32. */
static stint_tensor *pair(stint_tensor *a, stint_tensor *b, int axis)
{
    return stint_cast(stint_stack(2, (stint_tensor *[]){a, b}, axis), STINT_F32);
}

/* d, then the answers at lags 1, 2, …, time - 1 */
static stint_tensor *answers(const biquad *f, stint_tensor *lag, int64_t time)
{
    stint_tensor *first = stint_full(f->ctx, STINT_F64, STINT_SHAPE(1), f->d);
    stint_tensor *later = turned(f, stint_slice(lag, 0, 0, time - 1, 1), f->c1, f->c2);
    return stint_cast(stint_concat(2, (stint_tensor *[]){first, later}, 0), STINT_F32);
}

/* s after the last step: A^time s + Σ A^(time-1-t) (x_t, 0); before [batch, 2, in] */
static stint_tensor *state_after(const biquad *f, stint_tensor *lag, int64_t time, stint_tensor *x,
                                 stint_tensor *before)
{
    stint_tensor *back = stint_add_number(stint_neg(lag), (double)(time - 1));
    stint_tensor *of_x = pair(turned(f, back, 1, 0), turned(f, back, 0, 1), 0); /* [2, time] */
    stint_tensor *end = stint_full(f->ctx, STINT_F64, STINT_SCALAR, (double)time);
    stint_tensor *power =
        stint_stack(2,
                    (stint_tensor *[]){pair(turned(f, end, 1, 0), turned(f, end, 0, -1), 0),
                                       pair(turned(f, end, 0, 1), turned(f, end, 1, 0), 0)},
                    0);
    return stint_add(stint_matmul(power, before), stint_matmul(of_x, x));
}

static stint_tensor *low_pass_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    ctx *c = l->net->ctx;
    biquad f = design(c, l->self);
    int64_t time = stint_tensor_size(x, 1);
    stint_tensor *lag = stint_cast(stint_arange(c, STINT_I64, time), STINT_F64);
    stint_tensor *first = stint_slice(x, 1, 0, 1, 1); /* [batch, 1, in] */
    stint_tensor *steady[2] = {stint_mul_number(first, f.steady1),
                               stint_mul_number(first, f.steady2)};
    stint_tensor *before =
        filter_start(layer_carried(l, 0), layer_carried(l, 1), stint_concat(2, steady, 1));
    stint_tensor *left = pair(turned(&f, lag, f.c1, f.c2), turned(&f, lag, f.c2, -f.c1), 1);
    stint_tensor *y = stint_add(stint_matmul(filter_matrix(answers(&f, lag, time)), x),
                                stint_matmul(left, before));
    if (l->net->carry) {
        layer_carry(l, 0, state_after(&f, lag, time, x, before));
        layer_carry(l, 1, stint_full(c, STINT_F32, STINT_SHAPE(pass->batch, 1), 1));
    }
    return y;
}

const layer_class layer_low_pass = {
    .name = "low_pass",
    .size = sizeof(low_pass),
    .params = low_pass_params,
    .build = low_pass_build,
    .apply = low_pass_apply,
    .help = "a causal Butterworth low-pass over time",
};
