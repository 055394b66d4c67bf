#include "cluster/kmeans_groups.h"

#include <math.h>

/* Yinyang k-means (Ding et al. 2015), for many centres: beside Hamerly's gap each row has a bound
 * for each group of centres.  A row whose gap is used up is searched again only in the groups
 * whose bound its own centre's distance has reached.
 *
 * Bounds are not lowered each round: a group's total drift is kept, and what it was when a bound
 * was set is in the bound (Newling & Fleuret 2016).  A round goes group by group: the rows of an
 * item that need it are gathered into panels. */

static float up(double x)
{
    return (float)(x * (1 + 0x1p-22)) + 0x1p-140f;
}

static float down(double x)
{
    return isinf(x) ? (float)x : (float)(x - fabs(x) * 0x1p-22) - 0x1p-140f;
}

static int64_t group_of(const kmeans_groups *g, int64_t place)
{
    return place / g->size;
}

typedef struct round_of {
    kmeans_run *run;
    kmeans_search search;
    bool all; /* every group of every row: nothing is known yet */
} round_of;

/* The distance for a score, or less; or more. */
static double least_distance(float norm, float score, float twice)
{
    double square = (double)norm * norm * (1 - 0x1p-18) + 2 * (double)score - (double)twice;
    return square > 0 ? sqrt(square) * (1 - 0x1p-40) : 0;
}

static double most_distance(float norm, float score, float twice)
{
    double square = (double)norm * norm * (1 + 0x1p-18) + 2 * (double)score + (double)twice;
    return square > 0 ? sqrt(square) * (1 + 0x1p-40) : 0;
}

/* The item's rows that are open, with what they had moved from; returns how many. */
static int64_t find_open(const round_of *o, int64_t from, int64_t count, int32_t *list)
{
    kmeans_run *r = o->run;
    int64_t open = 0;
    for (int64_t i = 0; i < count; i++) {
        int32_t label = r->labels[from + i];
        float gap = r->gap[from + i] - r->drift[label];
        float far = r->groups->far[from + i];
        r->gap[from + i] = gap - fabsf(gap) * 0x1p-22f;
        r->groups->far[from + i] = up((double)far + r->moved[label]);
        list[open] = (int32_t)i;
        open += o->all || !(r->gap[from + i] > r->slack);
    }
    return open;
}

static bool needs(const round_of *o, int64_t row, int64_t group)
{
    const kmeans_run *r = o->run;
    const kmeans_groups *g = r->groups;
    return o->all || group == group_of(g, g->place[r->labels[row]]) ||
           !((double)g->low[row * g->n + group] - g->past[group] >
             (double)g->far[row] + (double)r->slack);
}

static void take(const round_of *o, int64_t group, int64_t row, float best, float second,
                 int32_t place, kmeans_group_row *t)
{
    kmeans_groups *g = o->run->groups;
    float twice = kmeans_twice_error(&o->search.error, t->norm);
    g->low[row * g->n + group] = down(least_distance(t->norm, best, twice) + g->past[group]);
    if (best < t->best) {
        t->second = fminf(t->best, second);
        t->own_second = second;
        t->best = best;
        t->place = place;
    } else {
        t->second = fminf(t->second, best);
    }
}

/* The open rows of an item one after another: a group's panel takes them from there. */
static stint_status line_up(const round_of *o, int64_t from, int64_t open, int thread,
                            kmeans_group_row *t, float *x)
{
    const kmeans_data *m = o->run->data;
    const kmeans_scratch *s = &m->scratch[thread];
    for (int64_t at = 0; at < open; at += NEAREST_ROWS) {
        int n = (int)(open - at < NEAREST_ROWS ? open - at : NEAREST_ROWS);
        int64_t rows[NEAREST_ROWS];
        float norm[NEAREST_ROWS];
        for (int i = 0; i < n; i++)
            rows[i] = from + s->list[at + i];
        TRY(kmeans_gather(m, rows, n, thread, norm));
        for (int i = 0; i < n; i++) {
            t[at + i] = (kmeans_group_row){INFINITY, INFINITY, INFINITY, norm[i], 0};
            for (int64_t j = 0; j < m->d; j++)
                x[(at + i) * m->d + j] = s->panel[j * NEAREST_ROWS + i];
        }
    }
    return STINT_OK;
}

