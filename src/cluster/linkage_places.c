#include "cluster/linkage_places.h"

#include <assert.h>
#include <math.h>

enum { GROUP_ROWS = APART_PANEL * APART_PANEL };

static int64_t parts(int64_t n, int64_t of)
{
    return (n + of - 1) / of;
}

static void set_counts(linkage_places *p, int64_t rows)
{
    p->rows = rows;
    p->panels = parts(rows, APART_PANEL);
    p->groups = parts(p->panels, APART_PANEL);
    p->blocks = parts(p->groups, APART_PANEL);
}

static stint_status open_boxes(linkage_boxes *b, ctx *c, int64_t panels, int64_t d)
{
    b->low = mem_new(c, TAG_MODEL, double, panels *d *APART_PANEL);
    b->high = mem_new(c, TAG_MODEL, double, panels *d *APART_PANEL);
    return b->low && b->high ? STINT_OK : STINT_ENOMEM;
}

stint_status linkage_places_open(linkage_places *p, linkage_run *r)
{
    *p = (linkage_places){.d = r->d};
    set_counts(p, r->n);
    p->x = mem_new(r->ctx, TAG_MODEL, double, p->panels * p->d * APART_PANEL);
    p->who = mem_new(r->ctx, TAG_MODEL, int32_t, p->panels * APART_PANEL);
    p->where = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    p->order = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    if (!p->x || !p->who || !p->where || !p->order)
        return STINT_ENOMEM;
    TRY(open_boxes(&p->panel, r->ctx, p->groups, p->d));
    return open_boxes(&p->group, r->ctx, p->blocks, p->d);
}

void linkage_places_close(linkage_places *p)
{
    mem_free(p->x);
    mem_free(p->who);
    mem_free(p->where);
    mem_free(p->order);
    mem_free(p->panel.low);
    mem_free(p->panel.high);
    mem_free(p->group.low);
    mem_free(p->group.high);
}

int64_t linkage_places_bytes(int64_t n, int64_t d)
{
    linkage_places p;
    set_counts(&p, n);
    size_t panel = (size_t)d * APART_PANEL * sizeof(double);
    return mem_cost((size_t)p.panels * panel) + 2 * mem_cost((size_t)p.groups * panel) +
           2 * mem_cost((size_t)p.blocks * panel) +
           mem_cost((size_t)p.panels * APART_PANEL * sizeof(int32_t)) +
           2 * mem_cost((size_t)n * sizeof(int32_t));
}

/* --- cutting in space ---------------------------------------------------------------------- */

typedef struct cut {
    const double *x;
    int64_t d, feature;
    int32_t *order;
} cut;

static double key(const cut *c, int32_t slot)
{
    return c->x[slot * c->d + c->feature];
}

static void swap(int32_t *a, int32_t *b)
{
    int32_t keep = *a;
    *a = *b;
    *b = keep;
}

/* Hoare's selection: order[from … to-1] so that none before `at` is above one from there on.  Pivots
 * by chance, which is the same each time. */
static void select_at(const cut *c, int64_t from, int64_t to, int64_t at)
{
    uint64_t chance = (uint64_t)(to - from);
    while (to - from > 1) {
        chance = chance * 6364136223846793005U + 1442695040888963407U;
        double pivot = key(c, c->order[from + (int64_t)((chance >> 33) % (uint64_t)(to - from))]);
        int64_t i = from, j = to - 1;
        while (i <= j) {
            while (key(c, c->order[i]) < pivot)
                i++;
            while (key(c, c->order[j]) > pivot)
                j--;
            if (i <= j)
                swap(&c->order[i++], &c->order[j--]);
        }
        if (at <= j)
            to = j + 1;
        else if (at >= i)
            from = i;
        else
            return;
    }
}

