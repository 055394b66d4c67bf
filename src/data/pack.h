/* Rows as nets take them: features and targets of one training set in one mapped matrix each,
 * row-major in f32, scaled, with the order of the rows by part and the starts of the series.
 *
 * Made in one pass from a table's column file and kept in the cache, keyed by everything that
 * decides it; batches are copied straight out of the map, so private memory does not grow with
 * the rows.  Rows of no part are left out.
 *
 *     x        [rows][features] f32, (feature - shift) / scale
 *     x_bits   [rows][bytes] features that are packed bits (data/bits.h), behind those
 *     y        [rows][outputs] f32: numbers scaled, sine and cosine as they are;
 *              classes: i32 [rows]; labels: packed bits
 *     start    [rows] i64, the first row of each row's series
 *     row      [rows] i64, the table's number of each row
 *     train, held_out, test   i64, rows of the pack by part, ascending */
#ifndef DATA_PACK_H
#define DATA_PACK_H

#include "base/pool.h"
#include "data/table.h"

typedef struct pack_settings {
    int set;           /* training set whose states the features take (folds = all) */
    bool standardise;  /* features, and targets that are numbers, to mean 0 and deviation 1 of the
                         training rows (what is constant there is only shifted; bits are as they
                         are); always where the features' scale is SCALE_STANDARD */
    const char *group; /* column whose equal cells are one series; "" or NULL = one series */
} pack_settings;

typedef struct pack {
    file_map map;
    int lock;
    char path[4096];
    int64_t rows;
    int64_t features, bits, bits_bytes; /* dense columns of x; bits and their bytes */
    int64_t outputs;                    /* columns of y; labels: bits */
    target_kind kind;
    const float *x;
    const uint8_t *x_bits, *y_bits;
    const float *y;
    const int32_t *classes;
    const int64_t *start, *row;
    const int64_t *train, *held_out, *test;
    int64_t n_train, n_held_out, n_test;
    const double *shift, *scale;     /* [features] */
    const double *y_shift, *y_scale; /* [outputs] numbers; 0 and 1 elsewhere */
} pack;

/* From the cache, else made and put there.  `key` identifies rows and parts (as for
 * features_states_open). */
stint_status pack_open(ctx *c, const table *t, const features_states *states, hash128 key,
                       const pack_settings *s, pool *p, pack *out);
/* As another process made it. */
stint_status pack_open_file(ctx *c, const char *path, pack *out);
void pack_close(pack *p);

/* Do two rows' cells of the group column name one series?  Missing ones do. */
static inline bool pack_same_series(double a, double b)
{
    return a == b || (a != a && b != b);
}

/* Which of the table's features each of the pack's is, dense ones then bits: order [n_features];
 * returns how many are dense. */
int64_t pack_order(const table *t, int *order);

int64_t pack_bytes(int64_t features, int64_t outputs, int threads);       /* private, to make it */
int64_t pack_disk_bytes(int64_t rows, int64_t features, int64_t outputs); /* of the file, at most */

#endif
