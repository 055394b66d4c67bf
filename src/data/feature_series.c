#include "data/feature_series.h"

/* Spreads merge chunk by chunk, then part by part, ascending. */

bool series_room_init(ctx *c, series_room *r)
{
    r->values = mem_new(c, TAG_TABLE, double, COLFILE_CHUNK_ROWS);
    r->quantiles = quantiles_new(c, TAG_TABLE);
    return r->values && r->quantiles;
}

void series_room_deinit(series_room *r)
{
    mem_free(r->values);
    quantiles_free(r->quantiles);
}

int64_t series_room_bytes(void)
{
    return (int64_t)sizeof(series_room) + mem_cost(COLFILE_CHUNK_ROWS * sizeof(double)) +
           quantiles_bytes();
}

/* --- values --------------------------------------------------------------------------------- */

static void column_chunk_read(const series *s, int64_t chunk, int64_t n, double *x)
{
    colfile_read(s->f->file, s->column, chunk, 0, n, x, 1);
    for (int64_t i = 0; s->fill == s->fill && i < n; i++)
        x[i] = x[i] != x[i] ? s->fill : x[i];
}

static void feature_chunk_read(const series *s, int64_t chunk, int64_t n, double *x)
{
    int32_t rows[FEATURES_BLOCK];
    for (int64_t from = 0; from < n; from += FEATURES_BLOCK) {
        int64_t some = n - from < FEATURES_BLOCK ? n - from : FEATURES_BLOCK;
        for (int64_t i = 0; i < some; i++)
            rows[i] = (int32_t)(from + i);
        feature_read(s->f, s->state, s->feature, s->f->file, chunk, rows, some, x + from);
    }
}

/* Into the room. */
static double *series_chunk(const series *s, int64_t chunk)
{
    int64_t n = colfile_chunk_rows(s->f->file, chunk);
    (s->column >= 0 ? column_chunk_read : feature_chunk_read)(s, chunk, n, s->room->values);
    return s->room->values;
}

/* --- spreads --------------------------------------------------------------------------------- */

static void spreads_of(const series *s, const int *which, int groups, spread *out)
{
    const colfile *file = s->f->file;
    for (int g = 0; g < groups; g++)
        out[g] = spread_none();
    for (int64_t chunk = 0; chunk < file->chunks; chunk++) {
        spreads_of_values(series_chunk(s, chunk), split_chunk(s->split, chunk),
                          colfile_chunk_rows(file, chunk), which, groups, s->room->chunk);
        for (int g = 0; g < groups; g++)
            spread_merge(&out[g], &s->room->chunk[g]);
    }
}

static void set_parts(const split *s, int set, int which[256])
{
    for (int part = 0; part < 256; part++)
        which[part] = part < s->parts && split_trains(s, set, part) ? 0 : -1;
}

spread series_spread(const series *s, int set)
{
    int which[256];
    spread seen;
    set_parts(s->split, set, which);
    spreads_of(s, which, 1, &seen);
    return seen;
}

void series_take_parts(const series *s)
{
    int which[256], parts = s->split->parts;
    for (int part = 0; part < 256; part++)
        which[part] = part < parts ? part : -1;
    spreads_of(s, which, parts, s->room->part);
}

spread series_spread_of_parts(const series *s, int set)
{
    spread sum = spread_none();
    for (int part = 0; part < s->split->parts; part++)
        if (split_trains(s->split, set, part))
            spread_merge(&sum, &s->room->part[part]);
    return sum;
}

/* --- quantiles ------------------------------------------------------------------------------- */

typedef struct set_values {
    const series *series;
    int which[256]; /* 0 = a part of the set */
} set_values;

/* The chunk's values in rows of the set, packed. */
static const double *set_block(void *self, int64_t chunk, int64_t *n)
{
    const set_values *v = self;
    const uint8_t *parts = split_chunk(v->series->split, chunk);
    int64_t in_chunk = colfile_chunk_rows(v->series->f->file, chunk);
    double *x = series_chunk(v->series, chunk);
    *n = 0;
    for (int64_t i = 0; i < in_chunk; i++) {
        x[*n] = x[i];
        *n += v->which[parts[i]] == 0;
    }
    return x;
}

void series_quantiles(const series *s, int set, int from, int n, int parts, double *out)
{
    set_values values = {.series = s};
    quantiles_source source = {set_block, &values, s->f->file->chunks};
    set_parts(s->split, set, values.which);
    quantiles_find(s->room->quantiles, &source, from, n, parts, out);
}
