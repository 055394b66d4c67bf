#include "model/net_fit_impl.h"

#include <math.h>

/* Which of a training set's rows are trained on, and which early stopping looks at.
 *
 * Windows: the last rows, whole series where there are several, since a window that ends just
 * before a row tells nearly all of it.  Rows by themselves: every so-manyth row, so that a table
 * in some order has each part of it on both sides. */

static int64_t longest_series(const pack *p)
{
    int64_t longest = 0;
    for (int64_t i = 0; i < p->rows; i++)
        longest = i - p->start[i] + 1 > longest ? i - p->start[i] + 1 : longest;
    return longest;
}

static bool is_boundary(const pack *p, int64_t at)
{
    return p->start[p->train[at]] != p->start[p->train[at - 1]];
}

/* The boundary between series nearest to `at`, the earlier of two; `at` itself where there is
 * one series alone. */
static int64_t nearest_boundary(const pack *p, int64_t at)
{
    for (int64_t far = 0; far < p->n_train; far++) {
        if (at - far > 0 && is_boundary(p, at - far))
            return at - far;
        if (at + far < p->n_train && is_boundary(p, at + far))
            return at + far;
    }
    return at;
}

static void take_tail(const pack *p, int64_t n, net_rows *train, net_rows *validation)
{
    int64_t at = nearest_boundary(p, p->n_train - n);
    train->n = at;
    validation->first = at;
    validation->n = p->n_train - at;
}

static void deal(const pack *p, int64_t n, net_rows *train, net_rows *validation)
{
    train->part = NET_REST;
    validation->part = NET_DEALT;
    train->dealt = validation->dealt = n;
    train->whole = validation->whole = p->n_train;
    train->n = p->n_train - n;
    validation->n = n;
}

stint_status net_fit_rows(ctx *c, const net_spec *spec, const pack *p, const uint8_t *zero,
                          net_rows *train, net_rows *validation)
{
    int64_t n = (int64_t)round(spec->validation * (double)p->n_train);
    *train = (net_rows){
        .pack = p, .shape = {spec->window, {0}}, .zero = zero, .list = p->train, .n = p->n_train};
    for (int a = 0; a < 3; a++)
        train->shape.image[a] = spec->image[a];
    *validation = *train;
    validation->n = 0;
    int64_t longest = spec->window > 1 ? longest_series(p) : 1;
    if (spec->window > longest)
        return fail(c, STINT_EUSAGE,
                    "window: %lld rows are more than any series has; the longest has %lld",
                    (long long)spec->window, (long long)longest);
    if (spec->validation > 0 && (n < 1 || n >= p->n_train))
        return fail(c, STINT_EUSAGE,
                    "validation: a share of %g of %lld training rows leaves nothing to look at, "
                    "or to train on",
                    spec->validation, (long long)p->n_train);
    if (spec->held_out) {
        validation->list = p->held_out;
        validation->n = p->n_held_out;
    } else if (n > 0)
        (spec->window > 0 ? take_tail : deal)(p, n, train, validation);
    return STINT_OK;
}