/* Some open rows of an item, at most a panel of them, against one group. */
static void search_group(const round_of *o, int64_t group, const int32_t *at, int n, int thread,
                         int64_t from, kmeans_group_row *t, const float *x)
{
    const kmeans_run *r = o->run;
    const kmeans_data *m = r->data;
    const kmeans_scratch *s = &m->scratch[thread];
    nearest_centers c = r->packed.at;
    float best[NEAREST_ROWS], second[NEAREST_ROWS];
    int32_t index[NEAREST_ROWS];
    int64_t first = group * r->groups->size, blocks = r->groups->size / c.width;
    c.c += first * m->d;
    c.half += first;
    c.blocks = c.blocks - first / c.width < blocks ? c.blocks - first / c.width : blocks;
    for (int i = 0; i < n; i++)
        for (int64_t j = 0; j < m->d; j++)
            s->panel[j * NEAREST_ROWS + i] = x[at[i] * m->d + j];
    m->nearest->best(s->panel, &c, best, second, index);
    for (int i = 0; i < n; i++)
        take(o, group, from + s->list[at[i]], best[i], second[i], (int32_t)(first + index[i]),
             &t[at[i]]);
}

static void search_groups(const round_of *o, int64_t from, int64_t open, int thread,
                          kmeans_group_row *t, const float *x)
{
    const kmeans_groups *g = o->run->groups;
    const int32_t *list = o->run->data->scratch[thread].list;
    for (int64_t group = 0; group < g->n; group++) {
        int32_t at[NEAREST_ROWS] = {0};
        int n = 0;
        for (int64_t i = 0; i < open; i++) {
            at[n] = (int32_t)i;
            n += needs(o, from + list[i], group);
            if (n == NEAREST_ROWS || (n > 0 && i + 1 == open)) {
                search_group(o, group, at, n, thread, from, t, x);
                n = 0;
            }
        }
    }
}

/* The label of a row that all its groups have seen, and its bounds. */
static stint_status settle(const round_of *o, int64_t row, const kmeans_group_row *t, int thread)
{
    kmeans_run *r = o->run;
    kmeans_groups *g = r->groups;
    float twice = kmeans_twice_error(&o->search.error, t->norm), norm[NEAREST_ROWS];
    double low = INFINITY;
    g->far[row] = up(most_distance(t->norm, t->best, twice));
    if (!(t->second - t->best - twice > 0)) {
        TRY(kmeans_gather(r->data, &row, 1, thread, norm));
        return kmeans_doubt(&o->search, r->data->scratch[thread].panel, 0, row, t->norm, t->best,
                            thread);
    }
    int64_t own = group_of(g, t->place);
    r->labels[row] = g->order[t->place];
    g->low[row * g->n + own] = down(least_distance(t->norm, t->own_second, twice) + g->past[own]);
    for (int64_t group = 0; group < g->n; group++)
        low = fmin(low, (double)g->low[row * g->n + group] - g->past[group]);
    r->gap[row] = down(low - (double)g->far[row]);
    return STINT_OK;
}

static stint_status yinyang_item(void *self, int64_t item, int thread)
{
    const round_of *o = self;
    kmeans_run *r = o->run;
    const kmeans_data *m = r->data;
    kmeans_group_row *t = r->groups->rows + thread * m->item;
    int64_t from = item * m->item, count = m->n - from < m->item ? m->n - from : m->item;
    int64_t open = find_open(o, from, count, m->scratch[thread].list);
    float *x = r->groups->x + thread * m->item * m->d;
    TRY(line_up(o, from, open, thread, t, x));
    search_groups(o, from, open, thread, t, x);
    for (int64_t i = 0; i < open; i++)
        TRY(settle(o, from + m->scratch[thread].list[i], &t[i], thread));
    return kmeans_decide(&o->search, thread);
}

stint_status kmeans_assign_yinyang(kmeans_run *r)
{
    kmeans_groups *g = r->groups;
    round_of o = {.run = r, .all = !g->known};
    for (int64_t group = 0; group < g->n; group++) {
        double most = 0;
        for (int64_t i = group * g->size; i < (group + 1) * g->size && i < r->k; i++)
            most = fmax(most, r->moved[g->order[i]]);
        g->past[group] = g->known ? g->past[group] + most * (1 + 0x1p-40) : 0;
    }
    kmeans_search_begin(&o.search, r->data, &r->packed, r->labels, r->gap);
    g->known = true;
    return kmeans_each(r->pool, r->thread, r->data->items, yinyang_item, &o);
}
