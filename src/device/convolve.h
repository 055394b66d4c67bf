/* Convolutions as products of matrices: windows of a source become columns of a matrix, a block
 * at a time, in a thread's scratch.
 *
 * Windows are numbered by row and column; a window's elements by channel, row and column, the
 * order in which they are summed.  Element (i, j) of window (r, q) is where
 *
 *     y = (r stride[0] + i step[0] + origin[0]) / spread[0],  x likewise
 *
 * is whole and in the source, and 0 elsewhere.  So a convolution reads its input (step =
 * dilation, origin = -padding), and its gradient by the input reads that of its result (step =
 * -dilation, origin = padding, spread = the convolution's stride). */
#ifndef DEVICE_CONVOLVE_H
#define DEVICE_CONVOLVE_H

#include "device/steps.h"

typedef struct convolve_windows {
    step_view x; /* [batch, groups channels, height, width], of any strides */
    int64_t channels, height, width, kernel[2];
    int64_t rows, cols; /* windows */
    int64_t stride[2], step[2], origin[2], spread[2];

    /* by convolve_windows_cut */
    int64_t block_rows, block_cols; /* windows of a block: whole rows, or a part of one */
    int path;                       /* in gemm_table */
    int64_t depth;                  /* elements of windows that are columns at a time, at most */
} convolve_windows;

/* Some windows, and some of their elements. */
typedef struct convolve_block {
    int64_t row, col, rows, cols;
    int64_t begin, end; /* elements */
} convolve_block;

enum { CONVOLVE_DEPTH = 256, CONVOLVE_WINDOWS = 256, CONVOLVE_LINE = 64 };
enum { CONVOLVE_PLANE_BYTES = 512 << 10 };
/* Scratch: source rows with their surroundings; columns, each row of which may be written to the
 * end of a line. */
#define CONVOLVE_STAGE_BYTES (2 * CONVOLVE_PLANE_BYTES + CONVOLVE_LINE)
#define CONVOLVE_COLUMNS_BYTES                                                                     \
    ((size_t)CONVOLVE_DEPTH * (CONVOLVE_WINDOWS + 16) * 8 + CONVOLVE_LINE)

/* Whether the sources of a single window have room in scratch. */
bool convolve_has_room(const int64_t kernel[2], const int64_t dilation[2]);

void convolve_windows_cut(convolve_windows *w, int64_t bytes);

/* Blocks of windows, and the one of a number. */
int64_t convolve_blocks(const convolve_windows *w);
convolve_block convolve_block_at(const convolve_windows *w, int64_t number);
static inline int64_t convolve_elements(const convolve_windows *w)
{
    return w->channels * w->kernel[0] * w->kernel[1];
}

/* out[element][window], rows of `pitch` elements, a multiple of a line and zero past the block's
 * windows; source: the group's first channel of a batch's item. */
void convolve_columns(const convolve_windows *w, const convolve_block *b, const char *source,
                      int64_t bytes, int64_t pitch, void *stage, void *out);

/* The source under a block alone, laid out with its surroundings, as whole registers of it are
 * read: of as many elements of the windows as there is room for, 0 = too few.  places: of the
 * block's elements, where the first window's are; its right neighbour's lie one further.  Returns
 * how far apart rows of windows lie. */
int64_t convolve_most_laid(const convolve_windows *w, int64_t bytes);
int64_t convolve_lay_out(const convolve_windows *w, const convolve_block *b, const char *source,
                         int64_t bytes, void *stage, int32_t *places);

/* after(w x) over [batch, groups rows, windows' rows, windows' columns] */
typedef struct convolve_args {
    element_space space;
    int64_t groups, channels; /* of the result, in each group */
    convolve_windows windows;
    step_view w; /* [groups channels][elements], contiguous */
    step_program after;
    /* by convolve_cut */
    int64_t tile_channels, units, together;
    bool direct, turned; /* without columns: kernel/direct.h */
} convolve_args;
void convolve_cut(convolve_args *a);
extern const step_class step_convolve;

/* out[groups channels][elements] = Σ over the batch and windows of g x, both contiguous; g
 * [batch, groups channels, windows] */
typedef struct convolve_weight_args {
    int64_t batch, groups, channels;
    convolve_windows windows;
    step_view g, out;
    /* by convolve_weight_cut */
    int64_t tile_channels, tile_elements, parts; /* of the batch, summed in their order */
    int64_t partial_bytes;
    int32_t partial; /* a buffer of them */
    bool direct;     /* without columns: kernel/direct.h */
} convolve_weight_args;
void convolve_weight_cut(convolve_weight_args *a);
extern const step_class step_convolve_weight;

#endif
