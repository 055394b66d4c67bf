/* What steps over sequences share: the packed weights, the rows of an item, and their room in the
 * step's shared buffer:
 *
 *     panels of w    as kernel/sequence.h has them
 *     vector         [3 hidden]: the GRU's bias
 *     inputs         panels of the weights of inputs, and their bias [gates hidden]
 *     keep_h keep_c  [batch][hidden]: of steps back
 */
#ifndef DEVICE_SEQUENCE_ROWS_H
#define DEVICE_SEQUENCE_ROWS_H

#include "device/views.h"

enum { SEQUENCE_ROWS_MOST = 24 }; /* of an item */

typedef struct sequence_room {
    char *panels, *vector, *inputs, *input_bias, *keep_h, *keep_c;
} sequence_room;

typedef struct sequence_rows {
    const sequence_args *a;
    const sequence_class *cells;
    sequence_room room;
    sequence_parts parts;
    element_view lengths;
    int64_t bytes;
    int64_t begin, end;              /* rows of the batch */
    int64_t live;                    /* how many of them are not over, */
    int64_t row[SEQUENCE_ROWS_MOST]; /* these; the others follow */
} sequence_rows;

/* Phase 0 packs w, an item a panel; phase 1 are the rows. */
int sequence_phases(const void *args);
int64_t sequence_items(const sequence_args *a, int phase);
void sequence_pack(const sequence_args *a, int64_t panel, char *const *memory);
void sequence_pack_inputs(const sequence_args *a, const step_view *w, int64_t panel,
                          char *const *memory);
void sequence_bind(sequence_rows *r, const sequence_args *a, int64_t item, char *const *memory);
void sequence_describe(const sequence_args *a, str *out);

/* Tells rows whose length step t, from 1 on, is not beyond from those that are over. */
void sequence_divide(sequence_rows *r, int64_t t);

/* n values from strided memory, of the domain */
void sequence_gather(const sequence_rows *r, const char *from, int64_t stride, int64_t n, char *to);

#endif
