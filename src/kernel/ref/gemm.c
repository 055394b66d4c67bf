#include "kernel/gemm_class.h"

/* What a tile of a product is: each element a chain over k in its order, every product and every
 * sum rounded to the domain. */

static void part_f32(const gemm_part *p)
{
    const float *a = p->a, *b = p->b;
    float *c = p->c;
    for (int64_t i = 0; i < p->rows; i++)
        for (int64_t j = 0; j < p->cols; j++) {
            float sum = 0;
            for (int64_t k = 0; k < p->k; k++)
                sum += a[i * p->a_row + k * p->a_col] * b[k * p->b_row + j * p->b_col];
            c[i * p->c_row + j] = sum;
        }
}

static void part_f64(const gemm_part *p)
{
    const double *a = p->a, *b = p->b;
    double *c = p->c;
    for (int64_t i = 0; i < p->rows; i++)
        for (int64_t j = 0; j < p->cols; j++) {
            double sum = 0;
            for (int64_t k = 0; k < p->k; k++)
                sum += a[i * p->a_row + k * p->a_col] * b[k * p->b_row + j * p->b_col];
            c[i * p->c_row + j] = sum;
        }
}

static void turn_f32(const void *from, int64_t from_row, int64_t rows, int64_t cols, void *to,
                     int64_t to_row)
{
    for (int64_t j = 0; j < cols; j++)
        for (int64_t i = 0; i < rows; i++)
            ((float *)to)[j * to_row + i] = ((const float *)from)[i * from_row + j];
}

static void turn_f64(const void *from, int64_t from_row, int64_t rows, int64_t cols, void *to,
                     int64_t to_row)
{
    for (int64_t j = 0; j < cols; j++)
        for (int64_t i = 0; i < rows; i++)
            ((double *)to)[j * to_row + i] = ((const double *)from)[i * from_row + j];
}

const gemm_class gemm_ref = {"ref", {part_f32, part_f64}, {turn_f32, turn_f64}};
