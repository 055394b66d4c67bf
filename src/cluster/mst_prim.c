#include "cluster/mst_prim.h"

#include "cluster/linkage_places.h"

#include <math.h>

/* Each place keeps how near its row is to the tree; each panel and group the least of these, which
 * is what the next row is found by, and the most.  When a row joins, only boxes that it is nearer
 * to than their most need a look. */

typedef struct prim {
    linkage_run *run;
    linkage_places places;
    apart_relax *relax;
    apart_boxes *boxes;
    double *x;                        /* [n][d] of slots */
    double *nearest;                  /* [panels][16]; INFINITY where there is no row */
    double *panel_least, *panel_most; /* [groups][16]; an empty one: INFINITY, -INFINITY */
    double *group_least, *group_most; /* [blocks][16] */
    double *kept;                     /* [n] nearest of slots, while they are arranged anew */
    int64_t *panels;                  /* [blocks] looked at by the piece */
    int64_t left;
    int32_t joined; /* the last */
} prim;

enum { GROUP_ROWS = APART_PANEL * APART_PANEL, ALONE_OPERATIONS = 1 << 17, FEWEST = 512 };

/* --- least and most ------------------------------------------------------------------------ */

static void fold_panel(prim *w, int64_t panel)
{
    const double *nearest = w->nearest + panel * APART_PANEL;
    const int32_t *who = w->places.who + panel * APART_PANEL;
    double least = INFINITY, most = -INFINITY;
    for (int r = 0; r < APART_PANEL; r++) {
        least = nearest[r] < least ? nearest[r] : least;
        most = who[r] >= 0 && nearest[r] > most ? nearest[r] : most;
    }
    w->panel_least[panel] = least;
    w->panel_most[panel] = most;
}

static void fold_group(prim *w, int64_t group)
{
    double least = INFINITY, most = -INFINITY;
    for (int64_t i = group * APART_PANEL; i < (group + 1) * APART_PANEL; i++) {
        least = w->panel_least[i] < least ? w->panel_least[i] : least;
        most = w->panel_most[i] > most ? w->panel_most[i] : most;
    }
    w->group_least[group] = least;
    w->group_most[group] = most;
}

static void arrange(prim *w)
{
    linkage_places *p = &w->places;
    int64_t count = 0;
    for (int64_t i = 0; i < p->panels * APART_PANEL; i++)
        if (p->who[i] >= 0)
            w->kept[p->who[i]] = w->nearest[i];
    for (int32_t i = 0; i < w->run->n; i++)
        if (p->where[i] >= 0)
            p->order[count++] = i;
    linkage_arrange(p, w->x, count);
    for (int64_t i = 0; i < p->panels * APART_PANEL; i++)
        w->nearest[i] = p->who[i] < 0 ? INFINITY : w->kept[p->who[i]];
    for (int64_t i = 0; i < p->groups * APART_PANEL; i++) {
        w->panel_least[i] = INFINITY;
        w->panel_most[i] = -INFINITY;
        if (i < p->panels)
            fold_panel(w, i);
    }
    for (int64_t i = 0; i < p->blocks * APART_PANEL; i++) {
        w->group_least[i] = INFINITY;
        w->group_most[i] = -INFINITY;
        if (i < p->groups)
            fold_group(w, i);
    }
}

/* --- a step -------------------------------------------------------------------------------- */

static int64_t relax_group(prim *w, const double *q, int64_t group)
{
    const linkage_places *p = &w->places;
    int64_t d = p->d, at = group * d * APART_PANEL, looked = 2;
    uint32_t near =
        w->boxes(q, p->panel.low + at, p->panel.high + at, d, w->panel_most + group * APART_PANEL);
    uint32_t nearer = 0;
    for (; near; near &= near - 1, looked++) {
        int64_t panel = group * APART_PANEL + __builtin_ctz(near);
        if (!w->relax(q, p->x + panel * d * APART_PANEL, d, w->nearest + panel * APART_PANEL))
            continue;
        fold_panel(w, panel);
        nearer = 1;
    }
    if (nearer)
        fold_group(w, group);
    return looked;
}

