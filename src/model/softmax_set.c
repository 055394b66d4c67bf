#include "model/softmax_set.h"

#include "linalg/openblas.h"
#include "linalg/product.h"

#include <float.h>
#include <math.h>
#include <string.h>

bool softmax_set_newton(int d, int classes)
{
    return (int64_t)(d + 1) * (classes == 2 ? 1 : classes) <= SOFTMAX_NEWTON_MOST;
}

/* Doubles of a block: features, classes, and how many rows. */
static int64_t block_doubles(int p)
{
    return (int64_t)(p + 2) * SOFTMAX_BLOCK;
}

int64_t softmax_set_bytes(int64_t rows, int d, int classes)
{
    int64_t p = d + 1, one = block_doubles((int)p) * 8;
    int64_t blocks = rows / SOFTMAX_BLOCK + rows / (SOFTMAX_BLOCK * 32) + 2;
    int64_t kept = blocks * one < SOFTMAX_KEPT_BYTES ? blocks * one : SOFTMAX_KEPT_BYTES;
    int64_t gram = softmax_set_newton(d, classes) ? 0 : p * p * 8;
    return kept + one + gram + (2 * p + 2 * (int64_t)classes) * 8 + 8 * 128 + OPENBLAS_BYTES;
}

/* --- moments ----------------------------------------------------------------------------- */

/* Means and sums of squares about them, blocks merged by Chan, Golub and LeVeque's formula. */
typedef struct moments_run {
    softmax_set *s;
    double *m2; /* [d] */
} moments_run;

static stint_status moments_block(void *self, const double *x, const double *y, int64_t n)
{
    moments_run *m = self;
    softmax_set *s = m->s;
    double before = (double)s->n, here = (double)n, all = before + here;
    for (int j = 0; j < s->rows.d; j++) {
        const double *xj = x + (int64_t)j * SOFTMAX_BLOCK;
        double mean = 0, m2 = 0;
        for (int64_t i = 0; i < n; i++)
            mean += xj[i];
        mean /= here;
        for (int64_t i = 0; i < n; i++)
            m2 += (xj[i] - mean) * (xj[i] - mean);
        double shift = mean - s->mean[j];
        s->mean[j] += shift * (here / all);
        m->m2[j] += m2 + shift * shift * (before * here / all);
    }
    for (int64_t i = 0; i < n; i++)
        s->count[(int)y[i]]++;
    s->n += n;
    s->blocks++;
    return STINT_OK;
}

/* 1 for a feature whose spread is rounding noise about its mean. */
static void settle_scale(softmax_set *s, const double *m2)
{
    for (int j = 0; j < s->rows.d; j++) {
        double n = (double)s->n, variance = m2[j] / n, noise = n * s->mean[j] * DBL_EPSILON;
        double square = s->intercept ? variance : variance + s->mean[j] * s->mean[j];
        bool constant = s->intercept && variance <= noise * noise;
        s->scale[j] = constant || !(square > 0) ? 1 : sqrt(square);
        s->mean[j] = s->intercept ? s->mean[j] : 0;
    }
}

static stint_status measure(ctx *c, softmax_set *s)
{
    moments_run m = {s, mem_new(c, TAG_MODEL, double, s->rows.d)};
    stint_status status = m.m2 ? s->rows.each(c, s->rows.self, moments_block, &m) : STINT_ENOMEM;
    if (status == STINT_OK)
        settle_scale(s, m.m2);
    mem_free(m.m2);
    for (int k = 0; k < s->rows.classes; k++)
        s->place[k] = s->count[k] > 0 ? s->present++ : -1;
    s->columns = s->rows.classes == 2 ? 1 : s->present;
    return status;
}

/* --- blocks ------------------------------------------------------------------------------ */

