/* The file of a pack: safetensors, arrays by falling size of their values, so that each is aligned
 * to them, and places follow from sizes alone.
 *
 *     [ u64 header bytes ][ JSON header, padded to 64 ]
 *     [ facts, scales, indices: 8 bytes each ][ x, y, classes: 4 ][ bits: 1 ] */
#ifndef DATA_PACK_IMPL_H
#define DATA_PACK_IMPL_H

#include "base/safetensors.h"
#include "data/pack.h"

#define PACK_FORMAT 1

typedef enum pack_array {
    PACK_FACTS, /* i64 [PACK_FACTS_N] */
    PACK_SHIFT,
    PACK_SCALE,
    PACK_Y_SHIFT,
    PACK_Y_SCALE,
    PACK_START,
    PACK_ROW,
    PACK_TRAIN,
    PACK_HELD_OUT,
    PACK_TEST,
    PACK_X,
    PACK_Y,
    PACK_CLASSES,
    PACK_X_BITS,
    PACK_Y_BITS,
    PACK_ARRAYS
} pack_array;

enum { FACT_FORMAT, FACT_KIND, FACT_BITS, FACT_OUTPUTS, PACK_FACTS_N = 8 };

/* Sizes of `p`, whose numbers are set, as tensors [PACK_ARRAYS]. */
void pack_arrays(const pack *p, safetensor *out);

/* Header into `out`, and where each array begins in the file; at[PACK_ARRAYS] is its size. */
stint_status pack_header(const safetensor *arrays, str *out, int64_t at[PACK_ARRAYS + 1]);

/* What is learned of columns: 0 and 1 where nothing is. */
typedef struct pack_scaling {
    int *order;                /* [features + bits] of the pack: which of the table's features */
    double *shift, *scale;     /* [features] */
    double *y_shift, *y_scale; /* [outputs] */
} pack_scaling;

/* Over the training rows, in parallel; the same bits for any number of threads. */
stint_status pack_scales(ctx *c, const table *t, const double *state, const pack_settings *s,
                         pool *workers, const pack *p, const pack_scaling *out);

/* Fill an empty, open file with header, scales and rows.  `p` has its numbers set. */
typedef struct pack_target {
    int fd;
    const char *path;
} pack_target;
stint_status pack_write(ctx *c, const table *t, const double *state, const pack_settings *s,
                        pool *workers, const pack *p, const pack_scaling *scaling, pack_target to);

/* Rows of the table that are in some part, in blocks of one chunk, features and targets as
 * doubles: what both passes read. */
typedef struct pack_block {
    int64_t chunk, n;
    const int32_t *rows; /* [n] within the chunk */
    const double *x;     /* [features + bits][room] as the table has them */
    const double *y;     /* [outputs][room] */
    int64_t room;
} pack_block;

typedef struct pack_room {
    int32_t *rows; /* [COLFILE_CHUNK_ROWS] */
    double *x, *y;
    int64_t room; /* rows of a block: by the columns alone */
} pack_room;

int64_t pack_room_rows(int64_t columns);
int64_t pack_room_bytes(int64_t features, int64_t outputs);
bool pack_room_init(ctx *c, int64_t features, int64_t outputs, pack_room *r);
void pack_room_deinit(pack_room *r);

/* Visit the blocks of a chunk: rows whose part is marked. */
typedef stint_status pack_visit(void *self, const pack_block *b);
stint_status pack_each(const table *t, const double *state, const bool wanted[256], int64_t chunk,
                       pack_room *r, pack_visit *visit, void *self);

#endif
