#include "cluster/kmeans_groups.h"

#include "base/mem.h"

#include <string.h>

/* --- memory ------------------------------------------------------------------------------ */

enum { PARTS = 16 };

/* Parts of the rows: few where clusters are many, so that their sums take less than the rows. */
static int64_t count_parts(int64_t n, int64_t d, int64_t k, int64_t *part_items)
{
    int64_t item = kmeans_item_rows(d), items = (n + item - 1) / item, parts = n / (4 * k);
    parts = parts < 1 ? 1 : parts > PARTS ? PARTS : parts;
    *part_items = (items + parts - 1) / parts;
    return (items + *part_items - 1) / *part_items;
}

static int64_t bytes_of(int64_t n, size_t size)
{
    return mem_cost((size_t)n * size);
}

int64_t kmeans_run_bytes(int64_t n, int64_t d, int64_t k, kmeans_algorithm variant, bool seeds,
                         int threads)
{
    int64_t part_items, parts = count_parts(n, d, k, &part_items), item = kmeans_item_rows(d);
    int64_t bytes = 2 * bytes_of(k * d, 8) + kmeans_packed_bytes(k, d) + 2 * bytes_of(n, 4) +
                    bytes_of(k * (d + 2), 8) + bytes_of(parts * k * (d + 2), 8) +
                    bytes_of(parts, 8) + bytes_of(k, 8) + bytes_of((n + item - 1) / item, 8);
    if (variant != KMEANS_LLOYD)
        bytes += bytes_of(n, 4) + bytes_of(k, 4) + 2 * bytes_of(KMEANS_SAMPLE, 4);
    if (variant == KMEANS_YINYANG)
        bytes += kmeans_groups_bytes(n, d, k, threads);
    if (seeds)
        bytes += bytes_of(n, 8);
    return bytes;
}

stint_status kmeans_run_init(ctx *c, const kmeans_data *m, const kmeans *params,
                             kmeans_algorithm variant, bool seeds, kmeans_run *r)
{
    int64_t k = (int64_t)params->n_clusters, d = m->d;
    *r = (kmeans_run){.data = m, .params = params, .variant = variant, .k = k};
    r->n_parts = count_parts(m->n, d, k, &r->part_items);
    r->centers = mem_new(c, TAG_MODEL, double, k *d);
    r->former = mem_new(c, TAG_MODEL, double, k *d);
    r->labels = mem_new(c, TAG_MODEL, int32_t, m->n);
    r->before = mem_new(c, TAG_MODEL, int32_t, m->n);
    r->sums = mem_new(c, TAG_MODEL, double, k *(d + 2));
    r->parts = mem_new(c, TAG_MODEL, double, r->n_parts *k *(d + 2));
    r->changed = mem_new(c, TAG_MODEL, int64_t, r->n_parts);
    r->moved = mem_new(c, TAG_MODEL, double, k);
    r->item_sum = mem_new(c, TAG_MODEL, double, m->items);
    bool made = r->centers && r->former && r->labels && r->before && r->sums && r->parts &&
                r->changed && r->moved && r->item_sum;
    if (variant != KMEANS_LLOYD)
        made = made && (r->gap = mem_new(c, TAG_MODEL, float, m->n)) &&
               (r->drift = mem_new(c, TAG_MODEL, float, k)) &&
               (r->sample_gap = mem_new(c, TAG_MODEL, float, KMEANS_SAMPLE)) &&
               (r->sample_label = mem_new(c, TAG_MODEL, int32_t, KMEANS_SAMPLE));
    if (variant == KMEANS_YINYANG && made)
        made = (r->groups = mem_new(c, TAG_MODEL, kmeans_groups, 1)) &&
               kmeans_groups_init(c, m, k, r->groups) == STINT_OK;
    if (seeds)
        made = made && (r->closest = mem_new(c, TAG_MODEL, double, m->n));
    TRY(kmeans_packed_init(c, k, d, &r->packed));
    return made ? STINT_OK : STINT_ENOMEM;
}

void kmeans_run_deinit(kmeans_run *r)
{
    void *const parts[] = {r->centers, r->former,     r->labels,       r->before, r->sums,
                           r->parts,   r->changed,    r->item_sum,     r->moved,  r->gap,
                           r->closest, r->sample_gap, r->sample_label, r->drift};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        mem_free(parts[i]);
    if (r->groups)
        kmeans_groups_deinit(r->groups);
    mem_free(r->groups);
    kmeans_packed_deinit(&r->packed);
    *r = (kmeans_run){0};
}

/* --- rounds ------------------------------------------------------------------------------ */

typedef struct labelling {
    kmeans_run *run;
    kmeans_search search;
} labelling;

static stint_status label_item(void *self, int64_t item, int thread)
{
    const labelling *l = self;
    return kmeans_label_item(&l->search, item, thread);
}

static stint_status assign_all(kmeans_run *r)
{
    labelling l = {.run = r};
    kmeans_search_begin(&l.search, r->data, &r->packed, r->labels, NULL);
    return kmeans_each(r->pool, r->thread, r->data->items, label_item, &l);
}

/* Groups are made of centres that have gone some way to where they belong. */
enum { GROUPS_FROM = 2 };

stint_status kmeans_assign(kmeans_run *r)
{
    bool groups = r->variant == KMEANS_YINYANG && r->round >= GROUPS_FROM;
    if (groups && !r->groups->ordered) {
        kmeans_groups_order(r);
        r->packed.order = r->groups->order;
        r->packed.place = r->groups->place;
        r->packed.width = r->data->nearest->width;
    }
    kmeans_pack(r->data, r->centers, r->k, &r->packed);
    if (r->variant == KMEANS_LLOYD || (r->variant == KMEANS_YINYANG && !groups))
        return assign_all(r);
    if (!groups)
        return kmeans_assign_hamerly(r);
    if (r->packed.exact) {
        r->groups->known = false;
        return assign_all(r);
    }
    kmeans_find_drift(r);
    return kmeans_assign_yinyang(r);
}

static void begin(kmeans_run *r)
{
    r->round = r->iterations = 0;
    r->weighed = r->converged = r->has_gaps = false;
    r->empty = 0;
    r->packed.order = r->packed.place = NULL;
    r->packed.width = 0;
    if (r->groups)
        r->groups->ordered = r->groups->known = false;
    memset(r->before, 0xff, (size_t)r->data->n * sizeof *r->before); /* no label */
}

/* As scikit-learn stops: after a round that changed no label; or when the centres moved by no
 * more than tol times the mean variance of the columns, and then the labels follow them. */
stint_status kmeans_rounds(kmeans_run *r, kmeans_watch *watch, void *self)
{
    const kmeans *p = r->params;
    double most = p->tol * r->data->variance, shift;
    bool stay = false;
    begin(r);
    while (!stay && !r->converged && r->iterations < (int64_t)p->max_iter) {
        int64_t changed;
        TRY(watch(self, r));
        TRY(kmeans_assign(r));
        TRY(kmeans_count_changes(r, &changed));
        r->iterations++;
        if ((stay = changed == 0))
            break;
        TRY(kmeans_update(r, changed, &shift));
        r->converged = shift <= most;
    }
    if (!stay)
        TRY(kmeans_assign(r));
    r->converged |= stay;
    return kmeans_inertia(r, &r->inertia);
}
