#include "cluster/chain_again.h"

#include <assert.h>
#include <math.h>

enum { PIECE_PANELS = 64, SHARED_OPERATIONS = 1 << 18 };

static int64_t deepest(int64_t n)
{
    int64_t levels = 2;
    for (; n > 1; n /= 2)
        levels++;
    return levels;
}

stint_status chain_again_open(chain_again *k, linkage_run *r, const chain *c,
                              const linkage_rows *rows)
{
    *k = (chain_again){.run = r, .chain = c, .rows = rows};
    k->vectors =
        mem_new(r->ctx, TAG_MODEL, double, deepest(r->n) * linkage_panels(r->n) * APART_PANEL);
    k->q = mem_new(r->ctx, TAG_MODEL, double, r->d + 1);
    for (int i = 0; i < 2; i++) {
        k->part[i] = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
        k->size[i] = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    }
    k->need = mem_new(r->ctx, TAG_MODEL, uint8_t, r->n);
    k->stack = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    k->list = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    if (!k->vectors || !k->q || !k->part[0] || !k->part[1] || !k->size[0] || !k->size[1] ||
        !k->need || !k->stack || !k->list)
        return STINT_ENOMEM;
    for (k->listed = 0; k->listed < r->n; k->listed++)
        k->list[k->listed] = (int32_t)k->listed;
    return STINT_OK;
}

void chain_again_close(chain_again *k)
{
    mem_free(k->vectors);
    mem_free(k->q);
    for (int i = 0; i < 2; i++) {
        mem_free(k->part[i]);
        mem_free(k->size[i]);
    }
    mem_free(k->need);
    mem_free(k->stack);
    mem_free(k->list);
}

int64_t chain_again_bytes(int64_t n, int64_t d)
{
    return mem_cost((size_t)(deepest(n) * linkage_panels(n) * APART_PANEL) * 8) +
           mem_cost((size_t)(d + 1) * 8) + 6 * mem_cost((size_t)n * 4) + mem_cost((size_t)n);
}

/* --- vectors through time ------------------------------------------------------------------ */

static double *vector(const chain_again *k, int64_t level)
{
    assert(level < deepest(k->run->n));
    return k->vectors + level * linkage_panels(k->run->n) * APART_PANEL;
}

/* Merges from … to-1, done to the elements of v. */
static void advance(const chain_again *k, double *v, int64_t from, int64_t to)
{
    const linkage_merge *m = k->run->merges;
    if (k->run->linkage == LINKAGE_COMPLETE) {
        for (int64_t i = from; i < to; i++)
            v[m[i].b] = v[m[i].a] > v[m[i].b] ? v[m[i].a] : v[m[i].b];
        return;
    }
    for (int64_t i = from; i < to; i++) {
        double a = k->size[0][i], b = k->size[1][i];
        v[m[i].b] = (a * v[m[i].a] + b * v[m[i].b]) / (a + b);
    }
}

static stint_status row_piece(void *self, int64_t item, int thread)
{
    const chain_again *k = self;
    int64_t from = item * PIECE_PANELS, left = k->rows->panels - from;
    (void)thread;
    linkage_rows_apart(k->rows, k->row, k->q, from, left < PIECE_PANELS ? left : PIECE_PANELS,
                       k->to + from * APART_PANEL);
    return STINT_OK;
}

static stint_status begin_row(chain_again *k, int32_t row, double *v)
{
    int64_t pieces = (k->rows->panels + PIECE_PANELS - 1) / PIECE_PANELS;
    k->row = row;
    k->to = v;
    linkage_rows_take(k->rows, row, k->q);
    if (k->run->n * (k->run->d + 1) > SHARED_OPERATIONS)
        TRY(linkage_each(k->run, pieces, row_piece, k));
    else
        for (int64_t i = 0; i < pieces; i++)
            TRY(row_piece(k, i, 0));
    return linkage_did(k->run, (double)k->run->n * (double)(k->run->d + 8));
}

