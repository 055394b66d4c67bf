#include "cluster/chain_ward.h"

#include "cluster/chain.h"
#include "cluster/linkage_places.h"

#include <math.h>

/* A merged cluster takes the place of the larger of the two, to which its centre is nearer; when
 * half of the places are empty, those left are arranged anew.  A bound on the distance to what is
 * in a box is that to the box, weighed by the smallest size in it. */

typedef struct ward {
    linkage_run *run;
    chain chain;
    linkage_places places;
    double *centre;        /* [n][d] of slots */
    double *size;          /* [panels][16] of places; 0 = empty */
    double *panel, *group; /* [groups][16], [blocks][16] the smallest in each; 0 = empty */
    chain_near *found;     /* [blocks] by each piece of a shared search */
    double busy;           /* operations of the last search */
    /* of the search that is shared */
    int32_t x;
    chain_near start;
} ward;

enum { GROUP_ROWS = APART_PANEL * APART_PANEL, ALONE_OPERATIONS = 1 << 17, FEWEST = 512 };

/* --- sizes --------------------------------------------------------------------------------- */

static double smallest(const double *s)
{
    double least = INFINITY;
    for (int r = 0; r < APART_PANEL; r++)
        least = s[r] > 0 && s[r] < least ? s[r] : least;
    return least < INFINITY ? least : 0;
}

static void refit(ward *w, int32_t place)
{
    int64_t panel = place / APART_PANEL, group = place / GROUP_ROWS;
    linkage_refit(&w->places, place);
    w->panel[panel] = smallest(w->size + panel * APART_PANEL);
    w->group[group] = smallest(w->panel + group * APART_PANEL);
}

static void arrange(ward *w)
{
    linkage_places *p = &w->places;
    int64_t count = 0;
    for (int64_t i = 0; i < w->run->n; i++)
        if (w->chain.size[i] > 0)
            p->order[count++] = (int32_t)i;
    linkage_arrange(p, w->centre, count);
    for (int64_t i = 0; i < p->panels * APART_PANEL; i++)
        w->size[i] = p->who[i] < 0 ? 0 : w->chain.size[p->who[i]];
    for (int64_t i = 0; i < p->groups * APART_PANEL; i++)
        w->panel[i] = i < p->panels ? smallest(w->size + i * APART_PANEL) : 0;
    for (int64_t i = 0; i < p->blocks * APART_PANEL; i++)
        w->group[i] = i < p->groups ? smallest(w->panel + i * APART_PANEL) : 0;
}

/* --- the nearest --------------------------------------------------------------------------- */

typedef struct search {
    const ward *w;
    const double *q;
    double size;
    int32_t x;
    chain_near best; /* slot -1 = none yet */
    int64_t panels;  /* looked at */
} search;

static void look_panel(search *s, int64_t panel)
{
    const linkage_places *p = &s->w->places;
    double apart[APART_PANEL];
    int64_t d = p->d;
    s->panels++;
    uint32_t near = s->w->run->apart->ward(s->q, p->x + panel * d * APART_PANEL, d, s->size,
                                           s->w->size + panel * APART_PANEL, s->best.apart, apart);
    for (; near; near &= near - 1) {
        int r = __builtin_ctz(near);
        chain_near new = {apart[r], p->who[panel * APART_PANEL + r]};
        if (new.slot >= 0 && new.slot != s->x && (s->best.slot < 0 || chain_nearer(new, s->best)))
            s->best = new;
    }
}

static uint32_t boxes_near(const search *s, const linkage_boxes *b, const double *size, int64_t of)
{
    int64_t d = s->w->places.d, at = of * d * APART_PANEL;
    return s->w->run->apart->ward_boxes(s->q, b->low + at, b->high + at, d, s->size,
                                        size + of * APART_PANEL, s->best.apart);
}

static void look_group(search *s, int64_t group)
{
    uint32_t near = boxes_near(s, &s->w->places.panel, s->w->panel, group);
    s->panels += 2;
    for (; near; near &= near - 1)
        look_panel(s, group * APART_PANEL + __builtin_ctz(near));
}

static void look_block(search *s, int64_t block)
{
    uint32_t near = boxes_near(s, &s->w->places.group, s->w->group, block);
    s->panels += 2;
    for (; near; near &= near - 1)
        look_group(s, block * APART_PANEL + __builtin_ctz(near));
}

static search begin(const ward *w, int32_t x, chain_near start)
{
    return (search){
        .w = w, .q = w->centre + x * w->run->d, .size = w->chain.size[x], .x = x, .best = start};
}

static stint_status look_item(void *self, int64_t item, int thread)
{
    ward *w = self;
    search s = begin(w, w->x, w->start);
    (void)thread;
    look_block(&s, item);
    w->found[item] = s.best;
    return STINT_OK;
}

/* The pieces are searched apart from the same start, so sharing them out changes nothing. */
static stint_status look_shared(ward *w, search *s)
{
    w->x = s->x;
    w->start = s->best;
    TRY(linkage_each(w->run, w->places.blocks, look_item, w));
    for (int64_t i = 0; i < w->places.blocks; i++)
        if (w->found[i].slot >= 0 && (s->best.slot < 0 || chain_nearer(w->found[i], s->best)))
            s->best = w->found[i];
    return STINT_OK;
}

