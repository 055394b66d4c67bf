/* Labels by single precision where its rounding cannot matter, by doubles where it can.
 *
 * With S the score that kernel/nearest.h computes and e the bound of its error, a row whose least
 * S is lower than every other centre's by more than 2e belongs to that centre: any order of D in
 * doubles agrees, its own rounding being in e too.  Other rows get D itself, for the centres
 * within 2e of the least. */
#ifndef CLUSTER_KMEANS_FILTER_H
#define CLUSTER_KMEANS_FILTER_H

#include "cluster/kmeans_data.h"

/* Centres of one search, packed. */
typedef struct kmeans_packed {
    nearest_centers at;
    const double *centers; /* [k][d] */
    int64_t k;
    float *c, *half;
    const int32_t *order, *place; /* the centre at a place, a centre's place; NULL = in order */
    int width;                    /* of the blocks; 0 = so that they are even */
    double longest;               /* |c| as the rows are moved and scaled */
    bool exact;                   /* nothing is certain: D of every centre */
} kmeans_packed;

int64_t kmeans_packed_bytes(int64_t k, int64_t d);
/* Room for k centres; freed by kmeans_packed_deinit, also after a failure. */
stint_status kmeans_packed_init(ctx *c, int64_t k, int64_t d, kmeans_packed *p);
void kmeans_packed_deinit(kmeans_packed *p);
void kmeans_pack(const kmeans_data *m, const double *centers, int64_t k, kmeans_packed *p);

/* 2e = base + |x| (slope + |x| square), for centres no longer than `longest`. */
typedef struct kmeans_error {
    float base, slope, square;
} kmeans_error;
kmeans_error kmeans_error_of(int64_t d, double longest);

static inline float kmeans_twice_error(const kmeans_error *e, float norm)
{
    return e->base + norm * (e->slope + norm * e->square);
}

/* The gaps of a search's rows: how much farther, at least, the second nearest centre of row i is
 * than its nearest; 0 = not known.  Distances are as the rows are scaled. */
typedef struct kmeans_search {
    const kmeans_data *data;
    const kmeans_packed *packed;
    kmeans_error error;
    int32_t *labels; /* [n] */
    float *gap;      /* [n], or NULL */
} kmeans_search;
/* What one row has in doubt: it waits for kmeans_decide.  x as in kmeans_label. */
stint_status kmeans_doubt(const kmeans_search *s, const float *x, int lane, int64_t row, float norm,
                          float best, int thread);
void kmeans_search_begin(kmeans_search *s, const kmeans_data *m, const kmeans_packed *p,
                         int32_t *labels, float *gap);

/* Labels of the rows of one panel x; what it cannot decide waits in the thread's scratch until
 * kmeans_decide, which must come before the rows are someone else's. */
stint_status kmeans_label(const kmeans_search *s, const float *x, const float *norm,
                          const int64_t *rows, int n, int thread);
stint_status kmeans_decide(const kmeans_search *s, int thread);

/* Every row of an item. */
stint_status kmeans_label_item(const kmeans_search *s, int64_t item, int thread);

#endif
