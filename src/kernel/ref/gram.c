#include "kernel/ref/near.h"
#include "kernel/ref/softmax.h"

static void ref_gram(const double *x, int64_t rows, int64_t ld, double *out)
{
    for (int64_t i = 0; i < ld; i++)
        for (int64_t j = i; j < ld; j++) {
            double sum = 0;
            for (int64_t r = 0; r < rows; r++)
                sum += x[r * ld + i] * x[r * ld + j];
            out[i * ld + j] += sum;
        }
}

static void ref_axpy(double w, const double *x, int64_t n, double *y)
{
    for (int64_t r = 0; r < n; r++)
        y[r] += w * x[r];
}

const kernel_class kernel_baseline = {
    .name = "baseline",
    .gram = ref_gram,
    .axpy = ref_axpy,
    .near_squares = ref_near_squares,
    .near_sizes = ref_near_sizes,
    .softmax = ref_softmax,
};
