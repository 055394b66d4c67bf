#include "cluster/kmeans_groups.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Groups are whole blocks of the kernel, large enough that gathering a row costs less than the
 * scores it is gathered for. */
enum { GROUP_CENTERS = 96 };

static int64_t size_of(const kmeans_data *m)
{
    int64_t width = m->nearest->width;
    return (GROUP_CENTERS + width - 1) / width * width;
}

static int64_t bytes_of(int64_t n, size_t size)
{
    return mem_cost((size_t)n * size);
}

int64_t kmeans_groups_bytes(int64_t n, int64_t d, int64_t k, int threads)
{
    int64_t groups = k / GROUP_CENTERS + 1, item = kmeans_item_rows(d);
    return bytes_of(n * groups, 4) + bytes_of(groups, 8) + bytes_of(n, 4) + 3 * bytes_of(k, 8) +
           bytes_of(threads * item * d, 4) + bytes_of(threads * item, sizeof(kmeans_group_row)) +
           bytes_of(1, sizeof(kmeans_groups));
}

stint_status kmeans_groups_init(ctx *c, const kmeans_data *m, int64_t k, kmeans_groups *g)
{
    *g = (kmeans_groups){.size = size_of(m)};
    g->n = (k + g->size - 1) / g->size;
    g->low = mem_new(c, TAG_MODEL, float, m->n * g->n);
    g->past = mem_new(c, TAG_MODEL, double, g->n);
    g->far = mem_new(c, TAG_MODEL, float, m->n);
    g->distance = mem_new(c, TAG_MODEL, double, k);
    g->order = mem_new(c, TAG_MODEL, int32_t, k);
    g->place = mem_new(c, TAG_MODEL, int32_t, k);
    g->rows = mem_new(c, TAG_MODEL, kmeans_group_row, m->threads * m->item);
    g->x = mem_new(c, TAG_MODEL, float, m->threads * m->item * m->d);
    return g->x && g->low && g->past && g->far && g->distance && g->order && g->place && g->rows
               ? STINT_OK
               : STINT_ENOMEM;
}

void kmeans_groups_deinit(kmeans_groups *g)
{
    void *const parts[] = {g->x, g->low, g->past, g->far, g->distance, g->order, g->place, g->rows};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        mem_free(parts[i]);
    *g = (kmeans_groups){0};
}

/* A centre and the others nearest to it are a group; then the next that is in none.  */
void kmeans_groups_order(kmeans_run *r)
{
    kmeans_groups *g = r->groups;
    int64_t d = r->data->d;
    double *far = r->groups->distance;
    for (int64_t k = 0; k < r->k; k++)
        g->order[k] = (int32_t)k;
    for (int64_t at = 0; at + g->size < r->k; at += g->size) {
        for (int64_t i = at; i < r->k; i++)
            far[i] = kmeans_square(r->centers + g->order[i] * d, r->centers + g->order[at] * d, d);
        for (int64_t put = at + 1; put < at + g->size; put++) {
            int64_t near = put;
            for (int64_t i = put + 1; i < r->k; i++)
                near = far[i] < far[near] ? i : near;
            double square = far[near];
            int32_t center = g->order[near];
            far[near] = far[put], g->order[near] = g->order[put];
            far[put] = square, g->order[put] = center;
        }
    }
    for (int64_t i = 0; i < r->k; i++)
        g->place[g->order[i]] = (int32_t)i;
    g->ordered = true;
}
