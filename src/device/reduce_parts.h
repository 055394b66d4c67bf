/* What the two paths of a reduction share: where values come from, how they are combined, and
 * where results go.
 *
 * Let M be the number of kept points, Q of reduced ones.  Values are numbered
 *
 *     along rows      m Q + q: a result's values follow one another
 *     down columns    q M + m: results' values lie side by side
 *
 * and come in ranges of these numbers.  A combined value waits as a double, an int64_t in domain
 * I64. */
#ifndef DEVICE_REDUCE_PARTS_H
#define DEVICE_REDUCE_PARTS_H

#include "device/handed.h"
#include "device/walk.h"

#include "kernel/row_parts.h"

/* Paths. */
enum { REDUCE_ROWS, REDUCE_COLUMNS };

enum {
    REDUCE_TILE = 8192,    /* values of `before` that are made at once */
    REDUCE_RESULTS = 1024, /* results that are worked on at once: ROW_FOLD × so many fit a tile */
};

typedef union reduced {
    double f;
    int64_t i;
} reduced;

typedef struct reduce_scratch {
    _Alignas(64) char tile[REDUCE_TILE * 8];
    _Alignas(64) reduced acc[REDUCE_RESULTS];
    _Alignas(64) char result[REDUCE_RESULTS * 8];
    _Alignas(64) char program[ELEMENT_SCRATCH_BYTES];
} reduce_scratch;

/* `before` and its inputs over its values, merged; its output is where it is told to put them. */
typedef struct bound_program {
    const element_program *p;
    element_space space;
    element_view in[ELEMENT_MOST_REGISTERS], out;
} bound_program;

int64_t reduce_kept(const reduce_args *a);    /* M */
int64_t reduce_dropped(const reduce_args *a); /* Q */
int64_t reduce_chunk(const reduce_args *a);   /* values of a chunk, Q where there is one */

/* The space and the strides of `before` as a path numbers its values. */
element_space reduce_space(const reduce_args *a, int path);
void reduce_strides(const reduce_args *a, int path, const int64_t *from, int64_t *to);

/* Is `before` its one input as it lies in memory? */
bool reduce_is_plain(const reduce_args *a);

/* Is the sum one of its one input's squares? */
bool reduce_is_squares(const reduce_args *a);

void reduce_bind_before(const reduce_args *a, char *const *memory, bound_program *b);

/* Values begin … end-1 to `to`. */
void reduce_make(bound_program *before, int64_t begin, int64_t end, char *to, reduce_scratch *s);

reduced reduce_none(const reduce_args *a); /* of no values */
reduced reduce_two(const reduce_args *a, reduced x, reduced y);
reduced reduce_run(const reduce_args *a, int64_t n, const void *x); /* n contiguous values */

/* Results begin … end-1 of their values q0 … q1-1, into s->acc: at most REDUCE_RESULTS. */
typedef struct reduce_part {
    int64_t begin, end, q0, q1;
} reduce_part;
void reduce_rows(const reduce_args *a, const reduce_part *part, char *const *memory,
                 reduce_scratch *s);
void reduce_columns(const reduce_args *a, const reduce_part *part, char *const *memory,
                    reduce_scratch *s);

/* Results begin … end-1 from s->acc through `after`. */
void reduce_finish(const reduce_args *a, int64_t begin, int64_t end, char *const *memory,
                   reduce_scratch *s);

#endif
