/* Which labels a row is given, from a probability for each: those that reach a threshold, or the
 * k likeliest. */
#ifndef BASE_LABELS_H
#define BASE_LABELS_H

#include <stdint.h>

#define LABELS_MOST 4096 /* of one target */

typedef struct label_decode {
    double threshold; /* probabilities from here on are predicted; where top_k is 0 */
    int top_k;        /* exactly so many a row, the lower label of equals; at most all there are */
} label_decode;

/* n rows: p [labels][stride] into out [labels][n], 0 or 1.  A threshold takes labels × n steps,
 * top_k labels × n × log(top_k). */
void labels_decode(const label_decode *d, int64_t labels, const double *p, int64_t n,
                   int64_t stride, uint8_t *out);

#endif
