#include "data/pack_impl.h"
#include "data/spread.h"

#include <math.h>

/* Means and deviations of the training rows: of each chunk by one thread, merged by Chan, Golub &
 * LeVeque's formula in the order of the chunks.  As many chunks are in flight as there are
 * threads, which moves no bit. */

typedef struct gather {
    const table *t;
    const double *state;
    bool wanted[256];
    int64_t first, features, columns; /* features, then outputs */
    const int *order;                 /* [features] of the pack: which of the table's */
    pack_room *rooms;                 /* [threads] */
    spread *spreads;                  /* [threads][columns], by the chunk's place in its wave */
} gather;

typedef struct gather_chunk {
    const gather *all;
    spread *at; /* [columns] */
} gather_chunk;

static stint_status gather_block(void *self, const pack_block *b)
{
    static const uint8_t none[FEATURES_BLOCK];
    static const int all[1] = {0};
    const gather_chunk *chunk = self;
    const gather *g = chunk->all;
    for (int64_t k = 0; k < g->columns; k++) {
        spread one;
        const double *x =
            k < g->features ? b->x + g->order[k] * b->room : b->y + (k - g->features) * b->room;
        spreads_of_values(x, none, b->n, all, 1, &one);
        spread_merge(&chunk->at[k], &one);
    }
    return STINT_OK;
}

static stint_status gather_item(void *self, int64_t item, int thread)
{
    const gather *g = self;
    gather_chunk chunk = {g, g->spreads + item * g->columns};
    for (int64_t k = 0; k < g->columns; k++)
        chunk.at[k] = spread_none();
    return pack_each(g->t, g->state, g->wanted, g->first + item, &g->rooms[thread], gather_block,
                     &chunk);
}

static stint_status gather_all(gather *g, pool *workers, spread *sum)
{
    int64_t chunks = g->t->file->chunks, threads = pool_threads(workers);
    for (g->first = 0; g->first < chunks; g->first += threads) {
        int64_t n = chunks - g->first < threads ? chunks - g->first : threads;
        TRY(parallel_for(workers, n, gather_item, g));
        for (int64_t i = 0; i < n; i++)
            for (int64_t k = 0; k < g->columns; k++)
                spread_merge(&sum[k], &g->spreads[i * g->columns + k]);
    }
    return STINT_OK;
}

static stint_status gather_run(ctx *c, gather *g, pool *workers, const pack *p, spread *sum)
{
    int threads = pool_threads(workers);
    bool whole = true;
    g->rooms = mem_new(c, TAG_TABLE, pack_room, threads);
    g->spreads = mem_new(c, TAG_TABLE, spread, threads * g->columns);
    for (int i = 0; g->rooms && whole && i < threads; i++)
        whole = pack_room_init(c, p->features + p->bits, p->outputs, &g->rooms[i]);
    stint_status s = whole && g->rooms && g->spreads ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK)
        s = gather_all(g, workers, sum);
    for (int i = 0; g->rooms && i < threads; i++)
        pack_room_deinit(&g->rooms[i]);
    mem_free(g->rooms);
    mem_free(g->spreads);
    return s;
}

/* A column that does not vary is only shifted. */
static bool scale_of(const spread *sum, double *shift, double *scale)
{
    double deviation = sum->n > 0 ? sqrt(sum->m2 / sum->n) : 0;
    bool varies = sum->high > sum->low && deviation > 0;
    *shift = sum->n > 0 ? varies ? sum->mean : sum->low : 0;
    *scale = varies ? deviation : 1;
    return isfinite(*shift) && isfinite(*scale);
}

static stint_status scales_of(ctx *c, const table *t, const gather *g, const spread *sum,
                              const pack_scaling *out)
{
    for (int64_t k = 0; k < g->features; k++)
        if (!scale_of(&sum[k], &out->shift[k], &out->scale[k]))
            return fail(c, STINT_EDATA,
                        "feature \"%s\" has values too large to be scaled; take their "
                        "logarithm, or leave the column out",
                        features_name(t->features, g->order[k]));
    for (int64_t k = 0; k < g->columns - g->features; k++)
        if (!scale_of(&sum[g->features + k], &out->y_shift[k], &out->y_scale[k]))
            return fail(c, STINT_EDATA,
                        "target \"%s\" has values too large to be scaled; learn their logarithm",
                        table_target_name(t, (int)k));
    return STINT_OK;
}

stint_status pack_scales(ctx *c, const table *t, const double *state, const pack_settings *s,
                         pool *workers, const pack *p, const pack_scaling *out)
{
    gather g = {.t = t,
                .state = state,
                .order = out->order,
                .features = p->features,
                .columns = p->features + (p->kind == TARGET_NUMBER ? p->outputs : 0)};
    if (!s->standardise || g.columns == 0)
        return STINT_OK;
    for (int part = 0; part < t->split->parts; part++)
        g.wanted[part] = split_trains(t->split, s->set, part);
    spread *sum = mem_new(c, TAG_TABLE, spread, g.columns);
    if (!sum)
        return STINT_ENOMEM;
    for (int64_t k = 0; k < g.columns; k++)
        sum[k] = spread_none();
    stint_status status = gather_run(c, &g, workers, p, sum);
    if (status == STINT_OK)
        status = scales_of(c, t, &g, sum, out);
    mem_free(sum);
    return status;
}
