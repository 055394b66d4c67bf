/* The softmax kernel's truth, and the constants that all its forms share. */
#ifndef KERNEL_REF_SOFTMAX_H
#define KERNEL_REF_SOFTMAX_H

#include "kernel/kernel.h"

/* e^x = 2^k e^r with x = k ln 2 + r, |r| ≤ ln 2 / 2.  k comes of rounding by the addition of
 * EXP_ROUND, whose last bits then are k; k ln 2 is taken off in two parts, the first of which is
 * exact; e^r is its Taylor series to r¹³ (remainder 4e-18), odd
 * and even powers apart. */
#define EXP_LEAST   (-708.0)
#define EXP_ROUND   0x1.8p52
#define EXP_LOG2E   0x1.71547652b82fep0
#define EXP_LN2_TOP 0x1.62e42feep-1
#define EXP_LN2_LOW 0x1.a39ef35793c76p-33
#define EXP_TERMS   14
extern const double exp_series[EXP_TERMS]; /* 1/13!, …, 1/2!, 1/1!, 1/0! */

void ref_softmax(double *z, int64_t classes, int64_t stride, int64_t n, double *top, double *sum);

#endif
