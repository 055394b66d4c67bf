#include "device/convolve.h"

#include "device/views.h"
#include "kernel/gemm_class.h"

#include <assert.h>
#include <string.h>

/* Convolutions: a unit is a block of windows of one item of the batch and one group, for some of
 * the result's channels: w [channels, elements] columns [elements, windows], then the program
 * that follows, while the tile is in cache.  Elements are summed in their order, in one chain. */

enum { TILE_CHANNELS = 264 };
static const double item_flops = 250e3;

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

static void multiply(const unit *u, char *const *memory, const scratch *s)
{
    const convolve_args *a = u->args;
    const convolve_windows *w = &a->windows;
    element_domain domain = u->bytes == 8 ? ELEMENT_F64 : ELEMENT_F32;
    element_view x = view_at(&w->x, memory), weights = view_at(&a->w, memory);
    const char *source =
        x.at + (u->batch * x.stride[0] + u->group * w->channels * x.stride[1]) * u->bytes;
    int64_t elements = convolve_elements(w);
    bool direct = u->tile != s->tile;
    gemm_part p = {.rows = u->channels,
                   .cols = direct ? u->block.rows * u->block.cols : u->pitch,
                   .a_row = elements,
                   .a_col = 1,
                   .b = s->columns,
                   .b_row = u->pitch,
                   .b_col = 1,
                   .c = u->tile,
                   .c_row = u->tile_row,
                   .scratch = s->part};
    convolve_block b = u->block;
    do {
        b.end = least(b.begin + w->depth, elements);
        if (b.begin < b.end)
            convolve_columns(w, &b, source, u->bytes, u->pitch, s->stage, s->columns);
        p.k = b.end - b.begin;
        p.a = weights.at + (u->channel * elements + b.begin) * u->bytes;
        p.onto = b.begin > 0;
        gemm_table[w->path]->run[domain](&p);
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
