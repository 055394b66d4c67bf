#include "metrics/label_codes.h"

#include "base/map.h"

#include <assert.h>

/* Pairs are counted after the rows were sorted by their code of `a`: within one of its clusters, a
 * place for each code of `b` says which pair it has, valid where that pair is this cluster's. */

static stint_status read_labels(map *seen, const int32_t *labels, const int64_t *which,
                                label_codes *out)
{
    for (int64_t i = 0; i < out->n; i++) {
        int32_t label = labels[which ? which[i] : i];
        map_entry *e = map_add(seen, (const char *)&label, sizeof label, seen->n);
        if (!e)
            return STINT_ENOMEM;
        out->code[i] = (int32_t)e->value;
    }
    return STINT_OK;
}

stint_status label_codes_init(ctx *c, const int32_t *labels, const int64_t *which, int64_t n,
                              label_codes *out)
{
    map seen;
    *out = (label_codes){.n = n};
    if (!(out->code = mem_new(c, TAG_MODEL, int32_t, n > 0 ? n : 1)))
        return STINT_ENOMEM;
    map_init(&seen, c, TAG_MODEL);
    stint_status s = read_labels(&seen, labels, which, out);
    out->k = seen.n;
    map_deinit(&seen);
    TRY(s);
    if (!(out->sizes = mem_new(c, TAG_MODEL, int64_t, out->k > 0 ? out->k : 1)))
        return STINT_ENOMEM;
    for (int64_t i = 0; i < n; i++)
        out->sizes[out->code[i]]++;
    return STINT_OK;
}

void label_codes_deinit(label_codes *l)
{
    mem_free(l->code);
    mem_free(l->sizes);
}

stint_status label_codes_check(ctx *c, const char *measure, const label_codes *l)
{
    if (l->k > 1 && l->k < l->n)
        return STINT_OK;
    return fail(c, STINT_EDATA, "%s: %lld rows have %lld different labels, where 2 to %lld do",
                measure, (long long)l->n, (long long)l->k, (long long)(l->n - 1));
}

/* order [n]: rows by their code, otherwise as they come; `next` [k] is scratch. */
static void sort_rows(const label_codes *l, int64_t *next, int64_t *order)
{
    int64_t at = 0;
    for (int64_t k = 0; k < l->k; k++) {
        next[k] = at;
        at += l->sizes[k];
    }
    for (int64_t i = 0; i < l->n; i++)
        order[next[l->code[i]]++] = i;
}

typedef struct pairing {
    int64_t *order, *next; /* [n], [k of a] */
    int64_t *place;        /* [k of b] a pair's number + 1 */
    label_pair *pairs;     /* [most] */
    int64_t count;
} pairing;

static void count_pairs(pairing *p, const label_codes *a, const label_codes *b)
{
    sort_rows(a, p->next, p->order);
    for (int64_t i = 0; i < a->n; i++) {
        int32_t ca = a->code[p->order[i]], cb = b->code[p->order[i]];
        int64_t place = p->place[cb];
        if (place == 0 || p->pairs[place - 1].a != ca) {
            p->pairs[p->count++] = (label_pair){.a = ca, .b = cb};
            place = p->place[cb] = p->count;
        }
        p->pairs[place - 1].rows++;
    }
}

stint_status label_pairs(ctx *c, const label_codes *a, const label_codes *b, label_pair **out,
                         int64_t *count)
{
    assert(a->n == b->n);
    int64_t most = a->n, all;
    if (!__builtin_mul_overflow(a->k, b->k, &all) && all < most)
        most = all;
    pairing p = {.order = mem_new(c, TAG_MODEL, int64_t, a->n + 1),
                 .next = mem_new(c, TAG_MODEL, int64_t, a->k + 1),
                 .place = mem_new(c, TAG_MODEL, int64_t, b->k + 1),
                 .pairs = mem_new(c, TAG_MODEL, label_pair, most + 1)};
    bool whole = p.order && p.next && p.place && p.pairs;
    if (whole)
        count_pairs(&p, a, b);
    mem_free(p.order);
    mem_free(p.next);
    mem_free(p.place);
    if (!whole)
        mem_free(p.pairs);
    *out = whole ? p.pairs : NULL;
    *count = p.count;
    return whole ? STINT_OK : STINT_ENOMEM;
}
