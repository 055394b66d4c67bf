#include "device/convolve.h"

#include "device/views.h"
#include "kernel/direct.h"
#include "kernel/gemm_class.h"

#include <assert.h>
#include <string.h>

/* The gradient of a convolution by its weights: columns [elements, windows] times the gradient
 * turned, [windows, channels], block of windows by block, on and on over a part of the batch.
 * Columns of windows of three elements a row, which most have, are not written out.
 * The parts wait, turned as they are, and are summed in their order: how many there are, the
 * shape alone says. */

enum { TILE_CHANNELS = 512, UNITS = 16, SUM_ELEMENTS = 8192 };
enum { LEAST_WINDOWS = 1536 }; /* of a part: to make one costs something */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t pieces(int64_t n, int64_t size)
{
    return (n + size - 1) / size;
}

static int64_t tiles(const convolve_weight_args *a)
{
    return a->groups * pieces(a->channels, a->tile_channels) *
           pieces(convolve_elements(&a->windows), a->tile_elements);
}

static int64_t result_elements(const convolve_weight_args *a)
{
    return a->groups * a->channels * convolve_elements(&a->windows);
}

void convolve_weight_cut(convolve_weight_args *a)
{
    int64_t bytes = dtype_size(a->windows.x.dtype);
    convolve_windows *w = &a->windows;
    convolve_windows_cut(w, bytes);
    a->direct = w->x.dtype == STINT_F32 && w->kernel[1] == 3 && w->step[1] == 1 &&
                direct_weights_of(w->path) && w->channels > 0 && convolve_most_laid(w, bytes) > 0;
    a->tile_elements = a->direct ? convolve_most_laid(w, bytes) : w->depth;
    a->tile_channels = a->channels ? pieces(a->channels, pieces(a->channels, TILE_CHANNELS)) : 1;
    int64_t in_tiles = tiles(a), windows = a->batch * a->windows.rows * a->windows.cols;
    int64_t wanted = in_tiles > 0 ? pieces(UNITS, in_tiles) : 1;
    wanted = least(wanted, 1 + windows / LEAST_WINDOWS);
    int64_t each = a->batch > 0 ? pieces(a->batch, least(wanted, a->batch)) : 1;
    a->parts = a->batch > 0 ? pieces(a->batch, each) : 1;
    a->partial_bytes = a->parts * result_elements(a) * bytes;
}

typedef struct tile {
    int64_t group, channel, channels, begin, end, part;
} tile;

static tile tile_at(const convolve_weight_args *a, int64_t number)
{
    int64_t elements = convolve_elements(&a->windows);
    int64_t across = pieces(elements, a->tile_elements);
    int64_t down = pieces(a->channels, a->tile_channels);
    tile t = {.begin = number % across * a->tile_elements};
    t.end = least(t.begin + a->tile_elements, elements);
    number /= across;
    t.channel = number % down * a->tile_channels;
    t.channels = least(a->tile_channels, a->channels - t.channel);
    number /= down;
    t.group = number % a->groups;
    t.part = number / a->groups;
    return t;
}

#define PART_BYTES ((size_t)(CONVOLVE_DEPTH * 8 + GEMM_PANEL_BYTES) * GEMM_DEPTH)

/* One block of windows of one item of the batch, onto the part's sums. */
static void add_direct(const convolve_weight_args *a, gemm_part *p, const convolve_block *b,
                       const char *source, const char *g, void *thread)
{
    const convolve_windows *w = &a->windows;
    int32_t *places = thread;
    char *stage = (char *)thread + PART_BYTES, *turned = stage + CONVOLVE_STAGE_BYTES;
    int64_t line = convolve_lay_out(w, b, source, 4, stage, places), triples = p->rows / 3;
    int64_t g_row = pieces(p->cols, 16) * 16;
    for (int64_t i = 0; i < triples; i++)
        places[i] = places[3 * i];
    gemm_table[w->path]->turn[ELEMENT_F32](g + (b->row * w->cols + b->col) * 4, p->b_col, p->cols,
                                           b->rows * b->cols, turned, g_row);
    direct_weights d = {.triples = triples,
                        .channels = p->cols,
                        .lines = b->rows,
                        .cols = b->cols,
                        .x = (const float *)(const void *)stage,
                        .g = (const float *)(const void *)turned,
                        .line = line,
                        .step = w->stride[1],
                        .g_row = g_row,
                        .offset = places,
                        .c = p->c,
                        .c_row = p->c_row,
                        .onto = p->onto};
    direct_weights_of(w->path)(&d);
    p->onto = true;
}

static void add_columns(const convolve_weight_args *a, gemm_part *p, const convolve_block *b,
                        const char *source, const char *g, void *thread)
{
    const convolve_windows *w = &a->windows;
    int64_t bytes = dtype_size(w->x.dtype), pitch = pieces(b->rows * b->cols, 16) * 16;
    char *stage = (char *)thread + PART_BYTES, *columns = stage + CONVOLVE_STAGE_BYTES;
    convolve_columns(w, b, source, bytes, pitch, stage, columns);
    p->k = b->rows * b->cols;
    p->a = columns;
    p->a_row = pitch;
    p->b = g + (b->row * w->cols + b->col) * bytes;
    gemm_table[w->path]->run[bytes == 8 ? ELEMENT_F64 : ELEMENT_F32](p);
    p->onto = true;
}

