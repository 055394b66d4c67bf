/* Row operations as passes of the fastest instruction set that is here.
 *
 *     softmax        e^(x - top) / Σ
 *     log softmax    (x - top) - log Σ
 *     normalise      ((x - c) - rest) / √(variance + eps), where c is the mean as it rounds and
 *                    rest = Σ(x - c)/n what that lost: a constant row gives zeros exactly */
#include "kernel/rows_impl.h"

#include "kernel/kernel.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>

const char *const row_op_text[ROW_OPS] = {
#define X(name, text, out) text,
    ROW_OP_LIST(X)
#undef X
};

static const rows_class *find_f32(void)
{
    const kernel_class *k = kernel();
#if STINT_SIMD_X86
    if (k == &kernel_avx512)
        return &rows_avx512;
    if (k == &kernel_avx2)
        return &rows_avx2;
#endif
    (void)k;
    return &rows_baseline;
}

const rows_class *rows_of(element_domain d)
{
    static _Atomic(const rows_class *) found;
    if (d == ELEMENT_F64)
        return &rows_ref_f64;
    const rows_class *f32 = atomic_load_explicit(&found, memory_order_relaxed);
    if (!f32) {
        f32 = find_f32();
        atomic_store_explicit(&found, f32, memory_order_relaxed);
    }
    return f32;
}

bool row_is_single(row_op op)
{
    static const bool single[ROW_OPS] = {
        [ROW_LOG_SUM_EXP] = true,
        [ROW_CROSS_ENTROPY] = true,
        [ROW_ARGMAX] = true,
        [ROW_ARGMIN] = true,
    };
    return single[op];
}

static double value_at(element_domain d, const void *x, int64_t i)
{
    return d == ELEMENT_F32 ? (double)((const float *)x)[i] : ((const double *)x)[i];
}

typedef struct row {
    const rows_class *k;
    element_domain d;
    int64_t n, label;
    const void *x;
    double eps;
} row;

static void look_softmax(const row *r, row_facts *f)
{
    f->centre = r->k->most(r->n, r->x);
    f->scale = 1 / r->k->exp_sum(r->n, r->x, f->centre, NULL);
}

static void look_log_softmax(const row *r, row_facts *f)
{
    f->centre = r->k->most(r->n, r->x);
    f->shift = log(r->k->exp_sum(r->n, r->x, f->centre, NULL));
    f->scale = 1;
}

/* An infinite maximum is the result, as it is not in the softmax. */
static void look_log_sum_exp(const row *r, row_facts *f)
{
    double top = r->k->most(r->n, r->x);
    f->value = isinf(top) ? top : top + log(r->k->exp_sum(r->n, r->x, top, NULL));
}

static void look_cross_entropy(const row *r, row_facts *f)
{
    f->value = NAN;
    if (r->label < 0 || r->label >= r->n)
        return;
    double top = r->k->most(r->n, r->x);
    double sum = r->k->exp_sum(r->n, r->x, top, NULL);
    f->value = (top - value_at(r->d, r->x, r->label)) + log(sum);
}

static void look_normalise(const row *r, row_facts *f)
{
    double n = (double)r->n, mean = r->k->sum(r->n, r->x) / n, sums[2];
    f->centre = r->d == ELEMENT_F32 ? (double)(float)mean : mean;
    r->k->moments(r->n, r->x, f->centre, sums);
    f->shift = sums[0] / n;
    double variance = sums[1] / n - f->shift * f->shift;
    f->scale = 1 / sqrt((variance < 0 ? 0 : variance) + r->eps);
}

static void look_argmax(const row *r, row_facts *f)
{
    f->index = r->k->find(r->n, r->x, r->k->most(r->n, r->x));
}

static void look_argmin(const row *r, row_facts *f)
{
    f->index = r->k->find(r->n, r->x, r->k->least(r->n, r->x));
}

void row_look(row_op op, element_domain d, int64_t n, const void *x, int64_t label, double eps,
              row_facts *f)
{
    static void (*const look[ROW_OPS])(const row *, row_facts *) = {
        [ROW_SOFTMAX] = look_softmax,
        [ROW_LOG_SOFTMAX] = look_log_softmax,
        [ROW_LOG_SUM_EXP] = look_log_sum_exp,
        [ROW_NORMALISE] = look_normalise,
        [ROW_CROSS_ENTROPY] = look_cross_entropy,
        [ROW_ARGMAX] = look_argmax,
        [ROW_ARGMIN] = look_argmin,
    };
    assert(n >= 1 && d != ELEMENT_I64);
    row r = {.k = rows_of(d), .d = d, .n = n, .label = label, .x = x, .eps = eps};
    *f = (row_facts){0};
    look[op](&r, f);
}

void row_produce(row_op op, element_domain d, const row_facts *f, int64_t n, const void *x,
                 void *out)
{
    assert(!row_is_single(op));
    if (op == ROW_SOFTMAX)
        rows_of(d)->exp(n, x, f->centre, f->scale, out);
    else
        rows_of(d)->affine(n, x, f, out);
}

static void put_single(row_op op, element_domain d, const row_facts *f, void *out)
{
    if (op == ROW_ARGMAX || op == ROW_ARGMIN)
        *(int64_t *)out = f->index;
    else if (d == ELEMENT_F32)
        *(float *)out = (float)f->value;
    else
        *(double *)out = f->value;
}

/* The exponentials once: they wait in out for their sum. */
static void softmax(element_domain d, int64_t n, const void *x, void *out)
{
    const rows_class *k = rows_of(d);
    row_facts f = {.scale = 1 / k->exp_sum(n, x, k->most(n, x), out)};
    k->affine(n, out, &f, out);
}

void row_run(row_op op, element_domain d, int64_t n, const void *x, int64_t label, double eps,
             void *out)
{
    if (op == ROW_SOFTMAX) {
        softmax(d, n, x, out);
        return;
    }
    row_facts f;
    row_look(op, d, n, x, label, eps, &f);
    if (row_is_single(op))
        put_single(op, d, &f, out);
    else
        row_produce(op, d, &f, n, x, out);
}
