#include "model/softmax_loss.h"

#include "kernel/kernel.h"
#include "linalg/product.h"

#include <math.h>
#include <string.h>

stint_status softmax_loss_init(ctx *c, softmax_set *set, double alpha, softmax_loss *out)
{
    int p = set->p, columns = set->columns;
    bool newton = !set->gram;
    int64_t scores = (int64_t)set->present * SOFTMAX_BLOCK;
    *out = (softmax_loss){
        .ctx = c,
        .set = set,
        .columns = columns,
        .p = p,
        .penalty = mem_new(c, TAG_MODEL, double, p),
        .scores = mem_new(c, TAG_MODEL, double, scores),
        .top = mem_new(c, TAG_MODEL, double, SOFTMAX_BLOCK),
        .sum = mem_new(c, TAG_MODEL, double, SOFTMAX_BLOCK),
        .roots = newton ? mem_new(c, TAG_MODEL, double, scores) : NULL,
        .weighted = newton ? mem_new(c, TAG_MODEL, double, (int64_t)p *SOFTMAX_BLOCK) : NULL,
    };
    bool whole = out->penalty && out->scores && out->top && out->sum &&
                 (!newton || (out->roots && out->weighted));
    for (int j = 0; whole && j < set->rows.d; j++)
        out->penalty[j] = alpha / (set->scale[j] * set->scale[j]);
    if (!whole)
        softmax_loss_deinit(out);
    return whole ? STINT_OK : STINT_ENOMEM;
}

void softmax_loss_deinit(softmax_loss *l)
{
    mem_free(l->penalty);
    mem_free(l->scores);
    mem_free(l->top);
    mem_free(l->sum);
    mem_free(l->roots);
    mem_free(l->weighted);
}

stint_status softmax_point_init(const softmax_loss *l, softmax_point *out)
{
    int64_t all = (int64_t)l->columns * l->p;
    bool newton = l->weighted != NULL;
    *out = (softmax_point){
        .w = mem_new(l->ctx, TAG_MODEL, double, all),
        .gradient = mem_new(l->ctx, TAG_MODEL, double, all),
        .hessian = newton ? mem_new(l->ctx, TAG_MODEL, double, all *all) : NULL,
    };
    return out->w && out->gradient && (!newton || out->hessian) ? STINT_OK : STINT_ENOMEM;
}

void softmax_point_deinit(softmax_point *p)
{
    mem_free(p->w);
    mem_free(p->gradient);
    mem_free(p->hessian);
}

/* --- blocks ------------------------------------------------------------------------------ */

typedef struct loss_run {
    softmax_loss *l;
    softmax_point *at;
} loss_run;

/* x scaled by `weights`, one for each row. */
static void weigh(const softmax_loss *l, const double *x, int64_t n, const double *weights)
{
    for (int j = 0; j < l->p; j++) {
        const double *from = x + (int64_t)j * SOFTMAX_BLOCK;
        double *to = l->weighted + (int64_t)j * SOFTMAX_BLOCK;
        for (int64_t i = 0; i < n; i++)
            to[i] = from[i] * weights[i];
    }
}

/* H_kl += X' diag(p_k ([k = l] - p_l)) X, of k ≤ l; `weights` is scratch. */
static void hessian_block(const softmax_loss *l, const double *x, int64_t n, double *weights,
                          double *hessian)
{
    int first = l->set->present - l->columns;
    int64_t width = (int64_t)l->columns * l->p;
    for (int64_t i = 0; i < (int64_t)l->set->present * SOFTMAX_BLOCK; i++)
        l->roots[i] = sqrt(l->scores[i]);
    for (int a = 0; a < l->columns; a++)
        for (int b = a; b < l->columns; b++) {
            const double *pa = l->scores + (int64_t)(first + a) * SOFTMAX_BLOCK;
            const double *ra = l->roots + (int64_t)(first + a) * SOFTMAX_BLOCK;
            const double *rb = l->roots + (int64_t)(first + b) * SOFTMAX_BLOCK;
            for (int64_t i = 0; i < n; i++)
                weights[i] = a == b ? ra[i] * sqrt(1 - pa[i] > 0 ? 1 - pa[i] : 0) : ra[i] * rb[i];
            weigh(l, x, n, weights);
            product_gram(l->weighted, SOFTMAX_BLOCK, n, l->p, a == b ? 1 : -1,
                         hessian + a * l->p * width + b * l->p, width);
        }
}

