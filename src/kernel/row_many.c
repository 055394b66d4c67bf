/* Many rows at once.  Short f32 rows go through kernels that take all of them in a call; others
 * one by one.  The bits of a row are the same. */
#include "kernel/rows_impl.h"

#include <math.h>

enum { TOGETHER = 64 }; /* rows whose sums wait for their logarithms */

/* Rows of one call, and what is known of each. */
typedef struct sums {
    int64_t rows;
    const float *x;
    const int64_t *label;
    double top[TOGETHER], sum[TOGETHER];
} sums;

static void log_softmax(const row_many *m, const sums *s, float *out)
{
    const rows_class *k = rows_of(ELEMENT_F32);
    for (int64_t r = 0; r < s->rows; r++) {
        row_facts f = {.centre = s->top[r], .shift = log(s->sum[r]), .scale = 1};
        k->affine(m->n, s->x + r * m->step, &f, out + r * m->n);
    }
}

static void log_sum_exp(const row_many *m, const sums *s, float *out)
{
    (void)m;
    for (int64_t r = 0; r < s->rows; r++)
        out[r] = (float)(isinf(s->top[r]) ? s->top[r] : s->top[r] + log(s->sum[r]));
}

static void cross_entropy(const row_many *m, const sums *s, float *out)
{
    for (int64_t r = 0; r < s->rows; r++) {
        int64_t label = s->label ? s->label[r] : -1;
        out[r] = NAN;
        if (label >= 0 && label < m->n)
            out[r] = (float)((s->top[r] - (double)s->x[r * m->step + label]) + log(s->sum[r]));
    }
}

static void short_rows(const row_many *m, float *out)
{
    static void (*const finish[ROW_OPS])(const row_many *, const sums *, float *) = {
        [ROW_LOG_SOFTMAX] = log_softmax,
        [ROW_LOG_SUM_EXP] = log_sum_exp,
        [ROW_CROSS_ENTROPY] = cross_entropy,
    };
    const rows_class *k = rows_of(ELEMENT_F32);
    const float *x = m->x;
    if (m->op == ROW_SOFTMAX) {
        k->short_softmax(m->n, m->rows, x, m->step, out);
        return;
    }
    for (int64_t r = 0; r < m->rows; r += TOGETHER) {
        int64_t rows = m->rows - r < TOGETHER ? m->rows - r : TOGETHER;
        sums s = {.rows = rows, .x = x + r * m->step, .label = m->label ? m->label + r : NULL};
        k->short_exp_sums(m->n, rows, s.x, m->step, s.top, s.sum);
        finish[m->op](m, &s, out + r * (row_is_single(m->op) ? 1 : m->n));
    }
}

void row_run_many(const row_many *m, void *out)
{
    static const bool has_short[ROW_OPS] = {
        [ROW_SOFTMAX] = true,
        [ROW_LOG_SOFTMAX] = true,
        [ROW_LOG_SUM_EXP] = true,
        [ROW_CROSS_ENTROPY] = true,
    };
    if (m->domain == ELEMENT_F32 && has_short[m->op] && m->n <= rows_of(ELEMENT_F32)->short_most) {
        short_rows(m, out);
        return;
    }
    bool index = m->op == ROW_ARGMAX || m->op == ROW_ARGMIN;
    int64_t bytes = m->domain == ELEMENT_F32 ? 4 : 8, out_bytes = index ? 8 : bytes;
    int64_t each = (row_is_single(m->op) ? 1 : m->n) * out_bytes;
    for (int64_t r = 0; r < m->rows; r++)
        row_run(m->op, m->domain, m->n, (const char *)m->x + r * m->step * bytes,
                m->label ? m->label[r] : -1, m->eps, (char *)out + r * each);
}
