#include "device/convolve.h"

#include "device/views.h"
#include "kernel/direct.h"
#include "kernel/gemm_class.h"

#include <assert.h>
#include <string.h>

/* Convolutions: a unit is a block of windows of one item of the batch and one group, for some of
 * the result's channels: w [channels, elements] columns [elements, windows], then the program
 * that follows, while the tile is in cache.  Columns are written out only where windows that are
 * neighbours are none in the source, or for want of a kernel that reads them there.  Elements are
 * summed in their order, in one chain. */

enum { TILE_CHANNELS = 264 };
static const double item_flops = 250e3;
/* From so many channels and elements on short rows of windows are worth turning weights and sums;
 * the weights of so many elements at a time. */
enum { TURNED_CHANNELS = 12, TURNED_ELEMENTS = 64, TURNED_DEPTH = 504 };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t parts(int64_t n, int64_t size)
{
    return (n + size - 1) / size;
}

void convolve_cut(convolve_args *a)
{
    convolve_windows *w = &a->windows;
    convolve_windows_cut(w, dtype_size(w->x.dtype));
    a->direct = w->x.dtype == STINT_F32 && w->stride[1] == 1 && direct_of(w->path) &&
                convolve_elements(w) > 0 && convolve_most_laid(w, 4) > 0;
    a->turned = a->direct && w->cols <= DIRECT_SHORT && a->channels >= TURNED_CHANNELS &&
                convolve_elements(w) >= TURNED_ELEMENTS &&
                w->kernel[0] * w->kernel[1] <= TURNED_DEPTH;
    if (a->direct)
        w->depth = convolve_most_laid(w, 4);
    if (a->turned && w->depth > TURNED_DEPTH)
        w->depth = TURNED_DEPTH / (w->kernel[0] * w->kernel[1]) * w->kernel[0] * w->kernel[1];
    a->tile_channels = a->channels ? parts(a->channels, parts(a->channels, TILE_CHANNELS)) : 1;
    a->units =
        a->space.size[0] * a->groups * parts(a->channels, a->tile_channels) * convolve_blocks(w);
    double flops = 2.0 * (double)a->tile_channels * (double)convolve_elements(w) *
                   (double)(w->block_rows * w->block_cols);
    a->together = flops + 1e3 < item_flops ? (int64_t)(item_flops / (flops + 1e3)) : 1;
}

typedef struct unit {
    const convolve_args *args;
    int64_t batch, channel, channels; /* of all groups */
    int64_t group, bytes, pitch;
    convolve_block block;
    char *tile;
    int64_t tile_row;
} unit;

static unit unit_at(const convolve_args *a, int64_t number)
{
    int64_t blocks = convolve_blocks(&a->windows), tiles = parts(a->channels, a->tile_channels);
    unit u = {.args = a,
              .block = convolve_block_at(&a->windows, number % blocks),
              .bytes = dtype_size(a->windows.x.dtype)};
    number /= blocks;
    int64_t first = number % tiles * a->tile_channels;
    number /= tiles;
    u.group = number % a->groups;
    u.batch = number / a->groups;
    u.channel = u.group * a->channels + first;
    u.channels = least(a->tile_channels, a->channels - first);
    u.pitch = parts(u.block.rows * u.block.cols, 16) * 16;
    return u;
}

static int64_t offset_of(const unit *u, const element_view *v)
{
    return u->batch * v->stride[0] + u->channel * v->stride[1] + u->block.row * v->stride[2] +
           u->block.col * v->stride[3];
}

/* Whether the program only stores the result, as rows that sums can be written to. */
static bool stores_alone(const unit *u)
{
    const convolve_args *a = u->args;
    const element_program *p = a->after.program;
    const step_view *out = a->after.out;
    const element_code *c = p->code;
    if (p->outputs != 1 || p->out_dtype[0] != a->windows.x.dtype || p->codes > 1)
        return false;
    if (p->codes == 0 ? p->out_register[0] != 0
                      : c->op != ELEMENT_COPY || c->a != 0 || c->out != p->out_register[0])
        return false;
    return (out->stride[3] == 1 || u->block.cols == 1) &&
           (out->stride[2] == u->block.cols || u->block.rows == 1);
}

/* Beside the sums' own scratch */
typedef struct scratch {
    char *part, *stage, *columns, *tile, *program;
} scratch;

