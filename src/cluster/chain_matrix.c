#include "cluster/chain_matrix.h"

#include "base/os/os.h"

#include <assert.h>
#include <math.h>

/* A cluster's distances lie in its own row and in a column through those behind it: the row is
 * read by vectors, the column in pieces that threads share. */

enum { PIECE = 1024, SHARED_PIECES = 4, FEWEST = 64 };

static int64_t pieces_of(int64_t count)
{
    return (count + PIECE - 1) / PIECE + 1;
}

static int64_t pairs_of(int64_t count)
{
    return count * (count - 1) / 2;
}

stint_status chain_matrix_open(chain_matrix *k, linkage_run *r, const chain *c, int64_t count)
{
    *k = (chain_matrix){.run = r, .chain = c};
    k->m = mem_new(r->ctx, TAG_MODEL, double, pairs_of(count) + 1);
    k->slot = mem_new(r->ctx, TAG_MODEL, int32_t, count);
    k->number = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    k->found = mem_new(r->ctx, TAG_MODEL, chain_near, pieces_of(count));
    if (!k->m || !k->slot || !k->number || !k->found)
        return STINT_ENOMEM;
    memory_in_large_pages(k->m, (size_t)(pairs_of(count) + 1) * sizeof *k->m);
    for (int64_t i = 0; i < r->n; i++) {
        if (c->size[i] == 0)
            continue;
        k->number[i] = (int32_t)k->count;
        k->slot[k->count++] = (int32_t)i;
    }
    assert(k->count == count);
    k->alive = k->count;
    return STINT_OK;
}

void chain_matrix_close(chain_matrix *k)
{
    mem_free(k->m);
    mem_free(k->slot);
    mem_free(k->number);
    mem_free(k->found);
}

int64_t chain_matrix_bytes(int64_t n, int64_t count)
{
    return mem_cost((size_t)(pairs_of(count) + 1) * 8) + mem_cost((size_t)count * 4) +
           mem_cost((size_t)n * 4) + mem_cost((size_t)pieces_of(count) * sizeof(chain_near));
}

/* --- pieces -------------------------------------------------------------------------------- */

/* Piece 0 is the row of `i`; the others are the clusters behind it. */
static int64_t pieces_behind(const chain_matrix *k, int64_t i)
{
    return 1 + (k->count - i - 1 + PIECE - 1) / PIECE;
}

static void piece_range(const chain_matrix *k, int64_t i, int64_t item, int64_t *from, int64_t *end)
{
    *from = i + 1 + (item - 1) * PIECE;
    *end = *from + PIECE < k->count ? *from + PIECE : k->count;
}

static stint_status each_piece(chain_matrix *k, int64_t pieces, pool_item *run)
{
    if (k->run->pool && pieces > SHARED_PIECES)
        return linkage_each(k->run, pieces, run, k);
    for (int64_t i = 0; i < pieces; i++)
        TRY(run(k, i, 0));
    return STINT_OK;
}

/* --- the nearest --------------------------------------------------------------------------- */

static stint_status scan_piece(void *self, int64_t item, int thread)
{
    chain_matrix *k = self;
    chain_near best = {INFINITY, -1};
    int64_t i = k->a, from, end;
    (void)thread;
    if (item == 0 && i > 0) {
        const double *row = chain_matrix_row(k, i);
        int64_t at = k->run->apart->least(row, i);
        if (k->slot[at] >= 0)
            best = (chain_near){row[at], k->slot[at]};
    } else if (item > 0) {
        piece_range(k, i, item, &from, &end);
        const double *at = k->m + from * (from - 1) / 2 + i;
        for (int64_t j = from; j < end; at += j, j++) {
            if (k->slot[j] < 0 || !(*at < best.apart))
                continue;
            best = (chain_near){*at, k->slot[j]};
        }
    }
    k->found[item] = best;
    return STINT_OK;
}

static double apart_of_two(const chain_matrix *k, int64_t i, int64_t j)
{
    return i > j ? chain_matrix_row(k, i)[j] : chain_matrix_row(k, j)[i];
}

stint_status chain_matrix_nearest(void *self, int32_t x, int32_t before, chain_near *out)
{
    chain_matrix *k = self;
    k->a = k->number[x];
    int64_t pieces = pieces_behind(k, k->a);
    TRY(each_piece(k, pieces, scan_piece));
    *out = k->found[0];
    for (int64_t i = 1; i < pieces; i++)
        if (k->found[i].slot >= 0 && (out->slot < 0 || chain_nearer(k->found[i], *out)))
            *out = k->found[i];
    if (before >= 0) {
        double apart = apart_of_two(k, k->a, k->number[before]);
        if (out->slot < 0 || apart <= out->apart)
            *out = (chain_near){apart, before};
    }
    return linkage_did(k->run, 4 * (double)k->count);
}

/* --- merging ------------------------------------------------------------------------------- */

static double joined(const chain_matrix *k, double x, double y, double m, double n)
{
    return k->run->linkage == LINKAGE_COMPLETE ? (x > y ? x : y) : (m * x + n * y) / (m + n);
}

/* The rows of both, up to the one before a. */
static void join_rows(chain_matrix *k, double m, double n)
{
    double *x = chain_matrix_row(k, k->a), *y = chain_matrix_row(k, k->b);
    if (k->run->linkage == LINKAGE_COMPLETE)
        k->run->apart->most(x, y, k->a);
    else
        k->run->apart->mean(x, y, k->a, m, n);
    for (int64_t i = 0; i < k->a; i++)
        x[i] = INFINITY;
    y[k->a] = INFINITY;
}

static stint_status join_piece(void *self, int64_t item, int thread)
{
    chain_matrix *k = self;
    double m = k->chain->size[k->slot[k->a]], n = k->chain->size[k->slot[k->b]];
    double *row_b = chain_matrix_row(k, k->b);
    int64_t from, end;
    (void)thread;
    if (item == 0) {
        join_rows(k, m, n);
        return STINT_OK;
    }
    piece_range(k, k->a, item, &from, &end);
    for (int64_t j = from; j < end; j++) {
        if (k->slot[j] < 0 || j == k->b)
            continue;
        double *row = chain_matrix_row(k, j), *y = j < k->b ? row_b + j : row + k->b;
        *y = joined(k, row[k->a], *y, m, n);
        row[k->a] = INFINITY;
    }
    return STINT_OK;
}

/* Rows move towards the front: no element is written before it was read. */
static void make_smaller(chain_matrix *k)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < k->count; i++) {
        if (k->slot[i] < 0)
            continue;
        const double *from = chain_matrix_row(k, i);
        double *to = chain_matrix_row(k, kept++);
        for (int64_t j = 0; j < i; j++)
            if (k->slot[j] >= 0)
                *to++ = from[j];
    }
    kept = 0;
    for (int64_t i = 0; i < k->count; i++) {
        if (k->slot[i] < 0)
            continue;
        k->number[k->slot[i]] = (int32_t)kept;
        k->slot[kept++] = k->slot[i];
    }
    k->count = kept;
}

stint_status chain_matrix_join(void *self, int32_t a, int32_t b)
{
    chain_matrix *k = self;
    k->a = k->number[a];
    k->b = k->number[b];
    TRY(each_piece(k, pieces_behind(k, k->a), join_piece));
    k->slot[k->a] = -1;
    k->alive--;
    if (k->count > FEWEST && k->alive <= k->count / 2)
        make_smaller(k);
    return STINT_OK;
}
