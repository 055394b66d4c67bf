#include "data/quantiles.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A range is all keys with the same top bits, in which wanted ranks are; ranges are kept
 * ascending.  Narrowing one counts its keys by their next bits:
 *
 *     level 0: one range, everything; digits of 16 bits      [16]
 *     level 1: up to NARROWED ranges a pass, 12 bits each    [16][12]
 *     …                                                      [16][12][12][12][12] = 64 bits
 */

#define TOP_BITS   16
#define DIGIT_BITS 12
#define NARROWED   (1 << (TOP_BITS - DIGIT_BITS))
#define RANKS_MOST (2 * QUANTILES_MOST)

typedef struct range {
    uint64_t top;  /* keys with key >> shift == top */
    int shift;     /* 64 = every key; 0 = one key */
    int64_t count; /* values in it */
} range;

typedef struct wanted {
    int64_t rank; /* within its range */
    range in;
    uint64_t key; /* once found */
    bool found;
} wanted;

struct quantiles {
    uint64_t few[QUANTILES_FEW];
    int64_t counts[1 << TOP_BITS]; /* or [NARROWED][1 << DIGIT_BITS] */
    wanted at[RANKS_MOST];         /* ranks ascending */
    int n;
};

quantiles *quantiles_new(ctx *c, budget_tag tag)
{
    return mem_alloc(c, tag, sizeof(quantiles));
}

void quantiles_free(quantiles *q)
{
    mem_free(q);
}

int64_t quantiles_bytes(void)
{
    return mem_cost(sizeof(quantiles));
}

/* --- keys -------------------------------------------------------------------------------- */

