#include "linalg/sparse.h"

/* Rows are shared out in fixed runs; each sum is one row's own. */

enum { ROWS_AT_ONCE = 2048 };

typedef struct product {
    const sparse *a;
    int k;
    const double *x;
    double *y;
} product;

static stint_status multiply_rows(void *self, int64_t item, int thread)
{
    const product *p = self;
    const sparse *a = p->a;
    int64_t end = (item + 1) * ROWS_AT_ONCE < a->n ? (item + 1) * ROWS_AT_ONCE : a->n;
    (void)thread;
    for (int64_t i = item * ROWS_AT_ONCE; i < end; i++)
        for (int v = 0; v < p->k; v++) {
            const double *x = p->x + v * a->n;
            double sum = 0;
            for (int64_t e = a->row[i]; e < a->row[i + 1]; e++)
                sum += a->value[e] * x[a->column[e]];
            p->y[v * a->n + i] = sum;
        }
    return STINT_OK;
}

void sparse_multiply(const sparse *a, int k, const double *x, double *y, pool *p)
{
    product of = {a, k, x, y};
    int64_t items = (a->n + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
    if (p && items > 1)
        (void)parallel_for(p, items, multiply_rows, &of); /* no item fails */
    for (int64_t item = 0; !(p && items > 1) && item < items; item++)
        (void)multiply_rows(&of, item, 0);
}

int64_t sparse_components(const sparse *a, int32_t *component, int32_t *work)
{
    int32_t found = 0;
    for (int64_t i = 0; i < a->n; i++)
        component[i] = -1;
    for (int64_t first = 0; first < a->n; first++) {
        if (component[first] >= 0)
            continue;
        int64_t waiting = 0;
        component[first] = found;
        work[waiting++] = (int32_t)first;
        while (waiting > 0) {
            int32_t i = work[--waiting];
            for (int64_t e = a->row[i]; e < a->row[i + 1]; e++)
                if (component[a->column[e]] < 0) {
                    component[a->column[e]] = found;
                    work[waiting++] = a->column[e];
                }
        }
        found++;
    }
    return found;
}