enum { PLACES_BYTES = 4 * TURNED_DEPTH };
#define TILE_BYTES ((size_t)TILE_CHANNELS * (CONVOLVE_WINDOWS + 16) * 8)
#define PART_BYTES ((size_t)(TILE_CHANNELS * 8 + GEMM_PANEL_BYTES) * GEMM_DEPTH)

static scratch scratch_at(void *at)
{
    static_assert(PART_BYTES + CONVOLVE_STAGE_BYTES + CONVOLVE_COLUMNS_BYTES + TILE_BYTES +
                          ELEMENT_SCRATCH_BYTES <=
                      PLAN_SCRATCH_BYTES,
                  "of a thread");
    scratch s = {.part = at};
    s.stage = s.part + PART_BYTES;
    s.columns = s.stage + CONVOLVE_STAGE_BYTES;
    s.tile = s.columns + CONVOLVE_COLUMNS_BYTES;
    s.program = s.tile + TILE_BYTES;
    return s;
}

/* Some of the elements of a unit's windows; source: the first channel of its group and item. */
static void multiply_columns(const unit *u, const convolve_block *b, const char *source,
                             const char *weights, const scratch *s)
{
    const convolve_windows *w = &u->args->windows;
    bool in_place = u->tile != s->tile;
    gemm_part p = {.rows = u->channels,
                   .cols = in_place ? u->block.rows * u->block.cols : u->pitch,
                   .k = b->end - b->begin,
                   .a = weights,
                   .a_row = convolve_elements(w),
                   .a_col = 1,
                   .b = s->columns,
                   .b_row = u->pitch,
                   .b_col = 1,
                   .c = u->tile,
                   .c_row = u->tile_row,
                   .onto = b->begin > 0,
                   .scratch = s->part};
    if (p.k > 0)
        convolve_columns(w, b, source, u->bytes, u->pitch, s->stage, s->columns);
    gemm_table[w->path]->run[u->bytes == 8 ? ELEMENT_F64 : ELEMENT_F32](&p);
}

static void multiply_direct(const unit *u, const convolve_block *b, const char *source,
                            const char *weights, const scratch *s)
{
    const convolve_windows *w = &u->args->windows;
    int32_t *places = (int32_t *)(void *)s->columns;
    int64_t line = convolve_lay_out(w, b, source, u->bytes, s->stage, places);
    direct_part p = {.rows = u->channels,
                     .lines = b->rows,
                     .cols = b->cols,
                     .k = b->end - b->begin,
                     .a = (const float *)(const void *)weights,
                     .x = (const float *)(const void *)s->stage,
                     .a_row = convolve_elements(w),
                     .line = line,
                     .offset = places,
                     .c = (float *)(void *)u->tile,
                     .c_row = u->tile_row,
                     .c_line = b->cols,
                     .onto = b->begin > 0};
    direct_of(w->path)(&p);
}

/* With channels side by side: the weights are turned before, the sums after the last elements. */
static void multiply_turned(const unit *u, const convolve_block *b, const char *source,
                            const char *weights, const scratch *s)
{
    static_assert(TURNED_DEPTH * (TILE_CHANNELS + 16) * 4 <= PART_BYTES, "weights");
    static_assert(PLACES_BYTES + CONVOLVE_WINDOWS * (TILE_CHANNELS + 16) * 4 <=
                      CONVOLVE_COLUMNS_BYTES,
                  "places and sums");
    const convolve_windows *w = &u->args->windows;
    const gemm_class *class = gemm_table[w->path];
    int32_t *places = (int32_t *)(void *)s->columns;
    float *sums = (float *)(void *)(s->columns + PLACES_BYTES);
    int64_t line = convolve_lay_out(w, b, source, u->bytes, s->stage, places);
    direct_turned p = {.channels = u->channels,
                       .lines = b->rows,
                       .cols = b->cols,
                       .k = b->end - b->begin,
                       .row = parts(u->channels, 16) * 16,
                       .a = (const float *)(const void *)s->part,
                       .x = (const float *)(const void *)s->stage,
                       .line = line,
                       .offset = places,
                       .c = sums,
                       .onto = b->begin > 0};
    class->turn[ELEMENT_F32](weights, convolve_elements(w), u->channels, p.k, s->part, p.row);
    direct_turned_of(w->path)(&p);
    if (b->end == convolve_elements(w))
        class->turn[ELEMENT_F32](sums, p.row, b->rows * b->cols, u->channels, u->tile, u->tile_row);
}

