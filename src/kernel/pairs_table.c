#include "kernel/kernel.h"
#include "kernel/pairs.h"

#include <string.h>

/* The table's names are those of kernel(). */
const pairs_class *pairs(void)
{
    static const pairs_class *const table[] = {
#if STINT_SIMD_X86
        &pairs_avx512,
        &pairs_avx2,
#endif
        &pairs_baseline,
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i]->name, kernel()->name) == 0)
            return table[i];
    return &pairs_baseline;
}
