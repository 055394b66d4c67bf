#include "kernel/kernel.h"
#include "kernel/pairs.h"

#include <string.h>

const pairs_class *pairs(void)
{
    static const pairs_class *const table[] = {
#if STINT_SIMD_X86
        &pairs_avx512,
        &pairs_avx2,
#endif
        &pairs_baseline,
    };
    int i = 0;
    while (strcmp(table[i]->name, kernel()->name) != 0) /* which has the same names */
        i++;
    return table[i];
}
