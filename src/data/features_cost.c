#include "data/feature_series.h"

/* What fitting features takes, as far as settings tell. */

static bool asks(const char *const *list)
{
    return list && list[0];
}

int64_t features_fit_bytes(const features_settings *s, int columns, int features, int64_t rows,
                           int folds, int threads)
{
    int64_t edges = asks(s->bins) ? s->bins_n - 1 : 0;
    int64_t doubles = columns * (1 + edges) + (s->scale == SCALE_NONE ? 0 : 2 * (int64_t)features);
    (void)rows; /* read in chunks however many there are */
    return (folds + 1) * doubles * 8 + features * (int64_t)8 +
           2 * columns * (int64_t)sizeof(feature_seen) + 4096 + threads * series_room_bytes();
}

/* Passes over columns and features at about 100 million values a second, 50 for those that look at
 * each cell; order statistics take about three passes for each training set. */
double features_fit_seconds(const features_settings *s, int64_t rows, int columns, int features,
                            int folds)
{
    double sets = folds + 1, order = 3 * sets;
    bool differ = s->fill == FILL_MEAN || s->fill == FILL_MEDIAN || asks(s->bins);
    bool checks = asks(s->log) || asks(s->log1p) || asks(s->power) || s->n_interactions > 0;
    double fill = s->fill == FILL_MEDIAN ? order : s->fill == FILL_MEAN ? 1 : 0;
    double bins = !asks(s->bins) ? 0 : s->bins_by == BINS_QUANTILE ? order : sets;
    double scale = s->scale == SCALE_NONE     ? 0
                   : s->scale == SCALE_ROBUST ? order
                   : differ                   ? sets
                                              : 1;
    double passes = columns * (fill + bins + (checks ? 2 : 0)) + features * scale;
    return passes * (double)rows * 1e-8;
}
