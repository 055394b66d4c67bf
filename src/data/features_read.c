#include "data/features_impl.h"

#include <assert.h>
#include <math.h>

/* Features of a block of rows: the inner loop of every model.  One table call a feature and block;
 * what is needed in between is on the stack. */

double feature_fill_of(const features *f, const feature_term *t, const double *state)
{
    if (f->fill == FILL_CONSTANT && !t->op->one_hot)
        return f->fill_value;
    return t->fill_at >= 0 ? state[t->fill_at] : NAN;
}

static void cells_fill(double *x, int64_t n, int64_t stride, double fill)
{
    for (int64_t i = 0; i < n; i++)
        x[i * stride] = x[i * stride] != x[i * stride] ? fill : x[i * stride];
}

/* What a block of values is read with. */
typedef struct reading {
    const features *f;
    const double *state;
    const colfile *file;
    int64_t chunk;
    const int32_t *rows;
    int64_t n;
} reading;

static void term_read(const reading *r, const feature_term *t, const feature_out *out)
{
    double x[FEATURES_BLOCK], fill = feature_fill_of(r->f, t, r->state);
    if (t->op->packed) {
        int64_t bytes = (r->file->columns[t->column].width + 7) / 8;
        bits_gather_f64(colfile_bits(r->file, t->column, r->chunk), bytes, r->rows, r->n, out->from,
                        out->to, out->at, out->column_stride, out->row_stride);
        return;
    }
    bool plain = !t->op->evaluate;
    double *to = plain ? out->at : x;
    int64_t stride = plain ? out->row_stride : 1;
    colfile_gather(r->file, t->column, r->chunk, r->rows, r->n, to, stride);
    if (fill == fill)
        cells_fill(to, r->n, stride, fill);
    if (!plain)
        t->op->evaluate(t, r->state ? r->state + t->edges_at : NULL, x, r->n, out);
}

static void scale_apply(const features *f, const double *state, int feature, int64_t n, double *x,
                        int64_t stride)
{
    double shift = state[f->scales_at + feature];
    double scale = state[f->scales_at + features_count(f) + feature];
    for (int64_t i = 0; i < n; i++)
        x[i * stride] = (x[i * stride] - shift) / scale;
}

static void product_write(const double *a, const double *b, int64_t n, int64_t stride, double *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i * stride] = a[i * stride] * b[i * stride];
}

/* Products are made of features before they are scaled; without products each is scaled while
 * it is at hand. */
void features_read(const features *f, const double *state, bool standardise, const colfile *file,
                   int64_t chunk, const int32_t *rows, int64_t n, double *out,
                   int64_t column_stride, int64_t row_stride)
{
    assert(n <= FEATURES_BLOCK);
    reading r = {f, state, file, chunk, rows, n};
    bool scales = f->scale != SCALE_NONE && (f->scale != SCALE_STANDARD || standardise);
    bool at_once = scales && f->n_products == 0;
    for (int i = 0; i < f->n_terms; i++) {
        const feature_term *t = &f->terms[i];
        double *at = out + t->first * column_stride;
        term_read(&r, t, &(feature_out){at, column_stride, row_stride, 0, t->n});
        for (int k = 0; at_once && k < t->n; k++)
            scale_apply(f, state, t->first + k, n, at + k * column_stride, row_stride);
    }
    for (int i = 0; i < f->n_products; i++)
        product_write(out + f->products[i].a * column_stride,
                      out + f->products[i].b * column_stride, n, row_stride,
                      out + (f->n_base + i) * column_stride);
    for (int i = 0; scales && !at_once && i < features_count(f); i++)
        scale_apply(f, state, i, n, out + i * column_stride, row_stride);
}

static void base_read(const reading *r, int feature, double *out)
{
    const feature_term *t = &r->f->terms[r->f->term_of[feature]];
    int k = feature - t->first;
    term_read(r, t, &(feature_out){out, 1, 1, k, k + 1});
}

void feature_read(const features *f, const double *state, int feature, const colfile *file,
                  int64_t chunk, const int32_t *rows, int64_t n, double *out)
{
    assert(n <= FEATURES_BLOCK);
    reading r = {f, state, file, chunk, rows, n};
    if (feature < f->n_base) {
        base_read(&r, feature, out);
        return;
    }
    double other[FEATURES_BLOCK];
    const feature_product *p = &f->products[feature - f->n_base];
    base_read(&r, p->a, out);
    base_read(&r, p->b, other);
    product_write(out, other, n, 1, out);
}
