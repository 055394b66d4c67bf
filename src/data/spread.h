/* How values spread: count, mean, squares about it, ends; gathered in pieces and merged as Chan,
 * Golub and LeVeque (1979) do.  The order of merging decides the last bits, so it is the caller's
 * and fixed. */
#ifndef DATA_SPREAD_H
#define DATA_SPREAD_H

#include <stdint.h>

typedef struct spread {
    double n, mean, m2, low, high; /* m2: sum of (x - mean)^2; low > high when n is 0 */
} spread;

#define SPREADS_MOST 128

spread spread_none(void);
void spread_merge(spread *a, const spread *b);

/* Values x [n], NaN being none, into groups (SPREADS_MOST at most): that of row i is
 * which[parts[i]], -1 = none.  Two passes, and the second corrects the mean of the first. */
void spreads_of_values(const double *x, const uint8_t *parts, int64_t n, const int *which,
                       int groups, spread *out);

#endif