static int need_of(const chain_again *k, int32_t part)
{
    return part < 0 ? 1 : k->need[part];
}

/* Which of a merge's parts goes first. */
static int first_part(const chain_again *k, int32_t merge)
{
    return need_of(k, k->part[1][merge]) > need_of(k, k->part[0][merge]);
}

/* The time at which a part came to be: merges before it are in its vector. */
static int64_t birth(int32_t part)
{
    return part < 0 ? 0 : part + 1;
}

/* Both parts of a merge have their vectors, on top the second: they become one. */
static void unite(const chain_again *k, int32_t merge, double *one, double *two)
{
    int first = first_part(k, merge);
    double m = k->size[!first][merge], n = k->size[first][merge];
    advance(k, two, birth(k->part[!first][merge]), merge);
    if (k->run->linkage == LINKAGE_COMPLETE)
        k->run->apart->most(two, one, k->run->n);
    else
        k->run->apart->mean(two, one, k->run->n, m, n);
}

/* Down to a row along the parts that go first; up while the second part is done.  The stack has
 * the merges whose first part is under way, or (-1 - merge) the second. */
stint_status chain_again_apart(chain_again *k, int32_t x, const double **out)
{
    int32_t root = k->chain->last[x], part = root < 0 ? -1 - x : root;
    int64_t waiting = 0, vectors = 0;
    for (;;) {
        for (; part >= 0; part = k->part[first_part(k, part)][part])
            k->stack[waiting++] = part;
        TRY(begin_row(k, -1 - part, vector(k, vectors++)));
        for (; waiting > 0 && k->stack[waiting - 1] < 0; vectors--, waiting--)
            unite(k, -1 - k->stack[waiting - 1], vector(k, vectors - 2), vector(k, vectors - 1));
        if (waiting == 0)
            break;
        int32_t merge = k->stack[waiting - 1];
        int first = first_part(k, merge);
        advance(k, vector(k, vectors - 1), birth(k->part[first][merge]), merge);
        k->stack[waiting - 1] = -1 - merge;
        part = k->part[!first][merge];
    }
    advance(k, vector(k, 0), root < 0 ? 0 : root + 1, k->run->made);
    *out = vector(k, 0);
    return STINT_OK;
}

/* --- as a source of distances -------------------------------------------------------------- */

stint_status chain_again_nearest(void *self, int32_t x, int32_t before, chain_near *out)
{
    chain_again *k = self;
    const double *apart;
    TRY(chain_again_apart(k, x, &apart));
    *out = (chain_near){INFINITY, -1};
    for (int64_t i = 0; i < k->listed; i++) {
        int32_t slot = k->list[i];
        if (apart[slot] < out->apart && slot != x && k->chain->size[slot] > 0)
            *out = (chain_near){apart[slot], slot};
    }
    if (before >= 0 && (out->slot < 0 || apart[before] <= out->apart))
        *out = (chain_near){apart[before], before};
    return STINT_OK;
}

static void shorten_list(chain_again *k, int32_t gone)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < k->listed; i++)
        if (k->chain->size[k->list[i]] > 0 && k->list[i] != gone)
            k->list[kept++] = k->list[i];
    k->listed = kept;
}

stint_status chain_again_join(void *self, int32_t a, int32_t b)
{
    chain_again *k = self;
    int32_t slots[2] = {a, b};
    int64_t merge = k->run->made;
    for (int i = 0; i < 2; i++) {
        int32_t last = k->chain->last[slots[i]];
        k->part[i][merge] = last < 0 ? -1 - slots[i] : last;
        k->size[i][merge] = k->chain->size[slots[i]];
    }
    int m = need_of(k, k->part[0][merge]), n = need_of(k, k->part[1][merge]);
    k->need[merge] = (uint8_t)(m == n ? m + 1 : m > n ? m : n);
    if (k->listed > 2 * k->chain->active)
        shorten_list(k, a);
    return STINT_OK;
}
