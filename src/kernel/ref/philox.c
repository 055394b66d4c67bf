#include "kernel/philox.h"

#include "base/rng.h"

void philox_ref(uint64_t seed, uint64_t stream, uint64_t first, int64_t blocks, uint32_t *out)
{
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    for (int64_t i = 0; i < blocks; i++) {
        uint64_t at = first + (uint64_t)i;
        uint32_t counter[4] = {(uint32_t)at, (uint32_t)(at >> 32), (uint32_t)stream,
                               (uint32_t)(stream >> 32)};
        philox4x32_10(counter, key, out + 4 * i);
    }
}
