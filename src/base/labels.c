#include "base/labels.h"

#include <assert.h>
#include <string.h>

static void by_threshold(double threshold, int64_t labels, const double *p, int64_t n,
                         int64_t stride, uint8_t *out)
{
    for (int64_t k = 0; k < labels; k++)
        for (int64_t i = 0; i < n; i++)
            out[k * n + i] = p[k * stride + i] >= threshold;
}

/* --- the k likeliest ---------------------------------------------------------------------- */

/* The labels held so far, as a heap whose root is the one to give up first. */
typedef struct held {
    const double *p; /* of the row, `stride` apart */
    int64_t stride;
    int n;
    int32_t at[LABELS_MOST];
} held;

/* Would a go before b? */
static int is_worse(const held *h, int32_t a, int32_t b)
{
    double x = h->p[a * h->stride], y = h->p[b * h->stride];
    return x < y || (x == y && a > b);
}

static void sink(held *h, int32_t label)
{
    int at = 0;
    for (int child; (child = 2 * at + 1) < h->n; at = child) {
        if (child + 1 < h->n && is_worse(h, h->at[child + 1], h->at[child]))
            child++;
        if (!is_worse(h, h->at[child], label))
            break;
        h->at[at] = h->at[child];
    }
    h->at[at] = label;
}

static void rise(held *h, int32_t label)
{
    int at = h->n++;
    for (int parent; at > 0 && is_worse(h, label, h->at[parent = (at - 1) / 2]); at = parent)
        h->at[at] = h->at[parent];
    h->at[at] = label;
}

static void row_likeliest(held *h, int64_t labels, int top_k)
{
    h->n = 0;
    for (int32_t k = 0; k < labels; k++)
        if (h->n < top_k)
            rise(h, k);
        else if (is_worse(h, h->at[0], k))
            sink(h, k);
}

void labels_decode(const label_decode *d, int64_t labels, const double *p, int64_t n,
                   int64_t stride, uint8_t *out)
{
    assert(labels <= LABELS_MOST);
    if (d->top_k == 0) {
        by_threshold(d->threshold, labels, p, n, stride, out);
        return;
    }
    held h = {.stride = stride};
    memset(out, 0, (size_t)(labels * n));
    for (int64_t i = 0; i < n; i++) {
        h.p = p + i;
        row_likeliest(&h, labels, d->top_k);
        for (int k = 0; k < h.n; k++)
            out[h.at[k] * n + i] = 1;
    }
}
