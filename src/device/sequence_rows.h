/* What steps over sequences share: the packed weights and products by them, the rows of an item,
 * and their room in the step's shared buffer:
 *
 *     panels of w    [panels][depth][width]
 *     vector         [3 hidden]: the GRU's bias
 *     products       [batch][product_row]
 *     keep_h keep_c  [batch][hidden]: of steps back
 */
#ifndef DEVICE_SEQUENCE_ROWS_H
#define DEVICE_SEQUENCE_ROWS_H

#include "device/views.h"

typedef struct sequence_room {
    char *panels, *vector, *products, *keep_h, *keep_c;
} sequence_room;

typedef struct sequence_rows {
    const sequence_args *a;
    sequence_room room;
    sequence_parts parts;
    element_view lengths;
    int64_t bytes, product_row;
    int64_t begin, end; /* rows of the batch */
    void *scratch;
} sequence_rows;

/* Phase 0 packs w, an item a panel; phase 1 are the rows. */
int sequence_phases(const void *args);
int64_t sequence_items(const sequence_args *a, int phase);
void sequence_pack(const sequence_args *a, int64_t panel, char *const *memory);
void sequence_bind(sequence_rows *r, const sequence_args *a, int64_t item, char *const *memory,
                   void *scratch);
void sequence_describe(const sequence_args *a, str *out);

/* products = a w for the rows, of which the first's values are at `a`, `a_row` elements apart. */
void sequence_product(const sequence_rows *r, const void *a, int64_t a_row);

/* Whether step t, from 1 on, is beyond the length of row b. */
bool sequence_is_over(const sequence_rows *r, int64_t t, int64_t b);

static inline char *sequence_product_of(const sequence_rows *r, int64_t b)
{
    return r->room.products + b * r->product_row * r->bytes;
}

/* n values from strided memory, of the domain */
void sequence_gather(const sequence_rows *r, const char *from, int64_t stride, int64_t n, char *to);

#endif
