/* Philox4x32-10 for many consecutive counters at once; see base/rng.h. */
#ifndef KERNEL_PHILOX_H
#define KERNEL_PHILOX_H

#include <stdint.h>

/* out [blocks][4]: the blocks of counters (first + i, stream), 64 bits each, keyed by the seed. */
typedef void philox_fill(uint64_t seed, uint64_t stream, uint64_t first, int64_t blocks,
                         uint32_t *out);

extern philox_fill philox_ref, philox_baseline, philox_avx2, philox_avx512;

/* The fastest that this processor runs. */
philox_fill *philox(void);

#endif
