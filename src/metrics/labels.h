/* Labels counted together, over all rows and labels. */
#ifndef METRICS_LABELS_H
#define METRICS_LABELS_H

#include "metrics/metric.h"

/* What t is a share of: a labels came, p were predicted, t are both; in a row or in all.
 *
 *     precision   p       F1        a/2 + p/2
 *     recall      a       Jaccard   a + p - t */
typedef struct label_share {
    double a, p, t; /* weights of each */
} label_share;

double labels_together(const outcomes *o, label_share of);
double labels_together_half_width(const outcomes *o, label_share of);

#endif