static void multiply(const unit *u, char *const *memory, const scratch *s)
{
    const convolve_args *a = u->args;
    const convolve_windows *w = &a->windows;
    element_view x = view_at(&w->x, memory), weights = view_at(&a->w, memory);
    const char *source =
        x.at + (u->batch * x.stride[0] + u->group * w->channels * x.stride[1]) * u->bytes;
    int64_t elements = convolve_elements(w);
    convolve_block b = u->block;
    do {
        b.end = least(b.begin + w->depth, elements);
        const char *from = weights.at + (u->channel * elements + b.begin) * u->bytes;
        (a->turned   ? multiply_turned
         : a->direct ? multiply_direct
                     : multiply_columns)(u, &b, source, from, s);
        b.begin = b.end;
    } while (b.begin < elements);
}

static void run_after(const unit *u, char *const *memory, const scratch *s)
{
    const step_program *after = &u->args->after;
    const element_program *p = after->program;
    element_view v[2 * ELEMENT_MOST_REGISTERS];
    int64_t stride[2 * ELEMENT_MOST_REGISTERS][STINT_AXES];
    int n = p->inputs + p->outputs;
    element_space space = {.axes = 3, .size = {u->channels, u->block.rows, u->block.cols}};
    v[0] = (element_view){.at = u->tile};
    memcpy(stride[0], (int64_t[]){u->tile_row, u->block.cols, 1}, 3 * sizeof stride[0][0]);
    for (int i = 1; i < n; i++) {
        bool in = i < p->inputs;
        int k = in ? i : i - p->inputs;
        v[i] = view_at(in ? &after->in[k] : &after->out[k], memory);
        v[i].at += offset_of(u, &v[i]) * dtype_size(in ? p->in_dtype[k] : p->out_dtype[k]);
        memcpy(stride[i], v[i].stride + 1, 3 * sizeof stride[i][0]);
    }
    element_merge(&space, n, stride);
    for (int i = 0; i < n; i++)
        memcpy(v[i].stride, stride[i], sizeof stride[i]);
    int64_t count = u->channels * u->block.rows * u->block.cols;
    element_run_space(p, &space, 0, count, v, v + p->inputs, s->program);
}

static void run_unit(unit u, char *const *memory, const scratch *s)
{
    const convolve_args *a = u.args;
    u.tile = s->tile;
    u.tile_row = u.pitch;
    bool direct = stores_alone(&u) && convolve_elements(&a->windows) <= a->windows.depth;
    if (direct) {
        element_view out = view_at(a->after.out, memory);
        u.tile = out.at + offset_of(&u, &out) * u.bytes;
        u.tile_row = out.stride[1];
    }
    multiply(&u, memory, s);
    if (!direct)
        run_after(&u, memory, s);
}

static void convolve_run(const void *args, int phase, int64_t item, char *const *memory,
                         void *thread)
{
    const convolve_args *a = args;
    scratch s = scratch_at(thread);
    (void)phase;
    int64_t end = least((item + 1) * a->together, a->units);
    for (int64_t i = item * a->together; i < end; i++)
        run_unit(unit_at(a, i), memory, &s);
}

static int64_t convolve_items(const void *args, int phase)
{
    const convolve_args *a = args;
    (void)phase;
    return parts(a->units, a->together);
}

/* "[64,32,28,28], windows of 1x3x3, 2 operations" */
static void convolve_describe(const void *args, str *out)
{
    const convolve_args *a = args;
    const int64_t *size = a->space.size, *kernel = a->windows.kernel;
    str_addf(out, "[%lld,%lld,%lld,%lld], windows of %lldx%lldx%lld", (long long)size[0],
             (long long)size[1], (long long)size[2], (long long)size[3],
             (long long)a->windows.channels, (long long)kernel[0], (long long)kernel[1]);
    if (a->after.program->codes > 0)
        str_addf(out, ", %d operations", a->after.program->codes);
}

const step_class step_convolve = {.name = "convolve",
                                  .items = convolve_items,
                                  .run = convolve_run,
                                  .describe = convolve_describe};
