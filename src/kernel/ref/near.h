/* The reference's near rows, for its row of the kernel table. */
#ifndef KERNEL_REF_NEAR_H
#define KERNEL_REF_NEAR_H

#include "kernel/kernel.h"

kernel_near ref_near_squares, ref_near_sizes;

#endif
