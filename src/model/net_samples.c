#include "model/net_samples.h"

#include "data/bits.h"

#include <string.h>

/* --- which rows ---------------------------------------------------------------------------- */

/* Position x of `whole` is dealt where floor((x+1) dealt/whole) exceeds floor(x dealt/whole). */
static int64_t dealt_before(const net_rows *r, int64_t x)
{
    return (int64_t)((__int128)x * r->dealt / r->whole);
}

static int64_t dealt_at(const net_rows *r, int64_t i)
{
    /* the least x with (x+1) dealt >= (i+1) whole */
    return (int64_t)(((__int128)(i + 1) * r->whole + r->dealt - 1) / r->dealt) - 1;
}

static int64_t rest_at(const net_rows *r, int64_t i)
{
    int64_t x = (int64_t)((__int128)i * r->whole / (r->whole - r->dealt));
    while (x > 0 && x - dealt_before(r, x) > i)
        x--;
    while (x - dealt_before(r, x) < i || dealt_before(r, x + 1) > dealt_before(r, x))
        x++;
    return x;
}

int64_t net_rows_at(const net_rows *r, int64_t i)
{
    switch (r->part) {
    case NET_DEALT: return r->list[r->first + dealt_at(r, i)];
    case NET_REST: return r->list[r->first + rest_at(r, i)];
    case NET_RANGE: break;
    }
    return r->list[r->first + i];
}

/* --- x --------------------------------------------------------------------------------------- */

int64_t net_sample_floats(const net_shape *s, int64_t features)
{
    return (s->window > 0 ? s->window : 1) * features;
}

static void rows_read(const pack *p, int64_t row, int64_t n, float *out)
{
    int64_t width = p->features + p->bits;
    if (p->bits == 0) {
        memcpy(out, p->x + row * width, (size_t)(n * width) * sizeof *out);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        memcpy(out + i * width, p->x + (row + i) * p->features, (size_t)p->features * sizeof *out);
    bits_unpack_f32(p->x_bits + row * p->bits_bytes, p->bits_bytes, n, p->bits, out + p->features,
                    width);
}

/* Before a series' first row stands that row again, 0 where `zero` says so. */
static void pad(const net_rows *r, int64_t row, int64_t n, float *out)
{
    int64_t width = r->pack->features + r->pack->bits;
    rows_read(r->pack, row, 1, out);
    for (int64_t k = 0; r->zero && k < width; k++)
        out[k] = r->zero[k] ? 0 : out[k];
    for (int64_t i = 1; i < n; i++)
        memcpy(out + i * width, out, (size_t)width * sizeof *out);
}

void net_sample_read(const net_rows *r, int64_t row, float *out)
{
    int64_t width = r->pack->features + r->pack->bits, length = r->shape.window;
    if (length < 1) {
        rows_read(r->pack, row, 1, out);
        return;
    }
    int64_t start = r->pack->start[row], had = row - start + 1;
    int64_t rows = had < length ? had : length, missing = length - rows;
    if (missing > 0)
        pad(r, start, missing, out);
    rows_read(r->pack, row - rows + 1, rows, out + missing * width);
}

/* --- y --------------------------------------------------------------------------------------- */

static void target_read(const pack *p, int64_t row, int64_t i, void *out)
{
    float *y = (float *)out + i * p->outputs;
    if (p->kind == TARGET_CLASS)
        ((int32_t *)out)[i] = p->classes[row];
    else if (p->kind == TARGET_LABELS)
        bits_unpack_f32(p->y_bits + row * ((p->outputs + 7) / 8), (p->outputs + 7) / 8, 1,
                        p->outputs, y, p->outputs);
    else
        memcpy(y, p->y + row * p->outputs, (size_t)p->outputs * sizeof *y);
}

/* --- samples ---------------------------------------------------------------------------------- */

enum { AHEAD = 8 };

static void expect(const net_rows *r, int64_t row)
{
    const char *x = (const char *)(r->pack->x + row * r->pack->features);
    for (int64_t at = 0; at < r->pack->features * 4 && at < 1024; at += 64)
        __builtin_prefetch(x + at, 0, 0);
}

static void fill(const stint_samples *s, const int64_t *index, int64_t n, void *const *out)
{
    const net_rows *r = s->self;
    int64_t floats = net_sample_floats(&r->shape, r->pack->features + r->pack->bits);
    for (int64_t i = 0; i < n; i++) {
        int64_t row = net_rows_at(r, index[i]);
        if (i + AHEAD < n)
            expect(r, net_rows_at(r, index[i + AHEAD]));
        net_sample_read(r, row, (float *)out[0] + i * floats);
        target_read(r->pack, row, i, out[1]);
    }
}

void net_rows_ready(net_rows *r)
{
    const pack *p = r->pack;
    int64_t width = p->features + p->bits;
    stint_sample_array x = {STINT_F32, 1, {width}}, y = {STINT_F32, 1, {p->outputs}};
    if (r->shape.window > 0)
        x = (stint_sample_array){STINT_F32, 2, {r->shape.window, width}};
    else if (r->shape.image[0] > 0)
        x = (stint_sample_array){
            STINT_F32, 3, {r->shape.image[0], r->shape.image[1], r->shape.image[2]}};
    if (p->kind == TARGET_CLASS)
        y = (stint_sample_array){.dtype = STINT_I32};
    r->samples = (stint_samples){.n = r->n, .arrays = 2, .array = {x, y}, .fill = fill, .self = r};
}
