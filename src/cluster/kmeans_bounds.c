#include "cluster/kmeans_run.h"

#include <math.h>

/* Hamerly 2010: one bound for each row.  The gap between its second nearest centre and its nearest
 * shrinks in a round by no more than its own centre moved and the farthest that another did.
 * While it stays above what rounding could bridge, the label stands; the other rows are gathered
 * into panels and searched anew.
 *
 * In the first rounds centres move so far that hardly a gap outlasts them.  What the gaps were
 * when they were last looked at, of a sample of rows, tells how many would; as long as too few
 * would, all rows are searched and gaps are not kept. */

static const double WORTH_GAPS = 0.55; /* of the rows open: more, and bounds do not pay */

static float up(double x)
{
    return (float)(x * (1 + 0x1p-22)) + 0x1p-140f;
}

/* drift[k] = moved[k] + the most that another centre moved. */
void kmeans_find_drift(kmeans_run *r)
{
    double most = 0, next = 0;
    int64_t at = 0;
    for (int64_t k = 0; k < r->k; k++) {
        if (r->moved[k] > most) {
            next = most;
            most = r->moved[k];
            at = k;
        } else {
            next = fmax(next, r->moved[k]);
        }
    }
    for (int64_t k = 0; k < r->k; k++)
        r->drift[k] = up(r->moved[k] + (k == at ? next : most));
    /* D in doubles orders two centres as their distances do when these differ by more */
    r->slack =
        up(0x1p-48 * ((double)r->data->d + 4) * ((double)r->data->longest + r->packed.longest));
}

/* The item's rows whose label is open, into the thread's list. */
static int64_t find_open(const kmeans_run *r, int64_t from, int64_t count, int32_t *list)
{
    int64_t open = 0;
    for (int64_t i = 0; i < count; i++) {
        float gap = r->gap[from + i] - r->drift[r->labels[from + i]];
        gap -= fabsf(gap) * 0x1p-22f;
        r->gap[from + i] = gap;
        list[open] = (int32_t)i;
        open += !(gap > r->slack);
    }
    return open;
}

typedef struct bounded {
    kmeans_run *run;
    kmeans_search search;
} bounded;

/* The panels of the next rows but one panelful: as they lie apart, nothing else foresees them. */
static void fetch_ahead(const kmeans_data *m, int64_t from, const int32_t *list, int64_t open)
{
    int64_t begin = 2 * NEAREST_ROWS, end = 3 * NEAREST_ROWS, most = m->d * NEAREST_ROWS;
    if (!m->x || open <= begin)
        return;
    end = end < open ? end : open;
    int64_t first = (from + list[begin]) / NEAREST_ROWS,
            last = (from + list[end - 1]) / NEAREST_ROWS;
    for (int64_t i = first * most; i < (last + 1) * most; i += 16)
        __builtin_prefetch(m->x + i, 0, 2);
}

static stint_status hamerly_item(void *self, int64_t item, int thread)
{
    const bounded *b = self;
    const kmeans_run *r = b->run;
    const kmeans_data *m = r->data;
    kmeans_scratch *s = &m->scratch[thread];
    int64_t from = item * m->item, count = m->n - from < m->item ? m->n - from : m->item;
    int64_t open = find_open(r, from, count, s->list), rows[NEAREST_ROWS];
    float norm[NEAREST_ROWS];
    if (open * 2 > count) /* gathering would cost more than it saves */
        return kmeans_label_item(&b->search, item, thread);
    for (int64_t at = 0; at < open; at += NEAREST_ROWS) {
        int n = (int)(open - at < NEAREST_ROWS ? open - at : NEAREST_ROWS);
        for (int i = 0; i < n; i++)
            rows[i] = from + s->list[at + i];
        fetch_ahead(m, from, s->list + at, open - at);
        TRY(kmeans_gather(m, rows, n, thread, norm));
        TRY(kmeans_label(&b->search, s->panel, norm, rows, n, thread));
    }
    return kmeans_decide(&b->search, thread);
}

static stint_status label_item(void *self, int64_t item, int thread)
{
    const bounded *b = self;
    return kmeans_label_item(&b->search, item, thread);
}

static void take_sample(kmeans_run *r)
{
    int64_t step = r->data->n / KMEANS_SAMPLE + 1;
    r->samples = 0;
    for (int64_t i = 0; i < r->data->n; i += step) {
        r->sample_gap[r->samples] = r->gap[i];
        r->sample_label[r->samples++] = r->labels[i];
    }
}

/* The share of the sample that a round's drift would open. */
static double share_open(const kmeans_run *r)
{
    int64_t open = 0;
    for (int i = 0; i < r->samples; i++)
        open += !(r->sample_gap[i] > r->drift[r->sample_label[i]]);
    return (double)open / r->samples;
}

stint_status kmeans_assign_hamerly(kmeans_run *r)
{
    bounded b = {.run = r};
    if (r->round > 0)
        kmeans_find_drift(r);
    bool worth = r->round == 0 || share_open(r) < WORTH_GAPS, bounds = worth && r->has_gaps;
    kmeans_search_begin(&b.search, r->data, &r->packed, r->labels, worth ? r->gap : NULL);
    TRY(kmeans_each(r->pool, r->thread, r->data->items, bounds ? hamerly_item : label_item, &b));
    r->has_gaps = worth;
    if (worth && !bounds)
        take_sample(r);
    return STINT_OK;
}
