#include "cluster/kmeans_run.h"

#include "base/mem.h"

#include <math.h>

/* The centres of a fit applied to other rows. */

typedef struct answering {
    kmeans_data data;
    kmeans_packed packed;
    kmeans_search search;
    const kmeans_model *model;
    double *sums; /* [items], or NULL */
    double *out;  /* [n][k] */
} answering;

static stint_status answer_item(void *self, int64_t item, int thread)
{
    answering *a = self;
    const kmeans_data *m = &a->data;
    kmeans_view v;
    TRY(kmeans_label_item(&a->search, item, thread));
    if (!a->sums)
        return STINT_OK;
    TRY(kmeans_view_rows(m, item, thread, &v));
    for (int64_t i = 0; i < v.count; i++) {
        double weight = kmeans_weight(m, v.from + i);
        const double *center = a->model->centers + a->search.labels[v.from + i] * m->d;
        if (weight > 0)
            a->sums[item] += weight * kmeans_square(v.rows + i * m->d, center, m->d);
    }
    return STINT_OK;
}

static stint_status label_all(ctx *c, answering *a, pool *p, int32_t *labels, double *inertia)
{
    TRY(kmeans_packed_init(c, a->model->k, a->data.d, &a->packed));
    if (inertia && !(a->sums = mem_new(c, TAG_MODEL, double, a->data.items)))
        return STINT_ENOMEM;
    kmeans_pack(&a->data, a->model->centers, a->model->k, &a->packed);
    kmeans_search_begin(&a->search, &a->data, &a->packed, labels, NULL);
    TRY(kmeans_each(p, 0, a->data.items, answer_item, a));
    for (int64_t i = 0; inertia && i < a->data.items; i++)
        *inertia += a->sums[i];
    return STINT_OK;
}

stint_status kmeans_predict(ctx *c, const cluster_task *t, const kmeans_model *m, int32_t *labels,
                            double *inertia)
{
    answering a = {.model = m};
    pool *p = t->backend->threads ? t->pool : NULL;
    TRY(kmeans_data_open(c, t, m->directions, false, m->k, p, &a.data));
    if (inertia)
        *inertia = 0;
    stint_status s = label_all(c, &a, p, labels, inertia);
    kmeans_packed_deinit(&a.packed);
    mem_free(a.sums);
    kmeans_data_close(&a.data);
    return s;
}

static stint_status measure_item(void *self, int64_t item, int thread)
{
    const answering *a = self;
    int64_t d = a->data.d, k = a->model->k;
    kmeans_view v;
    TRY(kmeans_view_rows(&a->data, item, thread, &v));
    for (int64_t i = 0; i < v.count; i++)
        for (int64_t j = 0; j < k; j++) {
            double square = kmeans_square(v.rows + i * d, a->model->centers + j * d, d);
            a->out[(v.from + i) * k + j] = a->model->directions ? square / 2 : sqrt(square);
        }
    return STINT_OK;
}

stint_status kmeans_transform(ctx *c, const cluster_task *t, const kmeans_model *m, double *out)
{
    answering a = {.model = m, .out = out};
    pool *p = t->backend->threads ? t->pool : NULL;
    TRY(kmeans_data_open(c, t, m->directions, false, m->k, p, &a.data));
    stint_status s = kmeans_each(p, 0, a.data.items, measure_item, &a);
    kmeans_data_close(&a.data);
    return s;
}