static stint_status loss_block(void *self, const double *x, const double *y, int64_t n)
{
    const loss_run *run = self;
    const softmax_loss *l = run->l;
    softmax_point *at = run->at;
    int classes = l->set->present, first = classes - l->columns;
    double *scores = l->scores, *fitted = scores + (int64_t)first * SOFTMAX_BLOCK, loss = 0;
    memset(scores, 0, (size_t)first * SOFTMAX_BLOCK * sizeof *scores);
    product_scores(x, SOFTMAX_BLOCK, n, l->p, at->w, l->columns, fitted);
    for (int64_t i = 0; i < n; i++)
        loss -= scores[(int64_t)y[i] * SOFTMAX_BLOCK + i];
    kernel()->softmax(scores, classes, SOFTMAX_BLOCK, n, l->top, l->sum);
    for (int64_t i = 0; i < n; i++)
        loss += l->top[i] + log(l->sum[i]);
    at->value += loss;
    if (at->hessian)
        hessian_block(l, x, n, l->top, at->hessian);
    for (int64_t i = 0; i < n; i++)
        scores[(int64_t)y[i] * SOFTMAX_BLOCK + i] -= 1;
    product_gradient(x, SOFTMAX_BLOCK, n, l->p, fitted, l->columns, at->gradient);
    return STINT_OK;
}

/* --- the whole --------------------------------------------------------------------------- */

/* Blocks of the Hessian are symmetric each: from their upper triangles, those off the diagonal
 * are filled. */
static void hessian_fill(const softmax_loss *l, double *hessian)
{
    int64_t width = (int64_t)l->columns * l->p;
    for (int a = 0; a < l->columns; a++)
        for (int b = a + 1; b < l->columns; b++) {
            double *block = hessian + a * l->p * width + b * l->p;
            for (int i = 0; i < l->p; i++)
                for (int j = 0; j < i; j++)
                    block[i * width + j] = block[j * width + i];
        }
    for (int64_t i = 0; i < width; i++)
        hessian[i * width + i] += l->penalty[i % l->p];
}

stint_status softmax_loss_at(softmax_loss *l, softmax_point *at)
{
    int64_t all = (int64_t)l->columns * l->p;
    loss_run run = {l, at};
    at->value = 0;
    memset(at->gradient, 0, (size_t)all * sizeof *at->gradient);
    if (at->hessian)
        memset(at->hessian, 0, (size_t)(all * all) * sizeof *at->hessian);
    TRY(softmax_set_each(l->ctx, l->set, loss_block, &run));
    for (int64_t i = 0; i < all; i++) {
        double pull = l->penalty[i % l->p] * at->w[i];
        at->value += pull * at->w[i] / 2;
        at->gradient[i] += pull;
    }
    if (at->hessian)
        hessian_fill(l, at->hessian);
    return STINT_OK;
}

double softmax_steepness(const softmax_loss *l, const softmax_point *at)
{
    double most = 0;
    for (int64_t i = 0; i < (int64_t)l->columns * l->p; i++)
        most =
            fabs(at->gradient[i]) > most || isnan(at->gradient[i]) ? fabs(at->gradient[i]) : most;
    return most / (double)l->set->n;
}

double softmax_dot(const softmax_loss *l, const double *a, const double *b)
{
    double sum[4] = {0};
    int64_t all = (int64_t)l->columns * l->p, i = 0;
    for (; i + 4 <= all; i += 4)
        for (int k = 0; k < 4; k++)
            sum[k] += a[i + k] * b[i + k];
    for (; i < all; i++)
        sum[0] += a[i] * b[i];
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}