static stint_status relax_block(void *self, int64_t block, int thread)
{
    prim *w = self;
    const linkage_places *p = &w->places;
    const double *q = w->x + w->joined * p->d;
    int64_t at = block * p->d * APART_PANEL, looked = 2;
    uint32_t near = w->boxes(q, p->group.low + at, p->group.high + at, p->d,
                             w->group_most + block * APART_PANEL);
    (void)thread;
    for (; near; near &= near - 1)
        looked += relax_group(w, q, block * APART_PANEL + __builtin_ctz(near));
    w->panels[block] = looked;
    return STINT_OK;
}

static stint_status relax(prim *w, double *busy)
{
    bool shared = w->run->pool && *busy > ALONE_OPERATIONS;
    for (int64_t i = 0; !shared && i < w->places.blocks; i++)
        TRY(relax_block(w, i, 0));
    if (shared)
        TRY(linkage_each(w->run, w->places.blocks, relax_block, w));
    *busy = 0;
    for (int64_t i = 0; i < w->places.blocks; i++)
        *busy += (double)(w->panels[i] * APART_PANEL * w->places.d);
    return STINT_OK;
}

/* The lowest slot of those in a panel that are as near as `least`; `lowest` if that is lower. */
static int32_t lowest_in_panel(const prim *w, int64_t panel, double least, int32_t lowest)
{
    for (int64_t i = panel * APART_PANEL; i < (panel + 1) * APART_PANEL; i++)
        if (w->nearest[i] == least && w->places.who[i] >= 0 && w->places.who[i] < lowest)
            lowest = w->places.who[i];
    return lowest;
}

static int32_t next_row(const prim *w, double *least)
{
    const linkage_places *p = &w->places;
    int32_t lowest = INT32_MAX;
    *least = w->group_least[w->run->apart->least(w->group_least, p->groups)];
    for (int64_t g = 0; g < p->groups; g++) {
        if (w->group_least[g] != *least)
            continue;
        int64_t end = (g + 1) * APART_PANEL < p->panels ? (g + 1) * APART_PANEL : p->panels;
        for (int64_t panel = g * APART_PANEL; panel < end; panel++)
            if (w->panel_least[panel] == *least)
                lowest = lowest_in_panel(w, panel, *least, lowest);
    }
    return lowest;
}

static void join(prim *w, int32_t slot)
{
    int32_t place = w->places.where[slot];
    linkage_place(&w->places, place, -1, NULL);
    w->places.where[slot] = -1;
    w->nearest[place] = INFINITY;
    linkage_refit(&w->places, place);
    fold_panel(w, place / APART_PANEL);
    fold_group(w, place / GROUP_ROWS);
    w->joined = slot;
    w->left--;
}

static stint_status grow(prim *w)
{
    linkage_run *r = w->run;
    double busy = 0, least;
    join(w, 0);
    for (int64_t arranged = r->n; w->left > 0;) {
        TRY(relax(w, &busy));
        int32_t from = w->joined, slot = next_row(w, &least);
        join(w, slot);
        r->merges[r->made++] = (linkage_merge){from, slot, linkage_height(r->metric, least)};
        if (w->left > FEWEST && w->left <= arranged / 2) {
            arranged = w->left;
            arrange(w);
        }
        TRY(linkage_did(r, busy));
    }
    return STINT_OK;
}

/* --- the whole ----------------------------------------------------------------------------- */

static int64_t groups_of(int64_t n)
{
    return (n + GROUP_ROWS - 1) / GROUP_ROWS;
}

static int64_t blocks_of(int64_t n)
{
    return (groups_of(n) + APART_PANEL - 1) / APART_PANEL;
}