static void run_tile(const convolve_weight_args *a, int64_t item, char *const *memory, void *thread)
{
    static_assert(PART_BYTES + CONVOLVE_STAGE_BYTES + CONVOLVE_COLUMNS_BYTES <= PLAN_SCRATCH_BYTES,
                  "of a thread");
    static_assert(CONVOLVE_WINDOWS * TILE_CHANNELS * 4 <= CONVOLVE_COLUMNS_BYTES, "turned");
    const convolve_windows *w = &a->windows;
    tile t = tile_at(a, item);
    int64_t bytes = dtype_size(w->x.dtype), elements = convolve_elements(w);
    int64_t windows = w->rows * w->cols, each = a->batch > 0 ? pieces(a->batch, a->parts) : 0;
    element_view x = view_at(&w->x, memory), g = view_at(&a->g, memory);
    int64_t at = ((t.part * a->groups + t.group) * elements + t.begin) * a->channels + t.channel;
    gemm_part p = {.rows = t.end - t.begin,
                   .cols = t.channels,
                   .a_col = 1,
                   .b_row = 1,
                   .b_col = windows,
                   .c = memory[a->partial] + at * bytes,
                   .c_row = a->channels,
                   .scratch = thread};
    int64_t first = t.group * a->channels + t.channel, all = a->groups * a->channels;
    for (int64_t n = t.part * each; n < least((t.part + 1) * each, a->batch); n++)
        for (int64_t i = 0; i < convolve_blocks(w); i++) {
            convolve_block b = convolve_block_at(w, i);
            b.begin = t.begin, b.end = t.end;
            (a->direct ? add_direct : add_columns)(
                a, &p, &b, x.at + (n * x.stride[0] + t.group * w->channels * x.stride[1]) * bytes,
                g.at + (n * all + first) * windows * bytes, thread);
        }
    if (!p.onto) /* of no windows */
        for (int64_t i = 0; i < p.rows; i++)
            memset((char *)p.c + i * p.c_row * bytes, 0, (size_t)(p.cols * bytes));
}

/* out[channel][element] of some elements of a group, from partial[part][element][channel] */
#define SUM(name, type)                                                                            \
    static void sum_##name(const convolve_weight_args *a, const type *partial, int64_t group,      \
                           int64_t begin, int64_t end, type *out)                                  \
    {                                                                                              \
        int64_t elements = convolve_elements(&a->windows), all = result_elements(a);               \
        assert(out);                                                                               \
        for (int64_t c = 0; c < a->channels; c++)                                                  \
            for (int64_t k = begin; k < end; k++) {                                                \
                const type *at = partial + (group * elements + k) * a->channels + c;               \
                type sum = *at;                                                                    \
                for (int64_t i = 1; i < a->parts; i++)                                             \
                    sum += at[i * all];                                                            \
                out[(group * a->channels + c) * elements + k] = sum;                               \
            }                                                                                      \
    }
SUM(f32, float)
SUM(f64, double)
#undef SUM

/* Elements whose sums over the parts are one item. */
static int64_t together(const convolve_weight_args *a)
{
    int64_t n = SUM_ELEMENTS / (a->channels * a->parts + 1);
    return n > 0 ? n : 1;
}

static void run_sums(const convolve_weight_args *a, int64_t item, char *const *memory)
{
    int64_t elements = convolve_elements(&a->windows), each = together(a);
    int64_t across = pieces(elements, each), begin = item % across * each;
    int64_t end = least(begin + each, elements);
    void *partial = memory[a->partial], *out = view_at(&a->out, memory).at;
    if (a->windows.x.dtype == STINT_F64)
        sum_f64(a, partial, item / across, begin, end, out);
    else
        sum_f32(a, partial, item / across, begin, end, out);
}

static void weight_run(const void *args, int phase, int64_t item, char *const *memory, void *thread)
{
    if (phase == 0)
        run_tile(args, item, memory, thread);
    else
        run_sums(args, item, memory);
}

static int weight_phases(const void *args)
{
    (void)args;
    return 2;
}

static int64_t weight_items(const void *args, int phase)
{
    const convolve_weight_args *a = args;
    if (result_elements(a) == 0)
        return 0;
    return phase == 0 ? a->parts * tiles(a)
                      : a->groups * pieces(convolve_elements(&a->windows), together(a));
}

static void weight_describe(const void *args, str *out)
{
    const convolve_weight_args *a = args;
    str_addf(out, "[%lld,%lld,%lld,%lld] in %lld parts", (long long)(a->groups * a->channels),
             (long long)a->windows.channels, (long long)a->windows.kernel[0],
             (long long)a->windows.kernel[1], (long long)a->parts);
}

const step_class step_convolve_weight = {.name = "convolve_weight",
                                         .phases = weight_phases,
                                         .items = weight_items,
                                         .run = weight_run,
                                         .describe = weight_describe};