/* By the kernel's arithmetic. */
static double apart_of_two(const ward *w, int32_t x, int32_t y)
{
    const double *a = w->centre + x * w->run->d, *b = w->centre + y * w->run->d;
    double sum = 0, m = w->chain.size[x], n = w->chain.size[y];
    for (int64_t j = 0; j < w->run->d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum * (m * n / (m + n));
}

static stint_status ward_nearest(void *self, int32_t x, int32_t before, chain_near *out)
{
    ward *w = self;
    chain_near start = {INFINITY, -1};
    if (before >= 0)
        start = (chain_near){apart_of_two(w, x, before), before};
    search s = begin(w, x, start);
    look_group(&s, w->places.where[x] / GROUP_ROWS); /* what is near in space comes first */
    if (w->run->pool && w->places.blocks > 1 && w->busy > ALONE_OPERATIONS)
        TRY(look_shared(w, &s));
    else {
        for (int64_t i = 0; i < w->places.blocks; i++)
            look_block(&s, i);
        w->busy = (double)(s.panels * APART_PANEL * w->run->d);
    }
    *out = before >= 0 && start.apart <= s.best.apart ? start : s.best;
    return linkage_did(w->run, w->busy);
}

/* --- merging ------------------------------------------------------------------------------- */

static stint_status ward_join(void *self, int32_t a, int32_t b)
{
    ward *w = self;
    linkage_places *p = &w->places;
    int64_t d = w->run->d;
    double m = w->chain.size[a], n = w->chain.size[b];
    double *from = w->centre + a * d, *to = w->centre + b * d;
    int32_t stays = m > n ? p->where[a] : p->where[b], goes = m > n ? p->where[b] : p->where[a];
    for (int64_t j = 0; j < d; j++)
        to[j] = (m * from[j] + n * to[j]) / (m + n);
    linkage_place(p, stays, b, to);
    linkage_place(p, goes, -1, NULL);
    w->size[stays] = m + n;
    w->size[goes] = 0;
    refit(w, stays);
    refit(w, goes);
    return STINT_OK;
}

static double ward_height(const linkage_run *run, double apart)
{
    (void)run;
    return sqrt(2 * apart);
}

/* --- the whole ----------------------------------------------------------------------------- */

static int64_t blocks_of(int64_t n)
{
    return (n + GROUP_ROWS * APART_PANEL - 1) / (GROUP_ROWS * APART_PANEL);
}

static int64_t groups_of(int64_t n)
{
    return (n + GROUP_ROWS - 1) / GROUP_ROWS;
}

/* A feature far from zero takes its digits away from the centres.  Where all its values are within
 * a factor of 2 of the first, the first can be subtracted, and no bit is lost (Sterbenz). */
static void move_to_origin(double *x, int64_t n, int64_t d)
{
    for (int64_t j = 0; j < d; j++) {
        double first = x[j], low = first / 2, high = 2 * first;
        bool within = true;
        for (int64_t i = 0; i < n && within; i++)
            within = first > 0 ? x[i * d + j] >= low && x[i * d + j] <= high
                               : x[i * d + j] <= low && x[i * d + j] >= high;
        for (int64_t i = 0; i < n && within; i++)
            x[i * d + j] -= first;
    }
}

static stint_status ward_open(ward *w, linkage_run *r)
{
    *w = (ward){.run = r};
    TRY(chain_open(&w->chain, r));
    TRY(linkage_places_open(&w->places, r));
    w->centre = mem_new(r->ctx, TAG_MODEL, double, r->n * r->d);
    w->size = mem_new(r->ctx, TAG_MODEL, double, linkage_panels(r->n) * APART_PANEL);
    w->panel = mem_new(r->ctx, TAG_MODEL, double, groups_of(r->n) * APART_PANEL);
    w->group = mem_new(r->ctx, TAG_MODEL, double, blocks_of(r->n) * APART_PANEL);
    w->found = mem_new(r->ctx, TAG_MODEL, chain_near, blocks_of(r->n));
    if (!w->centre || !w->size || !w->panel || !w->group || !w->found)
        return STINT_ENOMEM;
    TRY(linkage_load(r, w->centre));
    move_to_origin(w->centre, r->n, r->d);
    return STINT_OK;
}

static void ward_close(ward *w)
{
    chain_close(&w->chain);
    linkage_places_close(&w->places);
    mem_free(w->centre);
    mem_free(w->size);
    mem_free(w->panel);
    mem_free(w->group);
    mem_free(w->found);
}

int64_t chain_ward_bytes(int64_t n, int64_t d)
{
    return chain_bytes(n) + linkage_places_bytes(n, d) + mem_cost((size_t)(n * d) * 8) +
           mem_cost((size_t)(linkage_panels(n) * APART_PANEL) * 8) +
           mem_cost((size_t)(groups_of(n) * APART_PANEL) * 8) +
           mem_cost((size_t)(blocks_of(n) * APART_PANEL) * 8) +
           mem_cost((size_t)blocks_of(n) * sizeof(chain_near));
}

stint_status chain_ward(linkage_run *r)
{
    ward w;
    stint_status s = ward_open(&w, r);
    chain_source source = {ward_nearest, ward_join, ward_height, &w};
    while (s == STINT_OK && w.chain.active > 1) {
        arrange(&w);
        s = chain_run(&w.chain, &source, w.chain.active > FEWEST ? w.chain.active / 2 : 1);
    }
    ward_close(&w);
    return s;
}