static stint_status prim_open(prim *w, linkage_run *r)
{
    bool squares = linkage_squares(r->metric);
    *w = (prim){.run = r,
                .relax = squares ? r->apart->relax_squares : r->apart->relax_sizes,
                .boxes = squares ? r->apart->boxes_squares : r->apart->boxes_sizes,
                .left = r->n};
    TRY(linkage_places_open(&w->places, r));
    w->x = mem_new(r->ctx, TAG_MODEL, double, r->n * r->d);
    w->nearest = mem_new(r->ctx, TAG_MODEL, double, linkage_panels(r->n) * APART_PANEL);
    w->panel_least = mem_new(r->ctx, TAG_MODEL, double, groups_of(r->n) * APART_PANEL);
    w->panel_most = mem_new(r->ctx, TAG_MODEL, double, groups_of(r->n) * APART_PANEL);
    w->group_least = mem_new(r->ctx, TAG_MODEL, double, blocks_of(r->n) * APART_PANEL);
    w->group_most = mem_new(r->ctx, TAG_MODEL, double, blocks_of(r->n) * APART_PANEL);
    w->kept = mem_new(r->ctx, TAG_MODEL, double, r->n);
    w->panels = mem_new(r->ctx, TAG_MODEL, int64_t, blocks_of(r->n));
    if (!w->x || !w->nearest || !w->panel_least || !w->panel_most || !w->group_least ||
        !w->group_most || !w->kept || !w->panels)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < linkage_panels(r->n) * APART_PANEL; i++) {
        w->places.who[i] = i < r->n ? (int32_t)i : -1;
        w->nearest[i] = INFINITY;
    }
    return linkage_load(r, w->x);
}

static void prim_close(prim *w)
{
    linkage_places_close(&w->places);
    mem_free(w->x);
    mem_free(w->nearest);
    mem_free(w->panel_least);
    mem_free(w->panel_most);
    mem_free(w->group_least);
    mem_free(w->group_most);
    mem_free(w->kept);
    mem_free(w->panels);
}

int64_t mst_prim_bytes(int64_t n, int64_t d)
{
    if (d == 0)
        return mem_cost((size_t)n * 8) + mem_cost((size_t)n * sizeof(int32_t));
    return linkage_places_bytes(n, d) + mem_cost((size_t)(n * d) * 8) +
           mem_cost((size_t)(linkage_panels(n) * APART_PANEL) * 8) +
           2 * mem_cost((size_t)(groups_of(n) * APART_PANEL) * 8) +
           2 * mem_cost((size_t)(blocks_of(n) * APART_PANEL) * 8) + mem_cost((size_t)n * 8) +
           mem_cost((size_t)blocks_of(n) * 8);
}

stint_status mst_prim(linkage_run *r)
{
    prim w;
    stint_status s = prim_open(&w, r);
    if (s == STINT_OK) {
        arrange(&w);
        s = grow(&w);
    }
    prim_close(&w);
    return s;
}

/* --- of a matrix --------------------------------------------------------------------------- */

/* One row of the matrix a step, over the rows that are left, in order. */
static stint_status grow_given(linkage_run *r, double *nearest, int32_t *left)
{
    const stint_pairs *pairs = &r->task->pairs;
    int32_t joined = 0;
    for (int64_t i = 0; i < r->n; i++) {
        left[i] = (int32_t)i;
        nearest[i] = INFINITY;
    }
    for (int64_t count = r->n; count > 1;) {
        int64_t kept = 0, best = 0;
        for (int64_t i = 0; i < count; i++) {
            int32_t slot = left[i];
            if (slot == joined)
                continue;
            double apart = linkage_given(pairs, joined, slot);
            nearest[kept] = apart < nearest[i] ? apart : nearest[i];
            left[kept] = slot;
            best = nearest[kept] < nearest[best] ? kept : best;
            kept++;
        }
        count = kept;
        r->merges[r->made++] = (linkage_merge){joined, left[best], nearest[best]};
        joined = left[best];
        TRY(linkage_did(r, (double)count));
    }
    return STINT_OK;
}

stint_status mst_prim_given(linkage_run *r)
{
    double *nearest = mem_new(r->ctx, TAG_MODEL, double, r->n);
    int32_t *left = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    stint_status s = nearest && left ? grow_given(r, nearest, left) : STINT_ENOMEM;
    mem_free(nearest);
    mem_free(left);
    return s;
}
