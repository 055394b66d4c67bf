#include "nn/initialise.h"
#include "nn/orthonormal.h"

#include "base/mem.h"

/* Random orthogonal weights (Saxe, McClelland, Ganguli 2014): of the weight as a matrix [first
 * axis, all others], the rows or the columns, whichever are fewer, are orthogonal vectors of
 * length `gain`.  Q of a normal draw, with the signs that make it uniform (Mezzadri 2007).  With
 * `blocks` the last axis is that many matrices side by side, each orthogonal by itself: gates. */

typedef struct orthogonal {
    double gain, blocks;
} orthogonal;

enum { BLOCKS = 8 };

static const param orthogonal_params[] = {
    PARAM_F64(orthogonal, gain, 1, 0, 1e300, "length of the vectors"),
    PARAM_INT(orthogonal, blocks, 1, 1, BLOCKS, "matrices side by side in the last axis"),
    PARAM_END,
};

/* The vectors as an f64 tensor [count, n], each of n ≥ count numbers. */
static stint_tensor *vectors(const init_weight *w, int64_t count, int64_t n)
{
    size_t bytes = (size_t)(count * n) * sizeof(double);
    double *v = mem_new(w->ctx, TAG_MODEL, double, count *n);
    stint_tensor *drawn = stint_normal(w->generator, STINT_F64, STINT_SHAPE(count, n), 0, 1);
    stint_tensor *out = NULL;
    if (v && drawn && stint_read(drawn, v, bytes) == STINT_OK) {
        orthonormal(count, n, v);
        out = stint_tensor_new(w->ctx, STINT_F64, STINT_SHAPE(count, n), v);
    }
    mem_free(v);
    return out;
}

/* f64 [rows, columns] */
static stint_tensor *matrix(const init_weight *w, int64_t rows, int64_t columns)
{
    return rows <= columns ? vectors(w, rows, columns)
                           : stint_transpose(vectors(w, columns, rows), 0, 1);
}

static stint_tensor *orthogonal_draw(const void *self, const init_weight *w)
{
    const orthogonal *s = self;
    int blocks = (int)s->blocks;
    int64_t rows = w->shape[0], columns = 1;
    stint_tensor *q[BLOCKS] = {NULL};
    for (int a = 1; a < w->axes; a++)
        columns *= w->shape[a];
    if (rows == 0 || columns == 0)
        return stint_zeros(w->ctx, w->dtype, w->axes, w->shape);
    if (blocks > 1 && (w->axes > 2 || columns % blocks != 0)) {
        fail(w->ctx, STINT_EUSAGE, "orthogonal: %d blocks do not divide the weight", blocks);
        return NULL;
    }
    for (int i = 0; i < blocks; i++)
        q[i] = matrix(w, rows, columns / blocks);
    stint_tensor *all = blocks > 1 ? stint_concat(blocks, q, 1) : q[0];
    all = stint_cast(stint_mul_number(all, s->gain), w->dtype);
    return stint_reshape(all, w->axes, w->shape);
}

const init_class init_orthogonal = {
    .name = "orthogonal",
    .size = sizeof(orthogonal),
    .params = orthogonal_params,
    .axes = 2,
    .draw = orthogonal_draw,
};