static void block_fill(const softmax_set *s, const double *x, const double *y, int64_t n,
                       double *block)
{
    double *places = block + (int64_t)s->p * SOFTMAX_BLOCK;
    for (int j = 0; j < s->rows.d; j++) {
        const double *from = x + (int64_t)j * SOFTMAX_BLOCK;
        double *to = block + (int64_t)j * SOFTMAX_BLOCK, mean = s->mean[j], scale = s->scale[j];
        for (int64_t i = 0; i < n; i++)
            to[i] = (from[i] - mean) / scale;
    }
    for (int64_t i = 0; s->intercept && i < n; i++)
        block[(int64_t)s->rows.d * SOFTMAX_BLOCK + i] = 1;
    for (int64_t i = 0; i < n; i++)
        places[i] = s->place[(int)y[i]];
    places[SOFTMAX_BLOCK] = (double)n;
}

typedef struct visit_run {
    softmax_set *s;
    softmax_visit *visit;
    void *self;
    int64_t block;
} visit_run;

static stint_status visit_block(const softmax_set *s, const double *block, softmax_visit *visit,
                                void *self)
{
    const double *y = block + (int64_t)s->p * SOFTMAX_BLOCK;
    return visit(self, block, y, (int64_t)y[SOFTMAX_BLOCK]);
}

static stint_status read_block(void *self, const double *x, const double *y, int64_t n)
{
    visit_run *v = self;
    block_fill(v->s, x, y, n, v->s->work);
    return visit_block(v->s, v->s->work, v->visit, v->self);
}

stint_status softmax_set_each(ctx *c, softmax_set *s, softmax_visit *visit, void *self)
{
    visit_run v = {s, visit, self, 0};
    if (!s->kept)
        return s->rows.each(c, s->rows.self, read_block, &v);
    for (int64_t b = 0; b < s->blocks; b++)
        TRY(visit_block(s, s->kept + b * block_doubles(s->p), visit, self));
    return STINT_OK;
}

static stint_status keep_block(void *self, const double *x, const double *y, int64_t n)
{
    visit_run *v = self;
    block_fill(v->s, x, y, n, v->s->kept + v->block++ * block_doubles(v->s->p));
    return STINT_OK;
}

static stint_status gram_block(void *self, const double *x, const double *y, int64_t n)
{
    softmax_set *s = self;
    (void)y;
    product_gram(x, SOFTMAX_BLOCK, n, s->p, 1, s->gram, s->p);
    return STINT_OK;
}

/* --- the set ----------------------------------------------------------------------------- */

static stint_status fill(ctx *c, softmax_set *s)
{
    int64_t doubles = s->blocks * block_doubles(s->p);
    TRY(openblas_need(c));
    if (doubles * 8 <= SOFTMAX_KEPT_BYTES) {
        if (!(s->kept = mem_new(c, TAG_MODEL, double, doubles)))
            return STINT_ENOMEM;
        TRY(s->rows.each(c, s->rows.self, keep_block, &(visit_run){.s = s}));
    }
    return s->gram ? softmax_set_each(c, s, gram_block, s) : STINT_OK;
}

stint_status softmax_set_init(ctx *c, const softmax_rows *rows, bool intercept, softmax_set *out)
{
    int d = rows->d, p = d + intercept;
    bool newton = softmax_set_newton(d, rows->classes);
    *out = (softmax_set){
        .rows = *rows,
        .intercept = intercept,
        .p = p,
        .count = mem_new(c, TAG_MODEL, int64_t, rows->classes),
        .place = mem_new(c, TAG_MODEL, int, rows->classes),
        .mean = mem_new(c, TAG_MODEL, double, d),
        .scale = mem_new(c, TAG_MODEL, double, d),
        .work = mem_new(c, TAG_MODEL, double, block_doubles(p)),
        .gram = newton ? NULL : mem_new(c, TAG_MODEL, double, (int64_t)p *p),
    };
    bool whole =
        out->count && out->place && out->mean && out->scale && out->work && (newton || out->gram);
    stint_status s = whole ? measure(c, out) : STINT_ENOMEM;
    if (s == STINT_OK)
        s = fill(c, out);
    if (s != STINT_OK)
        softmax_set_deinit(out);
    return s;
}

void softmax_set_deinit(softmax_set *s)
{
    mem_free(s->count);
    mem_free(s->place);
    mem_free(s->mean);
    mem_free(s->scale);
    mem_free(s->kept);
    mem_free(s->work);
    mem_free(s->gram);
    *s = (softmax_set){0};
}
