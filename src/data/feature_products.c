#include "base/pattern.h"
#include "base/vec.h"
#include "data/features_impl.h"

#include <stdlib.h>

/* Interactions: pairs of patterns over the names of the terms' features, resolved to products. */

typedef VEC(feature_product) product_list;

/* Features that match a pattern, ascending, and a mark for each. */
typedef struct matches {
    int *at;  /* [n] */
    bool *in; /* [n_base] */
    int64_t n;
} matches;

static bool matches_init(ctx *c, matches *m, int n_base)
{
    m->at = mem_new(c, TAG_TABLE, int, n_base);
    m->in = mem_new(c, TAG_TABLE, bool, n_base);
    return m->at && m->in;
}

static void matches_deinit(matches *m)
{
    mem_free(m->at);
    mem_free(m->in);
}

static stint_status fail_nothing(ctx *c, const features *f, const char *pattern)
{
    nearest_name near = nearest_begin(pattern);
    for (int i = 0; pattern_is_name(pattern) && i < f->n_base; i++)
        nearest_try(&near, f->names[i]);
    if (near.name)
        return fail(c, STINT_EUSAGE,
                    "features.interactions: no feature is named \"%s\"; did you mean \"%s\"?",
                    pattern, near.name);
    return fail(
        c, STINT_EUSAGE,
        "features.interactions: \"%s\" matches no feature; there are %d, from \"%s\" to \"%s\"",
        pattern, f->n_base, f->names[0], f->names[f->n_base - 1]);
}

/* 0/1 features of one column: their products are 0, their squares themselves. */
static bool tells_nothing(const features *f, int i, int j)
{
    return f->term_of[i] == f->term_of[j] && f->terms[f->term_of[i]].op->zero_one;
}

static stint_status fail_many(ctx *c)
{
    return fail(c, STINT_EDATA,
                "features.interactions: more than %d products; name fewer features in the patterns",
                FEATURES_PRODUCTS_MOST);
}

/* A pair of which both features match both patterns comes twice, and counts the first time. */
static stint_status pair_add(ctx *c, const features *f, const feature_pair *pair, const matches *a,
                             const matches *b, product_list *list)
{
    int64_t before = list->n;
    for (int64_t p = 0; p < a->n; p++)
        for (int64_t q = 0; q < b->n; q++) {
            int i = a->at[p], j = b->at[q];
            if (tells_nothing(f, i, j) || (i > j && a->in[j] && b->in[i]))
                continue;
            if (list->n - before == FEATURES_PRODUCTS_MOST)
                return fail_many(c);
            feature_product product = {i < j ? i : j, i < j ? j : i};
            TRY(vec_push(c, TAG_TABLE, list, product));
        }
    if (list->n == before)
        return fail(
            c, STINT_EUSAGE,
            "features.interactions: \"%s\" and \"%s\" are 0/1 features of one column; their "
            "products tell nothing",
            pair->a, pair->b);
    return STINT_OK;
}

static int by_pair(const void *a, const void *b)
{
    const feature_product *p = a, *q = b;
    return p->a != q->a ? (p->a > q->a) - (p->a < q->a) : (p->b > q->b) - (p->b < q->b);
}

/* Ascending, each once. */
static void list_settle(product_list *list)
{
    int64_t n = 0;
    qsort(list->at, (size_t)list->n, sizeof *list->at, by_pair);
    for (int64_t i = 0; i < list->n; i++)
        if (n == 0 || by_pair(&list->at[n - 1], &list->at[i]) != 0)
            list->at[n++] = list->at[i];
    list->n = n;
}

static stint_status features_match(ctx *c, const features *f, const char *pattern, matches *out)
{
    out->n = 0;
    for (int i = 0; i < f->n_base; i++) {
        out->in[i] = pattern_match(pattern, f->names[i]);
        out->at[out->n] = i;
        out->n += out->in[i];
    }
    return out->n > 0 ? STINT_OK : fail_nothing(c, f, pattern);
}

static stint_status products_of(ctx *c, const features_settings *s, const features *f, matches *a,
                                matches *b, product_list *list)
{
    for (int k = 0; k < s->n_interactions; k++) {
        const feature_pair *pair = &s->interactions[k];
        TRY(features_match(c, f, pair->a, a));
        TRY(features_match(c, f, pair->b, b));
        TRY(pair_add(c, f, pair, a, b, list));
        list_settle(list);
        if (list->n > FEATURES_PRODUCTS_MOST)
            return fail_many(c);
    }
    return STINT_OK;
}

stint_status feature_products(ctx *c, arena *a, const features_settings *s, features *f)
{
    if (s->n_interactions == 0)
        return STINT_OK;
    product_list list = {0};
    matches in_a = {0}, in_b = {0};
    stint_status status = STINT_ENOMEM;
    if (matches_init(c, &in_a, f->n_base) && matches_init(c, &in_b, f->n_base))
        status = products_of(c, s, f, &in_a, &in_b, &list);
    matches_deinit(&in_a);
    matches_deinit(&in_b);
    if (status == STINT_OK) {
        f->products = arena_new(a, feature_product, list.n);
        status = f->products ? STINT_OK : STINT_ENOMEM;
    }
    if (status == STINT_OK) {
        for (int64_t i = 0; i < list.n; i++)
            f->products[i] = list.at[i];
        f->n_products = (int)list.n;
    }
    vec_free(&list);
    return status;
}
