/* Rows of a pack as samples: a row, an image, or the window that ends at it; with the row's
 * target.  Which rows is computed from their number, so that nothing is held for each. */
#ifndef MODEL_NET_SAMPLES_H
#define MODEL_NET_SAMPLES_H

#include "data/pack.h"
#include "stint/loader.h"

typedef struct net_shape {
    int64_t window;   /* 0 = one row */
    int64_t image[3]; /* 0 = no image */
} net_shape;

/* Of a list of rows, `n` after each other from `first`; or, where `part` says so, the rows of it
 * that are dealt to one of two: `dealt` of `whole`, evenly spread, and the rest. */
typedef enum net_part { NET_RANGE, NET_DEALT, NET_REST } net_part;

typedef struct net_rows {
    const pack *pack;
    net_shape shape;
    const uint8_t *zero; /* [features + bits] of the pack; NULL = none */
    const int64_t *list;
    net_part part;
    int64_t first, n, dealt, whole;
    stint_samples samples; /* of this struct: it must not move */
} net_rows;

/* The rest is set; fills in `samples`. */
void net_rows_ready(net_rows *r);
int64_t net_rows_at(const net_rows *r, int64_t i); /* the pack's row of sample i */

/* Floats of a sample's x. */
int64_t net_sample_floats(const net_shape *s, int64_t features);
/* x of the sample that ends at a row of the pack. */
void net_sample_read(const net_rows *r, int64_t row, float *out);

#endif
