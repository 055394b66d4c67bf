/* Loaders: samples in batches, in an order that is a pure function of (seed, epoch, position),
 * filled ahead of time by worker threads.
 *
 *     stint_samples s;
 *     stint_samples_rows(2, (stint_rows[]){{x, STINT_F32, 32, 0}, {y, STINT_F32, 1, 0}}, n, &s);
 *     stint_loader *l = stint_loader_new(ctx, &s, &(stint_loader_settings){.batch = 256,
 *                                                                           .shuffle = true});
 *     const stint_batch *b;
 *     for (int64_t epoch = 0; epoch < 10; epoch++)
 *         for (stint_loader_seek(l, epoch, 0); stint_loader_next(l, &b) == STINT_OK && b;)
 *             step(b->data[0], b->data[1], b->rows);
 *     stint_loader_free(l);
 *
 * Nothing is copied but a batch's own rows, once, into one of a few batches that are used in
 * turn.  How many threads fill them, and how far ahead, changes neither order nor bytes.  A NULL
 * loader is taken, and fails.  A loader belongs to one thread at a time. */
#ifndef STINT_LOADER_H
#define STINT_LOADER_H

#include "stint/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

#define STINT_SAMPLE_ARRAYS 4

/* One of the arrays that a sample consists of: its dtype and shape. */
typedef struct stint_sample_array {
    stint_dtype dtype;
    int axes;
    int64_t shape[STINT_AXES];
} stint_sample_array;

/* n samples of a few arrays each.  fill writes samples index[0 … n-1], row-major, one behind the
 * other, into out[array]; called from several threads at once, it must be a pure function of the
 * indices.  What it reads belongs to the caller, and lives as long as loaders of it. */
typedef struct stint_samples {
    int64_t n;
    int arrays;
    stint_sample_array array[STINT_SAMPLE_ARRAYS];
    void (*fill)(const struct stint_samples *s, const int64_t *index, int64_t n, void *const *out);
    const void *self;
    const void *part[STINT_SAMPLE_ARRAYS + 4]; /* of the ready-made ones below */
    int64_t size[STINT_SAMPLE_ARRAYS + 4];
} stint_samples;

/* Rows of matrices in memory (mapped files among them), `stride` elements apart, 0 = `width`. */
typedef struct stint_rows {
    const void *at;
    stint_dtype dtype;
    int64_t width; /* 0 = one value a row, an array without axes */
    int64_t stride;
} stint_rows;
/* Array a of a sample is row i of rows[a], [width]; `rows` itself is copied.  STINT_EUSAGE, without a
 * message, for 0 or more than STINT_SAMPLE_ARRAYS arrays and for rows that cannot be. */
STINT_API STINT_MUST_CHECK stint_status stint_samples_rows(int arrays, const stint_rows *rows,
                                                           int64_t n, stint_samples *out);

/* Windows over series, as views: sample i is x [length, width], the rows i-length+1 … i of its
 * series, and y of row i; N rows are N windows.  Before a series' first row stands that row
 * again, with 0 in the columns that `zero` marks. */
typedef struct stint_windows {
    const float *x; /* [n][width] */
    int64_t n, width, length;
    stint_rows y;         /* [n] rows; at NULL = none */
    const int64_t *start; /* [n] the first row of each row's series; NULL = one series */
    const uint8_t *zero;  /* [width] 1 = 0 in padding; NULL = none */
    const int64_t *row;   /* [samples] rows that samples end at; NULL = every row */
    int64_t samples;      /* 0 = n */
} stint_windows;
/* What `w` points to must live as long as the samples; `w` itself is copied.  Looks once at every
 * start and row: STINT_EUSAGE, without a message, for one that is none, and for sizes below 1. */
STINT_API STINT_MUST_CHECK stint_status stint_samples_windows(const stint_windows *w,
                                                              stint_samples *out);

/* Rows of packed bits, most significant first, `bytes` apart, as 0 and 1 in f32 [width], behind
 * `dense` (width may be 0) where there are both. */
