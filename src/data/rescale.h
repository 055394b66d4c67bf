/* A column's values onto a common scale, and back: x' = (x - shift) / scale, scale > 0. */
#ifndef DATA_RESCALE_H
#define DATA_RESCALE_H

#include <stdint.h>

typedef struct rescale {
    double shift, scale;
} rescale;

/* What takes the present values (NaN is missing) to 0…1, or to mean 0 and population deviation 1.
 * Values that do not vary are only shifted; without a value nothing is. */
rescale rescale_minmax(const double *x, int64_t n);
rescale rescale_zscore(const double *x, int64_t n);

/* In place; missing cells stay missing. */
void rescale_apply(rescale r, double *x, int64_t n);
void rescale_invert(rescale r, double *x, int64_t n);

#endif