static uint64_t key_of(double x)
{
    uint64_t bits;
    x = x == 0 ? 0 : x;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static double value_of(uint64_t key)
{
    double x;
    uint64_t bits = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static int by_key(const void *a, const void *b)
{
    uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;
    return (p > q) - (p < q);
}

static bool same_range(const range *a, const range *b)
{
    return a->shift == b->shift && a->top == b->top;
}

/* The range among n of one shift, ascending, that has the key; -1 = none. */
static int range_of(const range *ranges, int n, uint64_t key)
{
    uint64_t top = key >> ranges[0].shift;
    int low = 0, high = n;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (ranges[middle].top <= top)
            low = middle;
        else
            high = middle;
    }
    return ranges[low].top == top ? low : -1;
}

/* --- passes ------------------------------------------------------------------------------ */

/* Counts by the top bits; the first QUANTILES_FEW keys are kept in case they are all. */
static int64_t pass_first(quantiles *q, const quantiles_source *s)
{
    int64_t total = 0, n;
    memset(q->counts, 0, sizeof q->counts);
    for (int64_t b = 0; b < s->blocks; b++) {
        const double *x = s->block(s->self, b, &n);
        for (int64_t i = 0; i < n; i++) {
            if (x[i] != x[i])
                continue;
            uint64_t key = key_of(x[i]);
            q->counts[key >> (64 - TOP_BITS)]++;
            if (total < QUANTILES_FEW)
                q->few[total] = key;
            total++;
        }
    }
    return total;
}

static void pass_narrow(quantiles *q, const quantiles_source *s, const range *ranges, int n_ranges)
{
    int64_t n;
    int digit = ranges[0].shift - DIGIT_BITS;
    memset(q->counts, 0, sizeof q->counts);
    for (int64_t b = 0; b < s->blocks; b++) {
        const double *x = s->block(s->self, b, &n);
        for (int64_t i = 0; i < n; i++) {
            uint64_t key = key_of(x[i]);
            int r = x[i] == x[i] ? range_of(ranges, n_ranges, key) : -1;
            if (r >= 0)
                q->counts[r << DIGIT_BITS | (int)(key >> digit & ((1 << DIGIT_BITS) - 1))]++;
        }
    }
}

static int64_t pass_collect(quantiles *q, const quantiles_source *s, const range *ranges,
                            int n_ranges)
{
    int64_t n, kept = 0;
    for (int64_t b = 0; b < s->blocks; b++) {
        const double *x = s->block(s->self, b, &n);
        for (int64_t i = 0; i < n; i++) {
            uint64_t key = key_of(x[i]);
            if (x[i] == x[i] && range_of(ranges, n_ranges, key) >= 0)
                q->few[kept++] = key;
        }
    }
    qsort(q->few, (size_t)kept, sizeof *q->few, by_key);
    return kept;
}

/* --- narrowing ---------------------------------------------------------------------------- */

/* A wanted rank goes from its range to the part of it that `counts` [1 << bits] says. */
static void wanted_narrow(wanted *w, const int64_t *counts, int bits)
{
    int64_t part = 0;
    for (; w->rank >= counts[part]; part++)
        w->rank -= counts[part];
    uint64_t top = w->in.shift == 64 ? 0 : w->in.top << bits;
    w->in = (range){top | (uint64_t)part, w->in.shift - bits, counts[part]};
    if (w->in.shift == 0) {
        w->found = true;
        w->key = w->in.top;
    }
}

/* The ranges with the most bits to go around ranks not found, ascending; returns how many, and
 * how many values they have. */
static int ranges_left(const quantiles *q, range *out, int64_t *values)
{
    int n = 0, shift = 0;
    for (int i = 0; i < q->n; i++)
        if (!q->at[i].found && q->at[i].in.shift > shift)
            shift = q->at[i].in.shift;
    *values = 0;
    for (int i = 0; i < q->n; i++) {
        const range *in = &q->at[i].in;
        if (q->at[i].found || in->shift != shift || (n > 0 && in->top == out[n - 1].top))
            continue;
        out[n++] = *in;
        *values += in->count;
    }
    return n;
}

static void collect_ranges(quantiles *q, const quantiles_source *s, const range *ranges,
                           int n_ranges)
{
    int64_t start = 0;
    pass_collect(q, s, ranges, n_ranges);
    for (int r = 0; r < n_ranges; r++) {
        for (int i = 0; i < q->n; i++)
            if (!q->at[i].found && same_range(&q->at[i].in, &ranges[r])) {
                q->at[i].found = true;
                q->at[i].key = q->few[start + q->at[i].rank];
            }
        start += ranges[r].count;
    }
}

static void narrow_ranges(quantiles *q, const quantiles_source *s, const range *ranges,
                          int n_ranges)
{
    pass_narrow(q, s, ranges, n_ranges);
    for (int r = 0; r < n_ranges; r++)
        for (int i = 0; i < q->n; i++)
            if (!q->at[i].found && same_range(&q->at[i].in, &ranges[r]))
                wanted_narrow(&q->at[i], q->counts + ((int64_t)r << DIGIT_BITS), DIGIT_BITS);
}

static void find_rest(quantiles *q, const quantiles_source *s)
{
    range ranges[RANKS_MOST];
    int64_t values;
    for (int n; (n = ranges_left(q, ranges, &values)) > 0;) {
        if (values <= QUANTILES_FEW)
            collect_ranges(q, s, ranges, n);
        else
            narrow_ranges(q, s, ranges, n < NARROWED ? n : NARROWED);
    }
}

/* --- quantiles ------------------------------------------------------------------------------ */

/* h and the share t of x[h + 1] in quantile k of `parts` of m values, without rounding h. */
static int64_t place(int64_t m, int k, int parts, double *t)
{
    int64_t h = (m - 1) / parts * k, rest = (m - 1) % parts * k;
    *t = (double)(rest % parts) / parts;
    return h + rest / parts;
}

static double between(double a, double b, double t)
{
    if (t == 0 || a == b)
        return a;
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

int64_t quantiles_find(quantiles *q, const quantiles_source *s, int from, int n, int parts,
                       double *out)
{
    double t;
    assert(n <= QUANTILES_MOST && from >= 0 && from + n <= parts + 1);
    int64_t total = pass_first(q, s);
    q->n = total ? 2 * n : 0;
    if (total <= QUANTILES_FEW)
        qsort(q->few, (size_t)total, sizeof *q->few, by_key);
    for (int i = 0; i < q->n; i++) {
        int64_t h = place(total, from + i / 2, parts, &t) + i % 2;
        wanted *w = &q->at[i];
        *w = (wanted){.rank = h < total ? h : total - 1, .in = {0, 64, total}};
        w->found = total <= QUANTILES_FEW;
        if (w->found)
            w->key = q->few[w->rank];
        else
            wanted_narrow(w, q->counts, TOP_BITS);
    }
    find_rest(q, s);
    for (int i = 0; i < n; i++) {
        out[i] = NAN;
        if (total == 0)
            continue;
        place(total, from + i, parts, &t);
        out[i] = between(value_of(q->at[2 * i].key), value_of(q->at[2 * i + 1].key), t);
    }
    return total;
}
