#include "metrics/cluster_means.h"

#include "base/mem.h"

enum { ROWS = 128 }; /* read at once */

typedef void pass_row(void *self, int64_t row, const double *x);

static stint_status pass(const cluster_means *m, const labelled *l, pass_row *see, void *self)
{
    int64_t which[ROWS];
    for (int64_t from = 0; from < l->n; from += ROWS) {
        int64_t count = l->n - from < ROWS ? l->n - from : ROWS;
        for (int64_t i = 0; i < count; i++)
            which[i] = from + i;
        TRY(l->rows(l->self, which, count, m->room));
        for (int64_t i = 0; i < count; i++)
            see(self, from + i, m->room + i * l->d);
    }
    return STINT_OK;
}

double cluster_means_square(const double *a, const double *b, int64_t d)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* --- means ------------------------------------------------------------------------------- */

typedef struct adding {
    cluster_means *m;
    int64_t d;
} adding;

static void add_row(void *self, int64_t row, const double *x)
{
    const adding *a = self;
    double *sum = a->m->means + a->m->codes.code[row] * a->d;
    for (int64_t j = 0; j < a->d; j++)
        sum[j] += x[j];
}

/* The mean of all rows from the sums of the clusters, which become means. */
static void divide(cluster_means *m, int64_t n, int64_t d)
{
    for (int64_t k = 0; k < m->codes.k; k++)
        for (int64_t j = 0; j < d; j++) {
            m->mean[j] += m->means[k * d + j] / (double)n;
            m->means[k * d + j] /= (double)m->codes.sizes[k];
        }
}

stint_status cluster_means_init(ctx *c, const char *measure, const labelled *l, cluster_means *out)
{
    *out = (cluster_means){0};
    TRY(label_codes_init(c, l->labels, NULL, l->n, &out->codes));
    TRY(label_codes_check(c, measure, &out->codes));
    out->means = mem_new(c, TAG_MODEL, double, out->codes.k * l->d);
    out->mean = mem_new(c, TAG_MODEL, double, l->d);
    out->room = mem_new(c, TAG_MODEL, double, ROWS * l->d);
    if (!out->means || !out->mean || !out->room)
        return STINT_ENOMEM;
    TRY(pass(out, l, add_row, &(adding){out, l->d}));
    divide(out, l->n, l->d);
    return STINT_OK;
}

void cluster_means_deinit(cluster_means *m)
{
    label_codes_deinit(&m->codes);
    mem_free(m->means);
    mem_free(m->mean);
    mem_free(m->room);
}

/* --- distances to them ------------------------------------------------------------------- */

typedef struct measuring {
    const cluster_means *m;
    int64_t d;
    cluster_means_take *take;
    void *self;
} measuring;

static void measure_row(void *self, int64_t row, const double *x)
{
    const measuring *a = self;
    int32_t cluster = a->m->codes.code[row];
    a->take(a->self, cluster, cluster_means_square(x, a->m->means + cluster * a->d, a->d));
}

stint_status cluster_means_each(const cluster_means *m, const labelled *l, cluster_means_take *take,
                                void *self)
{
    return pass(m, l, measure_row, &(measuring){m, l->d, take, self});
}