typedef struct stint_bit_rows {
    const uint8_t *at;
    int64_t bytes, width;
    stint_rows dense;      /* f32 */
    stint_rows y;          /* at NULL = none */
    const uint8_t *y_bits; /* labels as packed bits instead: [n][y_bytes] → f32 [y_width] */
    int64_t y_bytes, y_width;
    const int64_t *row; /* [n] rows of the matrices that are samples; NULL = all, in order */
} stint_bit_rows;
/* Array 0 is f32 [dense width + width], array 1 is y where there is one; `r` itself is copied.
 * STINT_EUSAGE, without a message, for rows narrower than their bits, no columns at all, dense ones
 * of another dtype, or both kinds of y. */
STINT_API STINT_MUST_CHECK stint_status stint_samples_bits(const stint_bit_rows *r, int64_t n,
                                                           stint_samples *out);

typedef struct stint_loader stint_loader;

typedef struct stint_loader_settings {
    int64_t batch; /* samples; the last batch of an epoch may be smaller, unless: */
    bool drop_last;
    bool shuffle; /* else in order */
    int64_t seed;
    const double *weights; /* [n] chances of the samples, ≥ 0, drawn with replacement; NULL = each
                              sample once */
    int64_t draws;         /* samples of an epoch with weights; 0 = n */
    int workers;           /* threads that fill; 0 = the caller's own, as it asks; -1 = by cores */
    int prefetch;          /* batches filled ahead by workers; 0 = 2 */
} stint_loader_settings;

/* Samples and settings are copied, and the weights made a table, of 16 bytes each; what samples
 * point to is not.  Memory is (prefetch + 1) batches (one without workers); fewer are prefetched
 * where the budget has less.  NULL after a failure: STINT_EUSAGE for no samples, a batch below 1,
 * weights that are negative, not finite or all 0. */
STINT_API stint_loader *stint_loader_new(stint_context *ctx, const stint_samples *samples,
                                         const stint_loader_settings *settings);
STINT_API void stint_loader_free(stint_loader *l); /* waits for its threads; takes NULL */

/* The next batch is number `batch` of epoch `epoch` (the nearest there is): what was prefetched
 * otherwise is dropped, after a wait for what is being filled.  Going on to the next epoch from an
 * epoch's end keeps the workers filling. */
STINT_API void stint_loader_seek(stint_loader *l, int64_t epoch, int64_t batch);
/* Another batch size from the next seek on; the memory grows if need be, and does not shrink.
 * STINT_ENOMEM leaves the size as it was. */
STINT_API STINT_MUST_CHECK stint_status stint_loader_resize(stint_loader *l, int64_t batch);

typedef struct stint_batch {
    int64_t epoch, number, first; /* first: its position in the epoch's order */
    int64_t rows;
    int slot;             /* which of the loader's batches this is: 0 … slots-1 */
    const int64_t *index; /* [rows] the samples */
    void *data[STINT_SAMPLE_ARRAYS];
} stint_batch;
/* The next batch, the loader's, and whole until the next call of this, seek or resize; *out NULL at
 * the end of the epoch.  Waits for a worker, or fills the batch itself where there is none. */
STINT_API STINT_MUST_CHECK stint_status stint_loader_next(stint_loader *l, const stint_batch **out);

STINT_API int64_t stint_loader_batches(const stint_loader *l); /* of an epoch */
/* How many batches are used in turn: as many arrays of each kind, which callers may map. */
STINT_API int stint_loader_slots(const stint_loader *l);

/* The sample at a position of an epoch, as batches have it: no state, O(1); -1 = no such position. */
STINT_API int64_t stint_loader_sample(const stint_loader *l, int64_t epoch, int64_t position);

/* Since the loader was made. */
typedef struct stint_loader_facts {
    int64_t batches, rows;
    double wait_seconds; /* that next waited for a batch */
    double fill_seconds; /* that threads took to fill, all together */
    int workers, prefetch;
    int64_t bytes; /* of the batches */
} stint_loader_facts;
STINT_API stint_loader_facts stint_loader_report(const stint_loader *l);

#ifdef __cplusplus
}
#endif
#endif
