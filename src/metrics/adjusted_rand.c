#include "metrics/clustering.h"
#include "metrics/label_codes.h"

#include "base/mem.h"

/* By ordered pairs of rows, in whole numbers: together in both, in one, in neither.  Products of
 * them need 128 bits. */

typedef __int128 wide;

typedef struct agreement {
    wide both, only_a, only_b, neither;
} agreement;

static int64_t squares(const label_codes *l)
{
    int64_t sum = 0;
    for (int64_t k = 0; k < l->k; k++)
        sum += l->sizes[k] * l->sizes[k];
    return sum;
}

static agreement agree(const label_codes *a, const label_codes *b, const label_pair *pairs,
                       int64_t count)
{
    int64_t together = 0, n = a->n;
    for (int64_t i = 0; i < count; i++)
        together += pairs[i].rows * pairs[i].rows;
    agreement g = {
        .both = together - n, .only_a = squares(a) - together, .only_b = squares(b) - together};
    g.neither = (wide)n * n - g.only_a - g.only_b - together;
    return g;
}

static double index_of(agreement g)
{
    if (g.only_a == 0 && g.only_b == 0)
        return 1;
    wide above = g.both * g.neither - g.only_a * g.only_b;
    wide below =
        (g.both + g.only_a) * (g.only_a + g.neither) + (g.both + g.only_b) * (g.only_b + g.neither);
    return 2 * (double)above / (double)below;
}

stint_status clustering_adjusted_rand(ctx *c, const int32_t *a, const int32_t *b, int64_t n,
                                      double *out)
{
    label_codes ca, cb = {0};
    label_pair *pairs = NULL;
    int64_t count = 0;
    stint_status s = label_codes_init(c, a, NULL, n, &ca);
    if (s == STINT_OK)
        s = label_codes_init(c, b, NULL, n, &cb);
    if (s == STINT_OK)
        s = label_pairs(c, &ca, &cb, &pairs, &count);
    if (s == STINT_OK)
        *out = index_of(agree(&ca, &cb, pairs, count));
    mem_free(pairs);
    label_codes_deinit(&ca);
    label_codes_deinit(&cb);
    return s;
}