static int64_t widest_feature(const cut *c, int64_t from, int64_t to)
{
    int64_t widest = 0;
    double most = -1;
    for (int64_t j = 0; j < c->d; j++) {
        double low = INFINITY, high = -INFINITY;
        for (int64_t i = from; i < to; i++) {
            double x = c->x[c->order[i] * c->d + j];
            low = x < low ? x : low;
            high = x > high ? x : high;
        }
        if (high - low > most) {
            most = high - low;
            widest = j;
        }
    }
    return widest;
}

/* Halves are whole groups, then whole panels: at most 27 + 8 of them wait. */
static void arrange_order(cut *c, int64_t count)
{
    enum { DEEPEST = 64 };
    struct range {
        int64_t from, to;
    } waiting[DEEPEST] = {{0, count}};
    for (int n = 1; n > 0;) {
        struct range r = waiting[--n];
        int64_t rows = r.to - r.from, unit = rows > GROUP_ROWS ? GROUP_ROWS : APART_PANEL;
        if (rows <= APART_PANEL)
            continue;
        int64_t at = r.from + parts(parts(rows, unit), 2) * unit;
        c->feature = widest_feature(c, r.from, r.to);
        select_at(c, r.from, r.to, at);
        assert(n + 2 <= DEEPEST);
        waiting[n++] = (struct range){r.from, at};
        waiting[n++] = (struct range){at, r.to};
    }
}

/* --- boxes --------------------------------------------------------------------------------- */

/* Box `place` of the boxes around panels: its 16 rows or boxes lie at low and high. */
static void fit_box(const linkage_boxes *b, int64_t d, int64_t place, const double *low,
                    const double *high)
{
    int64_t at = place / APART_PANEL * d * APART_PANEL + place % APART_PANEL;
    for (int64_t j = 0; j < d; j++, at += APART_PANEL) {
        const double *l = low + j * APART_PANEL, *h = high + j * APART_PANEL;
        double least = INFINITY, most = -INFINITY;
        for (int r = 0; r < APART_PANEL; r++) {
            least = l[r] < least ? l[r] : least;
            most = h[r] > most && h[r] < INFINITY ? h[r] : most;
        }
        b->low[at] = least;
        b->high[at] = most;
    }
}

static void fit_panel(linkage_places *p, int64_t panel)
{
    const double *x = p->x + panel * p->d * APART_PANEL;
    fit_box(&p->panel, p->d, panel, x, x);
}

static void fit_group(linkage_places *p, int64_t group)
{
    int64_t at = group * p->d * APART_PANEL;
    fit_box(&p->group, p->d, group, p->panel.low + at, p->panel.high + at);
}

void linkage_refit(linkage_places *p, int32_t place)
{
    fit_panel(p, place / APART_PANEL);
    fit_group(p, place / GROUP_ROWS);
}

static void empty_boxes(const linkage_boxes *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        b->low[i] = INFINITY;
        b->high[i] = -INFINITY;
    }
}

void linkage_place(linkage_places *p, int32_t place, int32_t slot, const double *row)
{
    double *at = p->x + place / APART_PANEL * p->d * APART_PANEL + place % APART_PANEL;
    p->who[place] = slot;
    if (slot >= 0)
        p->where[slot] = place;
    for (int64_t j = 0; j < p->d; j++)
        at[j * APART_PANEL] = slot < 0 ? INFINITY : row[j];
}

void linkage_arrange(linkage_places *p, const double *x, int64_t count)
{
    cut c = {.x = x, .d = p->d, .order = p->order};
    set_counts(p, count);
    arrange_order(&c, count);
    for (int64_t i = 0; i < p->panels * APART_PANEL; i++) {
        int32_t slot = i < count ? p->order[i] : -1;
        linkage_place(p, (int32_t)i, slot, slot < 0 ? NULL : x + slot * p->d);
    }
    empty_boxes(&p->panel, p->groups * p->d * APART_PANEL);
    empty_boxes(&p->group, p->blocks * p->d * APART_PANEL);
    for (int64_t i = 0; i < p->panels; i++)
        fit_panel(p, i);
    for (int64_t i = 0; i < p->groups; i++)
        fit_group(p, i);
}
